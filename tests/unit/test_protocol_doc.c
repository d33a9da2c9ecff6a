/* PROTOCOL.md says what the code does: its lists of fields, its tables of numbers, and
 * its examples, each of which is decoded and encoded again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/frame.h"
#include "proto/limits.h"
#include "proto/message.h"

#define DOCUMENT XACCT_SOURCE "/proto/PROTOCOL.md"
#define LINE_MAX_ 1024
#define CELLS_MAX 8
#define FIELDS_MAX 32

/* What a caption names. */
static const struct subject {
    const char *caption;
    uint8_t type;                     /* 0: an item, which is no frame */
    const struct xa_message *table;
} subjects[] = {
    { "request HELLO", XA_HELLO, &xa_msg_hello },
    { "request UNLOCK", XA_UNLOCK, &xa_msg_unlock },
    { "request CANCEL", XA_CANCEL, &xa_msg_empty },
    { "request LOCK", XA_LOCK, &xa_msg_lock },
    { "request STATUS", XA_STATUS, &xa_msg_empty },
    { "request LIST", XA_LIST, &xa_msg_list },
    { "request CHECK", XA_CHECK, &xa_msg_empty },
    { "request STOP", XA_STOP, &xa_msg_empty },
    { "request FORGET", XA_FORGET, &xa_msg_forget },
    { "request PROBE", XA_PROBE, &xa_msg_probe },
    { "request ADD", XA_ADD, &xa_msg_add },
    { "request REMOVE", XA_REMOVE, &xa_msg_remove },
    { "request PASSWD", XA_PASSWD, &xa_msg_passwd },
    { "request DEST_ADD", XA_DEST_ADD, &xa_msg_dest_add },
    { "request DEST_REMOVE", XA_DEST_REMOVE, &xa_msg_dest_remove },
    { "request CREDENTIALS", XA_CREDENTIALS, &xa_msg_credentials },
    { "request WHOAMI", XA_WHOAMI, &xa_msg_whoami },
    { "request PLAN", XA_PLAN, &xa_msg_plan },
    { "request TOKEN", XA_TOKEN, &xa_msg_token },
    { "request CONSOLE", XA_CONSOLE, &xa_msg_console },
    { "request SWITCH_URL", XA_SWITCH_URL, &xa_msg_switch_url },
    { "request SETUP_PLAN", XA_SETUP_PLAN, &xa_msg_setup },
    { "request SETUP", XA_SETUP, &xa_msg_setup },
    { "request DOCTOR", XA_DOCTOR, &xa_msg_doctor },
    { "request ROTATE", XA_ROTATE, &xa_msg_rotate },
    { "request REVOKE", XA_REVOKE, &xa_msg_revoke },
    { "request DISCOVER", XA_DISCOVER, &xa_msg_discover },
    { "request MFA_CODE", XA_MFA_CODE, &xa_msg_mfa_code },
    { "request FOREIGN", XA_FOREIGN, &xa_msg_foreign },
    { "result UNLOCK", XA_RESULT, &xa_msg_empty },
    { "result STATUS", XA_RESULT, &xa_msg_status_result },
    { "result LIST", XA_RESULT, &xa_msg_list_result },
    { "result CHECK", XA_RESULT, &xa_msg_check_result },
    { "result FORGET", XA_RESULT, &xa_msg_forget_result },
    { "result ADD", XA_RESULT, &xa_msg_add_result },
    { "result DEST_ADD", XA_RESULT, &xa_msg_dest_result },
    { "result DEST_REMOVE", XA_RESULT, &xa_msg_dest_result },
    { "result CREDENTIALS", XA_RESULT, &xa_msg_credentials_result },
    { "result PROBE", XA_RESULT, &xa_msg_probe_result },
    { "result WHOAMI", XA_RESULT, &xa_msg_whoami_result },
    { "result MFA_CODE", XA_RESULT, &xa_msg_empty },
    { "result FOREIGN", XA_RESULT, &xa_msg_empty },
    { "result PLAN", XA_RESULT, &xa_msg_plan_result },
    { "result TOKEN", XA_RESULT, &xa_msg_token_result },
    { "result CONSOLE", XA_RESULT, &xa_msg_console_result },
    { "result SWITCH_URL", XA_RESULT, &xa_msg_switch_url_result },
    { "result SETUP_PLAN", XA_RESULT, &xa_msg_setup_plan_result },
    { "result SETUP", XA_RESULT, &xa_msg_task_result },
    { "result DOCTOR", XA_RESULT, &xa_msg_task_result },
    { "result ROTATE", XA_RESULT, &xa_msg_task_result },
    { "result REVOKE", XA_RESULT, &xa_msg_task_result },
    { "result DISCOVER", XA_RESULT, &xa_msg_task_result },
    { "item items", 0, &xa_msg_item },
    { "item profile", 0, &xa_msg_profile_part },
    { "item hops", 0, &xa_msg_plan_hop },
    { "item devices", 0, &xa_msg_mfa_device },
    { "item entries", 0, &xa_msg_list_entry },
    { "item findings", 0, &xa_msg_finding },
    { "reply NEED", XA_NEED, &xa_msg_need },
    { "reply ERROR", XA_ERROR, &xa_msg_error },
};

