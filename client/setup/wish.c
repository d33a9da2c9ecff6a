/* From the command line, or a row of a table, to what is asked of the agent. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/asking/ask.h"
#include "client/asking/mfa.h"
#include "client/base/room.h"
#include "client/requests/entries.h"
#include "client/requests/request.h"
#include "client/requests/wish_limits.h"
#include "client/setup/setup.h"
#include "proto/ini.h"

/* The code of --mfa-token, which is read once for all rows. */
static struct { char digits[XA_MFA_CODE_LEN + 1]; bool taken; } code;

static bool take_code(struct xa_client *c, struct xa_slice *ret, struct xa_error *err)
{
    struct xa_slice given = xa_slice_of(c->opt.mfa_token);
    if (c->opt.mfa_token == NULL)
        return true;
    if (!code.taken) {
        bool piped = xa_slice_is(given, "-");
        if (piped && !xa_ask_descriptor(c, STDIN_FILENO, "--mfa-token", &xa_room.again, err))
            return false;
        bool ok = xa_mfa_digits(piped ? xa_phrase_slice(&xa_room.again) : given, code.digits);
        xa_phrase_wipe(&xa_room.again);
        if (!ok)
            return xa_fail(err, XA_USAGE, "--mfa-token: an MFA code has %d digits",
                           XA_MFA_CODE_LEN);
        code.taken = true;
    }
    *ret = xa_slice_of(code.digits);
    return true;
}

#define TEXT_OF(s, member) \
    xa_slice_of((s)->opt->member != NULL ? (s)->opt->member : (s)->client->opt.member)
#define NUMBER_OF(s, member) \
    ((s)->opt->member != 0 ? (s)->opt->member : (s)->client->opt.member)

static bool has(const struct xa_setup *s, enum xa_option_id option)
{
    return xa_options_has(s->opt, option) || xa_options_has(&s->client->opt, option);
}

static bool take_trust(struct xa_setup *s, struct xa_error *err)
{
    struct xa_slice who = TEXT_OF(s, trust);
    s->ask.org = TEXT_OF(s, org);
    if (who.len == 0 || xa_slice_is(who, "user"))
        s->ask.trust = XA_TRUST_USER;
    else if (xa_slice_is(who, "account"))
        s->ask.trust = XA_TRUST_ACCOUNT;
    else if (xa_slice_is(who, "org"))
        s->ask.trust = XA_TRUST_ORG;
    else
        return xa_fail(err, XA_USAGE, "--trust %.*s: it is user, account or org", (int)who.len,
                       (const char *)who.at);
    if (s->ask.trust == XA_TRUST_ORG && s->ask.org.len == 0)
        return xa_fail(err, XA_USAGE, "--trust org: which organization? --org o-…");
    return s->ask.trust == XA_TRUST_ORG || s->ask.org.len == 0 ||
           xa_fail(err, XA_USAGE, "--org goes with --trust org");
}

struct finding { struct xa_setup *setup; bool found; };

/* An ARN has the role's path, which its name alone may not have. */
static struct xa_slice with_path(const struct xa_list_entry *e)
{
    static const char before[] = ":role/";
    const uint8_t *at = e->arn.len > 0 ? memmem(e->arn.at, e->arn.len, before, 6) : NULL;
    if (at == NULL)
        return e->role;
    return (struct xa_slice){ at + 6, e->arn.len - (size_t)(at + 6 - e->arn.at) };
}

static void on_entry(const struct xa_list_entry *e, void *ctx)
{
    struct finding *f = ctx;
    struct xa_setup *s = f->setup;
    if (e->kind != XA_ENTRY_DEST || e->is_profile || !xa_slice_is(e->name, s->dest) ||
        e->account.len == 0 || e->role.len == 0)
        return;
    f->found = xa_slice_copy(e->account, s->account, sizeof s->account) &&
               xa_slice_copy(with_path(e), s->role, sizeof s->role);
}

/* A destination that is configured says itself where its role is. */
static bool find_role(struct xa_setup *s, struct xa_error *err)
{
    struct finding f = { s, false };
    if (!xa_entries_each(s->client, on_entry, &f, err))
        return false;
    if (f.found)
        return true;
    xa_fail(err, XA_USAGE, "setup %s: which account and role? --account ID --role NAME", s->dest);
    return xa_hint(err, "xacct help setup");
}

