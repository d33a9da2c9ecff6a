/* Every message's table: which fields, in the order of their numbers. PROTOCOL.md says the
 * same, and a test compares. */
#include "proto/label.h"
#include "proto/limits.h"
#include "proto/message.h"
#include "proto/message_table.h"

/* The numbers: one meaning each, in whichever message (PROTOCOL.md, section 4).
 * Fields of a message stand in the order of these numbers. */
enum number {
    F_PROTOCOL = 1, F_CONFIG_PATH = 2, F_VAULT_PATH = 3,
    F_CAN_ASK = 8, F_PATIENCE_MS = 9, F_ASKING_MS = 10, F_AT_HAND = 11,
    F_NAME = 16, F_TARGET = 17, F_SOURCE = 18, F_REGION = 19, F_DURATION_S = 20,
    F_MIN_LEFT_S = 21, F_SESSION_NAME = 22, F_EXTERNAL_ID = 23, F_REFRESH = 24,
    F_ALL = 25, F_NO_VERIFY = 26, F_KEEP_SESSIONS = 27, F_CREATE = 28,
    F_ALLOW_UNLOCKED_MEMORY = 29, F_ACCEPT_ROLLBACK = 30, F_CURSOR = 31,
    F_POLICY = 32, F_POLICY_ARNS = 33, F_TAGS = 34, F_TRANSITIVE_TAGS = 35,
    F_SOURCE_IDENTITY = 36, F_READONLY = 37, F_PROFILE = 38,
    F_PASSPHRASE = 40, F_NEW_PASSPHRASE = 41, F_MFA_CODE = 42, F_SERIAL = 43,
    F_PROFILE_KIND = 44, F_USE_FIPS = 45, F_USE_DUALSTACK = 46, F_STS_LEGACY = 47,
    F_ACCESS_KEY_ID = 48, F_SECRET = 49, F_TOKEN = 50, F_EXPIRES_AT = 51,
    F_TOKEN_KIND = 52, F_CLUSTER = 53, F_HOST = 54, F_PORT = 55, F_USER = 56, F_PATH = 57,
    F_SERVICE = 58, F_SIGNED_IN_S = 59, F_USERNAME = 60, F_URL = 61, F_LOGOUT_URL = 62,
    F_ACCOUNT = 64, F_ARN = 65, F_USER_ID = 66, F_ROLE = 67, F_LABEL = 68, F_LEVEL = 69,
    F_KEY_TAIL = 70, F_NOTE = 71, F_WARNING = 72, F_CREATED = 73, F_ENDPOINT_URL = 74,
    F_CA_BUNDLE = 75, F_IS_PROFILE = 76, F_LABEL_VARIABLES = 77, F_AWS_TIME = 78,
    F_ENTRIES = 80, F_ENTRY_KIND = 81, F_FINDINGS = 82, F_SEVERITY = 83, F_FILE = 84,
    F_LINE = 85, F_N_FORGOTTEN = 86, F_HOPS = 87, F_HOP_KIND = 88,
    F_CODE = 96, F_MESSAGE = 97, F_WHY = 98, F_HINT = 99, F_AWS_CODE = 100,
    F_REQUEST_ID = 101, F_TRIES_LEFT = 102, F_NEED = 103, F_SUBJECT = 104,
    F_DEVICES = 105, F_USED = 106, F_WOULD_NEED = 107,
    F_STATE = 112, F_VERSION = 113, F_PID = 114, F_SUPERVISOR_PID = 115, F_COURIER_PID = 116,
    F_STARTED_AT = 117, F_N_SOURCES = 118, F_N_DESTS = 119, F_N_CACHED = 120,
    F_LOCK_IN_S = 121, F_CONFIG_ERROR = 122,
    F_VM_LOCKED_KIB = 128, F_ARENA_KIB = 129, F_MEMORY_LOCKED = 130, F_UNDUMPABLE = 131,
    F_NO_NEW_PRIVS = 132, F_CORE_LIMIT_ZERO = 133, F_TRACED = 134, F_SECCOMP = 135,
    F_PLACE = 144, F_PERMISSIONS = 145, F_POLICY_NAME = 146, F_ORG = 147, F_DEST_ADMIN = 148,
    F_SOURCE_ADMIN = 149, F_TRUST = 150, F_MAX_DURATION_S = 151, F_REQUIRE_MFA = 152,
    F_UNDO = 153, F_CONFIRMED = 154, F_GOES = 155, F_KEEP_INACTIVE = 156, F_GRACE_S = 157,
    F_DRY_RUN = 158, F_KEY_TOO = 159,
    F_ROLE_ARN = 160, F_TRUST_POLICY = 161, F_USER_NAME = 162, F_USER_ARN = 163,
    F_SOURCE_POLICY_ARN = 164, F_SOURCE_POLICY = 165, F_ROLE_NAME = 166, F_ROLE_PATH = 167,
    F_DONE = 168, F_WAIT_MS = 169, F_QUESTION = 170, F_ITEMS = 171, F_ITEM_KIND = 172,
    F_TEXT = 173, F_DOCUMENT = 174,
    F_STORED_AT = 190, F_ROTATE_AFTER_S = 191, F_ROTATION = 192, F_DUE_AT = 193,
};

