/* Long work, step by step: setup, doctor DEST, rotate, revoke, list --discover. The agent does
 * one call to AWS a request and answers where it goes on; here it is asked again until it is
 * done. What was interrupted is begun anew by the same command, which finds what is done. */
#ifndef XA_CLIENT_REQUESTS_TASK_H
#define XA_CLIENT_REQUESTS_TASK_H

#include "client/client.h"

struct xa_task_run {
    uint8_t type;                            /* XA_SETUP ... XA_DISCOVER                   */
    struct xa_task_request *request;         /* as it begins; place, asking and confirmed
                                              * are filled here                            */
    const char *progress;                    /* until the agent has a word for it          */
    bool yes;                                /* what is asked is confirmed beforehand      */
    bool goes_on;                            /* where nobody can be asked it goes on without a
                                              * yes, and what was asked about is left      */
    const char *refused;                     /* what to say after a no: "nothing was
                                              * changed"                                   */
    /* Each item as it comes, but those that only tell of progress. Texts end with it. */
    void (*item)(void *ctx, const struct xa_item *item);
    void *ctx;
};

/* XA_CANCELLED: the person said no; XA_NOT_ASKED: a yes is wanted and nobody can be asked;
 * and all that xa_request fails with. */
bool xa_task_run(struct xa_client *c, const struct xa_task_run *run,
                 struct xa_error *err) XA_MUST_CHECK;

/* A moment's wait that a person sees the reason of. */
void xa_task_wait(const struct xa_client *c, const char *text, uint32_t ms);

#endif
