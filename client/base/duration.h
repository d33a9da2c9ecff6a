/* Lengths of time as people write them. */
#ifndef XA_CLIENT_BASE_DURATION_H
#define XA_CLIENT_BASE_DURATION_H

#include "proto/error.h"

#define XA_DURATION_SIZE 16

/* Reads "1h", "90m", "3600", "3600s", "1h30m", "1h30m10s", "7d": each unit at most
 * once, the larger first. False for anything else and for more than 999 days. */
bool xa_duration_parse(const char *text, uint32_t *ret_s) XA_MUST_CHECK;

/* Writes it short, rounded down: "45s", "58m", "3h58m", "2d4h", "90d". */
void xa_duration_text(uint64_t s, char ret[XA_DURATION_SIZE]);

#endif
