/* The table of commands: what each takes, and all that is said of it. */
#include "client/commands.h"

#define PATIENCE_MS 30000               /* a command that a person typed               */
#define PROCESS_PATIENCE_MS 5000        /* facts 5.3: the shortest limit of an SDK     */
#define PROCESS_ASKING_MS 55000         /* Go gives credential_process 60 s            */

#define RENEW_PATIENCE_MS 40            /* between a command and the next prompt      */
#define PROMPT_PATIENCE_MS 25           /* half of what a prompt may take: 50 ms       */
#define COMPLETE_PATIENCE_MS 500

#define OPTIONS(...) XA_OPTIONS(__VA_ARGS__)
#define UNLOCKS XA_OPT_PASSPHRASE_FD, XA_OPT_ALLOW_UNLOCKED
/* Whose credentials, and how they are wished (client/requests/wish.h). */
#define WISH                                                                                \
    UNLOCKS, XA_OPT_DURATION, XA_OPT_REGION, XA_OPT_MFA_TOKEN, XA_OPT_SESSION_NAME,         \
        XA_OPT_EXTERNAL_ID, XA_OPT_POLICY, XA_OPT_POLICY_ARNS, XA_OPT_TAGS,                 \
        XA_OPT_TRANSITIVE_TAGS, XA_OPT_SOURCE_IDENTITY, XA_OPT_SOURCE, XA_OPT_MIN_TTL,      \
        XA_OPT_REFRESH, XA_OPT_READONLY, XA_OPT_ROLE, XA_OPT_EXPECT
#define CREDENTIALS WISH, XA_OPT_DRY_RUN, XA_OPT_JSON

