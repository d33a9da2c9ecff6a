#include "agent/broker/target.h"

#include <stdio.h>
#include <string.h>

#include "agent/aws/arn.h"
#include "agent/aws/endpoint.h"

#define PARTS_MAX 64                   /* of a chain of profiles; own choice */

static int len_of(struct xa_slice s)
{
    return (int)s.len;
}

static const char *text_of(struct xa_slice s)
{
    return s.len > 0 ? (const char *)s.at : "";
}

static bool is_anything(const struct xa_sight *sight)
{
    uint32_t cursor = 0;
    return sight->roles->n_sources + sight->roles->n_dests + sight->sent.len > 0 ||
           (sight->profiles != NULL && xa_profiles_next(sight->profiles, &cursor) != NULL);
}

static bool nothing_yet(struct xa_error *err)
{
    xa_why(err, "nothing is configured yet: it begins with a source account's key");
    return xa_hint(err, "xacct add main");
}

static bool unknown(const struct xa_sight *sight, struct xa_slice name, const char *what,
                    struct xa_error *err)
{
    struct xa_slice near = xa_roles_nearest(sight->roles, name);
    xa_fail(err, XA_NO_SUCH_NAME, "there is no %s '%.*s'", what, len_of(name), text_of(name));
    if (sight->profiles_fault != NULL)
        return xa_why(err, "the AWS file cannot be read: %s", sight->profiles_fault->message);
    if (near.len > 0)
        return xa_why(err, "did you mean '%.*s'?", len_of(near), text_of(near));
    if (!is_anything(sight))
        return nothing_yet(err);
    return false;
}

/* --- profiles -------------------------------------------------------------------- */

/* The profile of that name among those that came with the request. */
static bool find_sent(struct xa_slice sent, struct xa_slice name, struct xa_profile_part *ret,
                      struct xa_error *err)
{
    struct xa_error end = { 0 };
    while (xa_list_next(&sent, &xa_msg_profile_part, ret, &end))
        if (xa_slice_same(ret->name, name)) {
            if (err != NULL)
                err->code = XA_OK;
            return true;
        }
    if (err != NULL)
        *err = end;
    return false;
}

/* Where AWS is asked, by whose certificates: never by the caller's environment. */
static bool trusted(const struct xa_profile_part *part, struct xa_error *err)
{
    if (part->endpoint_url.len == 0 && part->ca_bundle.len == 0)
        return true;
    xa_fail(err, XA_BAD_CONFIG, "the profile '%.*s' sets %s, in a file that the environment names",
            len_of(part->name), text_of(part->name),
            part->endpoint_url.len > 0 ? "endpoint_url" : "ca_bundle");
    return xa_why(err, "xacct takes that from ~/.aws/config and its own configuration only");
}

/* True if there is such a profile; else err->code is XA_OK, or says what is wrong. */
static bool find_profile(const struct xa_sight *sight, struct xa_slice name,
                         struct xa_profile_part *ret, struct xa_error *err)
{
    struct xa_profile_part parts[PARTS_MAX];
    err->code = XA_OK;
    if (sight->sent.len > 0)
        return find_sent(sight->sent, name, ret, err) && trusted(ret, err);
    if (sight->profiles == NULL || xa_profiles_find(sight->profiles, name) == NULL)
        return false;
    if (xa_profiles_chain(sight->profiles, name, parts, PARTS_MAX, err) == 0)
        return false;
    *ret = parts[0];
    return true;
}

