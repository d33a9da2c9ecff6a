/* STS's answers, in all the forms they come in, and in those they must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/courier/reply.h"
#include "agent/courier/wipe.h"

#define XMLNS " xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\""
#define USER \
    "<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/demo/TestAR</Arn>" \
    "<AssumedRoleId>ARO123EXAMPLE123:TestAR</AssumedRoleId></AssumedRoleUser>"
#define CREDENTIALS \
    "<Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>" \
    "<SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>" \
    "<SessionToken>AQoDYXdzEPT//////////wEXAMPLE</SessionToken>" \
    "<Expiration>2019-11-09T13:34:41Z</Expiration></Credentials>"
#define META "<ResponseMetadata><RequestId>c6104cbe-af31</RequestId></ResponseMetadata>"
#define WHOLE(ns, result, meta)                                                                    \
    "<AssumeRoleResponse" ns ">\n  <AssumeRoleResult>" result "</AssumeRoleResult>" meta           \
    "</AssumeRoleResponse>"
#define GOOD WHOLE(XMLNS, "<SourceIdentity>Alice</SourceIdentity>" USER CREDENTIALS \
                   "<PackedPolicySize>6</PackedPolicySize>", META)

static struct xa_reply reply;
static struct xa_record record;

static void read_bytes(enum xa_answer answer, unsigned status, const char *at, size_t len)
{
    char *copy = malloc(len + 1);            /* so that a sanitizer sees a read past it */
    memcpy(copy, at, len);
    record = (struct xa_record){ .number = 9, .date_s = 77 };
    xa_reply_read(answer, (struct xa_slice){ 0 }, status,
                  (struct xa_slice){ (const uint8_t *)copy, len }, &reply, &record);
    free(copy);
    assert_int_equal(record.number, 9);
    assert_int_equal(record.date_s, 77);
    assert_true(xa_record_sound(&record));
}

static void read_text(enum xa_answer answer, unsigned status, const char *text)
{
    read_bytes(answer, status, text, strlen(text));
}

static void refused(const char *text)
{
    read_text(XA_ANSWER_ASSUME_ROLE, 200, text);
    if (record.outcome != XA_OUTCOME_UNREADABLE)
        fail_msg("let through: %.200s", text);
    assert_true(record.detail.len > 0);
}

