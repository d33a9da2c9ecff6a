/* What --apply and --undo are made of; apply.c and undo.c put them one behind the other. */
#ifndef XA_CLIENT_SETUP_STEPS_H
#define XA_CLIENT_SETUP_STEPS_H

#include "client/setup/setup.h"

/* --- say.c: what is told meanwhile ---------------------------------------------------------- */

bool xa_setup_is_quiet(const struct xa_setup *setup);

/* A note, unless --quiet, in lines that the terminal has room for. */
void xa_setup_say(const struct xa_setup *setup, const char *fmt, ...) XA_PRINTF(2, 3);

/* The same for what nobody may miss. */
void xa_setup_warn(const char *fmt, ...) XA_PRINTF(1, 2);

/* --- work.c: the agent's work --------------------------------------------------------------- */

/* Step by step, to its end; what it tells of is said, and gathered for --json. */
bool xa_setup_work(struct xa_setup *setup, struct xa_error *err) XA_MUST_CHECK;

/* The items as a list of JSON; valid until the next work. */
struct xa_slice xa_setup_gathered(void);

/* --- well_known.c --------------------------------------------------------------------------- */

/* The nearest well-known policy of AWS's own to this ARN's name, with its path; NULL if none
 * is near, or it is that one. */
const char *xa_setup_well_known(const char *arn);

/* --- proof.c -------------------------------------------------------------------------------- */

/* The role is asked for until it is had, and kept in setup->proven_arn; by_name: as the
 * destination of the configuration, else as the plan says. */
bool xa_setup_prove(struct xa_setup *setup, bool by_name, struct xa_error *err) XA_MUST_CHECK;

/* --- dest.c: the configuration -------------------------------------------------------------- */

/* The section that would be written. */
void xa_setup_put_dest(struct xa_out *o, const struct xa_setup *setup);

bool xa_setup_add_dest(struct xa_setup *setup, struct xa_error *err) XA_MUST_CHECK;

/* Takes it out, if it is there. */
bool xa_setup_remove_dest(struct xa_setup *setup, struct xa_error *err) XA_MUST_CHECK;

/* --- apply.c -------------------------------------------------------------------------------- */

/* What was done, as --json has it; url: of the console, or empty. */
void xa_setup_put_result(struct xa_out *o, const struct xa_setup *setup, struct xa_slice url);

#endif
