#include "client/options.h"

#include <assert.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "client/base/duration.h"
#include "client/base/suggest.h"
#include "client/shell/shell.h"
#include "proto/limits.h"

enum kind { FLAG, TEXT, LINES, NUMBER, DURATION, DESCRIPTOR };

/* Its texts in place: pointers would have to be made right at every start. */
struct option {
    char letter;              /* 0: none                                     */
    uint8_t kind;             /* enum kind                                   */
    uint32_t min, max;        /* of a NUMBER; seconds of a DURATION; bytes of TEXT, LINES */
    uint16_t offset;          /* of the value in struct xa_options           */
    char name[24];
    char value[18];           /* what the value is called; "" for a FLAG     */
    char help[76];
};

#define ROLE_MAX_DURATION_MIN_S 3600   /* a role's MaxSessionDuration has it so             */
#define ACCOUNT_LEN 12
#define ORG_MIN 12                     /* o- and ten characters, to 32                     */
#define ORG_MAX 34
#define POLICY_NAME_MAX 128
#define GRACE_MAX_S (90 * 86400)       /* own choice                                       */

#define AT(member) offsetof(struct xa_options, member)

static const struct option options[XA_N_OPTIONS] = {
    [XA_OPT_DURATION] = { 'd', DURATION, XA_ROLE_DURATION_MIN_S, XA_SESSION_DURATION_MAX_S,
        AT(duration_s), "duration", "TIME", "how long they last: 15m to 12h; a source's to 36h" },
    [XA_OPT_REGION] = { 'r', TEXT, 1, XA_REGION_MAX, AT(region), "region", "REGION",
        "the region handed out" },
    [XA_OPT_MFA_TOKEN] = { 't', TEXT, 1, 16, AT(mfa_token), "mfa-token", "CODE|-",
        "an MFA code; - reads its line from stdin" },
    [XA_OPT_SESSION_NAME] = { 0, TEXT, XA_SESSION_NAME_MIN, XA_SESSION_NAME_MAX,
        AT(session_name), "session-name", "NAME", "the role session's name" },
    [XA_OPT_EXTERNAL_ID] = { 0, TEXT, XA_EXTERNAL_ID_MIN, XA_EXTERNAL_ID_MAX,
        AT(external_id), "external-id", "ID",
        "the external id that the role asks for; auto: setup makes one" },
    [XA_OPT_POLICY] = { 0, LINES, 1, XA_POLICY_MAX, AT(policy), "policy", "JSON|file://PATH",
        "a session policy" },
    [XA_OPT_POLICY_ARNS] = { 0, TEXT, 1, XA_POLICY_ARNS_MAX, AT(policy_arns), "policy-arns",
        "ARN,…", "managed session policies" },
    [XA_OPT_TAGS] = { 0, TEXT, 1, XA_TAGS_MAX, AT(tags), "tags", "KEY=VALUE,…",
        "session tags" },
    [XA_OPT_TRANSITIVE_TAGS] = { 0, TEXT, 1, XA_TAGS_MAX, AT(transitive_tags),
        "transitive-tags", "KEY,…", "those that go on to the next role" },
    [XA_OPT_SOURCE_IDENTITY] = { 0, TEXT, XA_SOURCE_IDENTITY_MIN, XA_SOURCE_IDENTITY_MAX,
        AT(source_identity), "source-identity", "NAME", "who it is, through a whole chain" },
    [XA_OPT_SOURCE] = { 0, TEXT, 1, XA_NAME_MAX, AT(source), "source", "NAME",
        "the source whose key is used" },
    [XA_OPT_MIN_TTL] = { 0, DURATION, 1, XA_ROLE_DURATION_MAX_S, AT(min_ttl_s), "min-ttl",
        "TIME", "how long they must still last" },
    [XA_OPT_REFRESH] = { 0, FLAG, 0, 0, 0, "refresh", "", "ask AWS, not the cache" },
    [XA_OPT_READONLY] = { 0, FLAG, 0, 0, 0, "readonly", "", "only what reads" },
    [XA_OPT_ROLE] = { 0, TEXT, 1, XA_ARN_MAX, AT(role), "role", "ROLE",
        "a role of the account: another one, or the one to set up" },
    [XA_OPT_EXPECT] = { 0, TEXT, 1, XA_ARN_MAX, AT(expect), "expect", "ACCOUNT[/ROLE]",
        "fail unless the answer is for it" },
    [XA_OPT_DRY_RUN] = { 0, FLAG, 0, 0, 0, "dry-run", "", "say what would be done" },
    [XA_OPT_SHELL] = { 0, TEXT, 1, 64, AT(shell), "shell", "SHELL",
        XA_SHELL_NAMES },
    [XA_OPT_FORMAT] = { 0, TEXT, 1, 64, AT(format), "format", "FORM",
        "the form of what is printed" },
    [XA_OPT_SERVER] = { 0, FLAG, 0, 0, 0, "server", "",
        "serve them to the program, and renew them" },
    [XA_OPT_SERVICE] = { 0, TEXT, 1, XA_LABEL_MAX, AT(service), "service", "SERVICE",
        "the service's page, such as s3" },
    [XA_OPT_PRINT] = { 0, FLAG, 0, 0, 0, "print", "", "print it, and do no more" },
    [XA_OPT_STDOUT] = { 0, FLAG, 0, 0, 0, "stdout", "", "the same as --print" },
    [XA_OPT_LOGOUT_FIRST] = { 0, FLAG, 0, 0, 0, "logout-first", "",
        "sign the browser out of its session first" },
    [XA_OPT_BROWSER] = { 0, TEXT, 1, XA_PATH_MAX, AT(browser), "browser", "COMMAND",
        "the browser's command, else BROWSER's" },
    [XA_OPT_CLEAR] = { 0, FLAG, 0, 0, 0, "clear", "", "leave it" },
    [XA_OPT_AGAIN] = { 0, FLAG, 0, 0, 0, "again", "",
        "the same words as before: pass over a code, it was used" },
    [XA_OPT_DIFF] = { 0, FLAG, 0, 0, 0, "diff", "", "show what would change" },
    [XA_OPT_WRITE] = { 0, FLAG, 0, 0, 0, "write", "", "write it" },
    [XA_OPT_REMOVE] = { 0, FLAG, 0, 0, 0, "remove", "", "take it out again" },
    [XA_OPT_CLUSTER] = { 0, TEXT, 1, XA_CLUSTER_MAX, AT(cluster), "cluster", "NAME",
        "the EKS cluster" },
    [XA_OPT_HOST] = { 0, TEXT, 1, XA_HOST_MAX, AT(host), "host", "HOST",
        "the database's host name" },
    [XA_OPT_PORT] = { 0, NUMBER, 1, 65535, AT(port), "port", "PORT",
        "its port: 5432, 3306, …" },
    [XA_OPT_USER] = { 0, TEXT, 1, XA_DB_USER_MAX, AT(user), "user", "USER",
        "the database's user" },
    [XA_OPT_UNSET] = { 0, FLAG, 0, 0, 0, "unset", "", "take the variables away" },
    [XA_OPT_ACCESS_KEY_ID] = { 0, TEXT, 1, XA_ACCESS_KEY_ID_MAX, AT(access_key_id),
        "access-key-id", "ID", "the key's id (the secret is asked for)" },
    [XA_OPT_SECRET_FD] = { 0, DESCRIPTOR, 0, 0, AT(secret_fd), "secret-fd", "N|-",
        "read the secret key's line from it" },
    [XA_OPT_NO_VERIFY] = { 0, FLAG, 0, 0, 0, "no-verify", "",
        "store without asking AWS about it" },
    [XA_OPT_ACCOUNT] = { 0, TEXT, ACCOUNT_LEN, ACCOUNT_LEN, AT(account), "account", "ID",
        "the destination's account, 12 digits" },
    [XA_OPT_PERMISSIONS] = { 0, TEXT, 1, XA_POLICY_ARNS_MAX, AT(permissions), "permissions",
        "NAME|ARN,…", "policies that the role gets: names of AWS's own, then ARNs" },
    [XA_OPT_REQUIRE_MFA] = { 0, FLAG, 0, 0, 0, "require-mfa", "",
        "the role wants an MFA code" },
    [XA_OPT_MAX_DURATION] = { 0, DURATION, ROLE_MAX_DURATION_MIN_S, XA_ROLE_DURATION_MAX_S,
        AT(max_duration_s), "max-duration", "TIME", "the longest session that the role gives" },
    [XA_OPT_TRUST] = { 0, TEXT, 1, 16, AT(trust), "trust", "WHO", "user, account or org" },
    [XA_OPT_ORG] = { 0, TEXT, ORG_MIN, ORG_MAX, AT(org), "org", "o-…",
        "the organization that is trusted" },
    [XA_OPT_POLICY_NAME] = { 0, TEXT, 1, POLICY_NAME_MAX, AT(policy_name), "policy-name",
        "NAME", "the source's policy" },
    [XA_OPT_PATH] = { 0, TEXT, 1, XA_ROLE_PATH_MAX, AT(path), "path", "/PATH/",
        "the role's path" },
    [XA_OPT_APPLY] = { 0, FLAG, 0, 0, 0, "apply", "",
        "make it, with --dest-admin's rights" },
    [XA_OPT_DEST_ADMIN] = { 0, TEXT, 1, XA_ARN_MAX, AT(dest_admin), "dest-admin", "NAME",
        "who acts in the destination's account: a source or destination" },
    [XA_OPT_SOURCE_ADMIN] = { 0, TEXT, 1, XA_ARN_MAX, AT(source_admin), "source-admin", "NAME",
        "who acts in the source's account, if not the source itself" },
    [XA_OPT_UNDO] = { 0, FLAG, 0, 0, 0, "undo", "", "take back what setup made" },
    [XA_OPT_FROM] = { 0, TEXT, 1, XA_PATH_MAX - 1, AT(from), "from", "FILE",
        "a CSV of many" },
    [XA_OPT_DISCOVER] = { 0, FLAG, 0, 0, 0, "discover", "",
        "the roles that a source may assume" },
    [XA_OPT_DUE] = { 0, FLAG, 0, 0, 0, "due", "", "those whose time has come" },
    [XA_OPT_GRACE] = { 0, DURATION, 1, GRACE_MAX_S, AT(grace_s), "grace", "TIME",
        "delete the old key that much later" },
    [XA_OPT_KEEP_INACTIVE] = { 0, FLAG, 0, 0, 0, "keep-inactive", "",
        "keep the old key, inactive" },
    [XA_OPT_DELETE] = { 0, TEXT, XA_ACCESS_KEY_ID_MIN, XA_ACCESS_KEY_ID_MAX, AT(delete_key),
        "delete", "ID", "which of two keys is to go" },
    [XA_OPT_PASSPHRASE_FD] = { 0, DESCRIPTOR, 0, 0, AT(passphrase_fd), "passphrase-fd",
        "N|-", "read the passphrase's line from it" },
    [XA_OPT_NEW_PASSPHRASE_FD] = { 0, DESCRIPTOR, 0, 0, AT(new_passphrase_fd),
        "new-passphrase-fd", "N|-", "read the new one's line from it" },
    [XA_OPT_ALLOW_UNLOCKED] = { 0, FLAG, 0, 0, 0, "allow-unlocked-memory", "",
        "go on if memory cannot be locked" },
    [XA_OPT_ROLLBACK] = { 0, FLAG, 0, 0, 0, "accept-rollback", "",
        "open a vault older than the last" },
    [XA_OPT_CLEAN] = { 0, FLAG, 0, 0, 0, "clean", "",
        "then take the stored keys out of the file" },
    [XA_OPT_KEEP_SESSIONS] = { 0, FLAG, 0, 0, 0, "keep-sessions", "",
        "keep issued credentials, unreadable" },
    [XA_OPT_SECURITY] = { 0, FLAG, 0, 0, 0, "security", "",
        "protections, read back from the kernel" },
    [XA_OPT_ALL] = { 0, FLAG, 0, 0, 0, "all", "", "all of them" },
    [XA_OPT_YES] = { 'y', FLAG, 0, 0, 0, "yes", "", "do not ask for confirmation" },
    [XA_OPT_COLOR] = { 0, TEXT, 1, 16, AT(color), "color", "WHEN", "auto, always or never" },
    [XA_OPT_JSON] = { 0, FLAG, 0, 0, 0, "json", "", "print JSON" },
    [XA_OPT_NO_INPUT] = { 0, FLAG, 0, 0, 0, "no-input", "", "never ask a person" },
    [XA_OPT_NO_SPAWN] = { 0, FLAG, 0, 0, 0, "no-spawn", "", "never start the agent" },
    [XA_OPT_QUIET] = { 'q', FLAG, 0, 0, 0, "quiet", "", "no words but failures" },
    [XA_OPT_VERBOSE] = { 'v', FLAG, 0, 0, 0, "verbose", "", "more words" },
    [XA_OPT_HELP] = { 'h', FLAG, 0, 0, 0, "help", "", "this help" },
    [XA_OPT_VERSION] = { 'V', FLAG, 0, 0, 0, "version", "", "print the version" },
};