static void assert_good(void)
{
    if (record.outcome != XA_OUTCOME_ANSWERED)
        fail_msg("refused: %.*s", (int)record.detail.len, (const char *)record.detail.at);
    assert_true(xa_slice_is(record.access_key_id, "ASIAIOSFODNN7EXAMPLE"));
    assert_true(xa_slice_is(record.secret, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY"));
    assert_true(xa_slice_is(record.token, "AQoDYXdzEPT//////////wEXAMPLE"));
    assert_int_equal(record.expires_at, 1573306481);
}

static void assume_role(void **state)
{
    (void)state;
    read_text(XA_ANSWER_ASSUME_ROLE, 200, GOOD);
    assert_good();
    assert_true(xa_slice_is(record.role_arn, "arn:aws:sts::123456789012:assumed-role/demo/TestAR"));
    assert_true(xa_slice_is(record.role_id, "ARO123EXAMPLE123:TestAR"));
    assert_true(xa_slice_is(record.request_id, "c6104cbe-af31"));
    assert_int_equal(record.status, 200);
    assert_int_equal(record.account.len, 0);
}

/* Facts 1.4 and 14.1: what other servers and the documentation make of it. */
static void assume_role_variants(void **state)
{
    (void)state;
    static const char *const variants[] = {
        WHOLE("", CREDENTIALS, ""),
        WHOLE("", CREDENTIALS USER, META),
        "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" WHOLE(XMLNS, USER CREDENTIALS,
                                                                         META) "\n",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" GOOD,
        "<!-- a comment --><?pi x?>" GOOD "<!-- another -->",
        WHOLE("",
              "<Unknown><Credentials><AccessKeyId>no</AccessKeyId></Credentials></"
              "Unknown>" CREDENTIALS,
              ""),
        WHOLE("", USER CREDENTIALS "<AccessKeyId>elsewhere</AccessKeyId>", META),
        WHOLE("",
              "<Credentials><Expiration>2019-11-09T22:34:41.695428+09:00</Expiration>"
              "<SessionToken>\n   AQoDYXdzEPT//////////wEX\n\t AMPLE  \r\n</SessionToken>"
              "<SecretAccessKey> wJalrXUtnFEMI/K7MDENG/ bPxRfiCYzEXAMPLEKEY</SecretAccessKey>"
              "<AccessKeyId> ASIAIOSFODNN7EXAMPLE </AccessKeyId></Credentials>",
              ""),
        "<s:AssumeRoleResponse xmlns:s=\"x\"><s:AssumeRoleResult><s:Credentials>"
        "<s:AccessKeyId>ASIAIOSFODNN7EXAMPLE</s:AccessKeyId>"
        "<s:SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</s:SecretAccessKey>"
        "<s:SessionToken>AQoDYXdzEPT&#47;///////<![CDATA[//]]>wEX&#x41;MPLE</s:SessionToken>"
        "<s:Expiration>2019-11-09T13:34:41Z</s:Expiration></s:Credentials></s:AssumeRoleResult>"
        "</s:AssumeRoleResponse>",
    };
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        read_text(XA_ANSWER_ASSUME_ROLE, 200, variants[i]);
        assert_good();
    }
    read_text(XA_ANSWER_ASSUME_ROLE, 200,
              WHOLE("",
                    CREDENTIALS
                    "<AssumedRoleUser><Arn/><AssumeRoleId>x:y</AssumeRoleId></AssumedRoleUser>",
                    ""));
    assert_good();
    assert_int_equal(record.role_arn.len, 0);
    assert_true(xa_slice_is(record.role_id, "x:y"));
}

static void hostile(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        " ",
        "x",
        "<",
        "<a>",
        "<a/><b/>",
        "{\"a\":1}",
        "<html><body>hello",
        "\xff\xfe<\0a\0/\0>",
        "<!DOCTYPE html><html></html>",
        "<!DOCTYPE a [<!ENTITY x \"y\">]>" GOOD,
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\">" GOOD,
        "<!DOCTYPE lolz [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
        "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]><lolz>&c;</lolz>",
        WHOLE("", USER CREDENTIALS "&unknown;", ""),
        WHOLE("", CREDENTIALS CREDENTIALS, ""),
        WHOLE("", CREDENTIALS "</AssumeRoleResult><AssumeRoleResult>" USER, ""),
        WHOLE("", USER USER CREDENTIALS, ""),
        WHOLE("", CREDENTIALS "<AssumedRoleUser><Arn>a</Arn><Arn>b</Arn></AssumedRoleUser>", ""),
        WHOLE("",
              CREDENTIALS
              "<AssumedRoleUser><AssumedRoleId>a</AssumedRoleId><AssumeRoleId>b</AssumeRoleId>"
              "</AssumedRoleUser>",
              ""),
        WHOLE("", "<Credentials><AccessKeyId>ASIA<b/>X</AccessKeyId></Credentials>", ""),
        WHOLE("", "<Credentials><AccessKeyId>ASIA-X</AccessKeyId></Credentials>", ""),
        WHOLE("", "<Credentials><SecretAccessKey>\xc3\xbc</SecretAccessKey></Credentials>", ""),
        WHOLE("", "<Credentials><SessionToken>a&#x1b;b</SessionToken></Credentials>", ""),
        WHOLE("", "<Credentials><Expiration>tomorrow</Expiration></Credentials>", ""),
        WHOLE("", "<AssumedRoleUser><Arn>a&#x202e;b</Arn></AssumedRoleUser>", ""),
        WHOLE("", CREDENTIALS, META META),
        GOOD "x",
        GOOD GOOD,
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refused(cases[i]);
    read_bytes(XA_ANSWER_ASSUME_ROLE, 200, GOOD "\0", sizeof GOOD);
    assert_int_equal(record.outcome, XA_OUTCOME_UNREADABLE);
    record = (struct xa_record){ 0 };
    xa_reply_read(XA_ANSWER_ASSUME_ROLE, (struct xa_slice){ 0 }, 200, (struct xa_slice){ 0 }, &reply,
                  &record);
    assert_int_equal(record.outcome, XA_OUTCOME_UNREADABLE);
}

/* Another operation's answer has none of the fields: the agent refuses that. */
static void another_root(void **state)
{
    (void)state;
    read_text(XA_ANSWER_CALLER_IDENTITY, 200, GOOD);
    assert_int_equal(record.outcome, XA_OUTCOME_ANSWERED);
    assert_int_equal(record.token.len + record.account.len + record.request_id.len, 0);
    read_text(XA_ANSWER_ASSUME_ROLE, 200, "<x>" GOOD "</x>");
    assert_int_equal(record.token.len, 0);
}

static void depth(void **state)
{
    (void)state;
    char text[1024] = "";
    for (int levels = 15; levels <= 17; levels++) {
        text[0] = '\0';
        for (int i = 0; i < levels; i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "<a>");
        for (int i = 0; i < levels; i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "</a>");
        read_text(XA_ANSWER_ASSUME_ROLE, 200, text);
        assert_int_equal(record.outcome,
                         levels <= 16 ? XA_OUTCOME_ANSWERED : XA_OUTCOME_UNREADABLE);
    }
    memset(text, 'n', sizeof text);                   /* a name that no path has room for */
    memcpy(text, "<", 1);
    memcpy(text + 600, "/>", 3);
    refused(text);
}

static void field_limits(void **state)
{
    (void)state;
    static const struct { const char *element; size_t max; } fields[] = {
        { "AccessKeyId", XA_ACCESS_KEY_ID_MAX }, { "SecretAccessKey", XA_SECRET_KEY_MAX },
        { "SessionToken", XA_TOKEN_MAX },
    };
    static char text[XA_TOKEN_MAX + 1024], value[XA_TOKEN_MAX + 2];
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        for (size_t over = 0; over <= 1; over++) {
            memset(value, 'x', sizeof value);
            value[fields[i].max + over] = '\0';
            snprintf(text, sizeof text, WHOLE("", "<Credentials><%s> %s </%s></Credentials>", ""),
                     fields[i].element, value, fields[i].element);
            read_text(XA_ANSWER_ASSUME_ROLE, 200, text);
            assert_int_equal(record.outcome,
                             over == 0 ? XA_OUTCOME_ANSWERED : XA_OUTCOME_UNREADABLE);
        }
}

static void every_truncation(void **state)
{
    (void)state;
    for (size_t n = 0; n < strlen(GOOD); n++) {
        read_bytes(XA_ANSWER_ASSUME_ROLE, 200, GOOD, n);
        assert_int_equal(record.outcome, XA_OUTCOME_UNREADABLE);
        read_bytes(XA_ANSWER_ASSUME_ROLE, 403, GOOD, n);
        assert_int_equal(record.outcome, XA_OUTCOME_ANSWERED);
    }
}

static void every_byte_changed(void **state)
{
    (void)state;
    char text[] = GOOD;
    for (size_t i = 0; i < sizeof text - 1; i++)
        for (unsigned v = 0; v < 256; v += 3) {
            char was = text[i];
            text[i] = (char)v;
            read_bytes(XA_ANSWER_ASSUME_ROLE, 200, text, sizeof text - 1);
            text[i] = was;
        }
}

#define SESSION(result) \
    "<GetSessionTokenResponse" XMLNS "><GetSessionTokenResult>" result \
    "</GetSessionTokenResult>" META "</GetSessionTokenResponse>"

static void session_token(void **state)
{
    (void)state;
    read_text(XA_ANSWER_SESSION_TOKEN, 200, SESSION(CREDENTIALS));
    assert_good();
    assert_true(xa_slice_is(record.request_id, "c6104cbe-af31"));
    assert_int_equal(record.role_arn.len + record.role_id.len, 0);
    read_text(XA_ANSWER_SESSION_TOKEN, 200, SESSION(USER CREDENTIALS));
    assert_good();
    assert_int_equal(record.role_arn.len, 0);        /* no part of this answer */
    read_text(XA_ANSWER_SESSION_TOKEN, 200, GOOD);
    assert_int_equal(record.token.len, 0);
    read_text(XA_ANSWER_ASSUME_ROLE, 200, SESSION(CREDENTIALS));
    assert_int_equal(record.token.len, 0);
    static const char *const twice[] = {
        SESSION(CREDENTIALS CREDENTIALS),
        SESSION(CREDENTIALS "</GetSessionTokenResult><GetSessionTokenResult>"),
        SESSION("<Credentials><SessionToken>a</SessionToken><SessionToken>b</SessionToken>"
                "</Credentials>"),
        SESSION("<Credentials><Expiration>never</Expiration></Credentials>"),
    };
    for (size_t i = 0; i < sizeof twice / sizeof twice[0]; i++) {
        read_text(XA_ANSWER_SESSION_TOKEN, 200, twice[i]);
        assert_int_equal(record.outcome, XA_OUTCOME_UNREADABLE);
        assert_int_equal(record.token.len, 0);
    }
}

/* --- ListMFADevices (facts 9) ------------------------------------------------------------ */

#define DEVICES(members) \
    "<ListMFADevicesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">" \
    "<ListMFADevicesResult><MFADevices>" members "</MFADevices><IsTruncated>false</IsTruncated>" \
    "</ListMFADevicesResult>" META "</ListMFADevicesResponse>"
#define DEVICE(serial) \
    "<member><UserName>alice</UserName><SerialNumber>" serial "</SerialNumber>" \
    "<EnableDate>2019-11-09T13:34:41Z</EnableDate></member>\n"
#define VIRTUAL "arn:aws:iam::123456789012:mfa/alice"

static const struct { const char *text, *devices; } listings[] = {
    { DEVICES(""), "" },
    { DEVICES(DEVICE(VIRTUAL)), " " VIRTUAL },
    { DEVICES(DEVICE(VIRTUAL) DEVICE("GAHT12345678")), " " VIRTUAL " GAHT12345678" },
    { DEVICES(DEVICE("\n  " VIRTUAL "\n\t")), " " VIRTUAL },
    { DEVICES(DEVICE("") DEVICE(VIRTUAL)), "  " VIRTUAL },
    { DEVICES(DEVICE("a&#45;b")), " a-b" },
    { DEVICES("<SerialNumber>elsewhere</SerialNumber>" DEVICE("x")), " x" },
    { "<ListMFADevicesResponse><MFADevices>" DEVICE("x") "</MFADevices></ListMFADevicesResponse>",
      "" },
};

static void mfa_devices(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof listings / sizeof listings[0]; i++) {
        read_text(XA_ANSWER_MFA_DEVICES, 200, listings[i].text);
        assert_int_equal(record.outcome, XA_OUTCOME_ANSWERED);
        if (!xa_slice_is(record.devices, listings[i].devices))
            fail_msg("%zu: '%.*s'", i, (int)record.devices.len, (const char *)record.devices.at);
        assert_int_equal(record.token.len + record.aws_code.len, 0);
    }
    read_text(XA_ANSWER_MFA_DEVICES, 200, DEVICES(DEVICE(VIRTUAL)));
    assert_true(xa_slice_is(record.request_id, "c6104cbe-af31"));
    read_text(XA_ANSWER_ASSUME_ROLE, 200, DEVICES(DEVICE(VIRTUAL)));
    assert_int_equal(record.devices.len, 0);
}

