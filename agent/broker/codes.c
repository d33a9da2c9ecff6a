#include "agent/broker/codes.h"

#include <string.h>

#include "agent/vault/hash.h"

/* AWS takes the code of the step before and the one after as well: two minutes are
 * longer than any code lives. */
#define LIFE_MS 120000

static void hash_device(struct xa_slice serial, uint8_t ret[32])
{
    xa_hash(ret, &serial, 1);
}

static int find(const struct xa_codes *codes, struct xa_slice serial, struct xa_slice code)
{
    uint8_t device[32];
    if (code.len != XA_MFA_CODE_LEN)
        return -1;
    hash_device(serial, device);
    for (int i = 0; i < XA_CODES_MAX; i++)
        if (codes->sent[i].at_ms != 0 && memcmp(codes->sent[i].device, device, 32) == 0 &&
            memcmp(codes->sent[i].code, code.at, XA_MFA_CODE_LEN) == 0)
            return i;
    return -1;
}

bool xa_codes_was_sent(const struct xa_codes *codes, struct xa_slice serial,
                       struct xa_slice code, int64_t now_ms)
{
    int i = find(codes, serial, code);
    return i >= 0 && now_ms - codes->sent[i].at_ms < LIFE_MS;
}

/* A free place has the time 0, which is older than any. */
static int oldest(const struct xa_codes *codes)
{
    int found = 0;
    for (int i = 1; i < XA_CODES_MAX; i++)
        if (codes->sent[i].at_ms < codes->sent[found].at_ms)
            found = i;
    return found;
}

void xa_codes_note(struct xa_codes *codes, struct xa_slice serial, struct xa_slice code,
                   int64_t now_ms)
{
    int at = find(codes, serial, code);
    if (code.len != XA_MFA_CODE_LEN)
        return;
    if (at < 0)
        at = oldest(codes);
    hash_device(serial, codes->sent[at].device);
    memcpy(codes->sent[at].code, code.at, XA_MFA_CODE_LEN);
    codes->sent[at].at_ms = now_ms > 0 ? now_ms : 1;
}

void xa_codes_unsent(struct xa_codes *codes, struct xa_slice serial, struct xa_slice code)
{
    int i = find(codes, serial, code);
    if (i >= 0)
        xa_wipe(&codes->sent[i], sizeof codes->sent[i]);
}