#define ROW(s, num, knd, req, limit, member) \
    { F_##num, knd, req, offsetof(struct s, member), #member, limit }
#define FLAG_(s, num, member) ROW(s, num, FLAG, false, 0, member)
#define U32_(s, num, member) ROW(s, num, U32, false, 0, member)
#define U64_(s, num, member) ROW(s, num, U64, false, 0, member)
#define TEXT_(s, num, limit, member) ROW(s, num, TEXT, false, limit, member)
#define NEED_TEXT(s, num, limit, member) ROW(s, num, TEXT, true, limit, member)
#define NEED_BYTES(s, num, limit, member) ROW(s, num, BYTES, true, limit, member)
#define NEED_U32(s, num, member) ROW(s, num, U32, true, 0, member)
#define BYTES_(s, num, limit, member) ROW(s, num, BYTES, false, limit, member)
#define LIST_(s, num, member) ROW(s, num, LIST, false, XA_REPLY_MAX, member)
#define ASKING(s)                             \
    FLAG_(s, CAN_ASK, asking.can_ask),        \
    U32_(s, PATIENCE_MS, asking.patience_ms), \
    U32_(s, ASKING_MS, asking.asking_ms)
#define MESSAGE(which, s, ...)                                                       \
    const struct xa_message xa_msg_##which = { #which, sizeof(struct s),             \
        sizeof((struct field[]){ __VA_ARGS__ }) / sizeof(struct field), { __VA_ARGS__ } }

#define ERROR_TEXT_MAX 1024

const struct xa_message xa_msg_empty = { "empty", 0, 0, { { 0 } } };

MESSAGE(hello, xa_hello,
    U32_(xa_hello, PROTOCOL, protocol),
    NEED_TEXT(xa_hello, CONFIG_PATH, XA_PATH_MAX, config_path),
    NEED_TEXT(xa_hello, VAULT_PATH, XA_PATH_MAX, vault_path));

MESSAGE(unlock, xa_unlock,
    FLAG_(xa_unlock, CREATE, create),
    FLAG_(xa_unlock, ALLOW_UNLOCKED_MEMORY, allow_unlocked_memory),
    FLAG_(xa_unlock, ACCEPT_ROLLBACK, accept_rollback),
    NEED_BYTES(xa_unlock, PASSPHRASE, XA_PASSPHRASE_MAX, passphrase));

MESSAGE(lock, xa_lock, FLAG_(xa_lock, KEEP_SESSIONS, keep_sessions));
MESSAGE(list, xa_list, U32_(xa_list, CURSOR, cursor));
MESSAGE(forget, xa_forget,
    TEXT_(xa_forget, NAME, XA_ARN_MAX, name),
    FLAG_(xa_forget, ALL, all));

MESSAGE(add, xa_add,
    ASKING(xa_add),
    NEED_TEXT(xa_add, NAME, XA_NAME_MAX, name),
    FLAG_(xa_add, NO_VERIFY, no_verify),
    NEED_TEXT(xa_add, ACCESS_KEY_ID, XA_ACCESS_KEY_ID_MAX, access_key_id),
    NEED_BYTES(xa_add, SECRET, XA_SECRET_KEY_MAX, secret));

MESSAGE(remove, xa_remove,
    ASKING(xa_remove),
    NEED_TEXT(xa_remove, NAME, XA_NAME_MAX, name));

