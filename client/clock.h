/* The clocks that the client reads, and how it writes a date. */
#ifndef XA_CLIENT_CLOCK_H
#define XA_CLIENT_CLOCK_H

#include <stdint.h>

#define XA_UTC_SIZE 21

/* Milliseconds of a clock that only goes forward: for deadlines. */
int64_t xa_clock_ms(void);

/* Unix seconds: for "58m left". */
uint64_t xa_clock_unix(void);

/* Writes Unix seconds as "2026-01-15T12:34:56Z"; what lies beyond the year 9999 is
 * written as its last second. gmtime would read the time zone's file, and this
 * runs each time that credentials are handed out. */
void xa_clock_utc(uint64_t unix_s, char ret[XA_UTC_SIZE]);

#endif
