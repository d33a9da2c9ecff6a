/* Was a signal sent to this process alone, or to its whole group? The kernel tells who sent it
 * and not to whom. So a process stands by that is in the group and does nothing but hold its
 * signals: what it got too was for the group, and the program, which is in it, has it already. */
#ifndef XA_CLIENT_SERVE_WITNESS_H
#define XA_CLIENT_SERVE_WITNESS_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct xa_witness {
    pid_t pid;                       /* 0: none stands by                                   */
    int line;                        /* to it; it ends when this is closed                  */
};

/* Makes one. `held` are the signals that will be asked about; `idle` closes and wipes what is
 * this process's alone, in the new one. Without one (no process is to be had) every signal
 * counts as sent to this process alone: the program may get one twice, but never none. */
void xa_witness_start(struct xa_witness *w, const sigset_t *held, void (*idle)(void *ctx),
                      void *ctx);

/* True if it has got this signal from that sender since it was last asked. Waits a few
 * milliseconds, since signals to a group come to its processes one after the other. */
bool xa_witness_saw(const struct xa_witness *w, int signal, pid_t sender);

/* Ends it, and waits for that. */
void xa_witness_end(struct xa_witness *w);

#endif
