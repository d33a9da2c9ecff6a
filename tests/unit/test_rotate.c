/* rotate, step by step, against an AWS that says what the test wants: and what a place that
 * a client has invented can bring about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/accounts/rotate/judge.h"
#include "agent/accounts/task.h"
#include "agent/vault/others.h"
#include "agent/vault/rotation.h"
#include "tests/lib/broker_kit.h"
#include "tests/lib/place_kit.h"
#include "tests/lib/vault_kit.h"

#define OTHER_ID "AKIAOTHERKEYOFUSER00"
#define NEW_ID KIT_NEW_KEY_ID

/* --- one step ------------------------------------------------------------------------- */

static struct {
    bool done, asks;
    uint8_t place[XA_PLACE_MAX];
    size_t place_len;
    char body[512];                    /* of the call it made; "" if none            */
    struct xa_error err;
    enum xa_task_turn turn;            /* of the answer                              */
    struct xa_task *task;
} now;

/* What AWS keeps of the user, and whether it knows the new key yet. */
static struct { bool old, other, new, old_inactive, knows_new, takes_new, lists_none; unsigned n_made; }
aws;

static struct xa_slice text(const char *s)
{
    return xa_slice_of(s);
}

static struct xa_record lines(const char *details)
{
    return (struct xa_record){ .outcome = XA_OUTCOME_ANSWERED, .status = 200, .details = text(details) };
}

static bool signed_by(const char *id)
{
    return strstr(kit_header(&kit.calls->request, "Authorization"), id) != NULL;
}

static struct xa_record list_of_keys(void)
{
    static char room[512];
    if (signed_by(NEW_ID) && !aws.takes_new)
        return kit_error(403, "InvalidClientTokenId", "no more");
    if (aws.lists_none)
        return lines("");
    snprintf(room, sizeof room, "%s%s%s",
             !aws.old ? "" : aws.old_inactive ? "key " KIT_KEY_ID "\nstatus Inactive\ncreated 1\n"
                                              : "key " KIT_KEY_ID "\nstatus Active\ncreated 1\n",
             aws.other ? "key " OTHER_ID "\nstatus Active\ncreated 1\n" : "",
             aws.new ? "key " NEW_ID "\nstatus Active\ncreated 1768480496\n" : "");
    return lines(room);
}

/* Carries the call out. */
static struct xa_record answer(const char *body)
{
    struct xa_record record = lines("");
    if (strstr(body, "Action=ListAccessKeys&") == body)
        return list_of_keys();
    if (strstr(body, "Action=GetAccessKeyLastUsed&") == body)
        return lines("user alice\nservice N/A\n");
    if (strstr(body, "Action=CreateAccessKey&") == body) {
        record = lines("user alice\nstatus Active\ncreated 1768480496\n");
        record.access_key_id = text(NEW_ID);
        record.secret = text(KIT_NEW_SECRET);
        aws.new = true;
        aws.n_made++;
    } else if (strstr(body, "Action=GetCallerIdentity&") == body) {
        bool known = signed_by(NEW_ID) ? aws.knows_new : aws.old && !aws.old_inactive;
        return known ? kit_caller(KIT_DEEP_ARN)
                             : kit_error(403, "InvalidClientTokenId", "not yet");
    } else if (strstr(body, "Action=UpdateAccessKey&") == body) {
        assert_non_null(strstr(body, "Status=Inactive"));
        assert_non_null(strstr(body, "AccessKeyId=" KIT_KEY_ID));
        aws.old_inactive = true;
    } else if (strstr(body, "Action=DeleteAccessKey&") == body) {
        if (strstr(body, KIT_KEY_ID) != NULL)
            aws.old = false;
        else if (strstr(body, OTHER_ID) != NULL)
            aws.other = false;
        else
            aws.new = false;
    } else {
        fail_msg("who asked for this? %s", body);
    }
    return record;
}

/* What happens while AWS works; or NULL. */
static void (*meanwhile)(void);

static void on_done(void *ctx, enum xa_task_turn turn, const struct xa_error *err)
{
    (void)ctx;
    now.turn = turn;
    now.err = *err;
}