const struct xa_command xa_commands[] = {
    { .group = "everyday", .name = "env", .args = "DEST",
      .choices = "@dest @source",
      .summary = "print a destination's credentials as shell statements",
      .more =
        "DEST is a destination, a role profile of the AWS files, a source (a session of its\n"
        "own, with MFA only by -t), ACCOUNT/ROLE or a role's ARN. --role names another role of\n"
        "its account. The policy options, --tags and --source-identity stand in for the\n"
        "configured ones. --dry-run shows what would be done, with --json for programs. Sets\n"
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and what belongs to them,\n"
        "AWS_VAULT, XACCT_DEST and XACCT_EXPIRES for prompts, and both region variables if the\n"
        "destination has a region; unsets what would win over them. --unset takes all of it\n"
        "away again, the region only if it is still the one that env set. The shell: --shell,\n"
        "else XACCT_SHELL, else the parent process, else SHELL. --format prints another form:\n"
        "process (as credential-process), dotenv, json (the variables as an object) or ini (a\n"
        "profile for ~/.aws/credentials).\n",
      .examples =
        "  eval $(xacct env prod)              # sh, bash, zsh\n"
        "  eval (xacct env prod)               # fish\n"
        "  eval $(xacct env prod -t 123456 -d 4h)\n"
        "  eval $(xacct env 333333333333/Audit --source main --readonly)\n"
        "  eval $(xacct env main)              # a source's own session\n"
        "  xacct env prod --dry-run\n"
        "  xacct env prod --format json | jq -r .AWS_ACCESS_KEY_ID\n"
        "  eval $(xacct env --unset)\n",
      .takes = OPTIONS(CREDENTIALS, XA_OPT_SHELL, XA_OPT_FORMAT, XA_OPT_UNSET),
      .formats = "process env dotenv json ini",
      .max_names = 1, .picks = true,
      .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_env },
    { .group = "everyday", .name = "exec", .args = "DEST [--] [COMMAND…]",
      .choices = "@dest @source",
      .summary = "run a command with a destination's credentials",
      .more =
        "Runs COMMAND, or your shell, in this environment changed as env changes it. Options of\n"
        "xacct stand before COMMAND; what follows is COMMAND's own and left as it is. --server\n"
        "gives it an address on this machine in place of the credentials (AWS's container\n"
        "endpoint): they are fetched there when they are wanted and so never run out. Only this\n"
        "command and what it starts know the address's token, and it ends with the command.\n"
        "Exit: the command's own; 125 when xacct fails, 126 when COMMAND cannot be executed,\n"
        "127 when it is not found; with --server 128 and the signal's number when one ended it.\n",
      .examples =
        "  xacct exec prod -- aws s3 ls\n"
        "  xacct exec prod                     # a shell\n"
        "  xacct exec --server prod -- terraform apply\n",
      .takes = OPTIONS(CREDENTIALS, XA_OPT_SERVER),
      .min_names = 1, .max_names = 1, .picks = true, .starts_agent = true,
      .runs_program = true, .failure_status = 125, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_exec },
    { .group = "everyday", .name = "console", .alias = "login", .args = "DEST",
      .choices = "@dest",
      .summary = "open AWS's console as a destination",
      .more =
        "Gets a link that signs a browser in, and opens it from a terminal; elsewhere, and with\n"
        "--print, the link is printed. Whoever opens it within 15 minutes is in: the browser gets\n"
        "it from this machine's own memory, never by a command line. -d is how long the console\n"
        "session lasts, 12h if not said; one that was had with an MFA session or through another\n"
        "role ends with its credentials. The browser: --browser, else BROWSER, else xdg-open.\n",
      .examples =
        "  xacct console prod\n"
        "  xacct console prod --service s3 -r eu-west-1\n"
        "  xacct console prod --browser 'firefox -P work'\n",
      .takes = OPTIONS(WISH, XA_OPT_SERVICE, XA_OPT_PRINT, XA_OPT_STDOUT, XA_OPT_LOGOUT_FIRST,
                       XA_OPT_BROWSER),
      .min_names = 1, .max_names = 1, .picks = true, .starts_agent = true,
      .patience_ms = PATIENCE_MS,
      .run = xa_cmd_console },
    { .group = "everyday", .name = "credential-process", .alias = "process", .args = "DEST",
      .choices = "@dest @source",
      .summary = "print them as the SDKs' credential_process wants",
      .examples =
        "  # in ~/.aws/config, with the absolute path of xacct-client:\n"
        "  [profile prod]\n"
        "  credential_process = /path/to/xacct-client credential-process prod\n"
        "  xacct credential-process prod --dry-run --json\n",
      .takes = OPTIONS(CREDENTIALS), .min_names = 1, .max_names = 1, .starts_agent = true,
      .patience_ms = PROCESS_PATIENCE_MS, .asking_ms = PROCESS_ASKING_MS,
      .run = xa_cmd_credential_process },
    { .group = "everyday", .name = "whoami", .args = "NAME",
      .choices = "@dest @source",
      .summary = "ask AWS who a destination or source is",
      .examples = "  xacct whoami prod\n  xacct whoami prod --expect 222222222222/Admin\n",
      .takes = OPTIONS(WISH, XA_OPT_JSON),
      .min_names = 1, .max_names = 1, .picks = true, .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_whoami },
    { .group = "everyday", .name = "list", .args = "[SOURCE]", .choices = "@source",
      .summary = "show sources and destinations",
      .more =
        "--discover asks AWS which roles a source's user may assume, by the policies of the user\n"
        "and its groups, and prints them as sections for the configuration; --write adds these\n"
        "after a question, with --yes without one. A policy says nothing of whether the role\n"
        "trusts the user. It takes iam:List* and iam:Get* of the user's own policies, and\n"
        "iam:SimulatePrincipalPolicy to check them. SOURCE may be left out where there is one, or\n"
        "one called main. Exit 6: none of the policies may be read.\n",
      .examples =
        "  xacct list\n"
        "  xacct list --json\n"
        "  xacct list --discover main >> ~/.config/xacct/config\n"
        "  xacct list --discover --write\n",
      .takes = OPTIONS(UNLOCKS, XA_OPT_JSON, XA_OPT_DISCOVER, XA_OPT_WRITE, XA_OPT_YES,
                       XA_OPT_MFA_TOKEN),
      .max_names = 1, .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_list },
    { .group = "everyday", .name = "status", .args = "",
      .summary = "show agent and vault: exit 0 unlocked, 4 locked, 5 no agent",
      .examples = "  xacct status\n  xacct status --security\n",
      .takes = OPTIONS(XA_OPT_JSON, XA_OPT_SECURITY), .patience_ms = PATIENCE_MS,
      .run = xa_cmd_status },
    { .group = "everyday", .name = "forget", .args = "DEST",
      .choices = "@dest",
      .summary = "drop cached credentials, of one destination or --all",
      .examples = "  xacct forget prod\n  xacct forget --all\n", .takes = OPTIONS(XA_OPT_ALL),
      .max_names = 1, .patience_ms = PATIENCE_MS, .run = xa_cmd_forget },

    { .group = "keys", .name = "add", .args = "NAME",
      .summary = "store a source account's access key",
      .more =
        "Asks for what is missing: the key's id, its secret and, the first time, a new\n"
        "passphrase. A descriptor gives one line; if both secrets come from the same one, the\n"
        "secret key's line is first. A secret is never an argument.\n",
      .examples =
        "  xacct add main\n"
        "  xacct add main --access-key-id AKIA… --secret-fd 3 --passphrase-fd 4 3<key 4<phrase\n",
      .takes = OPTIONS(UNLOCKS, XA_OPT_ACCESS_KEY_ID, XA_OPT_SECRET_FD, XA_OPT_NO_VERIFY),
      .min_names = 1, .max_names = 1, .starts_agent = true, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_add },
    { .group = "keys", .name = "import", .args = "[NAME…]",
      .summary = "store the keys that stand in the AWS files",
      .more =
        "Reads ~/.aws/credentials and ~/.aws/config, or what AWS_SHARED_CREDENTIALS_FILE and\n"
        "AWS_CONFIG_FILE name, and stores the long-lived keys of the profiles that are named, or\n"
        "of all of them, each proven by AWS first. --clean then takes the stored keys out of the\n"
        "files and leaves every other byte; FILE.bak-xacct is the file before, without secrets.\n",
      .examples =
        "  xacct import --all --dry-run\n"
        "  xacct import main --clean\n",
      .takes = OPTIONS(UNLOCKS, XA_OPT_ALL, XA_OPT_DRY_RUN, XA_OPT_NO_VERIFY, XA_OPT_CLEAN,
                       XA_OPT_YES),
      .max_names = XA_WORDS_MAX - 1, .starts_agent = true, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_import },
    { .group = "keys", .name = "remove", .args = "NAME", .choices = "@source",
      .summary = "delete a source and its key from the vault",
      .examples = "  xacct remove main\n  xacct remove main --yes\n",
      .takes = OPTIONS(UNLOCKS, XA_OPT_YES), .min_names = 1, .max_names = 1, .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_remove },
    { .group = "keys", .name = "rotate", .args = "NAME",
      .choices = "@source",
      .summary = "let a new access key take the place of a source's",
      .more =
        "AWS makes the new key; it is stored beside the old one, proven, and signs from then on;\n"
        "then the old one is made inactive and deleted. At every moment the stored key works, and\n"
        "whatever interrupts it, the same command goes on from there. If the user has two keys,\n"
        "both are shown with their last use and you are asked which is to go; --delete names it.\n"
        "--grace deletes the old key no sooner than that, when rotate runs again; --keep-inactive\n"
        "leaves it to you. --due rotates each source whose key is older than its rotate_after,\n"
        "and ends what is unfinished. With an MFA device a code is asked for, and another one\n"
        "once the new key signs. The user needs iam:ListAccessKeys, iam:CreateAccessKey,\n"
        "iam:UpdateAccessKey, iam:DeleteAccessKey and, to show the last use,\n"
        "iam:GetAccessKeyLastUsed on itself (arn:aws:iam::*:user/${aws:username}); where AWS\n"
        "denies one, the statement that allows them is printed.\n",
      .examples =
        "  xacct rotate main\n"
        "  xacct rotate main --dry-run\n"
        "  xacct rotate main --grace 7d\n"
        "  xacct rotate --due\n",
      .takes = OPTIONS(UNLOCKS, XA_OPT_MFA_TOKEN, XA_OPT_DUE, XA_OPT_GRACE, XA_OPT_KEEP_INACTIVE,
                       XA_OPT_DELETE, XA_OPT_DRY_RUN, XA_OPT_YES, XA_OPT_JSON),
      .max_names = 1, .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_rotate },
    { .group = "keys", .name = "unlock", .args = "", .summary = "open the vault",
      .examples = "  xacct unlock\n  pass show xacct | xacct unlock --passphrase-fd -\n",
      .takes = OPTIONS(UNLOCKS, XA_OPT_ROLLBACK), .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_unlock },
    { .group = "keys", .name = "lock", .args = "",
      .summary = "close the vault and wipe keys and credentials from memory",
      .examples = "  xacct lock\n  xacct lock --keep-sessions\n",
      .takes = OPTIONS(XA_OPT_KEEP_SESSIONS), .patience_ms = PATIENCE_MS, .run = xa_cmd_lock },
    { .group = "keys", .name = "passwd", .args = "", .summary = "change the passphrase",
      .examples = "  xacct passwd\n  xacct passwd --passphrase-fd 3 --new-passphrase-fd 4\n",
      .takes = OPTIONS(UNLOCKS, XA_OPT_NEW_PASSPHRASE_FD), .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_passwd },

    { .group = "accounts", .name = "setup", .args = "DEST --account ID --role NAME|--from FILE",
      .summary = "a role in another account, and the right to switch to it",
      .more =
        "Shows what would be made on each side and why: in the account of --account a role that\n"
        "trusts the source's user, and for the user a policy that allows this one role. --format\n"
        "prints it as json, aws-cli (a script), cloudformation or terraform. --apply makes it, as\n"
        "--dest-admin in the one account and as the source or --source-admin in the other, waits\n"
        "until AWS gives the role, and writes [dest DEST]. What is there already is left; a trust\n"
        "policy that differs is shown and asked about. --undo takes back what setup made with these\n"
        "options; a role that is more than that is asked about, with --yes too, or left.\n"
        "--external-id auto makes one of the two ARNs, the same each time. --from FILE does many: a\n"
        "CSV with the columns dest, account, role and what other options there are; -: from standard\n"
        "input. Where DEST is configured, it says itself which account and role are meant.\n",
      .examples =
        "  xacct setup prod --account 222222222222 --role Admin\n"
        "  xacct setup prod --account 222222222222 --role Admin --apply --dest-admin owner\n"
        "  xacct setup audit --account 333333333333 --role Audit --permissions ReadOnlyAccess \\\n"
        "      --require-mfa --format terraform\n"
        "  xacct setup --from accounts.csv --apply --dest-admin owner\n"
        "  xacct setup prod --undo --dest-admin owner\n",
      .takes = OPTIONS(UNLOCKS, XA_OPT_ACCOUNT, XA_OPT_ROLE, XA_OPT_PATH, XA_OPT_SOURCE,
                       XA_OPT_PERMISSIONS, XA_OPT_EXTERNAL_ID, XA_OPT_REQUIRE_MFA,
                       XA_OPT_MAX_DURATION, XA_OPT_TRUST, XA_OPT_ORG, XA_OPT_POLICY_NAME,
                       XA_OPT_TAGS, XA_OPT_SOURCE_IDENTITY, XA_OPT_REGION, XA_OPT_DURATION,
                       XA_OPT_FORMAT, XA_OPT_APPLY, XA_OPT_UNDO, XA_OPT_DEST_ADMIN,
                       XA_OPT_SOURCE_ADMIN, XA_OPT_FROM, XA_OPT_MFA_TOKEN, XA_OPT_YES,
                       XA_OPT_JSON),
      .formats = "text json aws-cli cloudformation terraform",
      .max_names = 1, .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_setup },
    { .group = "accounts", .name = "revoke", .args = "DEST",
      .choices = "@dest",
      .summary = "make what was handed out for a destination worthless",
      .more =
        "For a panic. The destination's role denies every session issued before now, whoever had\n"
        "it, by the policy that AWS's console attaches for it; then what is held of it is\n"
        "forgotten and the vault locked, even if AWS refuses or cannot be reached. It takes\n"
        "iam:PutRolePolicy: the role's own, or that of --dest-admin, a source or destination of\n"
        "the role's account. --role names another role in place of the destination's. --source\n"
        "NAME makes that source's access key inactive, and forgets all that is held.\n",
      .examples =
        "  xacct revoke prod\n"
        "  xacct revoke prod --dest-admin owner\n"
        "  xacct revoke --source main\n",
      .takes = OPTIONS(UNLOCKS, XA_OPT_DEST_ADMIN, XA_OPT_SOURCE, XA_OPT_ROLE, XA_OPT_MFA_TOKEN,
                       XA_OPT_SESSION_NAME, XA_OPT_EXTERNAL_ID, XA_OPT_SOURCE_IDENTITY,
                       XA_OPT_TAGS, XA_OPT_TRANSITIVE_TAGS),
      .max_names = 1, .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_revoke },
    { .group = "accounts", .name = "switch-url", .args = "DEST",
      .choices = "@dest",
      .summary = "print the console's Switch Role link",
      .more =
        "The link holds account, role, display name (label, else the name) and a colour by the\n"
        "destination's level. It needs no credentials: who opens it is signed in as a user of the\n"
        "source account and switches there.\n",
      .examples = "  xacct switch-url prod\n",
      .takes = OPTIONS(XA_OPT_ROLE, XA_OPT_SOURCE, XA_OPT_JSON),
      .min_names = 1, .max_names = 1, .picks = true,
      .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_switch_url },
    { .group = "accounts", .family = "dest", .name = "add", .args = "NAME ACCOUNT/ROLE|ARN",
      .summary = "write a destination into the configuration",
      .examples =
        "  xacct dest add prod 222222222222/Admin --region eu-west-1\n"
        "  xacct dest add audit arn:aws:iam::333333333333:role/ops/Audit --source main\n",
      .takes = OPTIONS(XA_OPT_SOURCE, XA_OPT_REGION, XA_OPT_DURATION, XA_OPT_EXTERNAL_ID,
                       XA_OPT_SESSION_NAME),
      .min_names = 2, .max_names = 2, .starts_agent = true, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_dest_add },
    { .group = "accounts", .family = "dest", .name = "remove", .args = "NAME", .choices = "@dest",
      .summary = "take a destination out of it", .examples = "  xacct dest remove prod\n",
      .min_names = 1, .max_names = 1, .starts_agent = true, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_dest_remove },
    { .group = "accounts", .family = "config", .name = "check", .args = "",
      .summary = "read the configuration files and say what is wrong in them",
      .examples = "  xacct config check\n", .takes = OPTIONS(XA_OPT_JSON), .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_config_check },

    { .group = "accounts", .name = "doctor", .args = "[DEST]",
      .choices = "@dest",
      .summary = "look for what is wrong here, or why a role cannot be assumed",
      .more =
        "With DEST: why does AssumeRole fail, and what mends it? It is tried, and the causes are\n"
        "walked with what your credentials may see: the key, the caller's policies (by\n"
        "iam:GetUser and iam:SimulatePrincipalPolicy, or those rights of --source-admin), and with\n"
        "--dest-admin, a source or destination that may iam:GetRole there, the role and its trust\n"
        "policy. One verdict, how sure it is, and what mends it: a statement to add, ready to\n"
        "paste, or a line to configure. What cannot be known is said, with the command that\n"
        "would tell. Changes nothing. Exit 0: it works; 6: AWS refuses; 1: shorter than wished.\n"
        "Without DEST, this machine:\n"
        "The agent and its protections, the configuration, the way to AWS and its clock, this\n"
        "shell's variables, the AWS files, the programs that ask. Starts the agent, unlocks\n"
        "nothing, changes nothing. Exit 0 only if all is well.\n",
      .examples =
        "  xacct doctor\n"
        "  xacct doctor prod\n"
        "  xacct doctor prod --dest-admin owner\n"
        "  xacct doctor prod --json | jq -r '.remedies[].statement // empty'\n"
        "  xacct doctor --json | jq '.checks[] | select(.result != \"ok\")'\n",
      .takes = OPTIONS(WISH, XA_OPT_DEST_ADMIN, XA_OPT_SOURCE_ADMIN, XA_OPT_JSON),
      .max_names = 1, .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_doctor },

    { .group = "shell", .name = "switch", .args = "[DEST]",
      .choices = "@dest @source",
      .summary = "print what changes this shell; `xa` obeys it",
      .more =
        "What the function xa of `xacct init` runs. Where `xacct aws-config` wrote the profile\n"
        "DEST and nothing else is wished, the shell gets AWS_PROFILE, and every program its\n"
        "credentials by credential_process, renewed; else it gets variables, as from env.\n",
      .examples =
        "  eval \"$(xacct init bash)\"          # in ~/.bashrc; from then on:\n"
        "  xa prod\n"
        "  xa prod --readonly\n"
        "  xa -                                # the one before\n"
        "  xa --clear\n"
        "  xa                                  # choose\n",
      .takes = OPTIONS(WISH, XA_OPT_SHELL, XA_OPT_CLEAR, XA_OPT_AGAIN), .max_names = 1,
      .picks = true, .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_switch },
    { .group = "shell", .name = "init", .args = "bash|zsh|fish", .choices = "bash zsh fish",
      .summary = "print a shell's integration: xa, renewal, completion",
      .more =
        "One line in the shell's rc file. The function xa switches the shell to a destination\n"
        "and back (xacct help switch); what it switched to is renewed before a prompt when it\n"
        "ends soon, without a fork while it does not; names and options complete.\n",
      .examples =
        "  eval \"$(xacct init bash)\"          # ~/.bashrc\n"
        "  eval \"$(xacct init zsh)\"           # ~/.zshrc\n"
        "  xacct init fish | source            # ~/.config/fish/config.fish\n",
      .min_names = 1, .max_names = 1, .run = xa_cmd_init },
    { .group = "shell", .name = "completion", .args = "bash|zsh|fish", .choices = "bash zsh fish",
      .summary = "print the completion alone, which init has too",
      .examples = "  xacct completion fish > ~/.config/fish/completions/xacct.fish\n",
      .min_names = 1, .max_names = 1, .run = xa_cmd_completion },
    { .group = "shell", .name = "prompt", .args = "",
      .summary = "print this shell's destination for a prompt",
      .more =
        "Prints nothing where there is none, and never fails, asks or waits. --format: %n the\n"
        "name, %l the label, %a the account, %r the region, %L the level, %t the time that is\n"
        "left or 'expired', %v the vault (open, locked or none), %c and %e begin and end the\n"
        "level's colour, %[ … %] goes when what it holds is empty, %% is a percent sign. With\n"
        "--shell the colours are marked for that shell's prompt.\n",
      .examples =
        "  PS1='$(xacct prompt --shell bash)\\$ '\n"
        "  xacct prompt --format '%l@%r %t'\n",
      .takes = OPTIONS(XA_OPT_FORMAT, XA_OPT_SHELL, XA_OPT_COLOR, XA_OPT_JSON),
      .patience_ms = PROMPT_PATIENCE_MS, .run = xa_cmd_prompt },
    { .name = "complete", .args = "[WORD…]",
      .summary = "print what the last of these words may become",
      .examples = "  xacct complete -- env pr\n", .max_names = XA_WORDS_MAX - 1,
      .runs_program = true, .starts_agent = true, .patience_ms = COMPLETE_PATIENCE_MS,
      .run = xa_cmd_complete },
    { .name = "renew", .args = "[DEST]",
      .choices = "@dest @source",
      .summary = "print this shell's credentials anew; its hook runs it",
      .more =
        "Before each prompt, when they end soon. Waits 40 ms and no longer: what AWS answers\n"
        "later is at hand the next time. Asks nobody, starts nothing, and says nothing on\n"
        "failure.\n",
      .examples = "  eval \"$(xacct renew --shell bash prod)\"\n",
      .takes = OPTIONS(WISH, XA_OPT_SHELL), .max_names = 1, .patience_ms = RENEW_PATIENCE_MS,
      .run = xa_cmd_renew },
    { .group = "shell", .name = "aws-config", .args = "[DEST…]",
      .choices = "@dest",
      .summary = "write destinations into ~/.aws/config as profiles",
      .more =
        "Each destination becomes a [profile DEST] with xacct as its credential_process,\n"
        "between two marks at the head of ~/.aws/config, or of AWS_CONFIG_FILE's; every other\n"
        "byte stays. --print shows the profiles, --diff what would change, --write writes it,\n"
        "--remove takes it out (with --diff: shows that). --all: all destinations of the\n"
        "configuration, and no others. Names are added to those written before; without any,\n"
        "those are renewed. A name that stands elsewhere in the file is refused: one that is\n"
        "there twice breaks the AWS command line for all profiles. FILE.bak-xacct is what the\n"
        "file was before, without secrets.\n",
      .examples =
        "  xacct aws-config --diff --all\n"
        "  xacct aws-config --write prod audit\n"
        "  xacct aws-config --remove\n",
      .takes = OPTIONS(XA_OPT_PRINT, XA_OPT_DIFF, XA_OPT_WRITE, XA_OPT_REMOVE, XA_OPT_ALL),
      .max_names = XA_WORDS_MAX - 1, .starts_agent = true, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_aws_config },

    { .group = "tokens", .name = "eks-token", .args = "DEST",
      .choices = "@dest",
      .summary = "print a token for an EKS cluster, as kubectl wants it",
      .more =
        "For a kubeconfig's exec section. The cluster's region is -r, else the destination's. The\n"
        "token is good for 14 minutes, or as long as the credentials if that is less.\n",
      .examples =
        "  # in ~/.kube/config:  users: - user: exec:\n"
        "  #   apiVersion: client.authentication.k8s.io/v1\n"
        "  #   command: xacct\n"
        "  #   args: [eks-token, prod, --cluster, web, -r, eu-west-1]\n"
        "  #   interactiveMode: IfAvailable\n"
        "  xacct eks-token prod --cluster web -r eu-west-1\n",
      .takes = OPTIONS(WISH, XA_OPT_CLUSTER), .min_names = 1, .max_names = 1,
      .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_eks_token },
    { .group = "tokens", .name = "rds-token", .args = "DEST",
      .choices = "@dest",
      .summary = "print a password for a database that takes IAM's",
      .more =
        "Takes --host, --port and --user. The region is that in the host's name, else -r, else\n"
        "the destination's. The token is good for 15 minutes to connect.\n",
      .examples =
        "  PGPASSWORD=$(xacct rds-token prod --host db.c1x2.eu-west-1.rds.amazonaws.com \\\n"
        "      --port 5432 --user app) psql 'host=… user=app sslmode=verify-full'\n",
      .takes = OPTIONS(WISH, XA_OPT_HOST, XA_OPT_PORT, XA_OPT_USER), .min_names = 1,
      .max_names = 1, .starts_agent = true, .patience_ms = PATIENCE_MS, .run = xa_cmd_rds_token },
    { .group = "tokens", .name = "git-credential", .args = "DEST [get|store|erase]",
      .choices = "@dest",
      .summary = "git's credential helper for CodeCommit",
      .more =
        "git runs it and speaks to it. For any other host it says nothing, so that git asks its\n"
        "next helper; store and erase do nothing.\n",
      .examples =
        "  # in ~/.gitconfig:\n"
        "  [credential \"https://git-codecommit.eu-west-1.amazonaws.com\"]\n"
        "      helper = !xacct git-credential prod\n"
        "      useHttpPath = true\n",
      .takes = OPTIONS(WISH), .min_names = 1, .max_names = 2, .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_git_credential },
    { .group = "tokens", .name = "docker-credential", .args = "get|store|erase|list",
      .choices = "get store erase list",
      .summary = "docker's credential helper for ECR",
      .more =
        "docker runs it by the name docker-credential-xacct, a link to this program. The account\n"
        "of the registry says which destination is meant: XACCT_DEST's if it is of that account,\n"
        "else the only one that is. store and erase do nothing.\n",
      .examples =
        "  # in ~/.docker/config.json:\n"
        "  #   \"credHelpers\": { \"222222222222.dkr.ecr.eu-west-1.amazonaws.com\": \"xacct\" }\n"
        "  docker pull 222222222222.dkr.ecr.eu-west-1.amazonaws.com/web:latest\n",
      .takes = OPTIONS(UNLOCKS), .min_names = 1, .max_names = 1, .starts_agent = true,
      .patience_ms = PATIENCE_MS, .run = xa_cmd_docker_credential },

    { .group = "agent", .family = "agent", .name = "start", .args = "",
      .summary = "start the agent (other commands do so by themselves)",
      .examples = "  xacct agent start\n", .starts_agent = true, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_agent_start },
    { .group = "agent", .family = "agent", .name = "stop", .args = "",
      .summary = "stop it; the vault locks",
      .examples = "  xacct agent stop\n", .patience_ms = PATIENCE_MS, .run = xa_cmd_agent_stop },
    { .group = "agent", .family = "agent", .name = "restart", .args = "",
      .summary = "stop it and start it",
      .examples = "  xacct agent restart\n", .starts_agent = true, .patience_ms = PATIENCE_MS,
      .run = xa_cmd_agent_restart },
    { .group = "agent", .family = "agent", .name = "path", .args = "",
      .summary = "print the socket's path",
      .examples = "  xacct agent path\n  xacct agent path -v    # and why it is that one\n",
      .takes = OPTIONS(XA_OPT_JSON), .run = xa_cmd_agent_path },

    { .group = "help", .name = "help", .args = "[COMMAND]",
      .choices = "@command", .summary = "help on a command",
      .examples = "  xacct help env\n", .max_names = 2, .run = xa_cmd_help },
    { .group = "help", .name = "version", .args = "", .summary = "print the version",
      .examples = "  xacct version\n", .takes = OPTIONS(XA_OPT_JSON), .run = xa_cmd_version },
};

const size_t xa_n_commands = sizeof xa_commands / sizeof xa_commands[0];
