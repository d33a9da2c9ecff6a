/* What the vault's body holds once it is opened: only whoever has the key gets this
 * far, but a fault here would lose keys. */
#include "agent/vault/body.h"
#include "agent/vault/hash.h"
#include "tests/fuzz/fuzz.h"

static const struct xa_entry added = {
    .name = { (const uint8_t *)"fuzz", 4 },
    .access_key_id = { (const uint8_t *)"AKIAIOSFODNN7EXAMPLE", 20 },
    .secret = { (const uint8_t *)"secret", 6 },
};

static void change(struct xa_slice body, size_t n)
{
    struct xa_entry e;
    struct xa_error err;
    size_t more;
    bool there = xa_body_find(body, added.name, &e);
    struct xa_body_change wish = { .add = &added };
    struct xa_secret *changed = xa_body_changed(body, &wish, &err);
    HOLDS(there ? changed == NULL : changed != NULL || err.code == XA_IO);
    if (changed != NULL) {
        struct xa_slice now = { xa_secret_open(changed), xa_secret_len(changed) };
        HOLDS(xa_body_check(now, &more, &err) && more == n + 1);
        HOLDS(xa_body_find(now, added.name, &e) && same(e.secret, added.secret));
        xa_secret_shut(changed);
    }
    xa_secret_free(&changed);
    if (n == 0)
        return;
    HOLDS(xa_body_at(body, n / 2, &e));
    wish = (struct xa_body_change){ .remove = e.name };
    changed = xa_body_changed(body, &wish, &err);
    HOLDS(changed != NULL);
    struct xa_slice now = { xa_secret_open(changed), xa_secret_len(changed) };
    HOLDS(xa_body_check(now, &more, &err) && more == n - 1);
    xa_secret_shut(changed);
    xa_secret_free(&changed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xa_slice body = { data, size };
    struct xa_entry e, found;
    struct xa_error err;
    size_t n;
    static bool ready;
    if (!ready)
        ready = xa_crypto_init(&err);
    HOLDS(ready);
    xa_secret_allow_unlocked(true);
    if (!xa_body_check(body, &n, &err)) {
        HOLDS(err.code == XA_VAULT_DAMAGED);
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        HOLDS(xa_body_at(body, i, &e) && xa_entry_valid(&e));
        HOLDS(lies_in(e.name, body) && lies_in(e.secret, body) && lies_in(e.arn, body));
        HOLDS(xa_body_find(body, e.name, &found) && found.name.at == e.name.at);
    }
    HOLDS(!xa_body_at(body, n, &e));
    change(body, n);
    return 0;
}
