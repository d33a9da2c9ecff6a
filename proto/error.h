/* One type of failure for the whole of xacct, with three readers: a code for
 * programs, a message for people, a hint for what to do next.
 *
 * The codes come from one list, which makes the enum, the numbers on the wire,
 * the names, the client's exit status (design.md, section 8) and the usual
 * hints. Numbers are stable: new codes take free ones, none is reused. */
#ifndef XA_PROTO_ERROR_H
#define XA_PROTO_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/attr.h"

#define XA_ERROR_MAP(XX)                                                                  \
    /* symbol               wire exit  name                  usual next step           */ \
    XX(XA_INTERNAL,            1,  1, "internal",            "")                          \
    XX(XA_NO_MEMORY,           2,  1, "no_memory",           "")                          \
    XX(XA_IO,                  3,  1, "io",                  "")                          \
    XX(XA_BAD_MESSAGE,         4,  1, "bad_message",         "xacct agent restart")       \
    XX(XA_UNKNOWN_REQUEST,     5,  5, "unknown_request",     "xacct agent restart")       \
    XX(XA_BAD_VERSION,         6,  5, "bad_version",         "xacct agent restart")       \
    XX(XA_USAGE,               7,  2, "usage",               "")                          \
    XX(XA_BUSY,                8,  5, "busy",                "the same command again")    \
    XX(XA_NO_AGENT,            9,  5, "no_agent",            "xacct agent start")         \
    XX(XA_AGENT_UNUSABLE,     10,  5, "agent_unusable",      "")                          \
    XX(XA_OTHER_AGENT,        11,  5, "other_agent",         "")                          \
    XX(XA_COURIER_UNUSABLE,   12,  5, "courier_unusable",    "xacct agent restart")       \
    XX(XA_UNLOCKED_MEMORY,    13,  5, "memory_not_locked",   "")                          \
    XX(XA_LOCKED,             16,  4, "locked",              "xacct unlock")              \
    XX(XA_BAD_PASSPHRASE,     17,  4, "bad_passphrase",      "xacct unlock")              \
    XX(XA_NOT_ASKED,          18,  4, "not_asked",           "xacct unlock")              \
    XX(XA_MFA_NEEDED,         19,  4, "mfa_needed",          "")                          \
    XX(XA_VAULT_DAMAGED,      20,  1, "vault_damaged",                                    \
       "put a backup of the vault in its place")                                         \
    XX(XA_VAULT_ROLLED_BACK,  21,  1, "vault_rolled_back",   "xacct unlock --accept-rollback") \
    XX(XA_NO_VAULT,           22,  3, "no_vault",            "xacct add NAME")            \
    XX(XA_NAME_TAKEN,         23,  1, "name_taken",          "xacct list")                \
    XX(XA_MFA_CODE_USED,      24,  4, "mfa_code_used",                                    \
       "the same command with the next code")                                             \
    XX(XA_NO_SUCH_NAME,       32,  3, "no_such_name",        "xacct list")                \
    XX(XA_BAD_CONFIG,         33,  3, "bad_config",          "xacct config check")        \
    XX(XA_NOT_SERVED,         34,  3, "not_served",          "xacct help")                \
    XX(XA_AWS_REFUSED,        48,  6, "aws_refused",         "")                          \
    XX(XA_AWS_THROTTLED,      49,  6, "aws_throttled",       "the same command in a minute") \
    XX(XA_BAD_REPLY,          50,  7, "bad_reply",                                        \
       "check endpoint_url and proxy: what answered may not be AWS")                     \
    XX(XA_UNREACHABLE,        51,  7, "unreachable",                                      \
       "check the network, endpoint_url and proxy; then the same command again")         \
    XX(XA_TIMED_OUT,          52,  7, "timed_out",           "the same command again")    \
    XX(XA_CERTIFICATE,        53,  7, "certificate",                                      \
       "check ca_bundle, and that the clock is right: date -u")                          \
    XX(XA_CANCELLED,          64,  8, "cancelled",           "")                          \
    XX(XA_POLICY,             80,  9, "refused_by_policy",   "")                          \
    XX(XA_OTHER_ACCOUNT,      81,  9, "other_account",       "xacct list")

enum xa_code {
    XA_OK = 0,
#define XX(symbol, wire, exit, name, hint) symbol = (wire),
    XA_ERROR_MAP(XX)
#undef XX
};

struct xa_error {
    enum xa_code code;     /* for programs: stable, travels on the wire         */
    char message[512];     /* for people: what failed, with the value at fault  */
    char why[320];         /* what lies behind it; may be ""                    */
    char hint[160];        /* the next thing to try, one command; may be ""     */
    char aws_code[129];    /* AWS's own <Code>; "" when AWS did not answer      */
    char request_id[129];  /* AWS's request id; may be ""                       */
};

/* Fills *err (code, message, the code's usual hint; the rest "") and returns
 * false, so that failing is one line:
 *     return xa_fail(err, XA_NO_SUCH_NAME, "no destination '%s'", name);
 * err may be NULL. The message is cut at its array and made printable. */
bool xa_fail(struct xa_error *err, enum xa_code code, const char *fmt, ...) XA_PRINTF(3, 4);

/* Replaces the hint, or the reason behind, of a failure already noted. Both
 * return false, so that they can end a chain. err may be NULL. */
bool xa_hint(struct xa_error *err, const char *fmt, ...) XA_PRINTF(2, 3);
bool xa_why(struct xa_error *err, const char *fmt, ...) XA_PRINTF(2, 3);

/* The analyzer reads one file at a time and cannot see what these return. */
#ifdef __clang_analyzer__
#define xa_fail(...) ((void)xa_fail(__VA_ARGS__), false)
#define xa_hint(...) ((void)xa_hint(__VA_ARGS__), false)
#define xa_why(...) ((void)xa_why(__VA_ARGS__), false)
#endif

/* The name of a code ("no_such_name"), or "unknown". Never NULL. */
const char *xa_code_name(enum xa_code code);

/* The code's usual next step, or "". Never NULL. */
const char *xa_code_hint(enum xa_code code);

/* The exit status that design.md, section 8 gives a code; 1 for unknown ones. */
int xa_code_exit(enum xa_code code);

/* The code with this wire number, or XA_INTERNAL: a newer agent may know more. */
enum xa_code xa_code_from_wire(uint32_t wire);

#endif
