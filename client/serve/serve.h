/* The container-credentials endpoint for one program (facts 6, security L1 to L9): this
 * process serves it on the loopback, for as long as the program runs. */
#ifndef XA_CLIENT_SERVE_SERVE_H
#define XA_CLIENT_SERVE_SERVE_H

#include "client/client.h"
#include "client/serve/fetcher.h"
#include "client/serve/seats.h"
#include "client/serve/witness.h"

struct xa_serving {
    struct xa_client *client;
    int listener, signals;           /* signals: of the program, and for it                 */
    uint16_t port;
    char url[64];
    struct xa_seats seats;
    struct xa_fetcher fetcher;
    pid_t asker;                     /* a fetcher that asks a person by now; 0: none does   */
    struct xa_witness witness;
    sigset_t before;                 /* the mask that what we start is to have              */
    pid_t child;
    bool ended;                      /* the program has                                     */
    int status;                      /* of its end, as waitpid has it                       */
};

/* Takes a port and draws a token: *serving is large, and the caller's. The client's options
 * are those of the request that it will repeat. XA_IO, XA_POLICY, XA_INTERNAL. */
bool xa_serve_open(struct xa_serving *serving, struct xa_client *c,
                   struct xa_error *err) XA_MUST_CHECK;

/* Runs the program, whose environment is this process's, and serves it until it has ended.
 * The port is ours for as long as the program lives, even if this process is killed. Signals
 * that others send to this process go on to the program; those that they send to its whole
 * group, the program has already. True: *ret_status is how it ended:
 * its own status, or 128 and a signal's number. False: it could not be executed; *ret_cause is
 * an errno, or 0: *err says more. */
bool xa_serve_run(struct xa_serving *serving, char *const *argv, int *ret_status, int *ret_cause,
                  struct xa_error *err) XA_MUST_CHECK;

#endif