/* What a value may be, with blanks between, as in struct xa_command_texts; NULL: any text. */
static const char *choices(size_t option)
{
    switch (option) {
    case XA_OPT_SOURCE: return "@source";
    case XA_OPT_EXTERNAL_ID: return "auto";
    case XA_OPT_PERMISSIONS: return "AdministratorAccess ReadOnlyAccess PowerUserAccess";
    case XA_OPT_SHELL: return "sh bash zsh fish csh powershell nu";
    case XA_OPT_TRUST: return "user account org";
    case XA_OPT_DEST_ADMIN: case XA_OPT_SOURCE_ADMIN: return "@source @dest";
    case XA_OPT_COLOR: return "auto always never";
    default: return NULL;
    }
}

static_assert(XA_N_OPTIONS <= UINT8_MAX, "an option's number fits into a list of them");

const uint8_t xa_options_always[] = {
    XA_OPT_NO_INPUT, XA_OPT_NO_SPAWN, XA_OPT_QUIET, XA_OPT_VERBOSE, XA_OPT_HELP, XA_OPT_END,
};

bool xa_options_in(const uint8_t *list, size_t option)
{
    for (; list != NULL && *list != XA_OPT_END; list++)
        if (*list == option)
            return true;
    return false;
}

/* The arguments still to read, and the first thing wrong so far. */
struct scan {
    char *const *next;
    struct xa_options *ret;
    struct xa_error *err;
    bool failed;
};

