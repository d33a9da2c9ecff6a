/* From a frame to its handler: who may ask what. */
#ifndef XA_AGENT_DISPATCH_H
#define XA_AGENT_DISPATCH_H

#include "agent/conn.h"

/* Decodes conn's request (type and number are set) and has it handled: by an
 * answer before this returns, or by a callback later. body is borrowed. */
void xa_dispatch(struct xa_conn *conn, struct xa_slice body);

/* --- for the handlers ------------------------------------------------------------ */

/* message is the decoded struct of the request's type; body its bytes, to be kept
 * if the request has to wait. Both are borrowed for the call. */
typedef void xa_handler_fn(struct xa_conn *conn, const void *message, struct xa_slice body);

/* handle_secret.c: what concerns the passphrase */
xa_handler_fn xa_handle_unlock, xa_handle_lock, xa_handle_passwd;
/* handle_answer.c: what a person, or a program of theirs, says to a question */
xa_handler_fn xa_handle_mfa_code, xa_handle_foreign, xa_handle_cancel;
/* handle_plan.c: what would be done */
xa_handler_fn xa_handle_plan;
/* handle_key.c: source keys in, source keys out */
xa_handler_fn xa_handle_add, xa_handle_remove;
/* handle_issue.c: temporary credentials */
xa_handler_fn xa_handle_credentials, xa_handle_whoami, xa_handle_forget;
/* handle_token.c: what is given in place of keys, and links to the console */
xa_handler_fn xa_handle_token, xa_handle_console, xa_handle_switch_url;
/* handle_config.c: destinations and the configuration file */
xa_handler_fn xa_handle_dest_add, xa_handle_dest_remove, xa_handle_check;
/* handle_probe.c: is AWS there */
xa_handler_fn xa_handle_probe;
/* handle_account.c: long work, a step a request */
xa_handler_fn xa_handle_task;
void xa_tasks_start(struct xa_agent *agent);
void xa_tasks_stop(struct xa_agent *agent);      /* before the link closes */
/* handle_setup.c: what a setup would make */
xa_handler_fn xa_handle_setup_plan;
/* handle_view.c: what there is */
xa_handler_fn xa_handle_status, xa_handle_list, xa_handle_stop;

/* handle_issue.c: true if the request, before it is decoded, was one for credentials that was
 * answered before and that has been answered again. */
bool xa_handle_again(struct xa_conn *conn, struct xa_slice body);

/* True if the vault is open (or new, if `may_be_new`). Else the request has been
 * answered, or parked until someone has been asked. */
bool xa_open_or_ask(struct xa_conn *conn, const struct xa_asking *asking, struct xa_slice body,
                    bool may_be_new);

/* True if a request's wish means anything, by the files alone; else it has failed. */
bool xa_known_or_fail(struct xa_conn *conn, const struct xa_wish *wish);

/* Logs the failure of a request for `what`, and answers with it. */
void xa_fail_logged(struct xa_conn *conn, const char *what, const struct xa_error *err);

/* True if err is none (XA_OK): what was learned meanwhile changes the plan, and the request
 * is handled as if it had just come, or fails when that happens again and again. */
bool xa_plan_anew(struct xa_conn *conn, const struct xa_error *err);

/* A person is needed: the request waits for the question's answer, or fails. */
void xa_ask_person(struct xa_conn *conn, struct xa_question **question,
                   const struct xa_asking *asking, struct xa_slice body);

/* What would be done for a wish, or NULL when the request has been answered. */
const struct xa_plan *xa_plan_or_fail(struct xa_conn *conn, const struct xa_wish *wish);

/* How long this caller waits for the network, in ms. */
uint64_t xa_patience_ms(const struct xa_asking *asking);

/* The configuration for a look-up, or NULL when the request has been answered. */
const struct xa_roles *xa_roles_or_fail(struct xa_conn *conn);

#endif