static void call(void)
{
    struct xa_question *question = NULL;
    struct xa_error err = { 0 };
    enum xa_outlook outlook =
        xa_task_call(now.task, 1000, on_done, NULL, &now.turn, &question, &err);
    if (outlook == XA_FAILED) {
        now.turn = XA_TASK_FAILS;
        now.err = err;
        return;
    }
    assert_int_equal(outlook, XA_WILL_ANSWER);
    struct xa_slice body = kit.calls->request.body;
    snprintf(now.body, sizeof now.body, "%.*s", (int)body.len, (const char *)body.at);
    struct xa_record record = answer(now.body);
    if (meanwhile != NULL)
        meanwhile();
    kit_answer(&record);
}

static void save(void)
{
    struct xa_error err = { 0 }, failure = { 0 };
    struct xa_vault_job *job = xa_task_save(now.task, &failure);
    if (job != NULL)
        xa_vault_job_run(job);
    bool ok = job != NULL && xa_vault_job_end(kit.vault, &job, &failure);
    now.turn = xa_task_saved(now.task, ok, &failure, &err);
    now.err = err;
}

/* False: the step failed, and now.err says why. */
static bool step(const struct xa_task_request *request)
{
    static uint8_t room[XA_REQUEST_MAX];
    struct xa_writer w = xa_writer_init(room, sizeof room);
    struct xa_task_result result;
    struct xa_error err = { 0 };
    xa_message_encode(xa_message_of_request(XA_ROTATE), request, &w);
    assert_false(w.bad);
    now.body[0] = '\0';
    now.task = xa_task_new(kit.broker, kit.vault, XA_ROTATE, (struct xa_slice){ w.at, w.len },
                           kit.wall_s, &now.err);
    if (now.task == NULL)
        return false;
    now.turn = xa_task_begin(now.task, &err);
    now.err = err;
    if (now.turn == XA_TASK_CALLS)
        call();
    while (now.turn == XA_TASK_SAVES)
        save();
    bool ok = now.turn == XA_TASK_ANSWERS;
    if (ok) {
        xa_task_answer(now.task, &result);
        now.done = result.done;
        now.asks = result.question.len > 0;
        now.place_len = result.place.len;
        if (result.place.len > 0)
            memcpy(now.place, result.place.at, result.place.len);
        kit_pass_ms(result.wait_ms);
    }
    xa_task_free(&now.task);
    return ok;
}

static bool run(const char *goes)
{
    struct xa_task_request request = { .wish.name = text("main"), .goes = text(goes) };
    now.place_len = 0;
    for (int i = 0; i < 200; i++) {
        request.place = (struct xa_slice){ now.place, now.place_len };
        request.confirmed = goes[0] != '\0';
        if (!step(&request))
            return false;
        if (now.done)
            return true;
    }
    fail_msg("no end");
    return false;
}

static int start(void **state)
{
    memset(&aws, 0, sizeof aws);
    meanwhile = NULL;
    aws.old = aws.knows_new = aws.takes_new = true;
    if (kit_start(state) != 0)
        return 1;
    kit_configure("[source main]\n");
    return 0;
}

static struct xa_vault_rotation journal(void)
{
    struct xa_vault_rotation r;
    assert_true(xa_vault_rotation(kit.vault, text("main"), &r));
    return r;
}

static void holds(const char *id)
{
    struct xa_vault_info info;
    assert_true(xa_vault_find(kit.vault, text("main"), &info));
    assert_string_equal(info.access_key_id, id);
}

/* --- the way ----------------------------------------------------------------------------- */

static void a_new_key_takes_the_place_of_the_old_one(void **state)
{
    (void)state;
    assert_true(run(""));
    holds(NEW_ID);
    assert_int_equal(journal().kind, XA_KEY_CURRENT);
    assert_true(aws.new && !aws.old);
    assert_int_equal(aws.n_made, 1);
}

static void whoever_is_not_a_user_is_refused(void **state)
{
    static const char *const names[] = { "root", "other", "nobody" };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct xa_task_request request = { .wish.name = text(names[i]) };
        assert_false(step(&request));
        assert_true(now.err.code == XA_USAGE || now.err.code == XA_NO_SUCH_NAME);
        assert_int_equal(kit.n_sent, 0);
    }
}

