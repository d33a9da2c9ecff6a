/* The sealed cache at the agent's side (`cache = sealed`): when it is read, written and
 * removed. What lies in the file is agent/broker/sealed_file's. */
#ifndef XA_AGENT_SEALING_H
#define XA_AGENT_SEALING_H

#include <uv.h>

#include "agent/broker/sealed_file.h"
#include "agent/work.h"

struct xa_agent;
struct xa_conn;

struct xa_sealing {
    struct xa_agent *agent;
    struct xa_sealed_file *file;
    char boot[XA_SEALED_BOOT_MAX + 1];
    uv_timer_t timer;              /* .data = this; gathers changes for a moment        */
    struct xa_work work;           /* a save that is under way or waits for its turn    */
    struct xa_sealed_job *job;     /* its job; NULL: none                               */
    unsigned long seen;            /* the cache's changes that the file has, or will have */
};

/* Reads the boot's id, and removes the file if the configuration does not want one. */
bool xa_sealing_init(struct xa_sealing *sealing, struct xa_agent *agent,
                     struct xa_error *err) XA_MUST_CHECK;

/* Seals what has changed, at once, and frees. The vault may be open. */
void xa_sealing_close(struct xa_sealing *sealing);

/* The vault was opened: what was sealed by it is held again. */
void xa_sealing_opened(struct xa_sealing *sealing);

/* Something may have changed: it will be sealed in a moment. Costs next to nothing if
 * nothing has. */
void xa_sealing_look(struct xa_sealing *sealing);

/* The vault is about to lock: what has changed is sealed now. */
void xa_sealing_save(struct xa_sealing *sealing);

/* The vault has another key, by which the file does not open: it is sealed anew. */
void xa_sealing_rekeyed(struct xa_sealing *sealing);

/* Removes the file and then answers conn's FORGET with n. */
void xa_sealing_forget(struct xa_sealing *sealing, struct xa_conn *conn, uint32_t n);

/* True if the configuration wants it. */
bool xa_sealing_wanted(const struct xa_sealing *sealing);

#endif
