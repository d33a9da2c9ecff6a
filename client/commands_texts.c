/* All that is said of the commands. One text with zeros in it, and no pointers, which would have
 * to be made right at every start, help or not. */
#include <assert.h>
#include <string.h>

#include "client/commands.h"

#define COMMAND(title, group, args, choices, formats, summary, more, examples)              \
    title "\0" group "\0" args "\0" choices "\0" formats "\0" summary "\0" more "\0" examples "\0"

static const char texts[] =
    COMMAND("env", "everyday", "DEST",
        "@dest @source", "process env dotenv json ini",
        "print a destination's credentials as shell statements",
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
        "  eval $(xacct env prod)              # sh, bash, zsh\n"
        "  eval (xacct env prod)               # fish\n"
        "  eval $(xacct env prod -t 123456 -d 4h)\n"
        "  eval $(xacct env 333333333333/Audit --source main --readonly)\n"
        "  eval $(xacct env main)              # a source's own session\n"
        "  xacct env prod --dry-run\n"
        "  xacct env prod --format json | jq -r .AWS_ACCESS_KEY_ID\n"
        "  eval $(xacct env --unset)\n")
    COMMAND("exec", "everyday", "DEST [--] [COMMAND…]",
        "@dest @source", "",
        "run a command with a destination's credentials",
        "Runs COMMAND, or your shell, in this environment changed as env changes it. Options of\n"
        "xacct stand before COMMAND; what follows is COMMAND's own and left as it is. --server\n"
        "gives it an address on this machine in place of the credentials (AWS's container\n"
        "endpoint): they are fetched there when they are wanted and so never run out. Only this\n"
        "command and what it starts know the address's token, and it ends with the command.\n"
        "Exit: the command's own; 125 when xacct fails, 126 when COMMAND cannot be executed,\n"
        "127 when it is not found; with --server 128 and the signal's number when one ended it.\n",
        "  xacct exec prod -- aws s3 ls\n"
        "  xacct exec prod                     # a shell\n"
        "  xacct exec --server prod -- terraform apply\n")
    COMMAND("console", "everyday", "DEST",
        "@dest", "",
        "open AWS's console as a destination",
        "Gets a link that signs a browser in, and opens it from a terminal; elsewhere, and with\n"
        "--print, the link is printed. Whoever opens it within 15 minutes is in: the browser gets\n"
        "it from this machine's own memory, never by a command line. -d is how long the console\n"
        "session lasts, 12h if not said; one that was had with an MFA session or through another\n"
        "role ends with its credentials. The browser: --browser, else BROWSER, else xdg-open.\n",
        "  xacct console prod\n"
        "  xacct console prod --service s3 -r eu-west-1\n"
        "  xacct console prod --browser 'firefox -P work'\n")
    COMMAND("credential-process", "everyday", "DEST",
        "@dest @source", "",
        "print them as the SDKs' credential_process wants",
        "",
        "  # in ~/.aws/config, with the absolute path of xacct-client:\n"
        "  [profile prod]\n"
        "  credential_process = /path/to/xacct-client credential-process prod\n"
        "  xacct credential-process prod --dry-run --json\n")
    COMMAND("whoami", "everyday", "NAME",
        "@dest @source", "",
        "ask AWS who a destination or source is",
        "",
        "  xacct whoami prod\n  xacct whoami prod --expect 222222222222/Admin\n")
    COMMAND("list", "everyday", "[SOURCE]",
        "@source", "",
        "show sources and destinations",
        "--discover asks AWS which roles a source's user may assume, by the policies of the user\n"
        "and its groups, and prints them as sections for the configuration; --write adds these\n"
        "after a question, with --yes without one. A policy says nothing of whether the role\n"
        "trusts the user. It takes iam:List* and iam:Get* of the user's own policies, and\n"
        "iam:SimulatePrincipalPolicy to check them. SOURCE may be left out where there is one, or\n"
        "one called main. Exit 6: none of the policies may be read.\n",
        "  xacct list\n"
        "  xacct list --json\n"
        "  xacct list --discover main >> ~/.config/xacct/config\n"
        "  xacct list --discover --write\n")
    COMMAND("status", "everyday", "",
        "", "",
        "show agent and vault: exit 0 unlocked, 4 locked, 5 no agent",
        "",
        "  xacct status\n  xacct status --security\n")
    COMMAND("forget", "everyday", "DEST",
        "@dest", "",
        "drop cached credentials, of one destination or --all",
        "",
        "  xacct forget prod\n  xacct forget --all\n")

    COMMAND("add", "keys", "NAME",
        "", "",
        "store a source account's access key",
        "Asks for what is missing: the key's id, its secret and, the first time, a new\n"
        "passphrase. A descriptor gives one line; if both secrets come from the same one, the\n"
        "secret key's line is first. A secret is never an argument.\n",
        "  xacct add main\n"
        "  xacct add main --access-key-id AKIA… --secret-fd 3 --passphrase-fd 4 3<key 4<phrase\n")
    COMMAND("import", "keys", "[NAME…]",
        "", "",
        "store the keys that stand in the AWS files",
        "Reads ~/.aws/credentials and ~/.aws/config, or what AWS_SHARED_CREDENTIALS_FILE and\n"
        "AWS_CONFIG_FILE name, and stores the long-lived keys of the profiles that are named, or\n"
        "of all of them, each proven by AWS first. --clean then takes the stored keys out of the\n"
        "files and leaves every other byte; FILE.bak-xacct is the file before, without secrets.\n",
        "  xacct import --all --dry-run\n"
        "  xacct import main --clean\n")
    COMMAND("remove", "keys", "NAME",
        "@source", "",
        "delete a source and its key from the vault",
        "",
        "  xacct remove main\n  xacct remove main --yes\n")
    COMMAND("rotate", "keys", "NAME",
        "@source", "",
        "let a new access key take the place of a source's",
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
        "  xacct rotate main\n"
        "  xacct rotate main --dry-run\n"
        "  xacct rotate main --grace 7d\n"
        "  xacct rotate --due\n")
    COMMAND("unlock", "keys", "",
        "", "",
        "open the vault",
        "",
        "  xacct unlock\n  pass show xacct | xacct unlock --passphrase-fd -\n")
    COMMAND("lock", "keys", "",
        "", "",
        "close the vault and wipe keys and credentials from memory",
        "",
        "  xacct lock\n  xacct lock --keep-sessions\n")
    COMMAND("passwd", "keys", "",
        "", "",
        "change the passphrase",
        "",
        "  xacct passwd\n  xacct passwd --passphrase-fd 3 --new-passphrase-fd 4\n")

    COMMAND("setup", "accounts", "DEST --account ID --role NAME|--from FILE",
        "", "text json aws-cli cloudformation terraform",
        "a role in another account, and the right to switch to it",
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
        "  xacct setup prod --account 222222222222 --role Admin\n"
        "  xacct setup prod --account 222222222222 --role Admin --apply --dest-admin owner\n"
        "  xacct setup audit --account 333333333333 --role Audit --permissions ReadOnlyAccess \\\n"
        "      --require-mfa --format terraform\n"
        "  xacct setup --from accounts.csv --apply --dest-admin owner\n"
        "  xacct setup prod --undo --dest-admin owner\n")
    COMMAND("revoke", "accounts", "DEST",
        "@dest", "",
        "make what was handed out for a destination worthless",
        "For a panic. The destination's role denies every session issued before now, whoever had\n"
        "it, by the policy that AWS's console attaches for it; then what is held of it is\n"
        "forgotten and the vault locked, even if AWS refuses or cannot be reached. It takes\n"
        "iam:PutRolePolicy: the role's own, or that of --dest-admin, a source or destination of\n"
        "the role's account. --role names another role in place of the destination's. --source\n"
        "NAME makes that source's access key inactive, and forgets all that is held.\n",
        "  xacct revoke prod\n"
        "  xacct revoke prod --dest-admin owner\n"
        "  xacct revoke --source main\n")
    COMMAND("switch-url", "accounts", "DEST",
        "@dest", "",
        "print the console's Switch Role link",
        "The link holds account, role, display name (label, else the name) and a colour by the\n"
        "destination's level. It needs no credentials: who opens it is signed in as a user of the\n"
        "source account and switches there.\n",
        "  xacct switch-url prod\n")
    COMMAND("dest add", "accounts", "NAME ACCOUNT/ROLE|ARN",
        "", "",
        "write a destination into the configuration",
        "",
        "  xacct dest add prod 222222222222/Admin --region eu-west-1\n"
        "  xacct dest add audit arn:aws:iam::333333333333:role/ops/Audit --source main\n")
    COMMAND("dest remove", "accounts", "NAME",
        "@dest", "",
        "take a destination out of it",
        "",
        "  xacct dest remove prod\n")
    COMMAND("config check", "accounts", "",
        "", "",
        "read the configuration files and say what is wrong in them",
        "",
        "  xacct config check\n")

    COMMAND("doctor", "accounts", "[DEST]",
        "@dest", "",
        "look for what is wrong here, or why a role cannot be assumed",
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
        "  xacct doctor\n"
        "  xacct doctor prod\n"
        "  xacct doctor prod --dest-admin owner\n"
        "  xacct doctor prod --json | jq -r '.remedies[].statement // empty'\n"
        "  xacct doctor --json | jq '.checks[] | select(.result != \"ok\")'\n")

    COMMAND("switch", "shell", "[DEST]",
        "@dest @source", "",
        "print what changes this shell; `xa` obeys it",
        "What the function xa of `xacct init` runs. Where `xacct aws-config` wrote the profile\n"
        "DEST and nothing else is wished, the shell gets AWS_PROFILE, and every program its\n"
        "credentials by credential_process, renewed; else it gets variables, as from env.\n",
        "  eval \"$(xacct init bash)\"          # in ~/.bashrc; from then on:\n"
        "  xa prod\n"
        "  xa prod --readonly\n"
        "  xa -                                # the one before\n"
        "  xa --clear\n"
        "  xa                                  # choose\n")
    COMMAND("init", "shell", "bash|zsh|fish",
        "bash zsh fish", "",
        "print a shell's integration: xa, renewal, completion",
        "One line in the shell's rc file. The function xa switches the shell to a destination\n"
        "and back (xacct help switch); what it switched to is renewed before a prompt when it\n"
        "ends soon, without a fork while it does not; names and options complete.\n",
        "  eval \"$(xacct init bash)\"          # ~/.bashrc\n"
        "  eval \"$(xacct init zsh)\"           # ~/.zshrc\n"
        "  xacct init fish | source            # ~/.config/fish/config.fish\n")
    COMMAND("completion", "shell", "bash|zsh|fish",
        "bash zsh fish", "",
        "print the completion alone, which init has too",
        "",
        "  xacct completion fish > ~/.config/fish/completions/xacct.fish\n")
    COMMAND("prompt", "shell", "",
        "", "",
        "print this shell's destination for a prompt",
        "Prints nothing where there is none, and never fails, asks or waits. --format: %n the\n"
        "name, %l the label, %a the account, %r the region, %L the level, %t the time that is\n"
        "left or 'expired', %v the vault (open, locked or none), %c and %e begin and end the\n"
        "level's colour, %[ … %] goes when what it holds is empty, %% is a percent sign. With\n"
        "--shell the colours are marked for that shell's prompt.\n",
        "  PS1='$(xacct prompt --shell bash)\\$ '\n"
        "  xacct prompt --format '%l@%r %t'\n")
    COMMAND("complete", "", "[WORD…]",
        "", "",
        "print what the last of these words may become",
        "",
        "  xacct complete -- env pr\n")
    COMMAND("renew", "", "[DEST]",
        "@dest @source", "",
        "print this shell's credentials anew; its hook runs it",
        "Before each prompt, when they end soon. Waits 40 ms and no longer: what AWS answers\n"
        "later is at hand the next time. Asks nobody, starts nothing, and says nothing on\n"
        "failure.\n",
        "  eval \"$(xacct renew --shell bash prod)\"\n")
    COMMAND("aws-config", "shell", "[DEST…]",
        "@dest", "",
        "write destinations into ~/.aws/config as profiles",
        "Each destination becomes a [profile DEST] with xacct as its credential_process,\n"
        "between two marks at the head of ~/.aws/config, or of AWS_CONFIG_FILE's; every other\n"
        "byte stays. --print shows the profiles, --diff what would change, --write writes it,\n"
        "--remove takes it out (with --diff: shows that). --all: all destinations of the\n"
        "configuration, and no others. Names are added to those written before; without any,\n"
        "those are renewed. A name that stands elsewhere in the file is refused: one that is\n"
        "there twice breaks the AWS command line for all profiles. FILE.bak-xacct is what the\n"
        "file was before, without secrets.\n",
        "  xacct aws-config --diff --all\n"
        "  xacct aws-config --write prod audit\n"
        "  xacct aws-config --remove\n")

    COMMAND("eks-token", "tokens", "DEST",
        "@dest", "",
        "print a token for an EKS cluster, as kubectl wants it",
        "For a kubeconfig's exec section. The cluster's region is -r, else the destination's. The\n"
        "token is good for 14 minutes, or as long as the credentials if that is less.\n",
        "  # in ~/.kube/config:  users: - user: exec:\n"
        "  #   apiVersion: client.authentication.k8s.io/v1\n"
        "  #   command: xacct\n"
        "  #   args: [eks-token, prod, --cluster, web, -r, eu-west-1]\n"
        "  #   interactiveMode: IfAvailable\n"
        "  xacct eks-token prod --cluster web -r eu-west-1\n")
    COMMAND("rds-token", "tokens", "DEST",
        "@dest", "",
        "print a password for a database that takes IAM's",
        "Takes --host, --port and --user. The region is that in the host's name, else -r, else\n"
        "the destination's. The token is good for 15 minutes to connect.\n",
        "  PGPASSWORD=$(xacct rds-token prod --host db.c1x2.eu-west-1.rds.amazonaws.com \\\n"
        "      --port 5432 --user app) psql 'host=… user=app sslmode=verify-full'\n")
    COMMAND("git-credential", "tokens", "DEST [get|store|erase]",
        "@dest", "",
        "git's credential helper for CodeCommit",
        "git runs it and speaks to it. For any other host it says nothing, so that git asks its\n"
        "next helper; store and erase do nothing.\n",
        "  # in ~/.gitconfig:\n"
        "  [credential \"https://git-codecommit.eu-west-1.amazonaws.com\"]\n"
        "      helper = !xacct git-credential prod\n"
        "      useHttpPath = true\n")
    COMMAND("docker-credential", "tokens", "get|store|erase|list",
        "get store erase list", "",
        "docker's credential helper for ECR",
        "docker runs it by the name docker-credential-xacct, a link to this program. The account\n"
        "of the registry says which destination is meant: XACCT_DEST's if it is of that account,\n"
        "else the only one that is. store and erase do nothing.\n",
        "  # in ~/.docker/config.json:\n"
        "  #   \"credHelpers\": { \"222222222222.dkr.ecr.eu-west-1.amazonaws.com\": \"xacct\" }\n"
        "  docker pull 222222222222.dkr.ecr.eu-west-1.amazonaws.com/web:latest\n")

    COMMAND("agent start", "agent", "",
        "", "",
        "start the agent (other commands do so by themselves)",
        "",
        "  xacct agent start\n")
    COMMAND("agent stop", "agent", "",
        "", "",
        "stop it; the vault locks",
        "",
        "  xacct agent stop\n")
    COMMAND("agent restart", "agent", "",
        "", "",
        "stop it and start it",
        "",
        "  xacct agent restart\n")
    COMMAND("agent path", "agent", "",
        "", "",
        "print the socket's path",
        "",
        "  xacct agent path\n  xacct agent path -v    # and why it is that one\n")

    COMMAND("help", "help", "[COMMAND]",
        "@command", "",
        "help on a command",
        "",
        "  xacct help env\n")
    COMMAND("version", "help", "",
        "", "",
        "print the version",
        "",
        "  xacct version\n");

/* The text behind this one. */
static const char *next(const char *text)
{
    return text + strlen(text) + 1;
}

struct xa_command_texts xa_command_texts(const struct xa_command *cmd)
{
    char title[XA_TITLE_SIZE];
    struct xa_command_texts t;
    const char *end = texts + sizeof texts - 1;
    xa_command_title(cmd, title);
    for (const char *p = texts; p < end; p = next(t.examples)) {
        const char *of = p;
        t.group = next(of);
        t.args = next(t.group);
        t.choices = next(t.args);
        t.formats = next(t.choices);
        t.summary = next(t.formats);
        t.more = next(t.summary);
        t.examples = next(t.more);
        if (strcmp(of, title) == 0)
            return t;
    }
    assert(false);        /* each command has its texts: test_options.c */
    return t;
}