static void a_key_that_aws_never_knows_is_not_switched_to(void **state)
{
    (void)state;
    aws.knows_new = false;
    assert_false(run(""));
    assert_int_equal(now.err.code, XA_AWS_REFUSED);
    assert_non_null(strstr(now.err.message, "stored and not in use yet"));
    holds(KIT_KEY_ID);
    assert_int_equal(journal().kind, XA_KEY_PENDING);
    aws.knows_new = true;
    assert_true(run(""));
    holds(NEW_ID);
    assert_int_equal(aws.n_made, 1);
}

static void one_of_two_must_be_named(void **state)
{
    (void)state;
    aws.other = true;
    assert_true(run(""));
    holds(KIT_KEY_ID);
    assert_true(aws.other && aws.old && !aws.new);
    assert_false(run(KIT_KEY_ID));
    assert_int_equal(now.err.code, XA_USAGE);
    assert_true(run(OTHER_ID));
    holds(NEW_ID);
    assert_false(aws.other);
}

static void go_on(const char *goes, bool yes)
{
    struct xa_task_request request = { .wish.name = text("main"), .goes = text(goes),
                                       .confirmed = yes };
    request.place = (struct xa_slice){ now.place, now.place_len };
    if (!step(&request))
        fail_msg("%s", now.err.message);
}

static void go_on_until_asked(const char *goes)
{
    unsigned n = 0;
    for (now.asks = false; !now.asks && n < 50; n++)
        go_on(goes, false);
    assert_true(now.asks);
}

/* AWS lists more keys here than it does, so that the name given can be another one's. */
static void the_yes_is_about_the_key_that_was_asked_about(void **state)
{
    (void)state;
    aws.other = aws.new = true;
    now.place_len = 0;
    go_on_until_asked(OTHER_ID);
    go_on(NEW_ID, true);
    assert_true(now.asks);
    assert_true(aws.other && aws.new && aws.old);
    go_on(NEW_ID, true);
    assert_true(aws.other && !aws.new && aws.old);
    go_on_until_asked(OTHER_ID);
    go_on(OTHER_ID, true);
    assert_true(!aws.other && aws.old);
}

static void a_list_without_any_key_comes_to_an_end(void **state)
{
    (void)state;
    aws.lists_none = true;
    assert_false(run(""));
    assert_int_equal(now.err.code, XA_AWS_REFUSED);
    assert_non_null(strstr(now.err.message, "AWS does not list the key of 'main'"));
    assert_in_range(kit.n_sent, 5, 20);
    assert_int_equal(aws.n_made, 0);
}

static void lock(void)
{
    if (strstr(now.body, "CreateAccessKey") != NULL)
        xa_vault_lock(kit.vault);
}

static void a_lock_while_a_key_is_made_is_said(void **state)
{
    (void)state;
    meanwhile = lock;
    assert_false(run(""));
    assert_int_equal(now.err.code, XA_IO);
    assert_string_equal(now.err.message, "AWS has made a key for 'main', which could not be stored: "
                                         "the vault was locked meanwhile");
    assert_non_null(strstr(now.err.hint, "--delete " NEW_ID));
    meanwhile = NULL;
    assert_true(kit_unlock(kit.vault, "first", &now.err));
    assert_true(run(""));                  /* shows them both */
    assert_int_equal(aws.n_made, 1);
    holds(KIT_KEY_ID);
    assert_true(aws.new && aws.old);
}

/* --- the way back ------------------------------------------------------------------------ */

static bool run_until_switched(void)
{
    struct xa_task_request request = { .wish.name = text("main") };
    now.place_len = 0;
    do {
        request.place = (struct xa_slice){ now.place, now.place_len };
        if (!step(&request))
            return false;
    } while (journal().kind != XA_KEY_RETIRED);
    return true;
}

static void a_new_key_that_aws_takes_no_more_gives_way_to_the_old_one(void **state)
{
    (void)state;
    assert_true(run_until_switched());
    holds(NEW_ID);
    aws.takes_new = aws.knows_new = false;
    assert_false(run(""));
    assert_int_equal(now.err.code, XA_AWS_REFUSED);
    assert_non_null(strstr(now.err.message, "signs with the old one, ****MPLE, again"));
    holds(KIT_KEY_ID);
    assert_int_equal(journal().kind, XA_KEY_PENDING);
    assert_string_equal(journal().access_key_id, NEW_ID);
    assert_true(aws.old && !aws.old_inactive);
    aws.new = false;                       /* it was deleted */
    aws.takes_new = aws.knows_new = true;
    assert_true(run(""));
    holds(NEW_ID);
    assert_int_equal(aws.n_made, 2);
}

