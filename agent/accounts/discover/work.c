/* The list of what is left to read, in the notes of the task. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/discover/impl.h"
#include "agent/vault/hash.h"

#define MARK_LEN 12                    /* hexadecimal digits by which a role is known   */

const struct discover_work discover_works[] = {
    [DISCOVER_SIMULATE] = { "role", XA_ACTION_SIMULATE, "iam:SimulatePrincipalPolicy", NULL, NULL },
    { "version", XA_ACTION_GET_POLICY_VERSION, "iam:GetPolicyVersion", NULL, NULL },
    { "policy", XA_ACTION_GET_POLICY, "iam:GetPolicy", NULL, NULL },
    { "inline.user", XA_ACTION_GET_USER_POLICY, "iam:GetUserPolicy", NULL, NULL },
    { "inline.group", XA_ACTION_GET_GROUP_POLICY, "iam:GetGroupPolicy", NULL, NULL },
    { "groups", XA_ACTION_LIST_GROUPS, "iam:ListGroupsForUser", "group", NULL },
    { "attached.user", XA_ACTION_LIST_ATTACHED_USER, "iam:ListAttachedUserPolicies", "policy",
      "policy" },
    { "names.user", XA_ACTION_LIST_USER, "iam:ListUserPolicies", "name", "inline.user" },
    { "attached.group", XA_ACTION_LIST_ATTACHED_GROUP, "iam:ListAttachedGroupPolicies", "policy",
      "policy" },
    { "names.group", XA_ACTION_LIST_GROUP, "iam:ListGroupPolicies", "name", "inline.group" },
};

#define N_WORKS (sizeof discover_works / sizeof discover_works[0])

const struct discover_work *discover_first(struct xa_task *t, struct xa_slice *ret_item)
{
    for (size_t i = 0; i < N_WORKS; i++) {
        struct xa_slice rest = task_notes(t);
        struct xa_detail line;
        while (xa_detail_next(&rest, &line))
            if (xa_slice_is(line.key, discover_works[i].key)) {
                *ret_item = line.value;
                return &discover_works[i];
            }
    }
    return NULL;
}

void discover_add(struct xa_task *t, const char *key, struct xa_slice first,
                  struct xa_slice second)
{
    char line[XA_ARN_MAX + 64];
    const char *blank = second.len > 0 ? " " : "";
    int len = snprintf(line, sizeof line, "%.*s%s%.*s", (int)first.len, (const char *)first.at,
                       blank, (int)second.len, second.len > 0 ? (const char *)second.at : "");
    const struct xa_slice value = { (const uint8_t *)line, (size_t)len };
    if (len < 0 || (size_t)len >= sizeof line || !task_note(t, key, value))
        t->flags |= DISCOVER_CUT;
}

bool discover_is_new(struct xa_task *t, struct xa_slice arn)
{
    char seen[DISCOVER_ROLES_MAX * 2 * MARK_LEN], mark[XA_HASH_TEXT_SIZE];
    struct xa_slice before = task_noted(t, "seen");
    xa_hash_text(mark, &arn, 1);
    for (size_t at = 0; at + MARK_LEN <= before.len; at += MARK_LEN)
        if (memcmp(before.at + at, mark, MARK_LEN) == 0)
            return false;
    if (before.len > sizeof seen - MARK_LEN) {
        t->flags |= DISCOVER_FULL;
        return false;
    }
    if (before.len > 0)
        memcpy(seen, before.at, before.len);
    memcpy(seen + before.len, mark, MARK_LEN);
    const struct xa_slice value = { (const uint8_t *)seen, before.len + MARK_LEN };
    if (!task_renote(t, "seen", value))
        t->flags |= DISCOVER_CUT;
    return true;
}
