/* The terms as a person is to see them: what would be made, and the reason of each part. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/accounts/setup/setup.h"
#include "agent/aws/query.h"

struct telling { struct xa_writer items; };

static void tell_of(struct telling *t, enum xa_item_kind kind, const char *subject,
                    struct xa_slice document, const char *fmt, ...) XA_PRINTF(5, 6);

static void tell_of(struct telling *t, enum xa_item_kind kind, const char *subject,
                    struct xa_slice document, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    const struct xa_item item = { (uint32_t)kind, xa_slice_of(subject), xa_slice_of(text),
                                  document };
    struct xa_writer before = t->items;
    xa_list_append(&t->items, &xa_msg_item, &item);
    if (t->items.bad)
        t->items = before;
}

#define REASON(t, subject, ...) \
    tell_of(t, XA_ITEM_NOTE, subject, (struct xa_slice){ 0 }, __VA_ARGS__)
#define CAUTION(t, subject, ...) \
    tell_of(t, XA_ITEM_WARNING, subject, (struct xa_slice){ 0 }, __VA_ARGS__)

/* --- the role ------------------------------------------------------------------------------- */

static void tell_whom(struct telling *t, const struct xa_setup_terms *s)
{
    switch (s->trust) {
    case XA_TRUST_USER:
        REASON(t, "trust_policy", "XacctAssume: %s may assume the role, and nobody else",
               s->source.arn);
        break;
    case XA_TRUST_ACCOUNT:
        CAUTION(t, "trust_policy", "XacctAssume: everybody in the account %s whom that account "
                "allows it may assume the role, not only %s", s->source.account, s->source.arn);
        break;
    case XA_TRUST_ORG:
        CAUTION(t, "trust_policy", "XacctAssume: everybody in the organization %s whom their "
                "account allows it may assume the role, not only %s", s->org, s->source.arn);
        break;
    }
}

static void tell_conditions(struct telling *t, const struct xa_setup_terms *s)
{
    if (s->external_id[0] != '\0')
        REASON(t, "trust_policy", "sts:ExternalId: whoever asks for the role must send this id; it "
               "is no secret, and no substitute for a narrow trust");
    if (s->require_mfa)
        REASON(t, "trust_policy", "aws:MultiFactorAuthPresent: only with an MFA code");
    if (s->tags[0] != '\0')
        REASON(t, "trust_policy", "XacctTags: session tags with these keys may be sent");
    if (s->source_identity[0] != '\0')
        REASON(t, "trust_policy", "XacctSourceIdentity: the session may be marked as '%s'",
               s->source_identity);
}

static void tell_permissions(struct telling *t, const struct xa_setup_terms *s)
{
    static const char admin[] = ":iam::aws:policy/AdministratorAccess";
    for (size_t i = 0; i < s->n_permissions; i++) {
        struct xa_slice arn = xa_setup_permission(s, i);
        size_t len = strlen(admin);
        if (arn.len > len && memcmp(arn.at + arn.len - len, admin, len) == 0)
            CAUTION(t, "permissions", "AdministratorAccess: whoever has the role may do everything "
                    "in the account %.*s; --permissions takes less", XA_ACCOUNT_LEN,
                    (const char *)s->role.account.at);
        else
            REASON(t, "permissions", "%.*s: what the role may do", (int)arn.len,
                   (const char *)arn.at);
    }
}

static void tell_role(struct telling *t, const struct xa_setup_terms *s)
{
    REASON(t, "role", "what %.*s switches into", (int)s->user_name.len,
           (const char *)s->user_name.at);
    tell_whom(t, s);
    tell_conditions(t, s);
    tell_permissions(t, s);
    if (s->max_duration_s == 0 && s->duration_s > XA_SETUP_DURATION_S)
        CAUTION(t, "role", "sessions of %um are wished, and a new role gives %um at most; "
                "--max-duration makes it more", s->duration_s / 60, XA_SETUP_DURATION_S / 60);
    if (s->max_duration_s != 0)
        REASON(t, "max_duration", "the longest session that AWS gives for it");
}

/* --- the user ------------------------------------------------------------------------------- */

static void tell_user(struct telling *t, const struct xa_setup_terms *s)
{
    REASON(t, "source_policy", "XacctAssume: the user may assume this one role, and no other by "
           "this policy");
    if (s->tags[0] != '\0')
        REASON(t, "source_policy", "XacctTags: and send session tags to it");
    if (s->source_identity[0] != '\0')
        REASON(t, "source_policy", "XacctSourceIdentity: and mark its sessions");
    REASON(t, "source_policy", "one policy of %.*s for all that setup makes: where it is there "
           "already, the role is added to it", (int)s->user_name.len,
           (const char *)s->user_name.at);
    if (s->dest_is_there)
        tell_of(t, XA_ITEM_SAME, "dest", (struct xa_slice){ 0 },
                "the configuration has the destination '%s'", s->dest);
}

void xa_setup_plan(const struct xa_setup_terms *s, const struct xa_task_request *request,
                   struct xa_setup_plan_room *room, struct xa_setup_plan_result *ret)
{
    struct telling t = { xa_writer_init(room->items, sizeof room->items) };
    const struct xa_slice grants = { (const uint8_t *)s->grants, s->grants_len };
    size_t len = xa_source_document(grants, room->source_policy, sizeof room->source_policy);
    tell_role(&t, s);
    tell_user(&t, s);
    *ret = (struct xa_setup_plan_result){
        .role_arn = xa_slice_of(s->role_arn),
        .role_name = s->role.name,
        .role_path = s->role.path,
        .account = s->role.account,
        .trust_policy = { (const uint8_t *)s->trust_policy, s->trust_policy_len },
        .permissions = xa_slice_of(s->permissions),
        .max_duration_s = s->max_duration_s,
        .source = xa_slice_of(s->source.name),
        .user_name = s->user_name,
        .user_arn = xa_slice_of(s->source.arn),
        .source_policy_arn = xa_slice_of(s->policy_arn),
        .policy_name = xa_slice_of(s->policy_name),
        .source_policy = { (const uint8_t *)room->source_policy, len },
        .external_id = xa_slice_of(s->external_id),
        .region = request->wish.region,
        .items = { t.items.at, t.items.len },
    };
}