MESSAGE(passwd, xa_passwd,
    FLAG_(xa_passwd, ALLOW_UNLOCKED_MEMORY, allow_unlocked_memory),
    NEED_BYTES(xa_passwd, PASSPHRASE, XA_PASSPHRASE_MAX, passphrase),
    NEED_BYTES(xa_passwd, NEW_PASSPHRASE, XA_PASSPHRASE_MAX, new_passphrase));

MESSAGE(dest_add, xa_dest_add,
    NEED_TEXT(xa_dest_add, NAME, XA_NAME_MAX, name),
    NEED_TEXT(xa_dest_add, TARGET, XA_ARN_MAX, target),
    TEXT_(xa_dest_add, SOURCE, XA_NAME_MAX, source),
    TEXT_(xa_dest_add, REGION, XA_REGION_MAX, region),
    U32_(xa_dest_add, DURATION_S, duration_s),
    TEXT_(xa_dest_add, SESSION_NAME, XA_SESSION_NAME_MAX, session_name),
    TEXT_(xa_dest_add, EXTERNAL_ID, XA_EXTERNAL_ID_MAX, external_id),
    TEXT_(xa_dest_add, TAGS, XA_TAGS_MAX, tags),
    TEXT_(xa_dest_add, SOURCE_IDENTITY, XA_SOURCE_IDENTITY_MAX, source_identity));

MESSAGE(dest_remove, xa_dest_remove, NEED_TEXT(xa_dest_remove, NAME, XA_NAME_MAX, name));

#define WISH(s) WISH_UP_TO_CODE(s), WISH_ROLE(s)
#define WISH_ROLE(s) TEXT_(s, ROLE, XA_ARN_MAX, wish.role)
#define WISH_UP_TO_CODE(s)                                                    \
    NEED_TEXT(s, NAME, XA_ARN_MAX, wish.name),                                \
    TEXT_(s, SOURCE, XA_NAME_MAX, wish.source),                               \
    TEXT_(s, REGION, XA_REGION_MAX, wish.region),                             \
    U32_(s, DURATION_S, wish.duration_s),                                     \
    U32_(s, MIN_LEFT_S, wish.min_left_s),                                     \
    TEXT_(s, SESSION_NAME, XA_SESSION_NAME_MAX, wish.session_name),           \
    TEXT_(s, EXTERNAL_ID, XA_EXTERNAL_ID_MAX, wish.external_id),              \
    FLAG_(s, REFRESH, wish.refresh),                                          \
    TEXT_(s, POLICY, XA_POLICY_MAX, wish.policy),                            \
    TEXT_(s, POLICY_ARNS, XA_POLICY_ARNS_MAX, wish.policy_arns),              \
    TEXT_(s, TAGS, XA_TAGS_MAX, wish.tags),                                   \
    TEXT_(s, TRANSITIVE_TAGS, XA_TAGS_MAX, wish.transitive_tags),             \
    TEXT_(s, SOURCE_IDENTITY, XA_SOURCE_IDENTITY_MAX, wish.source_identity),  \
    FLAG_(s, READONLY, wish.readonly),                                        \
    LIST_(s, PROFILE, wish.profile),                                          \
    TEXT_(s, MFA_CODE, XA_MFA_CODE_LEN, wish.mfa_code)

MESSAGE(probe, xa_probe,
    U32_(xa_probe, PATIENCE_MS, patience_ms),
    TEXT_(xa_probe, NAME, XA_NAME_MAX, name));

MESSAGE(credentials, xa_credentials, ASKING(xa_credentials),
    FLAG_(xa_credentials, AT_HAND, asking.at_hand), WISH(xa_credentials));
MESSAGE(whoami, xa_credentials, ASKING(xa_credentials), WISH(xa_credentials));
MESSAGE(plan, xa_credentials, ASKING(xa_credentials), WISH(xa_credentials));

MESSAGE(switch_url, xa_credentials, ASKING(xa_credentials), WISH(xa_credentials));

