/* Both packets of the link: whole, cut at every byte, one byte longer, and every
 * limit at its edge and one past it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/courier/exchange.h"

#define S(text) xa_slice_of(text)

static uint8_t room[XA_PACKET_MAX + 64];
static char filler[XA_PACKET_MAX];

static struct xa_slice many(char c, size_t n)
{
    memset(filler, c, n);
    return (struct xa_slice){ (const uint8_t *)filler, n };
}

static void assert_same(struct xa_slice a, struct xa_slice b)
{
    assert_int_equal(a.len, b.len);
    if (a.len > 0)
        assert_memory_equal(a.at, b.at, a.len);
}

static struct xa_request a_request(void)
{
    return (struct xa_request){
        .number = 0xfffffffe,
        .answer = XA_ANSWER_ASSUME_ROLE,
        .method = S("POST"),
        .url = S("https://sts.eu-west-1.amazonaws.com"),
        .headers = { S("Content-Type: application/x-www-form-urlencoded; charset=utf-8"),
                     S("X-Amz-Date: 20150830T123600Z"), S("Authorization: AWS4-HMAC-SHA256 x") },
        .n_headers = 3,
        .body = S("Action=AssumeRole&Version=2011-06-15"),
        .ca_bundle = S("/etc/ca.pem"),
        .proxy = S("http://proxy:3128"),
        .timeout_ms = 10000,
        .once = true,
    };
}

static struct xa_record a_record(void)
{
    return (struct xa_record){
        .number = 7,
        .outcome = XA_OUTCOME_ANSWERED,
        .status = 200,
        .date_s = 1700000000,
        .access_key_id = S("ASIAIOSFODNN7EXAMPLE"),
        .secret = S("wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY"),
        .token = S("AQoDYXdzEPT//////////wEXAMPLE=="),
        .expires_at = 1700003600,
        .role_arn = S("arn:aws:sts::123456789012:assumed-role/demo/TestAR"),
        .role_id = S("ARO123EXAMPLE123:TestAR"),
        .devices = S(" arn:aws:iam::123456789012:mfa/alice GAHT12345678"),
        .account = S("123456789012"),
        .arn = S("arn:aws:iam::123456789012:user/alice"),
        .user_id = S("AIDA"),
        .aws_code = S("Code"),
        .aws_message = S("a message, with ümlaut"),
        .request_id = S("c6104cbe-af31-11e0-8154-cbc7ccf896c7"),
    };
}

/* Of CreateAccessKey: details have room beside little else. */
static struct xa_record an_iam_record(void)
{
    return (struct xa_record){
        .number = 7,
        .outcome = XA_OUTCOME_ANSWERED,
        .status = 200,
        .date_s = 1700000000,
        .access_key_id = S("AKIAIOSFODNN7EXAMPLE"),
        .secret = S("wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY"),
        .details = S("user alice\nstatus Active\ntag.value \n"),
        .request_id = S("c6104cbe-af31-11e0-8154-cbc7ccf896c7"),
    };
}

static bool request_travels(const struct xa_request *q)
{
    struct xa_request back;
    size_t len = xa_request_encode(q, room, sizeof room);
    return len > 0 && xa_request_decode((struct xa_slice){ room, len }, &back, NULL);
}

static bool record_travels(const struct xa_record *r)
{
    struct xa_record back;
    size_t len = xa_record_encode(r, room, sizeof room);
    assert_int_equal(len > 0, xa_record_sound(r));
    return len > 0 && xa_record_decode((struct xa_slice){ room, len }, &back, NULL);
}

