/* docker-credential: docker's helper for ECR (facts 10.4), which docker runs by the name
 * docker-credential-xacct. docker shows what stands on standard output when it fails. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/base/json.h"
#include "client/commands.h"
#include "client/requests/entries.h"
#include "client/requests/token.h"

#define URL_MAX 1024                 /* own choice */

/* What docker's own library says for a registry that a helper does not know: docker goes on
 * without credentials. */
#define UNKNOWN "credentials not found in native keychain\n"

struct registry { struct xa_slice account, region, suffix; };

/* Which destination is meant. */
struct choice {
    struct xa_slice account;
    const char *wished;              /* XACCT_DEST's                                */
    char name[XA_NAME_MAX + 1];
    bool is_wished, wished_is_there;
    size_t n;                        /* that lead to the account                    */
};

static bool say(const char *text, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(true);
    xa_out_text(&o, text);
    return xa_out_finish(&o, err);
}

static bool read_url(char *room, size_t size, struct xa_slice *ret, struct xa_error *err)
{
    size_t len = 0;
    ssize_t n;
    while (len < size && (n = read(STDIN_FILENO, room + len, size - len)) != 0) {
        if (n < 0 && errno != EINTR)
            return xa_fail(err, XA_IO, "standard input: %s", strerror(errno));
        len += n > 0 ? (size_t)n : 0;
    }
    if (len == size)
        return xa_fail(err, XA_USAGE, "docker says more than %zu bytes", size);
    while (len > 0 && (room[len - 1] == '\n' || room[len - 1] == '\r'))
        len--;
    *ret = (struct xa_slice){ (const uint8_t *)room, len };
    return true;
}

static bool is_account(struct xa_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
    return s.len == XA_ACCOUNT_LEN;
}

/* [https://]ACCOUNT.dkr.ecr.REGION.SUFFIX[/…]; "ecr-fips" is the same registry by its FIPS
 * host. AWS's answer says the host in full, and is compared with it. */
static bool parse(struct xa_slice url, struct registry *ret)
{
    static const char scheme[] = "https://";
    if (url.len > strlen(scheme) && memcmp(url.at, scheme, strlen(scheme)) == 0)
        url = (struct xa_slice){ url.at + strlen(scheme), url.len - strlen(scheme) };
    struct xa_slice rest = url;
    url = xa_slice_cut(&rest, '/');
    ret->account = xa_slice_cut(&url, '.');
    if (!is_account(ret->account) || !xa_slice_is(xa_slice_cut(&url, '.'), "dkr"))
        return false;
    struct xa_slice service = xa_slice_cut(&url, '.');
    ret->region = xa_slice_cut(&url, '.');
    ret->suffix = url;
    return (xa_slice_is(service, "ecr") || xa_slice_is(service, "ecr-fips")) &&
           ret->region.len > 0 && url.len > 0;
}

static void consider(const struct xa_list_entry *e, void *ctx)
{
    struct choice *choice = ctx;
    bool wished = choice->wished != NULL && xa_slice_is(e->name, choice->wished);
    if (e->kind != XA_ENTRY_DEST)
        return;
    choice->wished_is_there = choice->wished_is_there || wished;
    if (!xa_slice_same(e->account, choice->account))
        return;
    choice->n++;
    if ((wished || choice->n == 1) && xa_slice_copy(e->name, choice->name, sizeof choice->name))
        choice->is_wished = wished || choice->is_wished;
}

static bool choose(struct xa_client *c, struct choice *choice, struct xa_error *err)
{
    int len = (int)choice->account.len;
    const char *account = (const char *)choice->account.at;
    if (!xa_entries_each(c, consider, choice, err))
        return false;
    if (choice->n == 0 && choice->wished_is_there)
        return xa_slice_copy(xa_slice_of(choice->wished), choice->name, sizeof choice->name);
    if (choice->n == 0) {
        xa_fail(err, XA_NO_SUCH_NAME, "no destination leads to account %.*s", len, account);
        return xa_hint(err, "export XACCT_DEST=NAME, of one that may pull from there");
    }
    if (choice->n == 1 || choice->is_wished)
        return true;
    xa_fail(err, XA_USAGE, "%zu destinations lead to account %.*s: which one is not said",
            choice->n, len, account);
    return xa_hint(err, "export XACCT_DEST=%s", choice->name);
}

/* A token is whose it is, and opens what its owner may pull from, in other accounts too (facts
 * 10.4): of one region, and in one partition. */
static bool is_for(struct xa_slice endpoint, const struct registry *registry)
{
    struct registry own;
    return parse(endpoint, &own) && xa_slice_same(own.region, registry->region) &&
           xa_slice_same(own.suffix, registry->suffix);
}

static bool print(struct xa_slice url, const struct xa_token_result *r, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(true);
    struct xa_json j = xa_json_begin(&o);
    xa_json_open(&j, NULL, '{');
    xa_json_text(&j, "ServerURL", url);
    xa_json_text(&j, "Username", r->username);
    xa_json_text(&j, "Secret", r->token);
    xa_json_close(&j, '}');
    xa_out_char(&o, '\n');
    return xa_out_finish(&o, err);
}

static bool get(struct xa_client *c, struct xa_error *err)
{
    static char room[URL_MAX], region[XA_REGION_MAX + 1];
    static const char *names[1];
    static struct choice choice;
    struct xa_token ask = { .kind = XA_TOKEN_ECR };
    struct xa_token_result r;
    struct registry registry;
    struct xa_slice url;
    if (!read_url(room, sizeof room, &url, err))
        return false;
    if (!parse(url, &registry) || !xa_slice_copy(registry.region, region, sizeof region)) {
        c->exit_status = 1;
        return say(UNKNOWN, err);
    }
    choice = (struct choice){ .account = registry.account, .wished = getenv("XACCT_DEST") };
    if (!choose(c, &choice, err))
        return false;
    names[0] = choice.name;
    c->names = names;
    c->n_names = 1;
    c->opt.region = region;
    if (!xa_token_get(c, &ask, &r, err))
        return false;
    return is_for(r.endpoint_url, &registry)
               ? print(url, &r, err)
               : xa_fail(err, XA_OTHER_ACCOUNT, "AWS's token is for %.*s, not for %.*s",
                         (int)r.endpoint_url.len, (const char *)r.endpoint_url.at, (int)url.len,
                         (const char *)url.at);
}

static bool complain(const struct xa_error *err)
{
    struct xa_error unsaid;
    struct xa_out o = xa_out_stdout(true);
    xa_out_text(&o, "xacct: ");
    xa_out_text(&o, err->message);
    if (err->hint[0] != '\0')
        xa_out_format(&o, "; try: %s", err->hint);
    xa_out_char(&o, '\n');
    (void)!xa_out_finish(&o, &unsaid);
    return false;
}

bool xa_cmd_docker_credential(struct xa_client *c, struct xa_error *err)
{
    const char *operation = xa_client_name(c, 0);
    if (strcmp(operation, "get") == 0)
        return get(c, err) || complain(err);
    if (strcmp(operation, "list") == 0)
        return say("{}\n", err);
    if (strcmp(operation, "store") == 0 || strcmp(operation, "erase") == 0)
        return true;                 /* each token is asked for anew */
    return xa_fail(err, XA_USAGE, "docker-credential: '%s' is none of get, store, erase, list",
                   operation);
}
