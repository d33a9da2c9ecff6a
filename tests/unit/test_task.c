/* Long work: a place that comes back, one call a step, what is tried again; by way of revoke
 * and discover, as their requests come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/task_kit.h"
#include "tests/lib/vault_kit.h"

/* --- revoke -------------------------------------------------------------------------------- */

#define WHO "Action=GetCallerIdentity&Version=2011-06-15"

static void revoke(const char *dest, const char *admin)
{
    step.type = XA_REVOKE;
    step.request.wish.name = xa_slice_of(dest);
    step.request.dest_admin = xa_slice_of(admin);
}

static void who(const char *arn)
{
    struct xa_record record = kit_caller(arn);
    kit_answer(&record);
    assert_true(step.ended);
}

static void test_a_role_denies_what_is_older(void **state)
{
    char form[1024];
    (void)state;
    kit.wall_s = 1768484096;                       /* 2026-01-15T13:34:56Z */
    revoke("prod", NULL);
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    step_issue("Admin");
    assert_true(xa_slice_is(kit.calls->request.body, WHO));
    who("arn:aws:sts::222222222222:assumed-role/Admin/alice");
    step_take();
    assert_false(step.result.done);
    snprintf(form, sizeof form,
             "Action=PutRolePolicy&Version=2010-05-08&RoleName=Admin&"
             "PolicyName=AWSRevokeOlderSessions&PolicyDocument="
             "%%7B%%22Statement%%22%%3A%%5B%%7B%%22Action%%22%%3A%%5B%%22%%2A%%22%%5D%%2C"
             "%%22Condition%%22%%3A%%7B%%22DateLessThan%%22%%3A%%7B%%22aws%%3ATokenIssueTime%%22"
             "%%3A%%222026-01-15T13%%3A35%%3A01Z%%22%%7D%%7D%%2C%%22Effect%%22%%3A%%22Deny%%22"
             "%%2C%%22Resource%%22%%3A%%5B%%22%%2A%%22%%5D%%7D%%5D%%2C%%22Version%%22%%3A"
             "%%222012-10-17%%22%%7D");
    step_sends(form);
    assert_true(xa_task_is_committed(step.task));
    step_answer("");
    assert_true(step.result.done);
    assert_non_null(strstr(step.heard, "2 " ROLE "Admin " ROLE "Admin denies every session issued "
                           "before 2026-01-15T13:35:01Z\n"));
    assert_true(xa_slice_is(xa_task_forgets(step.task), "prod"));
}

static void test_the_time_is_the_one_that_aws_has_told(void **state)
{
    struct xa_record record;
    (void)state;
    revoke("prod", "main");
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    record = kit_caller("arn:aws:iam::222222222222:user/alice");
    record.date_s = kit.wall_s + 200;              /* AWS takes what is so wrong */
    kit_answer(&record);
    step_take();
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    assert_int_equal(step.task->now_s, kit.wall_s + 200);
    step_answer("");
}

static void test_another_accounts_role_is_left_alone(void **state)
{
    (void)state;
    revoke("prod", "main");
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    who("arn:aws:iam::111111111111:user/alice");
    assert_int_equal(step.turn, XA_TASK_FAILS);
    assert_int_equal(step.err.code, XA_OTHER_ACCOUNT);
    assert_null(kit.calls);
}

static void test_what_the_role_may_not_is_said(void **state)
{
    (void)state;
    revoke("prod", NULL);
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    step_issue("Admin");
    who("arn:aws:sts::222222222222:assumed-role/Admin/alice");
    step_take();
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    step_refuse("AccessDenied", "not authorized to perform: iam:PutRolePolicy");
    assert_int_equal(step.turn, XA_TASK_FAILS);
    assert_int_equal(step.err.code, XA_AWS_REFUSED);
    assert_non_null(strstr(step.err.hint, "--dest-admin"));
    assert_int_equal(xa_task_forgets(step.task).len, 0);
}

static void test_a_source_loses_its_key(void **state)
{
    (void)state;
    revoke("main", NULL);
    step.request.key_too = true;
    step_sends("Action=UpdateAccessKey&Version=2010-05-08&UserName=alice&AccessKeyId=" KIT_KEY_ID
               "&Status=Inactive");
    step_answer("");
    assert_true(step.result.done);
    assert_non_null(strstr(step.heard, "the access key " KIT_KEY_ID " of 'main' is inactive"));
}

