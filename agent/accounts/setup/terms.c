/* From what was asked to what would be made. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/setup/setup.h"
#include "agent/accounts/task_impl.h"
#include "agent/aws/arn.h"
#include "agent/aws/limits.h"
#include "agent/vault/hash.h"
#include "proto/ini.h"

#define DEFAULT_PERMISSION "AdministratorAccess"
#define ROLE_MAX_DURATION_MIN_S 3600       /* MaxSessionDuration, facts 9.1                */

/* --- whose key, and as which destination ---------------------------------------------------- */

/* `config` is the destination of this name, or an empty one. */
static bool choose_source(const struct xa_roles *roles, const struct xa_task_request *r,
                          const struct xa_dest *config, struct xa_slice *ret,
                          struct xa_error *err)
{
    *ret = r->wish.source;
    if (ret->len > 0 || xa_roles_source_name(roles, config, ret, err))
        return true;
    if (err->code != XA_BAD_CONFIG)
        return false;
    xa_fail(err, XA_USAGE, "which of the %zu sources is it for?", roles->n_sources);
    return xa_hint(err, "the same command with --source NAME");
}

/* An ARN of a root user, or of whatever else is no user, cannot assume a role. */
static bool take_source(struct xa_vault *vault, struct xa_slice name,
                        struct xa_setup_terms *t, struct xa_error *err)
{
    if (!accounts_source(vault, name, &t->source, err))
        return false;
    t->user_name = xa_user_name_of(xa_slice_of(t->source.arn));
    size_t len = strlen(t->source.arn);
    if (len > 5 && strcmp(t->source.arn + len - 5, ":root") == 0) {
        xa_fail(err, XA_USAGE, "the key of '%s' is its account's root user's", t->source.name);
        return xa_why(err, "Roles may not be assumed by root accounts");
    }
    if (t->user_name.len == 0 || strpbrk(t->source.arn, "\"\\") != NULL)
        return xa_fail(err, XA_USAGE, "the key of '%s' is no IAM user's: %s", t->source.name,
                       t->source.arn);
    return true;
}

/* --- the role ------------------------------------------------------------------------------- */

/* A path with these would mean more than one role where a policy names its ARN. */
static bool is_plain(const char *arn)
{
    return strpbrk(arn, "*?$\"\\") == NULL;
}

static bool take_role(const struct xa_task_request *r, struct xa_setup_terms *t,
                      struct xa_error *err)
{
    struct xa_slice rest = xa_slice_of(t->source.arn), role = r->wish.role;
    (void)xa_slice_cut(&rest, ':');
    struct xa_slice partition = xa_slice_cut(&rest, ':');
    const char *slash = role.len > 0 && role.at[0] == '/' ? "" : "/";
    int n = snprintf(t->role_arn, sizeof t->role_arn, "arn:%.*s:iam::%.*s:role%s%.*s",
                     (int)partition.len, (const char *)partition.at, (int)r->account.len,
                     r->account.len > 0 ? (const char *)r->account.at : "", slash,
                     (int)role.len, role.len > 0 ? (const char *)role.at : "");
    if (!xa_account_valid(r->account))
        return xa_fail(err, XA_USAGE, "'%.*s' is no account: 12 digits are", (int)r->account.len,
                       (const char *)r->account.at);
    if (n < 0 || (size_t)n >= sizeof t->role_arn || !is_plain(t->role_arn) ||
        !xa_role_arn_parse(xa_slice_of(t->role_arn), &t->role, err))
        return xa_fail(err, XA_USAGE, "'%.*s' is no role: a name of 1 to 64 of A-Z a-z 0-9 _ + = "
                       ", . @ -, with a path like /team/ before it", (int)role.len,
                       (const char *)role.at);
    if (r->max_duration_s != 0 && (r->max_duration_s < ROLE_MAX_DURATION_MIN_S ||
                                   r->max_duration_s > XA_ROLE_DURATION_MAX_S))
        return xa_fail(err, XA_USAGE, "a role's longest session is 1h to 12h");
    t->max_duration_s = r->max_duration_s;
    return true;
}

/* True if the section means the role of the terms. */
static bool is_same_role(const struct xa_dest *dest, const struct xa_setup_terms *t)
{
    char arn[XA_ARN_MAX + 1];
    if (dest->role_arn.len > 0)
        return xa_slice_is(dest->role_arn, t->role_arn);
    const char *slash = dest->role.len > 0 && dest->role.at[0] == '/' ? "" : "/";
    snprintf(arn, sizeof arn, "arn:%.*s:iam::%.*s:role%s%.*s", (int)t->role.partition.len,
             (const char *)t->role.partition.at, (int)dest->account.len,
             (const char *)dest->account.at, slash, (int)dest->role.len,
             (const char *)dest->role.at);
    return strcmp(arn, t->role_arn) == 0;
}

