/* Lines `KEY VALUE` and the statements of a policy among them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/accounts/details.h"

static struct xa_slice s(const char *text)
{
    return xa_slice_of(text);
}

static void lines_are_taken_one_by_one(void **state)
{
    struct xa_slice rest = s("key AKIA\nstatus Active\ntext a b  c\nempty \n");
    struct xa_detail line;
    (void)state;
    assert_true(xa_detail_next(&rest, &line));
    assert_true(xa_slice_is(line.key, "key") && xa_slice_is(line.value, "AKIA"));
    assert_true(xa_detail_next(&rest, &line));
    assert_true(xa_detail_next(&rest, &line));
    assert_true(xa_slice_is(line.value, "a b  c"));
    assert_true(xa_detail_next(&rest, &line));
    assert_int_equal(line.value.len, 0);
    assert_false(xa_detail_next(&rest, &line));
}

static void what_is_no_line_ends_them(void **state)
{
    static const char *const broken[] = { "key value", "Key value\n", " value\n", "key\n", "k\x01 v\n" };
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct xa_slice rest = s(broken[i]);
        struct xa_detail line;
        assert_false(xa_detail_next(&rest, &line));
        assert_int_equal(rest.len, strlen(broken[i]));
    }
}

static void a_value_is_found(void **state)
{
    struct xa_slice details = s("key A\nkey B\nmax 3600\nbig 1234567890123456789\nodd 1x\n");
    (void)state;
    assert_true(xa_slice_is(xa_details_find(details, "key"), "A"));
    assert_int_equal(xa_details_find(details, "none").len, 0);
    assert_true(xa_details_have(details, "key", s("B")));
    assert_false(xa_details_have(details, "key", s("C")));
    assert_int_equal(xa_details_number(details, "max"), 3600);
    assert_int_equal(xa_details_number(details, "big"), 0);
    assert_int_equal(xa_details_number(details, "odd"), 0);
    assert_int_equal(xa_details_number(details, "none"), 0);
}

static void a_tags_value_is_its_own(void **state)
{
    (void)state;
    struct xa_slice tags = s("tag.key team\ntag.value setup\ntag.key xacct\ntag.value \ntag.key a\n"
                             "tag.value setup\ntag.key b\ntag.key c\ntag.value d\n");
    assert_true(xa_slice_is(xa_details_tag(tags, "team"), "setup"));
    assert_int_equal(xa_details_tag(tags, "xacct").len, 0);
    assert_int_equal(xa_details_tag(tags, "b").len, 0);       /* the next one's is not its */
    assert_true(xa_slice_is(xa_details_tag(tags, "c"), "d"));
    assert_int_equal(xa_details_tag(tags, "none").len, 0);
    assert_int_equal(xa_details_tag(s("tag.key last\n"), "last").len, 0);
}

static void statements_are_told_apart(void **state)
{
    struct xa_slice rest = s("arn x\nstatement First\neffect Allow\naction sts:AssumeRole\n"
                             "resource arn:a\nstatement -\neffect Deny\naction *\n");
    struct xa_statement one;
    (void)state;
    assert_true(xa_statements_next(&rest, &one));
    assert_true(xa_slice_is(one.sid, "First") && one.allows);
    assert_true(xa_slice_is(one.lines, "effect Allow\naction sts:AssumeRole\nresource arn:a\n"));
    assert_true(xa_statements_next(&rest, &one));
    assert_true(one.sid.len == 0 && !one.allows);
    assert_true(xa_statement_matches(&one, "action", s("sts:AssumeRole"), true));
    assert_false(xa_statements_next(&rest, &one));
}

static void a_statement_without_lines_is_one(void **state)
{
    struct xa_slice rest = s("statement A\nstatement B\neffect Allow\n");
    struct xa_statement one;
    (void)state;
    assert_true(xa_statements_next(&rest, &one));
    assert_true(xa_slice_is(one.sid, "A") && one.lines.len == 0 && !one.allows);
    assert_true(xa_statements_next(&rest, &one));
    assert_true(xa_slice_is(one.sid, "B") && one.allows);
}

