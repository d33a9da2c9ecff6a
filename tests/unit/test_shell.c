/* Statements for shells: names of shells, what a value may hold, the forms. That they
 * survive real shells is proven by test_client.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/requests/credentials.h"
#include "client/shell/quote.h"
#include "client/shell/shell.h"

static void names_of_shells(void **state)
{
    static const struct { const char *name; enum xa_shell shell; } rows[] = {
        { "sh", XA_SHELL_SH },        { "bash", XA_SHELL_BASH },  { "-bash", XA_SHELL_BASH },
        { "zsh", XA_SHELL_ZSH },      { "-zsh", XA_SHELL_ZSH },   { "fish", XA_SHELL_FISH },
        { "/usr/bin/fish", XA_SHELL_FISH }, { "/bin/dash", XA_SHELL_SH }, { "mksh", XA_SHELL_SH },
        { "csh", XA_SHELL_CSH },      { "-tcsh", XA_SHELL_CSH },  { "nu", XA_SHELL_NU },
        { "pwsh", XA_SHELL_POWERSHELL }, { "powershell", XA_SHELL_POWERSHELL },
    };
    static const char *const unknown[] = { "", "-", "xonsh", "bashful", "/bin/", "make", "--zsh" };
    enum xa_shell shell;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(xa_shell_from_name(rows[i].name, &shell));
        assert_int_equal(shell, rows[i].shell);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_false(xa_shell_from_name(unknown[i], &shell));
}

static void which_shell(void **state)
{
    struct xa_error err;
    enum xa_shell shell;
    (void)state;
    setenv("XACCT_SHELL", "fish", 1);
    assert_true(xa_shell_find("zsh", &shell, &err));
    assert_int_equal(shell, XA_SHELL_ZSH);
    assert_true(xa_shell_find(NULL, &shell, &err));
    assert_int_equal(shell, XA_SHELL_FISH);
    assert_false(xa_shell_find("xonsh", &shell, &err));
    assert_int_equal(err.code, XA_USAGE);
    assert_non_null(strstr(err.message, "--shell: 'xonsh'"));
    setenv("XACCT_SHELL", "elvish", 1);
    assert_false(xa_shell_find(NULL, &shell, &err));
    assert_non_null(strstr(err.message, "XACCT_SHELL: 'elvish'"));
}

static void what_a_value_may_hold(void **state)
{
    static const char *const fit[] = { "", "a", "AKIA/+=", "prod eu", "größe",
                                       "a,b;c:d@e%f&g-h_i.j" };
    static const char *const unfit[] = {
        "'", "a'b", "\"", "\\", "`", "*", "?", "[", "]", "(", ")", "{", "}", "<", ">", "|", "^",
        "~", "#", "$", "!", " a", "a ", "a  b", "a\tb", "a\nb", "\033", "\x7f", "\xff",
        "\xe2\x80\xae", "\xe2\x80\x98", "a\xe2\x80\x99", "\xe2\x80\x9c", "\xe2\x80\x9e",
    };
    (void)state;
    for (size_t i = 0; i < sizeof fit / sizeof fit[0]; i++)
        assert_true(xa_shell_fit(xa_slice_of(fit[i])));
    for (size_t i = 0; i < sizeof unfit / sizeof unfit[0]; i++)
        assert_false(xa_shell_fit(xa_slice_of(unfit[i])));
    assert_false(xa_shell_fit((struct xa_slice){ (const uint8_t *)"a\0b", 3 }));
}

static void what_a_secret_may_hold(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        uint8_t value[] = { 'a', (uint8_t)c, 'b' };
        bool graphic = c > 0x20 && c < 0x7f && strchr("'\"\\`*?[]", (int)c) == NULL;
        assert_int_equal(xa_credentials_fit((struct xa_slice){ value, 3 }), graphic);
    }
    assert_false(xa_credentials_fit((struct xa_slice){ 0 }));
}

static const char *statements(enum xa_shell shell)
{
    static char room[128];
    struct xa_out o = xa_out_begin(-1, room, sizeof room - 1);
    memset(room, 0, sizeof room);
    xa_shell_set(&o, shell, "K", xa_slice_of("v=1"));
    xa_shell_unset(&o, shell, "L");
    xa_shell_hide(&o, shell, "M");
    assert_false(o.failed);
    return room;
}

static void forms(void **state)
{
    (void)state;
    assert_string_equal(statements(XA_SHELL_SH), "export K='v=1';unset L;unset M;");
    assert_string_equal(statements(XA_SHELL_BASH), "export K='v=1';unset L;unset M;");
    assert_string_equal(statements(XA_SHELL_ZSH), "export K='v=1';unset L;unset M;");
    assert_string_equal(statements(XA_SHELL_FISH), "set -gx K 'v=1';set -e -g L;set -e -g M;"
                        "set -q -U M; and set -gx M;");
}

static void several_names_at_once(void **state)
{
    static const char *const names[] = { "K", "L", "M" };
    (void)state;
    for (int shell = XA_SHELL_SH; shell <= XA_SHELL_NU; shell++) {
        char room[64] = "";
        struct xa_out o = xa_out_begin(-1, room, sizeof room - 1);
        bool takes = shell == XA_SHELL_SH || shell == XA_SHELL_BASH || shell == XA_SHELL_ZSH;
        assert_int_equal(xa_shell_unset_all(&o, (enum xa_shell)shell, names, 3), takes);
        assert_string_equal(room, takes ? "unset K L M;" : "");
        memset(room, 0, sizeof room);
        o.len = 0;
        assert_int_equal(xa_shell_unset_all(&o, (enum xa_shell)shell, names, 0), takes);
        assert_string_equal(room, "");
    }
}

/* sh is given a script in which the value stands quoted, and says which words it has read. */
static void a_quoted_word(void **state)
{
    static const char *const values[] = {
        "", "a", "two  words", " ", "-x", "--yes", "=", "a,b", "'", "''", "it's", "'\"'\"'", "\"",
        "\\", "\\'", "\\\\'", "a\\", "$HOME", "$(id)", "${PATH}", "`id`", "'$(id)'", "'`id`'",
        "';id;'", "' id '", "\\';id;\\'", "*", "?", "[a]", "~", "~root", "#", "a #b", "!", "!!",
        "&", ";", "|", "<", ">", "(", ")", "{a,b}", "%s", "a\tb", "a\nb", "'\nid\n'", "größe",
    };
    char script[256], said[64];
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct xa_out o = xa_out_begin(-1, script, sizeof script - 1);
        o.whole = true;
        xa_out_text(&o, "set -- ");
        xa_shell_put_quoted(&o, xa_slice_of(values[i]));
        xa_out_text(&o, "; printf '%s,%s.' \"$#\" \"$1\"");
        assert_false(o.failed);
        script[o.len] = '\0';
        FILE *sh = popen(script, "r");
        assert_non_null(sh);
        size_t n = fread(said, 1, sizeof said - 1, sh);
        assert_int_equal(pclose(sh), 0);
        said[n] = '\0';
        snprintf(script, sizeof script, "1,%s.", values[i]);
        assert_string_equal(said, script);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_shells),
        cmocka_unit_test(which_shell),
        cmocka_unit_test(what_a_value_may_hold),
        cmocka_unit_test(what_a_secret_may_hold),
        cmocka_unit_test(forms),
        cmocka_unit_test(several_names_at_once),
        cmocka_unit_test(a_quoted_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
