#include "client/requests/wish.h"

#include <string.h>
#include <unistd.h>

#include "client/asking/ask.h"
#include "client/asking/foreign.h"
#include "client/asking/mfa.h"
#include "client/awsfiles/aws_files.h"
#include "client/requests/expect.h"
#include "client/requests/policy_text.h"
#include "client/requests/wish_limits.h"
#include "proto/variables.h"

#define PROFILE_ROOM (16 * 1024)      /* twice what any usual chain takes */

/* What of a wish does not stand on the command line. */
static struct {
    char policy[XA_POLICY_MAX + 1];
    char mfa_code[XA_MFA_CODE_LEN + 1];
    uint8_t profile[PROFILE_ROOM];
} room;

static bool check_name(const char *name, struct xa_error *err)
{
    if (name[0] == '\0' || strlen(name) > XA_ARN_MAX || !xa_text_printable(xa_slice_of(name)))
        return xa_fail(err, XA_USAGE, "the name is empty, too long or not text");
    return true;
}

static bool check(const struct xa_options *o, struct xa_error *err)
{
    if (o->duration_s != 0 && o->min_ttl_s >= o->duration_s)
        return xa_fail(err, XA_USAGE, "--min-ttl (%u s) is not less than --duration (%u s)",
                       o->min_ttl_s, o->duration_s);
    if (xa_options_has(o, XA_OPT_READONLY) && (o->policy != NULL || o->policy_arns != NULL))
        return xa_fail(err, XA_USAGE, "--readonly is a policy of its own: not together with %s",
                       o->policy != NULL ? "--policy" : "--policy-arns");
    return (o->role == NULL || xa_limit_word("role", o->role, "+=,.@:/-", err)) &&
           (o->session_name == NULL ||
            xa_limit_word("session-name", o->session_name, "+=,.@-", err)) &&
           (o->external_id == NULL ||
            xa_limit_word("external-id", o->external_id, "+=,.@:/-", err)) &&
           (o->source_identity == NULL || xa_limit_source_identity(o->source_identity, err)) &&
           (o->tags == NULL || xa_limit_tags(o->tags, err)) &&
           (o->transitive_tags == NULL || xa_limit_tag_keys(o->transitive_tags, err)) &&
           (o->policy_arns == NULL || xa_limit_policy_arns(o->policy_arns, err)) &&
           (o->expect == NULL || xa_expect_valid(o->expect, err));
}

/* The value is never shown: it may be another secret, in the wrong place. */
bool xa_wish_code(struct xa_client *c, struct xa_slice *ret, struct xa_error *err)
{
    struct xa_slice given = xa_slice_of(c->opt.mfa_token);
    bool piped = xa_slice_is(given, "-");
    if (c->opt.mfa_token == NULL)
        return true;
    if (piped && !xa_ask_descriptor(c, STDIN_FILENO, "--mfa-token", &xa_room.again, err))
        return false;
    bool ok = xa_mfa_digits(piped ? xa_phrase_slice(&xa_room.again) : given, room.mfa_code);
    xa_phrase_wipe(&xa_room.again);
    *ret = xa_slice_of(room.mfa_code);
    return ok || xa_fail(err, XA_USAGE, "--mfa-token: an MFA code has %d digits", XA_MFA_CODE_LEN);
}

/* Without them the agent looks by itself, and no home is needed here. */
static bool take_profile(const char *name, struct xa_slice *ret, struct xa_error *err)
{
    struct xa_variable_wanted files[] = { { "AWS_CONFIG_FILE", NULL },
                                          { "AWS_SHARED_CREDENTIALS_FILE", NULL } };
    xa_variables_find(files, 2);
    if (files[0].value == NULL && files[1].value == NULL)
        return true;
    return xa_aws_files_profile(name, room.profile, sizeof room.profile, ret, err);
}

bool xa_wish_fill(struct xa_client *c, struct xa_wish *ret, struct xa_error *err)
{
    const struct xa_options *o = &c->opt;
    const char *name = xa_client_name(c, 0);
    struct xa_wish wish = {
        .name = xa_slice_of(name),
        .source = xa_slice_of(o->source),
        .region = xa_slice_of(o->region),
        .session_name = xa_slice_of(o->session_name),
        .external_id = xa_slice_of(o->external_id),
        .duration_s = o->duration_s,
        .min_left_s = o->min_ttl_s,
        .refresh = xa_options_has(o, XA_OPT_REFRESH),
        .role = xa_slice_of(o->role),
        .policy_arns = xa_slice_of(o->policy_arns),
        .tags = xa_slice_of(o->tags),
        .transitive_tags = xa_slice_of(o->transitive_tags),
        .source_identity = xa_slice_of(o->source_identity),
        .readonly = xa_options_has(o, XA_OPT_READONLY),
    };
    if (!xa_foreign_outside(err) || !check_name(name, err) || !check(o, err) ||
        (o->policy != NULL && !xa_policy_text(o->policy, room.policy, &wish.policy, err)) ||
        !take_profile(name, &wish.profile, err) ||
        !xa_wish_code(c, &wish.mfa_code, err))
        return false;
    *ret = wish;
    return true;
}