/* What is configured already must not say otherwise than what is asked. */
static bool agrees(const char *key, struct xa_slice configured, struct xa_slice asked,
                   const struct xa_setup_terms *t, struct xa_error *err)
{
    if (configured.len == 0 || asked.len == 0 || xa_slice_same(configured, asked))
        return true;
    xa_fail(err, XA_NAME_TAKEN, "the destination '%s' is configured with another %s: %.*s",
            t->dest, key, (int)configured.len, (const char *)configured.at);
    return xa_hint(err, "xacct dest remove %s", t->dest);
}

static bool take_dest(const struct xa_roles *roles, const struct xa_dest *dest,
                      const struct xa_task_request *r, struct xa_setup_terms *t,
                      struct xa_error *err)
{
    if (xa_roles_source(roles, r->wish.name) != NULL)
        return xa_fail(err, XA_NAME_TAKEN, "a source is called '%s' already", t->dest);
    t->dest_is_there = dest->name.len > 0 && is_same_role(dest, t);
    if (dest->name.len == 0 || r->undo)
        return true;
    if (!t->dest_is_there) {
        xa_fail(err, XA_NAME_TAKEN, "the destination '%s' is another role: %.*s%s%.*s", t->dest,
                (int)dest->account.len,
                dest->account.len > 0 ? (const char *)dest->account.at : "",
                dest->role_arn.len > 0 ? "" : "/",
                (int)(dest->role_arn.len > 0 ? dest->role_arn.len : dest->role.len),
                (const char *)(dest->role_arn.len > 0 ? dest->role_arn.at : dest->role.at));
        return xa_hint(err, "xacct dest remove %s", t->dest);
    }
    return agrees("source", dest->source, r->wish.source, t, err) &&
           agrees("source_identity", dest->source_identity, r->wish.source_identity, t, err) &&
           agrees("tags", dest->tags, r->wish.tags, t, err);
}

/* --- permissions ---------------------------------------------------------------------------- */

static bool is_policy_name(struct xa_slice name)
{
    static const char others[] = "_+=,.@-";
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.at[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              (c != '\0' && strchr(others, c) != NULL)))
            return false;
    }
    return name.len >= 1 && name.len <= XA_POLICY_NAME_MAX;
}

/* arn:PARTITION:iam::aws:policy/…, or one of the role's own account. */
static bool is_policy_arn(struct xa_slice arn, const struct xa_setup_terms *t)
{
    char own[64], aws[64];
    int p = (int)t->role.partition.len;
    const char *partition = (const char *)t->role.partition.at;
    int n_aws = snprintf(aws, sizeof aws, "arn:%.*s:iam::aws:policy/", p, partition);
    int n_own = snprintf(own, sizeof own, "arn:%.*s:iam::%.*s:policy/", p, partition,
                         XA_ACCOUNT_LEN, (const char *)t->role.account.at);
    if (n_aws < 0 || n_own < 0 || arn.len > XA_ARN_MAX)
        return false;
    bool is_aws = arn.len > (size_t)n_aws && memcmp(arn.at, aws, (size_t)n_aws) == 0;
    bool is_own = arn.len > (size_t)n_own && memcmp(arn.at, own, (size_t)n_own) == 0;
    for (size_t i = 0; i < arn.len; i++)
        if (arn.at[i] < '!' || arn.at[i] > '~')
            return false;
    return is_aws || is_own;
}

static bool is_arn(struct xa_slice item)
{
    return item.len > 4 && memcmp(item.at, "arn:", 4) == 0;
}

static bool put_permission(struct xa_slice item, struct xa_setup_terms *t, struct xa_writer *w,
                           struct xa_error *err)
{
    char arn[XA_ARN_MAX + 1];
    bool by_arn = is_arn(item);
    if (by_arn ? !is_policy_arn(item, t) : !is_policy_name(item)) {
        xa_fail(err, XA_USAGE, "permissions: '%.*s' is neither the name of one of AWS's policies "
                "nor the ARN of a policy", (int)(item.len < 200 ? item.len : 200),
                item.len > 0 ? (const char *)item.at : "");
        return xa_why(err, "an ARN begins with arn:%.*s:iam::aws:policy/, or has the role's own "
                      "account", (int)t->role.partition.len, (const char *)t->role.partition.at);
    }
    if (t->n_permissions++ == XA_SETUP_PERMISSIONS_MAX)
        return xa_fail(err, XA_USAGE, "permissions: more than the %d policies that a role may have",
                       XA_SETUP_PERMISSIONS_MAX);
    if (w->len > 0)
        xa_write_u8(w, ',');
    if (!by_arn) {
        snprintf(arn, sizeof arn, "arn:%.*s:iam::aws:policy/", (int)t->role.partition.len,
                 (const char *)t->role.partition.at);
        xa_write_bytes(w, arn, strlen(arn));
    }
    xa_write_bytes(w, item.at, item.len);
    return true;
}

