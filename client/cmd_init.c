/* init, completion and complete: a shell's integration, and what its completion asks. The
 * scripts are files of their own (client/shell/integration) that the build puts in here. */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/complete.h"
#include "client/shell/integration.h"
#include "client/shell/shell.h"

/* The program that the script runs: this one, wherever PATH leads later. A path that no shell
 * would take as it is makes way for the name. */
static void put_program(struct xa_out *o, enum xa_shell shell)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path);
    struct xa_slice program = { (const uint8_t *)path, len > 0 ? (size_t)len : 0 };
    if (program.len == 0 || !xa_shell_fit(program))
        program = xa_slice_of("xacct-client");
    xa_out_text(o, shell == XA_SHELL_FISH ? "set -g __xacct_program '" : "__xacct_program='");
    xa_out_slice(o, program);
    xa_out_text(o, "'\n");
}

static bool print(const struct xa_client *c, bool completion_alone, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    enum xa_shell shell = XA_SHELL_SH;
    const struct xa_integration *found = NULL;
    if (xa_shell_from_name(c->names[0], &shell))
        found = xa_integration_find(shell);
    if (found == NULL)
        return xa_fail(err, XA_USAGE, "%s: '%s' is none of bash, zsh, fish", c->command->name,
                       c->names[0]);
    put_program(&o, shell);
    if (!completion_alone)
        xa_out_text(&o, found->function);
    xa_out_text(&o, found->completion);
    return xa_out_finish(&o, err);
}

bool xa_cmd_init(struct xa_client *c, struct xa_error *err)
{
    return print(c, false, err);
}

bool xa_cmd_completion(struct xa_client *c, struct xa_error *err)
{
    return print(c, true, err);
}

/* The words are behind "--", as a program's are, so that none of them is read here. */
bool xa_cmd_complete(struct xa_client *c, struct xa_error *err)
{
    const char *words[XA_WORDS_MAX * 4];
    struct xa_out o = xa_out_stdout(false);
    size_t n = 0;
    for (char *const *word = c->opt.program; word != NULL && *word != NULL; word++)
        if (n < sizeof words / sizeof words[0])
            words[n++] = *word;
    xa_complete(c, words, n, &o);
    return xa_out_finish(&o, err);
}
