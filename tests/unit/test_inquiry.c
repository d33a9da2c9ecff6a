/* Who is this? Of a source, of a role, of a key before it is stored; and a caller
 * that leaves at any stage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/lib/asker.h"
#include "tests/lib/vault_kit.h"

#define CONFIG                                                                                     \
    "[source main]\nregion = eu-west-1\n[dest prod]\naccount = 222222222222\nrole = Admin\n"     \
    "sts_region = eu-west-3\n"
#define BODY "Action=GetCallerIdentity&Version=2011-06-15"
#define ROLE_ARN "arn:aws:sts::222222222222:assumed-role/Admin/alice"

static struct xa_inquiry inquiry;
static unsigned n_done;
static enum xa_code code;
static bool again;                     /* the same is to be asked once more */
static char arn[256], message[512];
static int64_t expires_at;

static void done(struct xa_inquiry *of, const struct xa_record *record, int64_t expires,
                 const struct xa_error *err)
{
    assert_ptr_equal(of, &inquiry);
    n_done++;
    code = record != NULL ? XA_OK : err->code;
    again = record == NULL && err->code == XA_OK;
    expires_at = expires;
    arn[0] = '\0';
    snprintf(message, sizeof message, "%s", record != NULL ? "" : err->message);
    assert_true(record == NULL || xa_slice_copy(record->arn, arn, sizeof arn));
}

static int start(void **state)
{
    memset(&inquiry, 0, sizeof inquiry);
    inquiry.done = done;
    n_done = 0;
    code = XA_INTERNAL;
    if (kit_start(state) != 0)
        return 1;
    kit_configure(CONFIG);
    return 0;
}

static bool whoami(const char *name, struct xa_error *err)
{
    const struct xa_wish wish = { .name = xa_slice_of(name) };
    const struct xa_ask about = { .wish = &wish };
    struct xa_question *question = NULL;
    enum xa_outlook outlook = xa_broker_whoami(kit.broker, &about, &inquiry, &question, err);
    assert_true(outlook == XA_WILL_ANSWER || outlook == XA_FAILED);
    return outlook == XA_WILL_ANSWER;
}

static void answer_caller(const char *who)
{
    struct xa_record record = kit_caller(who);
    kit_answer(&record);
}

static void answer_issue(void)
{
    struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", 3600);
    kit_answer(&record);
}

/* The request is GetCallerIdentity, signed with this key. */
static void check_request(const struct xa_sigv4_key *key, const char *region)
{
    char host[128];
    const struct xa_request *q = &kit.calls->request;
    snprintf(host, sizeof host, "sts.%s.amazonaws.com", region);
    const struct xa_sigv4_header headers[] = {
        { xa_slice_of("content-type"),
          xa_slice_of("application/x-www-form-urlencoded; charset=utf-8") },
        { xa_slice_of("host"), xa_slice_of(host) },
    };
    const struct xa_sigv4_request signed_request = {
        .method = xa_slice_of("POST"),
        .path = xa_slice_of("/"),
        .headers = headers,
        .n_headers = 2,
        .body = xa_slice_of(BODY),
        .region = xa_slice_of(region),
        .service = xa_slice_of("sts"),
        .time_s = kit.wall_s,
    };
    struct xa_sigv4_signature wanted;
    assert_true(xa_sigv4_sign(key, &signed_request, &wanted, NULL));
    assert_true(xa_slice_is(q->body, BODY));
    assert_int_equal(q->answer, XA_ANSWER_CALLER_IDENTITY);
    assert_string_equal(kit_header(q, "Authorization"), wanted.authorization);
    assert_true(xa_slice_is(key->token, kit_header(q, "X-Amz-Security-Token")));
    assert_int_equal(q->n_headers, key->token.len > 0 ? 4 : 3);
}

static void a_source_is_asked_with_its_own_key(void **state)
{
    (void)state;
    struct xa_error err;
    const struct xa_sigv4_key key = { xa_slice_of(KIT_KEY_ID), xa_slice_of(KIT_SECRET), { 0 } };
    assert_true(whoami("main", &err));
    check_request(&key, "eu-west-1");
    answer_caller(KIT_ARN);
    assert_int_equal(n_done, 1);
    assert_int_equal(code, XA_OK);
    assert_string_equal(arn, KIT_ARN);
    assert_int_equal(expires_at, 0);
    assert_int_equal(kit.n_sent, 1);
}

