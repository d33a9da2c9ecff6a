/* Which elements of IAM's answers are taken, and what becomes of each (facts 9). */
#ifndef XA_AGENT_COURIER_REPLY_IAM_TABLE_H
#define XA_AGENT_COURIER_REPLY_IAM_TABLE_H

#include <stddef.h>

enum reply_iam_how {
    HOLDS,         /* holds others; may be there once                                     */
    MEMBER,        /* holds others; one of a list, so that they may be there anew         */
    LEADS,         /* the text that a member's lines begin with, wherever it stands in it:
                    * without one they would be taken for the member's before             */
    PLAIN,         /* a text, without the white space at both ends                        */
    EACH,          /* a text that may be there often                                      */
    FREE,          /* a text that people wrote: made printable                            */
    NUMBER, TRUTH, TIME,
    POLICY,        /* a policy document: in both forms of reply_policy.h                  */
    TRUNCATED, MARKER, REQUEST_ID, KEY_ID, SECRET,
};

struct reply_iam_element {
    const char *path;        /* local names from the root on, each after a '/' */
    const char *key;
    enum reply_iam_how how;
};

#define REPLY_IAM_ELEMENTS_MAX 32    /* of one action */

/* An action's elements stand together, and first of them the one that must be there. */
struct reply_iam_table { const struct reply_iam_element *elements; size_t n; };

/* CreateAccessKey: holds a long-lived key, so nothing but the courier of this one
 * exchange reads it. */
extern const struct reply_iam_table reply_iam_new_key;

/* All others. */
extern const struct reply_iam_table reply_iam_answers;

#endif
