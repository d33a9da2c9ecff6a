/* The table of commands: what each takes, and how it is run. What is said of them stands in
 * client/commands_texts.c. */
#include "client/commands.h"

#define PATIENCE_MS 30000               /* a command that a person typed               */
#define PROCESS_PATIENCE_MS 5000        /* facts 5.3: the shortest limit of an SDK     */
#define PROCESS_ASKING_MS 55000         /* Go gives credential_process 60 s            */

#define RENEW_PATIENCE_MS 40            /* between a command and the next prompt      */
#define PROMPT_PATIENCE_MS 25           /* half of what a prompt may take: 50 ms       */
#define COMPLETE_PATIENCE_MS 500

#define UNLOCKS XA_OPT_PASSPHRASE_FD, XA_OPT_ALLOW_UNLOCKED
/* Whose credentials, and how they are wished (client/requests/wish.h). */
#define WISH                                                                                \
    UNLOCKS, XA_OPT_DURATION, XA_OPT_REGION, XA_OPT_MFA_TOKEN, XA_OPT_SESSION_NAME,         \
        XA_OPT_EXTERNAL_ID, XA_OPT_POLICY, XA_OPT_POLICY_ARNS, XA_OPT_TAGS,                 \
        XA_OPT_TRANSITIVE_TAGS, XA_OPT_SOURCE_IDENTITY, XA_OPT_SOURCE, XA_OPT_MIN_TTL,      \
        XA_OPT_REFRESH, XA_OPT_READONLY, XA_OPT_ROLE, XA_OPT_EXPECT
#define CREDENTIALS WISH, XA_OPT_DRY_RUN, XA_OPT_JSON

