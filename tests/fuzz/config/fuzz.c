/* xacct's configuration: read, looked up, judged, and edited. */
#include "agent/broker/roles.h"
#include "agent/broker/roles_edit.h"
#include "proto/ini.h"
#include "proto/limits.h"
#include "tests/fuzz/fuzz.h"

static void on_finding(void *ctx, unsigned line, const char *message, const char *hint)
{
    unsigned *n = ctx;
    (void)line;
    HOLDS(message[0] != '\0' && xa_text_printable(xa_slice_of(message)));
    HOLDS(xa_text_printable(xa_slice_of(hint)));
    ++*n;
}

static void look_up(const struct xa_roles *roles)
{
    struct xa_slice source;
    struct xa_error err;
    for (size_t i = 0; i < roles->n_sources; i++) {
        HOLDS(xa_roles_source(roles, roles->sources[i].name) == &roles->sources[i]);
        HOLDS(xa_roles_dest(roles, roles->sources[i].name) == NULL);
    }
    for (size_t i = 0; i < roles->n_dests && i < 50; i++) {
        const struct xa_dest *d = &roles->dests[i];
        HOLDS(xa_roles_dest(roles, d->name) == d && xa_roles_source(roles, d->name) == NULL);
        HOLDS(d->level.len <= XA_LABEL_MAX && d->reach.region.len <= XA_REGION_MAX);
        HOLDS(d->account.len == 0 || d->account.len == XA_ACCOUNT_LEN);
        HOLDS(same(xa_roles_nearest(roles, d->name), d->name));
        (void)!xa_roles_source_name(roles, d, &source, &err);
        (void)xa_roles_not_served(roles, d);
    }
    unsigned n = 0;
    xa_roles_check(roles, NULL, on_finding, &n);
}

/* A section that was added is there; taken away again, the others are as before. */
static void edit(const struct xa_roles *roles, struct xa_slice text)
{
    static const char keys[] = "account = 111111111111\nrole = R\n";
    struct xa_slice name = xa_slice_of("fuzz-added");
    struct xa_error err;
    size_t len;
    bool found;
    if (xa_roles_dest(roles, name) != NULL || xa_roles_source(roles, name) != NULL)
        return;
    char *more = xa_roles_edit_add(text, "dest", name, keys, &len);
    HOLDS(more != NULL);
    struct xa_slice longer = { (const uint8_t *)more, len };
    struct xa_roles *with = xa_roles_parse("f", longer, &err);
    HOLDS(with != NULL && with->n_dests == roles->n_dests + 1);
    HOLDS(xa_roles_dest(with, name) != NULL);
    xa_roles_free(&with);
    char *less = xa_roles_edit_remove(longer, "dest", name, &len, &found);
    HOLDS(found && less != NULL);
    struct xa_slice shorter = { (const uint8_t *)less, len };
    struct xa_roles *without = xa_roles_parse("f", shorter, &err);
    HOLDS(without != NULL && without->n_dests == roles->n_dests);
    HOLDS(without->n_sources == roles->n_sources);
    xa_roles_free(&without);
    free(more);
    free(less);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xa_slice text = { data, size };
    struct xa_error err;
    struct xa_roles *roles = xa_roles_parse("f", text, &err);
    if (roles == NULL) {
        HOLDS(err.code == XA_BAD_CONFIG);
        HOLDS(xa_text_printable(xa_slice_of(err.message)));
        HOLDS(xa_text_printable(xa_slice_of(err.why)));
        return 0;
    }
    look_up(roles);
    edit(roles, text);
    xa_roles_free(&roles);
    return 0;
}
