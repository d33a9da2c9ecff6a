/* What the tests of MFA codes share: destinations behind a device, and AWS's answers. */
#ifndef XA_TESTS_MFA_KIT_H
#define XA_TESTS_MFA_KIT_H

#include <string.h>

#include "tests/lib/asker.h"
#include "tests/lib/vault_kit.h"

#define PHONE "arn:aws:iam::111111111111:mfa/phone"
#define TOKEN "arn:aws:iam::111111111111:mfa/token"
#define U2F "arn:aws:iam::111111111111:u2f/user/alice/key"
#define USUAL "arn:aws:iam::111111111111:mfa/alice"      /* alice of KIT_DEEP_ARN */
#define ADMIN "account = 222222222222\nrole = Admin\n"
#define DESTS                                                                                \
    "[dest prod]\n" ADMIN "[dest test]\naccount = 222222222222\nrole = Test\n"               \
    "[dest dev]\naccount = 222222222222\nrole = Dev\n"                                       \
    "[dest long]\naccount = 222222222222\nrole = Admin\nduration = 2h\n"
#define KNOWN "[source main]\nmfa_serial = " PHONE "\n" DESTS
#define UNKNOWN "[source main]\n" DESTS
#define SLIP "MultiFactorAuthentication failed with invalid MFA one time pass code."
#define NO_DEVICE                                                                            \
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA" \
    " serial number is valid and associated with this user."

static inline bool body_has(const char *text)
{
    struct xa_slice body = kit.calls->request.body;
    return memmem(body.at, body.len, text, strlen(text)) != NULL;
}

static inline void answer_role(const char *role, uint32_t life_s)
{
    assert_true(body_has("Action=AssumeRole"));
    struct xa_record record = kit_issue(KIT_ACCOUNT, role, life_s);
    kit_answer(&record);
}

static inline void answer_session(void)
{
    assert_true(body_has("Action=GetSessionToken"));
    struct xa_record record = kit_session(43200);
    kit_answer(&record);
}

static inline void answer_error(const char *code, const char *message)
{
    uint32_t status = strcmp(code, "AccessDenied") == 0 ? 403 : 400;
    struct xa_record record = kit_error(status, code, message);
    kit_answer(&record);
}

static inline void answer_devices(const char *devices)
{
    assert_true(body_has("Action=ListMFADevices"));
    struct xa_record record = kit_devices(devices);
    kit_answer(&record);
}

static inline struct xa_wish with_code(const char *name, const char *code)
{
    return (struct xa_wish){ .name = xa_slice_of(name), .mfa_code = xa_slice_of(code) };
}

#endif
