/* The limits of AssumeRole's parameters, each at its edge and one past, with the value in
 * the message (facts 1.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/aws/limits.h"

#define S(text) xa_slice_of(text)
#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define A_POLICY "arn:aws:iam::aws:policy/"

static struct xa_error err;
static char many[20000];

static struct xa_assume_role plain(void)
{
    return (struct xa_assume_role){ .role_arn = S("arn:aws:iam::222222222222:role/Admin"),
                                    .session_name = S("alice"), .duration_s = 3600 };
}

static struct xa_slice times(char c, size_t n)
{
    assert_true(n < sizeof many);
    memset(many, c, sizeof many);
    return (struct xa_slice){ (const uint8_t *)many, n };
}

static bool fits(const struct xa_assume_role *call)
{
    memset(&err, 0, sizeof err);
    bool ok = xa_assume_role_fits(call, &err);
    assert_int_equal(err.code, ok ? XA_OK : XA_USAGE);
    assert_int_equal(xa_assume_role_fits(call, NULL), ok);
    return ok;
}

/* says: what the message has to hold; NULL: it fits. */
#define CHECK(member, value, says)                                                          \
    do {                                                                                    \
        struct xa_assume_role call_ = plain();                                              \
        call_.member = (value);                                                             \
        judge(&call_, says);                                                                \
    } while (0)

static void judge(const struct xa_assume_role *call, const char *says)
{
    if (fits(call) != (says == NULL) || (says != NULL && strstr(err.message, says) == NULL))
        fail_msg("'%s', not '%s'", err.message, says != NULL ? says : "");
}

/* --- classes of characters --------------------------------------------------------- */

/* Every byte, at each place of a value of four. */
static void check_class(size_t member, const char *others)
{
    for (unsigned c = 0; c < 256; c++)
        for (size_t at = 0; at < 4; at++) {
            char text[] = "abcd";
            struct xa_slice value = { (const uint8_t *)text, 4 };
            struct xa_assume_role call = plain();
            text[at] = (char)c;
            memcpy((uint8_t *)&call + member, &value, sizeof value);
            bool good = c != 0 && (strchr(ALNUM, (int)c) != NULL || strchr(others, (int)c) != NULL);
            if (fits(&call) != good)
                fail_msg("byte %u at %zu of '%s'", c, at, others);
        }
}

static void each_character_is_judged(void **state)
{
    (void)state;
    check_class(offsetof(struct xa_assume_role, session_name), "_+=,.@-");
    check_class(offsetof(struct xa_assume_role, external_id), "_+=,.@:/-");
    check_class(offsetof(struct xa_assume_role, source_identity), "_+=,.@-");
}

/* --- names ---------------------------------------------------------------------------- */

static void a_session_name_has_2_to_64(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 70; n++) {
        assert_int_equal(xa_session_name_valid(times('s', n)), n >= 2 && n <= 64);
        CHECK(session_name, times('s', n), n >= 2 && n <= 64 ? NULL : "is not 2 to 64 of A-Z");
    }
    CHECK(session_name, S(""), "the session name '' is not");
    CHECK(session_name, S("al ice"), "the session name 'al ice' is not");
    struct xa_assume_role none = plain();
    none.session_name = (struct xa_slice){ 0 };
    judge(&none, "the session name '' is not");
}

static void an_external_id_has_2_to_1224(void **state)
{
    (void)state;
    assert_false(xa_external_id_valid(times('e', 0)) || xa_external_id_valid(times('e', 1)));
    assert_true(xa_external_id_valid(times('e', 2)) && xa_external_id_valid(times('e', 1224)));
    assert_false(xa_external_id_valid(times('e', 1225)));
    CHECK(external_id, S(""), NULL);                 /* not sent */
    CHECK(external_id, S("e"), "the external id 'e' is not 2 to 1224");
    CHECK(external_id, S("a/b:c"), NULL);
    CHECK(external_id, S("a b"), "the external id 'a b' is not");
    CHECK(external_id, times('e', 1224), NULL);
    CHECK(external_id, times('e', 1225), "is not 2 to 1224");
}

static void a_source_identity_has_2_to_64_and_is_not_aws_own(void **state)
{
    (void)state;
    CHECK(source_identity, S(""), NULL);
    for (size_t n = 1; n <= 66; n++)
        CHECK(source_identity, times('i', n),
              n >= 2 && n <= 64 ? NULL : "is not 2 to 64 of A-Z");
    CHECK(source_identity, S("i"), "the source identity 'i'");
    CHECK(source_identity, S("aws:alice"), "the source identity 'aws:alice'");
    CHECK(source_identity, S("aws"), NULL);
    CHECK(source_identity, S("aws-alice"), NULL);
}

