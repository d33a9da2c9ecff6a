/* Making it: the agent's work, then the proof that the role can be had, then the configuration. */
#include "client/base/json.h"
#include "client/requests/request.h"
#include "client/setup/steps.h"

/* Where the configuration wants no role but its own, the destination is written first. */
static bool prove_and_add(struct xa_setup *s, struct xa_error *err)
{
    if (s->dest_is_there) {
        if (!xa_setup_prove(s, true, err))
            return false;
        xa_setup_say(s, "as it should be: [dest %s]", s->dest);
        return true;
    }
    bool proven = xa_setup_prove(s, false, err);
    if (!proven && err->code != XA_POLICY)
        return false;
    return xa_setup_add_dest(s, err) && (proven || xa_setup_prove(s, true, err));
}

/* What AWS says no to stands now: it can be completed, or taken back. */
static bool explain(struct xa_error *err)
{
    static const enum xa_code of_aws[] = {
        XA_AWS_REFUSED, XA_AWS_THROTTLED, XA_BAD_REPLY, XA_UNREACHABLE, XA_TIMED_OUT,
        XA_CERTIFICATE, XA_OTHER_ACCOUNT,
    };
    for (size_t i = 0; i < sizeof of_aws / sizeof of_aws[0]; i++)
        if (err->code == of_aws[i])
            return xa_hint(err, "the same command again: it changes nothing twice; or with --undo in "
                           "place of --apply, to take it back");
    return false;
}

static bool get_url(struct xa_setup *s, struct xa_switch_url_result *ret, struct xa_error *err)
{
    struct xa_credentials ask = { .wish = { .name = xa_slice_of(s->dest) } };
    struct xa_call call = { XA_SWITCH_URL, &xa_msg_switch_url, &ask, NULL,
                            &xa_msg_switch_url_result, ret, NULL };
    return xa_request(s->client, &call, err);
}

void xa_setup_put_result(struct xa_out *o, const struct xa_setup *s, struct xa_slice url)
{
    struct xa_json j = xa_json_begin(o);
    xa_json_open(&j, NULL, '{');
    xa_json_text(&j, "name", xa_slice_of(s->dest));
    xa_json_text(&j, "account", xa_slice_of(s->account));
    xa_json_text(&j, "role_arn", s->plan.role_arn);
    xa_json_flag(&j, "changed", s->changed);
    xa_json_raw(&j, "items", xa_setup_gathered());
    xa_json_text(&j, "arn", xa_slice_of(s->proven_arn));
    xa_json_text(&j, "url", url);
    xa_json_close(&j, '}');
    xa_out_char(o, '\n');
}

static void put_ways(struct xa_out *o, const struct xa_setup *s, struct xa_slice url)
{
    xa_out_format(o, "%s: ", s->dest);
    xa_out_text(o, s->proven_arn);
    xa_out_text(o, "\n\nin a browser, signed in to the source account:\n  ");
    xa_out_slice(o, url);
    xa_out_format(o, "\nin a shell:\n  eval $(xacct env %s)\n"
                  "for one program:\n  xacct exec %s -- …\n"
                  "for every program that reads ~/.aws/config, by credential_process:\n"
                  "  xacct aws-config --write %s\n", s->dest, s->dest, s->dest);
}

/* The text of a link is foreign until then: the answer's room is not the output's. */
static bool print_end(struct xa_setup *s, struct xa_error *err)
{
    bool json = xa_options_has(&s->client->opt, XA_OPT_JSON);
    struct xa_switch_url_result url;
    if ((!json && xa_setup_is_quiet(s)) || s->client->opt.from != NULL)
        return true;
    if (!get_url(s, &url, err))
        return false;
    struct xa_out o = xa_out_stdout(false);
    if (json)
        xa_setup_put_result(&o, s, url.url);
    else
        put_ways(&o, s, url.url);
    return xa_out_finish(&o, err);
}

bool xa_setup_apply(struct xa_setup *s, struct xa_error *err)
{
    xa_setup_summary(s);
    if (!xa_setup_work(s, err))
        return false;
    if (!prove_and_add(s, err))
        return explain(err);
    if (!s->changed)
        xa_setup_say(s, "nothing to change");
    return print_end(s, err);
}