MESSAGE(setup, xa_task_request,
    ASKING(xa_task_request),
    NEED_TEXT(xa_task_request, NAME, XA_NAME_MAX, wish.name),
    TEXT_(xa_task_request, SOURCE, XA_NAME_MAX, wish.source),
    TEXT_(xa_task_request, REGION, XA_REGION_MAX, wish.region),
    U32_(xa_task_request, DURATION_S, wish.duration_s),
    TEXT_(xa_task_request, EXTERNAL_ID, XA_EXTERNAL_ID_MAX, wish.external_id),
    TEXT_(xa_task_request, POLICY, XA_POLICY_MAX, wish.policy),
    TEXT_(xa_task_request, TAGS, XA_TAGS_MAX, wish.tags),
    TEXT_(xa_task_request, SOURCE_IDENTITY, XA_SOURCE_IDENTITY_MAX, wish.source_identity),
    TEXT_(xa_task_request, MFA_CODE, XA_MFA_CODE_LEN, wish.mfa_code),
    NEED_TEXT(xa_task_request, ACCOUNT, XA_ACCOUNT_LEN, account),
    NEED_TEXT(xa_task_request, ROLE, XA_ROLE_PATH_MAX + XA_ROLE_NAME_MAX, wish.role),
    BYTES_(xa_task_request, PLACE, XA_PLACE_MAX, place),
    TEXT_(xa_task_request, PERMISSIONS, XA_POLICY_ARNS_MAX, permissions),
    TEXT_(xa_task_request, POLICY_NAME, XA_POLICY_NAME_MAX, policy_name),
    TEXT_(xa_task_request, ORG, XA_ORG_MAX, org),
    TEXT_(xa_task_request, DEST_ADMIN, XA_ARN_MAX, dest_admin),
    TEXT_(xa_task_request, SOURCE_ADMIN, XA_ARN_MAX, source_admin),
    U32_(xa_task_request, TRUST, trust),
    U32_(xa_task_request, MAX_DURATION_S, max_duration_s),
    FLAG_(xa_task_request, REQUIRE_MFA, require_mfa),
    FLAG_(xa_task_request, UNDO, undo),
    FLAG_(xa_task_request, CONFIRMED, confirmed));

MESSAGE(doctor, xa_task_request,
    ASKING(xa_task_request),
    WISH(xa_task_request),
    BYTES_(xa_task_request, PLACE, XA_PLACE_MAX, place),
    TEXT_(xa_task_request, DEST_ADMIN, XA_ARN_MAX, dest_admin),
    TEXT_(xa_task_request, SOURCE_ADMIN, XA_ARN_MAX, source_admin));

MESSAGE(rotate, xa_task_request,
    ASKING(xa_task_request),
    NEED_TEXT(xa_task_request, NAME, XA_NAME_MAX, wish.name),
    TEXT_(xa_task_request, MFA_CODE, XA_MFA_CODE_LEN, wish.mfa_code),
    BYTES_(xa_task_request, PLACE, XA_PLACE_MAX, place),
    FLAG_(xa_task_request, CONFIRMED, confirmed),
    TEXT_(xa_task_request, GOES, XA_ACCESS_KEY_ID_MAX, goes),
    FLAG_(xa_task_request, KEEP_INACTIVE, keep_inactive),
    U32_(xa_task_request, GRACE_S, grace_s),
    FLAG_(xa_task_request, DRY_RUN, dry_run));

MESSAGE(revoke, xa_task_request,
    ASKING(xa_task_request),
    WISH(xa_task_request),
    BYTES_(xa_task_request, PLACE, XA_PLACE_MAX, place),
    TEXT_(xa_task_request, DEST_ADMIN, XA_ARN_MAX, dest_admin),
    FLAG_(xa_task_request, KEY_TOO, key_too));

MESSAGE(discover, xa_task_request,
    ASKING(xa_task_request),
    NEED_TEXT(xa_task_request, NAME, XA_NAME_MAX, wish.name),
    TEXT_(xa_task_request, MFA_CODE, XA_MFA_CODE_LEN, wish.mfa_code),
    BYTES_(xa_task_request, PLACE, XA_PLACE_MAX, place));

/* Where the fields of a WISH and others meet, the order of their numbers decides. */
MESSAGE(token, xa_token,
    ASKING(xa_token), WISH_UP_TO_CODE(xa_token),
    NEED_U32(xa_token, TOKEN_KIND, kind),
    TEXT_(xa_token, CLUSTER, XA_CLUSTER_MAX, cluster),
    TEXT_(xa_token, HOST, XA_HOST_MAX, host),
    U32_(xa_token, PORT, port),
    TEXT_(xa_token, USER, XA_DB_USER_MAX, user),
    TEXT_(xa_token, PATH, XA_GIT_PATH_MAX, path),
    WISH_ROLE(xa_token));