static void a_role_is_asked_with_its_own_credentials(void **state)
{
    (void)state;
    struct xa_error err;
    struct asker a = { 0 };
    assert_true(whoami("prod", &err));
    struct xa_record record = kit_issue(KIT_ACCOUNT, "Admin", 3600);
    const struct xa_sigv4_key key = { record.access_key_id, record.secret, record.token };
    kit_answer(&record);
    assert_int_equal(n_done, 0);
    check_request(&key, "eu-west-3");
    answer_caller(ROLE_ARN);
    assert_int_equal(code, XA_OK);
    assert_string_equal(arn, ROLE_ARN);
    assert_int_equal(expires_at, kit.wall_s + 3600);
    assert_int_equal(kit.n_sent, 2);

    assert_int_equal(ask(&a, "prod"), XA_ANSWERED);  /* what it fetched is held */
    kit.boot_ms += 3540 * 1000;                      /* a minute is enough to ask */
    kit.wall_s += 3540;
    assert_true(whoami("prod", &err));
    check_request(&key, "eu-west-3");
    answer_caller(ROLE_ARN);
    assert_int_equal(n_done, 2);
    assert_int_equal(kit.n_sent, 3);
    kit.boot_ms += 1;
    assert_true(whoami("prod", &err));
    answer_issue();
    answer_caller(ROLE_ARN);
    assert_int_equal(kit.n_sent, 5);

    assert_true(whoami("main", &err));               /* a source's key does not expire */
    answer_caller(KIT_ARN);
    assert_int_equal(expires_at, 0);
}

/* The first thing that is asked by a computer whose clock is wrong (N14). */
static void a_wrong_clock_is_learned_and_it_is_asked_again(void **state)
{
    (void)state;
    static const int64_t offs_s[] = { 86400, -86400 };
    struct xa_error err;
    for (unsigned i = 0; i < 2; i++) {
        struct xa_record record = kit_error(403, "SignatureDoesNotMatch",
                                            "Signature expired: 1 is now earlier than 2");
        record.date_s += offs_s[i];
        n_done = 0;
        assert_true(whoami("main", &err));
        kit_answer(&record);
        assert_int_equal(n_done, 1);
        assert_true(again);
        assert_true(whoami("main", &err));
        char day_now[16];
        time_t now = (time_t)(kit.wall_s + offs_s[i]);
        strftime(day_now, sizeof day_now, "%Y%m%d", gmtime(&now));
        assert_memory_equal(kit_header(&kit.calls->request, "X-Amz-Date"), day_now, 8);
        kit_answer(&record);                         /* by its own date it is wrong: no more */
        assert_false(again);
        assert_int_equal(code, XA_AWS_REFUSED);
    }
    struct xa_record undated = kit_error(403, "RequestExpired", "");
    undated.date_s = 0;
    assert_true(whoami("main", &err));
    kit_answer(&undated);
    assert_false(again);
    assert_int_equal(code, XA_AWS_REFUSED);
    const struct xa_sigv4_key key = { xa_slice_of("AKIANEWEXAMPLE000001"),
                                      xa_slice_of("new/secret"),
                                      { 0 } };
    struct xa_record late = kit_error(403, "RequestExpired", "");
    assert_true(xa_broker_prove(kit.broker, xa_slice_of("main"), &key, &inquiry, &err));
    kit_answer(&late);                               /* who has the key asks once more */
    assert_true(again);
    assert_true(xa_broker_prove(kit.broker, xa_slice_of("main"), &key, &inquiry, &err));
    kit_answer(&late);
    assert_false(again);
    assert_int_equal(code, XA_AWS_REFUSED);
}

static void a_foreign_source_is_asked_with_what_it_printed(void **state)
{
    (void)state;
    struct xa_error err;
    struct xa_question *question = NULL;
    const struct xa_wish wish = { .name = xa_slice_of("tool") };
    const struct xa_ask about = { .wish = &wish };
    const struct xa_foreign foreign = { xa_slice_of("ASIAFOREIGN000000001"), xa_slice_of("s"),
                                        xa_slice_of("t"), 0 };
    const struct xa_sigv4_key key = { foreign.access_key_id, foreign.secret, foreign.token };
    kit_configure(CONFIG "[source tool]\ncredential_process = x\nregion = eu-west-1\n");
    assert_int_equal(xa_broker_whoami(kit.broker, &about, &inquiry, &question, &err), XA_ASKS);
    assert_int_equal(question->kind, XA_NEED_FOREIGN);
    assert_true(xa_broker_give_foreign(kit.broker, question, &foreign, &err));
    xa_question_free(&question);
    assert_true(whoami("tool", &err));
    check_request(&key, "eu-west-1");
    answer_caller(ROLE_ARN);
    assert_int_equal(code, XA_OK);
}