/* Notes the first failure only: later ones often follow from it. */
#define FAIL(s, ...)                              \
    do {                                          \
        if (!(s)->failed)                         \
            xa_fail((s)->err, XA_USAGE, __VA_ARGS__); \
        (s)->failed = true;                       \
    } while (0)

static void set_duration(struct scan *s, const struct option *opt, const char *value)
{
    uint32_t *at = (uint32_t *)(void *)((char *)s->ret + opt->offset);
    char min[XA_DURATION_SIZE], max[XA_DURATION_SIZE];
    uint32_t given;
    xa_duration_text(opt->min, min);
    xa_duration_text(opt->max, max);
    if (!xa_duration_parse(value, &given))
        FAIL(s, "--%s %s: not a time such as 1h, 90m, 1h30m, 7d or 3600", opt->name, value);
    else if (given < opt->min || given > opt->max)
        FAIL(s, "--%s %s: outside %s to %s", opt->name, value, min, max);
    else
        *at = given;
}

static void set_number(struct scan *s, const struct option *opt, const char *value)
{
    uint32_t *at = (uint32_t *)(void *)((char *)s->ret + opt->offset), n = 0;
    const char *p = value;
    for (; *p >= '0' && *p <= '9' && n <= opt->max; p++)
        n = n * 10 + (uint32_t)(*p - '0');
    if (value[0] == '\0' || *p != '\0' || n < opt->min || n > opt->max)
        FAIL(s, "--%s %s: not a number from %u to %u", opt->name, value, opt->min, opt->max);
    else
        *at = n;
}