#define N_SUBJECTS (sizeof subjects / sizeof subjects[0])

static FILE *document;

static int open_document(void **state)
{
    (void)state;
    document = fopen(DOCUMENT, "re");
    return document == NULL;
}

static int close_document(void **state)
{
    (void)state;
    return fclose(document);
}

/* --- reading the document ------------------------------------------------------------ */

static bool next_line(char line[LINE_MAX_])
{
    if (fgets(line, LINE_MAX_, document) == NULL)
        return false;
    assert_non_null(strchr(line, '\n'));
    *strchr(line, '\n') = '\0';
    return true;
}

/* The subject that a caption's first two words name. */
static const struct subject *subject_of(const char *caption)
{
    for (size_t i = 0; i < N_SUBJECTS; i++) {
        size_t len = strlen(subjects[i].caption);
        if (strncmp(caption, subjects[i].caption, len) == 0 &&
            (caption[len] == '\0' || caption[len] == ' '))
            return &subjects[i];
    }
    fail_msg("the document has a caption of nothing: %s", caption);
    return NULL;
}

/* Goes to the next block of a kind ("fields", "hex"); false at the end. */
static bool next_block(const char *kind, const struct subject **ret)
{
    char line[LINE_MAX_], opening[16];
    int len = snprintf(opening, sizeof opening, "```%s ", kind);
    while (next_line(line))
        if (strncmp(line, opening, (size_t)len) == 0) {
            *ret = subject_of(line + len);
            return true;
        }
    return false;
}

static bool in_block(char line[LINE_MAX_])
{
    assert_true(next_line(line));
    return strncmp(line, "```", 3) != 0;
}

/* The cells of a table's row, trimmed; 0 if the line is none. */
static size_t split_row(char *line, char *cells[CELLS_MAX])
{
    size_t n = 0;
    if (line[0] != '|')
        return 0;
    char *end;
    for (char *at = line + 1; n < CELLS_MAX && (end = strchr(at, '|')) != NULL; at = end + 1) {
        *end = '\0';
        while (*at == ' ')
            at++;
        char *last = end;
        while (last > at && last[-1] == ' ')
            *--last = '\0';
        cells[n++] = at;
    }
    return n;
}

/* Goes to the first row of the table with this header. */
static void find_table(const char *header)
{
    char line[LINE_MAX_];
    rewind(document);
    while (next_line(line))
        if (strcmp(line, header) == 0) {
            assert_true(next_line(line));
            assert_memory_equal(line, "| ---", 5);
            return;
        }
    fail_msg("the document has no table %s", header);
}

/* The cells of the next row, in a room that lasts until the next call; 0: the end. */
static size_t next_row(char *cells[CELLS_MAX])
{
    static char line[LINE_MAX_];
    return next_line(line) ? split_row(line, cells) : 0;
}

static unsigned number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    assert_true(end != text && *end == '\0');
    return (unsigned)value;
}

