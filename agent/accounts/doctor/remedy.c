/* What mends it: a statement to add, a line to configure, or a command that would tell. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/doctor/impl.h"
#include "agent/accounts/documents.h"

#define DOCUMENT_MAX 4096
#define TEXT_MAX 1024

#define FOREIGN_REMEDY "sign in again where '%s' has its credentials from"

static const char *sid_of(const struct xa_trust_finding *f, char *room, size_t size)
{
    if (f == NULL || f->sid.len == 0)
        return "a statement";
    snprintf(room, size, "the statement '%.*s'", S(f->sid));
    return room;
}

/* --- statements -------------------------------------------------------------------------- */

void doctor_show_trust(struct xa_task *t, const struct scene *s, const char *action,
                       const char *why)
{
    char document[DOCUMENT_MAX], text[TEXT_MAX];
    const struct xa_trust_terms terms = {
        .trust = XA_TRUST_USER,
        .user_arn = s->call.principal_arn,
        .external_id = s->call.external_id,
        .tags = s->call.tags,
        .source_identity = s->call.source_identity,
    };
    size_t len = xa_trust_statement(&terms, action, document, sizeof document);
    snprintf(text, sizeof text, "in account %s: add this statement to the trust policy of the role "
             "'%s'%s", s->hop->account, s->hop->role_name, why);
    task_show(t, XA_ITEM_REMEDY, of("trust policy"), text,
              (struct xa_slice){ (const uint8_t *)document, len });
}

void doctor_show_source(struct xa_task *t, const struct scene *s, const char *action,
                        const char *why)
{
    char document[DOCUMENT_MAX], text[TEXT_MAX], grant[XA_ARN_MAX + 32];
    const char *key = xa_grant_key(of(action));
    snprintf(grant, sizeof grant, "%s %s\n", key != NULL ? key : "", s->hop->role_arn);
    size_t len = xa_source_statement(of(grant), action, document, sizeof document);
    snprintf(text, sizeof text, "in account %.*s: add this statement to a policy of %.600s%s",
             S(s->call.account), s->principal, why);
    task_show(t, XA_ITEM_REMEDY, of("source policy"), text,
              (struct xa_slice){ (const uint8_t *)document, len });
}

static void show_boundary(struct xa_task *t, const struct scene *s, const char *action)
{
    char document[DOCUMENT_MAX], text[TEXT_MAX], grant[XA_ARN_MAX + 32];
    struct xa_slice boundary = task_noted(t, "boundary");
    snprintf(grant, sizeof grant, "%s %s\n", xa_grant_key(of(action)), s->hop->role_arn);
    size_t len = xa_source_statement(of(grant), action, document, sizeof document);
    snprintf(text, sizeof text, "in account %.*s: the permissions boundary of %.600s%s%.*s must "
             "allow it, as by this statement", S(s->call.account), s->principal,
             boundary.len > 0 ? ", " : "", S(boundary));
    task_show(t, XA_ITEM_REMEDY, of("boundary"), text,
              (struct xa_slice){ (const uint8_t *)document, len });
}

/* --- lines of the configuration ---------------------------------------------------------- */

static void configure(struct xa_task *t, const struct scene *s, const char *key,
                      struct xa_slice value)
{
    task_tell(t, XA_ITEM_REMEDY, of("configuration"), "configure for '%s': %s = %.*s",
              s->hop->name, key, S(value));
}

/* A value that a policy wants can be configured if it is one, not a pattern of many. */
static bool is_plain(struct xa_slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (strchr("*?$\\", value.at[i]) != NULL)
            return false;
    return value.len > 0;
}

static struct xa_slice wanted(const struct scene *s, const struct xa_trust_finding *f)
{
    if (xa_condition_key_is(f->fault.want, "${aws:username}"))
        return s->call.user_name;
    return f->fault.want;
}

static bool equals(const struct xa_trust_finding *f)
{
    return f != NULL && f->fault.op.len > 0 && f->fault.want.len > 0 &&
           memmem(f->fault.op.at, f->fault.op.len, "Not", 3) == NULL;
}