MESSAGE(console, xa_console,
    ASKING(xa_console), WISH_UP_TO_CODE(xa_console),
    TEXT_(xa_console, SERVICE, XA_LABEL_MAX, service),
    U32_(xa_console, SIGNED_IN_S, signed_in_s),
    WISH_ROLE(xa_console));

MESSAGE(profile_part, xa_profile_part,
    NEED_TEXT(xa_profile_part, NAME, XA_NAME_MAX, name),
    TEXT_(xa_profile_part, SOURCE, XA_NAME_MAX, source),
    TEXT_(xa_profile_part, REGION, XA_REGION_MAX, region),
    U32_(xa_profile_part, DURATION_S, duration_s),
    TEXT_(xa_profile_part, SESSION_NAME, XA_SESSION_NAME_MAX, session_name),
    TEXT_(xa_profile_part, EXTERNAL_ID, XA_EXTERNAL_ID_MAX, external_id),
    TEXT_(xa_profile_part, SERIAL, XA_MFA_SERIAL_MAX, mfa_serial),
    NEED_U32(xa_profile_part, PROFILE_KIND, kind),
    FLAG_(xa_profile_part, USE_FIPS, use_fips),
    FLAG_(xa_profile_part, USE_DUALSTACK, use_dualstack),
    FLAG_(xa_profile_part, STS_LEGACY, sts_legacy),
    TEXT_(xa_profile_part, ARN, XA_ARN_MAX, arn),
    TEXT_(xa_profile_part, ENDPOINT_URL, XA_URL_MAX, endpoint_url),
    TEXT_(xa_profile_part, CA_BUNDLE, XA_PATH_MAX, ca_bundle));

MESSAGE(mfa_code, xa_mfa_code,
    NEED_TEXT(xa_mfa_code, MFA_CODE, XA_MFA_CODE_LEN, mfa_code),
    TEXT_(xa_mfa_code, SERIAL, XA_MFA_SERIAL_MAX, mfa_serial));

MESSAGE(foreign, xa_foreign,
    NEED_TEXT(xa_foreign, ACCESS_KEY_ID, XA_ACCESS_KEY_ID_MAX, access_key_id),
    NEED_BYTES(xa_foreign, SECRET, XA_SECRET_KEY_MAX, secret),
    BYTES_(xa_foreign, TOKEN, XA_TOKEN_MAX, token),
    U64_(xa_foreign, EXPIRES_AT, expires_at));

MESSAGE(need, xa_need,
    TEXT_(xa_need, NAME, XA_ARN_MAX, name),
    TEXT_(xa_need, SOURCE, XA_NAME_MAX, source),
    U32_(xa_need, TRIES_LEFT, tries_left),
    U32_(xa_need, NEED, kind),
    TEXT_(xa_need, SUBJECT, XA_PATH_MAX, subject),
    LIST_(xa_need, DEVICES, devices),
    FLAG_(xa_need, USED, used));

MESSAGE(mfa_device, xa_mfa_device,
    NEED_TEXT(xa_mfa_device, SERIAL, XA_MFA_SERIAL_MAX, mfa_serial));

MESSAGE(error, xa_error_reply,
    U32_(xa_error_reply, CODE, code),
    TEXT_(xa_error_reply, MESSAGE, ERROR_TEXT_MAX, message),
    TEXT_(xa_error_reply, WHY, ERROR_TEXT_MAX, why),
    TEXT_(xa_error_reply, HINT, ERROR_TEXT_MAX, hint),
    TEXT_(xa_error_reply, AWS_CODE, XA_AWS_CODE_MAX, aws_code),
    TEXT_(xa_error_reply, REQUEST_ID, XA_REQUEST_ID_MAX, request_id),
    U32_(xa_error_reply, TRIES_LEFT, tries_left));

