#include "client/asking/process_output.h"

#include <string.h>

#include "client/base/clock.h"
#include "client/base/json_read.h"
#include "proto/limits.h"

enum member { VERSION, ACCESS_KEY_ID, SECRET, SESSION_TOKEN, TOKEN, EXPIRATION, N_MEMBERS };

static const char names[N_MEMBERS][16] = {
    "Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Token", "Expiration",
};

/* The members found: a string's text, or a number's digits. */
struct found {
    struct xa_slice value[N_MEMBERS];
    bool seen[N_MEMBERS];
};

static bool fail(struct xa_error *err, const char *what, const char *name)
{
    xa_fail(err, XA_IO, "credential_process: %s%s", what, name);
    return xa_hint(err, "%s", "");
}

/* --- the members ------------------------------------------------------------------ */

static enum member member_of(struct xa_slice key)
{
    unsigned i = 0;
    while (i < N_MEMBERS && !xa_slice_is(key, names[i]))
        i++;
    return (enum member)i;
}

/* A known one: Version is a number, the others are strings, or null. */
static bool take_member(struct xa_json_reader *r, enum member m, struct found *f,
                        struct xa_error *err)
{
    if (f->seen[m])
        return fail(err, "it prints a second ", names[m]);
    f->seen[m] = true;
    xa_json_blanks(r);
    int c = xa_json_peek(r);
    if (c == 'n')
        xa_json_expect(r, "null");
    else if (m == VERSION && (c == '-' || (c >= '0' && c <= '9')))
        f->value[m] = xa_json_take_number(r);
    else if (m != VERSION && c == '"')
        f->value[m] = xa_json_take_string(r);
    else
        return fail(err, "it prints a value of another kind as ", names[m]);
    return true;
}

static bool take_object(struct xa_json_reader *r, struct found *f, struct xa_error *err)
{
    if (!xa_json_take(r, '{'))
        return fail(err, "what it prints does not begin with '{'", "");
    bool more = !xa_json_take(r, '}');
    while (more && !r->bad) {
        xa_json_blanks(r);
        enum member m = member_of(xa_json_take_string(r));
        xa_json_blanks(r);
        xa_json_expect(r, ":");
        if (r->bad)
            break;
        if (m == N_MEMBERS)
            xa_json_skip(r, 1);
        else if (!take_member(r, m, f, err))
            return false;
        more = xa_json_take(r, ',');
        if (!more && !xa_json_take(r, '}'))
            r->bad = true;
    }
    xa_json_blanks(r);
    return (!r->bad && r->at == r->end) ||
           fail(err, "what it prints is not one JSON object", "");
}

/* --- what they say ------------------------------------------------------------------ */

static bool is_id(struct xa_slice s)
{
    bool ok = s.len >= XA_ACCESS_KEY_ID_MIN && s.len <= XA_ACCESS_KEY_ID_MAX;
    for (size_t i = 0; ok && i < s.len; i++) {
        uint8_t c = s.at[i];
        ok = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    }
    return ok;
}

static bool is_graphic(struct xa_slice s, size_t max)
{
    bool ok = s.len > 0 && s.len <= max;
    for (size_t i = 0; ok && i < s.len; i++)
        ok = s.at[i] > 0x20 && s.at[i] < 0x7f;
    return ok;
}

static bool take_token(const struct found *f, struct xa_slice *ret, struct xa_error *err)
{
    struct xa_slice a = f->value[SESSION_TOKEN], b = f->value[TOKEN];
    *ret = a.len > 0 ? a : b;
    if (a.len > 0 && b.len > 0 && (a.len != b.len || memcmp(a.at, b.at, a.len) != 0))
        return fail(err, "its SessionToken and its Token differ", "");
    return ret->len == 0 || is_graphic(*ret, XA_TOKEN_MAX) ||
           fail(err, "what it prints is not fit to be a ", names[SESSION_TOKEN]);
}

static bool take_expiry(const struct found *f, uint64_t now_s, uint64_t *ret, struct xa_error *err)
{
    char date[XA_UTC_SIZE];
    *ret = 0;
    if (f->value[EXPIRATION].len == 0)
        return true;
    if (!xa_clock_parse(f->value[EXPIRATION], ret))
        return fail(err, "what it prints is no date: ", names[EXPIRATION]);
    xa_clock_utc(*ret, date);
    return *ret > now_s || fail(err, "the credentials that it prints expired at ", date);
}

static bool judge(const struct found *f, uint64_t now_s, struct xa_foreign *ret,
                  struct xa_error *err)
{
    struct xa_slice id = f->value[ACCESS_KEY_ID], secret = f->value[SECRET];
    struct xa_foreign foreign = { .access_key_id = id, .secret = secret };
    for (unsigned m = VERSION; m <= SECRET; m++)
        if (f->value[m].len == 0)
            return fail(err, "it prints no ", names[m]);
    if (!xa_slice_is(f->value[VERSION], "1"))
        return fail(err, "it prints another Version than 1", "");
    if (!is_id(id))
        return fail(err, "what it prints is not fit to be an ", names[ACCESS_KEY_ID]);
    if (!is_graphic(secret, XA_SECRET_KEY_MAX))
        return fail(err, "what it prints is not fit to be a ", names[SECRET]);
    if (!take_token(f, &foreign.token, err) ||
        !take_expiry(f, now_s, &foreign.expires_at, err))
        return false;
    if (foreign.token.len == 0 && memcmp(id.at, "ASIA", 4) == 0)
        return fail(err, "it prints a temporary key without its ", names[SESSION_TOKEN]);
    *ret = foreign;
    return true;
}

bool xa_process_output_parse(uint8_t *text, size_t len, uint64_t now_s, struct xa_foreign *ret,
                             struct xa_error *err)
{
    struct xa_json_reader r = { text, text + len, false };
    struct found f = { 0 };
    return take_object(&r, &f, err) && judge(&f, now_s, ret, err);
}