/* "-" is standard input. A descriptor that is not open is a slip in a script: said
 * now, not after the person has typed the rest. */
static void set_descriptor(struct scan *s, const struct option *opt, const char *value)
{
    int *at = (int *)(void *)((char *)s->ret + opt->offset);
    int fd = 0;
    if (strcmp(value, "-") != 0)
        for (const char *p = value; *p != '\0' && fd >= 0; p++)
            fd = *p >= '0' && *p <= '9' && fd < 100000 ? fd * 10 + (*p - '0') : -1;
    if (fd < 0 || value[0] == '\0')
        FAIL(s, "--%s %s: not the number of a file descriptor", opt->name, value);
    else if (fcntl(fd, F_GETFD) < 0)
        FAIL(s, "--%s %s: that file descriptor is not open", opt->name, value);
    else
        *at = fd;
}

/* The value of --access-key-id is never shown: it may be the secret, pasted into
 * the wrong place. LINES may have ends of lines in them; whoever takes them looks. */
static void set_text(struct scan *s, const struct option *opt, const char *value)
{
    const char **at = (const char **)(void *)((char *)s->ret + opt->offset);
    size_t len = strlen(value);
    if (len != opt->min && opt->min == opt->max)
        FAIL(s, "--%s: %zu character%s; %u are wanted", opt->name, len, len == 1 ? "" : "s",
             opt->min);
    else if (len < opt->min || len > opt->max)
        FAIL(s, "--%s: %zu character%s; %u to %u are wanted", opt->name, len,
             len == 1 ? "" : "s", opt->min, opt->max);
    else if (opt->kind == TEXT && !xa_text_printable(xa_slice_of(value)))
        FAIL(s, "--%s: there is a character in it that cannot be printed", opt->name);
    else
        *at = value;
}