static void where_aws_takes_neither_nothing_is_switched(void **state)
{
    (void)state;
    assert_true(run_until_switched());
    aws.takes_new = aws.knows_new = aws.old = false;
    assert_false(run(""));
    assert_non_null(strstr(now.err.message, "AWS takes neither the key of 'main'"));
    holds(NEW_ID);
    assert_int_equal(journal().kind, XA_KEY_RETIRED);
}

/* --- others ------------------------------------------------------------------------------- */

static void whoever_has_the_same_key_is_named(void **state)
{
    struct xa_vault_info info = { .name = "backup", .access_key_id = KIT_KEY_ID,
                                  .created_at = 1 };
    struct xa_secret *secret = kit_secret(KIT_SECRET);
    (void)state;
    struct xa_vault_job *job = xa_vault_begin_add(kit.vault, &info, &secret, &now.err);
    xa_vault_job_run(job);
    assert_true(xa_vault_job_end(kit.vault, &job, &now.err));
    assert_false(run(""));
    assert_int_equal(now.err.code, XA_USAGE);
    assert_non_null(strstr(now.err.message, "is stored as 'backup' too"));
    assert_string_equal(now.err.hint, "xacct remove backup, then xacct rotate main");
    assert_int_equal(aws.n_made, 0);
    assert_true(kit_remove(kit.vault, "backup", &now.err));
    assert_true(run(""));
}

static void the_users_other_key_may_be_stored_too(void **state)
{
    struct xa_vault_info info = { .name = "backup", .access_key_id = OTHER_ID, .created_at = 1 };
    struct xa_secret *secret = kit_secret(KIT_SECRET);
    (void)state;
    struct xa_vault_job *job = xa_vault_begin_add(kit.vault, &info, &secret, &now.err);
    xa_vault_job_run(job);
    assert_true(xa_vault_job_end(kit.vault, &job, &now.err));
    aws.other = true;
    for (int named = 0; named < 2; named++) {
        assert_false(run(named ? OTHER_ID : ""));
        assert_int_equal(now.err.code, XA_USAGE);
        assert_non_null(strstr(now.err.message, "is stored as 'backup' too"));
        assert_string_equal(now.err.hint, "xacct remove backup, then xacct rotate main --delete "
                                          OTHER_ID);
    }
    assert_true(aws.other && aws.n_made == 0);
}

/* Another agent at the same file, which has gone on with what this one has seen. */
static struct xa_vault *their_vault(void)
{
    struct xa_vault *vault = kit_vault(NULL);
    struct xa_error err;
    assert_true(kit_unlock(vault, "first", &err));
    return vault;
}

static void what_another_agent_has_stored_is_not_deleted(void **state)
{
    struct xa_vault_info info = { .name = "main", .access_key_id = NEW_ID,
                                  .account = "111111111111", .arn = KIT_DEEP_ARN };
    struct xa_task_request request = { .wish.name = text("main"), .goes = text(NEW_ID),
                                       .confirmed = true };
    struct xa_secret *secret = kit_secret(KIT_NEW_SECRET);
    struct xa_error err;
    (void)state;
    struct xa_vault *theirs = their_vault();
    assert_true(kit_intend(theirs, "main", &err));
    aws.new = true;                        /* they have had it made */
    now.place_len = 0;
    assert_true(step(&request));           /* lists both */
    struct xa_vault_job *job = xa_vault_begin_pend(theirs, &info, &secret, &err);
    xa_vault_job_run(job);
    assert_true(xa_vault_job_end(theirs, &job, &err));
    job = xa_vault_begin_switch(theirs, text("main"), text(NEW_ID), kit.wall_s, kit.wall_s, &err);
    xa_vault_job_run(job);
    assert_true(xa_vault_job_end(theirs, &job, &err));
    request.place = (struct xa_slice){ now.place, now.place_len };
    assert_false(step(&request));
    assert_int_equal(now.err.code, XA_USAGE);
    assert_non_null(strstr(now.err.message, "it goes last"));
    assert_true(aws.new);
    holds(NEW_ID);
    xa_vault_free(&theirs);
}