static unsigned kind_number(const char *name)
{
    static const char *const names[] = { "", "flag", "u32", "u64", "text", "bytes", "list" };
    for (unsigned i = 1; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    fail_msg("no such kind: %s", name);
    return 0;
}

/* "asking.can_ask" is can_ask on the wire. */
static const char *bare(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL ? dot + 1 : name;
}

/* --- lists of fields -------------------------------------------------------------------- */

static void check_field(const struct subject *s, size_t index, const char *line)
{
    struct xa_field_view f;
    char name[64], kind[16], limit[16], needed[16];
    unsigned n;
    if (sscanf(line, "%u %63s %15s %15s %15s", &n, name, kind, limit, needed) != 5)
        fail_msg("%s: no field: %s", s->caption, line);
    if (!xa_message_field(s->table, index, &f))
        fail_msg("%s: the code has no field %s", s->caption, name);
    assert_int_equal(n, f.number);
    assert_string_equal(name, bare(f.name));
    assert_int_equal(kind_number(kind), f.kind);
    if (f.max == 0)
        assert_string_equal(limit, "-");
    else
        assert_int_equal(number(limit), f.max);
    assert_string_equal(needed, f.required ? "required" : "optional");
}

static void every_message_is_described(void **state)
{
    unsigned seen[N_SUBJECTS] = { 0 };
    const struct subject *s;
    struct xa_field_view f;
    char line[LINE_MAX_];
    (void)state;
    while (next_block("fields", &s)) {
        size_t n = 0;
        seen[s - subjects]++;
        for (; in_block(line); n++)
            check_field(s, n, line);
        if (xa_message_field(s->table, n, &f))
            fail_msg("%s: the document lacks %s", s->caption, f.name);
    }
    for (size_t i = 0; i < N_SUBJECTS; i++)
        assert_int_equal(seen[i], subjects[i].table == &xa_msg_empty ? 0 : 1);
}

/* --- tables of numbers -------------------------------------------------------------------- */

static void the_kinds(void **state)
{
    char *cells[CELLS_MAX];
    unsigned n = 0;
    (void)state;
    find_table("| kind | number | value |");
    for (; next_row(cells) > 0; n++)
        assert_int_equal(number(cells[1]), kind_number(cells[0]));
    assert_int_equal(n, 6);
}

static void the_types(void **state)
{
    char *cells[CELLS_MAX], caption[64];
    bool listed[256] = { false };
    (void)state;
    find_table("| type | number | carries a secret | its RESULT |");
    while (next_row(cells) > 0) {
        unsigned type = number(cells[1]);
        assert_in_range(type, 1, 255);
        assert_false(listed[type]);
        listed[type] = true;
        snprintf(caption, sizeof caption, "request %s", cells[0]);
        if (type >= XA_RESULT) {
            assert_true(type == XA_RESULT ? strcmp(cells[0], "RESULT") == 0
                        : type == XA_ERROR ? strcmp(cells[0], "ERROR") == 0
                        : type == XA_NEED && strcmp(cells[0], "NEED") == 0);
            continue;
        }
        assert_int_equal(subject_of(caption)->type, type);
        assert_ptr_equal(subject_of(caption)->table, xa_message_of_request((uint8_t)type));
        assert_string_equal(cells[2], xa_type_is_secret((uint8_t)type) ? "yes" : "no");
        if (strcmp(cells[3], "fields") == 0) {
            snprintf(caption, sizeof caption, "result %s", cells[0]);
            assert_int_equal(subject_of(caption)->type, XA_RESULT);
        }
    }
    for (unsigned type = 0; type < 256; type++)
        assert_int_equal(listed[type], xa_message_of_request((uint8_t)type) != NULL ||
                                       (type >= XA_RESULT && type <= XA_NEED));
}

static void the_limits(void **state)
{
    static const unsigned limits[] = { XA_REQUEST_MAX, XA_SECRET_REQUEST_MAX,
                                     XA_FOREIGN_REQUEST_MAX, XA_REPLY_MAX };
    char *cells[CELLS_MAX];
    (void)state;
    find_table("| limit | bytes, with the length field |");
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        assert_true(next_row(cells) > 0);
        assert_int_equal(number(cells[1]), limits[i]);
    }
    assert_int_equal(next_row(cells), 0);
}

static void the_field_numbers(void **state)
{
    static struct { unsigned kind; char name[64]; } listed[0x1000];
    char *cells[CELLS_MAX];
    bool used[0x1000] = { false };
    unsigned last = 0;
    (void)state;
    find_table("| number | name | kind | what it is |");
    while (next_row(cells) > 0) {
        unsigned n = number(cells[0]);
        assert_in_range(n, last + 1, 0xfff);
        last = n;
        listed[n].kind = kind_number(cells[2]);
        snprintf(listed[n].name, sizeof listed[n].name, "%s", cells[1]);
    }
    struct xa_field_view f;
    for (size_t s = 0; s < N_SUBJECTS; s++)
        for (size_t i = 0; xa_message_field(subjects[s].table, i, &f); i++) {
            used[f.number] = true;
            assert_int_equal(listed[f.number].kind, f.kind);
            assert_string_equal(listed[f.number].name, bare(f.name));
        }
    for (unsigned n = 0; n < 0x1000; n++)
        assert_int_equal(used[n], listed[n].kind != 0);
}

static const struct { unsigned code; int exit_status; const char *name; } codes[] = {
#define XX(symbol, wire, exit, name, hint) { wire, exit, name },
    XA_ERROR_MAP(XX)
#undef XX
};