const struct xa_command xa_commands[] = {
    { .name = "env", .takes = { CREDENTIALS, XA_OPT_SHELL, XA_OPT_FORMAT, XA_OPT_UNSET },
      .max_names = 1, .picks = true, .starts_agent = true, .connects_first = true,
      .patience_ms = PATIENCE_MS,
      .run = xa_cmd_env },
    { .name = "exec", .takes = { CREDENTIALS, XA_OPT_SERVER }, .min_names = 1, .max_names = 1,
      .picks = true, .starts_agent = true, .runs_program = true, .failure_status = 125,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_exec },
    { .name = "console", .alias = "login", .takes = { WISH, XA_OPT_SERVICE, XA_OPT_PRINT,
      XA_OPT_STDOUT, XA_OPT_LOGOUT_FIRST, XA_OPT_BROWSER }, .min_names = 1, .max_names = 1,
      .picks = true, .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_console },
    { .name = "credential-process", .alias = "process", .takes = { CREDENTIALS }, .min_names = 1,
      .max_names = 1, .starts_agent = true, .connects_first = true,
      .patience_ms = PROCESS_PATIENCE_MS,
      .asking_ms = PROCESS_ASKING_MS, .run = xa_cmd_credential_process },
    { .name = "whoami", .takes = { WISH, XA_OPT_JSON }, .min_names = 1, .max_names = 1,
      .picks = true, .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_whoami },
    { .name = "list", .takes = { UNLOCKS, XA_OPT_JSON, XA_OPT_DISCOVER, XA_OPT_WRITE, XA_OPT_YES,
      XA_OPT_MFA_TOKEN }, .max_names = 1, .starts_agent = true, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_list },
    { .name = "status", .takes = { XA_OPT_JSON, XA_OPT_SECURITY }, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_status },
    { .name = "forget", .takes = { XA_OPT_ALL }, .max_names = 1, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_forget },

    { .name = "add", .takes = { UNLOCKS, XA_OPT_ACCESS_KEY_ID, XA_OPT_SECRET_FD,
      XA_OPT_NO_VERIFY }, .min_names = 1, .max_names = 1, .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_add },
    { .name = "import", .takes = { UNLOCKS, XA_OPT_ALL, XA_OPT_DRY_RUN, XA_OPT_NO_VERIFY,
      XA_OPT_CLEAN, XA_OPT_YES }, .max_names = XA_WORDS_MAX - 1, .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_import },
    { .name = "remove", .takes = { UNLOCKS, XA_OPT_YES }, .min_names = 1, .max_names = 1,
      .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_remove },
    { .name = "rotate", .takes = { UNLOCKS, XA_OPT_MFA_TOKEN, XA_OPT_DUE, XA_OPT_GRACE,
      XA_OPT_KEEP_INACTIVE, XA_OPT_DELETE, XA_OPT_DRY_RUN, XA_OPT_YES, XA_OPT_JSON },
      .max_names = 1, .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_rotate },
    { .name = "unlock", .takes = { UNLOCKS, XA_OPT_ROLLBACK }, .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_unlock },
    { .name = "lock", .takes = { XA_OPT_KEEP_SESSIONS }, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_lock },
    { .name = "passwd", .takes = { UNLOCKS, XA_OPT_NEW_PASSPHRASE_FD }, .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_passwd },

    { .name = "setup", .takes = { UNLOCKS, XA_OPT_ACCOUNT, XA_OPT_ROLE, XA_OPT_PATH,
      XA_OPT_SOURCE, XA_OPT_PERMISSIONS, XA_OPT_EXTERNAL_ID, XA_OPT_REQUIRE_MFA,
      XA_OPT_MAX_DURATION, XA_OPT_TRUST, XA_OPT_ORG, XA_OPT_POLICY_NAME, XA_OPT_TAGS,
      XA_OPT_SOURCE_IDENTITY, XA_OPT_REGION, XA_OPT_DURATION, XA_OPT_FORMAT, XA_OPT_APPLY,
      XA_OPT_UNDO, XA_OPT_DEST_ADMIN, XA_OPT_SOURCE_ADMIN, XA_OPT_FROM, XA_OPT_MFA_TOKEN,
      XA_OPT_YES, XA_OPT_JSON }, .max_names = 1, .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_setup },
    { .name = "revoke", .takes = { UNLOCKS, XA_OPT_DEST_ADMIN, XA_OPT_SOURCE, XA_OPT_ROLE,
      XA_OPT_MFA_TOKEN, XA_OPT_SESSION_NAME, XA_OPT_EXTERNAL_ID, XA_OPT_SOURCE_IDENTITY,
      XA_OPT_TAGS, XA_OPT_TRANSITIVE_TAGS }, .max_names = 1, .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_revoke },
    { .name = "switch-url", .takes = { XA_OPT_ROLE, XA_OPT_SOURCE, XA_OPT_JSON }, .min_names = 1,
      .max_names = 1, .picks = true, .starts_agent = true, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_switch_url },
    { .family = "dest", .name = "add", .takes = { XA_OPT_SOURCE, XA_OPT_REGION, XA_OPT_DURATION,
      XA_OPT_EXTERNAL_ID, XA_OPT_SESSION_NAME }, .min_names = 2, .max_names = 2,
      .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_dest_add },
    { .family = "dest", .name = "remove", .min_names = 1, .max_names = 1, .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_dest_remove },
    { .family = "config", .name = "check", .takes = { XA_OPT_JSON }, .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_config_check },

    { .name = "doctor", .takes = { WISH, XA_OPT_DEST_ADMIN, XA_OPT_SOURCE_ADMIN, XA_OPT_JSON },
      .max_names = 1, .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_doctor },

    { .name = "switch", .takes = { WISH, XA_OPT_SHELL, XA_OPT_CLEAR, XA_OPT_AGAIN },
      .max_names = 1, .picks = true, .starts_agent = true, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_switch },
    { .name = "init", .min_names = 1, .max_names = 1, .run = xa_cmd_init },
    { .name = "completion", .min_names = 1, .max_names = 1, .run = xa_cmd_completion },
    { .name = "prompt", .takes = { XA_OPT_FORMAT, XA_OPT_SHELL, XA_OPT_COLOR, XA_OPT_JSON },
      .patience_ms = PROMPT_PATIENCE_MS, .run = xa_cmd_prompt },
    { .name = "complete", .max_names = XA_WORDS_MAX - 1, .runs_program = true,
      .starts_agent = true, .patience_ms = COMPLETE_PATIENCE_MS, .run = xa_cmd_complete },
    { .name = "renew", .takes = { WISH, XA_OPT_SHELL }, .max_names = 1,
      .patience_ms = RENEW_PATIENCE_MS, .run = xa_cmd_renew },
    { .name = "aws-config", .takes = { XA_OPT_PRINT, XA_OPT_DIFF, XA_OPT_WRITE, XA_OPT_REMOVE,
      XA_OPT_ALL }, .max_names = XA_WORDS_MAX - 1, .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_aws_config },

    { .name = "eks-token", .takes = { WISH, XA_OPT_CLUSTER }, .min_names = 1, .max_names = 1,
      .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_eks_token },
    { .name = "rds-token", .takes = { WISH, XA_OPT_HOST, XA_OPT_PORT, XA_OPT_USER },
      .min_names = 1, .max_names = 1, .starts_agent = true, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_rds_token },
    { .name = "git-credential", .takes = { WISH }, .min_names = 1, .max_names = 2,
      .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_git_credential },
    { .name = "docker-credential", .takes = { UNLOCKS }, .min_names = 1, .max_names = 1,
      .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_docker_credential },

    { .family = "agent", .name = "start", .starts_agent = true, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_agent_start },
    { .family = "agent", .name = "stop", .patience_ms = PATIENCE_MS, .run = xa_cmd_agent_stop },
    { .family = "agent", .name = "restart", .starts_agent = true, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_agent_restart },
    { .family = "agent", .name = "path", .takes = { XA_OPT_JSON }, .run = xa_cmd_agent_path },

    { .name = "help", .max_names = 2, .run = xa_cmd_help },
    { .name = "version", .takes = { XA_OPT_JSON }, .run = xa_cmd_version },
};

const size_t xa_n_commands = sizeof xa_commands / sizeof xa_commands[0];