static void one_agent_waits_for_the_other(void **state)
{
    struct xa_task_request request = { .wish.name = text("main") };
    struct xa_error err;
    (void)state;
    struct xa_vault *theirs = their_vault();
    assert_true(xa_vault_take_turn(theirs, &err));
    now.place_len = 0;
    for (int i = 0; i < 3; i++) {
        request.place = (struct xa_slice){ now.place, now.place_len };
        assert_true(step(&request));
        assert_int_equal(kit.n_sent, 0);
    }
    request.dry_run = true;
    assert_true(step(&request));
    assert_int_equal(kit.n_sent, 1);
    xa_vault_give_turn(theirs);
    assert_true(run(""));
    assert_false(xa_vault_has_turn(kit.vault));
    xa_vault_free(&theirs);
}

/* --- places that were invented -------------------------------------------------------------- */

static size_t invent(const struct xa_task_request *request, uint16_t at, uint32_t flags,
                     uint32_t count, const char *notes)
{
    const struct kit_place place = { at, flags, count, 0, true, notes };
    return kit_seal_place(XA_ROTATE, request, &place, now.place);
}

/* The journal as `kind`, made by the vault's own steps. */
static void bring_to(enum xa_key_kind kind)
{
    struct xa_error err;
    struct xa_vault_job *job;
    struct xa_vault_info info = { .name = "main", .access_key_id = NEW_ID,
                                  .account = "111111111111", .arn = KIT_DEEP_ARN };
    struct xa_secret *secret = kit_secret(KIT_NEW_SECRET);
    if (kind == XA_KEY_CURRENT) {
        xa_secret_free(&secret);
        return;
    }
    job = xa_vault_begin_intend(kit.vault, text("main"), kit.wall_s, &err);
    xa_vault_job_run(job);
    assert_true(xa_vault_job_end(kit.vault, &job, &err));
    if (kind == XA_KEY_INTENT) {
        xa_secret_free(&secret);
        return;
    }
    job = xa_vault_begin_pend(kit.vault, &info, &secret, &err);
    xa_vault_job_run(job);
    assert_true(xa_vault_job_end(kit.vault, &job, &err));
    aws.new = true;
    if (kind == XA_KEY_PENDING)
        return;
    job = xa_vault_begin_switch(kit.vault, text("main"), text(NEW_ID), kit.wall_s,
                                kit.wall_s + 1000, &err);
    xa_vault_job_run(job);
    assert_true(xa_vault_job_end(kit.vault, &job, &err));
}

/* The key that signs, by the vault, is one that AWS takes; and nothing went that may not. */
static void nothing_is_lost(enum xa_key_kind kind, uint16_t at)
{
    struct xa_vault_info info;
    assert_true(xa_vault_find(kit.vault, text("main"), &info));
    bool is_old = strcmp(info.access_key_id, KIT_KEY_ID) == 0;
    if (is_old ? !aws.old || aws.old_inactive : !aws.new)
        fail_msg("the stored key is gone: journal %d, step %u, %s", (int)kind, at, now.body);
    if (!is_old && kind != XA_KEY_RETIRED && strstr(now.body, "GetCallerIdentity") == NULL)
        fail_msg("switched without proof: journal %d, step %u", (int)kind, at);
}

static void no_invented_place_loses_a_key(void **state)
{
    static const char *const notes[] = {
        "", "key " KIT_KEY_ID " Active 1\n", "key " KIT_KEY_ID " Inactive 1\n",
        "key " NEW_ID " Active 1768480496\n",
        "key " KIT_KEY_ID " Active 1\nkey " NEW_ID " Active 1768480496\nused " NEW_ID " 0 x\n",
        "key " KIT_KEY_ID " Inactive 1\nkey " NEW_ID " Active 1768480496\nused " KIT_KEY_ID " 0 x\n",
        "key " NEW_ID " Inactive 1768480496\nkey " KIT_KEY_ID " Active 1768480496\n",
        "key " OTHER_ID " Active 1768480496\nused " OTHER_ID " 0 x\n",
    };
    static const uint32_t flags[] = { 0, 2, 0xff, 0x10000, 0x60000, 0xffffffff };
    static const char *const goes[] = { "", KIT_KEY_ID, NEW_ID };
    for (unsigned i = 0; i < 4u * 8 * 6 * 3 * 19; i += 23) {      /* meets each with each other */
        enum xa_key_kind kind = (enum xa_key_kind)(i % 4);
        unsigned x = i / 4;
        const char *note = notes[x % 8], *named = goes[(x / 48) % 3];
        uint32_t flag = flags[(x / 8) % 6];
        uint16_t at = (uint16_t)(x / 144);
        assert_int_equal(kit_end(state), 0);
        assert_int_equal(start(state), 0);
        bring_to(kind);
        struct xa_task_request request = { .wish.name = text("main"), .goes = text(named),
                                           .confirmed = i % 2 == 0 };
        request.place = (struct xa_slice){ now.place, invent(&request, at, flag, flag, note) };
        (void)step(&request);
        nothing_is_lost(kind, at);
    }
}