static void a_key_is_proven_before_it_is_stored(void **state)
{
    (void)state;
    struct xa_error err;
    const struct xa_sigv4_key key = { xa_slice_of("AKIANEWEXAMPLE000001"),
                                      xa_slice_of("new/secret"),
                                      { 0 } };
    kit_configure("[agent]\nregion = us-west-2\n" CONFIG);
    assert_true(xa_broker_prove(kit.broker, xa_slice_of("main"), &key, &inquiry, &err));
    check_request(&key, "eu-west-1");                /* its [source] is there already */
    answer_caller(KIT_ARN);
    assert_int_equal(code, XA_OK);
    xa_vault_lock(kit.vault);                        /* the first key of all: no vault yet */
    assert_true(xa_broker_prove(kit.broker, xa_slice_of("new"), &key, &inquiry, &err));
    check_request(&key, "us-west-2");
    struct xa_record refusal =
        kit_error(403, "InvalidClientTokenId", "The security token is invalid");
    kit_answer(&refusal);
    assert_int_equal(n_done, 2);
    assert_int_equal(code, XA_AWS_REFUSED);
    assert_non_null(strstr(message, "InvalidClientTokenId"));
}

static void what_cannot_be_asked_fails_at_once(void **state)
{
    (void)state;
    struct xa_error err;
    assert_false(whoami("prdo", &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    kit.refuse = true;
    assert_false(whoami("main", &err));
    assert_int_equal(err.code, XA_BUSY);
    assert_false(whoami("prod", &err));
    assert_int_equal(err.code, XA_BUSY);
    kit.refuse = false;
    kit_configure("[broken");
    assert_true(whoami("main", &err));               /* the previous file stays */
    xa_inquiry_cancel(&inquiry);
    assert_int_equal(n_done, 0);
}

static void each_stage_may_fail(void **state)
{
    (void)state;
    struct xa_error err;
    assert_true(whoami("main", &err));
    kit_fail(XA_UNREACHABLE);
    assert_int_equal(code, XA_UNREACHABLE);
    assert_true(whoami("main", &err));
    answer_caller("arn:aws:iam::11111111111x:user/alice");
    assert_int_equal(code, XA_BAD_REPLY);

    assert_true(whoami("prod", &err));
    kit_fail(XA_TIMED_OUT);
    assert_int_equal(code, XA_TIMED_OUT);
    assert_true(whoami("prod", &err));
    xa_vault_lock(kit.vault);
    xa_broker_locked(kit.broker, false);
    assert_int_equal(code, XA_LOCKED);
    assert_true(kit_unlock(kit.vault, "first", &err));
    assert_true(whoami("prod", &err));
    kit.refuse = true; /* the credentials come, the question cannot go */
    answer_issue();
    assert_int_equal(code, XA_BUSY);
    kit.refuse = false;
    assert_true(whoami("prod", &err));
    struct xa_record refusal = kit_error(403, "ExpiredToken", "");
    kit_answer(&refusal);
    assert_int_equal(code, XA_AWS_REFUSED);
    assert_int_equal(n_done, 6);
}

static void a_caller_may_leave_at_each_stage(void **state)
{
    (void)state;
    struct xa_error err;
    struct asker a = { 0 };
    xa_inquiry_cancel(&inquiry);                     /* nothing was asked yet */

    assert_true(whoami("main", &err));
    xa_inquiry_cancel(&inquiry);
    assert_int_equal(kit.n_cancelled, 1);
    xa_inquiry_cancel(&inquiry);
    assert_int_equal(kit.n_cancelled, 1);

    assert_true(whoami("prod", &err)); /* while it waits for credentials: they still come */
    xa_inquiry_cancel(&inquiry);
    assert_int_equal(kit.n_cancelled, 1);
    answer_issue();
    assert_null(kit.calls);
    assert_int_equal(ask(&a, "prod"), XA_ANSWERED);

    assert_true(whoami("prod", &err));               /* while AWS is asked */
    xa_inquiry_cancel(&inquiry);
    assert_int_equal(kit.n_cancelled, 2);

    assert_true(whoami("main", &err));               /* when all is over */
    answer_caller(KIT_ARN);
    xa_inquiry_cancel(&inquiry);
    assert_int_equal(kit.n_cancelled, 2);
    assert_int_equal(n_done, 1);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, kit_end)
    const struct CMUnitTest tests[] = {
        T(a_source_is_asked_with_its_own_key),
        T(a_role_is_asked_with_its_own_credentials),
        T(a_wrong_clock_is_learned_and_it_is_asked_again),
        T(a_foreign_source_is_asked_with_what_it_printed),
        T(a_key_is_proven_before_it_is_stored),
        T(what_cannot_be_asked_fails_at_once),
        T(each_stage_may_fail),
        T(a_caller_may_leave_at_each_stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
