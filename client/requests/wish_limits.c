#include "client/requests/wish_limits.h"

#include <string.h>
#include <strings.h>

#include "proto/limits.h"
#include "proto/wire.h"

#define ARN_MIN 20             /* facts 1.2 */

/* An item of a comma-separated list, without the blanks around it. */
struct item { const char *at; size_t len; };

static bool is_word_char(char c, const char *others)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           c == '_' || (c != '\0' && strchr(others, c) != NULL);
}

bool xa_limit_word(const char *option, const char *value, const char *others,
                   struct xa_error *err)
{
    for (const char *p = value; *p != '\0'; p++)
        if (!is_word_char(*p, others))
            return xa_fail(err, XA_USAGE, "--%s %.200s: only A-Z a-z 0-9 _ %s can stand there",
                           option, value, others);
    return true;
}

bool xa_limit_source_identity(const char *value, struct xa_error *err)
{
    if (strncmp(value, "aws:", 4) == 0)
        return xa_fail(err, XA_USAGE, "--source-identity %.64s: it must not begin with aws:",
                       value);
    return xa_limit_word("source-identity", value, "+=,.@-", err);
}

/* --- lists -------------------------------------------------------------------------- */

/* Takes the next item off *rest, which is NULL behind the last. */
static struct item next_item(const char **rest)
{
    struct item item = { *rest, strcspn(*rest, ",") };
    *rest = item.at[item.len] == ',' ? item.at + item.len + 1 : NULL;
    while (item.len > 0 && item.at[0] == ' ') {
        item.at++;
        item.len--;
    }
    while (item.len > 0 && item.at[item.len - 1] == ' ')
        item.len--;
    return item;
}

/* AWS counts characters, not bytes. */
static size_t n_characters(struct item item)
{
    return xa_text_characters((struct xa_slice){ (const uint8_t *)item.at, item.len });
}

/* Letters of any language are fine; of ASCII not all signs are. */
static bool has_tag_chars(struct item item)
{
    for (size_t i = 0; i < item.len; i++)
        if ((unsigned char)item.at[i] < 0x80 && !is_word_char(item.at[i], " .:/=+-@"))
            return false;
    return true;
}

static bool tag_part(const char *option, struct item part, const char *what, size_t min,
                     size_t max, struct xa_error *err)
{
    size_t n = n_characters(part);
    if (n < min || n > max)
        return xa_fail(err, XA_USAGE, "--%s: a %s of %zu characters ('%.*s'); %zu to %zu are "
                       "possible", option, what, n, part.len < 80 ? (int)part.len : 80, part.at,
                       min, max);
    return has_tag_chars(part) ||
           xa_fail(err, XA_USAGE, "--%s: '%.*s' holds a sign that AWS does not take in a tag",
                   option, part.len < 80 ? (int)part.len : 80, part.at);
}

static struct item key_of(struct item tag)
{
    const char *equals = memchr(tag.at, '=', tag.len);
    return (struct item){ tag.at, equals != NULL ? (size_t)(equals - tag.at) : tag.len };
}

/* True if the key stands in the list already, before `item`. */
static bool is_second(const char *list, struct item key)
{
    for (const char *rest = list; rest != NULL;) {
        struct item other = key_of(next_item(&rest));
        if (other.at >= key.at)
            return false;
        if (other.len == key.len && strncasecmp(other.at, key.at, key.len) == 0)
            return true;
    }
    return false;
}

static bool too_many(const char *option, size_t n, struct xa_error *err)
{
    return xa_fail(err, XA_USAGE, "--%s: more than %zu of them", option, n);
}

bool xa_limit_tags(const char *value, struct xa_error *err)
{
    const char *rest = value;
    for (size_t n = 0; rest != NULL; n++) {
        struct item tag = next_item(&rest), key = key_of(tag);
        if (n == XA_TAGS_COUNT_MAX)
            return too_many("tags", XA_TAGS_COUNT_MAX, err);
        if (key.len == tag.len)
            return xa_fail(err, XA_USAGE, "--tags: '%.*s' is not KEY=VALUE",
                           tag.len < 80 ? (int)tag.len : 80, tag.at);
        struct item text = { key.at + key.len + 1, tag.len - key.len - 1 };
        if (!tag_part("tags", key, "key", 1, XA_TAG_KEY_MAX, err) ||
            !tag_part("tags", text, "value", 0, XA_TAG_VALUE_MAX, err))
            return false;
        if (is_second(value, key))
            return xa_fail(err, XA_USAGE, "--tags: a second '%.*s'; case makes no difference",
                           key.len < 80 ? (int)key.len : 80, key.at);
    }
    return true;
}

bool xa_limit_tag_keys(const char *value, struct xa_error *err)
{
    const char *rest = value;
    for (size_t n = 0; rest != NULL; n++) {
        if (n == XA_TAGS_COUNT_MAX)
            return too_many("transitive-tags", XA_TAGS_COUNT_MAX, err);
        if (!tag_part("transitive-tags", next_item(&rest), "key", 1, XA_TAG_KEY_MAX, err))
            return false;
    }
    return true;
}

bool xa_limit_policy_arns(const char *value, struct xa_error *err)
{
    const char *rest = value;
    for (size_t n = 0; rest != NULL; n++) {
        struct item arn = next_item(&rest);
        if (n == XA_POLICY_ARNS_COUNT_MAX)
            return too_many("policy-arns", XA_POLICY_ARNS_COUNT_MAX, err);
        if (arn.len < ARN_MIN || arn.len > XA_ARN_MAX || strncmp(arn.at, "arn:", 4) != 0 ||
            memchr(arn.at, ' ', arn.len) != NULL)
            return xa_fail(err, XA_USAGE, "--policy-arns: '%.*s' is no ARN",
                           arn.len < 120 ? (int)arn.len : 120, arn.at);
    }
    return true;
}
