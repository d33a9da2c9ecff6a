/* status: what runs, what it serves, and whether the vault is open. */
#include "client/base/clock.h"
#include "client/base/duration.h"
#include "client/base/json.h"
#include "client/commands.h"
#include "client/requests/entries.h"
#include "client/requests/request.h"
#include "client/requests/rotation.h"

#define EXIT_LOCKED 4
#define EXIT_NO_VAULT 3
#define EXIT_NONE_RUNNING 5

static const char *state_name(uint32_t state)
{
    return state == XA_VAULT_UNLOCKED ? "unlocked" : state == XA_VAULT_LOCKED ? "locked"
           : state == XA_VAULT_NONE ? "none" : "unknown";
}

static int state_exit(uint32_t state)
{
    return state == XA_VAULT_UNLOCKED ? 0 : state == XA_VAULT_NONE ? EXIT_NO_VAULT : EXIT_LOCKED;
}

/* --- words --------------------------------------------------------------------------- */

static void put_agent(struct xa_out *o, const struct xa_status_result *s)
{
    char age[XA_DURATION_SIZE];
    uint64_t now = xa_clock_unix();
    xa_duration_text(now > s->started_at ? now - s->started_at : 0, age);
    xa_out_text(o, "agent    ");
    xa_out_slice(o, s->version);
    xa_out_format(o, ", pid %u, up %s; supervisor pid %u", s->pid, age, s->supervisor_pid);
    if (s->courier_pid != 0)
        xa_out_format(o, ", courier pid %u", s->courier_pid);
    xa_out_char(o, '\n');
}

static void put_vault(struct xa_out *o, const struct xa_status_result *s)
{
    char left[XA_DURATION_SIZE];
    xa_out_format(o, "vault    %s", state_name(s->state));
    if (s->lock_in_s != 0) {
        xa_duration_text(s->lock_in_s, left);
        xa_out_format(o, ", locks in %s", left);
    }
    xa_out_text(o, "; ");
    xa_out_slice(o, s->vault_path);
    xa_out_char(o, '\n');
}

static void put_config(struct xa_out *o, const struct xa_status_result *s)
{
    xa_out_text(o, "config   ");
    xa_out_count(o, s->n_sources, "source");
    xa_out_text(o, ", ");
    xa_out_count(o, s->n_dests, "destination");
    xa_out_text(o, "; ");
    xa_out_slice(o, s->config_path);
    xa_out_char(o, '\n');
    if (s->config_error.len > 0) {
        xa_out_text(o, "         refused: ");
        xa_out_slice(o, s->config_error);
        xa_out_char(o, '\n');
    }
    xa_out_text(o, "cache    ");
    xa_out_count(o, s->n_cached, "session");
    xa_out_char(o, '\n');
}

static const char *yes(bool v)
{
    return v ? "yes" : "NO";
}

static void put_security(struct xa_out *o, const struct xa_status_result *s)
{
    xa_out_text(o, "\nprotections of the agent, as the kernel reports them\n");
    xa_out_format(o, "  secret memory locked  %s (%u KiB locked, secrets take %u KiB)\n",
                  yes(s->memory_locked), s->vm_locked_kib, s->arena_kib);
    xa_out_format(o, "  undumpable            %s\n", yes(s->undumpable));
    xa_out_format(o, "  no core files         %s\n", yes(s->core_limit_zero));
    xa_out_format(o, "  no new privileges     %s\n", yes(s->no_new_privs));
    xa_out_format(o, "  no tracer attached    %s\n", yes(!s->traced));
    xa_out_format(o, "  system call filter    %s\n", yes(s->seccomp != 0));
}

/* --- keys whose time has come --------------------------------------------------------- */

struct nagging {
    struct xa_out *out;
    struct xa_json *json;              /* NULL: words */
    uint64_t now;
};

static void nag(const struct xa_list_entry *entry, void *ctx)
{
    const struct nagging *n = ctx;
    char why[XA_ROTATION_TEXT_SIZE];
    if (!xa_rotation_due(entry, n->now, why))
        return;
    if (n->json == NULL) {
        xa_out_format(n->out, "rotate   %s: xacct rotate %.*s\n", why, (int)entry->name.len,
                      (const char *)entry->name.at);
        return;
    }
    xa_json_open(n->json, NULL, '{');
    xa_json_text(n->json, "name", entry->name);
    xa_json_text(n->json, "reason", xa_slice_of(why));
    xa_json_close(n->json, '}');
}

