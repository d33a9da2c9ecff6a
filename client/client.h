/* One run of the client: what was asked on the command line, where things are, and
 * the way to the agent. */
#ifndef XA_CLIENT_CLIENT_H
#define XA_CLIENT_CLIENT_H

#include "client/link/link.h"
#include "client/options.h"
#include "proto/sockpath.h"

struct xa_command;

/* Owner: main, for the whole run. */
struct xa_client {
    const struct xa_command *command;    /* borrowed from the table                    */
    struct xa_options opt;
    const char *const *names;            /* the words after the command's own          */
    size_t n_names;
    const char *about;                   /* whom a failure is about; NULL: the first name  */
    struct xa_paths paths;
    struct xa_link link;
    bool picked;                         /* the name was chosen by a person            */
    bool declined;                       /* the last question was answered with a no   */
    bool command_spent;                  /* passphrase_command has had its turn        */
    int exit_status;                     /* of a run that succeeds; 0 unless said      */
    int failure_status;                  /* of one that fails; 0: the command's, or the
                                          * failure's own                              */
};

/* The name with this number, or NULL. */
static inline const char *xa_client_name(const struct xa_client *c, size_t i)
{
    return i < c->n_names ? c->names[i] : NULL;
}

#endif
