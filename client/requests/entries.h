/* Going through what LIST says, page by page. */
#ifndef XA_CLIENT_REQUESTS_ENTRIES_H
#define XA_CLIENT_REQUESTS_ENTRIES_H

#include "client/client.h"

/* Called once for each entry; the entry borrows the page and is good until it
 * returns. */
typedef void xa_entry_fn(const struct xa_list_entry *entry, void *ctx);

/* Asks for all pages and hands every entry to fn. */
bool xa_entries_each(struct xa_client *c, xa_entry_fn *fn, void *ctx,
                     struct xa_error *err) XA_MUST_CHECK;

/* What is known of a source. found is false if there is none of that name. Closes the
 * connection: a person is asked next, who may take longer than the agent keeps an idle
 * one, and the next request makes its own. */
struct xa_source_facts {
    bool found;
    char key_tail[8];        /* "" if no key of it is stored, or not known while locked */
    char account[16];
    char nearest[XA_NAME_MAX + 1];   /* the source whose name may be meant; "" if none     */
};
bool xa_entries_find_source(struct xa_client *c, const char *name, struct xa_source_facts *ret,
                            struct xa_error *err) XA_MUST_CHECK;

#endif
