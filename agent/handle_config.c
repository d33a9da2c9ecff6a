/* Destinations and the configuration file: dest add, dest remove, config check. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/aws/arn.h"
#include "agent/dispatch.h"
#include "agent/log.h"
#include "proto/ini.h"

/* One line of a new section; the reader judges the value like any other. It would
 * take what follows a blank for a comment, and no value here has a blank. */
static bool put_line(struct xa_writer *w, const char *key, struct xa_slice value,
                     struct xa_error *err)
{
    if (value.len == 0)
        return true;
    if (memchr(value.at, ' ', value.len) != NULL)
        return xa_fail(err, XA_USAGE, "%s cannot hold a blank: '%.*s'", key, (int)value.len,
                       (const char *)value.at);
    xa_write_bytes(w, key, strlen(key));
    xa_write_bytes(w, " = ", 3);
    xa_write_bytes(w, value.at, value.len);
    xa_write_bytes(w, "\n", 1);
    return true;
}

static bool put_role(struct xa_writer *w, struct xa_slice target, struct xa_error *err)
{
    struct xa_role_arn role;
    if (!xa_role_target_parse(target, &role, err))
        return false;
    if (role.partition.len > 0)
        return put_line(w, "role_arn", target, err);
    struct xa_slice path_and_name = { target.at + XA_ACCOUNT_LEN + 1,
                                      target.len - XA_ACCOUNT_LEN - 1 };
    return put_line(w, "account", role.account, err) && put_line(w, "role", path_and_name, err);
}

static bool make_keys(const struct xa_dest_add *add, char *room, size_t size, struct xa_error *err)
{
    struct xa_writer w = xa_writer_init(room, size - 1);
    char duration[16] = "";
    if (add->duration_s > 0)
        snprintf(duration, sizeof duration, "%u", add->duration_s);
    if (!put_role(&w, add->target, err) || !put_line(&w, "source", add->source, err) ||
        !put_line(&w, "region", add->region, err) ||
        !put_line(&w, "duration", xa_slice_of(duration), err) ||
        !put_line(&w, "session_name", add->session_name, err) ||
        !put_line(&w, "external_id", add->external_id, err) ||
        !put_line(&w, "tags", add->tags, err) ||
        !put_line(&w, "source_identity", add->source_identity, err))
        return false;
    room[w.len] = '\0';
    return !w.bad ||
           xa_fail(err, XA_USAGE, "the destination is described in more than %zu bytes", size);
}

static void reply_file(struct xa_conn *c)
{
    const struct xa_dest_result result = { xa_slice_of(xa_roles_file_path(c->agent->config)) };
    xa_conn_result(c, &xa_msg_dest_result, &result);
}

/* What a message says behind the file's name, and the line if it names one. */
static const char *behind_place(const char *message, const char *file, unsigned *ret_line)
{
    size_t len = strlen(file);
    *ret_line = 0;
    if (strncmp(message, file, len) != 0 || (message[len] != ':' && message[len] != ' '))
        return message;
    if (message[len] == ' ')
        return message + len + 1;
    char *end;
    *ret_line = (unsigned)strtoul(message + len + 1, &end, 10);
    return end + strspn(end, ": ");
}

/* A line that was only going to be written has no place in the file: what was said
 * wrongly is the argument. */
static void blame_argument(const struct xa_roles_file *file, struct xa_error *err)
{
    char message[sizeof err->message];
    unsigned line;
    if (err->code != XA_BAD_CONFIG || xa_roles_file_fault(file) != NULL)
        return;
    snprintf(message, sizeof message, "%s",
             behind_place(err->message, xa_roles_file_path(file), &line));
    xa_fail(err, XA_USAGE, "%s", message);
    xa_hint(err, "xacct help dest add");
}

/* A source that nobody knows is most likely mistyped. */
static bool check_source(struct xa_conn *c, const struct xa_dest_add *add, struct xa_error *err)
{
    const struct xa_roles *roles = xa_broker_roles(c->agent->broker, err);
    if (roles == NULL)
        return false;
    if (add->source.len == 0 || xa_roles_source(roles, add->source) != NULL ||
        xa_roles_dest(roles, add->source) != NULL)
        return true;
    struct xa_slice near = xa_roles_nearest(roles, add->source);
    xa_fail(err, XA_NO_SUCH_NAME, "there is no source '%.*s'", (int)add->source.len,
            (const char *)add->source.at);
    if (near.len > 0)
        return xa_why(err, "did you mean '%.*s'?", (int)near.len, (const char *)near.at);
    return xa_hint(err, "xacct add %.*s", (int)add->source.len, (const char *)add->source.at);
}

/* Someone may have mistaken a source for a destination, or mistyped. */
static void explain_missing(struct xa_agent *agent, struct xa_slice name, struct xa_error *err)
{
    const struct xa_roles *roles = xa_broker_roles(agent->broker, NULL);
    if (err->code != XA_NO_SUCH_NAME || roles == NULL)
        return;
    struct xa_slice near = xa_roles_nearest(roles, name);
    if (xa_roles_source(roles, name) != NULL) {
        xa_why(err, "it is a source");
        xa_hint(err, "xacct remove %.*s", (int)name.len, (const char *)name.at);
    } else if (near.len > 0) {
        xa_why(err, "did you mean '%.*s'?", (int)near.len, (const char *)near.at);
    }
}