/* Two proofs of one key, and a third of another: it is not switched to. */
static void proofs_are_of_one_key(void **state)
{
    static const char *const of[] = { "", "proven " OTHER_ID "\n", "proven " NEW_ID "\n" };
    for (size_t i = 0; i < 3; i++) {
        char notes[200];
        assert_int_equal(kit_end(state), 0);
        assert_int_equal(start(state), 0);
        bring_to(XA_KEY_PENDING);
        snprintf(notes, sizeof notes, "key " KIT_KEY_ID " Active 1\nkey " NEW_ID " Active 2\n%s",
                 of[i]);
        struct xa_task_request request = { .wish.name = text("main") };
        request.place = (struct xa_slice){ now.place, invent(&request, ROTATE_PROVES, 2, 0, notes) };
        assert_true(step(&request));
        assert_int_equal(journal().kind, i == 2 ? XA_KEY_RETIRED : XA_KEY_PENDING);
    }
}

static void what_is_no_place_counts_as_none(void **state)
{
    (void)state;
    struct xa_task_request request = { .wish.name = text("main") };
    uint8_t whole[XA_PLACE_MAX], cut[XA_PLACE_MAX];
    size_t len = invent(&request, ROTATE_PROVES, 0, 0, "key " KIT_KEY_ID " Active 1\n");
    memcpy(whole, now.place, len);
    for (size_t i = 1; i <= len; i++) {
        memcpy(cut, whole, len);
        cut[1] ^= i == len;              /* another kind's */
        request.place = (struct xa_slice){ cut, i };
        assert_true(step(&request));
        assert_non_null(strstr(now.body, "Action=ListAccessKeys"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_key_takes_the_place_of_the_old_one, start, kit_end),
        cmocka_unit_test_setup_teardown(whoever_is_not_a_user_is_refused, start, kit_end),
        cmocka_unit_test_setup_teardown(a_key_that_aws_never_knows_is_not_switched_to, start,
                                        kit_end),
        cmocka_unit_test_setup_teardown(one_of_two_must_be_named, start, kit_end),
        cmocka_unit_test_setup_teardown(the_yes_is_about_the_key_that_was_asked_about, start,
                                        kit_end),
        cmocka_unit_test_setup_teardown(a_list_without_any_key_comes_to_an_end, start, kit_end),
        cmocka_unit_test_setup_teardown(a_lock_while_a_key_is_made_is_said, start, kit_end),
        cmocka_unit_test_setup_teardown(a_new_key_that_aws_takes_no_more_gives_way_to_the_old_one,
                                        start, kit_end),
        cmocka_unit_test_setup_teardown(where_aws_takes_neither_nothing_is_switched, start,
                                        kit_end),
        cmocka_unit_test_setup_teardown(whoever_has_the_same_key_is_named, start, kit_end),
        cmocka_unit_test_setup_teardown(the_users_other_key_may_be_stored_too, start, kit_end),
        cmocka_unit_test_setup_teardown(what_another_agent_has_stored_is_not_deleted, start,
                                        kit_end),
        cmocka_unit_test_setup_teardown(one_agent_waits_for_the_other, start, kit_end),
        cmocka_unit_test_setup_teardown(proofs_are_of_one_key, start, kit_end),
        cmocka_unit_test_setup_teardown(no_invented_place_loses_a_key, start, kit_end),
        cmocka_unit_test_setup_teardown(what_is_no_place_counts_as_none, start, kit_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
