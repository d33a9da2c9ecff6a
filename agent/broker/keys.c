#include "agent/broker/keys.h"

#include <stddef.h>
#include <string.h>

#include "agent/aws/arn.h"
#include "agent/aws/endpoint.h"
#include "agent/aws/iam.h"
#include "agent/aws/limits.h"
#include "agent/courier/exchange.h"
#include "proto/ini.h"
#include "proto/label.h"
#include "proto/limits.h"

enum type {
    TEXT, COMMAND, NAME, REGION, URL, ENDPOINT, FILE_PATH, ACCOUNT, ROLE, ROLE_ARN, SERIAL,
    SESSION_NAME, SOURCE_IDENTITY, EXTERNAL_ID, LABEL, VARIABLES, LIST, TAGS,
    BOOL, CHOICE, COUNT, LOCK_TIME, ROLE_TIME, SESSION_TIME, DAYS,
};

/* A choice's words; the value is the word's place. */
static const char *const mfa_words[] = { "", "auto", "always", "never", NULL };
static const char *const confirm_words[] = { "never", "first", "always", NULL };
static const char *const session_words[] = { "auto", "never", NULL };
static const char *const grant_words[] = { "none", "terminal", NULL };
static const char *const cache_words[] = { "none", "sealed", NULL };
static const char *const namespace_words[] = { "warn", "deny", NULL };

struct xa_key {
    enum xa_section section;
    const char *name;
    enum type type;
    size_t offset;
    const char *const *words;
    bool narrow;             /* the choice's field is a bool, not an int */
};

#define A(key, type, member) \
    { XA_SECTION_AGENT, key, type, offsetof(struct xa_agent_keys, member), NULL, false }
#define S(key, type, member) \
    { XA_SECTION_SOURCE, key, type, offsetof(struct xa_source, member), NULL, false }
#define D(key, type, member) \
    { XA_SECTION_DEST, key, type, offsetof(struct xa_dest, member), NULL, false }
#define C(key, type, member) \
    { XA_SECTION_CALLER, key, type, offsetof(struct xa_caller, member), NULL, false }
#define CHOOSE(sec, strct, key, member, words, narrow) \
    { sec, key, CHOICE, offsetof(struct strct, member), words, narrow }

static const struct xa_key keys[] = {
    A("lock_idle", LOCK_TIME, lock_idle_s),
    A("lock_after", LOCK_TIME, lock_after_s),
    A("lock_on_resume", BOOL, lock_on_resume),
    A("passphrase_command", COMMAND, passphrase_command),
    A("mfa_command", COMMAND, mfa_command),
    A("region", REGION, reach.region),
    A("endpoint_url", ENDPOINT, reach.endpoint_url),
    A("ca_bundle", FILE_PATH, reach.ca_bundle),
    A("proxy", URL, reach.proxy),
    A("label", LABEL, label),
    A("label_variables", VARIABLES, label_variables),
    CHOOSE(XA_SECTION_AGENT, xa_agent_keys, "cache", cache_sealed, cache_words, true),
    A("allow_root", BOOL, allow_root),
    A("adhoc", BOOL, adhoc),
    CHOOSE(XA_SECTION_AGENT, xa_agent_keys, "foreign_namespace", deny_foreign_namespace,
           namespace_words, true),
    A("issues_per_minute", COUNT, issues_per_minute),

    S("mfa_serial", SERIAL, mfa_serial),
    CHOOSE(XA_SECTION_SOURCE, xa_source, "mfa", mfa, mfa_words, false),
    CHOOSE(XA_SECTION_SOURCE, xa_source, "session", session_never, session_words, true),
    S("session_duration", SESSION_TIME, session_duration_s),
    S("region", REGION, reach.region),
    S("endpoint_url", ENDPOINT, reach.endpoint_url),
    S("ca_bundle", FILE_PATH, reach.ca_bundle),
    S("proxy", URL, reach.proxy),
    S("credential_process", COMMAND, credential_process),
    S("mfa_command", COMMAND, mfa_command),
    S("rotate_after", DAYS, rotate_after_s),

    D("account", ACCOUNT, account),
    D("role", ROLE, role),
    D("role_arn", ROLE_ARN, role_arn),
    D("source", NAME, source),
    D("duration", ROLE_TIME, duration_s),
    D("region", REGION, reach.region),
    D("sts_region", REGION, sts_region),
    D("external_id", EXTERNAL_ID, external_id),
    D("session_name", SESSION_NAME, session_name),
    D("source_identity", SOURCE_IDENTITY, source_identity),
    D("policy", TEXT, policy),
    D("policy_arns", LIST, policy_arns),
    D("tags", TAGS, tags),
    D("transitive_tags", LIST, transitive_tags),
    CHOOSE(XA_SECTION_DEST, xa_dest, "mfa", mfa, mfa_words, false),
    D("mfa_serial", SERIAL, mfa_serial),
    D("level", LABEL, level),
    D("label", LABEL, label),
    CHOOSE(XA_SECTION_DEST, xa_dest, "confirm", confirm, confirm_words, false),
    CHOOSE(XA_SECTION_DEST, xa_dest, "grant", grant_terminal, grant_words, true),
    D("readonly", BOOL, readonly),
    D("issues_per_minute", COUNT, issues_per_minute),
    D("endpoint_url", ENDPOINT, reach.endpoint_url),
    D("ca_bundle", FILE_PATH, reach.ca_bundle),
    D("proxy", URL, reach.proxy),
    D("use_fips_endpoint", BOOL, use_fips_endpoint),
    D("use_dualstack_endpoint", BOOL, use_dualstack_endpoint),

    C("exe", FILE_PATH, exe),
    C("readonly", BOOL, readonly),
    C("dests", LIST, dests),
};

