/* `doctor`: one check after the other, each with one verdict and, if it is not well, one
 * remedy. A check says what it found and goes on; none of them stops the others. */
#ifndef XA_CLIENT_DOCTOR_DOCTOR_H
#define XA_CLIENT_DOCTOR_DOCTOR_H

#include "client/base/json.h"
#include "client/client.h"

enum xa_health {
    XA_WELL,
    XA_UNKNOWN,              /* could not be looked at, because of another finding      */
    XA_DOUBTFUL,             /* works, but not as the person will expect                */
    XA_ILL,
};

struct xa_doctor {
    struct xa_client *client;
    struct xa_out *out;
    struct xa_json *json;    /* NULL: words                                             */
    int exit_status;         /* of the first that is not well; 0: all are               */
    bool reached;            /* the agent answers                                       */
};

/* The check `name` is well. The message is one line. */
void xa_doctor_well(struct xa_doctor *d, const char *name, const char *fmt, ...) XA_PRINTF(3, 4);

/* It is not. hint is one command or one thing to do. */
void xa_doctor_finds(struct xa_doctor *d, enum xa_health health, const char *name,
                     const char *hint, const char *fmt, ...) XA_PRINTF(5, 6);

/* It is not, as err says; err's code gives the exit status. */
void xa_doctor_error(struct xa_doctor *d, const char *name, const struct xa_error *err);

/* The checks, in their order, each in the file of its room. */
void xa_doctor_agent(struct xa_doctor *d);          /* socket, agent, version           */
void xa_doctor_protection(struct xa_doctor *d);     /* memory, core, dump, privileges   */
void xa_doctor_config(struct xa_doctor *d);         /* the configuration                */
void xa_doctor_network(struct xa_doctor *d);        /* AWS's endpoint, and its clock    */
void xa_doctor_shell(struct xa_doctor *d);          /* this shell's variables           */
void xa_doctor_files(struct xa_doctor *d);          /* the AWS files                    */
void xa_doctor_tools(struct xa_doctor *d);          /* programs that ask and show       */

#endif
