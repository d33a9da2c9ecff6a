/* The closed table of what is signed (security N7), and that nothing beside it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/broker/call.h"
#include "agent/broker/policy.h"
#include "tests/lib/broker_kit.h"
#include "tests/lib/vault_kit.h"

static const struct {
    enum xa_action action;
    enum xa_identity_kind signer;
    const char *service, *name;             /* NULL: not signed */
    enum xa_answer answer;
} table[] = {
    { XA_ACTION_ASSUME_ROLE, XA_IDENTITY_SOURCE, "sts", "AssumeRole", XA_ANSWER_ASSUME_ROLE },
    { XA_ACTION_ASSUME_ROLE, XA_IDENTITY_ROLE, NULL, NULL, XA_ANSWER_ASSUME_ROLE },
    { XA_ACTION_CALLER_IDENTITY, XA_IDENTITY_SOURCE, "sts", "GetCallerIdentity",
      XA_ANSWER_CALLER_IDENTITY },
    { XA_ACTION_CALLER_IDENTITY, XA_IDENTITY_ROLE, "sts", "GetCallerIdentity",
      XA_ANSWER_CALLER_IDENTITY },
};

static void the_table_is_closed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct xa_deed *deed = xa_policy_deed(table[i].action, table[i].signer);
        assert_int_equal(deed != NULL, table[i].name != NULL);
        if (deed == NULL)
            continue;
        assert_int_equal(deed->action, table[i].action);
        assert_string_equal(deed->service, table[i].service);
        assert_string_equal(deed->name, table[i].name);
        assert_int_equal(deed->answer, table[i].answer);
    }
    for (unsigned action = XA_ACTION_CALLER_IDENTITY + 1; action < 300; action++) {
        assert_null(xa_policy_deed((enum xa_action)action, XA_IDENTITY_SOURCE));
        assert_null(xa_policy_deed((enum xa_action)action, XA_IDENTITY_ROLE));
    }
}

static void never(void *ctx, const struct xa_record *record, const struct xa_error *err)
{
    (void)ctx;
    (void)record;
    (void)err;
    fail();
}

/* Whether a call was sent; it is taken back. */
static bool sent(enum xa_action action, enum xa_identity_kind signer, const char *body,
                 struct xa_error *err)
{
    static struct xa_identity reach;
    struct xa_roles *roles = xa_roles_parse("/c", (struct xa_slice){ 0 }, err);
    assert_true(xa_identity_reach(roles, NULL, &reach, err));
    xa_roles_free(&roles);
    const struct xa_call_order order = {
        .reach = &reach, .action = action, .body = xa_slice_of(body), .vault = kit.vault,
        .source = xa_slice_of("main"), .signer = signer, .time_s = kit.wall_s,
    };
    unsigned n = kit.n_sent;
    struct xa_port_call *call = xa_call_send(&kit.port, &order, never, NULL, err);
    assert_int_equal(kit.n_sent - n, call != NULL);
    if (call != NULL)
        kit.port.cancel(call);
    return call != NULL;
}

static const struct { enum xa_action action; const char *body; bool good; } bodies[] = {
    { XA_ACTION_ASSUME_ROLE, "Action=AssumeRole&Version=2011-06-15", true },
    { XA_ACTION_CALLER_IDENTITY, "Action=GetCallerIdentity&Version=2011-06-15", true },
    { XA_ACTION_CALLER_IDENTITY, "Action=AssumeRole&Version=2011-06-15", false },
    { XA_ACTION_ASSUME_ROLE, "Action=AssumeRoleWithSAML&Version=2011-06-15", false },
    { XA_ACTION_ASSUME_ROLE, "Action=CreateAccessKey&Version=2010-05-08", false },
    { XA_ACTION_ASSUME_ROLE, "Version=2011-06-15&Action=AssumeRole", false },
    { XA_ACTION_ASSUME_ROLE, "Action=AssumeRole", false },
    { XA_ACTION_ASSUME_ROLE, "", false },
    { (enum xa_action)7, "Action=AssumeRole&Version=2011-06-15", false },
};

static void only_what_the_table_names_is_signed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct xa_error err = { 0 };
        assert_int_equal(sent(bodies[i].action, XA_IDENTITY_SOURCE, bodies[i].body, &err),
                         bodies[i].good);
        assert_int_equal(err.code, bodies[i].good ? XA_OK : XA_POLICY);
    }
    struct xa_error err;
    assert_false(sent(XA_ACTION_ASSUME_ROLE, XA_IDENTITY_ROLE, bodies[0].body, &err));
    assert_int_equal(err.code, XA_POLICY);
    xa_vault_lock(kit.vault);
    assert_false(sent(XA_ACTION_ASSUME_ROLE, XA_IDENTITY_SOURCE, bodies[0].body, &err));
    assert_int_equal(err.code, XA_LOCKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_closed),
        cmocka_unit_test_setup_teardown(only_what_the_table_names_is_signed, kit_start, kit_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
