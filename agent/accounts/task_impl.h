/* Tasks, inside of the room: what each kind of them gives, and what it finds. */
#ifndef XA_AGENT_ACCOUNTS_TASK_IMPL_H
#define XA_AGENT_ACCOUNTS_TASK_IMPL_H

#include "agent/accounts/details.h"
#include "agent/accounts/task.h"
#include "agent/aws/query.h"
#include "agent/vault/hash.h"
#include "agent/vault/vault.h"

#define TASK_NOTES_MAX (12 * 1024)     /* of XA_PLACE_MAX                              */
#define TASK_ITEMS_MAX (16 * 1024)     /* of XA_REPLY_MAX, beside the place            */
#define TASK_BODY_MAX (40 * 1024)      /* a form with two policies, each byte encoded  */
#define TASK_TRIES_MAX 5               /* of a call that AWS was too busy for          */

/* One kind of task. A kind is a row of steps, of which 0 is the first; at each of them next() says what is to be
 * done, took() what AWS's answer means, saved() what a save does. Each of them moves
 * task->step on; whatever they return but XA_TASK_CALLS ends the request, except that
 * took() may return XA_TASK_SAVES, so that what came with the answer is kept. */
struct task_kind {
    uint8_t type;
    /* is what is asked possible at all? Before there is a place */
    bool (*check)(struct xa_task *task, struct xa_error *err);
    /* hashes what else its places are for, beside the request: what the files make of it that
     * a person was shown, or that was looked at. Of other files the work begins anew. May be
     * NULL */
    void (*bind)(const struct xa_task *task, uint8_t ret[XA_HASH_LEN]);
    enum xa_task_turn (*next)(struct xa_task *task, struct xa_error *err);
    /* refusal: what AWS said in place of an answer; else NULL */
    enum xa_task_turn (*took)(struct xa_task *task, const struct xa_record *record,
                              const struct xa_error *refusal, struct xa_error *err);
    struct xa_vault_job *(*save)(struct xa_task *task, struct xa_error *err);
    enum xa_task_turn (*saved)(struct xa_task *task, bool ok, const struct xa_error *failure,
                               struct xa_error *err);
    /* words for a failure that took() never hears of, as when AWS cannot be reached; may be NULL */
    void (*explain)(struct xa_task *task, struct xa_error *err);
    void (*finish)(struct xa_task *task);  /* frees what is the kind's own; may be NULL */
    size_t own_size;                       /* of task->own, zeroed                      */
};

extern const struct task_kind task_discover, task_doctor, task_revoke, task_rotate, task_setup;

struct xa_task {
    const struct task_kind *kind;
    struct xa_broker *broker;
    struct xa_vault *vault;
    struct xa_task_request request;        /* borrows body_copy                         */
    uint8_t *body_copy;
    size_t body_len;
    int64_t now_s;
    void *own;
    uint8_t work[XA_HASH_LEN];             /* what its places are for                   */
    uint8_t begun_at[XA_HASH_LEN];         /* the digest of the place it was begun with */
    uint64_t not_before_ms;                /* of its step; CLOCK_BOOTTIME               */
    /* the place: where in its work it is, and what it has learnt so far */
    uint16_t step;
    uint32_t flags, count;                 /* the kind's                                */
    uint8_t tries;                         /* of the call at hand                       */
    bool agreed;                           /* a person said yes to the question that led
                                            * to this step                              */
    char notes[TASK_NOTES_MAX];            /* lines, as details.h reads                 */
    size_t notes_len;
    /* the call at hand */
    struct xa_act act;
    char signer[XA_ARN_MAX + 1];           /* as who it is made                         */
    enum xa_action action;
    enum xa_key_kind key;                  /* signed by the source's key of this kind   */
    bool by_key;                           /* by the source's key, not by a session of it */
    bool repeatable;                       /* may be made again when AWS was too busy   */
    bool as_wished;                        /* signed by what the request's wish means, with
                                            * all that it says of it; else by signer    */
    struct xa_wish wanted;                 /* of task_credentials                       */
    struct xa_waiter waiter;
    char granted_arn[XA_ARN_MAX + 1];      /* whose credentials were had, ...           */
    int64_t granted_until;                 /* ... until when, Unix seconds              */
    bool called;
    bool changing;                         /* it changes something at AWS (deed.h)      */
    char subject[XA_ARN_MAX + 1024];       /* its action, and what it is about          */
    char deed[2 * XA_ARN_MAX + 1280];      /* what has become of it                     */
    struct xa_writer form;
    xa_task_done_fn *done;
    void *ctx;
    /* the answer */
    bool finished;
    uint32_t wait_ms;
    char question[512];
    bool unshown;                          /* a document was too long to be shown       */
    char forgets[XA_ARN_MAX + 1];
    struct xa_writer items;
    uint8_t items_room[TASK_ITEMS_MAX];
    uint8_t place_room[XA_PLACE_MAX];
    size_t place_len;
    char form_room[TASK_BODY_MAX];
};

