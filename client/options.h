/* The options of all commands: one table, one parser. An option means the same
 * wherever it is taken; which command takes which is in client/commands.c. */
#ifndef XA_CLIENT_OPTIONS_H
#define XA_CLIENT_OPTIONS_H

#include "client/base/output.h"

enum xa_option_id {
    XA_OPT_END,                /* none: ends a list of them */
    XA_OPT_DURATION, XA_OPT_REGION, XA_OPT_MFA_TOKEN, XA_OPT_SESSION_NAME, XA_OPT_EXTERNAL_ID,
    XA_OPT_POLICY, XA_OPT_POLICY_ARNS, XA_OPT_TAGS, XA_OPT_TRANSITIVE_TAGS,
    XA_OPT_SOURCE_IDENTITY, XA_OPT_SOURCE, XA_OPT_MIN_TTL, XA_OPT_REFRESH, XA_OPT_READONLY,
    XA_OPT_ROLE, XA_OPT_EXPECT, XA_OPT_DRY_RUN,
    XA_OPT_SHELL, XA_OPT_FORMAT, XA_OPT_UNSET, XA_OPT_SERVER,
    XA_OPT_SERVICE, XA_OPT_PRINT, XA_OPT_STDOUT, XA_OPT_LOGOUT_FIRST, XA_OPT_BROWSER,
    XA_OPT_CLEAR, XA_OPT_AGAIN, XA_OPT_DIFF, XA_OPT_WRITE, XA_OPT_REMOVE,
    XA_OPT_CLUSTER, XA_OPT_HOST, XA_OPT_PORT, XA_OPT_USER,
    XA_OPT_ACCESS_KEY_ID, XA_OPT_SECRET_FD, XA_OPT_NO_VERIFY,
    XA_OPT_ACCOUNT, XA_OPT_PERMISSIONS, XA_OPT_REQUIRE_MFA, XA_OPT_MAX_DURATION, XA_OPT_TRUST,
    XA_OPT_ORG, XA_OPT_POLICY_NAME, XA_OPT_PATH, XA_OPT_APPLY, XA_OPT_DEST_ADMIN,
    XA_OPT_SOURCE_ADMIN, XA_OPT_UNDO, XA_OPT_FROM, XA_OPT_DISCOVER,
    XA_OPT_DUE, XA_OPT_GRACE, XA_OPT_KEEP_INACTIVE, XA_OPT_DELETE,
    XA_OPT_PASSPHRASE_FD, XA_OPT_NEW_PASSPHRASE_FD, XA_OPT_ALLOW_UNLOCKED, XA_OPT_ROLLBACK,
    XA_OPT_CLEAN, XA_OPT_KEEP_SESSIONS, XA_OPT_SECURITY, XA_OPT_ALL, XA_OPT_YES,
    XA_OPT_COLOR, XA_OPT_JSON,
    XA_OPT_NO_INPUT, XA_OPT_NO_SPAWN, XA_OPT_QUIET, XA_OPT_VERBOSE, XA_OPT_HELP,
    XA_OPT_VERSION,
    XA_N_OPTIONS,
};

/* A list of options; NULL, where one may be, is the empty one. */
#define XA_OPTIONS(...) ((const uint8_t[]){ __VA_ARGS__, XA_OPT_END })

/* Those that every command takes. */
extern const uint8_t xa_options_always[];

bool xa_options_in(const uint8_t *list, size_t option);

#define XA_WORDS_MAX 32

struct xa_options {
    bool given[XA_N_OPTIONS];              /* by enum xa_option_id                    */
    bool any;                              /* one is                                  */
    const char *words[XA_WORDS_MAX];       /* what is no option: command and names    */
    size_t n_words;
    char *const *program;                  /* what a command like exec is to run, to the end
                                            * of argv; NULL: another command            */
    const char *region, *mfa_token, *session_name, *external_id, *policy, *policy_arns, *tags,
        *transitive_tags, *source_identity, *source, *role, *expect, *shell, *format,
        *access_key_id, *service, *browser, *color, *cluster, *host, *user, *account,
        *permissions, *trust, *org, *policy_name, *path, *dest_admin, *source_admin, *from,
        *delete_key;
    uint32_t duration_s, min_ttl_s, port, max_duration_s, grace_s;   /* 0: not given  */
    int secret_fd, passphrase_fd, new_passphrase_fd;     /* -1: not given             */
};

/* Reads the command line: `-d 1h`, `-d1h`, `--duration 1h`, `--duration=1h`, `-qv`,
 * before or after names, until `--`. program_after(first word): after how many words the
 * rest is a program with its arguments, which are left as they are; 0: never. Always
 * reads all of it, so that *ret names the command even if something in it is wrong;
 * then the first wrong thing is in *err, XA_USAGE: unknown option (with the nearest), missing or
 * needless value, value outside its limits, or too many words. Texts borrow argv. */
bool xa_options_parse(int argc, char *const *argv, size_t (*program_after)(const char *word),
                      struct xa_options *ret, struct xa_error *err) XA_MUST_CHECK;

/* What a command line wants where it ends, for completion. */
enum xa_wanted { XA_WANTED_WORD, XA_WANTED_OPTION, XA_WANTED_VALUE, XA_WANTED_PROGRAM };

struct xa_line_end {
    enum xa_wanted wanted;
    size_t option;                         /* of a VALUE: which                           */
    const char *typed;                     /* what there is of it                         */
    size_t attached;                       /* bytes before it in its word: "--shell="     */
    size_t program_at;                     /* of a PROGRAM: where it begins               */
    bool given[XA_N_OPTIONS];              /* those before                                */
    const char *words[XA_WORDS_MAX];       /* of what is no option, before                */
    size_t n_words;
};

/* Reads the words of a line; the last of n (at least 1), which may be empty, is being typed.
 * Never fails: what is wrong is passed over. Borrows the words. */
void xa_options_line_end(const char *const *words, size_t n,
                         size_t (*program_after)(const char *word), struct xa_line_end *ret);

/* An option as completion and the manual show it: its name with the dashes, what its value is
 * called (NULL: it has none), its help, and the words that may be its value, with blanks
 * between; "@source" is the name of one; NULL: any text, or its command says (--format). */
struct xa_option_view {
    const char *name, *value, *help, *choices;
    char letter;                           /* 0: none                                     */
};
struct xa_option_view xa_options_view(size_t i);

/* True if the option was given. */
bool xa_options_has(const struct xa_options *o, enum xa_option_id option);

/* True if any of the list was. */
bool xa_options_has_any(const struct xa_options *o, const uint8_t *list);

/* The first option given that a command which takes these, and those that every command takes,
 * does not take: with its dashes, or NULL. */
const char *xa_options_stray(const struct xa_options *o, const uint8_t *takes);

#endif
