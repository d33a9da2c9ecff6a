/* Lines `KEY VALUE`: what the courier took out of an answer of IAM (exchange.h), and what a
 * task notes of its own. Pure; everything borrows the lines. */
#ifndef XA_AGENT_ACCOUNTS_DETAILS_H
#define XA_AGENT_ACCOUNTS_DETAILS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/wire.h"

struct xa_detail { struct xa_slice key, value; };

/* Takes the next line off *rest. False at the end, and where what is left is no such line. */
bool xa_detail_next(struct xa_slice *rest, struct xa_detail *ret);

/* The value of the first line with that key; empty if there is none. */
struct xa_slice xa_details_find(struct xa_slice details, const char *key);

/* True if there is a line with that key and that value. */
bool xa_details_have(struct xa_slice details, const char *key, struct xa_slice value);

/* The value of the tag with that key, as the lines `tag.key KEY` and `tag.value VALUE` of one
 * pair say; empty: there is no such tag, or it has none. */
struct xa_slice xa_details_tag(struct xa_slice details, const char *key);

/* The value as a number; 0 if there is none, or it is no number of up to 18 digits. */
int64_t xa_details_number(struct xa_slice details, const char *key);

/* --- the statements of a policy ---------------------------------------------------------- */

struct xa_statement {
    struct xa_slice sid;               /* empty: it has none                            */
    bool allows;                       /* else it denies                                */
    struct xa_slice lines;             /* its actions, resources, principals, conditions */
};

/* Takes the next statement off *rest. False at the end. */
bool xa_statements_next(struct xa_slice *rest, struct xa_statement *ret);

/* True if one of the statement's lines with that key is a pattern that the text matches:
 * `*` any characters, `?` one; without regard to case if fold (as actions are compared). What
 * cannot be judged matches nothing. */
bool xa_statement_matches(const struct xa_statement *statement, const char *key,
                          struct xa_slice text, bool fold);
bool xa_pattern_matches(struct xa_slice pattern, struct xa_slice text, bool fold);

/* A pattern can cost as much as its length times the text's: whoever weighs many has an effort
 * for all of them, in characters that are looked at (G2). */
#define XA_PATTERN_MAX 2048            /* and of the text: the longest ARN               */
#define XA_PATTERN_EFFORT 200000       /* own choice: well below a millisecond           */

/* False: it is too long, or *effort is used up, and nothing is known. */
bool xa_pattern_judge(struct xa_slice pattern, struct xa_slice text, bool fold, size_t *effort,
                      bool *ret_matches) XA_MUST_CHECK;

/* A condition's line, taken apart: `OPERATOR KEY VALUE`. */
struct xa_condition { struct xa_slice op, key, value; };
bool xa_condition_of(const struct xa_detail *line, struct xa_condition *ret);

#endif
