/* What is asked of IAM, and what its answers mean (facts 9). Pure. */
#ifndef XA_AGENT_AWS_IAM_H
#define XA_AGENT_AWS_IAM_H

#include "agent/courier/exchange.h"
#include "proto/error.h"

/* Write the form body into room[cap]; return its length, or 0 if it does not fit.
 * user is always to be sent, where it is known (facts 9.1); empty: the signer. */
size_t xa_iam_mfa_devices_body(struct xa_slice user, char *room, size_t cap);

/* Judges a record of ListMFADevices. True: *ret holds the serials of the devices
 * that show codes, each behind a blank; it may be empty. FIDO keys, `:u2f/`, are not
 * among them: they have no code that STS could take (facts 1.9). room is where
 * *ret lies. Errors as xa_sts_check_assume_role. */
bool xa_iam_check_mfa_devices(const struct xa_record *record, bool custom_endpoint,
                              char room[XA_DEVICES_MAX], struct xa_slice *ret,
                              struct xa_error *err) XA_MUST_CHECK;

/* Takes the next serial off such a list. False at the end. */
bool xa_iam_next_device(struct xa_slice *list, struct xa_slice *ret_serial);

/* 9 to 256 of A-Z a-z 0-9 _ + = / : , . @ - (facts 1.2). */
bool xa_mfa_serial_valid(struct xa_slice serial);

/* Six digits. */
bool xa_mfa_code_valid(struct xa_slice code);

#endif
