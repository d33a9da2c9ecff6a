#include "agent/accounts/documents.h"

#include <string.h>

#include "agent/accounts/details.h"
#include "agent/aws/query.h"

/* The actions that lead into a role, each in a statement of its own: a condition on what is
 * not sent with every call would refuse the others too (facts 9.5). */
static const struct {
    const char *action, *sid, *key;
} actions[] = {
    { "sts:AssumeRole", "XacctAssume", "assume" },
    { "sts:TagSession", "XacctTags", "tag" },
    { "sts:SetSourceIdentity", "XacctSourceIdentity", "identity" },
};

#define N_ACTIONS (sizeof actions / sizeof actions[0])

static size_t index_of(struct xa_slice action)
{
    size_t i = 0;
    while (i < N_ACTIONS && !xa_slice_is(action, actions[i].action))
        i++;
    return i;
}

const char *xa_grant_key(struct xa_slice action)
{
    size_t i = index_of(action);
    return i < N_ACTIONS ? actions[i].key : NULL;
}

/* --- JSON --------------------------------------------------------------------------------- */

static void put(struct xa_writer *w, const char *text)
{
    xa_write_bytes(w, text, strlen(text));
}

static void put_slice(struct xa_writer *w, struct xa_slice s)
{
    if (s.len > 0)
        xa_write_bytes(w, s.at, s.len);
}

static void put_string(struct xa_writer *w, struct xa_slice s)
{
    xa_write_u8(w, '"');
    put_slice(w, s);
    xa_write_u8(w, '"');
}

static void put_action(struct xa_writer *w, size_t i)
{
    put(w, "{\"Action\":\"");
    put(w, actions[i].action);
    put(w, "\"");
}

static void put_sid(struct xa_writer *w, size_t i)
{
    put(w, ",\"Sid\":\"");
    put(w, actions[i].sid);
    put(w, "\"}");
}

static void put_end(struct xa_writer *w)
{
    put(w, "],\"Version\":\"2012-10-17\"}");
}

static size_t length_of(const struct xa_writer *w)
{
    return w->bad ? 0 : w->len;
}

/* --- the role's ------------------------------------------------------------------------------ */

static void put_principal(struct xa_writer *w, const struct xa_trust_terms *t)
{
    put(w, ",\"Principal\":{\"AWS\":\"");
    switch (t->trust) {
    case XA_TRUST_USER:
        put_slice(w, t->user_arn);
        break;
    case XA_TRUST_ACCOUNT:
        put(w, "arn:");
        put_slice(w, t->partition);
        put(w, ":iam::");
        put_slice(w, t->account);
        put(w, ":root");
        break;
    case XA_TRUST_ORG:
        put(w, "*");
        break;
    }
    put(w, "\"}");
}

/* Conditions, in the order of their operators: what begins with Bool comes before For…
 * and String…, as sorted keys do. */
struct conditions { struct xa_writer *w; bool any; };

static void open_condition(struct conditions *c, const char *op)
{
    put(c->w, c->any ? "," : ",\"Condition\":{");
    c->any = true;
    put(c->w, "\"");
    put(c->w, op);
    put(c->w, "\":{");
}

static void close_conditions(struct conditions *c)
{
    if (c->any)
        put(c->w, "}");
}

static void put_mfa(struct conditions *c, const struct xa_trust_terms *t)
{
    if (!t->require_mfa)
        return;
    open_condition(c, "Bool");
    put(c->w, "\"aws:MultiFactorAuthPresent\":\"true\"}");
}

static void put_tag_keys(struct conditions *c, const struct xa_trust_terms *t)
{
    struct xa_slice tags = t->tags, tag, value;
    open_condition(c, "ForAllValues:StringEquals");
    put(c->w, "\"aws:TagKeys\":[");
    for (bool first = true; xa_list_item(&tags, &tag); first = false) {
        if (!first)
            put(c->w, ",");
        put_string(c->w, xa_tag_split(tag, &value));
    }
    put(c->w, "]}");
}