/* --- for the kinds --------------------------------------------------------------------------- */

/* Begins the form of a call of this action, to be made as `signer` (a name of source or
 * destination); parameters follow with xa_query_add(&task->form, …). task_call() checks
 * that it fitted, and ends a next(). A changing call that must not be made twice sets
 * task->repeatable to false after it. */
void task_form(struct xa_task *task, enum xa_action action, struct xa_slice signer);
enum xa_task_turn task_call(struct xa_task *task, struct xa_error *err);

/* In place of a call: credentials for this wish (which is borrowed until the step ends) are
 * asked of AWS. took() then gets no record; refusal is what AWS, or the way to it, or the
 * configuration kept them from being had by. */
enum xa_task_turn task_credentials(struct xa_task *task, const struct xa_wish *wish);

/* The step is over and the next is `step`; ends a took() or next(). Another step than this
 * one is not what a person has agreed to. */
enum xa_task_turn task_go(struct xa_task *task, uint16_t step);
/* The same, where what was agreed to takes another step. */
enum xa_task_turn task_go_agreed(struct xa_task *task, uint16_t step);
/* The same step again in a while. */
enum xa_task_turn task_again(struct xa_task *task, uint32_t wait_ms);
enum xa_task_turn task_end(struct xa_task *task);
enum xa_task_turn task_fail(struct xa_error *err, const struct xa_error *why);

/* Puts a question before the work goes on with `step`. That step sees task->agreed if a
 * person said yes to this very question, however often it has to be made; and no other step
 * does, but by task_go_agreed. (request.confirmed is the client's word, which the core takes
 * for one only where a question was put; kinds leave it alone.) */
enum xa_task_turn task_ask(struct xa_task *task, uint16_t step, const char *fmt,
                           ...) XA_PRINTF(3, 4);

/* Tells the person. What there is no room for is left out, and said to be; of a document, in
 * the question that follows in the same step too. */
void task_tell(struct xa_task *task, enum xa_item_kind kind, struct xa_slice subject,
               const char *fmt, ...) XA_PRINTF(4, 5);
void task_show(struct xa_task *task, enum xa_item_kind kind, struct xa_slice subject,
               const char *text, struct xa_slice document);

/* The notes: facts for later steps. False: no room for it, or it is no line. A second
 * note of a key stands beside the first; task_renote takes the others away. To take one away
 * moves those behind it: a slice of them is good no more, nor may it be the value. */
bool task_note(struct xa_task *task, const char *key, struct xa_slice value) XA_MUST_CHECK;
bool task_renote(struct xa_task *task, const char *key, struct xa_slice value) XA_MUST_CHECK;
void task_forget_notes(struct xa_task *task, const char *key);
void task_forget_first_note(struct xa_task *task, const char *key);
struct xa_slice task_noted(const struct xa_task *task, const char *key);
struct xa_slice task_notes(const struct xa_task *task);

/* True if AWS refused with this code. */
bool task_refused_as(const struct xa_error *refusal, const char *aws_code);

/* What the vault knows of a source; false: it has no such key, or never heard whose it is,
 * and *err says what to do. */
bool task_source(struct xa_task *task, struct xa_slice name, struct xa_vault_info *ret,
                 struct xa_error *err) XA_MUST_CHECK;
bool accounts_source(struct xa_vault *vault, struct xa_slice name, struct xa_vault_info *ret,
                     struct xa_error *err) XA_MUST_CHECK;

#endif
