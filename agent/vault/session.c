#include "agent/vault/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/vault/body.h"

static bool begin(struct xa_session *s, const struct xa_vault_site *site, bool make,
                  struct xa_error *err)
{
    memset(s, 0, sizeof *s);
    s->site = site;
    s->lock = -1;
    s->dir = xa_disk_open_dir(&site->vault, make, err);
    return s->dir >= 0;
}

bool xa_session_begin(struct xa_session *s, const struct xa_vault_site *site, bool make,
                      struct xa_error *err)
{
    if (!begin(s, site, make, err))
        return false;
    s->lock = xa_disk_lock(&site->vault, s->dir, err);
    return s->lock >= 0;
}

bool xa_session_begin_to_read(struct xa_session *s, const struct xa_vault_site *site,
                              struct xa_error *err)
{
    struct xa_error cause;
    if (!begin(s, site, false, err))
        return false;
    s->lock = xa_disk_lock(&site->vault, s->dir, &cause);
    if (s->lock < 0)
        xa_session_warn(s, "the vault can be read, but not changed", &cause);
    return true;
}

void xa_session_end(struct xa_session *s)
{
    xa_disk_close(&s->site->vault, s->lock);
    xa_disk_close(&s->site->vault, s->dir);
    s->lock = s->dir = -1;
    xa_secret_free(&s->body);
    free(s->bytes);
    s->bytes = NULL;
}

void xa_session_warn(struct xa_session *s, const char *what, const struct xa_error *err)
{
    snprintf(s->warning, sizeof s->warning, "%s: %s", what, err->message);
}

/* Opens a sound file into a sealed secret; *ret_opened is false if the key does
 * not open it. */
static struct xa_secret *open_body(const struct xa_store *store, struct xa_secret *key,
                                   bool *ret_opened, struct xa_error *err)
{
    struct xa_secret *body = xa_secret_new(store->plain_len, err);
    if (body == NULL)
        return NULL;
    *ret_opened = xa_store_open(store, xa_secret_open(key), xa_secret_fill(body));
    xa_secret_shut(key);
    xa_secret_seal(body);
    return body;
}

static bool check_body(struct xa_secret *body, struct xa_error *err)
{
    size_t n;
    struct xa_slice plain = { xa_secret_open(body), xa_secret_len(body) };
    bool ok = xa_body_check(plain, &n, err);
    xa_secret_shut(body);
    return ok;
}

static bool read_file(struct xa_session *s, struct xa_error *err)
{
    size_t len;
    if (!xa_disk_read(&s->site->vault, s->dir, XA_VAULT_FILE_MAX, &s->bytes, &len, err) ||
        !xa_store_decode((struct xa_slice){ s->bytes, len }, &s->store, err))
        return false;
    s->mark = xa_mark_of(&s->store);
    return true;
}

bool xa_session_look(struct xa_session *s, const struct xa_vault_site *site, struct xa_error *err)
{
    return begin(s, site, false, err) && read_file(s, err);
}

bool xa_session_load(struct xa_session *s, struct xa_secret *key, struct xa_error *err)
{
    bool opened;
    if (s->bytes == NULL && !read_file(s, err))
        return false;
    s->body = open_body(&s->store, key, &opened, err);
    if (s->body == NULL)
        return false;
    if (!opened)
        return xa_fail(err, XA_LOCKED, "the vault's passphrase was changed elsewhere");
    return check_body(s->body, err);
}

static bool rolled_back(const struct xa_session *s, const struct xa_mark *seen,
                        struct xa_error *err)
{
    xa_fail(err, XA_VAULT_ROLLED_BACK, "the vault is older than the one seen last");
    if (s->mark.generation < seen->generation)
        return xa_why(err, "%s/%s has generation %llu, the last seen was %llu: a backup was put "
                      "back, or somebody replaced it", s->site->vault.dir, s->site->vault.name,
                      (unsigned long long)s->mark.generation, (unsigned long long)seen->generation);
    return xa_why(err, "%s/%s has generation %llu as the one seen last, but is another file",
                  s->site->vault.dir, s->site->vault.name, (unsigned long long)s->mark.generation);
}

static struct xa_mark load_state(struct xa_session *s, struct xa_secret *key)
{
    struct xa_mark mark = xa_mark_load(&s->site->state, xa_secret_open(key), s->warning,
                                       sizeof s->warning);
    xa_secret_shut(key);
    return mark;
}

bool xa_session_check(struct xa_session *s, struct xa_secret *key, const struct xa_mark *seen,
                      struct xa_error *err)
{
    if (xa_mark_behind(&s->mark, seen))
        return rolled_back(s, seen, err);
    struct xa_mark state = load_state(s, key);
    return !xa_mark_behind(&s->mark, &state) || rolled_back(s, &state, err);
}

/* What a file that was just written is judged by. */
struct judge { struct xa_secret *key, *body; struct xa_mark *ret_mark; };

static bool opens_alike(void *ctx, struct xa_slice bytes)
{
    const struct judge *judge = ctx;
    struct xa_store store;
    struct xa_error err;
    bool opened = false;
    if (!xa_store_decode(bytes, &store, &err))
        return false;
    struct xa_secret *body = open_body(&store, judge->key, &opened, &err);
    if (opened && xa_secret_len(body) == xa_secret_len(judge->body)) {
        opened = xa_equal(xa_secret_open(body), xa_secret_open(judge->body), xa_secret_len(body));
        xa_secret_shut(judge->body);
        xa_secret_shut(body);
    } else {
        opened = false;
    }
    xa_secret_free(&body);
    *judge->ret_mark = xa_mark_of(&store);
    return opened;
}

static void encode(const struct xa_store_wrap *wrap, uint64_t generation, struct xa_secret *key,
                   struct xa_secret *body, uint8_t *ret_file)
{
    struct xa_slice plain = { xa_secret_open(body), xa_secret_len(body) };
    xa_store_encode(wrap, generation, xa_secret_open(key), plain, ret_file);
    xa_secret_shut(key);
    xa_secret_shut(body);
}

bool xa_session_save(struct xa_session *s, const struct xa_store_wrap *wrap, struct xa_secret *key,
                     struct xa_secret *body, struct xa_error *err)
{
    size_t len = xa_store_file_len(xa_secret_len(body));
    uint8_t *file = malloc(len);
    if (file == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no memory to save %zu bytes", len);
    struct xa_store_wrap same;
    if (wrap == NULL) {
        xa_store_wrap_of(&s->store, &same);
        wrap = &same;
    }
    encode(wrap, s->bytes != NULL ? s->store.generation + 1 : 1, key, body, file);
    struct xa_mark mark = { .known = false };
    struct judge judge = { key, body, &mark };
    bool ok = xa_disk_replace(&s->site->vault, s->dir, (struct xa_slice){ file, len },
                              opens_alike, &judge, &s->saved, err);
    if (s->saved)
        s->mark = mark;
    free(file);
    return ok;
}

bool xa_session_remember(struct xa_session *s, struct xa_secret *key, struct xa_error *err)
{
    char unreadable[XA_VAULT_WARNING_SIZE];
    const uint8_t *bytes = xa_secret_open(key);
    struct xa_mark state = xa_mark_load(&s->site->state, bytes, unreadable, sizeof unreadable);
    bool ok = xa_mark_same(&state, &s->mark) || xa_mark_save(&s->site->state, bytes, &s->mark, err);
    xa_secret_shut(key);
    return ok;
}