static void request_round_trip(void **state)
{
    (void)state;
    struct xa_request q = a_request(), back;
    struct xa_error err;
    size_t len = xa_request_encode(&q, room, sizeof room);
    assert_int_equal(len, xa_request_length(&q));
    assert_true(xa_request_decode((struct xa_slice){ room, len }, &back, &err));
    assert_int_equal(back.number, q.number);
    assert_int_equal(back.answer, q.answer);
    assert_int_equal(back.timeout_ms, q.timeout_ms);
    assert_true(back.once);
    assert_same(back.action, q.action);
    assert_same(back.method, q.method);
    assert_same(back.url, q.url);
    assert_int_equal(back.n_headers, 3);
    for (size_t i = 0; i < 3; i++)
        assert_same(back.headers[i], q.headers[i]);
    assert_same(back.body, q.body);
    assert_same(back.ca_bundle, q.ca_bundle);
    assert_same(back.proxy, q.proxy);
}

/* IAM's answers are told apart by the action's name, and no other has one. */
static void an_action_is_letters(void **state)
{
    static const char *const bad[] = { "", "Get-Role", "Get Role", "GetRole1", "<Get", "G\xc3\xbc" };
    static char longest[XA_EXCHANGE_ACTION_MAX + 2];
    (void)state;
    struct xa_request q = a_request();
    q.action = S("GetRole");
    assert_false(request_travels(&q));             /* of AssumeRole */
    q.answer = XA_ANSWER_IAM;
    assert_true(request_travels(&q));
    q.answer = (enum xa_answer)9;
    assert_false(request_travels(&q));
    q.answer = XA_ANSWER_ACCESS_KEY;
    assert_true(request_travels(&q));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        q.action = xa_slice_of(bad[i]);
        assert_false(request_travels(&q));
    }
    memset(longest, 'a', sizeof longest - 1);
    q.action = xa_slice_of(longest);
    assert_false(request_travels(&q));
    q.action.len--;
    assert_true(request_travels(&q));
}

static void record_round_trip(void **state)
{
    (void)state;
    struct xa_record r = a_record(), back;
    size_t len = xa_record_encode(&r, room, sizeof room);
    assert_true(xa_record_decode((struct xa_slice){ room, len }, &back, NULL));
    assert_int_equal(back.number, 7);
    assert_int_equal(back.outcome, XA_OUTCOME_ANSWERED);
    assert_int_equal(back.status, 200);
    assert_int_equal(back.date_s, r.date_s);
    assert_int_equal(back.expires_at, r.expires_at);
    const struct xa_slice *was = &r.access_key_id, *is = &back.access_key_id;
    for (int i = 0; i < 3; i++)
        assert_same(is[i], was[i]);
    assert_same(back.role_arn, r.role_arn);
    assert_same(back.role_id, r.role_id);
    assert_same(back.devices, r.devices);
    assert_same(back.account, r.account);
    assert_same(back.arn, r.arn);
    assert_same(back.user_id, r.user_id);
    assert_same(back.aws_code, r.aws_code);
    assert_same(back.aws_message, r.aws_message);
    assert_same(back.request_id, r.request_id);
    assert_int_equal(back.detail.len, 0);
}

static void details_round_trip(void **state)
{
    (void)state;
    struct xa_record r = an_iam_record(), back;
    size_t len = xa_record_encode(&r, room, sizeof room);
    assert_true(xa_record_decode((struct xa_slice){ room, len }, &back, NULL));
    assert_same(back.access_key_id, r.access_key_id);
    assert_same(back.secret, r.secret);
    assert_same(back.details, r.details);
    assert_same(back.request_id, r.request_id);
    for (size_t n = 0; n < len; n++)
        assert_false(xa_record_decode((struct xa_slice){ room, n }, &back, NULL));
}

