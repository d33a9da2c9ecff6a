#include "agent/accounts/doctor/trust.h"

#include <string.h>

/* --- whom a statement means -------------------------------------------------------------- */

enum bond { NOBODY, GHOST, BY_ACCOUNT, BY_NAME };

static bool is_id_of(struct xa_slice value, const char *kind)
{
    return value.len == 21 && memcmp(value.at, kind, 4) == 0 &&
           memchr(value.at, ':', value.len) == NULL;
}

/* arn:PARTITION:iam::ACCOUNT:root, or the account's number alone. */
static bool is_account(struct xa_slice value, const struct xa_trust_call *call)
{
    if (xa_slice_same(value, call->account))
        return true;
    struct xa_slice arn = xa_slice_cut(&value, ':'), partition = xa_slice_cut(&value, ':');
    struct xa_slice service = xa_slice_cut(&value, ':'), region = xa_slice_cut(&value, ':');
    struct xa_slice account = xa_slice_cut(&value, ':');
    return xa_slice_is(arn, "arn") && xa_slice_same(partition, call->partition) &&
           xa_slice_is(service, "iam") && region.len == 0 &&
           xa_slice_same(account, call->account) && xa_slice_is(value, "root");
}

static enum bond bond_of(struct xa_slice type, struct xa_slice value,
                         const struct xa_trust_call *call)
{
    bool anybody = xa_slice_is(value, "*") && (xa_slice_is(type, "AWS") || xa_slice_is(type, "*"));
    if (anybody)
        return BY_ACCOUNT;
    if (!xa_slice_is(type, "AWS") || value.len == 0)
        return NOBODY;
    if (xa_slice_same(value, call->principal_arn) ||
        (call->session_arn.len > 0 && xa_slice_same(value, call->session_arn)) ||
        (call->unique_id.len > 0 && xa_slice_same(value, call->unique_id)))
        return BY_NAME;
    if (is_account(value, call))
        return BY_ACCOUNT;
    return is_id_of(value, "AIDA") || is_id_of(value, "AROA") ? GHOST : NOBODY;
}

/* NotPrincipal means everybody but those it names. *ret_first: for people. */
static enum bond whom(const struct xa_statement *statement, const struct xa_trust_call *call,
                      struct xa_slice *ret_first)
{
    struct xa_slice rest = statement->lines;
    struct xa_detail line;
    enum bond best = NOBODY;
    bool others = false;
    *ret_first = (struct xa_slice){ 0 };
    while (xa_detail_next(&rest, &line)) {
        bool except = xa_slice_is(line.key, "notprincipal");
        if (!except && !xa_slice_is(line.key, "principal"))
            continue;
        struct xa_slice value = line.value, type = xa_slice_cut(&value, ' ');
        enum bond bond = bond_of(type, value, call);
        others = others || except;
        if (ret_first->len == 0)
            *ret_first = value;
        if (bond > best)
            best = bond;
    }
    if (others)
        return best > GHOST ? NOBODY : BY_ACCOUNT;
    return best;
}

static bool is_about(const struct xa_statement *statement, struct xa_slice action)
{
    struct xa_slice rest = statement->lines;
    struct xa_detail line;
    bool others = false;
    while (xa_detail_next(&rest, &line))
        others = others || xa_slice_is(line.key, "notaction");
    return others ? !xa_statement_matches(statement, "notaction", action, true)
                  : xa_statement_matches(statement, "action", action, true);
}

/* --- the nearest ------------------------------------------------------------------------- */

struct weighing {
    const struct xa_trust_call *call;
    struct xa_trust_finding *best;
    unsigned failing;                  /* conditions of the best that do not hold         */
};

static enum xa_trust_answer answer_of(enum bond bond, enum xa_truth conditions)
{
    if (bond <= GHOST)
        return bond == GHOST ? XA_TRUST_NAMES_A_GHOST : XA_TRUST_NAMES_OTHERS;
    return conditions == XA_TRUE ? XA_TRUST_LETS_IN
         : conditions == XA_FALSE ? XA_TRUST_WANTS_ELSE : XA_TRUST_UNCLEAR;
}

/* How near a statement comes to letting the caller in. */
static int nearness(enum xa_trust_answer answer)
{
    switch (answer) {
    case XA_TRUST_LETS_IN: return 5;
    case XA_TRUST_UNCLEAR: return 4;
    case XA_TRUST_WANTS_ELSE: return 3;
    case XA_TRUST_NAMES_A_GHOST: return 2;
    case XA_TRUST_NAMES_OTHERS: return 1;
    case XA_TRUST_NAMES_NOBODY:
    case XA_TRUST_DENIES:
        break;
    }
    return 0;
}

static void weigh_allow(struct weighing *w, const struct xa_statement *statement)
{
    struct xa_trust_finding f = { .sid = statement->sid, .maybe_denied = w->best->maybe_denied };
    enum bond bond = whom(statement, w->call, &f.principal);
    enum xa_truth truth = xa_conditions_hold(statement, w->call, &f.fault);
    unsigned failing = xa_conditions_failing(statement, w->call);
    f.answer = answer_of(bond, truth);
    f.by_name = w->best->by_name || (bond == BY_NAME && truth == XA_TRUE);
    w->best->by_name = f.by_name;
    int near = nearness(f.answer), before = nearness(w->best->answer);
    if (near < before || (near == before && failing >= w->failing))
        return;
    *w->best = f;
    w->failing = failing;
}

/* What holds of a denial is its condition: the first is what to change. */
static void note_first_condition(const struct xa_statement *statement, struct xa_trust_fault *ret)
{
    struct xa_slice rest = statement->lines;
    struct xa_detail line;
    struct xa_condition c;
    while (xa_detail_next(&rest, &line))
        if (xa_condition_of(&line, &c)) {
            *ret = (struct xa_trust_fault){ c.op, c.key, { 0 }, c.value };
            return;
        }
}

/* True: it denies the call, and nothing else counts. */
static bool weigh_denial(struct weighing *w, const struct xa_statement *statement)
{
    struct xa_trust_finding f = { .answer = XA_TRUST_DENIES, .sid = statement->sid };
    if (whom(statement, w->call, &f.principal) <= GHOST)
        return false;
    enum xa_truth truth = xa_conditions_hold(statement, w->call, &f.fault);
    if (truth == XA_CANNOT_KNOW)
        w->best->maybe_denied = true;
    if (truth != XA_TRUE)
        return false;
    note_first_condition(statement, &f.fault);
    *w->best = f;
    return true;
}

void xa_trust_weigh(struct xa_slice policy, const char *action, const struct xa_trust_call *call,
                    struct xa_trust_finding *ret)
{
    size_t effort = XA_PATTERN_EFFORT;
    struct xa_trust_call bounded = *call;
    struct weighing w = { &bounded, ret, 0 };
    struct xa_statement statement;
    bounded.effort = &effort;
    *ret = (struct xa_trust_finding){ .answer = XA_TRUST_NAMES_NOBODY };
    if (xa_details_find(policy, "cut").len > 0) {
        ret->answer = XA_TRUST_UNCLEAR;            /* its statements are not there */
        return;
    }
    while (xa_statements_next(&policy, &statement)) {
        if (!is_about(&statement, xa_slice_of(action)))
            continue;
        if (statement.allows)
            weigh_allow(&w, &statement);
        else if (weigh_denial(&w, &statement))
            return;
    }
}
