/* An errand: what a caller gets in place of keys. First the credentials of whom it acts as,
 * then what opens one service, made or asked for with them (facts 8, 10). */
#ifndef XA_AGENT_BROKER_ERRAND_H
#define XA_AGENT_BROKER_ERRAND_H

#include "agent/broker/broker.h"

enum xa_errand_kind {
    XA_ERRAND_EKS = XA_TOKEN_EKS,
    XA_ERRAND_RDS = XA_TOKEN_RDS,
    XA_ERRAND_GIT = XA_TOKEN_GIT,
    XA_ERRAND_ECR = XA_TOKEN_ECR,
    XA_ERRAND_CONSOLE,
};

/* What is wanted; what does not belong to the kind is not looked at. */
struct xa_errand_order {
    enum xa_errand_kind kind;
    struct xa_slice cluster;               /* EKS                                         */
    struct xa_slice host;                  /* RDS, git                                    */
    uint32_t port;                         /* RDS: 1..65535                               */
    struct xa_slice user;                  /* RDS                                         */
    struct xa_slice path;                  /* git: v1/repos/NAME                          */
    struct xa_slice service;               /* console: the page; empty: the home          */
    uint32_t signed_in_s;                  /* console: 900..43200; 0: the longest         */
};

/* Borrows the errand. */
struct xa_errand_result {
    struct xa_slice token;                 /* secret; of the console, the link            */
    struct xa_slice username;              /* secret; git, ECR                            */
    struct xa_slice endpoint;              /* ECR: the registry; console: to sign out     */
    int64_t expires_at;                    /* Unix seconds                                */
    const struct xa_identity *identity;    /* whose it is                                 */
    struct xa_slice arn;                   /* of its session; may be empty                */
    struct xa_slice access_key_id;         /* that signed                                 */
    struct xa_slice note;                  /* what is not as it was wished; or empty      */
    bool fresh;                            /* made just now                               */
};

struct xa_errand;

/* result is NULL on failure. An err->code of XA_OK then is none: as xa_waiter_done_fn.
 * Runs at most once, from the loop. The errand is the caller's to free, in it too. */
typedef void xa_errand_done_fn(void *ctx, const struct xa_errand_result *result,
                               const struct xa_error *err);

/* Copies the order. NULL: XA_USAGE (what in it is not as it should be), XA_NO_MEMORY. */
struct xa_errand *xa_errand_new(struct xa_broker *broker, const struct xa_errand_order *order,
                                struct xa_error *err) XA_MUST_CHECK;

/* Sets out. XA_ANSWERED: *ret. XA_WILL_ANSWER: done is called. XA_ASKS and XA_FAILED: as
 * xa_broker_credentials; *err may also be XA_USAGE (no region, not a role's credentials,
 * a token too long for EKS), XA_NOT_SERVED, and what AWS answers. */
enum xa_outlook xa_errand_begin(struct xa_errand *errand, const struct xa_ask *ask,
                                xa_errand_done_fn *done, void *ctx, struct xa_errand_result *ret,
                                struct xa_question **ret_question,
                                struct xa_error *err) XA_MUST_CHECK;

/* The caller's patience is over while it waits for credentials: with those held, if they can
 * still be used (N13) and nothing more is to be asked of AWS. XA_ANSWERED: *ret;
 * XA_WILL_ANSWER: there is no answer yet, and nothing was changed; XA_FAILED: *err. */
enum xa_outlook xa_errand_settle(struct xa_errand *errand, struct xa_errand_result *ret,
                                 struct xa_error *err) XA_MUST_CHECK;

/* Stops and wipes; NULL is fine. Sets *errand to NULL. */
void xa_errand_free(struct xa_errand **errand);

#endif