/* Kinds that are recognised and refused by name, with what to do instead. */
static bool refuse_kind(const struct xa_profile_part *part, struct xa_error *err)
{
    static const struct { enum xa_profile_kind kind; const char *what, *hint; } kinds[] = {
        { XA_PROFILE_SSO, "IAM Identity Center (SSO)",
          "aws sso login, and in [source NAME]: credential_process = aws configure "
          "export-credentials --profile PROFILE" },
        { XA_PROFILE_WEB_IDENTITY, "a web identity token",
          "use the profile itself: its token is good only where it is" },
        { XA_PROFILE_LOGIN, "aws login",
          "in [source NAME]: credential_process = aws configure export-credentials "
          "--profile PROFILE" },
        { XA_PROFILE_CREDENTIAL_SOURCE, "credential_source",
          "xacct add NAME, and in the profile: source_profile = NAME" },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (part->kind == kinds[i].kind) {
            xa_fail(err, XA_NOT_SERVED, "the profile '%.*s' gets its credentials from %s",
                    len_of(part->name), text_of(part->name), kinds[i].what);
            xa_why(err, "xacct does not do that");
            return xa_hint(err, "%s", kinds[i].hint);
        }
    return true;
}

/* A role profile as a [dest] would say it. STS is asked in the profile's region, as the
 * SDKs do (facts 4.5). */
static void role_of_profile(const struct xa_profile_part *part, struct xa_target *ret)
{
    ret->kind = XA_TARGET_ROLE;
    ret->name = part->name;
    ret->is_profile = true;
    ret->from_itself = xa_slice_same(part->source, part->name);
    ret->dest = (struct xa_dest){
        .name = part->name,
        .role_arn = part->arn,
        .source = part->source,
        .duration_s = part->duration_s,
        .external_id = part->external_id,
        .session_name = part->session_name,
        .mfa_serial = part->mfa_serial,
        .sts_region = part->region,
        .reach = { .region = part->region, .endpoint_url = part->endpoint_url,
                   .ca_bundle = part->ca_bundle },
        .use_fips_endpoint = part->use_fips,
        .use_dualstack_endpoint = part->use_dualstack,
        .sts_legacy = part->sts_legacy,
    };
}

/* Keys that stand in the file in clear are not used: the vault's are. */
static void keys_of_profile(const struct xa_profile_part *part, struct xa_target *ret)
{
    ret->kind = part->kind == XA_PROFILE_PROCESS ? XA_TARGET_FOREIGN : XA_TARGET_SOURCE;
    ret->name = part->name;
    ret->is_profile = true;
}

/* --- a name ---------------------------------------------------------------------- */

static void at_source(const struct xa_source *source, struct xa_target *ret)
{
    ret->kind = source->credential_process.len > 0 ? XA_TARGET_FOREIGN : XA_TARGET_SOURCE;
    ret->source = source;
    ret->name = source->name;
}

/* True if the name is one of the files'. Else err->code says why, or is XA_OK. */
static bool look_up(const struct xa_sight *sight, struct xa_slice name, bool source_first,
                    struct xa_target *ret, struct xa_error *err)
{
    struct xa_profile_part part;
    const struct xa_dest *dest = xa_roles_dest(sight->roles, name);
    const struct xa_source *source = xa_roles_source(sight->roles, name);
    memset(ret, 0, sizeof *ret);
    err->code = XA_OK;
    if (dest != NULL) {
        ret->kind = XA_TARGET_ROLE;
        ret->dest = *dest;
        ret->name = dest->name;
        return true;
    }
    if (source != NULL && source_first) {
        at_source(source, ret);
        return true;
    }
    if (find_profile(sight, name, &part, err)) {
        if (part.kind == XA_PROFILE_ROLE) {
            role_of_profile(&part, ret);
            return true;
        }
        if (source == NULL) {
            if (!refuse_kind(&part, err))
                return false;
            keys_of_profile(&part, ret);
            return true;
        }
    } else if (err->code != XA_OK) {
        return false;
    }
    if (source != NULL)
        at_source(source, ret);
    return source != NULL;
}

static bool adhoc_allowed(const struct xa_sight *sight, struct xa_slice what,
                          struct xa_error *err)
{
    if (sight->roles->agent.adhoc)
        return true;
    xa_fail(err, XA_POLICY, "'%.*s' is in no file, and the configuration says adhoc = no",
            len_of(what), text_of(what));
    return xa_hint(err, "xacct list");
}

/* A role by its ARN or as ACCOUNT/ROLE, which no file names. */
static bool make_adhoc(const struct xa_sight *sight, struct xa_slice name, struct xa_slice text,
                       struct xa_slice source, struct xa_target *ret, struct xa_error *err)
{
    struct xa_role_arn arn;
    memset(ret, 0, sizeof *ret);
    if (!adhoc_allowed(sight, text, err) || !xa_role_target_parse(text, &arn, err))
        return false;
    ret->kind = XA_TARGET_ROLE;
    ret->name = name;
    ret->dest = (struct xa_dest){ .name = name, .source = source };
    if (arn.partition.len > 0) {
        ret->dest.role_arn = text;
    } else {
        ret->dest.account = arn.account;
        ret->dest.role = (struct xa_slice){ text.at + XA_ACCOUNT_LEN + 1,
                                            text.len - XA_ACCOUNT_LEN - 1 };
    }
    return true;
}

static bool name_other(struct xa_slice role, const struct xa_role_arn *had, struct xa_target *t,
                       struct xa_error *err)
{
    struct xa_slice partition = had->partition.len > 0 ? had->partition : xa_slice_of("aws");
    struct xa_role_arn parsed;
    snprintf(t->arn, sizeof t->arn, "arn:%.*s:iam::%.*s:role/%.*s", len_of(partition),
             text_of(partition), len_of(had->account), text_of(had->account), len_of(role),
             text_of(role));
    bool is_arn = role.len > 4 && memcmp(role.at, "arn:", 4) == 0;     /* of something else */
    if (is_arn || !xa_role_arn_parse(xa_slice_of(t->arn), &parsed, NULL))
        return xa_fail(err, XA_USAGE, "--role %.*s: not a role's name, ACCOUNT/ROLE or ARN",
                       len_of(role), text_of(role));
    /* Which partition the account is in shows only when STS's region is known. */
    if (had->partition.len > 0)
        t->dest.role_arn = xa_slice_of(t->arn);
    else
        t->dest.role = role;
    return true;
}

/* --role: another role of the same account. A name alone keeps the account; to leave
 * it takes another destination, so that nobody does by a slip. */
static bool change_role(const struct xa_sight *sight, struct xa_slice role, struct xa_target *t,
                        struct xa_error *err)
{
    struct xa_role_arn had = { .account = t->dest.account }, asked;
    struct xa_dest *d = &t->dest;
    if (!adhoc_allowed(sight, role, err) ||
        (d->role_arn.len > 0 && !xa_role_arn_parse(d->role_arn, &had, err)))
        return false;
    if (!xa_role_target_parse(role, &asked, NULL))
        return name_other(role, &had, t, err);
    bool elsewhere = asked.partition.len > 0 && had.partition.len > 0 &&
                     !xa_slice_same(asked.partition, had.partition);
    if (elsewhere || !xa_slice_same(asked.account, had.account)) {
        xa_fail(err, XA_USAGE, "'%.*s' is in account %.*s, not in that of --role %.*s",
                len_of(t->name), text_of(t->name), len_of(had.account), text_of(had.account),
                len_of(role), text_of(role));
        return xa_hint(err, "xacct env %.*s", len_of(role), text_of(role));
    }
    if (asked.partition.len > 0) {
        d->role_arn = role;
        return true;
    }
    return name_other((struct xa_slice){ role.at + XA_ACCOUNT_LEN + 1,
                                         role.len - XA_ACCOUNT_LEN - 1 }, &had, t, err);
}

bool xa_target_find(const struct xa_sight *sight, const struct xa_wish *wish,
                    struct xa_target *ret, struct xa_error *err)
{
    struct xa_error why = { 0 };
    struct xa_role_arn arn;
    if (!look_up(sight, wish->name, false, ret, &why)) {
        if (why.code != XA_OK) {
            if (err != NULL)
                *err = why;
            return false;
        }
        if (!xa_role_target_parse(wish->name, &arn, NULL))
            return unknown(sight, wish->name, "destination", err);
        if (wish->role.len > 0)
            return xa_fail(err, XA_USAGE,
                           "--role goes with a destination or source, not with a role");
        return make_adhoc(sight, wish->name, wish->name, wish->source, ret, err);
    }
    if (wish->role.len > 0 && ret->kind != XA_TARGET_ROLE)
        return make_adhoc(sight, wish->role, wish->role, ret->name, ret, err);
    if (ret->kind == XA_TARGET_ROLE && wish->source.len > 0) {
        ret->dest.source = wish->source;
        ret->from_itself = false;
    }
    return wish->role.len == 0 || change_role(sight, wish->role, ret, err);
}

static bool no_such_source(const struct xa_sight *sight, struct xa_slice name,
                           struct xa_error *err)
{
    (void)unknown(sight, name, "source", err);
    return xa_hint(err, "xacct add %.*s", len_of(name), text_of(name));
}

bool xa_target_parent(const struct xa_sight *sight, const struct xa_target *of,
                      struct xa_target *ret, struct xa_error *err)
{
    struct xa_slice name = of->dest.source;
    struct xa_error why = { 0 };
    if (name.len == 0 && !xa_roles_source_name(sight->roles, &of->dest, &name, err))
        return false;
    if (of->from_itself) {
        const struct xa_source *source = xa_roles_source(sight->roles, name);
        memset(ret, 0, sizeof *ret);
        if (source != NULL)
            at_source(source, ret);
        else
            *ret = (struct xa_target){ .kind = XA_TARGET_SOURCE, .name = name,
                                       .is_profile = true };
        return true;
    }
    if (look_up(sight, name, true, ret, &why))
        return true;
    if (why.code != XA_OK) {
        if (err != NULL)
            *err = why;
        return false;
    }
    /* A source_profile may name what only the credentials file has, which the agent
     * does not read: its keys are to be in the vault. */
    if (!of->is_profile)
        return no_such_source(sight, name, err);
    *ret = (struct xa_target){ .kind = XA_TARGET_SOURCE, .name = name, .is_profile = true };
    return true;
}