static void hostile_devices(void **state)
{
    (void)state;
    static const char *const cases[] = {
        DEVICES(DEVICE("a<b/>c")),
        DEVICES(DEVICE("a&#x1b;[m")),
        DEVICES(DEVICE("\xc3\xbc")),
        DEVICES(DEVICE(VIRTUAL) "</MFADevices></ListMFADevicesResult><ListMFADevicesResult>"
                "<MFADevices>" DEVICE("x")),
        DEVICES(DEVICE(VIRTUAL)) "x",
        "<!DOCTYPE a [<!ENTITY x \"y\">]>" DEVICES(DEVICE("x")),
        DEVICES(DEVICE("&x;")),
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        read_text(XA_ANSWER_MFA_DEVICES, 200, cases[i]);
        if (record.outcome != XA_OUTCOME_UNREADABLE)
            fail_msg("let through: %s", cases[i]);
        assert_int_equal(record.devices.len, 0);
    }
    static const char text[] = DEVICES(DEVICE(VIRTUAL));
    for (size_t n = 0; n < strlen(text); n++) {
        read_bytes(XA_ANSWER_MFA_DEVICES, 200, text, n);
        assert_int_equal(record.outcome, XA_OUTCOME_UNREADABLE);
    }
    read_text(XA_ANSWER_MFA_DEVICES, 403,
              "<ErrorResponse><Error><Code>AccessDenied</Code><Message>m</Message></Error>"
              "</ErrorResponse>");
    assert_true(xa_slice_is(record.aws_code, "AccessDenied"));
    assert_int_equal(record.devices.len, 0);
}

