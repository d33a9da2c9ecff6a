/* The command line: options in every form, what is refused, and that the tables of
 * options and commands agree with each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/commands.h"

#define LINE(...) ((char *[]){ (char[]){ "xacct" }, __VA_ARGS__, NULL })
#define W(text) ((char[]){ text })

static struct xa_options opt;
static struct xa_error err;

static bool parse(char *const *argv)
{
    int argc = 0;
    while (argv[argc] != NULL)
        argc++;
    memset(&err, 0, sizeof err);
    return xa_options_parse(argc, argv, xa_command_program_after, &opt, &err);
}

/* These, and no others. */
static void assert_given(const uint8_t *list)
{
    for (size_t i = 1; i < XA_N_OPTIONS; i++)
        assert_int_equal(opt.given[i], xa_options_in(list, i));
}

static void every_form(void **state)
{
    char *const *lines[] = {
        LINE(W("env"), W("prod"), W("-d"), W("1h30m"), W("-q"), W("-r"), W("eu-west-1")),
        LINE(W("-q"), W("-d1h30m"), W("env"), W("-reu-west-1"), W("prod")),
        LINE(W("--duration"), W("5400"), W("-qr"), W("eu-west-1"), W("env"), W("prod")),
        LINE(W("env"), W("--duration=90m"), W("--quiet"), W("--region=eu-west-1"), W("--"),
             W("prod")),
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_true(parse(lines[i]));
        assert_int_equal(opt.n_words, 2);
        assert_string_equal(opt.words[0], "env");
        assert_string_equal(opt.words[1], "prod");
        assert_int_equal(opt.duration_s, 5400);
        assert_string_equal(opt.region, "eu-west-1");
        assert_given(XA_OPTIONS(XA_OPT_DURATION, XA_OPT_REGION, XA_OPT_QUIET));
        assert_true(opt.secret_fd == -1 && opt.passphrase_fd == -1 && opt.new_passphrase_fd == -1);
    }
}

static void words_that_look_like_options(void **state)
{
    (void)state;
    assert_true(parse(LINE(W("env"), W("--"), W("-d"), W("--"), W("--help"))));
    assert_int_equal(opt.n_words, 4);
    assert_string_equal(opt.words[1], "-d");
    assert_given(NULL);
    assert_true(parse(LINE(W("env"), W("-"))));
    assert_string_equal(opt.words[1], "-");
    assert_true(parse(LINE(W("--session-name"), W("--x"))));
    assert_string_equal(opt.session_name, "--x");
}

