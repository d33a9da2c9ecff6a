/* config check: what the agent finds in the configuration files. */
#include "client/base/json.h"
#include "client/commands.h"
#include "client/requests/request.h"

static const char *severity(uint32_t v)
{
    return v == XA_SEVERITY_WARNING ? "warning" : "error";
}

/* FILE:LINE: as compilers write it, so that editors find the place. */
static void put_finding(struct xa_out *o, const struct xa_finding *f)
{
    xa_out_slice(o, f->file);
    if (f->line != 0) {
        xa_out_char(o, ':');
        xa_out_number(o, f->line);
    }
    xa_out_format(o, ": %s: ", severity(f->severity));
    xa_out_slice(o, f->message);
    xa_out_char(o, '\n');
    if (f->hint.len > 0) {
        xa_out_text(o, "  try: ");
        xa_out_slice(o, f->hint);
        xa_out_char(o, '\n');
    }
}

static void json_finding(struct xa_json *j, const struct xa_finding *f)
{
    xa_json_open(j, NULL, '{');
    xa_json_text(j, "severity", xa_slice_of(severity(f->severity)));
    xa_json_text(j, "file", f->file);
    xa_json_number(j, "line", f->line);
    xa_json_text(j, "message", f->message);
    xa_json_text(j, "hint", f->hint);
    xa_json_close(j, '}');
}

struct counts { unsigned errors, warnings; };

/* One of the two is NULL. */
static bool put_findings(struct xa_slice list, struct xa_out *o, struct xa_json *j,
                         struct counts *n, struct xa_error *err)
{
    struct xa_finding f;
    while (xa_list_next(&list, &xa_msg_finding, &f, err)) {
        if (f.severity == XA_SEVERITY_WARNING)
            n->warnings++;
        else
            n->errors++;
        if (j != NULL)
            json_finding(j, &f);
        else
            put_finding(o, &f);
    }
    return err->code == XA_OK;
}

static bool print_json(const struct xa_check_result *r, struct xa_out *o, struct counts *n,
                       struct xa_error *err)
{
    struct xa_json j = xa_json_begin(o);
    xa_json_open(&j, NULL, '{');
    xa_json_text(&j, "file", r->file);
    xa_json_number(&j, "sources", r->n_sources);
    xa_json_number(&j, "destinations", r->n_dests);
    xa_json_open(&j, "findings", '[');
    if (!put_findings(r->findings, NULL, &j, n, err))
        return false;
    xa_json_close(&j, ']');
    xa_json_close(&j, '}');
    xa_out_char(o, '\n');
    return true;
}

static bool print_words(const struct xa_check_result *r, struct xa_out *o, struct counts *n,
                        struct xa_error *err)
{
    if (!put_findings(r->findings, o, NULL, n, err))
        return false;
    xa_out_slice(o, r->file);
    xa_out_text(o, ": ");
    xa_out_count(o, r->n_sources, "source");
    xa_out_text(o, ", ");
    xa_out_count(o, r->n_dests, "destination");
    xa_out_text(o, ", ");
    xa_out_count(o, n->errors, "error");
    xa_out_text(o, ", ");
    xa_out_count(o, n->warnings, "warning");
    xa_out_char(o, '\n');
    return true;
}

bool xa_cmd_config_check(struct xa_client *c, struct xa_error *err)
{
    struct xa_check_result r;
    struct counts n = { 0, 0 };
    struct xa_out o = xa_out_stdout(false);
    struct xa_call call = { XA_CHECK, &xa_msg_empty, NULL, NULL, &xa_msg_check_result, &r, NULL };
    if (!xa_request(c, &call, err))
        return false;
    bool json = xa_options_has(&c->opt, XA_OPT_JSON);
    if (!(json ? print_json(&r, &o, &n, err) : print_words(&r, &o, &n, err)))
        return false;
    c->exit_status = n.errors > 0 ? xa_code_exit(XA_BAD_CONFIG) : n.warnings > 0 ? 1 : 0;
    return xa_out_finish(&o, err);
}
