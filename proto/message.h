/* The messages of the wire: what each frame's body holds (PROTOCOL.md,
 * sections 3 to 6). A struct a message, a table a struct; one encoder and one
 * decoder walk the tables, so a field is described in one place only.
 *
 * Absent and zero (or empty, or false) are the same: an encoder leaves such a
 * field out. Slices in a decoded message borrow the frame it was read from. */
#ifndef XA_PROTO_MESSAGE_H
#define XA_PROTO_MESSAGE_H

#include "proto/error.h"
#include "proto/wire.h"

enum xa_type {
    /* asked by a client */
    XA_HELLO = 1,
    XA_UNLOCK = 2,         /* answers NEED passphrase, or comes of itself    */
    XA_MFA_CODE = 3,       /* answers NEED MFA code                          */
    XA_CONFIRM = 4,        /* kept for an answer that comes later            */
    XA_FOREIGN = 5,        /* answers NEED foreign credentials               */
    XA_CANCEL = 6,         /* the person would not answer a NEED             */
    XA_LOCK = 16,
    XA_STATUS = 17,
    XA_LIST = 18,
    XA_CHECK = 19,
    XA_STOP = 20,
    XA_FORGET = 21,
    XA_PROBE = 22,         /* can AWS be reached, and what time is it there?  */
    XA_ADD = 32,
    XA_REMOVE = 33,
    XA_PASSWD = 34,
    XA_DEST_ADD = 35,
    XA_DEST_REMOVE = 36,
    XA_CREDENTIALS = 48,
    XA_WHOAMI = 49,
    XA_PLAN = 50,
    XA_TOKEN = 51,
    XA_CONSOLE = 52,
    XA_SWITCH_URL = 53,
    XA_SETUP_PLAN = 64,    /* what SETUP would make                          */
    XA_SETUP = 65,         /* these five are long work, one step a request   */
    XA_DOCTOR = 66,
    XA_ROTATE = 67,
    XA_REVOKE = 68,
    XA_DISCOVER = 69,
    /* answered by the agent */
    XA_RESULT = 128,
    XA_ERROR = 129,
    XA_NEED = 130,
};

enum xa_need_kind {
    XA_NEED_PASSPHRASE = 1,
    XA_NEED_NEW_PASSPHRASE = 2,   /* there is no vault yet: choose one       */
    XA_NEED_MFA_CODE = 3,
    XA_NEED_CONFIRMATION = 4,     /* not sent by this release                */
    XA_NEED_FOREIGN = 5,          /* the output of a credential_process      */
};

enum xa_vault_state { XA_VAULT_NONE = 1, XA_VAULT_LOCKED = 2, XA_VAULT_UNLOCKED = 3 };
enum xa_entry_kind { XA_ENTRY_SOURCE = 1, XA_ENTRY_DEST = 2 };
enum xa_hop_kind { XA_HOP_SOURCE = 1, XA_HOP_FOREIGN = 2, XA_HOP_SESSION = 3, XA_HOP_ROLE = 4 };
enum xa_token_kind { XA_TOKEN_EKS = 1, XA_TOKEN_RDS = 2, XA_TOKEN_GIT = 3, XA_TOKEN_ECR = 4 };
/* How far the rotation of a source's key has come: AWS was about to be asked for a new
 * one; it is stored; it signs, and the old one is still to be deleted. */
enum xa_rotation {
    XA_ROTATION_NONE = 0, XA_ROTATION_INTENT = 1, XA_ROTATION_PENDING = 2,
    XA_ROTATION_RETIRED = 3,
};
enum xa_severity { XA_SEVERITY_WARNING = 1, XA_SEVERITY_ERROR = 2 };

/* Whom the role of SETUP trusts: the source's user, its account, or an organization. */
enum xa_trust { XA_TRUST_USER = 0, XA_TRUST_ACCOUNT = 1, XA_TRUST_ORG = 2 };

/* What a step of long work tells of. */
enum xa_item_kind {
    XA_ITEM_NEXT = 1,        /* what the next step does: progress, not kept           */
    XA_ITEM_CHANGED = 2,     /* something was changed, or taken away                  */
    XA_ITEM_SAME = 3,        /* something is as it should be already                  */
    XA_ITEM_NOTE = 4,
    XA_ITEM_WARNING = 5,
    XA_ITEM_NOW = 6,         /* a document as it stands, and ...                      */
    XA_ITEM_THEN = 7,        /* ... what would stand in its place                     */
    XA_ITEM_VERDICT = 8,     /* why it fails: subject is the cause's name             */
    XA_ITEM_POSSIBLE = 9,    /* what may be the reason too                            */
    XA_ITEM_REMEDY = 10,     /* what to do, with the statement to add                 */
    XA_ITEM_KEY = 11,        /* an access key of the user                             */
    XA_ITEM_ROLE = 12,       /* a role that can be assumed                            */
    XA_ITEM_MADE = 13,       /* something was made that was not there                 */
};

