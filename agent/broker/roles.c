#include "agent/broker/roles.h"

#include <stdlib.h>
#include <string.h>

#include "agent/aws/arn.h"
#include "agent/broker/keys.h"
#include "agent/broker/near.h"
#include "proto/ini.h"
#include "proto/limits.h"

/* --- reading ---------------------------------------------------------------- */

/* The section being read: where its struct is, and which keys it has had. */
struct reading {
    struct xa_roles *roles;
    struct xa_ini ini;
    enum xa_section section;
    void *at;
    uint64_t seen;
    bool seen_agent;
};

static bool wrong(struct reading *r, struct xa_error *err, const char *what, struct xa_slice value)
{
    int shown = value.len > 80 ? 80 : (int)value.len;
    return xa_fail(err, XA_BAD_CONFIG, "%s:%u: %s: '%.*s'", r->ini.file, r->ini.line, what, shown,
                   shown > 0 ? (const char *)value.at : "");
}

/* Room for one more item, doubling; returns the new item, zeroed, or NULL. */
static void *grow(void **items, size_t *n, size_t size)
{
    if ((*n & (*n - 1)) == 0) {
        void *more = realloc(*items, (*n == 0 ? 1 : *n * 2) * size);
        if (more == NULL)
            return NULL;
        *items = more;
    }
    void *item = (uint8_t *)*items + *n * size;
    memset(item, 0, size);
    ++*n;
    return item;
}

static uint32_t hash_name(struct xa_slice name)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ name.at[i]) * 16777619u;
    return hash;
}

/* by_name is an open hash with room to spare: 0 is free, n is sources[n - 1],
 * n | DEST is dests[n - 1]. Sources and destinations share one space of names. */
#define DEST 0x80000000u

static struct xa_slice name_of(const struct xa_roles *roles, uint32_t slot)
{
    uint32_t i = (slot & ~DEST) - 1;
    return (slot & DEST) != 0 ? roles->dests[i].name : roles->sources[i].name;
}

static uint32_t *slot_of(const struct xa_roles *roles, struct xa_slice name)
{
    size_t i = hash_name(name) & (roles->n_slots - 1);
    for (;; i = (i + 1) & (roles->n_slots - 1)) {
        uint32_t slot = roles->by_name[i];
        if (slot == 0)
            return &roles->by_name[i];
        struct xa_slice other = name_of(roles, slot);
        if (other.len == name.len && memcmp(other.at, name.at, name.len) == 0)
            return &roles->by_name[i];
    }
}

static bool make_room_by_name(struct xa_roles *roles)
{
    size_t used = roles->n_sources + roles->n_dests;
    if (roles->by_name != NULL && used * 2 < roles->n_slots)
        return true;
    uint32_t *old = roles->by_name;
    size_t n_old = roles->n_slots;
    roles->n_slots = n_old == 0 ? 64 : n_old * 2;
    roles->by_name = calloc(roles->n_slots, sizeof *roles->by_name);
    if (roles->by_name == NULL) {
        roles->by_name = old;
        roles->n_slots = n_old;
        return false;
    }
    for (size_t i = 0; old != NULL && i < n_old; i++)
        if (old[i] != 0)
            *slot_of(roles, name_of(roles, old[i])) = old[i];
    free(old);
    return true;
}

/* [source NAME] or [dest NAME]: two of one name, of whichever kind, would leave
 * open which account is meant. */
static bool begin_named(struct reading *r, bool is_dest, struct xa_error *err)
{
    struct xa_roles *roles = r->roles;
    struct xa_slice name = r->ini.name;
    if (!xa_name_valid(name))
        return wrong(r, err, "not a name: 1 to 64 of A-Z a-z 0-9 _ . @ : + / % -", name);
    if (!make_room_by_name(roles))
        return xa_fail(err, XA_NO_MEMORY, "no memory for the configuration");
    uint32_t *slot = slot_of(roles, name);
    if (*slot != 0) {
        unsigned line = (*slot & DEST) != 0 ? roles->dests[(*slot & ~DEST) - 1].line
                                            : roles->sources[*slot - 1].line;
        bool same = ((*slot & DEST) != 0) == is_dest;
        wrong(r, err,
              same ? "this section is there twice" : "a source and a destination of one name",
              name);
        return xa_why(err, "the other one is in line %u", line);
    }
    if (is_dest) {
        struct xa_dest *dest = grow((void **)&roles->dests, &roles->n_dests, sizeof *dest);
        if (dest == NULL)
            return xa_fail(err, XA_NO_MEMORY, "no memory for the configuration");
        dest->name = name;
        dest->line = r->ini.line;
        *slot = (uint32_t)roles->n_dests | DEST;
        r->at = dest;
    } else {
        struct xa_source *source =
            grow((void **)&roles->sources, &roles->n_sources, sizeof *source);
        if (source == NULL)
            return xa_fail(err, XA_NO_MEMORY, "no memory for the configuration");
        source->name = name;
        source->line = r->ini.line;
        *slot = (uint32_t)roles->n_sources;
        r->at = source;
    }
    r->section = is_dest ? XA_SECTION_DEST : XA_SECTION_SOURCE;
    return true;
}

