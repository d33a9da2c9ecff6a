/* The strict grammar of xacct's own file (facts 4.2; design, section 7), rule by rule;
 * commands split into words; names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/ini.h"

#define SLICE(literal) ((struct xa_slice){ (const uint8_t *)(literal), sizeof(literal) - 1 })

static void append(char *at, size_t size, const char *before, struct xa_slice s)
{
    size_t len = strlen(at);
    snprintf(at + len, size - len, "%s%.*s", before, (int)s.len,
             s.len > 0 ? (const char *)s.at : "");
}

/* What a text reads as: "[type|name]" and "key|value" with their line's number, in a
 * row; at the end nothing, or "!" and the error's message. */
static const char *read_slice(struct xa_slice text)
{
    static char said[8192];
    struct xa_ini ini;
    struct xa_error err = { 0 };
    uint8_t *exact = malloc(text.len + (text.len == 0));
    assert_non_null(exact);
    memcpy(exact, text.at, text.len);
    said[0] = '\0';
    xa_ini_init(&ini, "f", (struct xa_slice){ exact, text.len });
    for (bool more = true; more;) {
        char number[16];
        enum xa_ini_event event = xa_ini_next(&ini, &err);
        snprintf(number, sizeof number, "%u", ini.line);
        switch (event) {
        case XA_INI_SECTION:
            append(said, sizeof said, number, SLICE("["));
            append(said, sizeof said, "", ini.type);
            append(said, sizeof said, "|", ini.name);
            append(said, sizeof said, "] ", SLICE(""));
            break;
        case XA_INI_KEY:
            append(said, sizeof said, number, SLICE(":"));
            append(said, sizeof said, "", ini.key);
            append(said, sizeof said, "|", ini.value);
            append(said, sizeof said, " ", SLICE(""));
            break;
        case XA_INI_ERROR:
            assert_int_equal(err.code, XA_BAD_CONFIG);
            append(said, sizeof said, "!", xa_slice_of(err.message));
            more = false;
            break;
        case XA_INI_END:
            more = false;
            break;
        }
    }
    free(exact);
    return said;
}

struct row { const char *text, *said; };

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_string_equal(read_slice(xa_slice_of(rows[i].text)), rows[i].said);
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof(rows)[0])

static void sections(void **state)
{
    static const struct row rows[] = {
        { "[agent]", "1[agent|] " },
        { "[source main]\n", "1[source|main] " },
        { "[ \tdest\t prod \t]\r\n", "1[dest|prod] " },
        { "[dest a b]\n", "1[dest|a b] " },
        { "[dest prod]# words", "1[dest|prod] " },
        { "[dest prod] ; words", "1[dest|prod] " },
        { "[dest prod]   \n[dest]\n", "1[dest|prod] 2[dest|] " },
        { "[dest prod] words", "!f:1: text after a section's ]: 'words'" },
        { "[dest prod]]", "!f:1: text after a section's ]: ']'" },
        { "[dest prod\n", "!f:1: a section without ]: '[dest prod'" },
        { "[]\n", "!f:1: a section without a name: '[]'" },
        { "[ \t]\n", "!f:1: a section without a name: '[ ?]'" },      /* a tab in a message */
        { "[", "!f:1: a section without ]: '['" },
        { "[[a]", "1[[a|] " },
    };
    (void)state;
    CHECK(rows);
}

static void keys(void **state)
{
    static const struct row rows[] = {
        { "[a]\nk = v\n", "1[a|] 2:k|v " },
        { "[a]\nk=v", "1[a|] 2:k|v " },
        { "[a]\nk \t=\t v \t\r\n", "1[a|] 2:k|v " },
        { "[a]\nk =\n", "1[a|] 2:k| " },
        { "[a]\nk = a = b\n", "1[a|] 2:k|a = b " },
        { "[a]\nK = \"v\"\n", "1[a|] 2:K|\"v\" " },
        { "[a]\nk = a b\tc\n", "1[a|] 2:k|a b\tc " },
        { "[a]\nk = [b]\n", "1[a|] 2:k|[b] " },
        { "[a]\nk = Größe\n", "1[a|] 2:k|Größe " },
        { "[a]\nk = 1\nk = 2\n", "1[a|] 2:k|1 3:k|2 " },
        { "[a]\nk\n", "1[a|] !f:2: neither [section] nor key = value: 'k'" },
        { "[a]\n= v\n", "1[a|] !f:2: a value without a key: '= v'" },
        { "k = v\n", "!f:1: a key before any [section]: 'k = v'" },
        { "\n\n# words\nk = v\n", "!f:4: a key before any [section]: 'k = v'" },
    };
    (void)state;
    CHECK(rows);
}

