/* What rotate says when AWS denies it something: which action it was, and the statement that
 * allows all that it needs of the user whose keys they are. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/rotate/impl.h"
#include "agent/aws/arn.h"

#define STATEMENT "{\"Effect\":\"Allow\",\"Action\":[\"iam:CreateAccessKey\"," \
                  "\"iam:DeleteAccessKey\",\"iam:UpdateAccessKey\",\"iam:ListAccessKeys\"," \
                  "\"iam:GetAccessKeyLastUsed\"],\"Resource\":\"%.*s\"}"
#define OWN_USER ":iam::*:user/${aws:username}"

/* AWS says so where an allowing statement is all that is missing; where it gives no reason,
 * that is the likely one. Against what denies by name a statement would do nothing. */
static bool lacks_a_statement(const struct xa_error *err)
{
    return err->why[0] == '\0' || strstr(err->message, "no identity-based policy") != NULL;
}

/* The user themself, as facts 9.4 has it; but ${aws:username} is the name without the path. */
static void name_user(struct xa_slice arn, char *room, size_t size)
{
    struct xa_slice user = xa_user_name_of(arn);
    static const char kind[] = ":user/";
    const uint8_t *found = memmem(arn.at, arn.len, kind, sizeof kind - 1);
    const uint8_t *account = memmem(arn.at, arn.len, ":iam:", 5);
    bool has_path = found != NULL && found + sizeof kind - 1 != user.at;
    if (has_path || account == NULL)
        snprintf(room, size, "%.*s", (int)arn.len, (const char *)arn.at);
    else
        snprintf(room, size, "%.*s%s", (int)(account - arn.at), (const char *)arn.at, OWN_USER);
}

void rotate_explain_denial(const struct xa_task *t, const struct scene *s, struct xa_error *err)
{
    const struct xa_deed *deed = xa_policy_deed(t->action, XA_IDENTITY_SOURCE, false);
    char user[XA_ARN_MAX + 1], statement[sizeof err->why];
    if (!task_refused_as(err, "AccessDenied") || t->action == XA_ACTION_CALLER_IDENTITY ||
        deed == NULL)
        return;
    if (!lacks_a_statement(err)) {
        xa_hint(err, "allow iam:%s there, then: xacct rotate %s", deed->name, s->source.name);
        return;
    }
    name_user(xa_slice_of(s->source.arn), user, sizeof user);
    int len = snprintf(statement, sizeof statement,
                       "its user may not do iam:%s; what rotate needs: " STATEMENT, deed->name,
                       (int)strlen(user), user);
    if (len < (int)sizeof statement)
        xa_why(err, "%s", statement);
    xa_hint(err, "allow iam:%s with %s, then: xacct rotate %s", deed->name,
            len < (int)sizeof statement ? "that statement" : s->source.arn, s->source.name);
}
