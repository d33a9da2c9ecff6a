/* What AWS refused, remembered for a while: a program in a loop is not to ask again
 * and again (N12). Network failures are not refusals and never come here. */
#ifndef XA_AGENT_BROKER_REFUSED_H
#define XA_AGENT_BROKER_REFUSED_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/error.h"

struct xa_refused;

struct xa_refused *xa_refused_new(struct xa_error *err) XA_MUST_CHECK;
void xa_refused_free(struct xa_refused **refused);       /* NULL is fine */

/* Remembers a refusal of what has this cache key: for 30 s the first time, twice as
 * long each time it comes again, 5 min at most. When 256 are held the oldest goes. */
void xa_refused_note(struct xa_refused *refused, const uint8_t key[32],
                     const struct xa_error *err, int64_t now_ms);

/* The refusal that still stands for a caller, or NULL: then AWS is to be asked. For
 * one that has a person it stands for a second only. Valid until the next note. */
const struct xa_error *xa_refused_find(const struct xa_refused *refused, const uint8_t key[32],
                                       bool has_person, int64_t now_ms);

/* It succeeded after all; everything, when the configuration has changed. */
void xa_refused_clear(struct xa_refused *refused, const uint8_t key[32]);
void xa_refused_clear_all(struct xa_refused *refused);

#endif
