#include "agent/vault/others.h"

#include <assert.h>

#include "agent/vault/held.h"

static void adopt(struct xa_vault *v, struct xa_session *s)
{
    xa_secret_free(&v->body);
    v->body = s->body;
    v->bodies++;
    s->body = NULL;              /* moved */
    v->seen = s->mark;
}

static bool load(struct xa_vault *v, struct xa_session *s, struct xa_error *err)
{
    if (!xa_session_load(s, v->key, err)) {
        if (err->code == XA_LOCKED)
            xa_vault_lock(v);
        return false;
    }
    return xa_session_check(s, v->key, &v->seen, err);
}

bool xa_vault_catch_up(struct xa_vault *v, bool *ret_changed, struct xa_error *err)
{
    struct xa_session s;
    *ret_changed = false;
    if (v->key == NULL)
        return xa_held_locked(err);
    if (v->job != NULL)
        return xa_fail(err, XA_BUSY, "the vault is being saved");
    if (v->fresh)
        return true;             /* nobody else has it */
    bool ok = xa_session_look(&s, &v->site, err);
    if (ok && !xa_mark_same(&s.mark, &v->seen)) {
        ok = load(v, &s, err);
        *ret_changed = ok;
        if (ok)
            adopt(v, &s);
    }
    xa_session_end(&s);
    return ok;
}

bool xa_vault_take_turn(struct xa_vault *v, struct xa_error *err)
{
    if (v->turn >= 0)
        return xa_fail(err, XA_BUSY, "another rotation is under way");
    int dir = xa_disk_open_dir(&v->site.vault, false, err);
    if (dir < 0)
        return false;
    v->turn = xa_disk_take_turn(&v->site.vault, dir, err);
    xa_disk_close(&v->site.vault, dir);
    return v->turn >= 0;
}

void xa_vault_give_turn(struct xa_vault *v)
{
    assert(v->turn >= 0);
    xa_disk_close(&v->site.vault, v->turn);
    v->turn = -1;
}

bool xa_vault_has_turn(const struct xa_vault *v)
{
    return v->turn >= 0;
}