/* Who may be asked, and how long: part of every request that can need a person. */
struct xa_asking {
    bool can_ask;            /* this client can put a question to a person         */
    uint32_t patience_ms;    /* how long the caller waits for the network; 0: 30 s */
    uint32_t asking_ms;      /* how long it waits for a person; 0: the whole lease */
    bool at_hand;            /* CREDENTIALS: only if it can be answered at once    */
};

struct xa_hello {
    uint32_t protocol;               /* XA_PROTOCOL_VERSION                          */
    struct xa_slice config_path;     /* absolute; the agent compares                 */
    struct xa_slice vault_path;
};

struct xa_unlock {
    struct xa_slice passphrase;      /* secret                                       */
    bool create;                     /* answers NEED new passphrase                  */
    bool allow_unlocked_memory;
    bool accept_rollback;
};

struct xa_lock { bool keep_sessions; };
struct xa_list { uint32_t cursor; };                     /* 0: from the start        */
struct xa_forget { struct xa_slice name; bool all; };    /* one of the two           */

struct xa_add {
    struct xa_slice name, access_key_id;
    struct xa_slice secret;          /* secret                                       */
    bool no_verify;
    struct xa_asking asking;
};

struct xa_remove { struct xa_slice name; struct xa_asking asking; };

struct xa_passwd {
    struct xa_slice passphrase, new_passphrase;          /* secret                   */
    bool allow_unlocked_memory;
};

struct xa_dest_add {
    struct xa_slice name;
    struct xa_slice target;          /* ACCOUNT/ROLE or a role's ARN                 */
    struct xa_slice source, region, external_id, session_name;
    uint32_t duration_s;
    struct xa_slice tags, source_identity;
};

struct xa_dest_remove { struct xa_slice name; };

/* Whose credentials, and how they are wished; what is empty or 0 is as configured. */
struct xa_wish {
    struct xa_slice name;            /* a destination or source, ARN, ACCOUNT/ROLE   */
    struct xa_slice source, region, session_name, external_id;
    uint32_t duration_s;
    uint32_t min_left_s;             /* 0: 15 min 30 s, or less for short ones       */
    bool refresh;                    /* ask AWS; what is held only if it cannot be   */
    struct xa_slice role;            /* of the same account; for a source any        */
    struct xa_slice policy;          /* JSON; these five replace what is configured  */
    struct xa_slice policy_arns, tags, transitive_tags;      /* comma-separated      */
    struct xa_slice source_identity;
    bool readonly;
    struct xa_slice mfa_code;        /* the person gave it beforehand                */
    struct xa_slice profile;         /* list of struct xa_profile_part: `name` as a file
                                      * named by the caller's environment has it     */
};

/* CREDENTIALS, WHOAMI, PLAN and SWITCH_URL. */
struct xa_credentials {
    struct xa_wish wish;
    struct xa_asking asking;
};

/* What opens one service, in place of the keys that could open all. */
struct xa_token {
    struct xa_wish wish;
    struct xa_asking asking;
    uint32_t kind;                   /* enum xa_token_kind                           */
    struct xa_slice cluster;         /* EKS                                          */
    struct xa_slice host;            /* RDS: the database's; git: as git names it    */
    uint32_t port;                   /* RDS                                          */
    struct xa_slice user;            /* RDS                                          */
    struct xa_slice path;            /* git: the repository's, without the first '/' */
};

/* A link that signs a browser in to the console. */
struct xa_console {
    struct xa_wish wish;
    struct xa_asking asking;
    struct xa_slice service;         /* the page to open; empty: the console's home  */
    uint32_t signed_in_s;            /* how long; 0: as long as can be had           */
};

/* SETUP_PLAN, and one step of SETUP, DOCTOR, ROTATE, REVOKE or DISCOVER; each takes what
 * its own table has. */
