#include "agent/audit.h"

#include <stdio.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/log.h"

const char *xa_audit_peer(const struct xa_conn *c, char room[XA_AUDIT_PEER_SIZE])
{
    char link[64], exe[256];
    snprintf(link, sizeof link, "/proc/%ld/exe", (long)c->pid);
    ssize_t len = readlink(link, exe, sizeof exe - 1);
    exe[len > 0 ? len : 0] = '\0';
    snprintf(room, XA_AUDIT_PEER_SIZE, "pid %ld, uid %ju (%s)", (long)c->pid, (uintmax_t)c->uid,
             exe);
    return room;
}

void xa_audit_issue(const struct xa_conn *c, const char *what, const struct xa_identity *identity,
                    struct xa_slice id, int64_t expires_at)
{
    char peer[XA_AUDIT_PEER_SIZE];
    size_t shown = id.len < 4 ? id.len : 4;
    xa_log(XA_LOG_INFO, "issued %s of '%s' as %s to %s, key ...%.*s, until %lld", what,
           identity->name, identity->session_name, xa_audit_peer(c, peer), (int)shown,
           (const char *)id.at + id.len - shown, (long long)expires_at);
}

void xa_audit_deed(const char *work, const char *deed, const char *peer)
{
    xa_log(XA_LOG_INFO, "%s: %s; for %s", work, deed, peer);
}

struct xa_slice xa_audit_note(const struct xa_conn *c, struct xa_slice name, struct xa_slice why,
                              char *room, size_t size)
{
    const struct xa_error *fault = xa_roles_file_fault(c->agent->config);
    int shown = name.len < 700 ? (int)name.len : 700;
    room[0] = '\0';
    if (why.len > 0)
        snprintf(room, size, "the credentials of '%.*s' last %.*s", shown, (const char *)name.at,
                 (int)why.len, (const char *)why.at);
    else if (fault != NULL)
        snprintf(room, size, "the configuration is refused, an older one is in force: %s",
                 fault->message);
    return xa_slice_of(room);
}