static void comments_and_blank_lines(void **state)
{
    static const struct row rows[] = {
        { "", "" },
        { "\n", "" },
        { "\n \n\t\n\r\n", "" },
        { "# words\n; words\n", "" },
        { "   # words\n\t; words\n", "" },
        { "#\x1b[31m\n", "" },
        { "[a]\nk = v # words\n", "1[a|] 2:k|v " },
        { "[a]\nk = v\t; words\n", "1[a|] 2:k|v " },
        { "[a]\nk = v#words\n", "1[a|] 2:k|v#words " },
        { "[a]\nk = v;w ;x\n", "1[a|] 2:k|v;w " },
        { "[a]\nk = # words\n", "1[a|] 2:k| " },
        { "[a]\nk =# words\n", "1[a|] 2:k|# words " },
        { "[a]\nk = a ## b\n", "1[a|] 2:k|a " },
    };
    (void)state;
    CHECK(rows);
}

static void there_are_no_continuations(void **state)
{
    static const struct row rows[] = {
        { "[a]\nk = v\n  w\n", "1[a|] 2:k|v !f:3: a line that starts with a blank: 'w'" },
        { "[a]\n\tk = v\n", "1[a|] !f:2: a line that starts with a blank: 'k = v'" },
        { " [a]\n", "!f:1: a line that starts with a blank: '[a]'" },
        { "[a]\nk =\n n = v\n", "1[a|] 2:k| !f:3: a line that starts with a blank: 'n = v'" },
    };
    (void)state;
    CHECK(rows);
}

static void lines_of_every_kind(void **state)
{
    static const struct row rows[] = {
        { "[a]\r\nk = v\r\n", "1[a|] 2:k|v " },
        { "[a]\nk = v\r", "1[a|] 2:k|v " },
        { "[a]\n\n\nk = v\n[b]\n\nm = w", "1[a|] 4:k|v 5[b|] 7:m|w " },
    };
    (void)state;
    CHECK(rows);
    assert_string_equal(read_slice(SLICE("[a]\nk = v\r\r\n")),
                        "1[a|] !f:2: not printable UTF-8 text: 'k = v?'");
}

/* Whatever else stands in the line: a tab, which is a blank, hides nothing. */
static void text_that_is_not_printable(void **state)
{
    static const struct xa_slice rows[] = {
        SLICE("k = \x1b[31m"), SLICE("k =\t\x1b[31m"), SLICE("\x1b\tk = v"), SLICE("k = v\t\x7f"),
        SLICE("k\t= a\0b"), SLICE("k = \xff\xfe"), SLICE("k =\t\xc0\xaf"),
        SLICE("k = \xe2\x80\xae" "evil"), SLICE("k = \xc3\t\xa4"), SLICE("[dest\t\x01]"),
        SLICE("\xef\xbb\xbf" "\x01"), SLICE("k = v\x0b"), SLICE("k\x0c= v"),
    };
    char text[64];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcpy(text, "[a]\n", 4);
        memcpy(text + 4, rows[i].at, rows[i].len);
        const char *said = read_slice((struct xa_slice){ (const uint8_t *)text, rows[i].len + 4 });
        assert_memory_equal(said, "1[a|] !f:2: not printable UTF-8 text: ", 38);
        assert_true(xa_text_printable(xa_slice_of(said)));
    }
    /* A byte order mark is an ordinary, and here a wrong, character. */
    assert_string_equal(read_slice(SLICE("\xef\xbb\xbf[a]\n")),
                        "!f:1: neither [section] nor key = value: '\xef\xbb\xbf[a]'");
}

static void a_long_value_is_shown_cut(void **state)
{
    char text[400];
    (void)state;
    memset(text, 'k', sizeof text);
    const char *said = read_slice((struct xa_slice){ (const uint8_t *)text, sizeof text });
    assert_int_equal(strlen(said), strlen("!f:1: neither [section] nor key = value: ''") + 80);
}

/* Those who edit a file put it together from these again. */
static void the_lines_make_up_the_text(void **state)
{
    struct xa_slice text = SLICE("# c\r\n\n[a]\nk = v ; w\r\n\n[b x]\nlast = 1");
    struct xa_ini ini;
    struct xa_error err;
    const uint8_t *at = text.at;
    enum xa_ini_event event;
    (void)state;
    xa_ini_init(&ini, "f", text);
    while ((event = xa_ini_next(&ini, &err)) != XA_INI_END) {
        assert_true(event == XA_INI_SECTION || event == XA_INI_KEY);
        assert_true(ini.line_text.at >= at);
        at = ini.line_text.at + ini.line_text.len;
        assert_true(at == text.at + text.len || at[-1] == '\n');
        assert_ptr_equal(ini.rest.at, at);
    }
    assert_ptr_equal(at, text.at + text.len);
    assert_int_equal(xa_ini_next(&ini, &err), XA_INI_END);
}

