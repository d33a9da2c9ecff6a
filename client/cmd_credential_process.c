/* credential-process: what the SDKs run (facts 5.1). On success not a byte goes to
 * standard error: one SDK reads both as one. So a note of the agent is not shown either. */
#include "client/commands.h"
#include "client/requests/credentials.h"
#include "client/requests/plan_view.h"
#include "client/shell/formats.h"

bool xa_cmd_credential_process(struct xa_client *c, struct xa_error *err)
{
    struct xa_credentials_result r;
    xa_notes_off();
    if (xa_plan_wished(c))
        return xa_plan_show(c, err);
    if (!xa_plan_json_alone(c, err) || !xa_credentials_get(c, &r, err))
        return false;
    struct xa_out o = xa_out_stdout(true);
    xa_format_process(&o, &r);
    return xa_out_finish(&o, err);
}
