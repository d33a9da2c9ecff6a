/* What rotate says of keys and times. */
#ifndef XA_AGENT_ACCOUNTS_ROTATE_WORDS_H
#define XA_AGENT_ACCOUNTS_ROTATE_WORDS_H

#include "agent/accounts/rotate/judge.h"

#define ROTATE_TAIL_SIZE 9
#define ROTATE_DAY_SIZE 16

/* "****WXYZ": as much of a key id as is ever shown in words. */
const char *rotate_tail(struct xa_slice id, char room[ROTATE_TAIL_SIZE]);

/* "2026-11-28", in UTC. */
const char *rotate_day(int64_t unix_s, char room[ROTATE_DAY_SIZE]);

/* One of two keys, so that a person can tell which is to go. */
void rotate_describe(const struct rotate_key *key, const struct rotate_facts *facts, char *room,
                     size_t size);

#endif