static void details_by_line(void **state)
{
    (void)state;
    struct xa_slice rest = S("key AKIA\ntag.value \nname a b\xc3\xbc \n"), key, value;
    static const char *const lines[][2] = { { "key", "AKIA" }, { "tag.value", "" },
                                            { "name", "a b\xc3\xbc " } };
    for (size_t i = 0; i < 3; i++) {
        assert_true(xa_details_next(&rest, &key, &value));
        assert_true(xa_slice_is(key, lines[i][0]) && xa_slice_is(value, lines[i][1]));
    }
    assert_false(xa_details_next(&rest, &key, &value));
    assert_int_equal(rest.len, 0);
    static const char *const bad[] = {
        "\n", " \n", "k\n", " v\n", "k v", "K v\n", "k1 v\n", "k\tv\n", "k-l v\n", "k a\tb\n",
        "k \x1b[m\n", "k \xff\n", "k \xe2\x80\xae\n", "k v\r\n", "\xc3\xbc v\n", "k v\n\n",
        "k v\nx", "\nk v\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct xa_record r = an_iam_record();
        r.details = S(bad[i]);
        assert_false(record_travels(&r));
    }
    rest = S("k v");
    assert_false(xa_details_next(&rest, &key, &value));
    assert_int_equal(rest.len, 3);
}

/* Each truncation lies in its own allocation, so that a sanitizer sees a read
 * past it. */
static void every_truncation_and_one_more(void **state)
{
    (void)state;
    struct xa_request q = a_request(), q_back;
    struct xa_record r = a_record(), r_back;
    for (int kind = 0; kind < 2; kind++) {
        size_t len = kind == 0 ? xa_request_encode(&q, room, sizeof room)
                               : xa_record_encode(&r, room, sizeof room);
        for (size_t n = 0; n <= len + 1; n++) {
            uint8_t *cut = malloc(n + 1);
            memcpy(cut, room, n < len ? n : len);
            if (n > len)
                cut[len] = 0;
            struct xa_slice packet = { cut, n };
            struct xa_error err = { 0 };
            bool ok = kind == 0 ? xa_request_decode(packet, &q_back, &err)
                                : xa_record_decode(packet, &r_back, &err);
            assert_int_equal(ok, n == len);
            assert_int_equal(err.code, n == len ? XA_OK : XA_BAD_MESSAGE);
            /* neither end takes the other's kind */
            assert_false(kind == 0 ? xa_record_decode(packet, &r_back, NULL)
                                   : xa_request_decode(packet, &q_back, NULL));
            free(cut);
        }
        for (size_t cap = 0; cap < len; cap++)
            assert_int_equal(kind == 0 ? xa_request_encode(&q, room + 8192, cap)
                                       : xa_record_encode(&r, room + 8192, cap), 0);
    }
}

/* Whatever the bytes are: no crash, and what is let through is sound. */
static void every_byte_changed(void **state)
{
    (void)state;
    struct xa_request q = a_request(), q_back;
    struct xa_record r = a_record(), r_back;
    size_t len = xa_record_encode(&r, room, sizeof room);
    for (size_t i = 0; i < len; i++)
        for (unsigned v = 0; v < 256; v++) {
            uint8_t was = room[i];
            room[i] = (uint8_t)v;
            if (xa_record_decode((struct xa_slice){ room, len }, &r_back, NULL))
                assert_true(xa_record_sound(&r_back));
            room[i] = was;
        }
    len = xa_request_encode(&q, room, sizeof room);
    for (size_t i = 0; i < len; i++)
        for (unsigned v = 0; v < 256; v++) {
            uint8_t was = room[i];
            room[i] = (uint8_t)v;
            if (xa_request_decode((struct xa_slice){ room, len }, &q_back, NULL))
                assert_true(q_back.n_headers <= XA_EXCHANGE_HEADERS_MAX && q_back.timeout_ms > 0);
            room[i] = was;
        }
}

