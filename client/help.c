#include "client/help.h"

#include <string.h>

#include "client/commands.h"

#define ARGS_COLUMNS 33      /* no command's name is that long */

static void put_usage(struct xa_out *o, const struct xa_command *cmd, const char *before)
{
    char title[XA_TITLE_SIZE];
    xa_command_title(cmd, title);
    xa_out_format(o, "%sxacct %s%s%s", before, title, cmd->args[0] != '\0' ? " " : "", cmd->args);
}

static void put_row(struct xa_out *o, const struct xa_command *cmd)
{
    char title[XA_TITLE_SIZE];
    xa_command_title(cmd, title);
    xa_out_format(o, "  %s ", title);
    xa_out_padded(o, xa_slice_of(cmd->args), ARGS_COLUMNS - strlen(title));
    xa_out_format(o, "%s\n", cmd->summary);
}

static void help_all(struct xa_out *o)
{
    const char *group = "";
    xa_out_text(o, "xacct: temporary AWS credentials for any account, from keys that stay locked"
                   "\n");
    for (size_t i = 0; i < xa_n_commands; i++) {
        if (xa_commands[i].group == NULL)
            continue;
        if (strcmp(group, xa_commands[i].group) != 0) {
            group = xa_commands[i].group;
            xa_out_format(o, "\n%s\n", group);
        }
        put_row(o, &xa_commands[i]);
    }
    xa_out_text(o, "\nevery command\n");
    xa_options_help(XA_OPT_ALWAYS, o);
    xa_out_text(o, "\nno command\n");
    xa_options_help(XA_OPT(VERSION), o);
    xa_out_text(o, "\nxacct help COMMAND tells more.\n");
}

static void help_family(struct xa_out *o, const char *family)
{
    for (size_t i = 0; i < xa_n_commands; i++)
        if (xa_commands[i].family != NULL && strcmp(xa_commands[i].family, family) == 0)
            put_row(o, &xa_commands[i]);
    xa_out_format(o, "\nxacct help %s COMMAND tells more.\n", family);
}

static void help_command(struct xa_out *o, const struct xa_command *cmd)
{
    put_usage(o, cmd, "usage: ");
    xa_out_text(o, cmd->takes != 0 ? " [options]\n" : "\n");
    if (cmd->alias != NULL)
        xa_out_format(o, "alias: %s\n", cmd->alias);
    xa_out_format(o, "\n%s\n", cmd->summary);
    if (cmd->more != NULL) {
        xa_out_char(o, '\n');
        xa_out_text(o, cmd->more);
    }
    xa_out_text(o, "\noptions\n");
    xa_options_help(cmd->takes, o);
    xa_options_help(XA_OPT_ALWAYS, o);
    xa_out_text(o, "\nexamples\n");
    xa_out_text(o, cmd->examples);
}

bool xa_help(const char *const *words, size_t n_words, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    size_t n = 0;
    if (n_words == 0)
        help_all(&o);
    else if (n_words == 1 && xa_command_is_family(words[0]))
        help_family(&o, words[0]);
    else {
        const struct xa_command *cmd = xa_command_find(words, n_words, &n, err);
        if (cmd == NULL)
            return false;
        help_command(&o, cmd);
    }
    return xa_out_finish(&o, err);
}

bool xa_cmd_help(struct xa_client *c, struct xa_error *err)
{
    return xa_help(c->names, c->n_names, err);
}

bool xa_cmd_version(struct xa_client *c, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    (void)c;
    xa_out_text(&o, "xacct " XACCT_VERSION "\n");
    return xa_out_finish(&o, err);
}