/* A policy's name may hold a comma, so that what follows an ARN of the account's own may be the
 * rest of its name. AWS's own have none. */
static bool check_neighbours(struct xa_slice before, struct xa_slice item, struct xa_error *err)
{
    static const char aws[] = ":iam::aws:policy/";
    if (!is_arn(before) || is_arn(item) || memmem(before.at, before.len, aws, strlen(aws)) != NULL)
        return true;
    xa_fail(err, XA_USAGE, "permissions: '%.*s' behind the ARN of a policy of the account's own "
            "may be a part of that policy's name", (int)(item.len < 200 ? item.len : 200),
            item.len > 0 ? (const char *)item.at : "");
    xa_why(err, "a comma in an ARN cannot be told from one between two policies; a policy with one "
           "in its name cannot be named here");
    return xa_hint(err, "names of AWS's own policies first, then the ARNs");
}

static bool take_permissions(const struct xa_task_request *r, struct xa_setup_terms *t,
                             struct xa_error *err)
{
    struct xa_writer w = xa_writer_init(t->permissions, sizeof t->permissions - 1);
    struct xa_slice list = r->permissions, item, before = { 0 };
    if (list.len == 0)
        list = xa_slice_of(DEFAULT_PERMISSION);
    for (; xa_list_item(&list, &item); before = item)
        if (!check_neighbours(before, item, err) || !put_permission(item, t, &w, err))
            return false;
    if (w.bad)
        return xa_fail(err, XA_USAGE, "permissions: too long");
    t->permissions[w.len] = '\0';
    return true;
}

struct xa_slice xa_setup_permission(const struct xa_setup_terms *terms, size_t i)
{
    struct xa_slice list = xa_slice_of(terms->permissions), item = { 0 };
    if (i >= terms->n_permissions)
        return (struct xa_slice){ 0 };
    for (size_t n = 0; n <= i; n++)
        if (!xa_list_item(&list, &item))
            return (struct xa_slice){ 0 };
    return item;
}

/* --- how long ------------------------------------------------------------------------------- */

bool xa_setup_lasts(const struct xa_setup_terms *t, uint32_t max_s, struct xa_error *err)
{
    if (t->duration_s <= max_s)
        return true;
    xa_fail(err, XA_USAGE, "sessions of %um, and the role gives %um at most", t->duration_s / 60,
            max_s / 60);
    return xa_hint(err, "the same command with --max-duration %um", (t->duration_s + 59) / 60);
}

static bool take_duration(const struct xa_task_request *r, const struct xa_dest *dest,
                          struct xa_setup_terms *t, struct xa_error *err)
{
    t->duration_s = r->wish.duration_s;
    if (t->duration_s == 0 && t->dest_is_there)
        t->duration_s = dest->duration_s;
    return r->undo || t->max_duration_s == 0 || xa_setup_lasts(t, t->max_duration_s, err);
}

/* --- trust ---------------------------------------------------------------------------------- */

static bool is_org(struct xa_slice org)
{
    for (size_t i = 2; i < org.len; i++)
        if (!((org.at[i] >= 'a' && org.at[i] <= 'z') || (org.at[i] >= '0' && org.at[i] <= '9')))
            return false;
    return org.len >= 12 && org.len <= XA_ORG_MAX && memcmp(org.at, "o-", 2) == 0;
}

static bool take_trust(const struct xa_task_request *r, struct xa_setup_terms *t,
                       struct xa_error *err)
{
    if (r->trust > XA_TRUST_ORG)
        return xa_fail(err, XA_USAGE, "this is nobody whom a role could trust");
    t->trust = (enum xa_trust)r->trust;
    t->require_mfa = r->require_mfa;
    if (t->trust != XA_TRUST_ORG)
        return r->org.len == 0 ||
               xa_fail(err, XA_USAGE, "an organization is named, and is not what the role trusts");
    if (!is_org(r->org) || !xa_slice_copy(r->org, t->org, sizeof t->org))
        return xa_fail(err, XA_USAGE, "'%.*s' is no organization: o- and 10 to 32 of a-z 0-9 are",
                       (int)r->org.len, r->org.len > 0 ? (const char *)r->org.at : "");
    return true;
}

