/* exec: a program with a destination's credentials, in its environment or from an endpoint. */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/awsfiles/default_profile.h"
#include "client/base/child.h"
#include "client/base/duration.h"
#include "client/base/room.h"
#include "client/commands.h"
#include "client/requests/credentials.h"
#include "client/requests/plan_view.h"
#include "client/requests/policy_text.h"
#include "client/serve/serve.h"
#include "client/shell/environment.h"

#define NOT_EXECUTABLE 126             /* design.md, section 8 */
#define NOT_FOUND 127

/* The person's shell: SHELL, else the password file's. */
static char *shell_path(void)
{
    char *shell = getenv("SHELL");
    if (shell != NULL && shell[0] == '/')
        return shell;
    const struct passwd *user = getpwuid(getuid());
    static char usual[] = "/bin/sh";
    return user != NULL && user->pw_shell != NULL && user->pw_shell[0] == '/' ? user->pw_shell
                                                                              : usual;
}

static char *const *program_of(const struct xa_client *c)
{
    static char *shell[2];
    if (c->opt.program != NULL && c->opt.program[0] != NULL)
        return c->opt.program;
    shell[0] = shell_path();
    return shell;
}

/* A shell looks like the one it was started from. */
static void tell(const struct xa_client *c, const struct xa_credentials_result *r)
{
    bool shell = c->opt.program == NULL || c->opt.program[0] == NULL;
    char left[XA_DURATION_SIZE];
    uint64_t now = xa_clock_unix();
    if (xa_options_has(&c->opt, XA_OPT_QUIET))
        return;
    if (r->note.len > 0)
        xa_note("%.*s", (int)r->note.len, (const char *)r->note.at);
    if (!shell || !isatty(STDERR_FILENO))
        return;
    xa_duration_text(r->expires_at > now ? r->expires_at - now : 0, left);
    if (xa_options_has(&c->opt, XA_OPT_SERVER))
        xa_note("a shell for %.*s; leave it with exit", (int)r->name.len,
                (const char *)r->name.at);
    else
        xa_note("a shell for %.*s, %s left; leave it with exit", (int)r->name.len,
                (const char *)r->name.at, left);
}

static bool not_executed(struct xa_client *c, const char *name, int cause, struct xa_error *err)
{
    bool missing = cause == ENOENT || cause == ENOTDIR;
    c->failure_status = missing ? NOT_FOUND : NOT_EXECUTABLE;
    return xa_fail(err, XA_IO, "%s cannot be executed: %s", name,
                   cause == ENOENT && strchr(name, '/') == NULL ? "no such command"
                                                               : strerror(cause));
}

/* What the answers to our questions came through is not the program's. */
static void close_given(const struct xa_client *c)
{
    if (c->opt.passphrase_fd > STDERR_FILENO)
        close(c->opt.passphrase_fd);
}

static bool run_here(struct xa_client *c, const struct xa_credentials_result *r,
                     struct xa_error *err)
{
    char *const *program = program_of(c);
    struct xa_environment e;
    if (!xa_environment_of(r, &e, err) || !xa_environment_apply(&e, err))
        return false;
    tell(c, r);
    close_given(c);
    xa_room_wipe();
    xa_room_give_limits_back();
    xa_child_expect();            /* the program may have children of its own */
    execvp(program[0], program);
    return not_executed(c, program[0], errno, err);
}

/* What was for the first time only: a code is used up, a descriptor read to its end. */
static void repeat_without(struct xa_client *c)
{
    c->opt.given[XA_OPT_MFA_TOKEN] = c->opt.given[XA_OPT_REFRESH] = false;
    c->opt.given[XA_OPT_PASSPHRASE_FD] = false;
    c->opt.mfa_token = NULL;
    c->opt.passphrase_fd = -1;
}

static bool run_served(struct xa_client *c, const struct xa_credentials_result *r,
                       struct xa_error *err)
{
    static struct xa_serving serving;
    char *const *program = program_of(c);
    struct xa_environment e;
    int cause;
    if (!xa_serve_open(&serving, c, err) ||
        !xa_environment_of_endpoint(r, serving.url, serving.seats.gate.token, &e, err) ||
        !xa_environment_apply(&e, err))
        return false;
    if (!xa_options_has(&c->opt, XA_OPT_QUIET))
        xa_default_profile_warn();
    tell(c, r);
    close_given(c);
    repeat_without(c);
    xa_link_close(&c->link);
    xa_room_wipe();
    if (xa_serve_run(&serving, program, &c->exit_status, &cause, err))
        return true;
    return cause != 0 ? not_executed(c, program[0], cause, err) : false;
}

/* A file is read once: it may be a pipe, and what it says later was not what was meant. */
static bool read_policy(struct xa_client *c, struct xa_error *err)
{
    static char text[XA_POLICY_MAX + 1];
    struct xa_slice policy;
    if (c->opt.policy == NULL)
        return true;
    if (!xa_policy_text(c->opt.policy, text, &policy, err))
        return false;
    text[policy.at + policy.len - (const uint8_t *)text] = '\0';
    c->opt.policy = (const char *)policy.at;
    return true;
}

bool xa_cmd_exec(struct xa_client *c, struct xa_error *err)
{
    struct xa_credentials_result r;
    if (!read_policy(c, err))
        return false;
    if (xa_plan_wished(c))
        return xa_plan_show(c, err);
    if (!xa_plan_json_alone(c, err) || !xa_credentials_get(c, &r, err))
        return false;
    return xa_options_has(&c->opt, XA_OPT_SERVER) ? run_served(c, &r, err)
                                                   : run_here(c, &r, err);
}
