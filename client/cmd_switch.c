/* switch and renew: what changes a shell to a destination, and keeps it there. Both are run by
 * the shell's integration (client/shell/integration), which obeys what they print. */
#include <stdlib.h>
#include <string.h>

#include "client/awsfiles/aws_block.h"
#include "client/awsfiles/aws_files.h"
#include "client/commands.h"
#include "client/requests/credentials.h"
#include "client/shell/environment.h"
#include "client/shell/recent.h"
#include "client/shell/statements.h"

#define RENEW_MIN_TTL_S 600        /* what is asked for anew must be worth it; own choice  */

/* --- which way ----------------------------------------------------------------------------- */

/* A profile hands out what is configured, whatever else is wished here. */
static bool wishes_more(const struct xa_options *o)
{
    return xa_options_has_any(
        o, XA_OPTIONS(XA_OPT_DURATION, XA_OPT_SESSION_NAME, XA_OPT_EXTERNAL_ID, XA_OPT_POLICY,
                      XA_OPT_POLICY_ARNS, XA_OPT_TAGS, XA_OPT_TRANSITIVE_TAGS,
                      XA_OPT_SOURCE_IDENTITY, XA_OPT_SOURCE, XA_OPT_READONLY, XA_OPT_ROLE));
}

/* Files that cannot be read have no profile that a program could read. */
static bool has_profile(const char *name)
{
    struct xa_aws_files files;
    struct xa_block block;
    struct xa_error unsaid;
    struct xa_slice found;
    bool has = false;
    if (xa_aws_files_init(&files, &unsaid) &&
        xa_block_find(files.paths.at[XA_AWSFILE_CONFIG], files.config, &block, &unsaid))
        for (struct xa_slice rest = block.block; !has && xa_block_next(&rest, &found);)
            has = xa_slice_is(found, name);
    xa_aws_files_finish(&files);
    return has;
}

/* --- the commands ---------------------------------------------------------------------------- */

static bool finish(struct xa_out *o, enum xa_shell shell, const struct xa_environment *e,
                   struct xa_error *err)
{
    xa_statements(o, shell, e);
    return xa_out_finish(o, err);
}

static bool clear(struct xa_client *c, enum xa_shell shell, struct xa_error *err)
{
    struct xa_environment e;
    struct xa_out o = xa_out_stdout(true);
    if (c->n_names > 0)
        return xa_fail(err, XA_USAGE, "switch --clear: '%s' is one word too many", c->names[0]);
    xa_environment_of_nothing(&e);
    return finish(&o, shell, &e, err);
}

/* Used codes would be refused, and a piped one is gone. */
static void pass_over_code(struct xa_client *c)
{
    c->opt.mfa_token = NULL;
}

bool xa_cmd_switch(struct xa_client *c, struct xa_error *err)
{
    struct xa_credentials_result r;
    struct xa_environment e;
    struct xa_out o = xa_out_stdout(true);
    enum xa_shell shell;
    if (!xa_shell_find(c->opt.shell, &shell, err))
        return false;
    if (xa_options_has(&c->opt, XA_OPT_CLEAR))
        return clear(c, shell, err);
    if (c->n_names == 0)
        return xa_fail(err, XA_USAGE, "switch: it takes DEST, or --clear");
    if (xa_options_has(&c->opt, XA_OPT_AGAIN))
        pass_over_code(c);
    if (!xa_credentials_get(c, &r, err))
        return false;
    bool profile = !wishes_more(&c->opt) && has_profile(c->names[0]);
    if (!(profile ? xa_environment_of_profile(&r, &e, err) : xa_environment_of(&r, &e, err)))
        return false;
    if (r.note.len > 0 && !xa_options_has(&c->opt, XA_OPT_QUIET))
        xa_note("%.*s", (int)r.note.len, (const char *)r.note.at);
    xa_recent_note(&c->paths, c->names[0]);
    if (c->picked)                     /* xa keeps its words, to say them again            */
        xa_shell_set_own(&o, shell, "__xacct_picked", xa_slice_of(c->names[0]));
    return finish(&o, shell, &e, err);
}

/* As long as what the shell has is as good, it is left alone. */
static bool ends_later(const struct xa_credentials_result *r)
{
    const char *now = getenv("XACCT_EXPIRES");
    return now == NULL || r->expires_at > strtoull(now, NULL, 10);
}

bool xa_cmd_renew(struct xa_client *c, struct xa_error *err)
{
    static const char *names[1];
    struct xa_credentials_result r;
    struct xa_environment e;
    struct xa_out o = xa_out_stdout(true);
    enum xa_shell shell;
    names[0] = getenv("XACCT_DEST");
    if (c->n_names == 0 && names[0] != NULL) {
        c->names = names;
        c->n_names = 1;
    }
    if (!xa_shell_find(c->opt.shell, &shell, err))
        return false;
    if (c->n_names == 0)
        return xa_fail(err, XA_USAGE, "renew: this shell has no destination");
    pass_over_code(c);
    c->opt.given[XA_OPT_NO_INPUT] = c->opt.given[XA_OPT_NO_SPAWN] = true;
    if (c->opt.min_ttl_s == 0 && (c->opt.duration_s == 0 || c->opt.duration_s > RENEW_MIN_TTL_S))
        c->opt.min_ttl_s = RENEW_MIN_TTL_S;
    if (!xa_credentials_get(c, &r, err))
        return false;
    if (!ends_later(&r))
        return true;
    return xa_environment_of(&r, &e, err) && finish(&o, shell, &e, err);
}