#define N_KEYS (sizeof keys / sizeof keys[0])

_Static_assert(N_KEYS <= 64, "xa_key_index counts to 63");

const struct xa_key *xa_key_find(enum xa_section section, struct xa_slice name)
{
    for (size_t i = 0; i < N_KEYS; i++)
        if (keys[i].section == section && xa_ini_key_is(name, keys[i].name))
            return &keys[i];
    return NULL;
}

unsigned xa_key_index(const struct xa_key *key)
{
    return (unsigned)(key - keys);
}

/* Each judge returns NULL or what is wrong, in words that follow the value. */

static const char *of_class(struct xa_slice v, size_t min, size_t max, const char *others,
                            const char *wrong)
{
    if (v.len < min || v.len > max)
        return wrong;
    for (size_t i = 0; i < v.len; i++) {
        uint8_t c = v.at[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!alnum && (c == 0 || strchr(others, c) == NULL))
            return wrong;
    }
    return NULL;
}

/* ROLE or path/ROLE; in the ARN the path has one slash more, before it. */
static const char *is_role(struct xa_slice v)
{
    size_t name = v.len;
    while (name > 0 && v.at[name - 1] != '/')
        name--;
    for (size_t i = 0; i < name; i++)
        if (v.at[i] < '!' || v.at[i] > '~' || (v.at[i] == '/' && (i == 0 || v.at[i - 1] == '/')))
            return "not a role's name, or path/name without a leading slash";
    return name < XA_ROLE_PATH_MAX &&
           xa_role_name_valid((struct xa_slice){ v.at + name, v.len - name })
               ? NULL : "not a role's name: 1 to 64 of A-Z a-z 0-9 _ + = , . @ -";
}

static const char *is_proxy(struct xa_slice v)
{
    bool http = v.len > 7 && memcmp(v.at, "http://", 7) == 0;
    bool https = v.len > 8 && memcmp(v.at, "https://", 8) == 0;
    if ((!http && !https) || v.len > XA_URL_MAX || !xa_is_graphic(v))
        return "not a proxy: http://HOST:PORT or https://HOST:PORT";
    return memchr(v.at, '@', v.len) == NULL ? NULL : "a proxy's password has no place in a file";
}

static const char *is_command(struct xa_slice v)
{
    char room[XA_PATH_MAX];
    char *argv[64];
    return xa_ini_split(v, room, sizeof room, argv, 64, NULL)
               ? NULL : "not a command: empty, too long, or an open quote";
}

static const char *is_tags(struct xa_slice v)
{
    for (size_t i = 0, start = 0; i <= v.len; i++) {
        if (i < v.len && v.at[i] != ',')
            continue;
        while (start < i && (v.at[start] == ' ' || v.at[start] == '\t'))
            start++;
        if (i == start || v.at[start] == '=' || memchr(v.at + start, '=', i - start) == NULL)
            return "not key=value, key=value …";
        start = i + 1;
    }
    return NULL;
}

