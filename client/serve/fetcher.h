/* Getting credentials beside the endpoint: a process of its own for each time, so that what
 * takes long there, asking a person too, keeps nobody waiting here (facts 6.4). */
#ifndef XA_CLIENT_SERVE_FETCHER_H
#define XA_CLIENT_SERVE_FETCHER_H

#include <sys/types.h>

#include "client/client.h"
#include "client/serve/gate.h"

/* One at a time serves all that wait. */
struct xa_fetcher {
    pid_t pid;                       /* 0: nobody is under way                              */
    int from;                        /* what it says; -1: it has said all                   */
    bool asks;                       /* it has said that it asks a person now               */
    size_t len;                      /* bytes that came, in xa_result_room.reply            */
};

/* Sends for credentials. It is in a process group of its own, with all that it starts; so a
 * person is asked by a pinentry or an askpass program, never at the terminal, where the
 * program reads too. may_ask: false if somebody asks already. idle: closes what is the
 * parent's alone, in the new process. False: no process is to be had. */
bool xa_fetcher_start(struct xa_fetcher *fetcher, struct xa_client *c, bool may_ask,
                      void (*idle)(void *ctx), void *ctx) XA_MUST_CHECK;

/* Reads what it says. True: *ret_answer is an answer for all that wait; it lies in
 * xa_result_room, and xa_fetcher_wipe is due. */
bool xa_fetcher_read(struct xa_fetcher *fetcher, struct xa_slice *ret_answer);
void xa_fetcher_wipe(struct xa_fetcher *fetcher);

/* It has ended, as waitpid said, or goes on for itself. */
void xa_fetcher_ended(struct xa_fetcher *fetcher);

/* What to answer as long as there is nothing; asked: a person is. */
const struct xa_refusal *xa_fetcher_still(bool asked);

#endif
