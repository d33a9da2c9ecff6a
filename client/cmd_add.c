/* add: stores a source's key. The id may be an argument; the secret never is. */
#include <string.h>

#include "client/asking/ask.h"
#include "client/base/key_check.h"
#include "client/commands.h"
#include "client/requests/entries.h"
#include "client/requests/request.h"
#include "proto/ini.h"

static bool cannot_ask(const char *name, struct xa_error *err)
{
    if (err->code == XA_NOT_ASKED)
        xa_hint(err, "xacct add %s --access-key-id ID --secret-fd 0", name);
    return false;
}

/* A name that is taken is said before anybody types a secret. */
static bool check_free(struct xa_client *c, const char *name, struct xa_error *err)
{
    struct xa_source_facts facts = { 0 };
    if (!xa_entries_find_source(c, name, &facts, err))
        return false;
    if (!facts.found || facts.key_tail[0] == '\0')
        return true;
    xa_fail(err, XA_NAME_TAKEN, "there is a source '%s' already, with key ****%s", name,
            facts.key_tail);
    return xa_hint(err, "xacct remove %s", name);
}

/* The id is no secret and is typed in view, into the same locked room. */
static bool get_id(struct xa_client *c, const char *name, char id[XA_ACCESS_KEY_ID_MAX + 1],
                   struct xa_error *err)
{
    struct xa_question q = { .text = "Access key id: ", .echo = true };
    struct xa_phrase *typed = &xa_room.again;
    if (c->opt.access_key_id != NULL)
        return xa_key_id_valid(xa_slice_of(c->opt.access_key_id), err) &&
               xa_slice_copy(xa_slice_of(c->opt.access_key_id), id, XA_ACCESS_KEY_ID_MAX + 1) &&
               (c->opt.secret_fd >= 0 || check_free(c, name, err));
    if (!check_free(c, name, err))
        return false;
    if (!xa_ask_line(c, &q, typed, err))
        return cannot_ask(name, err);
    xa_phrase_trim(typed);
    bool ok = xa_key_id_valid(xa_phrase_slice(typed), err) &&
              xa_slice_copy(xa_phrase_slice(typed), id, XA_ACCESS_KEY_ID_MAX + 1);
    xa_phrase_wipe(typed);
    return ok;
}

static bool get_secret(struct xa_client *c, const char *name, struct xa_error *err)
{
    struct xa_question q = { .text = "Secret access key: " };
    struct xa_phrase *ret = &xa_room.secret;
    bool ok = c->opt.secret_fd >= 0
              ? xa_ask_descriptor(c, c->opt.secret_fd, "--secret-fd", ret, err)
              : xa_ask_line(c, &q, ret, err) || cannot_ask(name, err);
    if (!ok)
        return false;
    xa_phrase_trim(ret);
    if (!xa_key_secret_valid(xa_phrase_slice(ret), err))
        return false;
    if (!xa_key_secret_usual(xa_phrase_slice(ret)) && !xa_options_has(&c->opt, XA_OPT_QUIET))
        xa_note("note: AWS's secret keys have 40 characters of A-Z a-z 0-9 / +; this one has %zu"
                " or others", ret->len);
    return true;
}

static void tell(const struct xa_client *c, const char *name, const struct xa_add_result *r)
{
    if (r->warning.len > 0)
        xa_note("stored '%s'; %.*s", name, (int)r->warning.len,
                (const char *)r->warning.at);
    else if (!xa_options_has(&c->opt, XA_OPT_QUIET))
        xa_note("stored '%s'%s%.*s", name, r->arn.len > 0 ? ": " : "", (int)r->arn.len,
                (const char *)r->arn.at);
}

bool xa_cmd_add(struct xa_client *c, struct xa_error *err)
{
    const char *name = xa_client_name(c, 0);
    char id[XA_ACCESS_KEY_ID_MAX + 1];
    struct xa_add_result r;
    if (!xa_name_valid(xa_slice_of(name)))
        return xa_fail(err, XA_USAGE, "'%s' is no name: letters, digits and _.@:+/%%-, at most %d, "
                       "a letter, digit or _ first", name, XA_NAME_MAX);
    if (!get_id(c, name, id, err) || !get_secret(c, name, err))
        return false;
    struct xa_add ask = {
        .name = xa_slice_of(name),
        .access_key_id = xa_slice_of(id),
        .secret = xa_phrase_slice(&xa_room.secret),
        .no_verify = xa_options_has(&c->opt, XA_OPT_NO_VERIFY),
    };
    struct xa_call call = { XA_ADD, &xa_msg_add, &ask, &ask.asking, &xa_msg_add_result, &r,
                            "asking AWS about the key …" };
    bool ok = xa_request(c, &call, err);
    xa_phrase_wipe(&xa_room.secret);
    if (ok)
        tell(c, name, &r);
    return ok;
}
