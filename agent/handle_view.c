/* What there is: status, list; and the end of it: stop. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/aws/arn.h"
#include "agent/dispatch.h"
#include "agent/guard.h"
#include "agent/harden.h"
#include "agent/log.h"
#include "agent/vault/rotation.h"

static uint32_t state_of(enum xa_vault_condition condition)
{
    switch (condition) {
    case XA_VAULT_IS_OPEN: return XA_VAULT_UNLOCKED;
    case XA_VAULT_IS_LOCKED: return XA_VAULT_LOCKED;
    case XA_VAULT_IS_ABSENT:
    case XA_VAULT_IS_NEW: break;
    }
    return XA_VAULT_NONE;
}

static void fill_security(const struct xa_agent *agent, struct xa_status_result *r)
{
    struct xa_hardness hardness;
    xa_harden_read_back(&hardness);
    r->vm_locked_kib = hardness.vm_locked_kib;
    r->arena_kib = (uint32_t)(xa_arena_size(agent->arena) / 1024);
    r->memory_locked = xa_arena_locked(agent->arena) && xa_secret_all_locked();
    r->undumpable = hardness.undumpable;
    r->no_new_privs = hardness.no_new_privs;
    r->core_limit_zero = hardness.core_limit_zero;
    r->traced = hardness.traced;
    r->seccomp = hardness.seccomp;
}

void xa_handle_status(struct xa_conn *c, const void *message, struct xa_slice body)
{
    struct xa_agent *agent = c->agent;
    (void)message;
    (void)body;
    uint32_t lock_in_s = xa_guard_lock_in_s(agent);      /* may read the configuration anew */
    const struct xa_roles *roles = xa_broker_roles(agent->broker, NULL);
    const struct xa_error *fault = xa_roles_file_fault(agent->config);
    struct xa_status_result result = {
        .state = state_of(xa_vault_condition(agent->vault)),
        .version = xa_slice_of(XACCT_VERSION),
        .pid = (uint32_t)getpid(),
        .supervisor_pid = (uint32_t)agent->supervisor_pid,
        .courier_pid = (uint32_t)xa_link_courier_pid(agent->link),
        .started_at = (uint64_t)agent->started_at,
        .config_path = xa_slice_of(agent->paths->config),
        .vault_path = xa_slice_of(agent->paths->vault),
        .n_sources = roles != NULL ? (uint32_t)roles->n_sources : 0,
        .n_dests = roles != NULL ? (uint32_t)roles->n_dests : 0,
        .n_cached = (uint32_t)xa_broker_count(agent->broker),
        .lock_in_s = lock_in_s,
        .config_error = xa_slice_of(fault != NULL ? fault->message : NULL),
    };
    fill_security(agent, &result);
    xa_conn_result(c, &xa_msg_status_result, &result);
}

void xa_handle_stop(struct xa_conn *c, const void *message, struct xa_slice body)
{
    struct xa_agent *agent = c->agent;
    (void)message;
    (void)body;
    c->close_after_reply = true;
    xa_conn_result(c, &xa_msg_empty, NULL);
    agent->stop(agent, "request");
}

/* --- list ---------------------------------------------------------------------------- */

#define LIST_MAX (24 * 1024)           /* of a reply's 32 KiB; the rest comes as a page */

_Static_assert((int)XA_ROTATION_INTENT == (int)XA_KEY_INTENT &&
               (int)XA_ROTATION_PENDING == (int)XA_KEY_PENDING &&
               (int)XA_ROTATION_RETIRED == (int)XA_KEY_RETIRED, "the wire counts as the file does");

/* What an open vault knows of a source's key. */
static void fill_key(struct xa_agent *agent, const struct xa_vault_info *info,
                     struct xa_list_entry *e)
{
    struct xa_vault_rotation rotation;
    e->account = xa_slice_of(info->account);
    e->arn = xa_slice_of(info->arn);
    e->key_tail = xa_slice_of(info->access_key_id + strlen(info->access_key_id) - 4);
    e->stored_at = (uint64_t)info->created_at;
    if (!xa_vault_rotation(agent->vault, xa_slice_of(info->name), &rotation))
        return;
    e->rotation = (uint32_t)rotation.kind;
    e->due_at = (uint64_t)rotation.due_at;
}

static void fill_source(struct xa_agent *agent, const struct xa_source *source,
                        struct xa_vault_info *info, struct xa_list_entry *e)
{
    e->kind = XA_ENTRY_SOURCE;
    e->name = source->name;
    e->region = source->reach.region;
    if (xa_vault_find(agent->vault, source->name, info)) {
        fill_key(agent, info, e);
        e->rotate_after_s = source->rotate_after_s;
    } else if (xa_vault_condition(agent->vault) == XA_VAULT_IS_OPEN &&
               source->credential_process.len == 0) {
        e->note = xa_slice_of("no key is stored for it");
    }
}

/* A profile of the same name with a credential_process hides nothing: that is how other
 * programs come by the destination. */
static bool hides_profile(const struct xa_profiles *profiles, struct xa_slice name)
{
    const struct xa_profile *profile = xa_profiles_find(profiles, name);
    struct xa_profile_value command;
    return profile != NULL &&
           (xa_profile_is_role(profile) ||
            !xa_profile_find_key(profiles, profile, "credential_process", &command));
}