/* Keys of StringEquals, sorted: aws:PrincipalOrgID, sts:ExternalId, sts:SourceIdentity. */
static void put_equals(struct conditions *c, const struct xa_trust_terms *t, bool external_id,
                       bool source_identity)
{
    const struct { const char *key; struct xa_slice value; } rows[] = {
        { "aws:PrincipalOrgID", t->trust == XA_TRUST_ORG ? t->org : (struct xa_slice){ 0 } },
        { "sts:ExternalId", external_id ? t->external_id : (struct xa_slice){ 0 } },
        { "sts:SourceIdentity", source_identity ? t->source_identity : (struct xa_slice){ 0 } },
    };
    bool any = false;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].value.len == 0)
            continue;
        if (any)
            put(c->w, ",");
        else
            open_condition(c, "StringEquals");
        any = true;
        put(c->w, "\"");
        put(c->w, rows[i].key);
        put(c->w, "\":");
        put_string(c->w, rows[i].value);
    }
    if (any)
        put(c->w, "}");
}

static void put_trust(struct xa_writer *w, const struct xa_trust_terms *t, size_t i)
{
    struct conditions c = { w, false };
    put_action(w, i);
    if (i == 0)
        put_mfa(&c, t);
    if (i == 1)
        put_tag_keys(&c, t);
    put_equals(&c, t, i == 0, i == 2);
    close_conditions(&c);
    put(w, ",\"Effect\":\"Allow\"");
    put_principal(w, t);
    put_sid(w, i);
}

static bool wants(const struct xa_trust_terms *t, size_t i)
{
    return i == 0 || (i == 1 ? t->tags.len > 0 : t->source_identity.len > 0);
}

size_t xa_trust_document(const struct xa_trust_terms *terms, char *room, size_t cap)
{
    struct xa_writer w = xa_writer_init(room, cap);
    put(&w, "{\"Statement\":[");
    for (size_t i = 0; i < N_ACTIONS; i++) {
        if (!wants(terms, i))
            continue;
        if (i > 0)
            put(&w, ",");
        put_trust(&w, terms, i);
    }
    put_end(&w);
    return length_of(&w);
}

size_t xa_trust_statement(const struct xa_trust_terms *terms, const char *action, char *room,
                          size_t cap)
{
    struct xa_writer w = xa_writer_init(room, cap);
    size_t i = index_of(xa_slice_of(action));
    if (i == N_ACTIONS)
        return 0;
    put_trust(&w, terms, i);
    return length_of(&w);
}

/* --- the user's ------------------------------------------------------------------------------- */

static bool put_grant(struct xa_writer *w, struct xa_slice grants, size_t i)
{
    struct xa_detail line;
    bool any = false;
    while (xa_detail_next(&grants, &line)) {
        if (!xa_slice_is(line.key, actions[i].key))
            continue;
        if (any) {
            put(w, ",");
        } else {
            put_action(w, i);
            put(w, ",\"Effect\":\"Allow\",\"Resource\":[");
        }
        any = true;
        put_string(w, line.value);
    }
    if (!any)
        return false;
    put(w, "]");
    put_sid(w, i);
    return true;
}

size_t xa_source_document(struct xa_slice grants, char *room, size_t cap)
{
    struct xa_writer w = xa_writer_init(room, cap);
    bool any = false;
    put(&w, "{\"Statement\":[");
    for (size_t i = 0; i < N_ACTIONS; i++) {
        struct xa_writer before = w;
        if (any)
            put(&w, ",");
        if (put_grant(&w, grants, i))
            any = true;
        else
            w = before;
    }
    put_end(&w);
    return length_of(&w);
}

size_t xa_source_statement(struct xa_slice grants, const char *action, char *room, size_t cap)
{
    struct xa_writer w = xa_writer_init(room, cap);
    size_t i = index_of(xa_slice_of(action));
    return i < N_ACTIONS && put_grant(&w, grants, i) ? length_of(&w) : 0;
}
