#include "client/requests/rotation.h"

#include <stdio.h>

#define DAY_S 86400

static bool is_old(const struct xa_list_entry *e, uint64_t now)
{
    return e->rotate_after_s > 0 && e->stored_at > 0 && now >= e->stored_at &&
           now - e->stored_at >= e->rotate_after_s;
}

bool xa_rotation_due(const struct xa_list_entry *e, uint64_t now, char ret[XA_ROTATION_TEXT_SIZE])
{
    int len = (int)e->name.len;
    const char *name = len > 0 ? (const char *)e->name.at : "";
    if (e->kind != XA_ENTRY_SOURCE || e->stored_at == 0)
        return false;
    if (e->rotation == XA_ROTATION_RETIRED && e->due_at <= now)
        snprintf(ret, XA_ROTATION_TEXT_SIZE, "the old key of '%.*s' is due to be deleted", len,
                 name);
    else if (e->rotation == XA_ROTATION_INTENT || e->rotation == XA_ROTATION_PENDING)
        snprintf(ret, XA_ROTATION_TEXT_SIZE, "the rotation of '%.*s' is not finished", len, name);
    else if (is_old(e, now))
        snprintf(ret, XA_ROTATION_TEXT_SIZE, "the key of '%.*s' is %llu days old", len, name,
                 (unsigned long long)((now - e->stored_at) / DAY_S));
    else
        return false;
    return true;
}
