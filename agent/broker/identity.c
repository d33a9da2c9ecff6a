#include "agent/broker/identity.h"

#include <stdio.h>
#include <string.h>

#include "agent/aws/arn.h"
#include "agent/broker/keys.h"
#include "agent/vault/hash.h"
#include "proto/ini.h"

/* What a name leads to in the files. */
struct found {
    const struct xa_dest *dest;       /* NULL: the name is a source's */
    const struct xa_source *source;
};

static bool unknown(const struct xa_roles *roles, struct xa_slice name, const char *what,
                    struct xa_error *err)
{
    struct xa_slice near = xa_roles_nearest(roles, name);
    xa_fail(err, XA_NO_SUCH_NAME, "there is no %s '%.*s'", what, (int)name.len,
            (const char *)name.at);
    if (near.len > 0)
        xa_why(err, "did you mean '%.*s'?", (int)near.len, (const char *)near.at);
    return false;
}

static bool looks_ad_hoc(struct xa_slice name)
{
    struct xa_role_arn arn;
    return xa_role_target_parse(name, &arn, NULL);
}

/* The source that a destination names. A destination as source is a chain. */
static bool find_source(const struct xa_roles *roles, const struct xa_dest *dest,
                        struct xa_slice wished, struct found *ret, struct xa_error *err)
{
    struct xa_slice name = wished;
    if (wished.len == 0 && !xa_roles_source_name(roles, dest, &name, err))
        return false;
    ret->source = xa_roles_source(roles, name);
    if (ret->source != NULL)
        return true;
    if (xa_roles_dest(roles, name) == NULL) {
        unknown(roles, name, "source", err);
        return xa_hint(err, "xacct add %.*s", (int)name.len, (const char *)name.at);
    }
    xa_fail(err, XA_NOT_SERVED, "'%.*s' is reached through another destination, '%.*s'",
            (int)dest->name.len, (const char *)dest->name.at, (int)name.len, (const char *)name.at);
    xa_why(err, "role chaining is not served by this release");
    return xa_hint(err, "xacct list");
}

static bool source_served(const struct xa_source *source, struct xa_error *err)
{
    if (source->credential_process.len == 0)
        return true;
    xa_fail(err, XA_NOT_SERVED,
            "'credential_process' is configured for '%.*s' and not served by this release",
            (int)source->name.len, (const char *)source->name.at);
    return xa_hint(err, "xacct config check");
}

static bool find(const struct xa_roles *roles, const struct xa_wish *wish, struct found *ret,
                 struct xa_error *err)
{
    *ret = (struct found){ xa_roles_dest(roles, wish->name), NULL };
    if (ret->dest == NULL) {
        ret->source = xa_roles_source(roles, wish->name);
        if (ret->source != NULL)
            return source_served(ret->source, err);
        if (!looks_ad_hoc(wish->name))
            return unknown(roles, wish->name, "destination", err);
        xa_fail(err, XA_NOT_SERVED,
                "a role by its ARN or ACCOUNT/ROLE is not served by this release");
        return xa_hint(err, "xacct dest add NAME %.*s", (int)wish->name.len,
                       (const char *)wish->name.at);
    }
    if (!find_source(roles, ret->dest, wish->source, ret, err))
        return false;
    const char *key = xa_roles_not_served(roles, ret->dest, ret->source);
    if (key == NULL)
        return true;
    xa_fail(err, XA_NOT_SERVED, "'%s' is configured for '%.*s' and not served by this release", key,
            (int)wish->name.len, (const char *)wish->name.at);
    xa_why(err, "xacct does not go on without what was asked for");
    return xa_hint(err, "xacct config check");
}

bool xa_identity_known(const struct xa_roles *roles, const struct xa_wish *wish,
                       struct xa_error *err)
{
    struct found found;
    return find(roles, wish, &found, err);
}

static struct xa_slice first_of(struct xa_slice a, struct xa_slice b, struct xa_slice c)
{
    return a.len > 0 ? a : b.len > 0 ? b : c;
}

static bool copy(struct xa_slice s, char *room, size_t size, const char *what, struct xa_error *err)
{
    return xa_slice_copy(s, room, size) ||
           xa_fail(err, XA_USAGE, "%s is longer than %zu bytes", what, size - 1);
}

