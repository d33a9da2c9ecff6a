/* Inside of the errands: errand.c is the way, errand_token.c and errand_ask.c the two kinds
 * of what is at its end. */
#ifndef XA_AGENT_BROKER_ERRAND_IMPL_H
#define XA_AGENT_BROKER_ERRAND_IMPL_H

#include "agent/broker/broker_impl.h"
#include "agent/broker/errand.h"

struct xa_errand {
    struct xa_broker *broker;
    struct xa_errand_order order;          /* its texts are behind the struct            */
    bool refresh;
    struct xa_waiter waiter;               /* first the credentials                      */
    struct xa_port_call *call;             /* then, for some, a call                     */
    unsigned locks;                        /* how often it was locked before that call   */
    struct xa_identity identity;           /* whose they are; without its borrowed texts */
    int64_t credentials_end;               /* Unix seconds                               */
    uint32_t min_left_s;                   /* of a token made before, at least           */
    char arn[XA_ARN_MAX + 1], access_key_id[XA_ACCESS_KEY_ID_MAX + 1];
    char endpoint[XA_URL_MAX + 1];
    uint32_t signin_s;                     /* SessionDuration as it was sent; 0: left out */
    const char *note;
    char *token, *work;                    /* where the token is made, and what it is made
                                            * of: one block of the arena                 */
    size_t token_cap, work_cap;
    xa_errand_done_fn *done;
    void *ctx;
};

/* Room in the arena, in place of what there was. To make it, credentials that are held may
 * have gone. XA_NO_MEMORY. */
bool errand_take_room(struct xa_errand *errand, size_t token_cap, size_t work_cap,
                      struct xa_error *err) XA_MUST_CHECK;

/* As errand_take_room, for a form with a session token of that length. */
bool errand_take_console_room(struct xa_errand *errand, size_t session_len,
                              struct xa_error *err) XA_MUST_CHECK;

/* errand_token.c: signed here. errand_ask.c: AWS is asked. Each XA_ANSWERED, with what is in
 * *ret; XA_WILL_ANSWER; XA_FAILED. */
enum xa_outlook errand_eks(struct xa_errand *errand, const struct xa_sigv4_key *key,
                           struct xa_errand_result *ret, struct xa_error *err);
enum xa_outlook errand_rds(struct xa_errand *errand, const struct xa_sigv4_key *key,
                           struct xa_errand_result *ret, struct xa_error *err);
enum xa_outlook errand_git(struct xa_errand *errand, const struct xa_sigv4_key *key,
                           struct xa_errand_result *ret, struct xa_error *err);
enum xa_outlook errand_ecr(struct xa_errand *errand, const struct xa_sigv4_key *key,
                           struct xa_errand_result *ret, struct xa_error *err);
enum xa_outlook errand_console(struct xa_errand *errand, const struct xa_sigv4_key *key,
                               struct xa_errand_result *ret, struct xa_error *err);

/* What all results have in common. */
void errand_describe(const struct xa_errand *errand, struct xa_errand_result *ret);

/* Divides ECR's token into user name and password: both lie in the errand's room. */
bool errand_open_ecr(struct xa_errand *errand, struct xa_errand_result *ret);

/* Keeps a token until it ends: expires_at by AWS's clock, for life_s. Not if the credentials
 * that it was had with were forgotten meanwhile. */
void errand_remember(struct xa_errand *errand, struct xa_slice token, int64_t expires_at,
                     uint32_t life_s);

#endif