/* The answer counts although the vault holds nothing any more that it could be told by. */
static void test_a_lock_in_the_middle_changes_no_outcome(void **state)
{
    (void)state;
    revoke("main", NULL);
    step.request.key_too = true;
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    xa_vault_lock(kit.vault);
    xa_broker_locked(kit.broker, false);
    assert_false(step.ended);
    step_answer("");
    assert_true(step.result.done);
    step.request.place.len = 0;
    assert_int_equal(step_ask(), XA_FAILED);
    assert_int_equal(step.err.code, XA_NO_SUCH_NAME);
}

static void test_a_lock_ends_a_step_that_waits_for_credentials(void **state)
{
    (void)state;
    revoke("prod", NULL);
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    assert_false(xa_task_is_committed(step.task));
    xa_vault_lock(kit.vault);
    xa_broker_locked(kit.broker, false);
    assert_true(step.ended && step.turn == XA_TASK_FAILS);
    assert_int_equal(step.err.code, XA_LOCKED);
}

static void test_what_cannot_be_revoked(void **state)
{
    (void)state;
    revoke("main", NULL);
    assert_false(step_open());
    assert_int_equal(step.err.code, XA_USAGE);
    revoke("nobody", NULL);
    assert_false(step_open());
    assert_int_equal(step.err.code, XA_NO_SUCH_NAME);
    revoke("other", NULL);
    step.request.key_too = true;
    assert_false(step_open());
    assert_non_null(strstr(step.err.hint, "whoami"));   /* whose it is was never proven */
}

static void test_a_step_that_is_given_up_is_not_heard_of(void **state)
{
    (void)state;
    revoke("prod", "main");
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    xa_task_free(&step.task);
    assert_int_equal(kit.n_cancelled, 1);
    assert_false(step.ended);
}

/* --- AWS is busy ------------------------------------------------------------------------------ */

static void test_what_was_too_much_comes_again_later(void **state)
{
    (void)state;
    revoke("main", NULL);
    step.request.key_too = true;
    kit.chance = UINT32_MAX;
    for (unsigned i = 0; i < TASK_TRIES_MAX; i++) {
        assert_int_equal(step_ask(), XA_WILL_ANSWER);
        step_refuse("Throttling", "Rate exceeded");
        step_take();
        assert_false(step.result.done);
        assert_in_range(step.result.wait_ms, 200, 200 + (1000u << i));
    }
    assert_non_null(strstr(step.heard, "AWS is busy"));
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    step_refuse("Throttling", "Rate exceeded");
    assert_int_equal(step.turn, XA_TASK_FAILS);
    assert_int_equal(step.err.code, XA_AWS_THROTTLED);
}

static void test_what_came_through_is_counted_anew(void **state)
{
    (void)state;
    revoke("prod", "main");
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    step_refuse("ServiceFailure", "");
    assert_int_equal(step.turn, XA_TASK_FAILS);         /* not among those that pass */
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    step_refuse("ServiceUnavailable", "");
    step_take();
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    assert_int_equal(step.task->tries, 1);
    who("arn:aws:iam::222222222222:user/alice");
    step_take();
    assert_int_equal(step.task->tries, 0);
}

/* --- the place -------------------------------------------------------------------------------- */

static void discover(void)
{
    step.type = XA_DISCOVER;
    step.request.wish.name = xa_slice_of("main");
}

static bool takes_place(const void *bytes, size_t len)
{
    step.request.place = (struct xa_slice){ bytes, len };
    return step_open();
}

static void test_a_place_that_is_none_is_refused(void **state)
{
    uint8_t bytes[XA_PLACE_MAX];
    (void)state;
    discover();
    assert_int_equal(step_ask(), XA_WILL_ANSWER);
    step_answer("group devs\n");
    size_t len = step.result.place.len;
    memcpy(bytes, step.place, len);
    assert_true(takes_place(bytes, len));
    for (size_t cut = 1; cut < len; cut++)
        assert_false(takes_place(bytes, cut));
    assert_int_equal(step.err.code, XA_BAD_MESSAGE);
    bytes[len] = 0;
    assert_false(takes_place(bytes, len + 1));
    step.type = XA_REVOKE;                              /* of other work */
    assert_false(takes_place(bytes, len));
    discover();
    bytes[len - 1] = 'x';                          /* the last note has no end */
    assert_false(takes_place(bytes, len));
}

