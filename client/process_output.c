#include "client/process_output.h"

#include <string.h>

#include "client/clock.h"
#include "proto/limits.h"

enum member { VERSION, ACCESS_KEY_ID, SECRET, SESSION_TOKEN, TOKEN, EXPIRATION, N_MEMBERS };

static const char *const names[N_MEMBERS] = {
    "Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Token", "Expiration",
};

/* What is left to read; bad is sticky. */
struct reader { uint8_t *at, *end; bool bad; };

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

/* --- JSON (RFC 8259) ------------------------------------------------------------ */

static int peek(const struct reader *r)
{
    return r->bad || r->at == r->end ? -1 : *r->at;
}

static void skip_blanks(struct reader *r)
{
    while (peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\n' || peek(r) == '\r')
        r->at++;
}

static void expect(struct reader *r, const char *text)
{
    size_t n = strlen(text);
    if (r->bad || (size_t)(r->end - r->at) < n || memcmp(r->at, text, n) != 0)
        r->bad = true;
    else
        r->at += n;
}

/* True, and past it, if c comes next. */
static bool take(struct reader *r, char c)
{
    skip_blanks(r);
    if (peek(r) != c)
        return false;
    r->at++;
    return true;
}

static unsigned take_hex(struct reader *r)
{
    unsigned v = 0;
    for (int i = 0; i < 4; i++) {
        int c = peek(r);
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0) {
            r->bad = true;
            return 0;
        }
        v = v << 4 | (unsigned)digit;
        r->at++;
    }
    return v;
}

/* What is written is never longer than the escape that it stands for. */
static uint8_t *put_utf8(uint8_t *to, unsigned c)
{
    if (c < 0x80) {
        *to++ = (uint8_t)c;
    } else if (c < 0x800) {
        *to++ = (uint8_t)(0xc0 | c >> 6);
        *to++ = (uint8_t)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *to++ = (uint8_t)(0xe0 | c >> 12);
        *to++ = (uint8_t)(0x80 | (c >> 6 & 63));
        *to++ = (uint8_t)(0x80 | (c & 63));
    } else {
        *to++ = (uint8_t)(0xf0 | c >> 18);
        *to++ = (uint8_t)(0x80 | (c >> 12 & 63));
        *to++ = (uint8_t)(0x80 | (c >> 6 & 63));
        *to++ = (uint8_t)(0x80 | (c & 63));
    }
    return to;
}

/* What follows "\u": one unit, or two that make one character. */
static uint8_t *unescape_unicode(struct reader *r, uint8_t *to)
{
    unsigned c = take_hex(r);
    if (c >= 0xdc00 && c <= 0xdfff)
        r->bad = true;
    if (c >= 0xd800 && c <= 0xdbff) {
        expect(r, "\\u");
        unsigned low = take_hex(r);
        if (low < 0xdc00 || low > 0xdfff)
            r->bad = true;
        else
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    return r->bad ? to : put_utf8(to, c);
}

static uint8_t *unescape(struct reader *r, uint8_t *to)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    int c = peek(r);
    const char *p = c > 0 ? strchr(letters, c) : NULL;
    if (c == 'u') {
        r->at++;
        return unescape_unicode(r, to);
    }
    if (p == NULL) {
        r->bad = true;
        return to;
    }
    r->at++;
    *to = (uint8_t)meant[p - letters];
    return to + 1;
}

static struct xa_slice take_string(struct reader *r)
{
    expect(r, "\"");
    uint8_t *start = r->at, *to = start;
    for (;;) {
        int c = peek(r);
        if (c < 0x20) {
            r->bad = true;
            return (struct xa_slice){ 0 };
        }
        r->at++;
        if (c == '"')
            return (struct xa_slice){ start, (size_t)(to - start) };
        if (c == '\\')
            to = unescape(r, to);
        else
            *to++ = (uint8_t)c;
    }
}

static size_t skip_digits(struct reader *r)
{
    const uint8_t *start = r->at;
    while (peek(r) >= '0' && peek(r) <= '9')
        r->at++;
    return (size_t)(r->at - start);
}

static void skip_digits_at_least_one(struct reader *r)
{
    if (skip_digits(r) == 0)
        r->bad = true;
}

static struct xa_slice take_number(struct reader *r)
{
    const uint8_t *start = r->at;
    if (peek(r) == '-')
        r->at++;
    if (peek(r) == '0')
        r->at++;
    else
        skip_digits_at_least_one(r);
    if (peek(r) == '.') {
        r->at++;
        skip_digits_at_least_one(r);
    }
    if (peek(r) == 'e' || peek(r) == 'E') {
        r->at++;
        if (peek(r) == '+' || peek(r) == '-')
            r->at++;
        skip_digits_at_least_one(r);
    }
    return (struct xa_slice){ start, (size_t)(r->at - start) };
}

static void skip_value(struct reader *r, unsigned depth);

static void skip_nested(struct reader *r, unsigned depth)
{
    bool object = *r->at++ == '{';
    char end = object ? '}' : ']';
    if (depth == XA_PROCESS_OUTPUT_DEPTH)
        r->bad = true;
    if (r->bad || take(r, end))
        return;
    do {
        skip_blanks(r);
        if (object) {
            take_string(r);
            skip_blanks(r);
            expect(r, ":");
        }
        skip_value(r, depth + 1);
    } while (!r->bad && take(r, ','));
    if (!take(r, end))
        r->bad = true;
}

static void skip_value(struct reader *r, unsigned depth)
{
    skip_blanks(r);
    switch (peek(r)) {
    case '{': case '[': skip_nested(r, depth); return;
    case '"': take_string(r); return;
    case 't': expect(r, "true"); return;
    case 'f': expect(r, "false"); return;
    case 'n': expect(r, "null"); return;
    default: take_number(r);
    }
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
static bool take_member(struct reader *r, enum member m, struct found *f, struct xa_error *err)
{
    if (f->seen[m])
        return fail(err, "it prints a second ", names[m]);
    f->seen[m] = true;
    skip_blanks(r);
    int c = peek(r);
    if (c == 'n')
        expect(r, "null");
    else if (m == VERSION && (c == '-' || (c >= '0' && c <= '9')))
        f->value[m] = take_number(r);
    else if (m != VERSION && c == '"')
        f->value[m] = take_string(r);
    else
        return fail(err, "it prints a value of another kind as ", names[m]);
    return true;
}

static bool take_object(struct reader *r, struct found *f, struct xa_error *err)
{
    if (!take(r, '{'))
        return fail(err, "what it prints does not begin with '{'", "");
    bool more = !take(r, '}');
    while (more && !r->bad) {
        skip_blanks(r);
        enum member m = member_of(take_string(r));
        skip_blanks(r);
        expect(r, ":");
        if (r->bad)
            break;
        if (m == N_MEMBERS)
            skip_value(r, 1);
        else if (!take_member(r, m, f, err))
            return false;
        more = take(r, ',');
        if (!more && !take(r, '}'))
            r->bad = true;
    }
    skip_blanks(r);
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
    struct reader r = { text, text + len, false };
    struct found f = { 0 };
    return take_object(&r, &f, err) && judge(&f, now_s, ret, err);
}
