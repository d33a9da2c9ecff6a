/* A port of the loopback that is ours alone, and whose the connections to it are. */
#ifndef XA_CLIENT_SERVE_PORT_H
#define XA_CLIENT_SERVE_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/error.h"

/* Listens on 127.0.0.1, on a port that the kernel chooses (L1). The socket is non-blocking
 * and close-on-exec. Returns it, or -1: XA_IO. */
int xa_port_listen(uint16_t *ret_port, struct xa_error *err) XA_MUST_CHECK;

/* Accepts a connection if its other end belongs to our uid, by the kernel's own word (L4);
 * any other is closed without a byte. Returns it, or -1 when none waits. */
int xa_port_accept(int listener, uint16_t port);

/* Proves that xa_port_accept can tell, by a connection of our own; without that nothing is
 * served. XA_POLICY: the kernel does not say whose a connection is. */
bool xa_port_prove(int listener, uint16_t port, struct xa_error *err) XA_MUST_CHECK;

#endif
