/* A command line that is still being typed, for completion: what its last word is about. */
#include <string.h>

#include "client/options.h"

/* XA_OPT_END: there is none. The name has its dashes. */
static size_t by_name(const char *name, size_t len)
{
    for (size_t i = 1; i < XA_N_OPTIONS; i++) {
        const char *known = xa_options_view(i).name;
        if (strncmp(known, name, len) == 0 && known[len] == '\0')
            return i;
    }
    return XA_OPT_END;
}

static size_t by_letter(char letter)
{
    for (size_t i = 1; i < XA_N_OPTIONS; i++)
        if (xa_options_view(i).letter == letter)
            return i;
    return XA_OPT_END;
}

/* Notes that it is given. True if it takes a value. */
static bool note(size_t option, struct xa_line_end *ret)
{
    ret->option = option;
    ret->given[option] = true;
    return xa_options_view(option).value != NULL;
}

/* How many of the words after this one are its value: 0 or 1. */
static size_t value_words(const char *arg, struct xa_line_end *ret)
{
    if (arg[1] == '-') {
        const char *equals = strchr(arg, '=');
        size_t option = by_name(arg, equals != NULL ? (size_t)(equals - arg) : strlen(arg));
        return option != XA_OPT_END && note(option, ret) && equals == NULL;
    }
    for (const char *letter = arg + 1; *letter != '\0'; letter++) {
        size_t option = by_letter(*letter);
        if (option == XA_OPT_END)
            return 0;
        if (note(option, ret))
            return letter[1] == '\0';
    }
    return 0;
}

/* The word itself, once it is known that it is not the value of the one before. */
static void end_in(const char *word, bool only_words, struct xa_line_end *ret)
{
    const char *equals = strchr(word, '=');
    ret->typed = word;
    if (only_words || word[0] != '-') {
        ret->wanted = XA_WANTED_WORD;
    } else if (word[1] == '-' && equals != NULL) {
        ret->wanted = XA_WANTED_VALUE;
        ret->option = by_name(word, (size_t)(equals - word));
        ret->attached = (size_t)(equals - word) + 1;
        ret->typed = equals + 1;
    } else {
        ret->wanted = XA_WANTED_OPTION;
    }
}

void xa_options_line_end(const char *const *words, size_t n,
                         size_t (*program_after)(const char *word), struct xa_line_end *ret)
{
    bool only_words = false;
    size_t to_program = 0, values = 0;
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i + 1 < n; i++) {
        const char *arg = words[i];
        bool word = only_words || arg[0] != '-' || arg[1] == '\0';
        bool dashes = !word && strcmp(arg, "--") == 0;
        if (values > 0) {
            values--;
            continue;
        }
        if (to_program > 0 && (dashes || (word && ret->n_words == to_program))) {
            ret->wanted = XA_WANTED_PROGRAM;
            ret->program_at = dashes ? i + 1 : i;
            return;
        }
        if (word && ret->n_words < XA_WORDS_MAX)
            ret->words[ret->n_words++] = arg;
        else if (dashes)
            only_words = true;
        else if (!word)
            values = value_words(arg, ret);
        if (ret->n_words == 1 && to_program == 0)
            to_program = program_after(ret->words[0]);
    }
    const char *last = words[n - 1];
    if (values > 0) {
        ret->wanted = XA_WANTED_VALUE;
        ret->typed = last;
    } else if (to_program > 0 && ret->n_words == to_program && last[0] != '-') {
        ret->wanted = XA_WANTED_PROGRAM;
        ret->program_at = n - 1;
    } else {
        end_in(last, only_words, ret);
    }
}