static void refusals(void **state)
{
    static char long_region[66];
    memset(long_region, 'a', 64);
    const struct { char *const *line; const char *says; } rows[] = {
        { LINE(W("env"), W("--regoin"), W("x")), "did you mean --region?" },
        { LINE(W("env"), W("--qqqqqqq")), "no option --qqqqqqq" },
        { LINE(W("env"), W("-Z")), "no option -Z" },
        { LINE(W("env"), W("--duration")), "needs a value: TIME" },
        { LINE(W("env"), W("-d")), "needs a value: TIME" },
        { LINE(W("env"), W("--duration=")), "not a time" },
        { LINE(W("env"), W("-d"), W("899")), "--duration 899: outside 15m to 1d12h" },
        { LINE(W("env"), W("-d"), W("129601")), "--duration 129601: outside" },
        { LINE(W("env"), W("--min-ttl"), W("0")), "outside" },
        { LINE(W("env"), W("--refresh=no")), "--refresh takes no value" },
        { LINE(W("env"), W("--region=")), "0 characters; 1 to 63" },
        { LINE(W("env"), W("--region"), long_region), "64 characters; 1 to 63" },
        { LINE(W("env"), W("--region"), W("a\033[2J")), "cannot be printed" },
        { LINE(W("env"), W("--external-id"), W("x")), "1 character; 2 to 1224" },
        { LINE(W("add"), W("--secret-fd"), W("-1")), "not the number" },
        { LINE(W("add"), W("--secret-fd"), W("")), "not the number" },
        { LINE(W("add"), W("--secret-fd"), W("1x")), "not the number" },
        { LINE(W("add"), W("--secret-fd"), W("99999999999")), "not the number" },
        { LINE(W("add"), W("--secret-fd"), W("999")), "is not open" },
        { LINE(W("env"), W("--policy=")), "0 characters; 1 to 8192" },
        { LINE(W("env"), W("--tags"), W("a=b\nc=d")), "cannot be printed" },
        { LINE(W("env"), W("--source-identity"), W("x")), "1 character; 2 to 64" },
        { LINE(W("setup"), W("--account"), W("22222222222")), "11 characters; 12 are wanted" },
        { LINE(W("setup"), W("--max-duration"), W("59m")), "outside 1h00m to 12h00m" },
        { LINE(W("setup"), W("--max-duration"), W("1d")), "outside 1h00m to 12h00m" },
        { LINE(W("setup"), W("--org"), W("o-123456789")), "11 characters; 12 to 34" },
        { LINE(W("rotate"), W("--grace"), W("90d1s")), "outside 1s to 90d" },
        { LINE(W("rotate"), W("--grace"), W("0d")), "outside 1s to 90d" },
        { LINE(W("rotate"), W("--delete"), W("AKIA")), "4 characters; 16 to 128" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_false(parse(rows[i].line));
        assert_int_equal(err.code, XA_USAGE);
        if (strstr(err.message, rows[i].says) == NULL)
            fail_msg("'%s' does not say '%s'", err.message, rows[i].says);
    }
}

static void the_first_failure_counts_and_the_rest_is_read(void **state)
{
    (void)state;
    assert_false(parse(LINE(W("--bad1"), W("env"), W("--bad2"), W("-h"))));
    assert_non_null(strstr(err.message, "bad1"));
    assert_string_equal(opt.words[0], "env");
    assert_true(xa_options_has(&opt, XA_OPT_HELP));
}

static void a_secret_in_the_wrong_place_is_not_shown(void **state)
{
    static char secret[XA_ACCESS_KEY_ID_MAX + 2];
    (void)state;
    memset(secret, 'S', sizeof secret - 1);
    assert_false(parse(LINE(W("add"), W("--access-key-id"), secret)));
    assert_null(strstr(err.message, "SSSS"));
}

static void as_many_words_as_there_is_room_for(void **state)
{
    static char word[] = "x", last[] = "last";
    char *line[XA_WORDS_MAX + 3] = { word };
    (void)state;
    for (size_t i = 1; i <= XA_WORDS_MAX; i++)
        line[i] = word;
    assert_true(parse(line));
    assert_int_equal(opt.n_words, XA_WORDS_MAX);
    line[XA_WORDS_MAX + 1] = last;
    assert_false(parse(line));
    assert_string_equal(err.message, "too many words: 'last'");
}

static void a_policy_may_have_lines(void **state)
{
    (void)state;
    assert_true(parse(LINE(W("env"), W("--policy"), W("{\n\t}"))));
    assert_string_equal(opt.policy, "{\n\t}");
}

static void what_is_for_setup_and_rotate(void **state)
{
    (void)state;
    assert_true(parse(LINE(W("--account"), W("222222222222"), W("--permissions=ReadOnlyAccess"),
                           W("--max-duration"), W("4h"), W("--trust"), W("org"), W("--org"),
                           W("o-a1b2c3d4e5"), W("--policy-name"), W("xacct"), W("--path"),
                           W("/ops/"), W("--dest-admin"), W("prod"), W("--source-admin"),
                           W("boss"), W("--from"), W("all.csv"), W("--grace"), W("7d"),
                           W("--delete"), W("AKIAIOSFODNN7EXAMPLE"))));
    assert_string_equal(opt.account, "222222222222");
    assert_string_equal(opt.permissions, "ReadOnlyAccess");
    assert_int_equal(opt.max_duration_s, 4 * 3600);
    assert_string_equal(opt.trust, "org");
    assert_string_equal(opt.org, "o-a1b2c3d4e5");
    assert_string_equal(opt.policy_name, "xacct");
    assert_string_equal(opt.path, "/ops/");
    assert_string_equal(opt.dest_admin, "prod");
    assert_string_equal(opt.source_admin, "boss");
    assert_string_equal(opt.from, "all.csv");
    assert_int_equal(opt.grace_s, 7 * 86400);
    assert_string_equal(opt.delete_key, "AKIAIOSFODNN7EXAMPLE");
    assert_true(parse(LINE(W("--require-mfa"), W("--apply"), W("--undo"), W("--due"),
                           W("--keep-inactive"), W("--discover"))));
    assert_given(XA_OPTIONS(XA_OPT_REQUIRE_MFA, XA_OPT_APPLY, XA_OPT_UNDO, XA_OPT_DUE,
                            XA_OPT_KEEP_INACTIVE, XA_OPT_DISCOVER));
}

static void stray(void **state)
{
    (void)state;
    assert_true(parse(LINE(W("env"), W("--tags"), W("a=b"), W("-y"))));
    assert_string_equal(xa_options_stray(&opt, XA_OPTIONS(XA_OPT_TAGS)), "--yes");
    assert_null(xa_options_stray(&opt, XA_OPTIONS(XA_OPT_TAGS, XA_OPT_YES)));
    assert_string_equal(xa_options_stray(&opt, NULL), "--tags");
    assert_true(parse(LINE(W("env"), W("-qh"), W("--no-input"))));
    assert_null(xa_options_stray(&opt, NULL));        /* every command takes them */
}

static void any_of_several(void **state)
{
    (void)state;
    assert_true(parse(LINE(W("env"), W("--tags"), W("a=b"), W("-V"))));
    assert_true(xa_options_has_any(&opt, XA_OPTIONS(XA_OPT_DURATION, XA_OPT_TAGS)));
    assert_true(xa_options_has_any(&opt, XA_OPTIONS(XA_OPT_VERSION)));     /* the last one */
    assert_false(xa_options_has_any(&opt, XA_OPTIONS(XA_OPT_DURATION, XA_OPT_YES)));
}

/* Every command is found by its words, says what it is, and its help fits a terminal. */
static void the_table_of_commands(void **state)
{
    (void)state;
    for (size_t i = 0; i < xa_n_commands; i++) {
        const struct xa_command *cmd = &xa_commands[i];
        struct xa_command_texts texts = xa_command_texts(cmd);
        bool two = cmd->family[0] != '\0';
        const char *words[] = { two ? cmd->family : cmd->name, cmd->name };
        const char *alias = cmd->alias;
        size_t n = 0, n_words = two ? 2 : 1;
        assert_ptr_equal(xa_command_find(words, n_words, &n, &err), cmd);
        assert_int_equal(n, n_words);
        assert_non_null(cmd->run);
        assert_true(strlen(texts.examples) > 0 && strlen(texts.summary) > 0);
        assert_true(strlen(texts.summary) < 64);
        assert_true(strlen(cmd->family) < sizeof cmd->family);
        assert_true(strlen(cmd->name) < sizeof cmd->name);
        assert_true(strlen(cmd->alias) < sizeof cmd->alias);
        assert_non_null(memchr(cmd->takes, XA_OPT_END, sizeof cmd->takes));
        assert_true(cmd->min_names <= cmd->max_names);
        for (const uint8_t *id = xa_options_always; *id != XA_OPT_END; id++)
            assert_false(xa_options_in(cmd->takes, *id));
        if (alias[0] != '\0')
            assert_ptr_equal(xa_command_find(&alias, 1, &n, &err), cmd);
    }
}

/* design.md, section 5: these never start the agent. */
static void who_may_start_the_agent(void **state)
{
    static const char *const never[] = { "status", "lock", "forget", "stop", "path", "help",
                                         "version", "init", "completion", "prompt", "renew" };
    (void)state;
    for (size_t i = 0; i < xa_n_commands; i++) {
        bool is_never = false;
        for (size_t k = 0; k < sizeof never / sizeof never[0]; k++)
            is_never |= strcmp(xa_commands[i].name, never[k]) == 0;
        assert_int_equal(xa_commands[i].starts_agent, !is_never);
    }
}

static void every_option_belongs_to_a_command(void **state)
{
    (void)state;
    for (size_t id = 1; id < XA_N_OPTIONS; id++) {
        /* --version takes the place of a command. */
        bool taken = id == XA_OPT_VERSION || xa_options_in(xa_options_always, id);
        for (size_t i = 0; i < xa_n_commands && !taken; i++)
            taken = xa_options_in(xa_commands[i].takes, id);
        if (!taken)
            fail_msg("no command takes %s", xa_options_view(id).name);
    }
}

/* A text that fills its place in the table to the last byte has no end. */
static void every_text_ends_in_its_place(void **state)
{
    (void)state;
    for (size_t id = 1; id < XA_N_OPTIONS; id++) {
        struct xa_option_view view = xa_options_view(id);
        assert_in_range(strlen(view.name), 4, 2 + 23);
        assert_true(view.value == NULL || strlen(view.value) < 18);
        assert_in_range(strlen(view.help), 1, 75);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form),
        cmocka_unit_test(words_that_look_like_options),
        cmocka_unit_test(refusals),
        cmocka_unit_test(the_first_failure_counts_and_the_rest_is_read),
        cmocka_unit_test(a_secret_in_the_wrong_place_is_not_shown),
        cmocka_unit_test(as_many_words_as_there_is_room_for),
        cmocka_unit_test(a_policy_may_have_lines),
        cmocka_unit_test(what_is_for_setup_and_rotate),
        cmocka_unit_test(stray),
        cmocka_unit_test(any_of_several),
        cmocka_unit_test(the_table_of_commands),
        cmocka_unit_test(who_may_start_the_agent),
        cmocka_unit_test(every_option_belongs_to_a_command),
        cmocka_unit_test(every_text_ends_in_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