/* A value that is long or hostile is shown cut, and printable. */
static void what_is_shown_is_cut(void **state)
{
    (void)state;
    CHECK(session_name, times('s', 81), "name 'sssssss");
    many[81] = '\0';
    assert_null(strstr(err.message, many));          /* 80 of them at most */
    many[80] = '\0';
    assert_non_null(strstr(err.message, many));
    CHECK(session_name, S("a\x1b[31m"), "'a?[31m'");
}

/* --- policies ---------------------------------------------------------------------------- */

static void a_policy_is_one_json_object(void **state)
{
    (void)state;
    CHECK(policy, S(""), NULL);
    CHECK(policy, S("{}"), NULL);
    CHECK(policy, S("{\"Version\":\"2012-10-17\",\"Statement\":[]}"), NULL);
    CHECK(policy, S("[]"), "is no JSON object: '[]'");
    CHECK(policy, S("{"), "is no JSON object: '{'");
    CHECK(policy, S("}"), "is no JSON object: '}'");
    CHECK(policy, S("{} "), "is no JSON object: '{} '");
    CHECK(policy, S("file:///x"), "is no JSON object: 'file:///x'");
    /* AWS's 2048 are of what it packs: longer ones are its to refuse. */
    struct xa_slice policy = times(' ', 2049);
    many[0] = '{';
    many[2048] = '}';
    CHECK(policy, policy, NULL);
    many[2048] = ' ';
    policy.len = XA_POLICY_MAX;
    many[XA_POLICY_MAX - 1] = '}';
    CHECK(policy, policy, NULL);
    policy.len++;
    many[XA_POLICY_MAX] = '}';
    CHECK(policy, policy, "has 8193 characters");
}

/* `n` items, each `head`, a number, and `tail`; behind commas and blanks. */
static struct xa_slice list_of(unsigned n, const char *head, const char *tail)
{
    size_t len = 0;
    for (unsigned i = 0; i < n; i++)
        len += (size_t)snprintf(many + len, sizeof many - len, "%s%s%u%s", i > 0 ? ", " : "",
                                head, i, tail);
    return (struct xa_slice){ (const uint8_t *)many, len };
}

static void managed_policies_are_ten_arns(void **state)
{
    (void)state;
    CHECK(policy_arns, S(""), NULL);
    CHECK(policy_arns, S(A_POLICY "ReadOnlyAccess"), NULL);
    CHECK(policy_arns, S("  " A_POLICY "a ,\t" A_POLICY "b"), NULL);
    CHECK(policy_arns, S("arn:aws-cn:iam::222222222222:policy/team/own"), NULL);
    CHECK(policy_arns, S("arn:a:iam::1:policy/"), NULL);              /* 20 bytes */
    CHECK(policy_arns, S("arn:a:iam:::policy/"), "'arn:a:iam:::policy/' is not the ARN of a");
    CHECK(policy_arns, S("ReadOnlyAccess"), "'ReadOnlyAccess' is not the ARN of a managed policy");
    CHECK(policy_arns, S("arn:aws:iam::222222222222:role/Admin"), "'arn:aws:iam::2222");
    CHECK(policy_arns, S("xrn:aws:iam::222222222222:policy/own"), "'xrn:aws:iam::2222");
    CHECK(policy_arns, S(A_POLICY "a,"), "'' is not the ARN of a managed policy");
    CHECK(policy_arns, S("," A_POLICY "a"), "'' is not the ARN");
    struct xa_slice longest = times('p', XA_ARN_MAX);
    memcpy(many, A_POLICY, strlen(A_POLICY));
    CHECK(policy_arns, longest, NULL);
    longest.len++;
    CHECK(policy_arns, longest, "is not the ARN of a managed policy");
    CHECK(policy_arns, list_of(10, A_POLICY, ""), NULL);
    CHECK(policy_arns, list_of(11, A_POLICY, ""), "10 managed policies are the most");
}

/* --- tags ------------------------------------------------------------------------------------ */

static struct xa_slice tag_of(char key, size_t key_len, char value, size_t value_len)
{
    memset(many, key, key_len);
    many[key_len] = '=';
    memset(many + key_len + 1, value, value_len);
    return (struct xa_slice){ (const uint8_t *)many, key_len + 1 + value_len };
}

/* Limits count characters, not bytes. */
static struct xa_slice umlauts(size_t in_key, size_t in_value)
{
    size_t len = 0;
    for (size_t i = 0; i < in_key + in_value; i++) {
        if (i == in_key)
            many[len++] = '=';
        memcpy(many + len, "\xc3\xbc", 2);
        len += 2;
    }
    return (struct xa_slice){ (const uint8_t *)many, len };
}