/* The same each time for these two, so that a second run finds the first one's. It is no
 * secret (facts 9.7). */
static void make_external_id(struct xa_setup_terms *t)
{
    const struct xa_slice parts[] = { xa_slice_of("xacct external id"), xa_slice_of(t->source.arn),
                                      xa_slice_of(t->role_arn) };
    uint8_t h[XA_HASH_LEN];
    xa_hash(h, parts, sizeof parts / sizeof parts[0]);
    snprintf(t->external_id, sizeof t->external_id,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", h[0], h[1],
             h[2], h[3], h[4], h[5], h[6], h[7], h[8], h[9], h[10], h[11], h[12], h[13], h[14],
             h[15]);
}

static bool take_external_id(const struct xa_task_request *r, const struct xa_dest *dest,
                             struct xa_setup_terms *t, struct xa_error *err)
{
    struct xa_slice id = r->wish.external_id;
    if (id.len == 0 && t->dest_is_there)
        id = dest->external_id;
    if (id.len == 0)
        return true;
    if (xa_slice_is(id, "auto"))
        make_external_id(t);
    else if (!xa_external_id_valid(id) ||
             !xa_slice_copy(id, t->external_id, sizeof t->external_id))
        return xa_fail(err, XA_USAGE, "the external id is not 2 to 1224 of A-Z a-z 0-9 _ + = , . @ "
                       ": / -");
    return r->undo || !t->dest_is_there ||
           agrees("external_id", dest->external_id, xa_slice_of(t->external_id), t, err);
}

/* Keys stand in the trust policy, and in the configuration, which takes no blanks. */
static bool are_tags(struct xa_slice tags, struct xa_error *err)
{
    struct xa_slice tag, value;
    while (xa_list_item(&tags, &tag)) {
        struct xa_slice key = xa_tag_split(tag, &value);
        bool ok = key.len >= 1 && key.len <= XA_TAG_KEY_MAX && key.len < tag.len;
        for (size_t i = 0; ok && i < key.len; i++)
            ok = (key.at[i] >= '0' && key.at[i] <= '9') || (key.at[i] >= 'A' && key.at[i] <= 'Z') ||
                 (key.at[i] >= 'a' && key.at[i] <= 'z') ||
                 (key.at[i] != '\0' && strchr("_.:/=+-@", key.at[i]) != NULL);
        if (!ok || memchr(tag.at, ' ', tag.len) != NULL)
            return xa_fail(err, XA_USAGE, "tags: '%.*s' is not KEY=VALUE without blanks, with a "
                           "key of A-Z a-z 0-9 _ . : / = + - @",
                           (int)(tag.len < 200 ? tag.len : 200),
                           tag.len > 0 ? (const char *)tag.at : "");
    }
    return true;
}

static bool take_session(const struct xa_task_request *r, const struct xa_dest *dest,
                         struct xa_setup_terms *t, struct xa_error *err)
{
    struct xa_slice tags = r->wish.tags, identity = r->wish.source_identity;
    if (tags.len == 0 && t->dest_is_there)
        tags = dest->tags;
    if (identity.len == 0 && t->dest_is_there)
        identity = dest->source_identity;
    if (tags.len > 0 && !are_tags(tags, err))
        return false;
    if (identity.len > 0 && !xa_session_name_valid(identity))
        return xa_fail(err, XA_USAGE, "the source identity is not 2 to 64 of A-Z a-z 0-9 _ + = , . "
                       "@ -");
    return (xa_slice_copy(tags, t->tags, sizeof t->tags) &&
            xa_slice_copy(identity, t->source_identity, sizeof t->source_identity)) ||
           xa_fail(err, XA_USAGE, "the tags are too long");
}

/* --- the documents -------------------------------------------------------------------------- */

struct xa_trust_terms xa_setup_trust(const struct xa_setup_terms *t)
{
    return (struct xa_trust_terms){
        .trust = t->trust,
        .user_arn = xa_slice_of(t->source.arn),
        .partition = t->role.partition,
        .account = xa_slice_of(t->source.account),
        .org = xa_slice_of(t->org),
        .external_id = xa_slice_of(t->external_id),
        .require_mfa = t->require_mfa,
        .tags = xa_slice_of(t->tags),
        .source_identity = xa_slice_of(t->source_identity),
    };
}