/* An edit of the file, in the pool: it may wait for a lock, and for the disk. */
struct edit_op {
    struct xa_op op;
    struct xa_work work;
    struct xa_agent *agent;
    struct xa_roles_job *job;
    bool adds;
    char name[XA_NAME_MAX + 1];
};

static void edit_abandoned(struct xa_op *op)
{
    (void)op;      /* what was asked for is done */
}

static void run_edit(struct xa_work *work)
{
    struct edit_op *op = (void *)((char *)work - offsetof(struct edit_op, work));
    xa_roles_job_run(op->job);
}

static void edited(struct xa_work *work, bool ran, const struct xa_error *unserved)
{
    struct edit_op *op = (void *)((char *)work - offsetof(struct edit_op, work));
    struct xa_agent *agent = op->agent;
    struct xa_conn *c = op->op.conn;
    struct xa_slice name = xa_slice_of(op->name);
    struct xa_error err = *unserved;
    bool ok = ran && xa_roles_job_end(agent->config, &op->job, &err);
    if (ok && !op->adds)
        xa_broker_forget(agent->broker, name);
    else if (!ok && op->adds)
        blame_argument(agent->config, &err);
    else if (!ok)
        explain_missing(agent, name, &err);
    if (c != NULL) {
        c->op = NULL;
        if (ok)
            reply_file(c);
        else
            xa_conn_fail(c, &err);
    } else if (!ok) {
        xa_log_error(op->adds ? "dest add" : "dest remove", &err);
    }
    xa_roles_job_free(&op->job);
    free(op);
}

/* The job is moved. */
static bool submit_edit(struct xa_conn *c, struct xa_roles_job *job, struct xa_slice name,
                        bool adds, struct xa_error *err)
{
    struct edit_op *op = calloc(1, sizeof *op);
    if (op == NULL || !xa_slice_copy(name, op->name, sizeof op->name)) {
        xa_fail(err, XA_NO_MEMORY, "no memory for a request");
        goto fail;
    }
    op->agent = c->agent;
    op->job = job;
    op->adds = adds;
    op->op.abandon = edit_abandoned;
    op->work.run = run_edit;
    op->work.ended = edited;
    if (!xa_work_submit(&c->agent->work, &op->work, err))
        goto fail;
    op->op.conn = c;
    c->op = &op->op;
    xa_conn_working(c, 0);      /* an edit ends: its wait for the lock is bounded */
    return true;
fail:
    xa_roles_job_free(&job);
    free(op);
    return false;
}

void xa_handle_dest_add(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_dest_add *add = message;
    struct xa_roles_job *job;
    char keys[XA_TAGS_MAX + 8192];
    struct xa_error err;
    (void)body;
    if (!xa_name_valid(add->name))
        xa_fail(&err, XA_USAGE, "'%.*s' is not a name: 1 to 64 of A-Z a-z 0-9 _ . @ : + / %% -",
                (int)add->name.len, (const char *)add->name.at);
    else if (check_source(c, add, &err) && make_keys(add, keys, sizeof keys, &err) &&
             (job = xa_roles_file_begin_add(c->agent->config, "dest", add->name, keys, &err)) !=
                 NULL &&
             submit_edit(c, job, add->name, true, &err))
        return;
    blame_argument(c->agent->config, &err);
    xa_conn_fail(c, &err);
}

void xa_handle_dest_remove(struct xa_conn *c, const void *message, struct xa_slice body)
{
    const struct xa_dest_remove *remove = message;
    struct xa_error err;
    (void)body;
    struct xa_roles_job *job =
        xa_roles_file_begin_remove(c->agent->config, "dest", remove->name, &err);
    if (job != NULL && submit_edit(c, job, remove->name, false, &err))
        return;
    explain_missing(c->agent, remove->name, &err);
    xa_conn_fail(c, &err);
}

/* --- config check ------------------------------------------------------------------- */

#define FINDINGS_MAX (24 * 1024)       /* of a reply's 32 KiB */
#define LAST_FINDING_MAX (XA_PATH_MAX + 256)      /* kept free for the one that counts the rest */

struct findings {
    struct xa_writer list;
    const char *file;
    unsigned n_more;                   /* did not fit */
};

static void add_finding(struct findings *f, uint32_t severity, unsigned line, const char *message,
                        const char *hint)
{
    const struct xa_finding finding = {
        .severity = severity, .file = xa_slice_of(f->file), .line = line,
        .message = xa_slice_of(message), .hint = xa_slice_of(hint),
    };
    size_t before = f->list.len;
    if (f->n_more == 0)
        xa_list_append(&f->list, &xa_msg_finding, &finding);
    if (f->n_more > 0 || f->list.bad) {
        f->list.bad = false;
        f->list.len = before;
        f->n_more++;
    }
}