/* The trust policy's condition, where no line can be given for it. */
static void tell_condition(struct xa_task *t, const struct scene *s,
                           const struct xa_trust_finding *f)
{
    char sid[160];
    if (f == NULL || f->fault.key.len == 0)
        return;
    task_tell(t, XA_ITEM_REMEDY, of("trust policy"),
              "in account %s: %s of the trust policy of '%s' says %.*s %.*s '%.*s': call so that "
              "it holds, or change it", s->hop->account, sid_of(f, sid, sizeof sid),
              s->hop->role_name, S(f->fault.key), S(f->fault.op), S(f->fault.want));
}

static void configure_wanted(struct xa_task *t, const struct scene *s, const char *key,
                             const struct xa_trust_finding *f)
{
    if (f == NULL)
        return;
    struct xa_slice value = wanted(s, f);
    if (equals(f) && is_plain(value))
        configure(t, s, key, value);
    else
        tell_condition(t, s, f);
}

/* A device is the user's. */
static void mend_mfa(struct xa_task *t, const struct scene *s)
{
    if (s->source->kind == XA_IDENTITY_FOREIGN) {
        task_tell(t, XA_ITEM_REMEDY, of("key"), FOREIGN_REMEDY ", with an MFA code",
                  s->source->name);
        return;
    }
    if (s->chained) {
        task_tell(t, XA_ITEM_REMEDY, of("configuration"), "give the source '%s' the mfa_serial of "
                  "its user's device, so that the first role is assumed with a code",
                  s->source->name);
        return;
    }
    if (s->device[0] != '\0') {
        task_tell(t, XA_ITEM_REMEDY, of("configuration"),
                  "configure for the source '%s': mfa_serial = %s", s->source->name, s->device);
        return;
    }
    if (s->hop->mfa_serial[0] == '\0' && !s->hop->may_want_mfa && !s->call.mfa)
        task_tell(t, XA_ITEM_REMEDY, of("configuration"),
                  "configure for '%s': mfa = auto (it is `never` now, here or for the source)",
                  s->hop->name);
    task_tell(t, XA_ITEM_REMEDY, of("configuration"),
              "configure for the source '%s': mfa_serial = arn:%.*s:iam::%.*s:mfa/%.*s (or "
              "whatever `aws iam list-mfa-devices --user-name %.*s` tells)", s->source->name,
              S(s->call.partition), S(s->call.account), S(s->call.user_name),
              S(s->call.user_name));
}

static void mend_tags(struct xa_task *t, const struct scene *s, const char *action,
                      const struct xa_trust_finding *f)
{
    static const char tag[] = "aws:RequestTag/";
    const size_t n = sizeof tag - 1;
    if (f != NULL && equals(f) && f->fault.key.len > n && is_plain(f->fault.want) &&
        xa_condition_key_is((struct xa_slice){ f->fault.key.at, n }, tag))
        task_tell(t, XA_ITEM_REMEDY, of("configuration"), "configure for '%s': tags = %.*s=%.*s",
                  s->hop->name, (int)(f->fault.key.len - n), (const char *)f->fault.key.at + n,
                  S(f->fault.want));
    else if (action == doctor_actions[1] && s->call.tags.len > 0)
        doctor_show_trust(t, s, action, "");
    else
        tell_condition(t, s, f);
}

static void mend_source_identity(struct xa_task *t, const struct scene *s, const char *action,
                                 const struct xa_trust_finding *f)
{
    if (f != NULL && f->fault.key.len > 0 && equals(f) && is_plain(f->fault.want))
        configure(t, s, "source_identity", f->fault.want);
    if (action == doctor_actions[2] && s->call.source_identity.len > 0)
        doctor_show_trust(t, s, action, "");
}

/* --- by cause ---------------------------------------------------------------------------- */

static void mend_key(struct xa_task *t, const struct scene *s)
{
    if (s->source->kind == XA_IDENTITY_FOREIGN) {
        task_tell(t, XA_ITEM_REMEDY, of("key"), FOREIGN_REMEDY, s->source->name);
        return;
    }
    task_tell(t, XA_ITEM_REMEDY, of("key"),
              "in account %s: make the access key %s active again; or store a new one: xacct "
              "remove %s, then xacct add %s", s->source->account, s->source->access_key_id,
              s->source->name, s->source->name);
    struct xa_slice user = xa_user_name_of(of(s->source->user_arn));
    if (user.len > 0)
        task_tell(t, XA_ITEM_REMEDY, of("key"), "an administrator there sees which: aws iam "
                  "list-access-keys --user-name %.*s", S(user));
}

