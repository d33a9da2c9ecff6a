#include "client/serve/http.h"

#include <string.h>
#include <strings.h>

/* What is left to read. */
struct scan { const char *at, *end; };

static bool is_token(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_value(struct xa_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((s.at[i] < 0x20 && s.at[i] != '\t') || s.at[i] >= 0x7f)
            return false;
    return true;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool named(struct xa_slice name, const char *what)
{
    return name.len == strlen(what) && strncasecmp((const char *)name.at, what, name.len) == 0;
}

static bool begins(struct xa_slice name, const char *what)
{
    size_t len = strlen(what);
    return name.len >= len && strncasecmp((const char *)name.at, what, len) == 0;
}

/* Takes a line without its CR LF. A bare CR or LF ends none. */
static bool take_line(struct scan *s, struct xa_slice *ret)
{
    const char *cr = memchr(s->at, '\r', (size_t)(s->end - s->at));
    if (cr == NULL || cr + 1 == s->end || cr[1] != '\n')
        return false;
    *ret = (struct xa_slice){ (const uint8_t *)s->at, (size_t)(cr - s->at) };
    s->at = cr + 2;
    return true;
}

/* METHOD SP /target SP HTTP/1.1 */
static bool take_request_line(struct scan *s, struct xa_http_request *ret)
{
    static const char version[] = " HTTP/1.1";
    const size_t tail = sizeof version - 1;
    struct xa_slice line;
    size_t i = 0;
    if (!take_line(s, &line) || line.len < tail ||
        memcmp(line.at + line.len - tail, version, tail) != 0)
        return false;
    line.len -= tail;
    while (i < line.len && is_token((char)line.at[i]))
        i++;
    if (i == 0 || i + 1 >= line.len || line.at[i] != ' ' || line.at[i + 1] != '/')
        return false;
    ret->method = (struct xa_slice){ line.at, i };
    ret->target = (struct xa_slice){ line.at + i + 1, line.len - i - 1 };
    for (size_t k = 0; k < ret->target.len; k++)
        if (ret->target.at[k] <= ' ' || ret->target.at[k] >= 0x7f)
            return false;
    return true;
}

/* Browsers, proxies and forwarders name themselves by these (L5). */
static bool is_of_page(struct xa_slice name)
{
    static const char names[][10] = { "Origin", "Referer", "Cookie", "Forwarded", "Via",
                                         "Upgrade" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (named(name, names[i]))
            return true;
    return begins(name, "Sec-") || begins(name, "X-Forwarded-") ||
           begins(name, "Access-Control-Request-");
}

static void note(struct xa_http_request *r, struct xa_slice name, struct xa_slice value)
{
    r->by_page = r->by_page || is_of_page(name);
    r->has_body = r->has_body || named(name, "Content-Length") ||
                  named(name, "Transfer-Encoding") || named(name, "Trailer");
    if (named(name, "Host"))
        r->host = value;
    else if (named(name, "Authorization"))
        r->authorization = value;
}

static bool seen(const struct xa_slice *names, size_t n, struct xa_slice name)
{
    for (size_t i = 0; i < n; i++)
        if (names[i].len == name.len &&
            strncasecmp((const char *)names[i].at, (const char *)name.at, name.len) == 0)
            return true;
    return false;
}

/* name ":" value, blanks around the value. */
static bool take_header(struct xa_slice line, struct xa_slice *ret_name, struct xa_slice *ret_value)
{
    size_t i = 0;
    while (i < line.len && is_token((char)line.at[i]))
        i++;
    if (i == 0 || i == line.len || line.at[i] != ':')
        return false;
    *ret_name = (struct xa_slice){ line.at, i };
    struct xa_slice value = { line.at + i + 1, line.len - i - 1 };
    while (value.len > 0 && is_blank(value.at[0]))
        value = (struct xa_slice){ value.at + 1, value.len - 1 };
    while (value.len > 0 && is_blank(value.at[value.len - 1]))
        value.len--;
    *ret_value = value;
    return is_value(value);
}

static bool take_headers(struct scan *s, struct xa_http_request *ret)
{
    struct xa_slice names[XA_HTTP_LINES_MAX], line, value;
    for (size_t n = 0; take_line(s, &line); n++) {
        if (line.len == 0)
            return s->at == s->end;
        if (n == XA_HTTP_LINES_MAX || !take_header(line, &names[n], &value) ||
            seen(names, n, names[n]))
            return false;
        note(ret, names[n], value);
    }
    return false;
}

/* A line that ends without a CR will not become a good one. */
static bool has_bare_end(struct xa_slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.at[i] == '\n' && (i == 0 || bytes.at[i - 1] != '\r'))
            return true;
    return false;
}

enum xa_http_state xa_http_read(struct xa_slice bytes, struct xa_http_request *ret)
{
    struct xa_http_request request = { 0 };
    struct scan s = { (const char *)bytes.at, (const char *)bytes.at + bytes.len };
    bool ended = bytes.len >= 4 && memmem(bytes.at, bytes.len, "\r\n\r\n", 4) != NULL;
    if (bytes.len > XA_HTTP_HEAD_MAX)
        return XA_HTTP_BAD;
    if (!ended)
        return bytes.len == XA_HTTP_HEAD_MAX || has_bare_end(bytes) ? XA_HTTP_BAD : XA_HTTP_MORE;
    if (!take_request_line(&s, &request) || !take_headers(&s, &request))
        return XA_HTTP_BAD;
    *ret = request;
    return XA_HTTP_WHOLE;
}
