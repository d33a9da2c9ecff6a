/* The console: signing a browser in, and the Switch Role link (facts 8). Pure. */
#ifndef XA_AGENT_AWS_CONSOLE_H
#define XA_AGENT_AWS_CONSOLE_H

#include "agent/aws/endpoint.h"
#include "agent/courier/exchange.h"

/* Credentials of a role, to be exchanged for a sign-in token. */
struct xa_signin {
    struct xa_slice access_key_id, secret, token;
    uint32_t duration_s;                 /* SessionDuration, 900..43200; 0: left out      */
};

/* The form of getSigninToken, to be sent by POST: it holds the credentials. Returns its
 * length, or 0 if it does not fit. The room is as secret as they are. */
size_t xa_signin_body(const struct xa_signin *signin, char *room, size_t cap);

/* Where it is sent: the sign-in host of wish->partition, or wish->endpoint_url's
 * /federation. Only ret->url is set. XA_NOT_SERVED: a partition without a public sign-in
 * page; XA_BAD_CONFIG. */
bool xa_endpoint_signin(const struct xa_endpoint_wish *wish, struct xa_endpoint *ret,
                        struct xa_error *err) XA_MUST_CHECK;

/* Judges a record of getSigninToken: 200 and a token. Errors as xa_refusal_explain,
 * XA_BAD_REPLY; a 400 is XA_AWS_REFUSED with words of its own. */
bool xa_signin_check(const struct xa_record *record, bool custom_endpoint,
                     struct xa_error *err) XA_MUST_CHECK;

/* A service's page, or the console's home: letters, digits and '-', as AWS's CLI calls it
 * ("s3", "cloudformation"); the few whose page has another name are known. */
bool xa_console_service_valid(struct xa_slice service);

struct xa_console_page {
    struct xa_slice partition;
    struct xa_slice service;             /* empty: the home                               */
    struct xa_slice region;              /* empty: the one used last                      */
};

/* The link that signs in with this token and opens the page; signin_url is that of
 * xa_endpoint_signin. Returns its length, or 0 if it does not fit. Whoever opens it is in. */
size_t xa_console_url(struct xa_slice signin_url, struct xa_slice signin_token,
                      const struct xa_console_page *page, char *room, size_t cap);

/* The link that signs the browser out, of the partition's own host. */
size_t xa_console_logout_url(struct xa_slice partition, char *room, size_t cap);

struct xa_switch_role {
    struct xa_slice partition, account, role;    /* role: path and name, "team/Admin"     */
    struct xa_slice display_name;
    struct xa_slice level;               /* decides the colour in the console's bar       */
};

/* XA_USAGE: path and name are longer than XA_SWITCH_ROLE_MAX; XA_NOT_SERVED as above.
 * Writes a text with its NUL. */
bool xa_switch_role_url(const struct xa_switch_role *to, char *room, size_t cap,
                        struct xa_error *err) XA_MUST_CHECK;

#endif
