/* credential-process: what the SDKs run (facts 5.1). On success not a byte goes to
 * standard error: one SDK reads both as one. So a note of the agent is not shown either. */
#include "client/commands.h"
#include "client/credentials.h"
#include "client/json.h"
#include "client/plan_view.h"

bool xa_cmd_credential_process(struct xa_client *c, struct xa_error *err)
{
    struct xa_credentials_result r;
    xa_notes_off();
    if (xa_plan_wished(c))
        return xa_plan_show(c, err);
    if (!xa_plan_json_alone(c, err) || !xa_credentials_get(c, &r, err))
        return false;
    struct xa_out o = xa_out_stdout(true);
    struct xa_json j = xa_json_begin(&o);
    xa_json_open(&j, NULL, '{');
    xa_json_number(&j, "Version", 1);
    xa_json_text(&j, "AccessKeyId", r.access_key_id);
    xa_json_text(&j, "SecretAccessKey", r.secret);
    xa_json_text(&j, "SessionToken", r.token);
    xa_json_text(&j, "Token", r.token);    /* older aws-c-auth (facts 5.4) */
    xa_json_time(&j, "Expiration", r.expires_at);
    if (r.account.len > 0)
        xa_json_text(&j, "AccountId", r.account);
    xa_json_close(&j, '}');
    xa_out_char(&o, '\n');
    return xa_out_finish(&o, err);
}