static bool begin_caller(struct reading *r, struct xa_error *err)
{
    struct xa_roles *roles = r->roles;
    if (!xa_name_valid(r->ini.name))
        return wrong(r, err, "not a name", r->ini.name);
    for (size_t i = 0; i < roles->n_callers; i++)
        if (roles->callers[i].name.len == r->ini.name.len &&
            memcmp(roles->callers[i].name.at, r->ini.name.at, r->ini.name.len) == 0)
            return wrong(r, err, "this section is there twice", r->ini.name);
    struct xa_caller *caller = grow((void **)&roles->callers, &roles->n_callers, sizeof *caller);
    if (caller == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no memory for the configuration");
    caller->name = r->ini.name;
    caller->line = r->ini.line;
    r->section = XA_SECTION_CALLER;
    r->at = caller;
    return true;
}

static bool begin_agent(struct reading *r, struct xa_error *err)
{
    if (r->ini.name.len > 0)
        return wrong(r, err, "[agent] has no name", r->ini.name);
    if (r->seen_agent)
        return wrong(r, err, "this section is there twice", r->ini.type);
    r->seen_agent = true;
    r->roles->agent.line = r->ini.line;
    r->section = XA_SECTION_AGENT;
    r->at = &r->roles->agent;
    return true;
}

static bool begin_section(struct reading *r, struct xa_error *err)
{
    r->seen = 0;
    if (xa_slice_is(r->ini.type, "agent"))
        return begin_agent(r, err);
    if (xa_slice_is(r->ini.type, "source"))
        return begin_named(r, false, err);
    if (xa_slice_is(r->ini.type, "dest"))
        return begin_named(r, true, err);
    if (xa_slice_is(r->ini.type, "caller"))
        return begin_caller(r, err);
    wrong(r, err, "no such section", r->ini.type);
    return xa_why(err, "there are [agent], [source NAME], [dest NAME] and [caller NAME]");
}

static bool read_key(struct reading *r, struct xa_error *err)
{
    const struct xa_key *key = xa_key_find(r->section, r->ini.key);
    if (key == NULL)
        return wrong(r, err, "no such key in this section", r->ini.key);
    uint64_t bit = UINT64_C(1) << xa_key_index(key);
    if ((r->seen & bit) != 0)
        return wrong(r, err, "this key is there twice", r->ini.key);
    r->seen |= bit;
    const char *fault = xa_key_store(key, r->ini.value, r->at);
    if (fault == NULL)
        return true;
    wrong(r, err, fault, r->ini.value);
    return xa_why(err, "it is the value of %.*s", (int)r->ini.key.len, (const char *)r->ini.key.at);
}

/* role_arn, or account and role. An account beside role_arn must be its own. */
static bool check_dest(const char *file, const struct xa_dest *d, struct xa_error *err)
{
    int len = (int)d->name.len;
    const char *name = (const char *)d->name.at;
    if (d->role_arn.len > 0) {
        struct xa_role_arn arn;
        if (!xa_role_arn_parse(d->role_arn, &arn, err))
            return false;
        if (d->account.len > 0 && memcmp(d->account.at, arn.account.at, XA_ACCOUNT_LEN) != 0)
            return xa_fail(err, XA_BAD_CONFIG,
                           "%s:%u: [dest %.*s] names two accounts: %.*s, and %.*s in role_arn",
                           file, d->line, len, name, XA_ACCOUNT_LEN, (const char *)d->account.at,
                           XA_ACCOUNT_LEN, (const char *)arn.account.at);
        return d->role.len == 0 ||
               xa_fail(err, XA_BAD_CONFIG,
                       "%s:%u: [dest %.*s] has role_arn, and '%.*s' as role too", file, d->line,
                       len, name, (int)d->role.len, (const char *)d->role.at);
    }
    if (d->account.len > 0 && d->role.len > 0)
        return true;
    return xa_fail(err, XA_BAD_CONFIG, "%s:%u: [dest %.*s] has no %s", file, d->line, len, name,
                   d->account.len == 0 && d->role.len == 0 ? "account and role, nor role_arn"
                   : d->account.len == 0 ? "account" : "role");
}

static bool read_all(struct reading *r, struct xa_error *err)
{
    for (;;) {
        switch (xa_ini_next(&r->ini, err)) {
        case XA_INI_SECTION:
            if (!begin_section(r, err))
                return false;
            break;
        case XA_INI_KEY:
            if (!read_key(r, err))
                return false;
            break;
        case XA_INI_ERROR:
            return false;
        case XA_INI_END:
            for (size_t i = 0; i < r->roles->n_dests; i++)
                if (!check_dest(r->ini.file, &r->roles->dests[i], err))
                    return false;
            return true;
        }
    }
}

struct xa_roles *xa_roles_parse(const char *file, struct xa_slice text, struct xa_error *err)
{
    struct reading r = { .roles = calloc(1, sizeof *r.roles) };
    if (r.roles == NULL || !make_room_by_name(r.roles) ||
        (r.roles->text = malloc(text.len + 1)) == NULL) {
        xa_roles_free(&r.roles);
        xa_fail(err, XA_NO_MEMORY, "no memory for the configuration");
        return NULL;
    }
    if (text.len > 0)
        memcpy(r.roles->text, text.at, text.len);
    r.roles->agent.adhoc = true;
    xa_ini_init(&r.ini, file, (struct xa_slice){ r.roles->text, text.len });
    if (!read_all(&r, err))
        xa_roles_free(&r.roles);
    return r.roles;
}

void xa_roles_free(struct xa_roles **roles)
{
    if (*roles == NULL)
        return;
    free((*roles)->text);
    free((*roles)->sources);
    free((*roles)->dests);
    free((*roles)->callers);
    free((*roles)->by_name);
    free(*roles);
    *roles = NULL;
}

/* --- looking up ---------------------------------------------------------------- */

const struct xa_source *xa_roles_source(const struct xa_roles *roles, struct xa_slice name)
{
    uint32_t slot = *slot_of(roles, name);
    return slot != 0 && (slot & DEST) == 0 ? &roles->sources[slot - 1] : NULL;
}

const struct xa_dest *xa_roles_dest(const struct xa_roles *roles, struct xa_slice name)
{
    uint32_t slot = *slot_of(roles, name);
    return (slot & DEST) != 0 ? &roles->dests[(slot & ~DEST) - 1] : NULL;
}

struct xa_slice xa_roles_nearest(const struct xa_roles *roles, struct xa_slice name)
{
    struct xa_near near = xa_near_begin(name);
    for (size_t i = 0; i < roles->n_dests; i++)
        (void)xa_near_offer(&near, roles->dests[i].name);
    for (size_t i = 0; i < roles->n_sources; i++)
        (void)xa_near_offer(&near, roles->sources[i].name);
    return near.nearest;
}

bool xa_roles_source_name(const struct xa_roles *roles, const struct xa_dest *dest,
                          struct xa_slice *ret, struct xa_error *err)
{
    if (dest->source.len > 0)
        *ret = dest->source;
    else if (roles->n_sources == 1)
        *ret = roles->sources[0].name;
    else if (xa_roles_source(roles, xa_slice_of("main")) != NULL)
        *ret = xa_slice_of("main");
    else if (roles->n_sources == 0) {
        xa_fail(err, XA_NO_VAULT, "no source account is configured yet");
        return xa_hint(err, "xacct add main");
    } else {
        xa_fail(err, XA_BAD_CONFIG, "[dest %.*s] does not say which of the %zu sources it is for",
                (int)dest->name.len, (const char *)dest->name.at, roles->n_sources);
        return xa_hint(err, "add a line `source = NAME` to [dest %.*s]", (int)dest->name.len,
                       (const char *)dest->name.at);
    }
    return true;
}