#define N_CODES (sizeof codes / sizeof codes[0])

static void the_error_codes(void **state)
{
    char *cells[CELLS_MAX];
    size_t n = 0;
    (void)state;
    find_table("| code | name | exit | |");
    for (; next_row(cells) > 0; n++) {
        assert_true(n < N_CODES);
        assert_int_equal(number(cells[0]), codes[n].code);
        assert_string_equal(cells[1], codes[n].name);
        assert_int_equal(number(cells[2]), codes[n].exit_status);
    }
    assert_int_equal(n, N_CODES);
}

static void the_classes_of_exit_status(void **state)
{
    char *cells[CELLS_MAX];
    int classes = 0;
    (void)state;
    find_table("| exit | class |");
    while (next_row(cells) > 0) {
        size_t users = 0;
        assert_int_equal(number(cells[0]), ++classes);
        for (size_t i = 0; i < N_CODES; i++)
            users += codes[i].exit_status == classes;
        assert_true(users > 0);
    }
    for (size_t i = 0; i < N_CODES; i++)
        assert_in_range(codes[i].exit_status, 1, classes);
}

/* --- examples --------------------------------------------------------------------------- */

static unsigned hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    if (at == NULL)
        fail_msg("no hexadecimal digit: '%c'", c);
    return (unsigned)(at - digits);
}

static size_t read_hex(uint8_t *room, size_t cap)
{
    char line[LINE_MAX_];
    size_t len = 0;
    while (in_block(line)) {
        const char *at = line;
        for (; *at != '\0' && *at != ';'; at++) {
            if (*at == ' ')
                continue;
            assert_true(len < cap);
            room[len++] = (uint8_t)(hex_digit(at[0]) << 4 | hex_digit(at[1]));
            at++;
        }
    }
    return len;
}

static void check_items(const struct subject *s, const void *message)
{
    struct xa_list_entry entry;
    struct xa_error err;
    if (s->table != &xa_msg_list_result)
        return;
    struct xa_slice list = ((const struct xa_list_result *)message)->entries;
    unsigned n = 0;
    while (xa_list_next(&list, &xa_msg_list_entry, &entry, &err))
        n++;
    assert_int_equal(err.code, XA_OK);
    assert_true(n > 0);
}

static void check_example(const struct subject *s, const uint8_t *at, size_t len)
{
    static union { uint64_t align; uint8_t bytes[1024]; } message;
    uint8_t again[4096];
    struct xa_frame_head head;
    struct xa_error err;
    assert_true(len >= XA_FRAME_HEAD);
    size_t most = s->type >= XA_RESULT ? XA_REPLY_MAX : XA_REQUEST_MAX;
    assert_true(xa_frame_decode_head(at, most, &head, &err));
    assert_int_equal(XA_FRAME_HEAD + head.body_len, len);
    assert_int_equal(head.version, XA_PROTOCOL_VERSION);
    assert_int_equal(head.type, s->type);
    struct xa_slice body = { at + XA_FRAME_HEAD, head.body_len };
    if (!xa_message_decode(s->table, body, &message, &err))
        fail_msg("%s: %s", s->caption, err.message);
    check_items(s, &message);
    struct xa_writer w = xa_writer_init(again, sizeof again);
    size_t start = xa_frame_begin(&w, head.type, head.number);
    xa_message_encode(s->table, &message, &w);
    xa_frame_end(&w, start, most);
    assert_false(w.bad);
    assert_int_equal(w.len, len);
    assert_memory_equal(again, at, len);
}

static void every_example_comes_back(void **state)
{
    static const char *const wanted[] = {
        "request HELLO", "request UNLOCK", "request LOCK", "request STATUS", "request LIST",
        "request ADD", "request CREDENTIALS", "result CREDENTIALS", "reply ERROR", "reply NEED",
    };
    unsigned seen[N_SUBJECTS] = { 0 };
    const struct subject *s;
    (void)state;
    while (next_block("hex", &s)) {
        uint8_t frame[4096];
        size_t len = read_hex(frame, sizeof frame);
        check_example(s, frame, len);
        seen[s - subjects]++;
    }
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_true(seen[subject_of(wanted[i]) - subjects] > 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_document, close_document)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_message_is_described),
        CASE(the_kinds),
        CASE(the_types),
        CASE(the_limits),
        CASE(the_field_numbers),
        CASE(the_error_codes),
        CASE(the_classes_of_exit_status),
        CASE(every_example_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