static void request_limits(void **state)
{
    (void)state;
    struct xa_request q = a_request();
#define EDGE(member, good, bad)                                 \
    do {                                                        \
        struct xa_request e = a_request();                      \
        e.member = (good);                                      \
        assert_true(request_travels(&e));                       \
        e.member = (bad);                                       \
        assert_false(request_travels(&e));                      \
    } while (0)
    EDGE(timeout_ms, 1, 0);
    EDGE(timeout_ms, XA_EXCHANGE_TIMEOUT_MAX_MS, XA_EXCHANGE_TIMEOUT_MAX_MS + 1);
    EDGE(answer, XA_ANSWER_CALLER_IDENTITY, (enum xa_answer)0);
    EDGE(answer, XA_ANSWER_ASSUME_ROLE, (enum xa_answer)255);
    EDGE(answer, XA_ANSWER_SIGNIN_TOKEN, XA_ANSWER_IAM);     /* without an action */
    EDGE(method, S("GET"), S("PUT"));
    EDGE(method, S("POST"), S("post"));
    EDGE(body, many('b', XA_EXCHANGE_BODY_MAX), many('b', XA_EXCHANGE_BODY_MAX + 1));
    EDGE(body, S(""), S("a b"));
    EDGE(body, S("a"), S("a\n"));
    EDGE(headers[2], S("Authorization: v"), S("Authorization: "));
    EDGE(headers[2], S("A-b: v"), S("A b: v"));
    EDGE(headers[2], S("A: v w"), S("A: v\r\nB: w"));
    EDGE(headers[2], S("A: v"), S("A:v"));
    EDGE(headers[2], S("A: v"), S(": v"));
    EDGE(headers[2], S("A: v"), S("A: \xc3\xbc"));
    EDGE(n_headers, 0, XA_EXCHANGE_HEADERS_MAX + 1);
    EDGE(ca_bundle, S(""), S("relative.pem"));
    EDGE(ca_bundle, S("/a b"), S("/a\nb"));
    EDGE(proxy, S(""), S("http://a b"));
    EDGE(url, S("http://127.0.0.1:8080/"), S("http://127.0.0.1.example/"));
    EDGE(url, S("https://h"), S(""));

    memset(filler, 'v', sizeof filler);
    memcpy(filler, "A: ", 3);
    q.headers[0] = (struct xa_slice){ (const uint8_t *)filler, XA_EXCHANGE_HEADER_MAX };
    assert_true(request_travels(&q));
    q.headers[0].len++;
    assert_false(request_travels(&q));

    q = a_request();
    for (q.n_headers = 0; q.n_headers < XA_EXCHANGE_HEADERS_MAX; q.n_headers++)
        q.headers[q.n_headers] = S("A: v");
    assert_true(request_travels(&q));

    q = a_request();
    memset(filler, 'p', sizeof filler);
    filler[0] = '/';
    q.ca_bundle = (struct xa_slice){ (const uint8_t *)filler, XA_PATH_MAX - 1 };
    assert_true(request_travels(&q));
    q.ca_bundle.len++;
    assert_false(request_travels(&q));
    q = a_request();
    q.proxy = many('p', XA_URL_MAX);
    assert_true(request_travels(&q));
    q.proxy.len++;
    assert_false(request_travels(&q));

    /* each within its limit, all together too much for one packet */
    q = a_request();
    memset(filler, 'v', sizeof filler);
    memcpy(filler, "A: ", 3);
    for (q.n_headers = 0; q.n_headers < XA_EXCHANGE_HEADERS_MAX; q.n_headers++)
        q.headers[q.n_headers] =
            (struct xa_slice){ (const uint8_t *)filler, XA_EXCHANGE_HEADER_MAX };
    assert_true(xa_request_length(&q) > XA_PACKET_MAX);
    assert_int_equal(xa_request_encode(&q, room, sizeof room), 0);
}