/* As many as a user can have, of the longest serials; what is more is left out whole, for
 * half a serial is another device's. */
static void many_devices(void **state)
{
    (void)state;
    static char text[100000], serial[XA_MFA_SERIAL_MAX + 2];
    for (size_t longer = 0; longer <= 1; longer++)
        for (unsigned count = 7; count <= 200; count += count < 10 ? 1 : 95) {
            size_t len = (size_t)snprintf(text, sizeof text, "<ListMFADevicesResponse>"
                                          "<ListMFADevicesResult><MFADevices>");
            for (unsigned i = 0; i < count; i++) {
                memset(serial, 'a' + (int)(i % 26), XA_MFA_SERIAL_MAX + longer);
                len += (size_t)snprintf(text + len, sizeof text - len, "<member><SerialNumber>%s"
                                        "</SerialNumber></member>", serial);
            }
            snprintf(text + len, sizeof text - len, "</MFADevices></ListMFADevicesResult>"
                     "</ListMFADevicesResponse>");
            read_text(XA_ANSWER_MFA_DEVICES, 200, text);
            assert_int_equal(record.outcome, XA_OUTCOME_ANSWERED);
            size_t each = XA_MFA_SERIAL_MAX + longer + 1;
            size_t most = XA_DEVICES_MAX / each;
            assert_int_equal(record.devices.len, (count < most ? count : most) * each);
            for (size_t i = 0; i < record.devices.len; i++)
                assert_int_equal(record.devices.at[i],
                                 i % each == 0 ? ' ' : 'a' + (int)(i / each % 26));
        }
}