static void tags_have_keys_and_values(void **state)
{
    (void)state;
    CHECK(tags, S(""), NULL);
    CHECK(tags, S("team=a"), NULL);
    CHECK(tags, S("team="), NULL);
    CHECK(tags, S(" cost centre = a b/c:d=e+f@g._- , x=y"), NULL);
    CHECK(tags, S("team"), "the tag 'team' is not key=value");
    CHECK(tags, S("a=b,team"), "the tag 'team' is not key=value");
    CHECK(tags, S("=b"), "'' is not a tag's key");
    CHECK(tags, S("a=b,"), "the tag '' is not key=value");
    CHECK(tags, S("a*b=c"), "'a*b' is not a tag's key: 1 to 128");
    CHECK(tags, S("a=b*c"), "the tag 'a=b*c' has a value that is not at most 256");
    CHECK(tags, S("a=b\x1b"), "the tag 'a=b?'");
    CHECK(tags, tag_of('k', 128, 'v', 256), NULL);
    CHECK(tags, tag_of('k', 129, 'v', 1), "kkk' is not a tag's key");
    CHECK(tags, tag_of('k', 1, 'v', 257), "the tag 'k=vvv");
    CHECK(tags, umlauts(128, 256), NULL);
    CHECK(tags, umlauts(129, 1), "is not a tag's key");
    CHECK(tags, umlauts(1, 257), "has a value");
}

static void each_byte_of_a_tag_is_judged(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 128; c++) {
        char key[] = "a?b=v", value[] = "k=a?b";
        key[1] = value[3] = (char)c;
        bool good = strchr(ALNUM " _.:/=+-@", (int)c) != NULL;
        struct xa_assume_role call = plain();
        call.tags = S(value);
        /* ',' begins another tag, which is none */
        assert_int_equal(fits(&call), good);
        call.tags = S(key);
        assert_int_equal(fits(&call), good);
    }
}

static void fifty_tags_and_no_key_twice(void **state)
{
    (void)state;
    CHECK(tags, list_of(50, "k", "=v"), NULL);
    CHECK(tags, list_of(51, "k", "=v"), "50 tags are the most");
    CHECK(tags, S("team=a,Team=b"), "the tag key 'Team' is there twice");
    CHECK(tags, S("team=a, x=y , TEAM=b"), "'TEAM'");
    CHECK(tags, S("team=a,teams=b,tea=c"), NULL);
    struct xa_slice list = list_of(49, "k", "=v");
    list.len += (size_t)snprintf(many + list.len, sizeof many - list.len, ",K0=w");
    CHECK(tags, list, "the tag key 'K0' is there twice");
}

static void transitive_keys_are_keys_and_fifty(void **state)
{
    (void)state;
    struct xa_assume_role call = plain();
    call.tags = S("team=a,Cost=b");
    call.transitive_tags = S("team");
    judge(&call, NULL);
    call.transitive_tags = S("team, cost");          /* keys have no case */
    judge(&call, NULL);
    call.transitive_tags = S("team,,cost");
    judge(&call, "'' is not a tag's key");
    call.transitive_tags = S("te*am");
    judge(&call, "'te*am' is not a tag's key");
    for (unsigned n = 50; n <= 51; n++) {
        size_t len = 0;
        for (unsigned i = 0; i < n; i++)
            len += (size_t)snprintf(many + len, sizeof many - len, "%steam", i > 0 ? "," : "");
        call.transitive_tags = (struct xa_slice){ (const uint8_t *)many, len };
        judge(&call, n == 50 ? NULL : "50 transitive tags are the most");
    }
}

/* What one defect hides in the midst of good ones. */
static void all_parameters_together(void **state)
{
    (void)state;
    struct xa_assume_role call = plain();
    call.external_id = S("a/b:c");
    call.source_identity = S("Alice");
    call.policy = S("{}");
    call.policy_arns = S(A_POLICY "x");
    call.tags = S("team=a");
    call.transitive_tags = S("team");
    judge(&call, NULL);
    call.transitive_tags = S("?");
    judge(&call, "'?'");
    call.tags = S("?");
    judge(&call, "the tag '?'");
    call.policy_arns = S("?");
    judge(&call, "the ARN of a managed policy");
    call.policy = S("?");
    judge(&call, "no JSON object");
    call.source_identity = S("?");
    judge(&call, "the source identity '?'");
    call.external_id = S("?");
    judge(&call, "the external id '?'");
    call.session_name = S("?");
    judge(&call, "the session name '?'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_character_is_judged),
        cmocka_unit_test(a_session_name_has_2_to_64),
        cmocka_unit_test(an_external_id_has_2_to_1224),
        cmocka_unit_test(a_source_identity_has_2_to_64_and_is_not_aws_own),
        cmocka_unit_test(what_is_shown_is_cut),
        cmocka_unit_test(a_policy_is_one_json_object),
        cmocka_unit_test(managed_policies_are_ten_arns),
        cmocka_unit_test(tags_have_keys_and_values),
        cmocka_unit_test(each_byte_of_a_tag_is_judged),
        cmocka_unit_test(fifty_tags_and_no_key_twice),
        cmocka_unit_test(transitive_keys_are_keys_and_fifty),
        cmocka_unit_test(all_parameters_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
