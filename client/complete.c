#include "client/complete.h"

#include <string.h>

#include "client/commands.h"
#include "client/requests/entries.h"

struct completion {
    struct xa_out *out;
    const char *typed;
    const char *attached;              /* what stands before it in its word: "--shell="    */
    size_t n_attached;
    bool sources, dests;
};

static void offer(const struct completion *c, struct xa_slice what, const char *about)
{
    size_t len = strlen(c->typed);
    if (what.len < len || (len > 0 && memcmp(what.at, c->typed, len) != 0))
        return;
    xa_out_slice(c->out, (struct xa_slice){ (const uint8_t *)c->attached, c->n_attached });
    xa_out_slice(c->out, what);
    if (about[0] != '\0') {
        xa_out_char(c->out, '\t');
        xa_out_text(c->out, about);
    }
    xa_out_char(c->out, '\n');
}

/* --- commands ---------------------------------------------------------------------------- */

static void offer_commands(const struct completion *c, const char *family)
{
    const char *last = "";
    for (size_t i = 0; i < xa_n_commands; i++) {
        const struct xa_command *cmd = &xa_commands[i];
        struct xa_command_texts texts = xa_command_texts(cmd);
        bool of_family = cmd->family[0] != '\0';
        bool inside = of_family && family != NULL && strcmp(cmd->family, family) == 0;
        if (texts.group[0] == '\0')
            continue;
        if (inside || (family == NULL && !of_family))
            offer(c, xa_slice_of(cmd->name), texts.summary);
        if (family == NULL && !of_family && cmd->alias[0] != '\0')
            offer(c, xa_slice_of(cmd->alias), texts.summary);
        if (family == NULL && of_family && strcmp(last, cmd->family) != 0) {
            offer(c, xa_slice_of(cmd->family), "");
            last = cmd->family;
        }
    }
}

static const struct xa_command *command_of(const struct xa_line_end *end, size_t *ret_n_words)
{
    struct xa_error unsaid;
    return end->n_words > 0 ? xa_command_find(end->words, end->n_words, ret_n_words, &unsaid)
                            : NULL;
}

/* --- values and names -------------------------------------------------------------------- */

static void offer_entry(const struct xa_list_entry *e, void *ctx)
{
    const struct completion *c = ctx;
    char about[120] = "";
    if (e->kind == XA_ENTRY_SOURCE ? !c->sources : !c->dests)
        return;
    struct xa_out o = xa_out_begin(-1, about, sizeof about - 1);
    if (e->kind == XA_ENTRY_SOURCE) {
        xa_out_text(&o, "source");
    } else if (e->account.len > 0) {
        xa_out_slice(&o, e->account);
        xa_out_char(&o, '/');
        xa_out_slice(&o, e->role);
    }
    about[o.failed ? 0 : o.len] = '\0';
    offer(c, e->name, about);
}

/* choices as in the tables of commands and options. */
static void offer_choices(struct xa_client *client, struct completion *c, const char *choices)
{
    struct xa_error unsaid;
    while (choices != NULL && *choices != '\0') {
        size_t len = strcspn(choices, " ");
        struct xa_slice word = { (const uint8_t *)choices, len };
        if (xa_slice_is(word, "@source"))
            c->sources = true;
        else if (xa_slice_is(word, "@dest"))
            c->dests = true;
        else if (xa_slice_is(word, "@command"))
            offer_commands(c, NULL);
        else
            offer(c, word, "");
        choices += len + (choices[len] == ' ');
    }
    if (c->sources || c->dests)
        (void)!xa_entries_each(client, offer_entry, c, &unsaid);
}

static void complete_value(struct xa_client *client, struct completion *c, size_t option,
                           const struct xa_command *cmd)
{
    bool makes_role = cmd != NULL && xa_options_in(cmd->takes, XA_OPT_PERMISSIONS);
    if (option == XA_OPT_EXTERNAL_ID && !makes_role)
        return;                        /* one that is there has a value of its own */
    if (option == XA_OPT_FORMAT)
        offer_choices(client, c, cmd != NULL ? xa_command_texts(cmd).formats : NULL);
    else
        offer_choices(client, c, xa_options_view(option).choices);
}

/* --- options ----------------------------------------------------------------------------- */

static void offer_options(const struct completion *c, const uint8_t *takes, const bool *given)
{
    for (size_t i = 1; i < XA_N_OPTIONS; i++) {
        struct xa_option_view option = xa_options_view(i);
        bool taken = xa_options_in(takes, i) || xa_options_in(xa_options_always, i);
        if (taken && !given[i])
            offer(c, xa_slice_of(option.name), option.help);
    }
}

/* --- the whole ------------------------------------------------------------------------------ */

static void complete_word(struct xa_client *client, struct completion *c,
                          const struct xa_line_end *end)
{
    size_t n = 0;
    const struct xa_command *cmd = command_of(end, &n);
    if (end->n_words == 0)
        offer_commands(c, NULL);
    else if (cmd == NULL && end->n_words == 1 && xa_command_is_family(end->words[0]))
        offer_commands(c, end->words[0]);
    else if (cmd != NULL && end->n_words == 2 && xa_command_is_family(end->words[1]) &&
             strcmp(xa_command_texts(cmd).choices, "@command") == 0)
        offer_commands(c, end->words[1]);
    else if (cmd != NULL && end->n_words - n < cmd->max_names &&
             (end->n_words == n || cmd->max_names > 2))
        offer_choices(client, c, xa_command_texts(cmd).choices);
}

void xa_complete(struct xa_client *client, const char *const *words, size_t n, struct xa_out *o)
{
    struct xa_line_end end;
    size_t unused;
    if (n == 0)
        return;
    xa_options_line_end(words, n, xa_command_program_after, &end);
    struct completion c = { .out = o, .typed = end.typed, .attached = words[n - 1],
                            .n_attached = end.attached };
    const struct xa_command *cmd = command_of(&end, &unused);
    const uint8_t *takes = cmd != NULL ? cmd->takes : XA_OPTIONS(XA_OPT_VERSION);
    switch (end.wanted) {
    case XA_WANTED_PROGRAM:
        xa_out_text(o, ":program ");
        xa_out_number(o, end.program_at);
        xa_out_char(o, '\n');
        break;
    case XA_WANTED_VALUE:
        complete_value(client, &c, end.option, cmd);
        break;
    case XA_WANTED_OPTION:
        offer_options(&c, takes, end.given);
        break;
    case XA_WANTED_WORD:
        complete_word(client, &c, &end);
        break;
    }
}
