#include "agent/accounts/deed.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_OF_KEY 4                 /* as of issued credentials (agent/audit.c)        */

static bool changes(const char *action)
{
    static const char *const verbs[] = { "Create", "Update", "Delete", "Put", "Attach", "Detach" };
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strncmp(action, verbs[i], strlen(verbs[i])) == 0)
            return true;
    return false;
}

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Of a value that xa_query_add has written; what no log should hold becomes a '?'. */
static void decode(struct xa_slice value, char *room, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < value.len && len + 1 < size; i++) {
        int c = value.at[i];
        if (c == '%' && i + 2 < value.len) {
            c = 16 * digit(value.at[i + 1]) + digit(value.at[i + 2]);
            i += 2;
        }
        room[len++] = (char)(c > ' ' && c < 0x7f ? c : '?');
    }
    room[len] = '\0';
}

/* A long-lived key's id is told by its end only. */
static void add(struct xa_task *t, const char *name, const char *value)
{
    size_t used = strlen(t->subject), len = strlen(value);
    bool is_key = strcmp(name, "AccessKeyId") == 0;
    snprintf(t->subject + used, sizeof t->subject - used, " %s %s%s", name, is_key ? "..." : "",
             is_key && len > SHOWN_OF_KEY ? value + len - SHOWN_OF_KEY : value);
}

static void add_parameters(struct xa_task *t, struct xa_slice form)
{
    static const char *const names[] = { "RoleName", "UserName", "PolicyName", "PolicyArn",
                                         "VersionId", "AccessKeyId", "Status" };
    char text[XA_ARN_MAX + 1];
    while (form.len > 0) {
        struct xa_slice value = xa_slice_cut(&form, '&'), name = xa_slice_cut(&value, '=');
        decode(value, text, sizeof text);
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (xa_slice_is(name, names[i]))
                add(t, names[i], text);
    }
}

void deed_begin(struct xa_task *t)
{
    const struct xa_deed *deed = xa_policy_deed(t->action, XA_IDENTITY_SOURCE, false);
    t->subject[0] = t->deed[0] = '\0';
    t->changing = t->wanted.name.len == 0 && deed != NULL && strcmp(deed->service, "iam") == 0 &&
                  changes(deed->name);
    if (!t->changing)
        return;
    snprintf(t->subject, sizeof t->subject, "%s", deed->name);
    add_parameters(t, (struct xa_slice){ t->form.at, t->form.len });
}

/* Of who acts: a role's own, or that of the user whose key it is. */
static struct xa_slice account_of(const struct xa_identity *signer)
{
    struct xa_slice arn = xa_slice_of(signer->user_arn);
    if (signer->account[0] != '\0')
        return xa_slice_of(signer->account);
    for (int i = 0; i < 4; i++)
        (void)xa_slice_cut(&arn, ':');
    return xa_slice_cut(&arn, ':');
}

void deed_end(struct xa_task *t, const struct xa_record *record)
{
    char code[XA_AWS_CODE_MAX + 1] = "", key[XA_ACCESS_KEY_ID_MAX + 1] = "";
    if (!t->changing)
        return;
    bool answered = record != NULL && record->outcome == XA_OUTCOME_ANSWERED;
    bool done = answered && record->status == 200;
    if (answered && !done && !xa_slice_copy(record->aws_code, code, sizeof code))
        code[0] = '\0';
    if (done && t->action == XA_ACTION_CREATE_ACCESS_KEY &&
        xa_slice_copy(record->access_key_id, key, sizeof key))
        add(t, "AccessKeyId", key);
    struct xa_slice account = account_of(&t->act.signer);
    snprintf(t->deed, sizeof t->deed, "%s, as '%s' in %.*s: %s%s", t->subject, t->signer,
             account.len > 0 ? (int)account.len : 1,
             account.len > 0 ? (const char *)account.at : "?",
             done ? "done" : answered ? "refused, " : "no answer", code);
}