/* --- commands ------------------------------------------------------------------------ */

/* The words, each in angle brackets, or "!" and the message. */
static const char *split(struct xa_slice value, size_t size, size_t n_argv)
{
    static char said[512];
    char room[256], *argv[16];
    struct xa_error err;
    said[0] = '\0';
    if (!xa_ini_split(value, room, size, argv, n_argv, &err)) {
        assert_int_equal(err.code, XA_BAD_CONFIG);
        return "!";
    }
    for (char **word = argv; *word != NULL; word++) {
        assert_true(*word >= room && *word < room + size);
        size_t len = strlen(said);
        snprintf(said + len, sizeof said - len, "<%s>", *word);
    }
    return said;
}

static void commands_are_split(void **state)
{
    static const struct row rows[] = {
        { "pass", "<pass>" },
        { "pass show xacct", "<pass><show><xacct>" },
        { " \tpass \t show\t", "<pass><show>" },
        { "\"my pass\" show", "<my pass><show>" },
        { "a\"b c\"d", "<ab cd>" },
        { "a \"\" b", "<a><><b>" },
        { "\"\"\"a\"", "<a>" },
        { "a\\ b 'c d' $HOME `x` ;", "<a\\><b><'c><d'><$HOME><`x`><;>" },
        { "", "!" }, { " \t", "!" }, { "\"", "!" }, { "a \"b", "!" }, { "a b\"", "!" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(split(xa_slice_of(rows[i].text), 256, 16), rows[i].said);
    assert_string_equal(split(SLICE("a\0b"), 256, 16), "!");
}

static void a_command_has_its_room(void **state)
{
    (void)state;
    assert_string_equal(split(xa_slice_of("ab cd"), 6, 16), "<ab><cd>");
    for (size_t size = 0; size < 6; size++)
        assert_string_equal(split(xa_slice_of("ab cd"), size, 16), "!");
    assert_string_equal(split(xa_slice_of("a b c"), 256, 4), "<a><b><c>");
    for (size_t n_argv = 1; n_argv < 4; n_argv++)
        assert_string_equal(split(xa_slice_of("a b c"), 256, n_argv), "!");
}

/* --- names --------------------------------------------------------------------------- */

static void names(void **state)
{
    static const char *const good[] = {
        "a", "Z", "0", "_", "main", "a.b@c:d+e/f%g-h", "123456789012/Admin", "_.",
    };
    static const char *const bad[] = {
        "", ".a", "-a", "@", ":", "+", "/a", "%", "a b", "a\tb", "a,b", "a=b", "a\"", "a'", "a\\b",
        "a#b", "a;b", "a[b", "a]b", "a~", "a!", "ä", "a\xc3\xa4", "a\x7f", "a\x80", "a$b", "a*",
    };
    char text[66];
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(xa_name_valid(xa_slice_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(xa_name_valid(xa_slice_of(bad[i])));
    assert_false(xa_name_valid(SLICE("a\0")));
    assert_false(xa_name_valid(SLICE("\0")));
    memset(text, 'a', sizeof text);
    assert_true(xa_name_valid((struct xa_slice){ (const uint8_t *)text, 64 }));
    assert_false(xa_name_valid((struct xa_slice){ (const uint8_t *)text, 65 }));
}

static void each_byte_of_a_name(void **state)
{
    static const char first[] = "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    static const char more[] = ".@:+/%-";
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        const uint8_t text[] = { (uint8_t)c, (uint8_t)c };
        bool leads = c != 0 && strchr(first, (int)c) != NULL;
        bool follows = leads || (c != 0 && strchr(more, (int)c) != NULL);
        const uint8_t behind[] = { 'a', (uint8_t)c };
        assert_int_equal(xa_name_valid((struct xa_slice){ text, 1 }), leads);
        assert_int_equal(xa_name_valid((struct xa_slice){ text, 2 }), leads);
        assert_int_equal(xa_name_valid((struct xa_slice){ behind, 2 }), follows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections),
        cmocka_unit_test(keys),
        cmocka_unit_test(comments_and_blank_lines),
        cmocka_unit_test(there_are_no_continuations),
        cmocka_unit_test(lines_of_every_kind),
        cmocka_unit_test(text_that_is_not_printable),
        cmocka_unit_test(a_long_value_is_shown_cut),
        cmocka_unit_test(the_lines_make_up_the_text),
        cmocka_unit_test(commands_are_split),
        cmocka_unit_test(a_command_has_its_room),
        cmocka_unit_test(names),
        cmocka_unit_test(each_byte_of_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
