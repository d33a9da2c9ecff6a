/* xacct's own configuration, in one line: `config check` tells more. */
#include "client/doctor/doctor.h"

#include "client/requests/request.h"

void xa_doctor_config(struct xa_doctor *d)
{
    struct xa_check_result r;
    struct xa_finding f;
    struct xa_error err;
    unsigned errors = 0, warnings = 0;
    struct xa_call call = { XA_CHECK, &xa_msg_empty, NULL, NULL, &xa_msg_check_result, &r, NULL };
    if (!d->reached) {
        xa_doctor_finds(d, XA_UNKNOWN, "configuration", NULL, "no agent that could read it");
        return;
    }
    if (!xa_request(d->client, &call, &err)) {
        xa_doctor_error(d, "configuration", &err);
        return;
    }
    while (xa_list_next(&r.findings, &xa_msg_finding, &f, &err)) {
        errors += f.severity == XA_SEVERITY_ERROR;
        warnings += f.severity == XA_SEVERITY_WARNING;
    }
    if (errors + warnings == 0) {
        xa_doctor_well(d, "configuration", "%.*s", (int)r.file.len, (const char *)r.file.at);
        return;
    }
    if (errors > 0 && d->exit_status == 0)
        d->exit_status = xa_code_exit(XA_BAD_CONFIG);
    xa_doctor_finds(d, errors > 0 ? XA_ILL : XA_DOUBTFUL, "configuration", "xacct config check",
                    "%u error%s and %u warning%s in %.*s", errors, errors == 1 ? "" : "s",
                    warnings, warnings == 1 ? "" : "s", (int)r.file.len,
                    (const char *)r.file.at);
}
