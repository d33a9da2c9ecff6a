#include "agent/aws/iam.h"

#include <string.h>

#include "agent/aws/query.h"
#include "agent/aws/refusal.h"

size_t xa_iam_mfa_devices_body(struct xa_slice user, char *room, size_t cap)
{
    struct xa_writer w = xa_writer_init(room, cap);
    xa_query_add(&w, "Action", xa_slice_of("ListMFADevices"));
    xa_query_add(&w, "Version", xa_slice_of("2010-05-08"));
    if (user.len > 0)
        xa_query_add(&w, "UserName", user);
    return w.bad ? 0 : w.len;
}

bool xa_mfa_serial_valid(struct xa_slice serial)
{
    if (serial.len < XA_MFA_SERIAL_MIN || serial.len > XA_MFA_SERIAL_MAX)
        return false;
    for (size_t i = 0; i < serial.len; i++) {
        uint8_t c = serial.at[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alnum && (c == '\0' || strchr("_+=/:,.@-", c) == NULL))
            return false;
    }
    return true;
}

bool xa_mfa_code_valid(struct xa_slice code)
{
    if (code.len != XA_MFA_CODE_LEN)
        return false;
    for (size_t i = 0; i < code.len; i++)
        if (code.at[i] < '0' || code.at[i] > '9')
            return false;
    return true;
}

bool xa_iam_next_device(struct xa_slice *list, struct xa_slice *ret_serial)
{
    while (list->len > 0 && list->at[0] == ' ')
        *list = (struct xa_slice){ list->at + 1, list->len - 1 };
    if (list->len == 0)
        return false;
    const uint8_t *blank = memchr(list->at, ' ', list->len);
    size_t len = blank != NULL ? (size_t)(blank - list->at) : list->len;
    *ret_serial = (struct xa_slice){ list->at, len };
    *list = (struct xa_slice){ list->at + len, list->len - len };
    return true;
}

static bool shows_codes(struct xa_slice serial)
{
    return xa_mfa_serial_valid(serial) && memmem(serial.at, serial.len, ":u2f/", 5) == NULL;
}

bool xa_iam_check_mfa_devices(const struct xa_record *record, bool custom_endpoint,
                              char room[XA_DEVICES_MAX], struct xa_slice *ret,
                              struct xa_error *err)
{
    struct xa_slice rest = record->devices, serial;
    size_t len = 0;
    if (record->outcome != XA_OUTCOME_ANSWERED || record->status != 200)
        return xa_refusal_explain(record, custom_endpoint, err);
    while (xa_iam_next_device(&rest, &serial)) {
        if (!shows_codes(serial) || len + 1 + serial.len > XA_DEVICES_MAX)
            continue;
        room[len++] = ' ';
        memcpy(room + len, serial.at, serial.len);
        len += serial.len;
    }
    *ret = (struct xa_slice){ (const uint8_t *)room, len };
    return true;
}