MESSAGE(credentials_result, xa_credentials_result,
    NEED_TEXT(xa_credentials_result, NAME, XA_ARN_MAX, name),
    TEXT_(xa_credentials_result, REGION, XA_REGION_MAX, region),
    NEED_TEXT(xa_credentials_result, ACCESS_KEY_ID, XA_ACCESS_KEY_ID_MAX, access_key_id),
    NEED_BYTES(xa_credentials_result, SECRET, XA_SECRET_KEY_MAX, secret),
    NEED_BYTES(xa_credentials_result, TOKEN, XA_TOKEN_MAX, token),
    U64_(xa_credentials_result, EXPIRES_AT, expires_at),
    TEXT_(xa_credentials_result, ACCOUNT, XA_ACCOUNT_LEN, account),
    TEXT_(xa_credentials_result, ARN, XA_ARN_MAX, arn),
    TEXT_(xa_credentials_result, LABEL, XA_LABEL_MAX, label),
    TEXT_(xa_credentials_result, LEVEL, XA_LABEL_MAX, level),
    TEXT_(xa_credentials_result, NOTE, ERROR_TEXT_MAX, note),
    TEXT_(xa_credentials_result, LABEL_VARIABLES, XA_LABEL_VARIABLES_MAX, label_variables));

MESSAGE(plan_result, xa_plan_result,
    TEXT_(xa_plan_result, NOTE, ERROR_TEXT_MAX, note),
    LIST_(xa_plan_result, HOPS, hops));

MESSAGE(plan_hop, xa_plan_hop,
    TEXT_(xa_plan_hop, NAME, XA_ARN_MAX, name),
    TEXT_(xa_plan_hop, REGION, XA_REGION_MAX, region),
    U32_(xa_plan_hop, DURATION_S, duration_s),
    TEXT_(xa_plan_hop, SESSION_NAME, XA_SESSION_NAME_MAX, session_name),
    TEXT_(xa_plan_hop, EXTERNAL_ID, XA_EXTERNAL_ID_MAX, external_id),
    TEXT_(xa_plan_hop, POLICY, XA_POLICY_MAX, policy),
    TEXT_(xa_plan_hop, POLICY_ARNS, XA_POLICY_ARNS_MAX, policy_arns),
    TEXT_(xa_plan_hop, TAGS, XA_TAGS_MAX, tags),
    TEXT_(xa_plan_hop, TRANSITIVE_TAGS, XA_TAGS_MAX, transitive_tags),
    TEXT_(xa_plan_hop, SOURCE_IDENTITY, XA_SOURCE_IDENTITY_MAX, source_identity),
    TEXT_(xa_plan_hop, SERIAL, XA_MFA_SERIAL_MAX, mfa_serial),
    U64_(xa_plan_hop, EXPIRES_AT, expires_at),
    TEXT_(xa_plan_hop, ARN, XA_ARN_MAX, arn),
    TEXT_(xa_plan_hop, NOTE, ERROR_TEXT_MAX, note),
    TEXT_(xa_plan_hop, ENDPOINT_URL, XA_URL_MAX, endpoint_url),
    U32_(xa_plan_hop, HOP_KIND, kind),
    U32_(xa_plan_hop, WOULD_NEED, need));

MESSAGE(probe_result, xa_probe_result,
    TEXT_(xa_probe_result, ENDPOINT_URL, XA_URL_MAX, endpoint_url),
    U64_(xa_probe_result, AWS_TIME, aws_time));

MESSAGE(whoami_result, xa_whoami_result,
    U64_(xa_whoami_result, EXPIRES_AT, expires_at),
    TEXT_(xa_whoami_result, ACCOUNT, XA_ACCOUNT_LEN, account),
    TEXT_(xa_whoami_result, ARN, XA_ARN_MAX, arn),
    TEXT_(xa_whoami_result, USER_ID, XA_USER_ID_MAX, user_id));

MESSAGE(token_result, xa_token_result,
    TEXT_(xa_token_result, NAME, XA_ARN_MAX, name),
    TEXT_(xa_token_result, REGION, XA_REGION_MAX, region),
    NEED_BYTES(xa_token_result, TOKEN, XA_TOKEN_MAX, token),
    U64_(xa_token_result, EXPIRES_AT, expires_at),
    BYTES_(xa_token_result, USERNAME, XA_GIT_USERNAME_MAX, username),
    TEXT_(xa_token_result, ACCOUNT, XA_ACCOUNT_LEN, account),
    TEXT_(xa_token_result, ARN, XA_ARN_MAX, arn),
    TEXT_(xa_token_result, NOTE, ERROR_TEXT_MAX, note),
    TEXT_(xa_token_result, ENDPOINT_URL, XA_URL_MAX, endpoint_url));

