/* rotate, inside: what its parts share. rotate.c decides and saves, took.c reads what
 * AWS answers, say.c has the words. */
#ifndef XA_AGENT_ACCOUNTS_ROTATE_IMPL_H
#define XA_AGENT_ACCOUNTS_ROTATE_IMPL_H

#include "agent/accounts/rotate/words.h"
#include "agent/accounts/task_impl.h"

#define ROTATE_AGAIN_MS 2000
#define ROTATE_LOOKS_MAX 10            /* for what a list does not show                      */

/* task->flags */
#define ROTATE_PROVEN 0xffu            /* so many proofs in a row, of the key that is noted  */
#define ROTATE_REFUSED 0x100u          /* one of them each time that AWS had two keys ...    */
#define ROTATE_REFUSALS 0xff00u        /* ... of so many                                     */
#define ROTATE_IMPATIENT 0x10000u      /* a list was looked at often enough                  */
#define ROTATE_SWITCHED 0x20000u       /* in this run, or what was begun goes on in it       */
#define ROTATE_LISTED 0x40000u         /* the notes are what AWS lists                       */
#define ROTATE_NEW_REFUSED 0x80000u    /* AWS takes the key no more that was switched to     */

enum save { SAVES_NONE, SAVES_INTENT, DROPS_INTENT, SAVES_NEW, SWITCHES, SWITCHES_BACK,
            TAKES_BACK, SETTLES };

struct own {
    enum save save;
    struct xa_vault_info made;         /* the new key ...                                   */
    struct xa_secret *secret;          /* ... and what must not be lost                     */
    struct xa_error refused;           /* why AWS made none                                 */
    char old[XA_ACCESS_KEY_ID_MAX + 1];
    bool stays;                        /* the old key does, inactive                        */
    bool goes_on;                      /* an old key that waited is gone: now the new one   */
    bool was_due;                      /* an old key's grace is over: it alone has gone     */
};

/* All that a step judges by. */
struct scene {
    struct xa_vault_info source;
    struct xa_vault_rotation journal;
    struct rotate_keys keys;
    char shared[ROTATE_KEYS_MAX][XA_NAME_MAX + 1];      /* keys.at[i].stored_as            */
    struct rotate_facts facts;
};

/* --- rotate.c --------------------------------------------------------------------------------- */

bool rotate_look(struct xa_task *t, struct scene *s, struct xa_error *err) XA_MUST_CHECK;

/* The step is over: what is the next one about? */
enum xa_task_turn rotate_proceed(struct xa_task *t, struct xa_error *err);
/* ... after what AWS lists has changed by something else than what is noted. */
enum xa_task_turn rotate_look_again(struct xa_task *t);
enum xa_task_turn rotate_save(struct xa_task *t, enum save what);

/* --- took.c ---------------------------------------------------------------------------- */

enum xa_task_turn rotate_took(struct xa_task *t, const struct xa_record *record,
                              const struct xa_error *refusal, struct xa_error *err);
bool rotate_note_key(struct xa_task *t, struct xa_slice id, const char *status,
                     int64_t created_at) XA_MUST_CHECK;

/* --- rights.c -------------------------------------------------------------------------- */

/* If *err is AWS's AccessDenied: which action it was about, and what would allow it. */
void rotate_explain_denial(const struct xa_task *t, const struct scene *s, struct xa_error *err);

/* --- say.c ----------------------------------------------------------------------------- */

/* The key that is, or was, replaced. */
struct xa_slice rotate_old_id(const struct scene *s);

/* True while an earlier run's old key waits out its grace: that rotation is over, and this
 * run, once the key is gone, makes a new one. */
bool rotate_old_waits(const struct xa_task *t, const struct scene *s);

/* What a failure leaves behind, for whoever reads of it. */
void rotate_explain(struct xa_task *t, struct xa_error *err);
/* The key, whose id is "" if it is not known, is at AWS, and nobody has its secret. */
void rotate_explain_lost(const struct xa_task *t, const char *access_key_id,
                         struct xa_error *err);
enum xa_task_turn rotate_fail(struct xa_task *t, struct xa_error *err, const struct xa_error *why);

enum xa_task_turn rotate_is_gone(const struct scene *s, struct xa_error *err);
/* key: the new one; NULL: the stored one */
enum xa_task_turn rotate_is_inactive(const struct scene *s, const struct rotate_key *key,
                                     struct xa_error *err);
/* key: which another name has too */
enum xa_task_turn rotate_is_shared(const struct scene *s, const struct rotate_key *key,
                                   struct xa_error *err);
/* A key beside the stored one that another name has; or NULL. */
const struct rotate_key *rotate_shared_other(const struct scene *s);
/* The old key is current again; or AWS takes neither. */
enum xa_task_turn rotate_is_back(const struct scene *s, struct xa_error *err);
enum xa_task_turn rotate_is_refused(const struct scene *s, struct xa_error *err);
enum xa_task_turn rotate_is_stored(const struct scene *s, struct xa_error *err);
enum xa_task_turn rotate_show_keys(struct xa_task *t, const struct scene *s);
/* Notes the key as asked, so that the answer is one about it and about no other. */
enum xa_task_turn rotate_ask_to_drop(struct xa_task *t, const struct scene *s,
                                     const struct rotate_key *key, struct xa_error *err);
enum xa_task_turn rotate_show_plan(struct xa_task *t, const struct scene *s,
                                   enum rotate_verdict verdict, const struct rotate_key *key);
void rotate_tell_next(struct xa_task *t, const struct scene *s, enum rotate_verdict verdict);

#endif
