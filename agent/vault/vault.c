#include "agent/vault/vault.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/vault/held.h"
#include "agent/vault/seal.h"

struct xa_vault *xa_vault_new(const struct xa_vault_setup *setup, struct xa_error *err)
{
    struct xa_vault *v = calloc(1, sizeof *v);
    const struct xa_files *files = setup->files != NULL ? setup->files : &xa_files_real;
    if (v == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for the vault");
        return NULL;
    }
    v->turn = -1;
    v->site.kdf = setup->kdf != NULL ? setup->kdf : xa_kdf_argon2id;
    v->site.clock = setup->clock != NULL ? setup->clock : xa_kdf_clock;
    if (xa_crypto_init(err) && xa_place_init(&v->site.vault, files, setup->path, err) &&
        xa_place_init(&v->site.state, files, setup->state_path, err))
        return v;
    free(v);
    return NULL;
}

void xa_vault_free(struct xa_vault **vault)
{
    if (*vault == NULL)
        return;
    assert((*vault)->job == NULL && (*vault)->turn < 0);
    xa_vault_lock(*vault);
    free(*vault);
    *vault = NULL;
}

enum xa_vault_condition xa_vault_condition(struct xa_vault *v)
{
    if (v->key != NULL)
        return v->fresh ? XA_VAULT_IS_NEW : XA_VAULT_IS_OPEN;
    return xa_disk_exists(&v->site.vault) ? XA_VAULT_IS_LOCKED : XA_VAULT_IS_ABSENT;
}

void xa_vault_lock(struct xa_vault *v)
{
    xa_secret_free(&v->key);
    xa_secret_free(&v->body);
    v->fresh = false;
    v->locks++;
    v->bodies++;
}

unsigned long xa_vault_changes(const struct xa_vault *v)
{
    return v->bodies;
}

const char *xa_vault_warning(const struct xa_vault *v)
{
    return v->warning;
}

/* --- looking and signing -------------------------------------------------------- */

struct xa_slice xa_held_open(struct xa_vault *v)
{
    return (struct xa_slice){ xa_secret_open(v->body), xa_secret_len(v->body) };
}

static void show(const struct xa_entry *e, struct xa_vault_info *ret)
{
    bool fits = xa_slice_copy(e->name, ret->name, sizeof ret->name) &&
                xa_slice_copy(e->access_key_id, ret->access_key_id, sizeof ret->access_key_id) &&
                xa_slice_copy(e->account, ret->account, sizeof ret->account) &&
                xa_slice_copy(e->arn, ret->arn, sizeof ret->arn);
    assert(fits);                /* the body was checked */
    ret->created_at = e->created_at;
}

size_t xa_vault_count(const struct xa_vault *v)
{
    size_t n = 0;
    struct xa_error err;
    if (v->body == NULL)
        return 0;
    bool ok = xa_body_check((struct xa_slice){ xa_secret_open(v->body), xa_secret_len(v->body) },
                            &n, &err);
    xa_secret_shut(v->body);
    assert(ok);
    return n;
}

bool xa_vault_info_at(struct xa_vault *v, size_t index, struct xa_vault_info *ret)
{
    struct xa_entry e;
    if (v->body == NULL)
        return false;
    bool found = xa_body_at(xa_held_open(v), index, &e);
    if (found)
        show(&e, ret);
    xa_secret_shut(v->body);
    return found;
}

bool xa_vault_find(struct xa_vault *v, struct xa_slice name, struct xa_vault_info *ret)
{
    struct xa_entry e;
    if (v->body == NULL)
        return false;
    bool found = xa_body_find(xa_held_open(v), name, &e);
    if (found)
        show(&e, ret);
    xa_secret_shut(v->body);
    return found;
}

bool xa_held_locked(struct xa_error *err)
{
    return xa_fail(err, XA_LOCKED, "the vault is locked");
}

bool xa_held_no_such_key(struct xa_slice name, struct xa_error *err)
{
    return xa_fail(err, XA_NO_SUCH_NAME, "the vault holds no key '%.*s'", (int)name.len,
                   (const char *)name.at);
}

bool xa_vault_sign_kind(struct xa_vault *v, struct xa_slice name, enum xa_key_kind kind,
                        const struct xa_sigv4_request *request, struct xa_sigv4_signature *ret,
                        struct xa_error *err)
{
    struct xa_entry e;
    if (v->body == NULL)
        return xa_held_locked(err);
    bool ok = xa_body_find_kind(xa_held_open(v), name, kind, &e) && kind != XA_KEY_INTENT;
    if (ok) {
        struct xa_sigv4_key key = { e.access_key_id, e.secret, { 0 } };
        ok = xa_sigv4_sign(&key, request, ret, err);
    } else {
        xa_held_no_such_key(name, err);
    }
    xa_secret_shut(v->body);
    return ok;
}

bool xa_vault_sign(struct xa_vault *v, struct xa_slice name, const struct xa_sigv4_request *request,
                   struct xa_sigv4_signature *ret, struct xa_error *err)
{
    return xa_vault_sign_kind(v, name, XA_KEY_CURRENT, request, ret, err);
}

/* --- sealing for a file --------------------------------------------------------- */

bool xa_vault_seal(struct xa_vault *v, struct xa_secret *plain, uint8_t **ret, size_t *ret_len,
                   struct xa_error *err)
{
    size_t len = xa_seal_len(xa_secret_len(plain));
    if (v->key == NULL)
        return xa_held_locked(err);
    uint8_t *sealed = malloc(len);
    if (sealed == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no memory to seal %zu bytes", len);
    struct xa_slice bytes = { xa_secret_open(plain), xa_secret_len(plain) };
    xa_seal(xa_secret_open(v->key), bytes, sealed);
    xa_secret_shut(v->key);
    xa_secret_shut(plain);
    *ret = sealed;
    *ret_len = len;
    return true;
}

static struct xa_secret *unseal(const uint8_t *key, struct xa_slice sealed, struct xa_error *err)
{
    if (!xa_seal_check(key, sealed, err))
        return NULL;
    struct xa_secret *plain = xa_secret_new(xa_seal_plain_len(sealed.len), err);
    if (plain == NULL)
        return NULL;
    bool ok = xa_seal_open(key, sealed, xa_secret_fill(plain));
    xa_secret_seal(plain);
    if (!ok) {
        xa_secret_free(&plain);
        xa_fail(err, XA_VAULT_DAMAGED, "is damaged");
    }
    return plain;
}

struct xa_secret *xa_vault_unseal(struct xa_vault *v, struct xa_slice sealed, struct xa_error *err)
{
    if (v->key == NULL) {
        xa_held_locked(err);
        return NULL;
    }
    struct xa_secret *plain = unseal(xa_secret_open(v->key), sealed, err);
    xa_secret_shut(v->key);
    return plain;
}