MESSAGE(console_result, xa_console_result,
    TEXT_(xa_console_result, NAME, XA_ARN_MAX, name),
    NEED_BYTES(xa_console_result, URL, XA_CONSOLE_URL_MAX, url),
    TEXT_(xa_console_result, LOGOUT_URL, XA_URL_MAX, logout_url),
    TEXT_(xa_console_result, ACCOUNT, XA_ACCOUNT_LEN, account),
    TEXT_(xa_console_result, ARN, XA_ARN_MAX, arn),
    TEXT_(xa_console_result, NOTE, ERROR_TEXT_MAX, note));

MESSAGE(switch_url_result, xa_switch_url_result,
    TEXT_(xa_switch_url_result, NAME, XA_ARN_MAX, name),
    NEED_BYTES(xa_switch_url_result, URL, XA_URL_MAX, url),
    TEXT_(xa_switch_url_result, ACCOUNT, XA_ACCOUNT_LEN, account),
    TEXT_(xa_switch_url_result, ROLE, XA_ROLE_PATH_MAX + XA_ROLE_NAME_MAX, role),
    TEXT_(xa_switch_url_result, NOTE, ERROR_TEXT_MAX, note));

MESSAGE(setup_plan_result, xa_setup_plan_result,
    NEED_TEXT(xa_setup_plan_result, SOURCE, XA_NAME_MAX, source),
    TEXT_(xa_setup_plan_result, REGION, XA_REGION_MAX, region),
    TEXT_(xa_setup_plan_result, EXTERNAL_ID, XA_EXTERNAL_ID_MAX, external_id),
    NEED_TEXT(xa_setup_plan_result, ACCOUNT, XA_ACCOUNT_LEN, account),
    TEXT_(xa_setup_plan_result, PERMISSIONS, XA_POLICY_ARNS_MAX, permissions),
    TEXT_(xa_setup_plan_result, POLICY_NAME, XA_POLICY_NAME_MAX, policy_name),
    U32_(xa_setup_plan_result, MAX_DURATION_S, max_duration_s),
    NEED_TEXT(xa_setup_plan_result, ROLE_ARN, XA_ARN_MAX, role_arn),
    NEED_TEXT(xa_setup_plan_result, TRUST_POLICY, XA_DOCUMENT_MAX, trust_policy),
    TEXT_(xa_setup_plan_result, USER_NAME, XA_ROLE_NAME_MAX, user_name),
    NEED_TEXT(xa_setup_plan_result, USER_ARN, XA_ARN_MAX, user_arn),
    TEXT_(xa_setup_plan_result, SOURCE_POLICY_ARN, XA_ARN_MAX, source_policy_arn),
    NEED_TEXT(xa_setup_plan_result, SOURCE_POLICY, XA_DOCUMENT_MAX, source_policy),
    NEED_TEXT(xa_setup_plan_result, ROLE_NAME, XA_ROLE_NAME_MAX, role_name),
    NEED_TEXT(xa_setup_plan_result, ROLE_PATH, XA_ROLE_PATH_MAX, role_path),
    LIST_(xa_setup_plan_result, ITEMS, items));

MESSAGE(task_result, xa_task_result,
    BYTES_(xa_task_result, PLACE, XA_PLACE_MAX, place),
    FLAG_(xa_task_result, DONE, done),
    U32_(xa_task_result, WAIT_MS, wait_ms),
    TEXT_(xa_task_result, QUESTION, ERROR_TEXT_MAX, question),
    LIST_(xa_task_result, ITEMS, items));

MESSAGE(item, xa_item,
    TEXT_(xa_item, SUBJECT, XA_ARN_MAX, subject),
    U32_(xa_item, ITEM_KIND, kind),
    TEXT_(xa_item, TEXT, ERROR_TEXT_MAX, text),
    TEXT_(xa_item, DOCUMENT, XA_DOCUMENT_MAX, document));

MESSAGE(add_result, xa_add_result,
    TEXT_(xa_add_result, ACCOUNT, XA_ACCOUNT_LEN, account),
    TEXT_(xa_add_result, ARN, XA_ARN_MAX, arn),
    TEXT_(xa_add_result, WARNING, ERROR_TEXT_MAX, warning),
    FLAG_(xa_add_result, CREATED, created));

