#include "agent/aws/sts.h"

#include <stdio.h>
#include <string.h>

#include "agent/aws/arn.h"
#include "agent/aws/query.h"
#include "agent/aws/refusal.h"

#define SLACK_S 300                    /* of an expiry over what was asked; N5 */

/* --- what is asked ----------------------------------------------------------- */

static struct xa_writer form(char *room, size_t cap, const char *action)
{
    struct xa_writer w = xa_writer_init(room, cap);
    xa_query_add(&w, "Action", xa_slice_of(action));
    xa_query_add(&w, "Version", xa_slice_of("2011-06-15"));
    return w;
}

static void add(struct xa_writer *w, const char *name, struct xa_slice value)
{
    if (value.len > 0)
        xa_query_add(w, name, value);
}

/* NAME.member.1, NAME.member.2 …; an empty list is left out (facts 1.1). */
static void add_each(struct xa_writer *w, const char *name, const char *field,
                     struct xa_slice list)
{
    struct xa_slice item;
    char member[64];
    for (unsigned i = 1; list.len > 0 && xa_list_item(&list, &item); i++) {
        snprintf(member, sizeof member, "%s.member.%u%s", name, i, field);
        xa_query_add(w, member, item);
    }
}

static void add_tags(struct xa_writer *w, struct xa_slice tags)
{
    struct xa_slice tag, value;
    char member[64];
    for (unsigned i = 1; tags.len > 0 && xa_list_item(&tags, &tag); i++) {
        struct xa_slice key = xa_tag_split(tag, &value);
        snprintf(member, sizeof member, "Tags.member.%u.Key", i);
        xa_query_add(w, member, key);
        snprintf(member, sizeof member, "Tags.member.%u.Value", i);
        xa_query_add(w, member, value);
    }
}

static void add_mfa(struct xa_writer *w, const struct xa_mfa_proof *mfa)
{
    if (mfa->code.len == 0)
        return;
    xa_query_add(w, "SerialNumber", mfa->serial);
    xa_query_add(w, "TokenCode", mfa->code);
}

size_t xa_sts_assume_role_body(const struct xa_assume_role *call, char *room, size_t cap)
{
    char duration[16];
    struct xa_writer w = form(room, cap, "AssumeRole");

    snprintf(duration, sizeof duration, "%u", call->duration_s);
    xa_query_add(&w, "RoleArn", call->role_arn);
    xa_query_add(&w, "RoleSessionName", call->session_name);
    xa_query_add(&w, "DurationSeconds", xa_slice_of(duration));
    add(&w, "ExternalId", call->external_id);
    add(&w, "SourceIdentity", call->source_identity);
    add(&w, "Policy", call->policy);
    add_each(&w, "PolicyArns", ".arn", call->policy_arns);
    add_tags(&w, call->tags);
    add_each(&w, "TransitiveTagKeys", "", call->transitive_tags);
    add_mfa(&w, &call->mfa);
    return w.bad ? 0 : w.len;
}

size_t xa_sts_session_token_body(const struct xa_session_token *call, char *room, size_t cap)
{
    char duration[16];
    struct xa_writer w = form(room, cap, "GetSessionToken");

    snprintf(duration, sizeof duration, "%u", call->duration_s);
    xa_query_add(&w, "DurationSeconds", xa_slice_of(duration));
    add_mfa(&w, &call->mfa);
    return w.bad ? 0 : w.len;
}

size_t xa_sts_caller_identity_body(char *room, size_t cap)
{
    struct xa_writer w = form(room, cap, "GetCallerIdentity");
    return w.bad ? 0 : w.len;
}

struct xa_slice xa_sts_read_only_policy(struct xa_slice role_arn, char *room, size_t size)
{
    struct xa_role_arn arn = { 0 };
    if (!xa_role_arn_parse(role_arn, &arn, NULL))
        arn.partition = xa_slice_of("aws");
    snprintf(room, size, "arn:%.*s:iam::aws:policy/ReadOnlyAccess", (int)arn.partition.len,
             (const char *)arn.partition.at);
    return xa_slice_of(room);
}

/* --- what was answered ------------------------------------------------------- */

static bool is_success(const struct xa_record *record)
{
    return record->outcome == XA_OUTCOME_ANSWERED && record->status == 200;
}

static bool lacks(const char *what, bool custom, struct xa_error *err)
{
    return xa_fail(err, XA_BAD_REPLY, "the answer of %s has no %s, or one that cannot be right",
                   custom ? "the endpoint" : "AWS", what);
}

static bool check_keys(const struct xa_record *r, bool custom, struct xa_error *err)
{
    size_t least = custom ? 1 : XA_ACCESS_KEY_ID_MIN;
    if (!xa_is_key_id(r->access_key_id) || r->access_key_id.len < least ||
        r->access_key_id.len > XA_ACCESS_KEY_ID_MAX)
        return lacks("access key id", custom, err);
    if (!xa_is_graphic(r->secret) || r->secret.len > XA_SECRET_KEY_MAX)
        return lacks("secret key", custom, err);
    if (!xa_is_graphic(r->token) || r->token.len > XA_TOKEN_MAX)
        return lacks("session token", custom, err);
    return true;
}