/* Endpoint, CA and proxy: the destination's, else the source's, else [agent]'s. */
static bool reach(const struct xa_roles *roles, const struct found *found,
                  struct xa_slice partition, struct xa_identity *ret, struct xa_error *err)
{
    static const struct xa_reach nothing;
    const struct xa_dest *dest = found->dest;
    const struct xa_reach *a = dest != NULL ? &dest->reach : &nothing;
    const struct xa_reach *b = found->source != NULL ? &found->source->reach : &nothing;
    const struct xa_reach *c = &roles->agent.reach;
    struct xa_endpoint_wish wish = {
        .region = first_of(dest != NULL ? dest->sts_region : (struct xa_slice){ 0 }, b->region,
                           c->region),
        .partition = partition,
        .endpoint_url = first_of(a->endpoint_url, b->endpoint_url, c->endpoint_url),
        .fips = dest != NULL && dest->use_fips_endpoint,
        .dualstack = dest != NULL && dest->use_dualstack_endpoint,
    };
    ret->custom_endpoint = wish.endpoint_url.len > 0;
    return xa_endpoint_sts(&wish, &ret->sts, err) &&
           copy(first_of(a->ca_bundle, b->ca_bundle, c->ca_bundle), ret->ca_bundle,
                sizeof ret->ca_bundle, "ca_bundle", err) &&
           copy(first_of(a->proxy, b->proxy, c->proxy), ret->proxy, sizeof ret->proxy, "proxy",
                err);
}

/* account and role become an ARN of the partition in which STS is asked. */
static bool name_role(const struct xa_roles *roles, const struct found *found,
                      struct xa_identity *ret, struct xa_error *err)
{
    const struct xa_dest *dest = found->dest;
    struct xa_role_arn arn = { 0 };
    if (dest->role_arn.len > 0 && !xa_role_arn_parse(dest->role_arn, &arn, err))
        return false;
    if (!reach(roles, found, arn.partition, ret, err))
        return false;
    if (dest->role_arn.len > 0) {
        if (!copy(dest->role_arn, ret->role_arn, sizeof ret->role_arn, "role_arn", err))
            return false;
    } else {
        struct xa_slice region = xa_slice_of(ret->sts.region);
        snprintf(ret->role_arn, sizeof ret->role_arn, "arn:%s:iam::%.*s:role/%.*s",
                 xa_partition_of(region), (int)dest->account.len, (const char *)dest->account.at,
                 (int)dest->role.len, (const char *)dest->role.at);
        if (!xa_role_arn_parse(xa_slice_of(ret->role_arn), &arn, err))
            return false;
    }
    return copy(arn.account, ret->account, sizeof ret->account, "account", err) &&
           copy(arn.name, ret->role_name, sizeof ret->role_name, "role", err);
}

/* The IAM user's name, so that a trust policy can demand it and CloudTrail shows
 * who it was; for a key that was never proven, the login name. */
static void default_session_name(const char *user_arn, const char *login_name, char *ret)
{
    struct xa_slice user = xa_user_name_of(xa_slice_of(user_arn));
    xa_session_name_from(user.len > 0 ? user : xa_slice_of(login_name), ret);
}

static bool session(const struct xa_dest *dest, const struct xa_wish *wish, const char *user_arn,
                    const char *login_name, struct xa_identity *ret, struct xa_error *err)
{
    struct xa_slice name = first_of(wish->session_name, dest->session_name, (struct xa_slice){ 0 });
    struct xa_slice external_id =
        first_of(wish->external_id, dest->external_id, (struct xa_slice){ 0 });
    char clean[XA_SESSION_NAME_MAX + 1];
    if (name.len == 0)
        default_session_name(user_arn, login_name, ret->session_name);
    else if (!copy(name, ret->session_name, sizeof ret->session_name, "the session name", err))
        return false;
    xa_session_name_from(xa_slice_of(ret->session_name), clean);
    if (strcmp(clean, ret->session_name) != 0)
        return xa_fail(err, XA_USAGE,
                       "the session name '%s' is not 2 to 64 of A-Z a-z 0-9 _ + = , . @ -",
                       ret->session_name);
    if (external_id.len > 0 && !xa_external_id_valid(external_id))
        return xa_fail(err, XA_USAGE,
                       "the external id '%.*s' is not %d to %d of A-Z a-z 0-9 _ + = , . @ : / -",
                       external_id.len > 80 ? 80 : (int)external_id.len,
                       (const char *)external_id.at, XA_EXTERNAL_ID_MIN, XA_EXTERNAL_ID_MAX);
    return copy(external_id, ret->external_id, sizeof ret->external_id, "the external id", err);
}

