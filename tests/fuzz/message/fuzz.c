/* The body of any message, a reply's above all: the first byte says which. Lists are
 * walked to their end. */
#include "proto/limits.h"
#include "proto/message.h"
#include "tests/fuzz/fuzz.h"

static const struct xa_message *const tables[] = {
    &xa_msg_hello, &xa_msg_unlock, &xa_msg_lock, &xa_msg_list, &xa_msg_forget, &xa_msg_add,
    &xa_msg_remove, &xa_msg_passwd, &xa_msg_dest_add, &xa_msg_dest_remove, &xa_msg_credentials,
    &xa_msg_whoami, &xa_msg_setup, &xa_msg_doctor, &xa_msg_rotate, &xa_msg_revoke,
    &xa_msg_discover, &xa_msg_setup_plan_result, &xa_msg_task_result, &xa_msg_item,
    &xa_msg_probe, &xa_msg_probe_result, &xa_msg_need, &xa_msg_error,
    &xa_msg_credentials_result, &xa_msg_whoami_result, &xa_msg_add_result, &xa_msg_list_result,
    &xa_msg_list_entry, &xa_msg_check_result, &xa_msg_finding, &xa_msg_forget_result,
    &xa_msg_dest_result, &xa_msg_status_result, &xa_msg_empty, &xa_msg_token, &xa_msg_console,
    &xa_msg_token_result, &xa_msg_console_result, &xa_msg_switch_url_result,
};

static void check_entry(const struct xa_list_entry *e)
{
    HOLDS(e->name.len > 0 && e->name.len <= XA_NAME_MAX && xa_text_printable(e->name));
    HOLDS(e->key_tail.len <= 4 && xa_text_printable(e->note));
}

static void walk_entries(struct xa_slice list)
{
    struct xa_list_entry entry;
    struct xa_error err;
    while (xa_list_next(&list, &xa_msg_list_entry, &entry, &err))
        check_entry(&entry);
    HOLDS(err.code == XA_OK || err.code == XA_BAD_MESSAGE);
}

static void walk_findings(struct xa_slice list)
{
    struct xa_finding finding;
    struct xa_error err;
    while (xa_list_next(&list, &xa_msg_finding, &finding, &err))
        HOLDS(finding.message.len > 0 && xa_text_printable(finding.hint));
    HOLDS(err.code == XA_OK || err.code == XA_BAD_MESSAGE);
}

static void look_closer(const struct xa_message *table, const void *message)
{
    if (table == &xa_msg_list_result)
        walk_entries(((const struct xa_list_result *)message)->entries);
    if (table == &xa_msg_check_result)
        walk_findings(((const struct xa_check_result *)message)->findings);
    if (table == &xa_msg_error) {
        struct xa_error err;
        xa_error_from_reply(message, &err);
        struct xa_error_reply back = xa_error_to_reply(&err);
        HOLDS(back.message.len < sizeof err.message && back.hint.len < sizeof err.hint);
        HOLDS(xa_code_from_wire(back.code) == err.code);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static union { uint64_t align; uint8_t bytes[1024]; } message;
    static uint8_t first[256 * 1024], second[256 * 1024];
    struct xa_error err = { 0 };
    if (size == 0)
        return 0;
    const struct xa_message *table = tables[data[0] % (sizeof tables / sizeof tables[0])];
    struct xa_slice body = { data + 1, size - 1 };
    if (!xa_message_decode(table, body, &message, &err)) {
        HOLDS(err.code == XA_BAD_MESSAGE && xa_text_printable(xa_slice_of(err.message)));
        return 0;
    }
    look_closer(table, &message);
    struct xa_writer w = xa_writer_init(first, sizeof first);
    xa_message_encode(table, &message, &w);
    HOLDS(!w.bad && w.len <= body.len);
    HOLDS(xa_message_decode(table, (struct xa_slice){ first, w.len }, &message, &err));
    struct xa_writer v = xa_writer_init(second, sizeof second);
    xa_message_encode(table, &message, &v);
    HOLDS(!v.bad && v.len == w.len && memcmp(first, second, v.len) == 0);
    return 0;
}