static void end_findings(struct findings *f)
{
    char message[64];
    unsigned n = f->n_more;
    f->list.cap = FINDINGS_MAX;
    f->n_more = 0;
    if (n == 0)
        return;
    snprintf(message, sizeof message, "%u more finding%s not shown", n, n == 1 ? " is" : "s are");
    add_finding(f, XA_SEVERITY_WARNING, 0, message, "");
}

static void on_finding(void *ctx, unsigned line, const char *message, const char *hint)
{
    add_finding(ctx, XA_SEVERITY_WARNING, line, message, hint);
}

/* Only an open vault tells what it holds. */
static void compare_with_vault(struct xa_agent *agent, const struct xa_roles *roles,
                               struct findings *f)
{
    char message[160], hint[96];
    struct xa_vault_info info;
    if (xa_vault_condition(agent->vault) != XA_VAULT_IS_OPEN)
        return;
    for (size_t i = 0; i < roles->n_sources; i++) {
        const struct xa_source *source = &roles->sources[i];
        if (source->credential_process.len > 0 || xa_vault_find(agent->vault, source->name, &info))
            continue;
        snprintf(message, sizeof message, "[source %.*s]: the vault holds no key of this name",
                 (int)source->name.len, (const char *)source->name.at);
        snprintf(hint, sizeof hint, "xacct add %.*s", (int)source->name.len,
                 (const char *)source->name.at);
        add_finding(f, XA_SEVERITY_WARNING, source->line, message, hint);
    }
    for (size_t i = 0; i < xa_vault_count(agent->vault); i++) {
        if (!xa_vault_info_at(agent->vault, i, &info) ||
            xa_roles_source(roles, xa_slice_of(info.name)) != NULL)
            continue;
        snprintf(message, sizeof message, "the vault holds a key '%s' that no [source] names",
                 info.name);
        snprintf(hint, sizeof hint, "add a line [source %s]", info.name);
        add_finding(f, XA_SEVERITY_WARNING, 0, message, hint);
    }
}

/* A fault's message begins with the file and perhaps the line, which a finding has in
 * fields of their own; the usual hint, `config check`, is what is running. */
static void add_fault(struct findings *f, const struct xa_error *fault)
{
    char message[640];
    const char *hint = strcmp(fault->hint, xa_code_hint(fault->code)) != 0 ? fault->hint : "";
    unsigned line;
    const char *text = behind_place(fault->message, f->file, &line);
    snprintf(message, sizeof message, "%s%s%s", text, fault->why[0] != '\0' ? "; " : "",
             fault->why);
    add_finding(f, XA_SEVERITY_ERROR, line, message, hint);
}

/* What keeps a role profile from being a destination. */
static void check_profiles(struct xa_agent *agent, struct findings *f)
{
    struct xa_sight sight;
    struct xa_error err;
    uint32_t cursor = 0;
    const struct xa_profile *profile;
    if (!xa_broker_sight(agent->broker, (struct xa_slice){ 0 }, &sight, NULL))
        return;
    f->file = xa_profiles_file_path(agent->profiles);
    if (sight.profiles_fault != NULL)
        add_fault(f, sight.profiles_fault);
    while (sight.profiles != NULL &&
           (profile = xa_profiles_next(sight.profiles, &cursor)) != NULL) {
        const struct xa_wish wish = { .name = xa_profile_name(profile) };
        if (xa_profile_is_role(profile) && xa_roles_dest(sight.roles, wish.name) == NULL &&
            !xa_plan_known(&sight, &wish, &err))
            add_finding(f, XA_SEVERITY_WARNING, 0, err.message, err.hint);
    }
    f->file = xa_roles_file_path(agent->config);
}

void xa_handle_check(struct xa_conn *c, const void *message, struct xa_slice body)
{
    struct xa_agent *agent = c->agent;
    char room[FINDINGS_MAX];
    struct findings f = { xa_writer_init(room, sizeof room - LAST_FINDING_MAX),
                          xa_roles_file_path(agent->config), 0 };
    (void)message;
    (void)body;
    const struct xa_roles *roles = xa_broker_roles(agent->broker, NULL);
    const struct xa_error *fault = xa_roles_file_fault(agent->config);
    if (fault != NULL)
        add_fault(&f, fault);
    if (roles != NULL && fault == NULL) {
        xa_roles_check(roles, xa_profiles_file_current(agent->profiles, NULL), on_finding, &f);
        compare_with_vault(agent, roles, &f);
        check_profiles(agent, &f);
    }
    end_findings(&f);
    const struct xa_check_result result = {
        .findings = { f.list.at, f.list.len },
        .n_sources = roles != NULL ? (uint32_t)roles->n_sources : 0,
        .n_dests = roles != NULL ? (uint32_t)roles->n_dests : 0,
        .file = xa_slice_of(f.file),
    };
    xa_conn_result(c, &xa_msg_check_result, &result);
}
