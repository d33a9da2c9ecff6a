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

/* What a change makes is sound, and has the lowest version that will do. */
static void check_changed(struct xa_secret *changed, size_t names)
{
    struct xa_error err;
    struct xa_entry e;
    size_t n;
    struct xa_slice now = { xa_secret_open(changed), xa_secret_len(changed) };
    bool journals = false;
    HOLDS(xa_body_check(now, &n, &err) && n == names);
    for (size_t i = 0; i < n; i++) {
        struct xa_entry current;
        HOLDS(xa_body_at(now, i, &current));
        journals = xa_body_find_journaled(now, current.name, &e) || journals;
    }
    HOLDS(now.at[1] == (journals ? 2 : 1));
    xa_secret_shut(changed);
}

static struct xa_secret *changed_by(struct xa_slice body, struct xa_slice name, unsigned drop,
                                    const struct xa_entry *put, size_t n_put)
{
    struct xa_error err;
    const struct xa_body_change wish = { name, drop, put, n_put };
    struct xa_secret *changed = xa_body_changed(body, &wish, &err);
    HOLDS(changed != NULL || err.code == XA_IO || err.code == XA_NAME_TAKEN);
    return changed;
}

/* Puts the key that is journaled in the current one's place, which is retired. */
static void turn(struct xa_slice body, const struct xa_entry *old, const struct xa_entry *new,
                 size_t n)
{
    struct xa_entry both[] = { *new, *old };
    both[0].kind = XA_KEY_CURRENT;
    both[0].due_at = 0;
    both[1].kind = XA_KEY_RETIRED;
    struct xa_secret *changed =
        changed_by(body, old->name, XA_KEY_SET(XA_KEY_CURRENT) | XA_KEY_SET(new->kind), both, 2);
    HOLDS(changed != NULL);          /* it is not longer than it was */
    check_changed(changed, n);
    xa_secret_free(&changed);
}

static void change(struct xa_slice body, size_t n)
{
    struct xa_entry e, other;
    bool there = xa_body_find(body, added.name, &e);
    struct xa_secret *changed = changed_by(body, added.name, 0, &added, 1);
    HOLDS(!there || changed == NULL);
    if (changed != NULL) {
        struct xa_slice now = { xa_secret_open(changed), xa_secret_len(changed) };
        HOLDS(xa_body_find(now, added.name, &e) && same(e.secret, added.secret));
        xa_secret_shut(changed);
        check_changed(changed, n + 1);
    }
    xa_secret_free(&changed);
    if (n == 0)
        return;
    HOLDS(xa_body_at(body, n / 2, &e));
    changed = changed_by(body, e.name, XA_KEY_SET_ALL, NULL, 0);
    HOLDS(changed != NULL);
    check_changed(changed, n - 1);
    xa_secret_free(&changed);
    if (!xa_body_find_journaled(body, e.name, &other)) {
        const struct xa_entry note = { .name = e.name, .kind = XA_KEY_INTENT };
        changed = changed_by(body, e.name, 0, &note, 1);
    } else {
        changed = changed_by(body, e.name, XA_KEY_SET(other.kind), NULL, 0);
        HOLDS(changed != NULL);
        if (other.kind != XA_KEY_INTENT)
            turn(body, &e, &other, n);
    }
    if (changed != NULL)             /* there may be no room for a note */
        check_changed(changed, n);
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
        HOLDS(xa_body_at(body, i, &e) && xa_entry_valid(&e) && e.kind == XA_KEY_CURRENT);
        HOLDS(lies_in(e.name, body) && lies_in(e.secret, body) && lies_in(e.arn, body));
        HOLDS(xa_body_find(body, e.name, &found) && found.name.at == e.name.at);
        if (xa_body_find_journaled(body, e.name, &found)) {
            HOLDS(xa_entry_valid(&found) && found.kind != XA_KEY_CURRENT);
            HOLDS(lies_in(found.secret, body) && same(found.name, e.name));
        }
    }
    HOLDS(!xa_body_at(body, n, &e));
    change(body, n);
    return 0;
}
