#include "agent/aws/limits.h"

#include <string.h>
#include <strings.h>

#include "agent/aws/query.h"

#define SHOWN_MAX 80                   /* of a value at fault; own choice */

static int shown(struct xa_slice s)
{
    return s.len > SHOWN_MAX ? SHOWN_MAX : (int)s.len;
}

static const char *text(struct xa_slice s)
{
    return s.len > 0 ? (const char *)s.at : "";
}

static bool is_of(struct xa_slice s, size_t min, size_t max, const char *others)
{
    if (s.len < min || s.len > max)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.at[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alnum && (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return true;
}

bool xa_session_name_valid(struct xa_slice name)
{
    return is_of(name, XA_SESSION_NAME_MIN, XA_SESSION_NAME_MAX, "_+=,.@-");
}

bool xa_external_id_valid(struct xa_slice id)
{
    return is_of(id, XA_EXTERNAL_ID_MIN, XA_EXTERNAL_ID_MAX, "_+=,.@:/-");
}

static bool source_identity_fits(struct xa_slice id, struct xa_error *err)
{
    if (id.len == 0)
        return true;
    if (!is_of(id, XA_SOURCE_IDENTITY_MIN, XA_SOURCE_IDENTITY_MAX, "_+=,.@-"))
        return xa_fail(err, XA_USAGE,
                       "the source identity '%.*s' is not %d to %d of A-Z a-z 0-9 _ + = , . @ -",
                       shown(id), text(id), XA_SOURCE_IDENTITY_MIN, XA_SOURCE_IDENTITY_MAX);
    if (id.len >= 4 && memcmp(id.at, "aws:", 4) == 0)
        return xa_fail(err, XA_USAGE, "the source identity '%.*s' begins with aws:", shown(id),
                       text(id));
    return true;
}

/* AWS reads the JSON; what it packs to is AWS's to say (facts 1.2). */
static bool policy_fits(struct xa_slice policy, struct xa_error *err)
{
    if (policy.len == 0)
        return true;
    if (policy.len > XA_POLICY_MAX)
        return xa_fail(err, XA_USAGE, "the session policy has %zu characters; AWS takes 2048, and "
                       "xacct sends %d at most", policy.len, XA_POLICY_MAX);
    if (policy.at[0] != '{' || policy.at[policy.len - 1] != '}')
        return xa_fail(err, XA_USAGE, "the session policy is no JSON object: '%.*s'",
                       shown(policy), text(policy));
    return true;
}

static bool policy_arns_fit(struct xa_slice list, struct xa_error *err)
{
    struct xa_slice arn;
    unsigned n = 0;
    if (list.len == 0)
        return true;
    while (xa_list_item(&list, &arn)) {
        if (arn.len < 20 || arn.len > XA_ARN_MAX || memcmp(arn.at, "arn:", 4) != 0 ||
            memmem(arn.at, arn.len, ":policy/", 8) == NULL)
            return xa_fail(err, XA_USAGE, "'%.*s' is not the ARN of a managed policy", shown(arn),
                           text(arn));
        if (++n > XA_POLICY_ARNS_COUNT_MAX)
            return xa_fail(err, XA_USAGE, "%d managed policies are the most that AWS takes",
                           XA_POLICY_ARNS_COUNT_MAX);
    }
    return true;
}

/* AWS takes letters of any script; what is not ASCII is left to it. */
static bool is_tag_text(struct xa_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.at[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alnum && c < 0x80 && (c == '\0' || strchr(" _.:/=+-@", c) == NULL))
            return false;
    }
    return true;
}

static bool tag_key_fits(struct xa_slice key, struct xa_error *err)
{
    size_t n = xa_text_characters(key);
    return (n >= 1 && n <= XA_TAG_KEY_MAX && is_tag_text(key)) ||
           xa_fail(err, XA_USAGE, "'%.*s' is not a tag's key: 1 to %d letters, digits, blanks or "
                   "_ . : / = + - @", shown(key), text(key), XA_TAG_KEY_MAX);
}

/* Keys are compared without case (facts 1.2). */
static bool is_among(struct xa_slice key, struct xa_slice tags, size_t before)
{
    struct xa_slice tag, value;
    for (size_t i = 0; i < before && xa_list_item(&tags, &tag); i++) {
        struct xa_slice other = xa_tag_split(tag, &value);
        if (other.len == key.len &&
            strncasecmp((const char *)other.at, (const char *)key.at, key.len) == 0)
            return true;
    }
    return false;
}

static bool tag_fits(struct xa_slice tag, struct xa_slice tags, size_t before,
                     struct xa_error *err)
{
    struct xa_slice value, key = xa_tag_split(tag, &value);
    if (key.len == tag.len)
        return xa_fail(err, XA_USAGE, "the tag '%.*s' is not key=value", shown(tag), text(tag));
    if (!tag_key_fits(key, err))
        return false;
    if (xa_text_characters(value) > XA_TAG_VALUE_MAX || !is_tag_text(value))
        return xa_fail(err, XA_USAGE, "the tag '%.*s' has a value that is not at most %d letters, "
                       "digits, blanks or _ . : / = + - @", shown(tag), text(tag),
                       XA_TAG_VALUE_MAX);
    return !is_among(key, tags, before) ||
           xa_fail(err, XA_USAGE, "the tag key '%.*s' is there twice: AWS makes no difference of "
                   "case", shown(key), text(key));
}

static bool tags_fit(struct xa_slice tags, struct xa_error *err)
{
    struct xa_slice rest = tags, tag;
    if (tags.len == 0)
        return true;
    for (size_t n = 0; xa_list_item(&rest, &tag); n++) {
        if (n == XA_TAGS_COUNT_MAX)
            return xa_fail(err, XA_USAGE, "%d tags are the most that AWS takes",
                           XA_TAGS_COUNT_MAX);
        if (!tag_fits(tag, tags, n, err))
            return false;
    }
    return true;
}

static bool transitive_fit(struct xa_slice keys, struct xa_error *err)
{
    struct xa_slice key;
    unsigned n = 0;
    if (keys.len == 0)
        return true;
    while (xa_list_item(&keys, &key)) {
        if (!tag_key_fits(key, err))
            return false;
        if (++n > XA_TAGS_COUNT_MAX)
            return xa_fail(err, XA_USAGE, "%d transitive tags are the most that AWS takes",
                           XA_TAGS_COUNT_MAX);
    }
    return true;
}

bool xa_assume_role_fits(const struct xa_assume_role *call, struct xa_error *err)
{
    if (!xa_session_name_valid(call->session_name))
        return xa_fail(err, XA_USAGE,
                       "the session name '%.*s' is not 2 to 64 of A-Z a-z 0-9 _ + = , . @ -",
                       shown(call->session_name), text(call->session_name));
    if (call->external_id.len > 0 && !xa_external_id_valid(call->external_id))
        return xa_fail(err, XA_USAGE,
                       "the external id '%.*s' is not %d to %d of A-Z a-z 0-9 _ + = , . @ : / -",
                       shown(call->external_id), text(call->external_id), XA_EXTERNAL_ID_MIN,
                       XA_EXTERNAL_ID_MAX);
    return source_identity_fits(call->source_identity, err) && policy_fits(call->policy, err) &&
           policy_arns_fit(call->policy_arns, err) && tags_fit(call->tags, err) &&
           transitive_fit(call->transitive_tags, err);
}
