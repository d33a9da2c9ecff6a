/* What the tests of the broker share: a vault with keys, a configuration file, a
 * port that keeps what is sent until the test answers it, and a clock that stands
 * still until the test moves it. Everything ends the process when it fails. */
#ifndef XA_TESTS_BROKER_KIT_H
#define XA_TESTS_BROKER_KIT_H

#include "agent/broker/broker.h"

#define KIT_ACCOUNT "222222222222"
#define KIT_OTHER_KEY_ID "AKIDOTHEREXAMPLE0002"
#define KIT_ROOT_KEY_ID "AKIDROOTEXAMPLE00003"
#define KIT_DEEP_ARN "arn:aws:iam::111111111111:user/team/a/alice"

/* One request under way. The request's slices borrow the packet. */
struct kit_call {
    struct kit_call *next;
    uint8_t *packet;
    struct xa_request request;
    xa_port_done_fn *done;
    void *ctx;
};

struct kit_world {
    struct xa_vault *vault;
    struct xa_arena *arena;
    struct xa_roles_file *config;
    struct xa_profiles_file *profiles; /* ~/.aws/config: not there until kit_profiles */
    struct xa_broker *broker;
    struct xa_port port;               /* as the broker has it                    */
    int64_t boot_ms, wall_s;
    struct kit_call *calls;            /* oldest first                            */
    unsigned n_sent, n_cancelled;
    bool refuse;                       /* the port takes nothing: XA_BUSY         */
    int64_t wake_ms;                   /* BOOTTIME of the next xa_broker_run; -1  */
    uint32_t chance;                   /* what the port's next random number is   */
};
extern struct kit_world kit;

/* Set-up and tear-down of cmocka. The vault is open and holds `main` (KIT_KEY_ID,
 * KIT_SECRET, KIT_DEEP_ARN), `other` (never proven) and `root` (a root user's). */
int kit_start(void **state);
int kit_end(void **state);

/* The configuration file's new text, and that of ~/.aws/config. */
void kit_configure(const char *text);
void kit_profiles(const char *text);

/* Time goes on by so much, on both clocks; what is due by port.wake on the way is run
 * when it is due. */
void kit_pass_ms(int64_t ms);

/* The oldest call whose body has this text in it comes first. False: there is none. */
bool kit_first(const char *text);

/* Answers the oldest call with a record, or with a failure, and frees it. */
void kit_answer(const struct xa_record *record);
void kit_fail(enum xa_code code);

/* What STS sends for an AssumeRole that was dated `wall_s` and lasts life_s. The
 * texts last until the next call. */
struct xa_record kit_issue(const char *account, const char *role, uint32_t life_s);

/* What STS sends for a GetSessionToken, and IAM for a ListMFADevices: serials, each
 * behind a blank. */
struct xa_record kit_session(uint32_t life_s);
struct xa_record kit_devices(const char *devices);

/* What STS sends for a GetCallerIdentity. */
struct xa_record kit_caller(const char *arn);

/* What AWS sends for an error. */
struct xa_record kit_error(uint32_t status, const char *code, const char *message);

/* The value of a header of the request, or "". */
const char *kit_header(const struct xa_request *request, const char *name);

#endif
