#include "agent/vault/sigv4_canon.h"

#include <sodium.h>
#include <string.h>

#include "agent/vault/hash.h"

static const char upper_hex[] = "0123456789ABCDEF";

static bool unreserved(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_' || c == '.' || c == '~';
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int hex_value(uint8_t c)
{
    c = lower(c);
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* --- the path ---------------------------------------------------------------- */

static void drop_segment(struct xa_canon *c)
{
    while (c->path_len > 0 && c->path[--c->path_len] != '/')
        continue;
}

static void add_segment(struct xa_canon *c, struct xa_slice segment)
{
    if (segment.len == 0 || xa_slice_is(segment, "."))
        return;
    if (xa_slice_is(segment, "..")) {
        drop_segment(c);
        return;
    }
    c->path[c->path_len++] = '/';
    memcpy(c->path + c->path_len, segment.at, segment.len);
    c->path_len += segment.len;
}

/* A slash at the end stays, but "/a/." does not gain one: as botocore has it. */
static void normalize(struct xa_canon *c, struct xa_slice path)
{
    size_t start = 0;
    for (size_t i = 0; i <= path.len; i++) {
        if (i < path.len && path.at[i] != '/')
            continue;
        add_segment(c, (struct xa_slice){ path.at + start, i - start });
        start = i + 1;
    }
    if (c->path_len == 0 || path.at[path.len - 1] == '/')
        c->path[c->path_len++] = '/';
}

static void take_path(struct xa_canon *c, const struct xa_sigv4_request *request)
{
    struct xa_slice path = request->path.len > 0 ? request->path : xa_slice_of("/");
    if (path.len > XA_URL_MAX || path.at[0] != '/') {
        c->bad = true;
    } else if (request->normalize_path) {
        normalize(c, path);
    } else {
        memcpy(c->path, path.at, path.len);
        c->path_len = path.len;
    }
}

/* --- the query --------------------------------------------------------------- */

/* Yields a parameter byte by byte in its canonical form: what was encoded is
 * decoded first, so that "%7e", "%7E" and "~" are one. */
struct encoded {
    struct xa_slice rest;
    bool literal;
    char waiting[2];
    size_t n_waiting;
};

static uint8_t next_decoded(struct encoded *e)
{
    const uint8_t *p = e->rest.at;
    int high = -1, low = -1;
    if (!e->literal && p[0] == '%' && e->rest.len >= 3) {
        high = hex_value(p[1]);
        low = hex_value(p[2]);
    }
    size_t n = high >= 0 && low >= 0 ? 3 : 1;
    e->rest.at += n;
    e->rest.len -= n;
    return n == 3 ? (uint8_t)(high << 4 | low) : p[0];
}

/* The next byte, or -1 at the end. */
static int next_encoded(struct encoded *e)
{
    if (e->n_waiting > 0)
        return (uint8_t)e->waiting[--e->n_waiting];
    if (e->rest.len == 0)
        return -1;
    uint8_t c = next_decoded(e);
    if (unreserved(c))
        return c;
    e->waiting[1] = upper_hex[c >> 4];
    e->waiting[0] = upper_hex[c & 15];
    e->n_waiting = 2;
    return '%';
}

static int compare_encoded(struct xa_slice a, bool a_literal, struct xa_slice b, bool b_literal)
{
    struct encoded x = { .rest = a, .literal = a_literal };
    struct encoded y = { .rest = b, .literal = b_literal };
    int p, q;
    do {
        p = next_encoded(&x);
        q = next_encoded(&y);
    } while (p == q && p >= 0);
    return p - q;
}

static int compare_params(const struct xa_canon_param *a, const struct xa_canon_param *b)
{
    int order = compare_encoded(a->name, a->literal, b->name, b->literal);
    return order != 0 ? order : compare_encoded(a->value, a->literal, b->value, b->literal);
}

static void insert_param(struct xa_canon *c, struct xa_canon_param param)
{
    if (c->n_params == sizeof c->params / sizeof c->params[0]) {
        c->bad = true;
        return;
    }
    size_t i = c->n_params++;
    for (; i > 0 && compare_params(&c->params[i - 1], &param) > 0; i--)
        c->params[i] = c->params[i - 1];
    c->params[i] = param;
}

void xa_canon_param(struct xa_canon *c, const char *name, struct xa_slice value)
{
    insert_param(c, (struct xa_canon_param){ xa_slice_of(name), value, true });
}

static void take_param(struct xa_canon *c, struct xa_slice text)
{
    if (text.len == 0)
        return;
    const uint8_t *equals = memchr(text.at, '=', text.len);
    size_t name_len = equals != NULL ? (size_t)(equals - text.at) : text.len;
    size_t skip = equals != NULL ? name_len + 1 : name_len;
    struct xa_canon_param param = {
        { text.at, name_len }, { text.at + skip, text.len - skip }, false };
    if (c->n_params == XA_SIGV4_PARAMS_MAX)
        c->bad = true;
    else
        insert_param(c, param);
}

static void take_query(struct xa_canon *c, struct xa_slice query)
{
    size_t start = 0;
    for (size_t i = 0; query.len > 0 && i <= query.len; i++) {
        if (i < query.len && query.at[i] != '&')
            continue;
        take_param(c, (struct xa_slice){ query.at + start, i - start });
        start = i + 1;
    }
}

/* --- the headers ------------------------------------------------------------- */

static int compare_names(struct xa_slice a, struct xa_slice b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return lower(a.at[i]) - lower(b.at[i]);
    return (a.len > b.len) - (a.len < b.len);
}

/* Stable: headers of one name keep the order in which they are sent. */
static void insert_header(struct xa_canon *c, struct xa_sigv4_header header)
{
    if (c->n_headers == sizeof c->headers / sizeof c->headers[0]) {
        c->bad = true;
        return;
    }
    size_t i = c->n_headers++;
    for (; i > 0 && compare_names(c->headers[i - 1].name, header.name) > 0; i--)
        c->headers[i] = c->headers[i - 1];
    c->headers[i] = header;
}

void xa_canon_header(struct xa_canon *c, const char *name, struct xa_slice value)
{
    insert_header(c, (struct xa_sigv4_header){ xa_slice_of(name), value });
}

static bool continues(const struct xa_canon *c, size_t i)
{
    return i > 0 && compare_names(c->headers[i - 1].name, c->headers[i].name) == 0;
}

void xa_canon_names(struct xa_canon *c)
{
    struct xa_writer w = xa_writer_init(c->signed_headers, XA_SIGV4_SIGNED_HEADERS_MAX);
    for (size_t i = 0; i < c->n_headers; i++) {
        if (continues(c, i))
            continue;
        if (i > 0)
            xa_write_u8(&w, ';');
        for (size_t k = 0; k < c->headers[i].name.len; k++)
            xa_write_u8(&w, lower(c->headers[i].name.at[k]));
    }
    c->signed_headers[w.len] = '\0';
    c->bad = c->bad || w.bad;
}

void xa_canon_init(struct xa_canon *c, const struct xa_sigv4_request *request)
{
    memset(c, 0, sizeof *c);
    c->method = request->method;
    take_path(c, request);
    take_query(c, request->query);
    c->bad = c->bad || request->n_headers > XA_SIGV4_HEADERS_MAX;
    for (size_t i = 0; !c->bad && i < request->n_headers; i++)
        insert_header(c, request->headers[i]);
}

/* --- the hash ---------------------------------------------------------------- */

/* Collects single bytes for SHA-256. */
struct sink {
    crypto_hash_sha256_state state;
    uint8_t room[256];
    size_t len;
};

static void flush(struct sink *s)
{
    crypto_hash_sha256_update(&s->state, s->room, s->len);
    s->len = 0;
}

static void put(struct sink *s, uint8_t c)
{
    if (s->len == sizeof s->room)
        flush(s);
    s->room[s->len++] = c;
}

static void put_slice(struct sink *s, struct xa_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        put(s, text.at[i]);
}

static void put_encoded(struct sink *s, struct xa_slice text, bool literal)
{
    struct encoded e = { .rest = text, .literal = literal };
    for (int c = next_encoded(&e); c >= 0; c = next_encoded(&e))
        put(s, (uint8_t)c);
}

static void put_path(struct sink *s, const struct xa_canon *c)
{
    for (size_t i = 0; i < c->path_len; i++) {
        struct xa_slice byte = { (const uint8_t *)c->path + i, 1 };
        if (c->path[i] == '/')
            put(s, '/');
        else
            put_encoded(s, byte, true);
    }
    put(s, '\n');
}

static void put_query(struct sink *s, const struct xa_canon *c)
{
    for (size_t i = 0; i < c->n_params; i++) {
        if (i > 0)
            put(s, '&');
        put_encoded(s, c->params[i].name, c->params[i].literal);
        put(s, '=');
        put_encoded(s, c->params[i].value, c->params[i].literal);
    }
    put(s, '\n');
}

/* Trimmed, and each inner run of white space made one space. */
static void put_value(struct sink *s, struct xa_slice value)
{
    bool space = false, begun = false;
    for (size_t i = 0; i < value.len; i++) {
        if (blank(value.at[i])) {
            space = true;
            continue;
        }
        if (space && begun)
            put(s, ' ');
        space = false;
        begun = true;
        put(s, value.at[i]);
    }
}

static void put_headers(struct sink *s, const struct xa_canon *c)
{
    for (size_t i = 0; i < c->n_headers; i++) {
        if (continues(c, i)) {
            put(s, ',');
        } else {
            if (i > 0)
                put(s, '\n');
            for (size_t k = 0; k < c->headers[i].name.len; k++)
                put(s, lower(c->headers[i].name.at[k]));
            put(s, ':');
        }
        put_value(s, c->headers[i].value);
    }
    if (c->n_headers > 0)
        put(s, '\n');
    put(s, '\n');
}

void xa_canon_hash(const struct xa_canon *c, struct xa_slice payload, uint8_t ret[32])
{
    struct sink s = { .len = 0 };
    crypto_hash_sha256_init(&s.state);
    put_slice(&s, c->method);
    put(&s, '\n');
    put_path(&s, c);
    put_query(&s, c);
    put_headers(&s, c);
    put_slice(&s, xa_slice_of(c->signed_headers));
    put(&s, '\n');
    put_slice(&s, payload);
    flush(&s);
    crypto_hash_sha256_final(&s.state, ret);
    xa_wipe(&s, sizeof s);       /* the token passed through */
}

void xa_canon_encode(struct xa_writer *w, struct xa_slice text)
{
    struct encoded e = { .rest = text, .literal = true };
    for (int c = next_encoded(&e); c >= 0; c = next_encoded(&e))
        xa_write_u8(w, (uint8_t)c);
}
