/* The two ways in which a server writes the time. Strict and pure; both give
 * Unix seconds of the years 1970 to 9999. */
#ifndef XA_AGENT_COURIER_DATE_H
#define XA_AGENT_COURIER_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/wire.h"

/* <Expiration>, and the times of IAM: "2019-11-09T13:34:41Z", with one to nine decimals or a
 * numeric offset in place of the Z if the server likes (facts 1.4). Decimals are dropped:
 * credentials that end a little early hurt nobody. */
bool xa_date_of_expiration(struct xa_slice text, int64_t *ret) XA_MUST_CHECK;

/* The Date header: "Tue, 15 Nov 1994 08:12:31 GMT" (IMF-fixdate, RFC 9110). The
 * day of the week must be that of the date. */
bool xa_date_of_header(struct xa_slice text, int64_t *ret) XA_MUST_CHECK;

#endif
