#include "agent/aws/console.h"

#include <stdio.h>
#include <string.h>

#include "agent/aws/query.h"
#include "agent/aws/refusal.h"

/* Facts 8.4. In aws the console has a host for each region. */
static const struct site {
    const char *partition, *signin, *console;
    bool regional;
} sites[] = {
    { "aws", "signin.aws.amazon.com", "console.aws.amazon.com", true },
    { "aws-cn", "signin.amazonaws.cn", "console.amazonaws.cn", false },
    { "aws-us-gov", "signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com", false },
    { "aws-eusc", "signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu", false },
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct site *site_of(struct xa_slice partition, struct xa_error *err)
{
    for (size_t i = 0; i < COUNT(sites); i++)
        if (xa_slice_is(partition, sites[i].partition))
            return &sites[i];
    xa_fail(err, XA_NOT_SERVED, "no public sign-in page is known for the partition %.*s",
            (int)partition.len, partition.len > 0 ? (const char *)partition.at : "");
    return NULL;
}

static void text(struct xa_writer *w, const char *s)
{
    xa_write_bytes(w, s, strlen(s));
}

static void slice(struct xa_writer *w, struct xa_slice s)
{
    xa_write_bytes(w, s.at, s.len);
}

/* --- the sign-in token -------------------------------------------------------------- */

static void member(struct xa_writer *w, const char *key, struct xa_slice value)
{
    text(w, w->len > 1 ? ",\"" : "\"");
    text(w, key);
    text(w, "\":\"");
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '"' || value.at[i] == '\\')
            xa_write_u8(w, '\\');
        xa_write_u8(w, value.at[i]);
    }
    text(w, "\"");
}

/* Room for the JSON with its few escapes. */
#define SESSION_MAX (XA_TOKEN_MAX + 2048)

size_t xa_signin_body(const struct xa_signin *signin, char *room, size_t cap)
{
    char json[SESSION_MAX], duration[16];
    struct xa_writer session = xa_writer_init(json, sizeof json), w = xa_writer_init(room, cap);
    text(&session, "{");
    member(&session, "sessionId", signin->access_key_id);
    member(&session, "sessionKey", signin->secret);
    member(&session, "sessionToken", signin->token);
    text(&session, "}");
    xa_query_add(&w, "Action", xa_slice_of("getSigninToken"));
    snprintf(duration, sizeof duration, "%u", signin->duration_s);
    if (signin->duration_s > 0)
        xa_query_add(&w, "SessionDuration", xa_slice_of(duration));
    xa_query_add(&w, "Session", (struct xa_slice){ (const uint8_t *)json, session.len });
    bool fits = !session.bad && !w.bad;
    explicit_bzero(json, sizeof json);
    return fits ? w.len : 0;
}

bool xa_endpoint_signin(const struct xa_endpoint_wish *wish, struct xa_endpoint *ret,
                        struct xa_error *err)
{
    if (wish->endpoint_url.len > 0) {
        struct xa_slice base = wish->endpoint_url;
        while (base.len > 0 && base.at[base.len - 1] == '/')
            base.len--;
        if (!xa_endpoint_url_valid(base, err))
            return false;
        return (size_t)snprintf(ret->url, sizeof ret->url, "%.*s/federation", (int)base.len,
                                (const char *)base.at) < sizeof ret->url ||
               xa_fail(err, XA_BAD_CONFIG, "the endpoint_url is too long for its sign-in page");
    }
    const struct site *site = site_of(wish->partition, err);
    if (site == NULL)
        return false;
    snprintf(ret->url, sizeof ret->url, "https://%s/federation", site->signin);
    return true;
}

bool xa_signin_check(const struct xa_record *record, bool custom_endpoint, struct xa_error *err)
{
    if (record->outcome != XA_OUTCOME_ANSWERED || record->status != 200) {
        if (record->outcome != XA_OUTCOME_ANSWERED || record->status != 400)
            return xa_refusal_explain(record, custom_endpoint, err);
        xa_fail(err, XA_AWS_REFUSED, "the console's sign-in page refused the credentials");
        return xa_why(err, "it takes those of a role only, and only while they last");
    }
    return record->token.len > 0 || xa_fail(err, XA_BAD_REPLY, "the answer holds no sign-in token");
}

/* --- links ------------------------------------------------------------------------------ */