/* AWS's clock measures AWS's expiry, so that a wrong clock here costs nothing; what
 * is left is never taken for more than was asked (T1). */
static bool check_expiry(const struct xa_record *r, const struct xa_sts_expect *expect,
                         int64_t *ret_left_s, struct xa_error *err)
{
    int64_t now_s = r->date_s != 0 ? r->date_s : expect->now_s;
    int64_t left_s = r->expires_at - now_s;
    if (r->expires_at == 0)
        return lacks("expiry", expect->custom_endpoint, err);
    if (left_s <= 0)
        return xa_fail(err, XA_BAD_REPLY, "the answer's credentials have run out already");
    if (left_s > (int64_t)expect->duration_s + SLACK_S)
        return xa_fail(err, XA_BAD_REPLY,
                       "the answer's credentials last %lld s, asked for were %u s",
                       (long long)left_s, expect->duration_s);
    *ret_left_s = left_s < expect->duration_s ? left_s : expect->duration_s;
    return true;
}

/* The role's name behind the path that some servers keep. */
static struct xa_slice last_part(struct xa_slice role)
{
    size_t start = role.len;
    while (start > 0 && role.at[start - 1] != '/')
        start--;
    return (struct xa_slice){ role.at + start, role.len - start };
}

static bool other(const char *what, struct xa_slice is, struct xa_slice wanted,
                  struct xa_error *err)
{
    return xa_fail(err, XA_OTHER_ACCOUNT, "STS answered for %s %.*s, not %.*s", what,
                   is.len > 100 ? 100 : (int)is.len, is.len > 0 ? (const char *)is.at : "",
                   wanted.len > 100 ? 100 : (int)wanted.len,
                   wanted.len > 0 ? (const char *)wanted.at : "");
}

/* An account that is absent cannot be compared, nor can a role without an ARN: that
 * is let pass behind an endpoint_url only. */
static bool check_role(const struct xa_record *r, const struct xa_sts_expect *expect,
                       struct xa_error *err)
{
    struct xa_slice account, role, session;
    bool custom = expect->custom_endpoint;

    if (custom && r->role_arn.len == 0)
        return true;
    if (!xa_assumed_role_parse(r->role_arn, &account, &role, &session))
        return lacks("assumed role's ARN", custom, err);
    if (!(custom && account.len == 0) && !xa_slice_same(account, expect->account))
        return other("account", account, expect->account, err);
    if (!xa_slice_same(custom ? last_part(role) : role, expect->role_name))
        return other("role", role, expect->role_name, err);
    return true;
}

bool xa_sts_check_session_token(const struct xa_record *record, const struct xa_sts_expect *expect,
                                int64_t *ret_left_s, struct xa_error *err)
{
    if (!is_success(record))
        return xa_refusal_explain(record, expect->custom_endpoint, err);
    return check_keys(record, expect->custom_endpoint, err) &&
           check_expiry(record, expect, ret_left_s, err);
}

bool xa_sts_check_assume_role(const struct xa_record *record, const struct xa_sts_expect *expect,
                              int64_t *ret_left_s, struct xa_error *err)
{
    if (!is_success(record))
        return xa_refusal_explain(record, expect->custom_endpoint, err);
    return check_keys(record, expect->custom_endpoint, err) && check_role(record, expect, err) &&
           check_expiry(record, expect, ret_left_s, err);
}

/* arn:PARTITION:SERVICE:REGION:ACCOUNT:… is of this account. */
static bool arn_is_of(struct xa_slice arn, struct xa_slice account)
{
    unsigned colons = 0;
    for (size_t i = 0; i < arn.len; i++) {
        if (arn.at[i] != ':' || ++colons < 4)
            continue;
        struct xa_slice rest = { arn.at + i + 1, arn.len - i - 1 };
        return rest.len > account.len && memcmp(rest.at, account.at, account.len) == 0 &&
               rest.at[account.len] == ':' && memcmp(arn.at, "arn:", 4) == 0;
    }
    return false;
}

bool xa_sts_check_caller_identity(const struct xa_record *record, bool custom_endpoint,
                                  struct xa_error *err)
{
    if (!is_success(record))
        return xa_refusal_explain(record, custom_endpoint, err);
    bool nameless = custom_endpoint && record->account.len == 0;
    if (!nameless && !xa_account_valid(record->account))
        return lacks("account", custom_endpoint, err);
    if (!xa_is_graphic(record->arn) || record->arn.len > XA_ARN_MAX ||
        !(custom_endpoint || arn_is_of(record->arn, record->account)))
        return lacks("ARN", custom_endpoint, err);
    if (record->user_id.len == 0 || record->user_id.len > XA_USER_ID_MAX)
        return lacks("user id", custom_endpoint, err);
    return true;
}