struct xa_task_request {
    struct xa_wish wish;             /* its name: a destination, for ROTATE and
                                      * DISCOVER a source                            */
    struct xa_asking asking;
    struct xa_slice place;           /* as the step before answered; empty: the first */
    struct xa_slice account;         /* SETUP: where the role is to be               */
    struct xa_slice permissions;     /* comma-separated: ARNs, or names of AWS's own
                                      * policies                                     */
    struct xa_slice policy_name;     /* of the source's policy                       */
    struct xa_slice org;             /* of XA_TRUST_ORG: o-…                         */
    struct xa_slice dest_admin;      /* who acts in the destination's account        */
    struct xa_slice source_admin;    /* who acts in the source's; empty: the source  */
    uint32_t trust;                  /* enum xa_trust                                */
    uint32_t max_duration_s;         /* of the role's sessions; 0: not said          */
    bool require_mfa;
    bool undo;                       /* take back what was made                      */
    bool confirmed;                  /* the answer to the question of the step before */
    struct xa_slice goes;            /* ROTATE: the key id of the one of two that is
                                      * to be deleted                                */
    bool keep_inactive;              /* the old key is not deleted                   */
    uint32_t grace_s;                /* nor before that many seconds                 */
    bool dry_run;
    bool key_too;                    /* REVOKE: make the source's key inactive       */
};

/* Where a profile of an AWS configuration file gets its credentials from. */
enum xa_profile_kind {
    XA_PROFILE_ROLE = 1,             /* role_arn, from `source`                      */
    XA_PROFILE_KEYS = 2,             /* keys in the file: the vault entry of its name */
    XA_PROFILE_PROCESS = 3,          /* credential_process                           */
    XA_PROFILE_SSO = 4,              /* the rest: recognised, and not served         */
    XA_PROFILE_WEB_IDENTITY = 5,
    XA_PROFILE_LOGIN = 6,
    XA_PROFILE_CREDENTIAL_SOURCE = 7,
    XA_PROFILE_NOTHING = 8,          /* no credentials at all: the vault entry       */
};

/* One profile of a chain, without its secrets; the first is the one asked for, and
 * each later one is the source of that before it. */
struct xa_profile_part {
    struct xa_slice name;
    uint32_t kind;                   /* enum xa_profile_kind                         */
    struct xa_slice arn;             /* role_arn                                     */
    struct xa_slice source, region, session_name, external_id, mfa_serial;
    uint32_t duration_s;
    bool use_fips, use_dualstack;
    bool sts_legacy;                 /* sts_regional_endpoints = legacy              */
    struct xa_slice endpoint_url;    /* taken from the person's own file only        */
    struct xa_slice ca_bundle;
};

/* Answers NEED MFA code. */
struct xa_mfa_code {
    struct xa_slice mfa_code;        /* six digits                                   */
    struct xa_slice mfa_serial;      /* of the device, when several were named       */
};

/* Answers NEED foreign credentials. */
struct xa_foreign {
    struct xa_slice access_key_id;
    struct xa_slice secret, token;   /* secret; without a token it is a long-lived key */
    uint64_t expires_at;             /* Unix seconds; 0: they do not expire          */
};

/* --- answers ------------------------------------------------------------- */

struct xa_need {
    uint32_t kind;                   /* enum xa_need_kind                            */
    uint32_t tries_left;
    struct xa_slice subject;         /* the vault's path, or the MFA device          */
    struct xa_slice name;            /* for whose credentials                        */
    struct xa_slice source;          /* whose device, or whose credential_process    */
    struct xa_slice devices;         /* list of struct xa_mfa_device, to choose from */
    bool used;                       /* the code that was given is used up           */
};

struct xa_mfa_device { struct xa_slice mfa_serial; };

struct xa_error_reply {
    uint32_t code;                   /* enum xa_code's number                        */
    struct xa_slice message, why, hint, aws_code, request_id;
    uint32_t tries_left;             /* of a wrong passphrase: how many are left     */
};

struct xa_credentials_result {
    struct xa_slice access_key_id, secret, token;        /* the last two are secret  */
    uint64_t expires_at;             /* Unix seconds, AWS's own                      */
    struct xa_slice account, arn;    /* of the assumed role                          */
    struct xa_slice region;          /* to hand out; may be empty                    */
    struct xa_slice name, label, level;
    struct xa_slice label_variables; /* where prompts look for the label (proto/label.h) */
    struct xa_slice note;            /* for the person; may be empty                 */
};

/* What would be done, without doing it. */
struct xa_plan_result {
    struct xa_slice hops;            /* list of struct xa_plan_hop, the source first */
    struct xa_slice note;
};

