/* Finding in the table of commands what the words of a command line begin with. */
#include <stdio.h>
#include <string.h>

#include "client/base/suggest.h"
#include "client/commands.h"

/* How many of the words are this command's name; 0: it is another. */
static size_t match(const struct xa_command *cmd, const char *const *words, size_t n_words)
{
    if (cmd->family[0] == '\0')
        return strcmp(cmd->name, words[0]) == 0 ||
               (cmd->alias[0] != '\0' && strcmp(cmd->alias, words[0]) == 0);
    return n_words >= 2 && strcmp(cmd->family, words[0]) == 0 && strcmp(cmd->name, words[1]) == 0
           ? 2 : 0;
}

size_t xa_command_program_after(const char *word)
{
    for (size_t i = 0; i < xa_n_commands; i++)
        if (match(&xa_commands[i], &word, 1) > 0)
            return xa_commands[i].runs_program ? 1u + xa_commands[i].max_names : 0;
    return 0;
}

bool xa_command_is_family(const char *word)
{
    for (size_t i = 0; i < xa_n_commands; i++)
        if (xa_commands[i].family[0] != '\0' && strcmp(xa_commands[i].family, word) == 0)
            return true;
    return false;
}

/* One word that belongs to a family: what may follow it? */
static bool fail_in_family(const char *const *words, size_t n_words, struct xa_error *err)
{
    if (n_words < 2) {
        xa_fail(err, XA_USAGE, "'%s' is the first word of several commands", words[0]);
        return xa_hint(err, "xacct help %s", words[0]);
    }
    struct xa_suggestion near = xa_suggest_begin(words[1]);
    for (size_t i = 0; i < xa_n_commands; i++)
        if (strcmp(xa_commands[i].family, words[0]) == 0)
            xa_suggest_offer(&near, xa_commands[i].name);
    const char *meant = xa_suggest_end(&near);
    if (meant != NULL)
        xa_fail(err, XA_USAGE, "no command '%s %s'; did you mean '%s %s'?", words[0], words[1],
                words[0], meant);
    else
        xa_fail(err, XA_USAGE, "no command '%s %s'", words[0], words[1]);
    return xa_hint(err, "xacct help %s", words[0]);
}

/* Commands that the design has and this release has not. */
static bool is_for_later(const char *word)
{
    static const char later[][7] = {
        "log", "socket",
    };
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
        if (strcmp(later[i], word) == 0)
            return true;
    return false;
}

static bool fail_unknown(const char *word, struct xa_error *err)
{
    if (is_for_later(word))
        return xa_fail(err, XA_NOT_SERVED, "the command '%s' is not served by this release", word);
    struct xa_suggestion near = xa_suggest_begin(word);
    for (size_t i = 0; i < xa_n_commands; i++) {
        const struct xa_command *cmd = &xa_commands[i];
        xa_suggest_offer(&near, cmd->family[0] != '\0' ? cmd->family : cmd->name);
        if (cmd->alias[0] != '\0')
            xa_suggest_offer(&near, cmd->alias);
    }
    const char *meant = xa_suggest_end(&near);
    if (meant != NULL)
        xa_fail(err, XA_USAGE, "no command '%s'; did you mean '%s'?", word, meant);
    else
        xa_fail(err, XA_USAGE, "no command '%s'", word);
    return xa_hint(err, "xacct help");
}

const struct xa_command *xa_command_find(const char *const *words, size_t n_words,
                                         size_t *ret_n_words, struct xa_error *err)
{
    if (n_words == 0) {
        xa_fail(err, XA_USAGE, "no command was given");
        xa_hint(err, "xacct help");
        return NULL;
    }
    for (size_t i = 0; i < xa_n_commands; i++) {
        size_t n = match(&xa_commands[i], words, n_words);
        if (n > 0) {
            *ret_n_words = n;
            return &xa_commands[i];
        }
    }
    if (xa_command_is_family(words[0]))
        fail_in_family(words, n_words, err);
    else
        fail_unknown(words[0], err);
    return NULL;
}

void xa_command_title(const struct xa_command *cmd, char ret[XA_TITLE_SIZE])
{
    snprintf(ret, XA_TITLE_SIZE, "%s%s%s", cmd->family, cmd->family[0] != '\0' ? " " : "",
             cmd->name);
}
