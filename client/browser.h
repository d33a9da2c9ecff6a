/* Giving a secret link to a browser without putting it on a command line, where every user
 * of the machine could read it: the browser is sent to an address of this machine that is
 * good once, and led on from there. */
#ifndef XA_CLIENT_BROWSER_H
#define XA_CLIENT_BROWSER_H

#include "client/client.h"

/* True if a browser can be expected to open: standard output is a person's terminal, and
 * there is a command for one (`wish`, --browser; else BROWSER; else, where there is a display,
 * the system's). */
bool xa_browser_possible(const char *wish);

/* Opens the link, and before it, if `first` is not empty, that one, which is no secret.
 * Returns when the browser has fetched the link, or: XA_IO, the command cannot be executed or
 * fails; XA_TIMED_OUT, no browser came within a minute; and as xa_port_listen and
 * xa_port_prove. */
bool xa_browser_open(const char *wish, struct xa_slice first, struct xa_slice link,
                     struct xa_error *err) XA_MUST_CHECK;

#endif