struct xa_plan_hop {
    uint32_t kind;                   /* enum xa_hop_kind                             */
    struct xa_slice name;
    struct xa_slice arn;             /* of the user or role                          */
    struct xa_slice region, endpoint_url;                /* of STS                   */
    struct xa_slice session_name, external_id, source_identity;
    struct xa_slice policy, policy_arns, tags, transitive_tags;
    uint32_t duration_s;
    struct xa_slice note;            /* why it is as it is                           */
    struct xa_slice mfa_serial;      /* whose code goes with this call               */
    uint64_t expires_at;             /* held until then; 0: not held                 */
    uint32_t need;                   /* enum xa_need_kind that would be asked; 0: none */
};

struct xa_probe { uint32_t patience_ms; struct xa_slice name; };

struct xa_probe_result {
    struct xa_slice endpoint_url;    /* that was asked                               */
    uint64_t aws_time;               /* its clock, Unix seconds; 0: not told         */
};

struct xa_whoami_result { struct xa_slice account, arn, user_id; uint64_t expires_at; };

struct xa_token_result {
    struct xa_slice token;           /* secret                                       */
    struct xa_slice username;        /* secret: git's has a session token in it      */
    uint64_t expires_at;             /* Unix seconds                                 */
    struct xa_slice name, account, arn, region;
    struct xa_slice endpoint_url;    /* ECR: the registry it is for                  */
    struct xa_slice note;
};

struct xa_console_result {
    struct xa_slice url;             /* secret: whoever opens it is in; 15 minutes   */
    struct xa_slice logout_url;
    struct xa_slice name, account, arn;
    struct xa_slice note;
};

struct xa_switch_url_result { struct xa_slice url, name, account, role, note; };

/* What a setup makes on either side. Documents are JSON, keys sorted, without blanks. */
struct xa_setup_plan_result {
    struct xa_slice role_arn, role_name, role_path, account;   /* the name without path  */
    struct xa_slice trust_policy;
    struct xa_slice permissions;     /* ARNs, comma-separated                        */
    uint32_t max_duration_s;
    struct xa_slice source, user_name, user_arn;
    struct xa_slice source_policy_arn, policy_name, source_policy;
    struct xa_slice external_id;
    struct xa_slice region;
    struct xa_slice items;           /* list of struct xa_item: why each part is there */
};

/* The end of a step. */
struct xa_task_result {
    bool done;
    struct xa_slice place;           /* to go on from; empty when done               */
    uint32_t wait_ms;                /* not before                                   */
    struct xa_slice question;        /* to be confirmed before it goes on; or empty  */
    struct xa_slice items;           /* list of struct xa_item                       */
};

struct xa_item {
    uint32_t kind;                   /* enum xa_item_kind                            */
    struct xa_slice subject;         /* what it is about: an ARN, a name             */
    struct xa_slice text;            /* for people                                   */
    struct xa_slice document;        /* a policy, as in SETUP_PLAN's result          */
};

struct xa_add_result {
    struct xa_slice account, arn;    /* empty if not verified                        */
    struct xa_slice warning;         /* why it could not be verified; may be empty   */
    bool created;                    /* the vault was made by this                   */
};

struct xa_list_result {
    struct xa_slice entries;         /* list of struct xa_list_entry                 */
    uint32_t cursor;                 /* of the next page; 0: this was the last       */
};

struct xa_list_entry {
    uint32_t kind;                   /* enum xa_entry_kind                           */
    struct xa_slice name, account, role, source, region, level, arn;
    struct xa_slice key_tail;        /* a source's key id, last four characters      */
    struct xa_slice note;            /* what is odd about it; may be empty           */
    uint64_t expires_at;             /* of cached credentials; 0: none               */
    bool is_profile;                 /* it stands in an AWS file                     */
    /* of a source whose key is in an open vault */
    uint64_t stored_at;              /* Unix seconds; 0: not known                   */
    uint32_t rotate_after_s;         /* as configured; 0: it is not                  */
    uint32_t rotation;               /* enum xa_rotation                             */
    uint64_t due_at;                 /* when the retired key goes, Unix seconds      */
};

struct xa_check_result {
    struct xa_slice findings;        /* list of struct xa_finding                    */
    uint32_t n_sources, n_dests;
    struct xa_slice file;
};

struct xa_finding {
    uint32_t severity;               /* enum xa_severity                             */
    struct xa_slice file;
    uint32_t line;                   /* 0: the file as a whole                       */
    struct xa_slice message, hint;
};

struct xa_forget_result { uint32_t n_forgotten; };
struct xa_dest_result { struct xa_slice file; };