static void patterns_match_as_iam_has_it(void **state)
{
    static const struct { const char *pattern, *text; bool fold, matches; } rows[] = {
        { "*", "", false, true },
        { "", "", false, true },
        { "", "a", false, false },
        { "sts:*", "sts:AssumeRole", true, true },
        { "STS:assumerole", "sts:AssumeRole", true, true },
        { "STS:assumerole", "sts:AssumeRole", false, false },
        { "arn:aws:iam::222222222222:role/*", "arn:aws:iam::222222222222:role/team/Admin", false,
          true },
        { "arn:aws:iam::?22222222222:role/Admin", "arn:aws:iam::222222222222:role/Admin", false,
          true },
        { "a*b*c", "aXbYbZc", false, true },
        { "a*b*c", "aXbYbZ", false, false },
        { "a?", "a", false, false },
        { "*a", "aaab", false, false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(xa_pattern_matches(s(rows[i].pattern), s(rows[i].text), rows[i].fold),
                         rows[i].matches);
}

static void conditions_are_taken_apart(void **state)
{
    const struct xa_detail line = { s("condition"), s("StringEquals sts:ExternalId a b") };
    const struct xa_detail none = { s("action"), s("a b c") };
    const struct xa_detail empty = { s("condition"), s("Null aws:TokenIssueTime") };
    struct xa_condition c;
    (void)state;
    assert_true(xa_condition_of(&line, &c));
    assert_true(xa_slice_is(c.op, "StringEquals") && xa_slice_is(c.key, "sts:ExternalId") &&
                xa_slice_is(c.value, "a b"));
    assert_false(xa_condition_of(&none, &c));
    assert_true(xa_condition_of(&empty, &c));
    assert_int_equal(c.value.len, 0);
}

/* At its worst: stars and all but the last character. What is not judged within the effort is
 * not known, however many there are. */
static void patterns_have_an_end(void **state)
{
    static char pattern[XA_PATTERN_MAX + 2], text[XA_PATTERN_MAX + 2];
    size_t effort = XA_PATTERN_EFFORT;
    bool matches;
    (void)state;
    memset(text, 'a', XA_PATTERN_MAX);
    memset(pattern, 'a', XA_PATTERN_MAX / 2);
    pattern[0] = '*';
    pattern[XA_PATTERN_MAX / 2] = 'b';
    assert_false(xa_pattern_judge(s(pattern), s(text), false, &effort, &matches));
    assert_int_equal(effort, 0);
    assert_false(xa_pattern_judge(s("a"), s("a"), false, &effort, &matches));
    effort = 100;
    assert_true(xa_pattern_judge(s("*arn:*"), s("an arn:x"), false, &effort, &matches) && matches);
    assert_in_range(effort, 50, 99);
    assert_true(xa_pattern_judge(s("b*"), s("a"), false, &effort, &matches) && !matches);
    effort = XA_PATTERN_EFFORT;
    memset(pattern, '*', XA_PATTERN_MAX + 1);
    assert_false(xa_pattern_judge(s(pattern), s("a"), false, &effort, &matches));
    pattern[XA_PATTERN_MAX] = '\0';
    assert_true(xa_pattern_judge(s(pattern), s(text), false, &effort, &matches) && matches);
    text[XA_PATTERN_MAX] = 'a';
    assert_false(xa_pattern_judge(s("*"), s(text), false, &effort, &matches));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_taken_one_by_one),
        cmocka_unit_test(what_is_no_line_ends_them),
        cmocka_unit_test(a_value_is_found),
        cmocka_unit_test(a_tags_value_is_its_own),
        cmocka_unit_test(patterns_have_an_end),
        cmocka_unit_test(statements_are_told_apart),
        cmocka_unit_test(a_statement_without_lines_is_one),
        cmocka_unit_test(patterns_match_as_iam_has_it),
        cmocka_unit_test(conditions_are_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
