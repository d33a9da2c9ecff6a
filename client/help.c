#include "client/help.h"

#include <stdio.h>
#include <string.h>

#include "client/base/screen.h"
#include "client/commands.h"

#define LEFT_COLUMNS 34              /* what nearly all commands and options fit into    */
#define NARROW_COLUMNS 70            /* below it what is said stands under its subject   */
#define NARROW_INDENT 6
#define MORE_COLUMNS 92              /* the widest line of a command's further text       */

/* Prints to standard output, as wide as that is. */
struct page {
    struct xa_out *out;
    size_t columns;
};

/* --- lines in two columns -------------------------------------------------------------- */

static void put_entry(const struct page *page, const char *left, const char *about)
{
    bool narrow = page->columns < NARROW_COLUMNS;
    size_t indent = narrow ? NARROW_INDENT : LEFT_COLUMNS;
    size_t width = 2 + xa_text_characters(xa_slice_of(left));
    xa_out_text(page->out, "  ");
    xa_out_text(page->out, left);
    if (narrow || width >= indent) {
        xa_out_char(page->out, '\n');
        width = 0;
    }
    xa_out_padded(page->out, (struct xa_slice){ 0 }, indent - width);
    xa_out_wrapped(page->out, about, indent, indent, page->columns);
    xa_out_char(page->out, '\n');
}

/* "process env json" as "process, env or json". */
static void say_choices(char *ret, size_t size, const char *choices)
{
    const char *last = strrchr(choices, ' ');
    struct xa_out o = xa_out_begin(-1, ret, size - 1);
    for (const char *p = choices; *p != '\0'; p++)
        if (*p == ' ')
            xa_out_text(&o, p == last ? " or " : ", ");
        else
            xa_out_char(&o, *p);
    ret[o.failed ? 0 : o.len] = '\0';
}

/* formats: what the command's --format may be, or "". */
static void put_options(const struct page *page, const uint8_t *which, const char *formats)
{
    char forms[128];
    if (formats[0] != '\0')
        say_choices(forms, sizeof forms, formats);
    for (size_t i = 1; i < XA_N_OPTIONS; i++) {
        struct xa_option_view option = xa_options_view(i);
        char left[64], letter[] = "-x, ";
        if (!xa_options_in(which, i))
            continue;
        letter[1] = option.letter;
        snprintf(left, sizeof left, "%s%s%s%s", option.letter != 0 ? letter : "    ",
                 option.name, option.value != NULL ? " " : "",
                 option.value != NULL ? option.value : "");
        put_entry(page, left, i == XA_OPT_FORMAT && formats[0] != '\0' ? forms : option.help);
    }
}

static void put_usage(struct xa_out *o, const struct xa_command *cmd, const char *before)
{
    const char *args = xa_command_texts(cmd).args;
    char title[XA_TITLE_SIZE];
    xa_command_title(cmd, title);
    xa_out_format(o, "%sxacct %s%s%s", before, title, args[0] != '\0' ? " " : "", args);
}

static void put_command(const struct page *page, const struct xa_command *cmd)
{
    struct xa_command_texts texts = xa_command_texts(cmd);
    char title[XA_TITLE_SIZE], left[128];
    xa_command_title(cmd, title);
    snprintf(left, sizeof left, "%s%s%s", title, texts.args[0] != '\0' ? " " : "", texts.args);
    put_entry(page, left, texts.summary);
}

/* --- the pages ---------------------------------------------------------------------------- */

static void help_all(const struct page *page)
{
    struct xa_out *o = page->out;
    const char *group = "";
    xa_out_wrapped(o, "xacct: temporary AWS credentials for any account, from keys that stay "
                      "locked", 0, 0, page->columns);
    xa_out_text(o, "\n\nto begin\n"
                   "  xacct add main\n"
                   "  xacct dest add prod 222222222222/Admin\n"
                   "  eval $(xacct env prod)\n");
    for (size_t i = 0; i < xa_n_commands; i++) {
        const char *its_group = xa_command_texts(&xa_commands[i]).group;
        if (its_group[0] == '\0')
            continue;
        if (strcmp(group, its_group) != 0) {
            group = its_group;
            xa_out_format(o, "\n%s\n", group);
        }
        put_command(page, &xa_commands[i]);
    }
    xa_out_text(o, "\nevery command\n");
    put_options(page, xa_options_always, "");
    xa_out_text(o, "\nno command\n");
    put_options(page, XA_OPTIONS(XA_OPT_VERSION), "");
    xa_out_char(o, '\n');
    xa_out_wrapped(o, "xacct help COMMAND tells more; man xacct has all of it.", 0, 0,
                   page->columns);
    xa_out_char(o, '\n');
}

static void help_family(const struct page *page, const char *family)
{
    for (size_t i = 0; i < xa_n_commands; i++)
        if (strcmp(xa_commands[i].family, family) == 0)
            put_command(page, &xa_commands[i]);
    xa_out_format(page->out, "\nxacct help %s COMMAND tells more.\n", family);
}

/* Examples first: most who ask want one to change. */
static void help_command(const struct page *page, const struct xa_command *cmd)
{
    struct xa_out *o = page->out;
    struct xa_command_texts texts = xa_command_texts(cmd);
    put_usage(o, cmd, "usage: ");
    xa_out_text(o, cmd->takes[0] != XA_OPT_END ? " [options]\n" : "\n");
    if (cmd->alias[0] != '\0')
        xa_out_format(o, "alias: %s\n", cmd->alias);
    xa_out_char(o, '\n');
    xa_out_wrapped(o, texts.summary, 0, 0, page->columns);
    xa_out_text(o, "\n\nexamples\n");
    xa_out_text(o, texts.examples);
    if (texts.more[0] != '\0') {
        xa_out_char(o, '\n');
        if (page->columns < MORE_COLUMNS) {
            xa_out_wrapped(o, texts.more, 0, 0, page->columns);
            xa_out_char(o, '\n');
        } else {
            xa_out_text(o, texts.more);
        }
    }
    xa_out_text(o, "\noptions\n");
    put_options(page, cmd->takes, texts.formats);
    put_options(page, xa_options_always, "");
}

bool xa_help(const char *const *words, size_t n_words, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    struct page page = { &o, xa_screen_columns() };
    size_t n = 0;
    if (n_words == 0)
        help_all(&page);
    else if (n_words == 1 && xa_command_is_family(words[0]))
        help_family(&page, words[0]);
    else {
        const struct xa_command *cmd = xa_command_find(words, n_words, &n, err);
        if (cmd == NULL)
            return false;
        help_command(&page, cmd);
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
    xa_out_text(&o, xa_options_has(&c->opt, XA_OPT_JSON)
                        ? "{\"version\":\"" XACCT_VERSION "\"}\n" : "xacct " XACCT_VERSION "\n");
    return xa_out_finish(&o, err);
}
