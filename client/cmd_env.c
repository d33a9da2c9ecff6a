/* env: a destination's or source's credentials as statements for a shell (facts 7). */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/clock.h"
#include "client/commands.h"
#include "client/credentials.h"
#include "client/duration.h"
#include "client/plan_view.h"
#include "client/shell.h"

/* What would win over, or linger beside, what is set (facts 7.2). */
static const char *const in_the_way[] = {
    "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CREDENTIAL_SCOPE",
    "AWS_ACCESS_KEY", "AWS_SECRET_KEY",
    "AMAZON_ACCESS_KEY_ID", "AMAZON_SECRET_ACCESS_KEY", "AMAZON_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
};

/* What is set each time, and so taken away by --unset. */
static const char *const ours[] = {
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION", "AWS_ACCOUNT_ID", "AWS_VAULT", "XACCT_DEST", "XACCT_EXPIRES",
};

/* The region that env set last. It tells our region from the person's own, which must
 * neither be taken away by --unset nor survive from one destination to the next. */
#define REGION_MARK "XACCT_REGION"
static const char *const regions[] = { "AWS_REGION", "AWS_DEFAULT_REGION" };

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void unset_all(struct xa_out *o, enum xa_shell shell, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        xa_shell_unset(o, shell, names[i]);
}

static bool same_value(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* A region that the person changed since is theirs again. */
static void unset_region(struct xa_out *o, enum xa_shell shell)
{
    const char *mark = getenv(REGION_MARK);
    if (mark == NULL)
        return;
    for (size_t i = 0; i < COUNT(regions); i++)
        if (same_value(getenv(regions[i]), mark))
            xa_shell_unset(o, shell, regions[i]);
    xa_shell_unset(o, shell, REGION_MARK);
}

static void set_region(struct xa_out *o, enum xa_shell shell, struct xa_slice region)
{
    for (size_t i = 0; i < COUNT(regions); i++)
        xa_shell_set(o, shell, regions[i], region);
    xa_shell_set(o, shell, REGION_MARK, region);
}

/* A label is for the eye: one that no shell would take makes way for the name. */
static struct xa_slice label(const struct xa_credentials_result *r)
{
    return r->label.len > 0 && xa_shell_fit(r->label) ? r->label : r->name;
}

static bool fit(const struct xa_credentials_result *r, struct xa_error *err)
{
    if (!xa_shell_fit(r->access_key_id) || !xa_shell_fit(r->secret) || !xa_shell_fit(r->token))
        return xa_fail(err, XA_BAD_REPLY, "the credentials cannot be told to a shell");
    return (xa_shell_fit(r->name) && xa_shell_fit(r->region) && xa_shell_fit(r->account)) ||
           xa_fail(err, XA_USAGE, "the destination's name or region cannot be told to a shell");
}

/* In fish, erasing what was not set fails, and setting leaves the status as it was: a
 * script that looks at eval's status must not see that. */
static void end_unsets(struct xa_out *o, enum xa_shell shell)
{
    if (shell == XA_SHELL_FISH)
        xa_out_text(o, "true;");
}

/* Some tools take an empty AWS_PROFILE for a name and fail: better than another account,
 * but the person must know why, and only fish knows that the variable is universal. */
static void warn_of_universals(struct xa_out *o)
{
    static const char *const profiles[] = { "AWS_PROFILE", "AWS_DEFAULT_PROFILE" };
    for (size_t i = 0; i < COUNT(profiles); i++)
        xa_out_format(o, "set -q -U %s; and echo 'xacct: the universal variable %s is hidden by an "
                      "empty one here, which aws refuses; try: set -e -U %s' >&2;", profiles[i],
                      profiles[i], profiles[i]);
}

static void put(struct xa_out *o, enum xa_shell shell, const struct xa_credentials_result *r)
{
    char date[XA_UTC_SIZE], epoch[24];
    struct xa_out number = xa_out_begin(-1, epoch, sizeof epoch);
    xa_clock_utc(r->expires_at, date);
    xa_out_number(&number, r->expires_at);

    for (size_t i = 0; i < COUNT(in_the_way); i++)
        xa_shell_hide(o, shell, in_the_way[i]);
    if (shell == XA_SHELL_FISH)
        warn_of_universals(o);
    if (r->account.len == 0)
        xa_shell_hide(o, shell, "AWS_ACCOUNT_ID");
    if (r->region.len == 0)
        unset_region(o, shell);
    end_unsets(o, shell);
    if (r->region.len > 0)
        set_region(o, shell, r->region);
    xa_shell_set(o, shell, "AWS_ACCESS_KEY_ID", r->access_key_id);
    xa_shell_set(o, shell, "AWS_SECRET_ACCESS_KEY", r->secret);
    xa_shell_set(o, shell, "AWS_SESSION_TOKEN", r->token);
    xa_shell_set(o, shell, "AWS_CREDENTIAL_EXPIRATION", xa_slice_of(date));
    if (r->account.len > 0)
        xa_shell_set(o, shell, "AWS_ACCOUNT_ID", r->account);
    xa_shell_set(o, shell, "AWS_VAULT", label(r));
    xa_shell_set(o, shell, "XACCT_DEST", r->name);
    xa_shell_set(o, shell, "XACCT_EXPIRES",
                 (struct xa_slice){ (const uint8_t *)epoch, number.len });
}

/* To a terminal the statements are of no use; they are shown, and how to use them. */
static void show_use(const struct xa_client *c, enum xa_shell shell)
{
    const char *name = xa_client_name(c, 0);
    if (!xa_options_has(&c->opt, XA_OPT(QUIET)) && isatty(STDERR_FILENO))
        xa_note("to use them in this shell: %s%s%s)",
                shell == XA_SHELL_FISH ? "eval (xacct env " : "eval $(xacct env ",
                name != NULL ? name : "", name != NULL ? "" : "--unset");
}

static void tell(const struct xa_client *c, const struct xa_credentials_result *r)
{
    char left[XA_DURATION_SIZE];
    uint64_t now = xa_clock_unix();
    xa_duration_text(r->expires_at > now ? r->expires_at - now : 0, left);
    if (r->note.len > 0 && !xa_options_has(&c->opt, XA_OPT(QUIET)))
        xa_note("%.*s", (int)r->note.len, (const char *)r->note.at);
    if (xa_options_has(&c->opt, XA_OPT(VERBOSE)))
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
    struct xa_out o = xa_out_stdout(true);
    unset_all(&o, shell, ours, COUNT(ours));
    unset_region(&o, shell);
    end_unsets(&o, shell);
    return finish(&o, c, shell, err);
}

bool xa_cmd_env(struct xa_client *c, struct xa_error *err)
{
    struct xa_credentials_result r;
    enum xa_shell shell;
    if (!xa_shell_find(c->opt.shell, &shell, err))
        return false;
    if (xa_options_has(&c->opt, XA_OPT(UNSET)))
        return c->n_names == 0 ? unset(c, shell, err)
                               : xa_fail(err, XA_USAGE, "env --unset: '%s' is one word too many",
                                         c->names[0]);
    if (c->n_names == 0) {
        xa_fail(err, XA_USAGE, "env: it takes DEST, or --unset");
        return xa_hint(err, "xacct list");
    }
    if (xa_plan_wished(c))
        return xa_plan_show(c, err);
    if (!xa_plan_json_alone(c, err) || !xa_credentials_get(c, &r, err) || !fit(&r, err))
        return false;
    struct xa_out o = xa_out_stdout(true);
    put(&o, shell, &r);
    tell(c, &r);
    return finish(&o, c, shell, err);
}