static void mend_duration(struct xa_task *t, const struct scene *s)
{
    int64_t max_s = xa_details_number(task_notes(t), "max");
    char most[32];
    snprintf(most, sizeof most, "%lldm", (long long)(max_s > 0 ? max_s : 3600) / 60);
    configure(t, s, "duration", of(most));
    task_tell(t, XA_ITEM_REMEDY, of("role"), "or in account %s: aws iam update-role --role-name %s "
              "--max-session-duration %u", s->hop->account, s->hop->role_name, s->hop->wished_s);
}

static void mend_missing(struct xa_task *t, const struct scene *s)
{
    struct xa_slice admin = t->request.dest_admin;
    task_tell(t, XA_ITEM_REMEDY, of("role"),
              "make it: xacct setup %s --account %s --role %s --dest-admin %.*s --apply; or "
              "configure the role that is meant for '%s'", s->hop->name, s->hop->account,
              s->hop->role_name, S(admin.len > 0 ? admin : of("NAME")), s->hop->name);
}

static void mend_denial(struct xa_task *t, const struct scene *s,
                        const struct xa_trust_finding *f)
{
    char sid[160];
    task_tell(t, XA_ITEM_REMEDY, of("trust policy"),
              "in account %s: take %s that denies out of the trust policy of '%s', or change its "
              "condition", s->hop->account, sid_of(f, sid, sizeof sid), s->hop->role_name);
    if (f != NULL)
        tell_condition(t, s, f);
}

/* AWS takes no policy that names who is gone, so that one more statement would not do. */
static void replace_ghost(struct xa_task *t, const struct scene *s, const char *action,
                          const struct xa_trust_finding *f)
{
    char why[128];
    snprintf(why, sizeof why, ", in place of the one that names %.*s",
             S(f != NULL ? f->principal : of("it")));
    doctor_show_trust(t, s, action, why);
}

static void mend_trust(struct xa_task *t, const struct scene *s, enum cause cause,
                       const char *action, const struct xa_trust_finding *f)
{
    switch (cause) {
    case CAUSE_TRUST_EXTERNAL_ID: configure_wanted(t, s, "external_id", f); break;
    case CAUSE_TRUST_MFA: mend_mfa(t, s); break;
    case CAUSE_TRUST_SESSION_NAME: configure_wanted(t, s, "session_name", f); break;
    case CAUSE_TRUST_TAGS: mend_tags(t, s, action, f); break;
    case CAUSE_TRUST_SOURCE_IDENTITY: mend_source_identity(t, s, action, f); break;
    case CAUSE_TRUST_DENIES: mend_denial(t, s, f); break;
    case CAUSE_TRUST_CONDITION: tell_condition(t, s, f); break;
    case CAUSE_PRINCIPAL_RECREATED: replace_ghost(t, s, action, f); break;
    case CAUSE_TRUST_ORG:
        tell_condition(t, s, f);
        doctor_show_trust(t, s, action, ", which names the caller whatever its organization");
        break;
    default:
        doctor_show_trust(t, s, action, "");
        break;
    }
}

static void mend_region(struct xa_task *t, const struct scene *s)
{
    configure(t, s, "sts_region", of("us-east-1"));
    task_tell(t, XA_ITEM_REMEDY, of("region"), "or enable the region %s in account %s",
              s->hop->sts.region, s->hop->account);
}

static void mend_denying_policy(struct xa_task *t, const struct scene *s, const char *action)
{
    struct xa_slice policy = task_noted(t, "matched");
    task_tell(t, XA_ITEM_REMEDY, of("source policy"),
              "in account %.*s: take the Deny of %s on %s out of %s%.*s%s", S(s->call.account),
              action, s->hop->role_arn, policy.len > 0 ? "'" : "the caller's policies", S(policy),
              policy.len > 0 ? "'" : "");
}

