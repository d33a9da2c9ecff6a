/* The clocks that the client reads, and how it writes and reads a date. */
#ifndef XA_CLIENT_BASE_CLOCK_H
#define XA_CLIENT_BASE_CLOCK_H

#include "proto/wire.h"

#define XA_UTC_SIZE 21

/* Milliseconds of a clock that only goes forward: for deadlines. */
int64_t xa_clock_ms(void);

/* Unix seconds: for "58m left". */
uint64_t xa_clock_unix(void);

/* Writes Unix seconds as "2026-01-15T12:34:56Z"; what lies beyond the year 9999 is
 * written as its last second. gmtime would read the time zone's file, and this
 * runs each time that credentials are handed out. */
void xa_clock_utc(uint64_t unix_s, char ret[XA_UTC_SIZE]);

/* Reads a date as RFC 3339 has it, from 1970 to 9999: "2026-01-15T12:34:56Z", also with
 * a fraction, which is dropped, and with an offset in place of the Z. */
bool xa_clock_parse(struct xa_slice text, uint64_t *ret_unix_s) XA_MUST_CHECK;

#endif
