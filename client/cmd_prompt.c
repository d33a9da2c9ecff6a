/* prompt: this shell's destination, for its prompt. What the shell knows is in its environment,
 * so nobody is asked but for %v; and whatever goes wrong is no prompt's concern. */
#include <stdlib.h>
#include <string.h>

#include "client/base/clock.h"
#include "client/base/colour.h"
#include "client/base/duration.h"
#include "client/base/json.h"
#include "client/commands.h"
#include "client/requests/request.h"
#include "client/shell/environment.h"
#include "client/shell/shell.h"
#include "proto/label.h"

#define USUAL "%c%l%e%[ %t%]"

struct prompt {
    struct xa_client *client;
    struct xa_out out;
    enum xa_shell shell;
    bool marks, colour, coloured;
    struct xa_slice name, label, level, account, region;
    char left[XA_DURATION_SIZE];
};

static struct xa_slice variable(const char *name)
{
    struct xa_slice value = xa_slice_of(getenv(name));
    return xa_text_printable(value) ? value : (struct xa_slice){ 0 };
}

/* Whichever of the variables that can have it (label_variables); a label is only ours while there
 * is a destination. */
static struct xa_slice label(void)
{
    struct xa_slice found = { 0 };
    for (size_t i = 0; found.len == 0 && i < XA_N_LABEL_VARIABLES; i++)
        found = variable(xa_label_variables[i]);
    return found.len > 0 ? found : variable("XACCT_DEST");
}

static void find_left(struct prompt *p)
{
    uint64_t now = xa_clock_unix(), end = xa_environment_end();
    if (end == 0)
        return;
    if (end > now)
        xa_duration_text(end - now, p->left);
    else
        memcpy(p->left, "expired", sizeof "expired");
}

/* A number of 0 ends a colour, where one was begun. A shell counts the columns of its prompt,
 * and must be told what takes none. */
static void put_escape(struct prompt *p, unsigned number)
{
    bool bash = p->marks && p->shell == XA_SHELL_BASH, zsh = p->marks && p->shell == XA_SHELL_ZSH;
    if (!p->colour || (number == 0 && !p->coloured))
        return;
    p->coloured = number != 0;
    xa_out_text(&p->out, bash ? "\001" : zsh ? "%{" : "");
    xa_out_text(&p->out, "\033[");
    if (number != 0)
        xa_out_number(&p->out, number);
    xa_out_char(&p->out, 'm');
    xa_out_text(&p->out, bash ? "\002" : zsh ? "%}" : "");
}

static struct xa_slice vault_state(struct prompt *p)
{
    struct xa_status_result s;
    struct xa_call call = { XA_STATUS, &xa_msg_empty, NULL, NULL, &xa_msg_status_result, &s, NULL };
    struct xa_error unsaid;
    p->client->opt.given[XA_OPT_NO_INPUT] = p->client->opt.given[XA_OPT_NO_SPAWN] = true;
    if (!xa_request(p->client, &call, &unsaid))
        return (struct xa_slice){ 0 };
    return xa_slice_of(s.state == XA_VAULT_UNLOCKED ? "open" : s.state == XA_VAULT_LOCKED ? "locked"
                                                                                         : "none");
}

static bool value_of(struct prompt *p, char letter, struct xa_slice *ret)
{
    switch (letter) {
    case 'n': *ret = p->name; return true;
    case 'l': *ret = p->label; return true;
    case 'a': *ret = p->account; return true;
    case 'r': *ret = p->region; return true;
    case 'L': *ret = p->level; return true;
    case 't': *ret = xa_slice_of(p->left); return true;
    case 'v': *ret = vault_state(p); return true;
    default: return false;
    }
}

/* In zsh with PROMPT_SUBST a value's own percent sign would be read once more. */
static void put_value(struct prompt *p, struct xa_slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '%' && p->marks && p->shell == XA_SHELL_ZSH)
            xa_out_char(&p->out, '%');
        xa_out_char(&p->out, (char)value.at[i]);
    }
}

/* Up to the end of the format, or of a part in brackets. Returns what is behind it, and whether
 * something of it was empty. */
static const char *put_format(struct prompt *p, const char *f, bool inside, bool *ret_empty)
{
    struct xa_slice value;
    *ret_empty = false;
    while (*f != '\0') {
        char letter = '\0';
        if (f[0] == '%')
            letter = f[1];
        if (letter == '\0') {
            xa_out_char(&p->out, *f++);
            continue;
        }
        f += 2;
        if (letter == ']' && inside)
            return f;
        if (value_of(p, letter, &value)) {
            *ret_empty = *ret_empty || value.len == 0;
            put_value(p, value);
        } else if (letter == '[' && !inside) {
            bool empty;
            size_t before = p->out.len;
            f = put_format(p, f, true, &empty);
            if (empty)
                p->out.len = before;
        } else if (letter == 'c') {
            put_escape(p, xa_colour_of_level(p->level));
        } else if (letter == 'e') {
            put_escape(p, 0);
        } else {
            xa_out_char(&p->out, letter);
        }
    }
    return f;
}

static void put_json(struct prompt *p)
{
    struct xa_json j = xa_json_begin(&p->out);
    xa_json_open(&j, NULL, '{');
    xa_json_text(&j, "name", p->name);
    xa_json_text(&j, "label", p->label);
    xa_json_text(&j, "account", p->account);
    xa_json_text(&j, "region", p->region);
    xa_json_text(&j, "level", p->level);
    xa_json_time(&j, "expires_at", xa_environment_end());
    xa_json_close(&j, '}');
    xa_out_char(&p->out, '\n');
}

bool xa_cmd_prompt(struct xa_client *c, struct xa_error *err)
{
    struct prompt p = { .client = c, .out = xa_out_stdout(false), .shell = XA_SHELL_SH };
    bool empty, json = xa_options_has(&c->opt, XA_OPT_JSON);
    if (!xa_colour_wanted(c->opt.color, true, &p.colour, err) ||
        (c->opt.shell != NULL && !xa_shell_find(c->opt.shell, &p.shell, err)))
        return false;
    p.marks = c->opt.shell != NULL;
    p.name = variable("XACCT_DEST");
    p.label = label();
    p.level = variable("XACCT_LEVEL");
    p.account = variable("AWS_ACCOUNT_ID");
    p.region = variable("XACCT_REGION");
    find_left(&p);
    if (json)
        put_json(&p);
    else if (p.name.len > 0)
        put_format(&p, c->opt.format != NULL ? c->opt.format : USUAL, false, &empty);
    return xa_out_finish(&p.out, err);
}
