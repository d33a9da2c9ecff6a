#include "agent/aws/arn.h"

#include <string.h>

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_lower(uint8_t c) { return c >= 'a' && c <= 'z'; }

/* What role and session names are made of. */
static bool is_name_byte(uint8_t c)
{
    return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("_+=,.@-", c) != NULL);
}

static bool is_graphic(struct xa_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] < '!' || s.at[i] > '~')
            return false;
    return true;
}

bool xa_account_valid(struct xa_slice account)
{
    for (size_t i = 0; i < account.len; i++)
        if (!is_digit(account.at[i]))
            return false;
    return account.len == XA_ACCOUNT_LEN;
}

bool xa_role_name_valid(struct xa_slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!is_name_byte(name.at[i]))
            return false;
    return name.len >= 1 && name.len <= XA_ROLE_NAME_MAX;
}

/* --- parts ------------------------------------------------------------------- */

/* Takes what stands before the next stop byte, and the stop byte. */
static bool take_field(struct xa_slice *s, char stop, struct xa_slice *ret)
{
    const uint8_t *end = s->len > 0 ? memchr(s->at, stop, s->len) : NULL;
    if (end == NULL)
        return false;
    size_t len = (size_t)(end - s->at);
    *ret = (struct xa_slice){ s->at, len };
    *s = (struct xa_slice){ end + 1, s->len - len - 1 };
    return true;
}

static bool take_text(struct xa_slice *s, const char *text)
{
    size_t len = strlen(text);
    if (s->len < len || memcmp(s->at, text, len) != 0)
        return false;
    *s = (struct xa_slice){ s->at + len, s->len - len };
    return true;
}

/* Cuts s at its last '/': what follows it is the name, the rest with the '/' the
 * path. */
static bool split_last(struct xa_slice s, struct xa_slice *ret_path, struct xa_slice *ret_name)
{
    size_t len = s.len;
    while (len > 0 && s.at[len - 1] != '/')
        len--;
    if (len == 0)
        return false;
    *ret_path = (struct xa_slice){ s.at, len };
    *ret_name = (struct xa_slice){ s.at + len, s.len - len };
    return true;
}

static bool partition_valid(struct xa_slice partition)
{
    struct xa_slice rest = partition;
    if (!take_text(&rest, "aws"))
        return false;
    if (rest.len == 0)
        return true;
    for (size_t i = 1; i < rest.len; i++)
        if (!is_lower(rest.at[i]) && rest.at[i] != '-')
            return false;
    return rest.at[0] == '-' && rest.len > 1;
}

/* "/" or "/…/": each part between two slashes has something in it. */
static bool path_valid(struct xa_slice path)
{
    if (path.len < 1 || path.len > XA_ROLE_PATH_MAX || !is_graphic(path) || path.at[0] != '/')
        return false;
    for (size_t i = 1; i < path.len; i++)
        if (path.at[i] == '/' && path.at[i - 1] == '/')
            return false;
    return true;
}

/* arn:PARTITION:SERVICE::ACCOUNT: and what follows. */
static bool take_head(struct xa_slice *s, const char *service, struct xa_slice *ret_partition,
                      struct xa_slice *ret_account)
{
    struct xa_slice name, region;
    return s->len <= XA_ARN_MAX && take_text(s, "arn:") && take_field(s, ':', ret_partition) &&
           take_field(s, ':', &name) && xa_slice_is(name, service) &&
           take_field(s, ':', &region) && region.len == 0 && take_field(s, ':', ret_account);
}

/* --- whole ------------------------------------------------------------------- */

static bool refuse(struct xa_slice text, const char *what, struct xa_error *err)
{
    int shown = text.len > 120 ? 120 : (int)text.len;
    return xa_fail(err, XA_BAD_CONFIG, "'%.*s' is not %s", shown,
                   text.len > 0 ? (const char *)text.at : "", what);
}

bool xa_role_arn_parse(struct xa_slice arn, struct xa_role_arn *ret, struct xa_error *err)
{
    struct xa_role_arn role;
    struct xa_slice rest = arn;

    if (!take_head(&rest, "iam", &role.partition, &role.account) || !take_text(&rest, "role") ||
        !split_last(rest, &role.path, &role.name) || !partition_valid(role.partition) ||
        !xa_account_valid(role.account) || !path_valid(role.path) || !xa_role_name_valid(role.name))
        return refuse(arn, "a role's ARN (arn:aws:iam::ACCOUNT:role/NAME)", err);
    *ret = role;
    return true;
}

bool xa_role_target_parse(struct xa_slice target, struct xa_role_arn *ret, struct xa_error *err)
{
    struct xa_role_arn role = { 0 };
    struct xa_slice rest = target;

    if (take_text(&rest, "arn:"))
        return xa_role_arn_parse(target, ret, err);
    if (target.len <= XA_ACCOUNT_LEN)
        return refuse(target, "ACCOUNT/ROLE or a role's ARN", err);
    role.account = (struct xa_slice){ target.at, XA_ACCOUNT_LEN };
    rest = (struct xa_slice){ target.at + XA_ACCOUNT_LEN, target.len - XA_ACCOUNT_LEN };
    if (!xa_account_valid(role.account) || !split_last(rest, &role.path, &role.name) ||
        !path_valid(role.path) || !xa_role_name_valid(role.name))
        return refuse(target, "ACCOUNT/ROLE (12 digits, a role's name) or a role's ARN", err);
    *ret = role;
    return true;
}

bool xa_assumed_role_parse(struct xa_slice arn, struct xa_slice *ret_account,
                           struct xa_slice *ret_role, struct xa_slice *ret_session)
{
    struct xa_slice rest = arn, partition, account, role, session;

    if (!take_head(&rest, "sts", &partition, &account) || !take_text(&rest, "assumed-role/") ||
        !split_last(rest, &role, &session))
        return false;
    role.len--;                                      /* the '/' before the session */
    if (!partition_valid(partition) || (account.len > 0 && !xa_account_valid(account)) ||
        role.len == 0 || !is_graphic(role) || !xa_role_name_valid(session))
        return false;
    *ret_account = account;
    *ret_role = role;
    *ret_session = session;
    return true;
}

struct xa_slice xa_user_name_of(struct xa_slice arn)
{
    struct xa_slice rest = arn, partition, account, path, name;
    if (!take_head(&rest, "iam", &partition, &account) || !take_text(&rest, "user") ||
        !split_last(rest, &path, &name) || !path_valid(path) || !xa_role_name_valid(name))
        return (struct xa_slice){ 0 };
    return name;
}

void xa_session_name_from(struct xa_slice text, char ret[XA_SESSION_NAME_MAX + 1])
{
    size_t len = text.len < XA_SESSION_NAME_MAX ? text.len : XA_SESSION_NAME_MAX;
    for (size_t i = 0; i < len; i++)
        ret[i] = (char)(is_name_byte(text.at[i]) ? text.at[i] : '-');
    while (len < XA_SESSION_NAME_MIN)
        ret[len++] = '-';
    ret[len] = '\0';
}
