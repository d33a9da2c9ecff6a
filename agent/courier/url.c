#include "agent/courier/url.h"

#include <string.h>

#include "proto/limits.h"

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_hex(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_alnum(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static struct xa_slice cut_front(struct xa_slice s, size_t n)
{
    return (struct xa_slice){ s.at + n, s.len - n };
}

static bool take_prefix(struct xa_slice *s, const char *prefix)
{
    size_t len = strlen(prefix);
    if (s->len < len || memcmp(s->at, prefix, len) != 0)
        return false;
    *s = cut_front(*s, len);
    return true;
}

/* Takes everything up to the first of the stop bytes, or the end. */
static struct xa_slice take_until(struct xa_slice *s, const char *stops)
{
    size_t len = 0;
    while (len < s->len && strchr(stops, s->at[len]) == NULL)
        len++;
    struct xa_slice taken = { s->at, len };
    *s = cut_front(*s, len);
    return taken;
}

/* 127.a.b.c in the only spelling that every resolver reads alike: four decimal
 * numbers without leading zeros. */
static bool is_loopback_v4(struct xa_slice host)
{
    unsigned parts = 0;
    while (host.len > 0) {
        struct xa_slice part = take_until(&host, ".");
        unsigned value = 0;
        if (part.len < 1 || part.len > 3 || (part.len > 1 && part.at[0] == '0'))
            return false;
        for (size_t i = 0; i < part.len; i++) {
            if (!is_digit(part.at[i]))
                return false;
            value = value * 10 + (part.at[i] - '0');
        }
        if (value > 255 || (parts == 0 && value != 127))
            return false;
        parts++;
        if (host.len > 0 && (host = cut_front(host, 1)).len == 0)
            return false;
    }
    return parts == 4;
}

/* A name of letters, digits, '-', '_' and single dots, or [an IPv6 address]. */
static bool host_valid(struct xa_slice host)
{
    if (host.len > 2 && host.at[0] == '[') {
        for (size_t i = 1; i + 1 < host.len; i++)
            if (!is_hex(host.at[i]) && host.at[i] != ':' && host.at[i] != '.')
                return false;
        return host.at[host.len - 1] == ']';
    }
    uint8_t before = '.';
    for (size_t i = 0; i < host.len; i++) {
        uint8_t c = host.at[i];
        bool edge = before == '.';
        if (!is_alnum(c) && !(c == '.' && !edge) && !(c == '-' && !edge) && c != '_')
            return false;
        before = c;
    }
    return host.len > 0 && host.len <= 253 && before != '.';
}

static bool port_valid(struct xa_slice port)
{
    unsigned value = 0;
    if (port.len < 1 || port.len > 5 || port.at[0] == '0')
        return false;
    for (size_t i = 0; i < port.len; i++) {
        if (!is_digit(port.at[i]))
            return false;
        value = value * 10 + (port.at[i] - '0');
    }
    return value <= 65535;
}

/* The bytes that RFC 3986 lets stand in a path or a query; '%' with two digits. */
static bool text_valid(struct xa_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.at[i];
        if (c == '%' && (s.len - i < 3 || !is_hex(s.at[i + 1]) || !is_hex(s.at[i + 2])))
            return false;
        if (c == '\0' || (!is_alnum(c) && strchr("-._~!$&'()*+,;=:@/?%", c) == NULL))
            return false;
    }
    return true;
}

/* Signer, library and server disagree about what "." and ".." in a path come to. */
static bool has_dot_segment(struct xa_slice path)
{
    while (path.len > 0) {
        path = cut_front(path, 1);
        struct xa_slice segment = take_until(&path, "/");
        if (xa_slice_is(segment, ".") || xa_slice_is(segment, ".."))
            return true;
    }
    return false;
}

static struct xa_slice take_host(struct xa_slice *s)
{
    if (s->len == 0 || s->at[0] != '[')
        return take_until(s, ":/?#@\\");
    struct xa_slice host = take_until(s, "]");
    if (s->len > 0) {
        *s = cut_front(*s, 1);
        host.len++;
    }
    return host;
}

static bool refuse(struct xa_slice text, const char *reason, struct xa_error *err)
{
    int shown = text.len > 100 ? 100 : (int)text.len;
    return xa_fail(err, XA_BAD_CONFIG, "'%.*s' is no address xacct sends to: %s", shown,
                   text.len > 0 ? (const char *)text.at : "", reason);
}

bool xa_url_split(struct xa_slice text, struct xa_url *ret, struct xa_error *err)
{
    struct xa_url url = { 0 };
    struct xa_slice rest = text;

    if (text.len == 0 || text.len > XA_URL_MAX)
        return refuse(text, "it is empty or too long", err);
    if (take_prefix(&rest, "https://"))
        url.https = true;
    else if (!take_prefix(&rest, "http://"))
        return refuse(text, "it must begin with https://", err);

    url.host = take_host(&rest);
    if (rest.len > 0 && rest.at[0] == ':') {
        rest = cut_front(rest, 1);
        url.port = take_until(&rest, "/?#@\\");
        if (!port_valid(url.port))
            return refuse(text, "its port is not 1 to 65535", err);
    }
    if (!host_valid(url.host))
        return refuse(text, "its host is neither a name nor an address", err);
    url.path = take_until(&rest, "?#");
    if (rest.len > 0 && rest.at[0] == '?') {
        rest = cut_front(rest, 1);
        url.query = take_until(&rest, "#");
    }
    if (rest.len > 0 || (url.path.len > 0 && url.path.at[0] != '/') || !text_valid(url.path) ||
        !text_valid(url.query) || has_dot_segment(url.path))
        return refuse(text, "it holds a user, a fragment, a blank or another byte that may not "
                            "stand there", err);
    url.loopback = is_loopback_v4(url.host) || xa_slice_is(url.host, "[::1]");
    if (!url.https && !url.loopback)
        return refuse(text, "plain http goes to a literal loopback address only", err);
    *ret = url;
    return true;
}