static bool make_documents(struct xa_setup_terms *t, struct xa_error *err)
{
    const struct xa_trust_terms trust = xa_setup_trust(t);
    t->trust_policy_len = xa_trust_document(&trust, t->trust_policy, sizeof t->trust_policy);
    if (t->trust_policy_len == 0)
        return xa_fail(err, XA_USAGE, "the trust policy would be longer than AWS takes");
    t->grants_len = (size_t)snprintf(t->grants, sizeof t->grants, "assume %s\n%s%s%s%s%s%s",
                                     t->role_arn,
                                     t->tags[0] != '\0' ? "tag " : "",
                                     t->tags[0] != '\0' ? t->role_arn : "",
                                     t->tags[0] != '\0' ? "\n" : "",
                                     t->source_identity[0] != '\0' ? "identity " : "",
                                     t->source_identity[0] != '\0' ? t->role_arn : "",
                                     t->source_identity[0] != '\0' ? "\n" : "");
    return true;
}

/* One policy a user for all destinations: ten of them are all that a user may have. */
static bool name_policy(const struct xa_task_request *r, struct xa_setup_terms *t,
                        struct xa_error *err)
{
    if (r->policy_name.len == 0)
        snprintf(t->policy_name, sizeof t->policy_name, "xacct-%.*s", (int)t->user_name.len,
                 (const char *)t->user_name.at);
    else if (!is_policy_name(r->policy_name) ||
             !xa_slice_copy(r->policy_name, t->policy_name, sizeof t->policy_name))
        return xa_fail(err, XA_USAGE, "'%.*s' is no policy's name: 1 to 128 of A-Z a-z 0-9 _ + = , "
                       ". @ -", (int)r->policy_name.len, (const char *)r->policy_name.at);
    snprintf(t->policy_arn, sizeof t->policy_arn, "arn:%.*s:iam::%s:policy/%s",
             (int)t->role.partition.len, (const char *)t->role.partition.at, t->source.account,
             t->policy_name);
    return true;
}

/* Of a source the vault knows where it acts: whom AWS need not be asked about. */
static bool acts_in(struct xa_vault *vault, const struct xa_roles *roles, struct xa_slice name,
                    struct xa_slice account, const char *what, struct xa_error *err)
{
    struct xa_vault_info info;
    if (name.len == 0 || xa_roles_dest(roles, name) != NULL ||
        !xa_vault_find(vault, name, &info) || info.account[0] == '\0' ||
        xa_slice_is(account, info.account))
        return true;
    return xa_fail(err, XA_OTHER_ACCOUNT, "'%s' acts in the account %s, and %s %.*s", info.name,
                   info.account, what, (int)account.len, (const char *)account.at);
}

static bool check_admins(struct xa_vault *vault, const struct xa_roles *roles,
                         const struct xa_task_request *r, const struct xa_setup_terms *t,
                         struct xa_error *err)
{
    return acts_in(vault, roles, r->dest_admin, t->role.account, "the role is to be in", err) &&
           acts_in(vault, roles, r->source_admin, xa_slice_of(t->source.account),
                   "the source's is", err);
}

bool xa_setup_terms_make(struct xa_broker *broker, struct xa_vault *vault,
                         const struct xa_task_request *r, struct xa_setup_terms *ret,
                         struct xa_error *err)
{
    static const struct xa_dest none;
    struct xa_slice source;
    memset(ret, 0, sizeof *ret);
    const struct xa_roles *roles = xa_broker_roles(broker, err);
    if (roles == NULL)
        return false;
    if (!xa_name_valid(r->wish.name) || !xa_slice_copy(r->wish.name, ret->dest, sizeof ret->dest))
        return xa_fail(err, XA_USAGE,
                       "'%.*s' is not a name: 1 to 64 of A-Z a-z 0-9 _ . @ : + / %% -",
                       (int)r->wish.name.len, (const char *)r->wish.name.at);
    const struct xa_dest *dest = xa_roles_dest(roles, r->wish.name);
    if (dest == NULL)
        dest = &none;
    return choose_source(roles, r, dest, &source, err) && take_source(vault, source, ret, err) &&
           take_role(r, ret, err) && take_dest(roles, dest, r, ret, err) &&
           take_permissions(r, ret, err) && take_trust(r, ret, err) &&
           take_external_id(r, dest, ret, err) && take_session(r, dest, ret, err) &&
           take_duration(r, dest, ret, err) && name_policy(r, ret, err) &&
           make_documents(ret, err) && check_admins(vault, roles, r, ret, err);
}
