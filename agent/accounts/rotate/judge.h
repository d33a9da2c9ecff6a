/* What is to be done next about the keys of a user: decided by what the vault holds and
 * journals, by what AWS lists, and by nothing else. Pure. Whoever is killed comes back to
 * the same decision. */
#ifndef XA_AGENT_ACCOUNTS_ROTATE_JUDGE_H
#define XA_AGENT_ACCOUNTS_ROTATE_JUDGE_H

#include "agent/vault/rotation.h"

/* AWS's limit is two for a user (facts 9.3). */
#define ROTATE_KEYS_MAX 4

/* AWS takes a clock that is wrong by minutes: so far may the vault's time of a note and
 * AWS's of the key that followed it be from each other. */
#define ROTATE_SLACK_S 300

/* The note of a key to be created holds for a creation that follows at once. */
#define ROTATE_INTENT_S 120

/* due_at of a retired key that is to stay, inactive, until a person deletes it: the end of
 * the year 9999. */
#define ROTATE_NEVER_DUE INT64_C(253402300799)

struct rotate_key {
    struct xa_slice id;
    bool active;
    int64_t created_at;                /* Unix seconds                                  */
    bool asked;                        /* AWS was asked when it was last used, and ...  */
    bool told;                         /* ... has said so                               */
    int64_t used_at;                   /* 0: never                                      */
    struct xa_slice service;           /* by which it was used; may be empty            */
    struct xa_slice stored_as;         /* another name of the vault that has it too; or
                                        * empty. Not of the notes                       */
};

struct rotate_keys {
    struct rotate_key at[ROTATE_KEYS_MAX];
    size_t n;
};

/* Reads the notes of a task, lines `key ID STATUS CREATED` and `used ID SECONDS SERVICE` (a
 * `-` for seconds: AWS did not say). Lines of other kinds, broken ones, and a key more than
 * there is room for are left out. Borrows the notes. */
void rotate_keys_read(struct xa_slice notes, struct rotate_keys *ret);

const struct rotate_key *rotate_keys_find(const struct rotate_keys *keys, struct xa_slice id);

enum rotate_verdict {
    ROTATE_LOOKS = 0,        /* the keys have to be listed                              */
    ROTATE_IS_GONE,          /* AWS does not list the stored key                        */
    ROTATE_IS_INACTIVE,      /* AWS takes the stored, or the new, key no more           */
    ROTATE_IS_STORED,        /* the key that is to go is the stored one                 */
    ROTATE_IS_SHARED,        /* another name of the vault has `key`, which would go     */
    ROTATE_ASKS_USE,         /* when was `key` last used?                               */
    ROTATE_CHOOSES,          /* there are two: a person must say which is to go         */
    ROTATE_DROPS,            /* `key` goes: a person has said so                        */
    ROTATE_CREATES,
    ROTATE_WAITS,            /* what must be listed is not, yet                         */
    ROTATE_TAKES_BACK,       /* the new key is gone at AWS: so is its entry             */
    ROTATE_PROVES,
    ROTATE_DEACTIVATES,      /* `key`, the old one                                      */
    ROTATE_DELETES,          /* `key`, the old one                                      */
    ROTATE_TURNS_BACK,       /* AWS takes the new key no more: the old one, if it does  */
    ROTATE_SETTLES,          /* AWS holds the old key no more, or it is to stay         */
};

struct rotate_facts {
    struct xa_slice current;                     /* the stored key's id                 */
    const struct xa_vault_rotation *journal;
    const struct rotate_keys *keys;
    struct xa_slice goes;                        /* which a person named; or empty      */
    int64_t now_s;                               /* AWS's time, Unix seconds            */
    bool patient;                                /* a list may lag: look again          */
    bool listed;                                 /* keys are what AWS lists, even none  */
    bool refused;                                /* AWS takes the stored key no more    */
};

/* True if `key` may be the one that was asked for here by a run that was interrupted, and
 * whose secret never came. It may be another all the same: only a person can know. */
bool rotate_may_be_lost(const struct rotate_facts *facts, const struct rotate_key *key);

/* *ret_key: the one it is about, of keys; NULL if it is about none. */
enum rotate_verdict rotate_judge(const struct rotate_facts *facts,
                                 const struct rotate_key **ret_key);

#endif