/* The last that is asked: what STATUS has answered is printed by then. Where the list
 * cannot be had, as with a configuration that is refused, there is nothing to say. */
static void put_due(struct xa_client *c, struct xa_out *o, struct xa_json *j, uint32_t state)
{
    struct nagging n = { o, j, xa_clock_unix() };
    struct xa_error err = { 0 };
    if (state == XA_VAULT_UNLOCKED)
        (void)!xa_entries_each(c, nag, &n, &err);
}

/* --- JSON ----------------------------------------------------------------------------- */

static void json_security(struct xa_json *j, const struct xa_status_result *s)
{
    xa_json_open(j, "security", '{');
    xa_json_flag(j, "memory_locked", s->memory_locked);
    xa_json_number(j, "vm_locked_kib", s->vm_locked_kib);
    xa_json_number(j, "arena_kib", s->arena_kib);
    xa_json_flag(j, "undumpable", s->undumpable);
    xa_json_flag(j, "core_limit_zero", s->core_limit_zero);
    xa_json_flag(j, "no_new_privs", s->no_new_privs);
    xa_json_flag(j, "traced", s->traced);
    xa_json_number(j, "seccomp", s->seccomp);
    xa_json_close(j, '}');
}

static void json_status(struct xa_json *j, struct xa_client *c,
                        const struct xa_status_result *s)
{
    xa_json_open(j, NULL, '{');
    xa_json_flag(j, "running", true);
    xa_json_text(j, "version", s->version);
    xa_json_number(j, "pid", s->pid);
    xa_json_number(j, "supervisor_pid", s->supervisor_pid);
    xa_json_number(j, "courier_pid", s->courier_pid);
    xa_json_time(j, "started_at", s->started_at);
    xa_json_text(j, "socket", xa_slice_of(c->paths.socket));
    xa_json_text(j, "vault", xa_slice_of(state_name(s->state)));
    xa_json_text(j, "vault_path", s->vault_path);
    xa_json_number(j, "lock_in_s", s->lock_in_s);
    xa_json_text(j, "config_path", s->config_path);
    xa_json_text(j, "config_error", s->config_error);
    xa_json_number(j, "sources", s->n_sources);
    xa_json_number(j, "destinations", s->n_dests);
    xa_json_number(j, "cached", s->n_cached);
    if (xa_options_has(&c->opt, XA_OPT_SECURITY))
        json_security(j, s);
    xa_json_open(j, "rotate", '[');
    put_due(c, NULL, j, s->state);
    xa_json_close(j, ']');
    xa_json_close(j, '}');
}

/* --- the command ------------------------------------------------------------------------ */

static bool none_running(struct xa_client *c, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    if (err->code != XA_NO_AGENT || !xa_options_has(&c->opt, XA_OPT_JSON))
        return false;
    c->exit_status = EXIT_NONE_RUNNING;
    xa_out_text(&o, "{\"running\":false}\n");
    return xa_out_finish(&o, err);
}

bool xa_cmd_status(struct xa_client *c, struct xa_error *err)
{
    struct xa_status_result s;
    struct xa_call call = { XA_STATUS, &xa_msg_empty, NULL, NULL, &xa_msg_status_result, &s, NULL };
    struct xa_out o = xa_out_stdout(false);
    if (!xa_request(c, &call, err))
        return none_running(c, err);
    c->exit_status = state_exit(s.state);
    if (xa_options_has(&c->opt, XA_OPT_JSON)) {
        struct xa_json j = xa_json_begin(&o);
        json_status(&j, c, &s);
        xa_out_char(&o, '\n');
        return xa_out_finish(&o, err);
    }
    put_agent(&o, &s);
    xa_out_format(&o, "socket   %.900s\n", c->paths.socket);
    put_vault(&o, &s);
    put_config(&o, &s);
    if (xa_options_has(&c->opt, XA_OPT_SECURITY))
        put_security(&o, &s);
    put_due(c, &o, NULL, s.state);
    return xa_out_finish(&o, err);
}