bool xa_console_service_valid(struct xa_slice service)
{
    for (size_t i = 0; i < service.len; i++) {
        uint8_t c = service.at[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
            return false;
    }
    return service.len <= XA_LABEL_MAX;
}

/* What the CLI calls otherwise than the console's address does. */
static const char *const pages[][2] = {
    { "apigateway", "apigateway/main" }, { "cfn", "cloudformation" }, { "cw", "cloudwatch" },
    { "ddb", "dynamodbv2" }, { "dynamodb", "dynamodbv2" },
    { "logs", "cloudwatch" }, { "route53", "route53/v2" }, { "sfn", "states" },
    { "sns", "sns/v3" }, { "sqs", "sqs/v3" }, { "ssm", "systems-manager" },
    { "sso", "singlesignon" }, { "stepfunctions", "states" },
};

static void page_name(struct xa_writer *w, struct xa_slice service)
{
    for (size_t i = 0; i < COUNT(pages); i++)
        if (xa_slice_is(service, pages[i][0])) {
            text(w, pages[i][1]);
            return;
        }
    if (service.len > 0)
        slice(w, service);
    else
        text(w, "console");
}

static size_t destination(const struct site *site, const struct xa_console_page *page, char *room,
                          size_t cap)
{
    struct xa_writer w = xa_writer_init(room, cap);
    text(&w, "https://");
    if (site->regional && page->region.len > 0) {
        slice(&w, page->region);
        text(&w, ".");
    }
    text(&w, site->console);
    text(&w, "/");
    page_name(&w, page->service);
    text(&w, "/home");
    if (page->region.len > 0) {
        text(&w, "?region=");
        slice(&w, page->region);
    }
    return w.bad ? 0 : w.len;
}

size_t xa_console_url(struct xa_slice signin_url, struct xa_slice signin_token,
                      const struct xa_console_page *page, char *room, size_t cap)
{
    char where[512];
    struct xa_writer query = { 0 }, w = xa_writer_init(room, cap);
    const struct site *site = site_of(page->partition, NULL);
    size_t len = site != NULL ? destination(site, page, where, sizeof where) : 0;
    slice(&w, signin_url);
    text(&w, "?");
    if (len == 0 || w.bad)
        return 0;
    query = xa_writer_init(room + w.len, cap - w.len);
    xa_query_add(&query, "Action", xa_slice_of("login"));
    xa_query_add(&query, "Issuer", xa_slice_of("xacct"));
    xa_query_add(&query, "Destination", (struct xa_slice){ (const uint8_t *)where, len });
    xa_query_add(&query, "SigninToken", signin_token);
    return query.bad ? 0 : w.len + query.len;
}

size_t xa_console_logout_url(struct xa_slice partition, char *room, size_t cap)
{
    const struct site *site = site_of(partition, NULL);
    struct xa_writer w = xa_writer_init(room, cap);
    if (site == NULL)
        return 0;
    text(&w, "https://");
    text(&w, site->signin);
    text(&w, "/oauth?Action=logout");
    return w.bad ? 0 : w.len;
}

/* The console's own palette: red, yellow, green; blue for a level that says nothing. */
static const char *colour_of(struct xa_slice level)
{
    static const struct { const char *colour, *levels; } colours[] = {
        { "F2B0A9", " prod production live high critical " },
        { "FAD791", " stage staging preprod test uat qa medium " },
        { "B7CA9D", " dev development sandbox low " },
    };
    char word[XA_LABEL_MAX + 3];
    snprintf(word, sizeof word, " %.*s ", (int)level.len,
             level.len > 0 ? (const char *)level.at : "");
    for (size_t i = 0; level.len > 0 && i < COUNT(colours); i++)
        if (strstr(colours[i].levels, word) != NULL)
            return colours[i].colour;
    return "99BCE3";
}

bool xa_switch_role_url(const struct xa_switch_role *to, char *room, size_t cap,
                        struct xa_error *err)
{
    const struct site *site = site_of(to->partition, err);
    if (site == NULL)
        return false;
    if (to->role.len > XA_SWITCH_ROLE_MAX) {
        xa_fail(err, XA_USAGE, "the console's Switch Role takes %d characters of path and name, "
                "and this role has %zu", XA_SWITCH_ROLE_MAX, to->role.len);
        return xa_hint(err, "xacct console, which signs in without that page");
    }
    struct xa_writer w = xa_writer_init(room, cap);
    text(&w, "https://");
    text(&w, site->signin);
    text(&w, "/switchrole?");
    if (!w.bad) {
        struct xa_writer query = xa_writer_init(room + w.len, cap - w.len);
        xa_query_add(&query, "account", to->account);
        xa_query_add(&query, "roleName", to->role);
        xa_query_add(&query, "displayName", to->display_name);
        xa_query_add(&query, "color", xa_slice_of(colour_of(to->level)));
        xa_write_u8(&query, '\0');
        if (!query.bad)
            return true;
    }
    return xa_fail(err, XA_INTERNAL, "the link does not fit its room");
}