static void set_value(struct scan *s, const struct option *opt, const char *value)
{
    switch ((enum kind)opt->kind) {
    case NUMBER: set_number(s, opt, value); return;
    case DURATION: set_duration(s, opt, value); return;
    case DESCRIPTOR: set_descriptor(s, opt, value); return;
    case TEXT: case LINES: set_text(s, opt, value); return;
    case FLAG: return;
    }
}

static const struct option *by_letter(char letter)
{
    for (size_t i = 1; i < XA_N_OPTIONS; i++)
        if (options[i].letter != 0 && options[i].letter == letter)
            return &options[i];
    return NULL;
}

static const struct option *by_name(const char *name, size_t len)
{
    for (size_t i = 1; i < XA_N_OPTIONS; i++)
        if (strncmp(options[i].name, name, len) == 0 && options[i].name[len] == '\0')
            return &options[i];
    return NULL;
}

/* attached: the value after "=" or after the letter, or NULL. */
static void take(struct scan *s, const struct option *opt, const char *attached)
{
    s->ret->given[opt - options] = true;
    s->ret->any = true;
    if (opt->kind == FLAG) {
        if (attached != NULL)
            FAIL(s, "--%s takes no value", opt->name);
        return;
    }
    if (attached == NULL && *s->next != NULL)
        attached = *s->next++;
    if (attached == NULL)
        FAIL(s, "--%s needs a value: %s", opt->name, opt->value);
    else
        set_value(s, opt, attached);
}

