/* Policy documents as IAM sends them: percent-encoded JSON (facts 9.1). Pure; the fuzzer
 * policy_document comes in here. */
#ifndef XA_AGENT_COURIER_REPLY_POLICY_H
#define XA_AGENT_COURIER_REPLY_POLICY_H

#include "proto/wire.h"

/* Undoes RFC 3986's encoding in place. False: a '%' without two hexadecimal digits. */
bool xa_reply_policy_decode(char *at, size_t *len) XA_MUST_CHECK;

/* Writes one JSON object in the one form that everybody else compares byte for byte: keys
 * sorted, no white space, ASCII only (everything else as \uXXXX). Numbers with decimals
 * or an exponent get 17 digits. False: it is no object, holds a key twice or what no
 * JSON may, is nested deeper than 16, or does not fit; then *ret is of no use. */
bool xa_reply_policy_normalise(struct xa_slice json, struct xa_writer *ret) XA_MUST_CHECK;

/* A policy document, decoded, in both forms.
 *
 * document  as above.
 * lines     for each statement in its order, and below it in this one:
 *             statement SID                 `-` for none
 *             effect Allow|Deny
 *             principal TYPE VALUE          TYPE of AWS, CanonicalUser, Federated, Service;
 *             notprincipal TYPE VALUE       both `*` for "Principal":"*"
 *             action VALUE, notaction VALUE, resource VALUE, notresource VALUE
 *             condition OPERATOR KEY VALUE  operators and keys sorted; a list without
 *                                           values: nothing behind the last blank
 *           A text is what stands between the quotes in document; in OPERATOR and KEY a
 *           blank is \u0020, so that the words can be told apart.
 *
 * A writer that is bad afterwards had not enough room; its form is of no use then (in a
 * record's details, a line `cut 1` stands in place of the lines).
 * NULL, or what is wrong with it, for people; then neither is. What could mean more than the
 * lines say is no policy document: an element of a statement that is not known, two that
 * exclude each other, an empty list where AWS wants one value at least. */
const char *xa_reply_policy(struct xa_slice json, struct xa_writer *document,
                            struct xa_writer *lines) XA_MUST_CHECK;

#endif
