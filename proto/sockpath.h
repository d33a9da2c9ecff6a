/* Where things are: the agent's socket, the vault, the configuration, the state
 * directory (design.md, sections 5 to 7). Both sides ask here, so that they
 * agree; a HELLO makes sure that they did. */
#ifndef XA_PROTO_SOCKPATH_H
#define XA_PROTO_SOCKPATH_H

#include <stdbool.h>
#include <sys/types.h>

#include "proto/error.h"
#include "proto/limits.h"

/* What lies beside the socket in its directory (design.md, section 5). */
#define XA_AGENT_LOCK "agent.lock"     /* held by the agent for life                   */
#define XA_START_LOCK "start.lock"     /* held by the client that starts it            */
#define XA_NEW_SOCKET ".sock-new"      /* a socket before it takes its name            */

/* Not to be copied: the paths stand in its own `texts`, side by side, so that they touch one page
 * of memory and not four. Each has less than XA_PATH_MAX bytes. */
struct xa_paths {
    const char *socket;            /* …/agent.sock                                 */
    const char *config;            /* $XDG_CONFIG_HOME/xacct/config                */
    const char *vault;             /* $XDG_DATA_HOME/xacct/vault                   */
    const char *state;             /* $XDG_STATE_HOME/xacct, a directory           */
    const char *socket_from;       /* why this socket: "XACCT_SOCK", …; static     */
    uid_t uid;                     /* ours, as the kernel said when we were started */
    size_t used;
    char texts[4 * XA_PATH_MAX];
};

/* Fills *ret from the environment (XACCT_SOCK, XDG_*, HOME); touches no file but
 * the runtime directory's inode. Relative XDG_* values are ignored, as the base
 * directory specification wants. HOME unset: the password file's.
 * XA_AGENT_UNUSABLE: no home at all, XACCT_SOCK relative or named like what lies
 * beside a socket, or a path too long for its array. A socket path too long for
 * sun_path is not refused here: both sides use it relative to its directory. */
bool xa_paths_find(struct xa_paths *ret, struct xa_error *err) XA_MUST_CHECK;

/* Opens the socket's directory, making it (and, below the runtime directory,
 * its parents) with mode 0700 if `make`. Refused with XA_AGENT_UNUSABLE: a
 * symbolic link, not a directory, another owner, any access for group or others,
 * no such directory (then err->why says so). Security S1, P2.
 * Returns a close-on-exec descriptor that the caller closes, or -1. *ret_name is
 * the socket's name in it and points into paths->socket. */
int xa_open_socket_dir(const struct xa_paths *paths, bool make, const char **ret_name,
                       struct xa_error *err) XA_MUST_CHECK;

/* Makes the directory `path` and its missing parents with mode 0700, whatever
 * the umask. XA_IO names the part that failed. */
bool xa_make_dirs(const char *path, struct xa_error *err) XA_MUST_CHECK;

#endif
