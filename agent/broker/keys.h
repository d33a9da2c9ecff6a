/* The keys of the configuration file, one row each: in which section, of what
 * type, into which field. roles.c walks the file, keys.c knows the values. */
#ifndef XA_AGENT_BROKER_KEYS_H
#define XA_AGENT_BROKER_KEYS_H

#include "agent/broker/roles.h"

enum xa_section {
    XA_SECTION_AGENT = 1, XA_SECTION_SOURCE = 2, XA_SECTION_DEST = 4, XA_SECTION_CALLER = 8,
};

struct xa_key;

/* The row of a key in a section, or NULL. */
const struct xa_key *xa_key_find(enum xa_section section, struct xa_slice name);

/* The row's place among all, 0..63: for finding a key given twice. */
unsigned xa_key_index(const struct xa_key *key);

/* Judges the value and stores it in the section's struct. Returns NULL, or what
 * is wrong with the value, for people. */
const char *xa_key_store(const struct xa_key *key, struct xa_slice value, void *section);

#endif
