/* Which addresses a request may go to: https, or plain http to a literal
 * loopback address (security N1). The agent judges configuration by it, the
 * courier judges every request by it once more. */
#ifndef XA_AGENT_COURIER_URL_H
#define XA_AGENT_COURIER_URL_H

#include "proto/error.h"
#include "proto/wire.h"

struct xa_url {                        /* borrows the text                            */
    bool https;
    bool loopback;                     /* the host is 127.a.b.c or [::1], literally   */
    struct xa_slice host;              /* an IPv6 address keeps its brackets          */
    struct xa_slice port;              /* digits; empty: the scheme's own             */
    struct xa_slice path;              /* empty, or from the first '/' on             */
    struct xa_slice query;             /* behind '?'; empty if there is none          */
};

/* Splits scheme://host[:port][/path][?query]. XA_BAD_CONFIG with the value at
 * fault: another scheme, http to anything but a literal loopback address, a user,
 * a fragment, a blank, an unprintable byte, a backslash, "." or ".." in the path,
 * a bad port, a host that is neither name nor address, more than XA_URL_MAX. */
bool xa_url_split(struct xa_slice text, struct xa_url *ret, struct xa_error *err) XA_MUST_CHECK;

#endif
