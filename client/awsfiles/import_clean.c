#include "client/awsfiles/import_clean.h"

#include <string.h>

#include "proto/ini.h"

/* The value that a stored key has where the file has `key`; NULL for other keys. Compared
 * as texts: who runs this can read both. */
static const struct xa_slice *half_of(const struct xa_clean_key *key, struct xa_slice name)
{
    return xa_ini_key_is(name, "aws_access_key_id")       ? &key->access_key_id
           : xa_ini_key_is(name, "aws_secret_access_key") ? &key->secret
                                                          : NULL;
}

bool xa_clean_possible(const struct xa_profiles *profiles, const struct xa_clean_key *key,
                       struct xa_error *err)
{
    struct xa_profile_walk walk;
    enum xa_awsfile_event event;
    const struct xa_slice *half = NULL;
    const struct xa_profile *profile = xa_profiles_find(profiles, key->name);
    if (profile == NULL)
        return true;
    xa_profile_walk_init(&walk, profiles, profile);
    while ((event = xa_profile_walk_next(&walk)) != XA_AWSFILE_END) {
        if (event == XA_AWSFILE_KEY)
            half = half_of(key, walk.at.key);
        bool other = half != NULL && (event == XA_AWSFILE_MORE ||
                                      !xa_slice_same(walk.at.value, *half));
        if (other)
            return xa_fail(err, XA_BAD_CONFIG, "%s:%u: profile '%.*s' has another key here; its "
                           "lines were left", walk.at.file, walk.at.line, (int)key->name.len,
                           (const char *)key->name.at);
    }
    return true;
}

/* --- which lines ---------------------------------------------------------------------- */

struct cut {
    xa_aws_keep_fn *keep;
    void *ctx;
    const uint8_t *kept_to;      /* what is behind it has not been handed on */
    size_t n_cut;
};

/* Hands on what stands before the line, and passes over the line. */
static bool cut_line(struct cut *cut, struct xa_slice line)
{
    struct xa_slice before = { cut->kept_to, (size_t)(line.at - cut->kept_to) };
    cut->kept_to = line.at + line.len;
    cut->n_cut++;
    return before.len == 0 || cut->keep(before, cut->ctx);
}

static bool keep_rest(struct cut *cut, struct xa_slice text)
{
    struct xa_slice rest = { cut->kept_to, (size_t)(text.at + text.len - cut->kept_to) };
    return rest.len == 0 || cut->keep(rest, cut->ctx);
}

static const struct xa_clean_key *find(const struct xa_clean_key *keys, size_t n_keys,
                                       const struct xa_awsfile *f)
{
    for (size_t i = 0; i < n_keys && f->section == XA_AWSFILE_PROFILE; i++)
        if (xa_slice_same(keys[i].name, f->name))
            return &keys[i];
    return NULL;
}

static bool rewrite(struct xa_slice text, enum xa_awsfile_flavour flavour,
                    const struct xa_clean_key *keys, size_t n_keys, struct cut *cut)
{
    struct xa_awsfile f;
    const struct xa_clean_key *key = NULL;
    bool going = false;
    xa_awsfile_init(&f, "", flavour, text);
    for (;;) {
        switch (xa_awsfile_next(&f, NULL)) {
        case XA_AWSFILE_HEADER:
            key = find(keys, n_keys, &f);
            break;
        case XA_AWSFILE_KEY: {
            const struct xa_slice *half = key != NULL ? half_of(key, f.key) : NULL;
            going = half != NULL && xa_slice_same(f.value, *half);
            if (going && !cut_line(cut, f.line_text))
                return false;
            break;
        }
        case XA_AWSFILE_MORE:      /* or it would continue the line before */
            if (going && !cut_line(cut, f.line_text))
                return false;
            break;
        case XA_AWSFILE_END:
        case XA_AWSFILE_ERROR:
            return keep_rest(cut, text);
        }
    }
}

bool xa_clean_rewrite(struct xa_slice text, enum xa_awsfile_flavour flavour,
                      const struct xa_clean_key *keys, size_t n_keys, xa_aws_keep_fn *keep,
                      void *ctx)
{
    struct cut cut = { keep, ctx, text.at, 0 };
    return rewrite(text, flavour, keys, n_keys, &cut);
}

static bool keep_nothing(struct xa_slice part, void *ctx)
{
    (void)part;
    (void)ctx;
    return true;
}

size_t xa_clean_count(struct xa_slice text, enum xa_awsfile_flavour flavour,
                      const struct xa_clean_key *keys, size_t n_keys)
{
    struct cut cut = { keep_nothing, NULL, text.at, 0 };
    (void)rewrite(text, flavour, keys, n_keys, &cut);
    return cut.n_cut;
}

/* --- what stays all the same ----------------------------------------------------------- */

struct search {
    const struct xa_clean_key *keys, *whose;
    size_t n_keys, line;         /* line: of where `part` begins, then of what was found */
};

static size_t count_lines(const uint8_t *at, const uint8_t *end)
{
    size_t n = 0;
    for (; at < end; at++)
        n += *at == '\n';
    return n;
}

/* A secret has no end of line in it, and parts end with lines. */
static bool search_part(struct xa_slice part, void *ctx)
{
    struct search *s = ctx;
    const uint8_t *end = part.at + part.len, *first = end;
    for (size_t i = 0; i < s->n_keys; i++) {
        struct xa_slice secret = s->keys[i].secret;
        const uint8_t *at = memmem(part.at, part.len, secret.at, secret.len);
        if (at != NULL && at < first) {
            first = at;
            s->whose = &s->keys[i];
        }
    }
    s->line += count_lines(part.at, first);
    return s->whose == NULL;
}

size_t xa_clean_remains(struct xa_slice text, enum xa_awsfile_flavour flavour,
                        const struct xa_clean_key *keys, size_t n_keys,
                        const struct xa_clean_key **ret)
{
    struct search search = { .keys = keys, .n_keys = n_keys, .line = 1 };
    (void)!xa_clean_rewrite(text, flavour, keys, n_keys, search_part, &search);
    *ret = search.whose;
    return search.whose != NULL ? search.line : 0;
}

/* --- the backup ----------------------------------------------------------------------- */

static struct xa_slice next_line(struct xa_slice rest)
{
    const uint8_t *end = memchr(rest.at, '\n', rest.len);
    return (struct xa_slice){ rest.at, end != NULL ? (size_t)(end - rest.at) + 1 : rest.len };
}

/* By the look of the lines, not by the grammar: what a section that does not count holds
 * is as secret. */
bool xa_clean_backup(struct xa_slice text, xa_aws_keep_fn *keep, void *ctx)
{
    struct cut cut = { keep, ctx, text.at, 0 };
    bool in_secret = false;
    struct xa_slice rest = text, value;
    while (rest.len > 0) {
        struct xa_slice line = next_line(rest);
        bool indented = line.at[0] == ' ' || line.at[0] == '\t';
        in_secret = xa_awsfile_line_secret(line, &value) || (in_secret && indented);
        if (in_secret && !cut_line(&cut, line))
            return false;
        rest = (struct xa_slice){ rest.at + line.len, rest.len - line.len };
    }
    return keep_rest(&cut, text);
}