static void caller_identity(void **state)
{
    (void)state;
    read_text(XA_ANSWER_CALLER_IDENTITY, 200,
              "<GetCallerIdentityResponse" XMLNS "><GetCallerIdentityResult><UserId>AIDA</UserId>"
              "<Account>012345678901</Account><Arn>arn:aws:iam::012345678901:user/a/alice</Arn>"
              "</GetCallerIdentityResult>" META "</GetCallerIdentityResponse>");
    assert_int_equal(record.outcome, XA_OUTCOME_ANSWERED);
    assert_true(xa_slice_is(record.account, "012345678901"));
    assert_true(xa_slice_is(record.arn, "arn:aws:iam::012345678901:user/a/alice"));
    assert_true(xa_slice_is(record.user_id, "AIDA"));
    assert_true(xa_slice_is(record.request_id, "c6104cbe-af31"));
}

/* Facts 1.5. */
static void errors(void **state)
{
    (void)state;
    static const struct {
        unsigned status; const char *text, *code, *message, *id;
    } cases[] = {
        { 403,
          "<ErrorResponse" XMLNS
          "><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no\n  way"
          "</Message></Error><RequestId>e5b9</RequestId></ErrorResponse>",
          "AccessDenied", "no   way", "e5b9" },
        { 400,
          "<ErrorResponse><Errors><Error><Code>X</Code><Message>m</Message></Error></Errors></"
          "ErrorResponse>",
          "X", "m", "" },
        { 400,
          "<Response><Errors><Error><Code>X</Code><Message>m</Message></Error></Errors>"
          "<RequestID>r</RequestID></Response>",
          "X", "m", "r" },
        { 400, "<Error><Code>X</Code><Message/><RequestId>r</RequestId></Error>", "X", "", "r" },
        { 409,
          "<ErrorResponse><Error><Code>X</Code><Message>a</Message><message>b</message></Error>"
          "</ErrorResponse>",
          "X", "a", "" },
        { 503, "", "", "", "" },
        { 502, "<html><head><title>502</title></head><body>bad<br>gateway</body></html>", "", "",
          "" },
        { 502, "<!DOCTYPE html><ErrorResponse><Error><Code>X</Code></Error></ErrorResponse>", "",
          "", "" },
        { 403, "{\"Error\":{\"Code\":\"X\"}}", "", "", "" },
        { 403,
          "<ErrorResponse><Error><Code>with "
          "blank</Code><Message>m</Message></Error></ErrorResponse>",
          "", "m", "" },
        { 302, GOOD, "", "", "" },
        { 201, GOOD, "", "", "" },
        { 403,
          "<ErrorResponse><Error><Code>X</Code><Message>t&#x202e;\xc3\xbc</Message></Error></"
          "ErrorResponse>",
          "X", "t?????", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        read_text(XA_ANSWER_ASSUME_ROLE, cases[i].status, cases[i].text);
        assert_int_equal(record.outcome, XA_OUTCOME_ANSWERED);
        assert_int_equal(record.status, cases[i].status);
        assert_true(xa_slice_is(record.aws_code, cases[i].code));
        if (!xa_slice_is(record.aws_message, cases[i].message))
            fail_msg("%zu: '%.*s'", i, (int)record.aws_message.len,
                     (const char *)record.aws_message.at);
        assert_true(xa_slice_is(record.request_id, cases[i].id));
        assert_int_equal(record.token.len, 0);
    }
}

static void read_message(const char *message)
{
    static char text[8192];
    snprintf(text, sizeof text,
             "<ErrorResponse><Error><Code>X</Code><Message>%s</Message></Error></ErrorResponse>",
             message);
    read_text(XA_ANSWER_ASSUME_ROLE, 403, text);
    assert_true(xa_slice_is(record.aws_code, "X"));
}

/* The message is cut between two characters, whichever of its bytes is the 1024th. */
static void long_messages(void **state)
{
    (void)state;
    static const char *const characters[] = { "a", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x94\x91" };
    static char message[4096];
    for (size_t c = 0; c < 4; c++)
        for (size_t shift = 0; shift < 4; shift++) {
            size_t size = strlen(characters[c]), at = shift;
            memset(message, '.', shift);
            while (at + size < 3000) {
                memcpy(message + at, characters[c], size);
                at += size;
            }
            message[at] = '\0';
            read_message(message);
            size_t most = shift + (XA_AWS_MESSAGE_MAX - shift) / size * size;
            assert_int_equal(record.aws_message.len, most);
            assert_memory_equal(record.aws_message.at, message, most);
        }
}

/* Facts 2.4: what follows would hold the session token. */
static void canonical_request_is_dropped(void **state)
{
    (void)state;
    read_message("The request signature we calculated does not match the signature you provided. "
                 "Check your AWS Secret Access Key and signing method.\n\nThe Canonical String for "
                 "this request "
                 "should have been\n'POST\n/\n\nhost:sts\nx-amz-security-token:SECRETTOKEN\n'\n\n"
                 "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20150830T123600Z'");
    assert_true(xa_slice_is(
        record.aws_message,
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method."));
    read_message("mismatch: the canonical string: SECRETTOKEN");
    assert_true(xa_slice_is(record.aws_message, "mismatch:"));
    read_message("got X-Amz-Security-Token: SECRETTOKEN");
    assert_true(xa_slice_is(record.aws_message, "got"));
    read_message("The security token included in the request is expired");
    assert_true(
        xa_slice_is(record.aws_message, "The security token included in the request is expired"));
}

static void wiping_memory(void **state)
{
    (void)state;
    char *text = xa_wipe_strdup("secret");
    assert_string_equal(text, "secret");
    text = xa_wipe_realloc(text, 1 << 20);
    assert_string_equal(text, "secret");
    text = xa_wipe_realloc(text, 3);
    assert_memory_equal(text, "sec", 3);
    assert_null(xa_wipe_realloc(text, 0));
    text = xa_wipe_calloc(3, 5);
    for (int i = 0; i < 15; i++)
        assert_int_equal(text[i], 0);
    xa_wipe_free(text);
    xa_wipe_free(NULL);
    assert_null(xa_wipe_calloc(SIZE_MAX / 2, 3));
    assert_null(xa_wipe_malloc(SIZE_MAX));
    text = xa_wipe_realloc(NULL, 8);
    assert_non_null(text);
    assert_int_equal((uintptr_t)text % _Alignof(max_align_t), 0);
    xa_wipe_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assume_role),
        cmocka_unit_test(assume_role_variants),
        cmocka_unit_test(hostile),
        cmocka_unit_test(another_root),
        cmocka_unit_test(depth),
        cmocka_unit_test(field_limits),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(every_byte_changed),
        cmocka_unit_test(session_token),
        cmocka_unit_test(mfa_devices),
        cmocka_unit_test(hostile_devices),
        cmocka_unit_test(many_devices),
        cmocka_unit_test(caller_identity),
        cmocka_unit_test(errors),
        cmocka_unit_test(long_messages),
        cmocka_unit_test(canonical_request_is_dropped),
        cmocka_unit_test(wiping_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