static void fill_dest(struct xa_agent *agent, const struct xa_roles *roles,
                      const struct xa_dest *dest, struct xa_list_entry *e)
{
    struct xa_role_arn arn;
    struct xa_slice source;
    struct xa_error err;
    e->kind = XA_ENTRY_DEST;
    e->name = dest->name;
    e->region = dest->reach.region;
    e->level = dest->level;
    e->expires_at = (uint64_t)xa_broker_expiry_of(agent->broker, dest->name);
    e->account = dest->account;
    e->role = dest->role;
    if (dest->role_arn.len > 0 && xa_role_arn_parse(dest->role_arn, &arn, NULL)) {
        e->account = arn.account;
        e->role = arn.name;
        e->arn = dest->role_arn;
    }
    const struct xa_profiles *profiles = xa_profiles_file_current(agent->profiles, NULL);
    if (!xa_roles_source_name(roles, dest, &source, &err))
        e->note = xa_slice_of(err.code == XA_NO_VAULT ? "no source is configured yet"
                                                      : "it does not say which source it is for");
    else {
        e->source = source;
        if (xa_roles_source(roles, source) == NULL && xa_roles_dest(roles, source) == NULL &&
            (profiles == NULL || xa_profiles_find(profiles, source) == NULL))
            e->note = xa_slice_of("there is no such source");
    }
    if (profiles != NULL && hides_profile(profiles, dest->name))
        e->note = xa_slice_of("hides the profile of the same name in ~/.aws/config");
}

/* Keys of the vault that no section names come last. */
static bool fill_stray(struct xa_agent *agent, const struct xa_roles *roles, size_t index,
                       struct xa_vault_info *info, struct xa_list_entry *e)
{
    if (!xa_vault_info_at(agent->vault, index, info) ||
        xa_roles_source(roles, xa_slice_of(info->name)) != NULL)
        return false;
    e->kind = XA_ENTRY_SOURCE;
    e->name = xa_slice_of(info->name);
    fill_key(agent, info, e);
    e->note = xa_slice_of("no [source] of the configuration names it");
    return true;
}

/* Role profiles of ~/.aws/config are destinations too, unless a [dest] or [source] has
 * the name. */
static bool fill_profile(struct xa_agent *agent, const struct xa_sight *sight,
                         const struct xa_profile *profile, struct xa_list_entry *e)
{
    struct xa_profile_part parts[XA_PROFILE_CHAIN_MAX];
    struct xa_role_arn arn;
    static struct xa_error err;      /* the note borrows it */
    memset(e, 0, sizeof *e);
    e->kind = XA_ENTRY_DEST;
    e->name = xa_profile_name(profile);
    if (!xa_profile_is_role(profile) || xa_roles_dest(sight->roles, e->name) != NULL)
        return false;
    e->expires_at = (uint64_t)xa_broker_expiry_of(agent->broker, e->name);
    e->is_profile = true;
    e->note = xa_slice_of("from ~/.aws/config");
    if (xa_profiles_chain(sight->profiles, e->name, parts, XA_PROFILE_CHAIN_MAX, &err) == 0) {
        e->note = xa_slice_of(err.message);
        return true;
    }
    e->source = parts[0].source;
    e->region = parts[0].region;
    if (xa_role_arn_parse(parts[0].arn, &arn, NULL)) {
        e->account = arn.account;
        e->role = arn.name;
        e->arn = parts[0].arn;
    }
    return true;
}

static bool fill_entry(struct xa_agent *agent, const struct xa_roles *roles, size_t index,
                       struct xa_vault_info *info, struct xa_list_entry *e)
{
    memset(e, 0, sizeof *e);
    if (index < roles->n_sources)
        fill_source(agent, &roles->sources[index], info, e);
    else if (index - roles->n_sources < roles->n_dests)
        fill_dest(agent, roles, &roles->dests[index - roles->n_sources], e);
    else
        return fill_stray(agent, roles, index - roles->n_sources - roles->n_dests, info, e);
    return true;
}

/* From *cursor on; false if there is no room for all. *end is that of the last that
 * fitted. */
static bool append_profiles(struct xa_agent *agent, uint32_t *cursor, struct xa_writer *list,
                            size_t *end)
{
    struct xa_sight sight;
    struct xa_list_entry entry;
    const struct xa_profile *profile;
    uint32_t next = *cursor;
    if (!xa_broker_sight(agent->broker, (struct xa_slice){ 0 }, &sight, NULL) ||
        sight.profiles == NULL)
        return true;
    while ((profile = xa_profiles_next(sight.profiles, &next)) != NULL) {
        if (fill_profile(agent, &sight, profile, &entry))
            xa_list_append(list, &xa_msg_list_entry, &entry);
        if (list->bad)
            return false;
        *end = list->len;
        *cursor = next;
    }
    return true;
}

void xa_handle_list(struct xa_conn *c, const void *message, struct xa_slice body)
{
    struct xa_agent *agent = c->agent;
    const struct xa_list *request = message;
    const struct xa_roles *roles = xa_roles_or_fail(c);
    char room[LIST_MAX];
    struct xa_writer list = xa_writer_init(room, sizeof room);
    struct xa_list_entry entry;
    struct xa_vault_info info;
    (void)body;
    if (roles == NULL)
        return;
    size_t n = roles->n_sources + roles->n_dests + xa_vault_count(agent->vault);
    size_t i = request->cursor < n ? request->cursor : n, end = 0;
    for (; i < n; i++) {
        if (fill_entry(agent, roles, i, &info, &entry))
            xa_list_append(&list, &xa_msg_list_entry, &entry);
        if (list.bad)
            break;
        end = list.len;
    }
    uint32_t profile = request->cursor > n ? request->cursor - (uint32_t)n : 0;
    bool all = i == n && append_profiles(agent, &profile, &list, &end);
    const struct xa_list_result result = {
        .entries = { (const uint8_t *)room, end },
        .cursor = all ? 0 : i < n ? (uint32_t)i : (uint32_t)n + profile,
    };
    xa_conn_result(c, &xa_msg_list_result, &result);
}