static void unknown_name(struct scan *s, const char *name, size_t len)
{
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(len < sizeof word ? len : sizeof word - 1), name);
    struct xa_suggestion near = xa_suggest_begin(word);
    for (size_t i = 1; i < XA_N_OPTIONS; i++)
        xa_suggest_offer(&near, options[i].name);
    const char *meant = xa_suggest_end(&near);
    if (meant != NULL)
        FAIL(s, "no option --%s; did you mean --%s?", word, meant);
    else
        FAIL(s, "no option --%s", word);
}

static void take_long(struct scan *s, const char *arg)
{
    const char *equals = strchr(arg, '=');
    size_t len = equals != NULL ? (size_t)(equals - arg) : strlen(arg);
    const struct option *opt = by_name(arg, len);
    if (opt == NULL)
        unknown_name(s, arg, len);
    else
        take(s, opt, equals != NULL ? equals + 1 : NULL);
}

static void take_letters(struct scan *s, const char *letters)
{
    for (; *letters != '\0'; letters++) {
        const struct option *opt = by_letter(*letters);
        if (opt == NULL) {
            FAIL(s, "no option -%c", *letters);
            return;
        }
        if (opt->kind != FLAG) {
            take(s, opt, letters[1] != '\0' ? letters + 1 : NULL);
            return;
        }
        take(s, opt, NULL);
    }
}

static void take_word(struct scan *s, const char *word)
{
    if (s->ret->n_words == XA_WORDS_MAX)
        FAIL(s, "too many words: '%s'", word);
    else
        s->ret->words[s->ret->n_words++] = word;
}

bool xa_options_parse(int argc, char *const *argv, size_t (*program_after)(const char *word),
                      struct xa_options *ret, struct xa_error *err)
{
    struct scan s = { argc > 0 ? argv + 1 : argv, ret, err, false };
    bool only_words = false;
    size_t to_program = 0;
    memset(ret, 0, sizeof *ret);
    ret->secret_fd = ret->passphrase_fd = ret->new_passphrase_fd = -1;
    while (*s.next != NULL) {
        const char *arg = *s.next++;
        bool word = only_words || arg[0] != '-' || arg[1] == '\0';
        bool dashes = !word && strcmp(arg, "--") == 0;
        if (to_program > 0 && (dashes || (word && ret->n_words == to_program))) {
            ret->program = dashes ? s.next : s.next - 1;
            return !s.failed;
        }
        if (word)
            take_word(&s, arg);
        else if (arg[1] != '-')
            take_letters(&s, arg + 1);
        else if (dashes)
            only_words = true;
        else
            take_long(&s, arg + 2);
        if (ret->n_words == 1 && to_program == 0)
            to_program = program_after(ret->words[0]);
    }
    ret->program = to_program > 0 ? s.next : NULL;
    return !s.failed;
}

bool xa_options_has(const struct xa_options *o, enum xa_option_id option)
{
    return o->given[option];
}

bool xa_options_has_any(const struct xa_options *o, const uint8_t *list)
{
    for (; *list != XA_OPT_END; list++)
        if (o->given[*list])
            return true;
    return false;
}

/* Names are written with their dashes into one place: good until the next one. */
static const char *dashed(size_t i)
{
    static char name[40];
    snprintf(name, sizeof name, "--%s", options[i].name);
    return name;
}

struct xa_option_view xa_options_view(size_t i)
{
    const struct option *opt = &options[i];
    return (struct xa_option_view){ dashed(i), opt->value[0] != '\0' ? opt->value : NULL, opt->help,
                                     choices(i), opt->letter };
}

const char *xa_options_stray(const struct xa_options *o, const uint8_t *takes)
{
    if (!o->any)
        return NULL;
    for (size_t i = 1; i < XA_N_OPTIONS; i++)
        if (o->given[i] && !xa_options_in(takes, i) && !xa_options_in(xa_options_always, i))
            return dashed(i);
    return NULL;
}
