/* doctor: is everything on this machine as it should be? Or, of a destination: why can its
 * role not be assumed? */
#include "client/commands.h"
#include "client/doctor/dest.h"
#include "client/doctor/doctor.h"

static bool examine_machine(struct xa_client *c, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(false);
    struct xa_json j = xa_json_begin(&o);
    bool json = xa_options_has(&c->opt, XA_OPT_JSON);
    struct xa_doctor d = { .client = c, .out = &o, .json = json ? &j : NULL };
    if (json) {
        xa_json_open(&j, NULL, '{');
        xa_json_open(&j, "checks", '[');
    }
    xa_doctor_agent(&d);
    xa_doctor_protection(&d);
    xa_doctor_config(&d);
    xa_doctor_network(&d);
    xa_doctor_shell(&d);
    xa_doctor_files(&d);
    xa_doctor_tools(&d);
    if (json) {
        xa_json_close(&j, ']');
        xa_json_flag(&j, "ok", d.exit_status == 0);
        xa_json_close(&j, '}');
        xa_out_char(&o, '\n');
    }
    c->exit_status = d.exit_status;
    return xa_out_finish(&o, err);
}

bool xa_cmd_doctor(struct xa_client *c, struct xa_error *err)
{
    const char *stray = xa_options_stray(&c->opt, XA_OPTIONS(XA_OPT_JSON));
    if (xa_client_name(c, 0) != NULL)
        return xa_doctor_dest(c, err);
    if (stray != NULL) {
        xa_fail(err, XA_USAGE, "doctor: %s is of use with DEST only", stray);
        return xa_hint(err, "xacct help doctor");
    }
    return examine_machine(c, err);
}