static bool take_role(struct xa_setup *s, struct xa_error *err)
{
    struct xa_slice account = TEXT_OF(s, account), role = TEXT_OF(s, role), path = TEXT_OF(s, path);
    if (account.len == 0 && role.len == 0)
        return path.len == 0 ? find_role(s, err)
                             : xa_fail(err, XA_USAGE, "--path goes with --role");
    if (account.len == 0 || role.len == 0)
        return xa_fail(err, XA_USAGE, "setup %s: --%s is missing", s->dest,
                       role.len == 0 ? "role" : "account");
    if (path.len > 0 && (path.at[0] != '/' || path.at[path.len - 1] != '/'))
        return xa_fail(err, XA_USAGE, "--path %.*s: it begins and ends with /", (int)path.len,
                       (const char *)path.at);
    if (role.len > XA_ROLE_NAME_MAX + (path.len == 0 ? XA_ROLE_PATH_MAX : 0) ||
        path.len + role.len >= sizeof s->role || !xa_slice_copy(account, s->account,
                                                                sizeof s->account))
        return xa_fail(err, XA_USAGE, "the role's name is longer than the %d that AWS takes",
                       XA_ROLE_NAME_MAX);
    snprintf(s->role, sizeof s->role, "%.*s%.*s", (int)path.len,
             path.len > 0 ? (const char *)path.at : "", (int)role.len, (const char *)role.at);
    return true;
}

static bool check(const struct xa_setup *s, struct xa_error *err)
{
    const struct xa_wish *w = &s->ask.wish;
    const char *external_id = (const char *)w->external_id.at, *tags = (const char *)w->tags.at,
               *identity = (const char *)w->source_identity.at;
    return (w->external_id.len == 0 ||
            xa_limit_word("external-id", external_id, "+=,.@:/-", err)) &&
           (w->source_identity.len == 0 || xa_limit_source_identity(identity, err)) &&
           (w->tags.len == 0 || xa_limit_tags(tags, err));
}

bool xa_setup_fill(struct xa_setup *s, struct xa_client *c, const char *dest,
                   const struct xa_options *row, struct xa_error *err)
{
    memset(s, 0, sizeof *s);
    s->client = c;
    s->opt = row;
    if (!xa_name_valid(xa_slice_of(dest)) ||
        !xa_slice_copy(xa_slice_of(dest), s->dest, sizeof s->dest))
        return xa_fail(err, XA_USAGE, "'%s' is no name: letters, digits and _.@:+/%%-, at most %d, "
                       "a letter, digit or _ first", dest, XA_NAME_MAX);
    s->ask = (struct xa_task_request){
        .wish = {
            .name = xa_slice_of(s->dest),
            .source = TEXT_OF(s, source),
            .region = TEXT_OF(s, region),
            .duration_s = NUMBER_OF(s, duration_s),
            .external_id = TEXT_OF(s, external_id),
            .tags = TEXT_OF(s, tags),
            .source_identity = TEXT_OF(s, source_identity),
        },
        .permissions = TEXT_OF(s, permissions),
        .policy_name = TEXT_OF(s, policy_name),
        .dest_admin = TEXT_OF(s, dest_admin),
        .source_admin = TEXT_OF(s, source_admin),
        .max_duration_s = NUMBER_OF(s, max_duration_s),
        .require_mfa = has(s, XA_OPT_REQUIRE_MFA),
        .undo = xa_options_has(&c->opt, XA_OPT_UNDO),
    };
    if (!check(s, err) || !take_trust(s, err) || !take_role(s, err) ||
        !take_code(c, &s->ask.wish.mfa_code, err))
        return false;
    s->ask.account = xa_slice_of(s->account);
    s->ask.wish.role = xa_slice_of(s->role);
    return true;
}

/* --- the plan ------------------------------------------------------------------------------- */

/* The room of answers is used again by the next request. */
static void keep(struct xa_setup *s)
{
    struct xa_setup_plan_result *p = &s->plan;
    struct xa_slice *const texts[] = {
        &p->role_arn, &p->role_name, &p->role_path, &p->account, &p->trust_policy,
        &p->permissions, &p->source, &p->user_name, &p->user_arn, &p->source_policy_arn,
        &p->policy_name, &p->source_policy, &p->external_id, &p->region, &p->items,
    };
    memcpy(s->plan_room, xa_result_room.reply, sizeof s->plan_room);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i]->len > 0)
            texts[i]->at = s->plan_room + (texts[i]->at - xa_result_room.reply);
}

bool xa_setup_get_plan(struct xa_setup *s, struct xa_error *err)
{
    struct xa_call call = { XA_SETUP_PLAN, &xa_msg_setup, &s->ask, &s->ask.asking,
                            &xa_msg_setup_plan_result, &s->plan, NULL };
    struct xa_item item;
    if (!xa_request(s->client, &call, err))
        return false;
    keep(s);
    struct xa_slice rest = s->plan.items;
    while (xa_setup_reason(&rest, "dest", &item))
        s->dest_is_there = true;
    return true;
}

bool xa_setup_reason(struct xa_slice *rest, const char *about, struct xa_item *ret)
{
    struct xa_error unsaid;
    while (xa_list_next(rest, &xa_msg_item, ret, &unsaid))
        if (about == NULL || xa_slice_is(ret->subject, about))
            return true;
    return false;
}

struct xa_slice xa_setup_source_account(const struct xa_setup *s)
{
    struct xa_slice arn = s->plan.user_arn;
    for (int i = 0; i < 4; i++)
        (void)xa_slice_cut(&arn, ':');
    return xa_slice_cut(&arn, ':');
}
