/* One request and whatever it takes to get its answer: starting the agent, asking
 * the person for the passphrase, repeating the request (design.md, section 5). */
#ifndef XA_CLIENT_REQUESTS_REQUEST_H
#define XA_CLIENT_REQUESTS_REQUEST_H

#include "client/client.h"

struct xa_call {
    uint8_t type;
    const struct xa_message *table;            /* of the request; xa_msg_empty         */
    void *message;                             /* its struct; NULL for xa_msg_empty    */
    struct xa_asking *asking;                  /* in *message, filled here; or NULL    */
    const struct xa_message *result_table;
    void *result;                              /* slices in it borrow xa_result_room   */
    const char *progress;                      /* what takes so long; or NULL          */
};

/* Connects if need be, as the command may or may not start the agent. XA_NO_AGENT. */
bool xa_request_connect(struct xa_client *c, struct xa_error *err) XA_MUST_CHECK;

/* Sends the request and fills *result. All that can go wrong on the way, and the
 * agent's own errors, are in *err. A person who will not answer: XA_CANCELLED. */
bool xa_request(struct xa_client *c, const struct xa_call *call,
                struct xa_error *err) XA_MUST_CHECK;

/* Unlocks the vault without being asked to: gets the passphrase, sends it, asks
 * again after a wrong one as long as there are tries and someone to ask. */
bool xa_request_unlock(struct xa_client *c, struct xa_error *err) XA_MUST_CHECK;

#endif