MESSAGE(list_result, xa_list_result,
    U32_(xa_list_result, CURSOR, cursor),
    LIST_(xa_list_result, ENTRIES, entries));

MESSAGE(list_entry, xa_list_entry,
    NEED_TEXT(xa_list_entry, NAME, XA_NAME_MAX, name),
    TEXT_(xa_list_entry, SOURCE, XA_NAME_MAX, source),
    TEXT_(xa_list_entry, REGION, XA_REGION_MAX, region),
    U64_(xa_list_entry, EXPIRES_AT, expires_at),
    TEXT_(xa_list_entry, ACCOUNT, XA_ACCOUNT_LEN, account),
    TEXT_(xa_list_entry, ARN, XA_ARN_MAX, arn),
    TEXT_(xa_list_entry, ROLE, XA_ROLE_PATH_MAX + XA_ROLE_NAME_MAX, role),
    TEXT_(xa_list_entry, LEVEL, XA_LABEL_MAX, level),
    TEXT_(xa_list_entry, KEY_TAIL, 4, key_tail),
    TEXT_(xa_list_entry, NOTE, ERROR_TEXT_MAX, note),
    FLAG_(xa_list_entry, IS_PROFILE, is_profile),
    U32_(xa_list_entry, ENTRY_KIND, kind),
    U64_(xa_list_entry, STORED_AT, stored_at),
    U32_(xa_list_entry, ROTATE_AFTER_S, rotate_after_s),
    U32_(xa_list_entry, ROTATION, rotation),
    U64_(xa_list_entry, DUE_AT, due_at));

MESSAGE(check_result, xa_check_result,
    LIST_(xa_check_result, FINDINGS, findings),
    TEXT_(xa_check_result, FILE, XA_PATH_MAX, file),
    U32_(xa_check_result, N_SOURCES, n_sources),
    U32_(xa_check_result, N_DESTS, n_dests));

MESSAGE(finding, xa_finding,
    U32_(xa_finding, SEVERITY, severity),
    TEXT_(xa_finding, FILE, XA_PATH_MAX, file),
    U32_(xa_finding, LINE, line),
    NEED_TEXT(xa_finding, MESSAGE, ERROR_TEXT_MAX, message),
    TEXT_(xa_finding, HINT, ERROR_TEXT_MAX, hint));

MESSAGE(forget_result, xa_forget_result, U32_(xa_forget_result, N_FORGOTTEN, n_forgotten));
MESSAGE(dest_result, xa_dest_result, TEXT_(xa_dest_result, FILE, XA_PATH_MAX, file));

MESSAGE(status_result, xa_status_result,
    TEXT_(xa_status_result, CONFIG_PATH, XA_PATH_MAX, config_path),
    TEXT_(xa_status_result, VAULT_PATH, XA_PATH_MAX, vault_path),
    U32_(xa_status_result, STATE, state),
    TEXT_(xa_status_result, VERSION, XA_LABEL_MAX, version),
    U32_(xa_status_result, PID, pid),
    U32_(xa_status_result, SUPERVISOR_PID, supervisor_pid),
    U32_(xa_status_result, COURIER_PID, courier_pid),
    U64_(xa_status_result, STARTED_AT, started_at),
    U32_(xa_status_result, N_SOURCES, n_sources),
    U32_(xa_status_result, N_DESTS, n_dests),
    U32_(xa_status_result, N_CACHED, n_cached),
    U32_(xa_status_result, LOCK_IN_S, lock_in_s),
    TEXT_(xa_status_result, CONFIG_ERROR, ERROR_TEXT_MAX, config_error),
    U32_(xa_status_result, VM_LOCKED_KIB, vm_locked_kib),
    U32_(xa_status_result, ARENA_KIB, arena_kib),
    FLAG_(xa_status_result, MEMORY_LOCKED, memory_locked),
    FLAG_(xa_status_result, UNDUMPABLE, undumpable),
    FLAG_(xa_status_result, NO_NEW_PRIVS, no_new_privs),
    FLAG_(xa_status_result, CORE_LIMIT_ZERO, core_limit_zero),
    FLAG_(xa_status_result, TRACED, traced),
    U32_(xa_status_result, SECCOMP, seccomp));
