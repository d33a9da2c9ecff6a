/* env: a destination's or source's credentials as statements for a shell (facts 7), or in
 * another form. */
#include <unistd.h>

#include "client/base/duration.h"
#include "client/commands.h"
#include "client/requests/credentials.h"
#include "client/requests/plan_view.h"
#include "client/shell/formats.h"
#include "client/shell/statements.h"

/* To a terminal the statements are of no use; they are shown, and how to use them. */
static void show_use(const struct xa_client *c, enum xa_shell shell)
{
    const char *name = xa_client_name(c, 0), *before, *after;
    xa_shell_use(shell, &before, &after);
    bool tells = name != NULL || shell != XA_SHELL_NU;    /* nu obeys no statements of others */
    if (tells && !xa_options_has(&c->opt, XA_OPT_QUIET) && isatty(STDERR_FILENO))
        xa_note("to use them in this shell: %sxacct env %s%s", before,
                name != NULL ? name : "--unset", after);
}

static void tell(const struct xa_client *c, const struct xa_credentials_result *r)
{
    char left[XA_DURATION_SIZE];
    if (r->note.len > 0 && !xa_options_has(&c->opt, XA_OPT_QUIET))
        xa_note("%.*s", (int)r->note.len, (const char *)r->note.at);
    if (!xa_options_has(&c->opt, XA_OPT_VERBOSE))
        return;
    uint64_t now = xa_clock_unix();
    xa_duration_text(r->expires_at > now ? r->expires_at - now : 0, left);
    xa_note("%.*s, %s left", (int)r->arn.len, (const char *)r->arn.at, left);
}

/* Written in one piece and without a newline, so that an unquoted eval $(…) gets it
 * as it is; only a terminal gets one, for the prompt that follows. */
static bool finish(struct xa_out *o, const struct xa_client *c, enum xa_shell shell,
                   struct xa_error *err)
{
    bool terminal = isatty(STDOUT_FILENO);
    if (terminal)
        xa_out_char(o, '\n');
    if (!xa_out_finish(o, err))
        return false;
    if (terminal)
        show_use(c, shell);
    return true;
}

static bool unset(struct xa_client *c, enum xa_shell shell, struct xa_error *err)
{
    struct xa_environment e;
    struct xa_out o = xa_out_stdout(true);
    xa_environment_of_nothing(&e);
    xa_statements(&o, shell, &e);
    return finish(&o, c, shell, err);
}

static bool print(struct xa_client *c, enum xa_format format, enum xa_shell shell,
                  const struct xa_credentials_result *r, struct xa_error *err)
{
    struct xa_environment e;
    struct xa_out o = xa_out_stdout(true);
    if (!xa_environment_of(r, &e, err))
        return false;
    switch (format) {
    case XA_FORMAT_ENV: xa_statements(&o, shell, &e); break;
    case XA_FORMAT_PROCESS: xa_format_process(&o, r); break;
    case XA_FORMAT_DOTENV: xa_format_dotenv(&o, &e); break;
    case XA_FORMAT_JSON: xa_format_json(&o, &e); break;
    case XA_FORMAT_INI: xa_format_ini(&o, r); break;
    }
    tell(c, r);
    return format == XA_FORMAT_ENV ? finish(&o, c, shell, err) : xa_out_finish(&o, err);
}

static bool check_forms(const struct xa_client *c, enum xa_format format, struct xa_error *err)
{
    bool unsets = xa_options_has(&c->opt, XA_OPT_UNSET);
    if (format != XA_FORMAT_ENV && (unsets || c->opt.shell != NULL))
        return xa_fail(err, XA_USAGE, "env: %s and --format %s do not go together",
                       unsets ? "--unset" : "--shell", c->opt.format);
    if (unsets && c->n_names > 0)
        return xa_fail(err, XA_USAGE, "env --unset: '%s' is one word too many", c->names[0]);
    if (!unsets && c->n_names == 0) {
        xa_fail(err, XA_USAGE, "env: it takes DEST, or --unset");
        return xa_hint(err, "xacct list");
    }
    return true;
}

bool xa_cmd_env(struct xa_client *c, struct xa_error *err)
{
    struct xa_credentials_result r;
    enum xa_format format;
    enum xa_shell shell;
    if (!xa_format_find(c->opt.format, &format, err) ||
        !xa_shell_find(c->opt.shell, &shell, err) || !check_forms(c, format, err))
        return false;
    if (xa_options_has(&c->opt, XA_OPT_UNSET))
        return unset(c, shell, err);
    if (xa_plan_wished(c))
        return xa_plan_show(c, err);
    return xa_plan_json_alone(c, err) && xa_credentials_get(c, &r, err) &&
           print(c, format, shell, &r, err);
}