/* Whatever notes say: nothing is signed that the table has not, and it comes to an end. */
static void test_garbage_in_a_place_is_survived(void **state)
{
    static const char *const words[] = {
        "role ", "role x\n", "version -\n", "policy a b c\n", "inline.group x\n", "groups \n",
        "more x\n", "seen 0\n", "by y\n", "names.group -\n", "role arn:aws:iam::222222222222:role/A\n",
        "inline.user  \n", "attached.group g\n",
    };
    uint32_t x = 12345;
    (void)state;
    discover();
    for (int round = 0; round < 2000; round++) {
        struct xa_writer w = xa_writer_init(step.place, sizeof step.place), notes;
        char text[512];
        notes = xa_writer_init(text, sizeof text);
        for (int i = 0; i < 6; i++) {
            x = x * 1664525 + 1013904223;
            const char *some = words[(x >> 16) % (sizeof words / sizeof words[0])];
            xa_write_bytes(&notes, some, strlen(some));
        }
        xa_write_u8(&w, 1);
        xa_write_u8(&w, XA_DISCOVER);
        xa_write_u16(&w, (uint16_t)x);
        xa_write_u32(&w, x | 1);
        xa_write_u32(&w, x >> 8);
        xa_write_u8(&w, (uint8_t)x);
        xa_write_u16(&w, (uint16_t)notes.len);
        xa_write_bytes(&w, text, notes.len);
        step.request.place = (struct xa_slice){ step.place, w.len };
        for (int i = 0; i < 40 && step_ask() == XA_WILL_ANSWER; i++) {
            assert_null(kit.calls->next);
            if (i % 2 == 0) {
                step_answer("policy p\nname n\nversion v\nstatement -\neffect Allow\naction *\n"
                            "resource " ROLE "Z\n");
            } else {
                step_refuse("NoSuchEntity", "");
                if (step.turn != XA_TASK_ANSWERS)
                    break;
                step_take();
            }
            if (step.result.done)
                break;
        }
        step.heard[0] = '\0';
    }
}

static void test_notes(void **state)
{
    (void)state;
    discover();
    assert_true(step_open());
    assert_true(task_note(step.task, "a", xa_slice_of("1")) &&
                task_note(step.task, "b", xa_slice_of("")) &&
                task_note(step.task, "a", xa_slice_of("2")));
    assert_true(xa_slice_is(task_noted(step.task, "a"), "1"));
    assert_true(task_renote(step.task, "a", xa_slice_of("3")));
    assert_true(xa_slice_is(task_notes(step.task), "b \na 3\n"));
    assert_false(task_note(step.task, "a", xa_slice_of("two\nlines")));
    char much[TASK_NOTES_MAX];
    memset(much, 'x', sizeof much);
    const struct xa_slice all = { (const uint8_t *)much, sizeof much - 8 };
    assert_false(task_note(step.task, "a", all));
    assert_true(xa_slice_is(task_notes(step.task), "b \na 3\n"));
}

static void test_more_than_there_is_room_for_is_said(void **state)
{
    char text[1000];
    struct xa_item item;
    unsigned n = 0;
    (void)state;
    discover();
    assert_true(step_open());
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 40; i++)
        task_tell(step.task, XA_ITEM_NOTE, (struct xa_slice){ 0 }, "%s", text);
    task_tell(step.task, XA_ITEM_NOTE, (struct xa_slice){ 0 }, "short");
    xa_task_answer(step.task, &step.result);
    while (xa_list_next(&step.result.items, &xa_msg_item, &item, &step.err))
        n++;
    assert_int_equal(step.err.code, XA_OK);
    assert_in_range(n, 10, 17);
    assert_true(xa_slice_is(item.text, "more is not shown"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, step_start, step_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_role_denies_what_is_older),
        TEST(test_the_time_is_the_one_that_aws_has_told),
        TEST(test_another_accounts_role_is_left_alone),
        TEST(test_what_the_role_may_not_is_said),
        TEST(test_a_source_loses_its_key),
        TEST(test_a_lock_in_the_middle_changes_no_outcome),
        TEST(test_a_lock_ends_a_step_that_waits_for_credentials),
        TEST(test_what_cannot_be_revoked),
        TEST(test_a_step_that_is_given_up_is_not_heard_of),
        TEST(test_what_was_too_much_comes_again_later),
        TEST(test_what_came_through_is_counted_anew),
        TEST(test_a_place_that_is_none_is_refused),
        TEST(test_garbage_in_a_place_is_survived),
        TEST(test_notes),
        TEST(test_more_than_there_is_room_for_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
