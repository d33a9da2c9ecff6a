/* xacct-client: asks the agent for credentials and the person for what the agent
 * needs. Links libc and nothing else, and holds no secret longer than it must. */
#include <assert.h>
#include <string.h>

#include "client/base/descriptors.h"
#include "client/base/room.h"
#include "client/commands.h"
#include "client/help.h"
#include "client/report.h"
#include "client/shell/picker.h"

static bool check_names(const struct xa_client *c, struct xa_error *err)
{
    const struct xa_command *cmd = c->command;
    char title[XA_TITLE_SIZE];
    assert(cmd != NULL);
    if (c->n_names >= cmd->min_names && c->n_names <= cmd->max_names)
        return true;
    xa_command_title(cmd, title);
    if (c->n_names < cmd->min_names)
        xa_fail(err, XA_USAGE, "%s: it takes %s", title, xa_command_texts(cmd).args);
    else
        xa_fail(err, XA_USAGE, "%s: '%s' is one word too many", title, c->names[cmd->max_names]);
    return xa_hint(err, "xacct help %s", title);
}

static bool check_options(const struct xa_client *c, struct xa_error *err)
{
    char title[XA_TITLE_SIZE];
    const char *stray = xa_options_stray(&c->opt, c->command->takes);
    if (stray == NULL)
        return true;
    xa_command_title(c->command, title);
    xa_fail(err, XA_USAGE, "%s has no option %s", title, stray);
    return xa_hint(err, "xacct help %s", title);
}

/* Whatever was said wrongly, the command's help says it rightly. */
static bool explain(const struct xa_client *c, struct xa_error *err)
{
    char title[XA_TITLE_SIZE];
    if (err->code != XA_USAGE || err->hint[0] != '\0')
        return false;
    xa_command_title(c->command, title);
    return xa_hint(err, "xacct help %s", title);
}

/* The name that a person chose, where a command was given none. */
static bool pick_name(struct xa_client *c, struct xa_error *err)
{
    static char picked[XA_NAME_MAX + 1];
    static const char *names[] = { picked };
    bool unsets = xa_options_has_any(&c->opt, XA_OPTIONS(XA_OPT_UNSET, XA_OPT_CLEAR));
    if (c->n_names > 0 || !c->command->picks || unsets || !xa_picker_possible(c))
        return true;
    if (!xa_picker_ask(c, picked, err))
        return false;
    c->names = names;
    c->n_names = 1;
    c->picked = true;
    return true;
}

/* In the usual run of the usual commands the first thing opened is the socket's directory, and
 * whoever opens it sees by its number whether a standard descriptor was closed. */
static bool fill_descriptors(const struct xa_client *c, struct xa_error *err)
{
    if (c->command->connects_first && c->n_names > 0 && !c->opt.any)
        return true;
    return xa_descriptors_fill() || xa_fail(err, XA_AGENT_UNUSABLE, "/dev/null cannot be opened");
}

/* The command is sought even if an option is wrong: the hint names its help, and
 * --help wins over everything. */
static bool run(struct xa_client *c, int argc, char **argv, struct xa_error *err)
{
    struct xa_error unsaid;
    size_t n = 0;
    bool parsed = xa_options_parse(argc, argv, xa_command_program_after, &c->opt, err);
    bool help = xa_options_has(&c->opt, XA_OPT_HELP);
    if (help && (c->opt.n_words == 0 || xa_command_is_family(c->opt.words[0])))
        return xa_help(c->opt.words, c->opt.n_words, err);
    if (parsed && c->opt.n_words == 0 && xa_options_has(&c->opt, XA_OPT_VERSION))
        return xa_cmd_version(c, err);
    c->command = xa_command_find(c->opt.words, c->opt.n_words, &n, parsed ? err : &unsaid);
    if (help && c->command != NULL)
        return xa_help(c->opt.words, n, err);
    if (!parsed && c->command != NULL) {
        char title[XA_TITLE_SIZE];
        xa_command_title(c->command, title);
        return xa_hint(err, "xacct help %s", title);
    }
    if (!parsed)
        return xa_hint(err, "xacct help");
    if (c->command == NULL)
        return false;
    c->names = c->opt.words + n;
    c->n_names = c->opt.n_words - n;
    if (check_options(c, err) && fill_descriptors(c, err) && pick_name(c, err) &&
        check_names(c, err) && c->command->run(c, err))
        return true;
    return explain(c, err);
}

/* docker runs its helpers by a name of their own: docker-credential-xacct get is
 * xacct docker-credential get. */
#define DOCKER_WORDS_MAX 8

static void as_docker_helper(int *argc, char ***argv)
{
    static char *words[DOCKER_WORDS_MAX + 2], command[] = "docker-credential";
    const char *name = *argc > 0 ? strrchr((*argv)[0], '/') : NULL;
    name = name != NULL ? name + 1 : *argc > 0 ? (*argv)[0] : "";
    if (strcmp(name, "docker-credential-xacct") != 0 || *argc > DOCKER_WORDS_MAX)
        return;
    words[0] = (*argv)[0];
    words[1] = command;
    for (int i = 1; i < *argc; i++)
        words[i + 1] = (*argv)[i];
    *argv = words;
    ++*argc;
}

int main(int argc, char **argv)
{
    as_docker_helper(&argc, &argv);
    static struct xa_client client;      /* of zeros: what is not touched costs no page */
    client.link = (struct xa_link){ .fd = -1, .dir = -1 };
    struct xa_error err = { 0 };
    int status = run(&client, argc, argv, &err) ? client.exit_status : xa_report(&client, &err);
    xa_room_wipe();
    return status;
}