struct xa_status_result {
    uint32_t state;                  /* enum xa_vault_state                          */
    struct xa_slice version;
    uint32_t pid, supervisor_pid, courier_pid;           /* 0: no courier runs       */
    uint64_t started_at;             /* Unix seconds                                 */
    struct xa_slice config_path, vault_path;
    uint32_t n_sources, n_dests, n_cached;
    uint32_t lock_in_s;              /* 0: locked, or no limit                       */
    struct xa_slice config_error;    /* why the configuration is refused; or empty   */
    /* --security: read back from the kernel, not from what was asked of it (H4) */
    uint32_t vm_locked_kib, arena_kib;
    bool memory_locked, undumpable, no_new_privs, core_limit_zero, traced;
    uint32_t seccomp;                /* 0 off, 2 filter                              */
};

/* --- tables --------------------------------------------------------------- */

struct xa_message;                   /* a table: which fields, where, how long       */

extern const struct xa_message xa_msg_empty;             /* LOCK's answer, STATUS …  */
extern const struct xa_message xa_msg_hello, xa_msg_unlock, xa_msg_lock, xa_msg_list,
    xa_msg_forget, xa_msg_add, xa_msg_remove, xa_msg_passwd, xa_msg_dest_add,
    xa_msg_dest_remove, xa_msg_credentials, xa_msg_whoami, xa_msg_probe, xa_msg_plan,
    xa_msg_profile_part, xa_msg_mfa_code, xa_msg_foreign, xa_msg_token, xa_msg_console,
    xa_msg_switch_url, xa_msg_setup, xa_msg_doctor, xa_msg_rotate, xa_msg_revoke,
    xa_msg_discover;
extern const struct xa_message xa_msg_need, xa_msg_mfa_device, xa_msg_error,
    xa_msg_credentials_result, xa_msg_plan_result, xa_msg_plan_hop,
    xa_msg_whoami_result, xa_msg_probe_result, xa_msg_add_result, xa_msg_list_result,
    xa_msg_list_entry, xa_msg_check_result, xa_msg_finding, xa_msg_forget_result,
    xa_msg_dest_result,
    xa_msg_setup_plan_result, xa_msg_task_result, xa_msg_item,
    xa_msg_status_result, xa_msg_token_result, xa_msg_console_result, xa_msg_switch_url_result;

/* Writes the fields of *message, the struct that the table describes, to w:
 * w goes bad if they do not fit it. */
void xa_message_encode(const struct xa_message *table, const void *message, struct xa_writer *w);

/* Fills *ret, the table's struct, from a frame's body. XA_BAD_MESSAGE names the
 * field that is unknown and not marked ignorable, out of order, twice there, of
 * another kind, too long, not printable, missing, or cut. */
bool xa_message_decode(const struct xa_message *table, struct xa_slice body, void *ret,
                       struct xa_error *err) XA_MUST_CHECK;

/* The table of a client's request, or NULL for a type this release does not
 * know. A request with an empty body has xa_msg_empty. */
const struct xa_message *xa_message_of_request(uint8_t type);

/* True if a frame of this type carries a secret. */
bool xa_type_is_secret(uint8_t type);

/* True if the RESULT of such a request carries one. */
bool xa_type_answers_secret(uint8_t type);

/* How long a request frame of this type may be, head included. */
size_t xa_type_request_max(uint8_t type);

/* What a table says of one field: PROTOCOL.md says the same, and a test compares. */
struct xa_field_view {
    unsigned number;                 /* of the tag's bits 11..0                      */
    unsigned kind;                   /* of its bits 14..12                           */
    bool required;
    size_t max;                      /* bytes; 0 for flags and numbers               */
    const char *name;                /* the struct's member: "asking.can_ask"        */
};

/* The table's field `index`, in the order of the wire; false behind the last. */
bool xa_message_field(const struct xa_message *table, size_t index,
                      struct xa_field_view *ret) XA_MUST_CHECK;

/* Appends one item, encoded by its table, to a list under way in w. */
void xa_list_append(struct xa_writer *w, const struct xa_message *table, const void *item);

/* Takes the next item off *list and decodes it. Returns false at the end, with
 * err->code XA_OK, or for a broken item, with *err filled. */
bool xa_list_next(struct xa_slice *list, const struct xa_message *table, void *ret,
                  struct xa_error *err) XA_MUST_CHECK;

/* Between a failure and its message. The slices borrow err; decoding copies. */
struct xa_error_reply xa_error_to_reply(const struct xa_error *err);
void xa_error_from_reply(const struct xa_error_reply *reply, struct xa_error *ret);

#endif