static bool duration(const struct xa_dest *dest, const struct xa_wish *wish,
                     struct xa_identity *ret, struct xa_error *err)
{
    ret->duration_s = wish->duration_s > 0 ? wish->duration_s
                    : dest->duration_s > 0 ? dest->duration_s : XA_ROLE_DURATION_DEFAULT_S;
    return (ret->duration_s >= XA_ROLE_DURATION_MIN_S &&
            ret->duration_s <= XA_ROLE_DURATION_MAX_S) ||
           xa_fail(err, XA_USAGE,
                   "a duration of %u s is not from %d to %d s, which is what STS gives",
                   ret->duration_s, XA_ROLE_DURATION_MIN_S, XA_ROLE_DURATION_MAX_S);
}

/* The region handed out; STS is asked where the configuration says. */
static bool region(const struct xa_dest *dest, const struct xa_wish *wish,
                   struct xa_identity *ret, struct xa_error *err)
{
    struct xa_slice name = first_of(wish->region, dest->reach.region, (struct xa_slice){ 0 });
    if (name.len > 0 && !xa_region_valid(name))
        return xa_fail(err, XA_USAGE, "'%.*s' is not a region, such as eu-west-1", (int)name.len,
                       (const char *)name.at);
    return copy(name, ret->region, sizeof ret->region, "the region", err);
}

bool xa_identity_resolve(const struct xa_roles *roles, struct xa_vault *vault,
                         const struct xa_wish *wish, const char *login_name,
                         struct xa_identity *ret, struct xa_error *err)
{
    struct found found;
    struct xa_vault_info key;
    memset(ret, 0, sizeof *ret);
    if (!find(roles, wish, &found, err))
        return false;
    if (!xa_vault_find(vault, found.source->name, &key)) {
        xa_fail(err, XA_NO_SUCH_NAME, "the vault holds no key for the source '%.*s'",
                (int)found.source->name.len, (const char *)found.source->name.at);
        xa_why(err, "its section stands in the configuration, but its key was never added");
        return xa_hint(err, "xacct add %.*s", (int)found.source->name.len,
                       (const char *)found.source->name.at);
    }
    memcpy(ret->source, key.name, sizeof ret->source);
    memcpy(ret->access_key_id, key.access_key_id, sizeof ret->access_key_id);
    if (!copy(wish->name, ret->name, sizeof ret->name, "the name", err))
        return false;
    if (found.dest == NULL) {
        ret->kind = XA_IDENTITY_SOURCE;
        return reach(roles, &found, (struct xa_slice){ 0 }, ret, err);
    }
    ret->kind = XA_IDENTITY_ROLE;
    struct xa_slice label = first_of(found.dest->label, roles->agent.label, (struct xa_slice){ 0 });
    return name_role(roles, &found, ret, err) &&
           session(found.dest, wish, key.arn, login_name, ret, err) &&
           duration(found.dest, wish, ret, err) &&
           region(found.dest, wish, ret, err) &&
           copy(label, ret->label, sizeof ret->label, "label", err) &&
           copy(found.dest->level, ret->level, sizeof ret->level, "level", err);
}

bool xa_identity_reach(const struct xa_roles *roles, const struct xa_source *source,
                       struct xa_identity *ret, struct xa_error *err)
{
    memset(ret, 0, sizeof *ret);
    ret->kind = XA_IDENTITY_SOURCE;
    return reach(roles, &(struct found){ NULL, source }, (struct xa_slice){ 0 }, ret, err);
}

void xa_identity_hash(const struct xa_identity *identity, uint8_t ret[32])
{
    char duration[16];
    snprintf(duration, sizeof duration, "%u", identity->duration_s);
    const struct xa_slice parts[] = {
        xa_slice_of(identity->kind == XA_IDENTITY_ROLE ? "role" : "source"),
        xa_slice_of(identity->name),      /* so that what one is told to forget is its own */
        xa_slice_of(identity->source),
        xa_slice_of(identity->access_key_id),
        xa_slice_of(identity->role_arn),
        xa_slice_of(identity->session_name),
        xa_slice_of(identity->external_id),
        xa_slice_of(duration),
        xa_slice_of(identity->sts.region),
        xa_slice_of(identity->sts.url),
        xa_slice_of(identity->custom_endpoint ? "custom" : "aws"), /* how strictly it was judged */
        xa_slice_of(identity->ca_bundle),
        xa_slice_of(identity->proxy),
    };
    xa_hash(ret, parts, sizeof parts / sizeof parts[0]);
}
