#include "client/requests/entries.h"

#include <string.h>

#include "client/base/suggest.h"
#include "client/requests/request.h"

bool xa_entries_each(struct xa_client *c, xa_entry_fn *fn, void *ctx, struct xa_error *err)
{
    struct xa_list ask = { 0 };
    struct xa_list_result page;
    struct xa_call call = { XA_LIST, &xa_msg_list, &ask, NULL, &xa_msg_list_result, &page, NULL };
    do {
        struct xa_list_entry entry;
        if (!xa_request(c, &call, err))
            return false;
        while (xa_list_next(&page.entries, &xa_msg_list_entry, &entry, err))
            fn(&entry, ctx);
        if (err->code != XA_OK)
            return false;
        /* Pages go forward: an agent that sends us back would keep us here for ever. */
        if (page.cursor != 0 && page.cursor <= ask.cursor)
            return xa_fail(err, XA_BAD_MESSAGE, "the agent's list does not end");
        ask.cursor = page.cursor;
    } while (ask.cursor != 0);
    return true;
}

struct search {
    const char *name;
    struct xa_source_facts *ret;
    struct xa_suggestion near;
};

/* The entry is gone when the next page comes. */
static void keep_if_nearest(struct search *s, struct xa_slice name)
{
    char candidate[XA_NAME_MAX + 1];
    if (!xa_slice_copy(name, candidate, sizeof candidate))
        return;
    xa_suggest_offer(&s->near, candidate);
    if (s->near.nearest != candidate)
        return;
    memcpy(s->ret->nearest, candidate, sizeof candidate);
    s->near.nearest = s->ret->nearest;
}

static void look(const struct xa_list_entry *entry, void *ctx)
{
    struct search *s = ctx;
    if (entry->kind != XA_ENTRY_SOURCE)
        return;
    keep_if_nearest(s, entry->name);
    if (!xa_slice_is(entry->name, s->name))
        return;
    s->ret->found = xa_slice_copy(entry->key_tail, s->ret->key_tail, sizeof s->ret->key_tail) &&
                    xa_slice_copy(entry->account, s->ret->account, sizeof s->ret->account);
}

bool xa_entries_find_source(struct xa_client *c, const char *name, struct xa_source_facts *ret,
                            struct xa_error *err)
{
    struct search s = { name, ret, xa_suggest_begin(name) };
    memset(ret, 0, sizeof *ret);
    bool ok = xa_entries_each(c, look, &s, err);
    xa_link_close(&c->link);
    if (xa_suggest_end(&s.near) == NULL)
        ret->nearest[0] = '\0';
    return ok;
}