static const char *is_text(enum type type, struct xa_slice v)
{
    switch (type) {
    case COMMAND: return is_command(v);
    case NAME: return xa_name_valid(v) ? NULL : "not a name";
    case REGION: return xa_region_valid(v) ? NULL : "not a region";
    case URL: return is_proxy(v);
    case ENDPOINT:
        return xa_endpoint_url_valid(v, NULL)
                   ? NULL
                   : "not an endpoint: https://…, or http:// to a literal loopback address";
    case FILE_PATH: return v.at[0] == '/' && v.len < XA_PATH_MAX ? NULL : "not an absolute path";
    case ACCOUNT: return xa_account_valid(v) ? NULL : "not an account id: 12 digits";
    case ROLE: return is_role(v);
    case ROLE_ARN: {
        struct xa_role_arn arn;
        return xa_role_arn_parse(v, &arn, NULL)
                   ? NULL : "not a role's ARN: arn:aws:iam::ACCOUNT:role/NAME";
    }
    case SERIAL:
        return xa_mfa_serial_valid(v) ? NULL : "not an MFA device's ARN or serial number";
    case SESSION_NAME:
    case SOURCE_IDENTITY:
        return of_class(v, XA_SESSION_NAME_MIN, XA_SESSION_NAME_MAX, "_+=,.@-",
                        "not 2 to 64 of A-Z a-z 0-9 _ + = , . @ -");
    case EXTERNAL_ID:
        return xa_external_id_valid(v) ? NULL : "not 2 to 1224 of A-Z a-z 0-9 _ + = , . @ : / -";
    case LABEL:
        return of_class(v, 1, XA_LABEL_MAX, "_.@:+/%-",
                        "not a label: letters, digits, _ . @ : + / % -");
    case VARIABLES:
        return xa_label_list_valid(v)
                   ? NULL
                   : "not variables that prompts read: AWS_VAULT, AWSUME_PROFILE, …, or none";
    case TAGS: return is_tags(v);
    default: return NULL;
    }
}

/* "4h", "90m", "3600", "1h30m", "90d": at most 10 digits, no sign, no blank. */
static bool read_duration(struct xa_slice v, uint64_t *ret_s)
{
    uint64_t total = 0;
    size_t i = 0;
    while (i < v.len) {
        uint64_t n = 0;
        size_t start = i;
        while (i < v.len && v.at[i] >= '0' && v.at[i] <= '9' && i - start < 10)
            n = n * 10 + (v.at[i++] - '0');
        if (i == start)
            return false;
        uint8_t unit = i < v.len ? v.at[i++] : 's';
        uint64_t s = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600
                   : unit == 'd' ? 86400 : 0;
        if (s == 0)
            return false;
        total += n * s;
        if (total > UINT32_MAX)
            return false;
    }
    *ret_s = total;
    return v.len > 0;
}

static const char *store_duration(enum type type, struct xa_slice v, uint32_t *at)
{
    uint64_t s;
    if (!read_duration(v, &s))
        return "not a duration, such as 90m, 1h30m or 3600";
    if (type == ROLE_TIME && (s < XA_ROLE_DURATION_MIN_S || s > XA_ROLE_DURATION_MAX_S))
        return "not from 15m to 12h, which is what STS gives";
    if (type == SESSION_TIME && (s < XA_SESSION_DURATION_MIN_S || s > XA_SESSION_DURATION_MAX_S))
        return "not from 15m to 36h, which is what GetSessionToken gives";
    if (type == LOCK_TIME && (s < 60 || s > 7 * 86400))
        return "not from 1m to 7d";
    if (type == DAYS && (s < 86400 || s > (uint64_t)3650 * 86400))
        return "not from 1d to 3650d";
    *at = (uint32_t)s;
    return NULL;
}

static const char *store_choice(const struct xa_key *key, struct xa_slice v, void *at)
{
    for (unsigned i = 0; key->words[i] != NULL; i++) {
        if (v.len == 0 || !xa_slice_is(v, key->words[i]))
            continue;
        if (key->narrow)
            *(bool *)at = i != 0;
        else
            *(unsigned *)at = i;
        return NULL;
    }
    return "not one of the words this key takes";
}

static const char *store_bool(struct xa_slice v, bool *at)
{
    bool yes = xa_slice_is(v, "yes") || xa_slice_is(v, "true");
    if (!yes && !xa_slice_is(v, "no") && !xa_slice_is(v, "false"))
        return "neither yes nor no";
    *at = yes;
    return NULL;
}

static const char *store_count(struct xa_slice v, uint32_t *at)
{
    static const char wrong[] = "not a number from 1 to 10000";
    uint32_t n = 0;
    for (size_t i = 0; i < v.len; i++) {
        if (i == 5 || v.at[i] < '0' || v.at[i] > '9')
            return wrong;
        n = n * 10 + (v.at[i] - '0');
    }
    if (n < 1 || n > 10000)
        return wrong;
    *at = (uint32_t)n;
    return NULL;
}

const char *xa_key_store(const struct xa_key *key, struct xa_slice value, void *section)
{
    void *at = (uint8_t *)section + key->offset;
    if (value.len == 0)
        return "empty";
    switch (key->type) {
    case BOOL: return store_bool(value, at);
    case CHOICE: return store_choice(key, value, at);
    case COUNT: return store_count(value, at);
    case LOCK_TIME:
    case ROLE_TIME:
    case SESSION_TIME:
    case DAYS: return store_duration(key->type, value, at);
    default: break;
    }
    const char *wrong = is_text(key->type, value);
    if (wrong == NULL)
        *(struct xa_slice *)at = value;
    return wrong;
}