static void record_limits(void **state)
{
    (void)state;
#define TEXT_EDGE(member, c, max)                               \
    do {                                                        \
        struct xa_record e = a_record();                        \
        e.member = many(c, max);                                \
        assert_true(record_travels(&e));                        \
        e.member = many(c, (max) + 1);                          \
        assert_false(record_travels(&e));                       \
        e.member = S("a\x1b[m");                                \
        assert_false(record_travels(&e));                       \
    } while (0)
    TEXT_EDGE(access_key_id, 'A', XA_ACCESS_KEY_ID_MAX);
    TEXT_EDGE(secret, 's', XA_SECRET_KEY_MAX);
    TEXT_EDGE(token, 't', XA_TOKEN_MAX);
    TEXT_EDGE(role_arn, 'a', XA_ARN_MAX);
    TEXT_EDGE(role_id, 'a', XA_USER_ID_MAX);
    TEXT_EDGE(devices, 'd', XA_DEVICES_MAX);
    TEXT_EDGE(account, '1', XA_ACCOUNT_LEN);
    TEXT_EDGE(arn, 'a', XA_ARN_MAX);
    TEXT_EDGE(user_id, 'a', XA_USER_ID_MAX);
    TEXT_EDGE(aws_code, 'c', XA_AWS_CODE_MAX);
    TEXT_EDGE(aws_message, 'm', XA_AWS_MESSAGE_MAX);
    TEXT_EDGE(request_id, 'r', XA_REQUEST_ID_MAX);

    struct xa_record r = a_record();
    r.access_key_id = S("ASIA-X");
    assert_false(record_travels(&r));
    r = a_record();
    r.secret = S("with blank");
    assert_false(record_travels(&r));
    r = a_record();
    r.token = S("\xc3\xbc");
    assert_false(record_travels(&r));
    r = a_record();
    r.devices = S(" arn:\xc3\xbc");
    assert_false(record_travels(&r));
    r = a_record();
    r.status = 99;
    assert_false(record_travels(&r));
    r.status = 1000;
    assert_false(record_travels(&r));
    r.status = 0;                              /* answered, and no status */
    assert_false(record_travels(&r));
    r = a_record();
    r.date_s = -1;
    assert_false(record_travels(&r));
    r.date_s = INT64_C(253402300800);
    assert_false(record_travels(&r));
    r.date_s = INT64_C(253402300799);
    assert_true(record_travels(&r));
    r.expires_at = INT64_C(253402300800);
    assert_false(record_travels(&r));
    r = a_record();
    r.detail = S("answered, and yet a reason why not");
    assert_false(record_travels(&r));

    /* no answer, and yet a field of one */
    r = (struct xa_record){ .outcome = XA_OUTCOME_TIMED_OUT, .detail = many('d', XA_DETAIL_MAX) };
    assert_true(record_travels(&r));
    r.detail = many('d', XA_DETAIL_MAX + 1);
    assert_false(record_travels(&r));
    r.detail = S("late");
    r.token = S("token");
    assert_false(record_travels(&r));
    r.token = (struct xa_slice){ 0 };
    r.devices = S(" 123456789");
    assert_false(record_travels(&r));
    r = (struct xa_record){ .outcome = XA_OUTCOME_UNREADABLE, .status = 200, .date_s = 5 };
    assert_true(record_travels(&r));
    r.outcome = (enum xa_outcome)6;
    assert_false(record_travels(&r));
    r.outcome = (enum xa_outcome)0;
    assert_false(record_travels(&r));
}

static void details_limits(void **state)
{
    (void)state;
    static char lines[XA_DETAILS_MAX + 1];
    memset(lines, 'd', sizeof lines);
    lines[1] = ' ';
    for (size_t over = 0; over <= 1; over++) {
        struct xa_record r = an_iam_record();
        r.details = (struct xa_slice){ (const uint8_t *)lines, XA_DETAILS_MAX + over };
        lines[r.details.len - 1] = '\n';
        assert_int_equal(record_travels(&r), !over);
        lines[r.details.len - 1] = 'd';
    }
    /* any other field beside it could make it too long to travel */
#define NOT_BESIDE(member, value)                               \
    do {                                                        \
        struct xa_record e = an_iam_record();                   \
        e.member = (value);                                     \
        assert_false(record_travels(&e));                       \
        e.details = S("");                                      \
        assert_true(record_travels(&e));                        \
    } while (0)
    NOT_BESIDE(token, S("t"));
    NOT_BESIDE(expires_at, 5);
    NOT_BESIDE(role_arn, S("a"));
    NOT_BESIDE(role_id, S("a"));
    NOT_BESIDE(account, S("1"));
    NOT_BESIDE(arn, S("a"));
    NOT_BESIDE(user_id, S("a"));
    NOT_BESIDE(devices, S(" d"));
    NOT_BESIDE(registry, S("r"));
    NOT_BESIDE(aws_code, S("c"));
    NOT_BESIDE(aws_message, S("m"));
    struct xa_record r = { .outcome = XA_OUTCOME_UNREADABLE, .status = 200, .detail = S("why") };
    assert_true(record_travels(&r));
    r.details = S("k v\n");
    assert_false(record_travels(&r));
}