static void tell_organization(struct xa_task *t, const struct scene *s, const char *action,
                              const char *policy)
{
    task_tell(t, XA_ITEM_REMEDY, of("organization"),
              "the administrator of the organization must let a %s allow %s on %s", policy, action,
              s->hop->role_arn);
}

void doctor_mend(struct xa_task *t, const struct scene *s, enum cause cause, const char *action,
                 const struct xa_trust_finding *f)
{
    switch (cause) {
    case CAUSE_KEY_INACTIVE: mend_key(t, s); break;
    case CAUSE_SECRET_WRONG:
    case CAUSE_ROOT_USER:
        task_tell(t, XA_ITEM_REMEDY, of("key"), "store the %s: xacct remove %s, then xacct add %s",
                  cause == CAUSE_ROOT_USER ? "key of an IAM user" : "right one", s->source->name,
                  s->source->name);
        break;
    case CAUSE_CLOCK:
        task_tell(t, XA_ITEM_REMEDY, of("clock"), "timedatectl set-ntp true");
        break;
    case CAUSE_CREDENTIALS_EXPIRED:
        task_tell(t, XA_ITEM_REMEDY, of("key"), FOREIGN_REMEDY, s->source->name);
        break;
    case CAUSE_REGION_DISABLED: mend_region(t, s); break;
    case CAUSE_SOURCE_POLICY_MISSING: doctor_show_source(t, s, action, ""); break;
    case CAUSE_SOURCE_POLICY_DENIES: mend_denying_policy(t, s, action); break;
    case CAUSE_SOURCE_MFA: mend_mfa(t, s); break;
    case CAUSE_BOUNDARY: show_boundary(t, s, action); break;
    case CAUSE_SCP: tell_organization(t, s, action, "service control policy"); break;
    case CAUSE_RCP: tell_organization(t, s, action, "resource control policy"); break;
    case CAUSE_VPC_ENDPOINT: tell_organization(t, s, action, "VPC endpoint policy"); break;
    case CAUSE_SESSION_POLICY:
        task_tell(t, XA_ITEM_REMEDY, of("configuration"), "change policy, policy_arns or readonly "
                  "of '%s'", s->chained ? s->parent->name : s->hop->name);
        break;
    case CAUSE_ROLE_MISSING: mend_missing(t, s); break;
    case CAUSE_ROLE_PATH: configure(t, s, "role_arn", task_noted(t, "arn")); break;
    case CAUSE_DURATION_ROLE: mend_duration(t, s); break;
    case CAUSE_DURATION_CHAINED: configure(t, s, "duration", of("1h")); break;
    case CAUSE_MFA_CODE:
        task_tell(t, XA_ITEM_REMEDY, of("code"), "xacct doctor %s, with the next code",
                  s->hop->name);
        break;
    case CAUSE_MFA_SERIAL: mend_mfa(t, s); break;
    case CAUSE_PARAMETER:
        task_tell(t, XA_ITEM_REMEDY, of("configuration"), "xacct config check");
        break;
    case CAUSE_WORKS:
    case CAUSE_UNKNOWN:
    case CAUSE_NONE:
        break;
    default: mend_trust(t, s, cause, action, f); break;
    }
}

/* --- what would tell --------------------------------------------------------------------- */

void doctor_would_tell(struct xa_task *t, const struct scene *s, bool source_unknown,
                       bool role_unknown)
{
    if (role_unknown)
        task_tell(t, XA_ITEM_REMEDY, of("command"), "xacct doctor %.*s --dest-admin NAME, with a "
                  "source or destination that may iam:GetRole in account %s",
                  S(t->request.wish.name), s->hop->account);
    if (role_unknown)
        task_tell(t, XA_ITEM_REMEDY, of("command"),
                  "or an administrator of account %s: aws iam get-role --role-name %s",
                  s->hop->account, s->hop->role_name);
    if (source_unknown)
        task_tell(t, XA_ITEM_REMEDY, of("command"),
                  "an administrator of account %.*s: aws iam simulate-principal-policy "
                  "--policy-source-arn %s --action-names sts:AssumeRole --resource-arns %s",
                  S(s->call.account), s->principal, s->hop->role_arn);
}
