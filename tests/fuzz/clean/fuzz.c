/* Taking keys out of an AWS file: what is left can be read, has these keys no more, keeps
 * the rest, and the backup has no line with a secret. The first byte chooses the flavour. */
#include "client/awsfiles/import_clean.h"
#include "tests/fuzz/fuzz.h"

#define KEYS_MAX 16

struct sink { uint8_t *at; size_t len, cap; };

static bool keep(struct xa_slice part, void *ctx)
{
    struct sink *s = ctx;
    HOLDS(part.len > 0 && part.len <= s->cap - s->len);
    memcpy(s->at + s->len, part.at, part.len);
    s->len += part.len;
    return true;
}

static struct xa_profiles *read_text(struct xa_slice text, enum xa_awsfile_flavour flavour)
{
    struct xa_profiles_text texts[2] = { { "f", { 0 } }, { "f", { 0 } } };
    texts[flavour].text = text;
    return xa_profiles_new(texts[XA_AWSFILE_CONFIG], texts[XA_AWSFILE_CREDENTIALS], NULL);
}

static struct xa_slice value_of(const struct xa_profiles *profiles, struct xa_slice name,
                                const char *key)
{
    struct xa_profile_value value = { 0 };
    const struct xa_profile *at = xa_profiles_find(profiles, name);
    bool found = at != NULL && xa_profile_find_key(profiles, at, key, &value);
    return found ? value.text : (struct xa_slice){ 0 };
}

/* Every second profile that has a whole key, if its lines may go. */
static size_t choose(const struct xa_profiles *profiles, struct xa_clean_key keys[KEYS_MAX])
{
    const struct xa_profile *at;
    uint32_t cursor = 0;
    size_t n = 0;
    for (unsigned i = 0; n < KEYS_MAX && (at = xa_profiles_next(profiles, &cursor)) != NULL; i++) {
        struct xa_slice name = xa_profile_name(at);
        keys[n] = (struct xa_clean_key){ name, value_of(profiles, name, "aws_access_key_id"),
                                         value_of(profiles, name, "aws_secret_access_key") };
        n += i % 2 == 0 && keys[n].access_key_id.len > 0 && keys[n].secret.len > 0 &&
             xa_clean_possible(profiles, &keys[n], NULL);
    }
    return n;
}

static void check_rest(const struct xa_profiles *before, const struct xa_profiles *after,
                       const struct xa_clean_key *keys, size_t n)
{
    const struct xa_profile *at;
    uint32_t cursor = 0;
    for (size_t i = 0; i < n; i++) {
        HOLDS(value_of(after, keys[i].name, "aws_access_key_id").len == 0);
        HOLDS(value_of(after, keys[i].name, "aws_secret_access_key").len == 0);
    }
    for (unsigned i = 0; i < 32 && (at = xa_profiles_next(before, &cursor)) != NULL; i++) {
        struct xa_slice name = xa_profile_name(at);
        HOLDS(xa_profiles_find(after, name) != NULL);
        HOLDS(same(value_of(before, name, "region"), value_of(after, name, "region")));
    }
}

static void check_backup(struct xa_slice text, struct sink *sink)
{
    struct xa_slice value;
    sink->len = 0;
    HOLDS(xa_clean_backup(text, keep, sink));
    for (struct xa_slice rest = { sink->at, sink->len }; rest.len > 0;)
        HOLDS(!xa_awsfile_line_secret(next_line(&rest), &value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xa_clean_key keys[KEYS_MAX + 1];
    if (size < 1)
        return 0;
    enum xa_awsfile_flavour flavour = data[0] & 1 ? XA_AWSFILE_CREDENTIALS : XA_AWSFILE_CONFIG;
    struct xa_slice text = { data + 1, size - 1 };
    struct sink sink = { malloc(size), 0, size };
    struct xa_profiles *before = read_text(text, flavour);
    HOLDS(sink.at != NULL);
    if (before != NULL) {
        size_t n = choose(before, keys);
        HOLDS(xa_clean_rewrite(text, flavour, keys, n, keep, &sink));
        HOLDS((sink.len < text.len) == (xa_clean_count(text, flavour, keys, n) > 0));
        struct xa_profiles *after = read_text((struct xa_slice){ sink.at, sink.len }, flavour);
        HOLDS(after != NULL);
        check_rest(before, after, keys, n);
        xa_profiles_free(&after);
    }
    check_backup(text, &sink);
    xa_profiles_free(&before);
    free(sink.at);
    return 0;
}