/* The largest records there can be fit a packet. */
static void the_largest_record(void **state)
{
    (void)state;
    static char token[XA_TOKEN_MAX], arn[XA_ARN_MAX], message[XA_AWS_MESSAGE_MAX], text[256],
        devices[XA_DEVICES_MAX];
    memset(devices, 'd', sizeof devices);
    memset(token, 't', sizeof token);
    memset(arn, 'a', sizeof arn);
    memset(message, 'm', sizeof message);
    memset(text, '1', sizeof text);
#define FULL(at, n) { (const uint8_t *)(at), n }
    struct xa_record r = {
        .number = 1, .outcome = XA_OUTCOME_ANSWERED, .status = 200,
        .access_key_id = FULL(text, XA_ACCESS_KEY_ID_MAX), .secret = FULL(text, XA_SECRET_KEY_MAX),
        .token = FULL(token, XA_TOKEN_MAX), .role_arn = FULL(arn, XA_ARN_MAX),
        .role_id = FULL(text, XA_USER_ID_MAX), .devices = FULL(devices, XA_DEVICES_MAX),
        .account = FULL(text, XA_ACCOUNT_LEN),
        .arn = FULL(arn, XA_ARN_MAX), .user_id = FULL(text, XA_USER_ID_MAX),
        .aws_code = FULL(text, XA_AWS_CODE_MAX), .aws_message = FULL(message, XA_AWS_MESSAGE_MAX),
        .request_id = FULL(text, XA_REQUEST_ID_MAX),
    };
    assert_true(record_travels(&r));

    static char lines[XA_DETAILS_MAX];
    memset(lines, 'd', sizeof lines);
    lines[1] = ' ';
    lines[sizeof lines - 1] = '\n';
    r = (struct xa_record){
        .number = 1, .outcome = XA_OUTCOME_ANSWERED, .status = 200,
        .access_key_id = FULL(text, XA_ACCESS_KEY_ID_MAX), .secret = FULL(text, XA_SECRET_KEY_MAX),
        .details = FULL(lines, XA_DETAILS_MAX), .request_id = FULL(text, XA_REQUEST_ID_MAX),
    };
    assert_true(record_travels(&r));
}

static void counts_are_capped(void **state)
{
    (void)state;
    struct xa_request q = a_request(), back;
    q.n_headers = 0;
    size_t len = xa_request_encode(&q, room, sizeof room);
    /* the count stands behind kind, number, answer, once, timeout, an empty action, method and URL */
    size_t at = 1 + 4 + 1 + 1 + 4 + 2 + 2 + q.method.len + 2 + q.url.len;
    assert_int_equal(room[at], 0);
    for (unsigned n = 1; n < 256; n++) {
        room[at] = (uint8_t)n;
        assert_false(xa_request_decode((struct xa_slice){ room, len }, &back, NULL));
    }
    room[at] = 0;
    for (unsigned once = 2; once < 256; once++) {
        room[6] = (uint8_t)once;
        assert_false(xa_request_decode((struct xa_slice){ room, len }, &back, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_round_trip),
        cmocka_unit_test(an_action_is_letters),
        cmocka_unit_test(record_round_trip),
        cmocka_unit_test(details_round_trip),
        cmocka_unit_test(details_by_line),
        cmocka_unit_test(every_truncation_and_one_more),
        cmocka_unit_test(every_byte_changed),
        cmocka_unit_test(request_limits),
        cmocka_unit_test(record_limits),
        cmocka_unit_test(details_limits),
        cmocka_unit_test(the_largest_record),
        cmocka_unit_test(counts_are_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
