/* The proof that the role can be had: AWS is asked for it as it will be from then on. */
#include <stdio.h>
#include <string.h>

#include "client/base/clock.h"
#include "client/requests/expect.h"
#include "client/requests/request.h"
#include "client/requests/task.h"
#include "client/setup/steps.h"

#define PROOF_WAIT_MS 2000             /* facts 9.4 */
#define PROOF_MAX_MS 60000

static bool is_for_a_moment(const struct xa_error *err)
{
    return err->code == XA_AWS_THROTTLED ||
           (err->code == XA_AWS_REFUSED && (strcmp(err->aws_code, "AccessDenied") == 0 ||
                                            strcmp(err->aws_code, "InvalidClientTokenId") == 0));
}

/* As who the plan says, by the name of the destination once it is configured. */
static struct xa_credentials as_planned(const struct xa_setup *s, bool by_name)
{
    struct xa_credentials ask = { .wish = {
        .name = by_name ? xa_slice_of(s->dest) : s->plan.role_arn, .refresh = true,
        .mfa_code = s->ask.wish.mfa_code,
    } };
    if (by_name)
        return ask;
    ask.wish.source = s->plan.source;
    ask.wish.external_id = s->plan.external_id;
    ask.wish.tags = s->ask.wish.tags;
    ask.wish.source_identity = s->ask.wish.source_identity;
    return ask;
}

static bool request(struct xa_setup *s, bool by_name, bool of_person,
                    struct xa_whoami_result *ret, struct xa_error *err)
{
    struct xa_credentials ask = as_planned(s, by_name);
    struct xa_call call = { XA_WHOAMI, &xa_msg_whoami, &ask, of_person ? &ask.asking : NULL,
                            &xa_msg_whoami_result, ret, "asking AWS for the role …" };
    return xa_request(s->client, &call, err);
}

/* While a denial only says that AWS does not know the role yet, nobody is asked for a code
 * that it does not want. */
static bool request_when_needed(struct xa_setup *s, bool by_name, struct xa_whoami_result *ret,
                                struct xa_error *err)
{
    bool of_person = s->ask.require_mfa;
    if (request(s, by_name, of_person, ret, err))
        return true;
    return !of_person &&
           (err->code == XA_MFA_NEEDED || err->code == XA_LOCKED || err->code == XA_NOT_ASKED) &&
           request(s, by_name, true, ret, err);
}

static bool ask_once(struct xa_setup *s, bool by_name, struct xa_error *err)
{
    char wanted[XA_ACCOUNT_LEN + 1 + XA_ROLE_NAME_MAX + 1];
    struct xa_whoami_result r;
    if (!request_when_needed(s, by_name, &r, err))
        return false;
    snprintf(wanted, sizeof wanted, "%s/%.*s", s->account, (int)s->plan.role_name.len,
             (const char *)s->plan.role_name.at);
    return xa_expect_met(wanted, r.account, r.arn, err) &&
           (xa_slice_copy(r.arn, s->proven_arn, sizeof s->proven_arn) ||
            xa_fail(err, XA_BAD_REPLY, "AWS's answer is too long"));
}

bool xa_setup_prove(struct xa_setup *s, bool by_name, struct xa_error *err)
{
    int64_t end = xa_clock_ms() + PROOF_MAX_MS;
    while (!ask_once(s, by_name, err)) {
        if (!is_for_a_moment(err))
            return false;
        if (xa_clock_ms() + PROOF_WAIT_MS > end)
            return xa_why(err, "it is made as shown, and AWS still refuses it after a minute");
        xa_task_wait(s->client, "waiting until AWS knows the role in both accounts …",
                     PROOF_WAIT_MS);
    }
    return true;
}
