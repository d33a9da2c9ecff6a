/* ARNs, targets of `dest add`, and the session name made of any text. */
#include "agent/aws/arn.h"
#include "tests/fuzz/fuzz.h"

static void check_role(const struct xa_role_arn *role, struct xa_slice text)
{
    HOLDS(xa_account_valid(role->account) && xa_role_name_valid(role->name));
    HOLDS(role->path.len >= 1 && role->path.len <= XA_ROLE_PATH_MAX);
    HOLDS(role->path.at[0] == '/' && role->path.at[role->path.len - 1] == '/');
    HOLDS(lies_in(role->partition, text) && lies_in(role->account, text));
    HOLDS(lies_in(role->name, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xa_slice text = { data, size }, account, role_name, session;
    struct xa_role_arn role, target;
    struct xa_error err;
    char name[XA_SESSION_NAME_MAX + 1], again[XA_SESSION_NAME_MAX + 1];
    bool is_arn = xa_role_arn_parse(text, &role, &err);
    if (is_arn) {
        check_role(&role, text);
        HOLDS(role.partition.len > 0 && size <= XA_ARN_MAX);
    } else {
        HOLDS(err.code == XA_BAD_CONFIG && xa_text_printable(xa_slice_of(err.message)));
    }
    bool is_target = xa_role_target_parse(text, &target, &err);
    HOLDS(is_target || !is_arn);
    if (is_target) {
        check_role(&target, text);
        HOLDS((target.partition.len > 0) == is_arn);
    }
    if (xa_assumed_role_parse(text, &account, &role_name, &session)) {
        HOLDS(!is_arn && role_name.len > 0 && session.len > 0);
        HOLDS(account.len == 0 || xa_account_valid(account));
        HOLDS(lies_in(account, text) && lies_in(role_name, text) && lies_in(session, text));
    }
    HOLDS(lies_in(xa_user_name_of(text), text));
    xa_session_name_from(text, name);
    size_t len = strlen(name);
    HOLDS(len >= XA_SESSION_NAME_MIN && len <= XA_SESSION_NAME_MAX);
    xa_session_name_from(xa_slice_of(name), again);
    HOLDS(strcmp(name, again) == 0);      /* what is clean stays as it is */
    return 0;
}
