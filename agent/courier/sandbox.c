#include "agent/courier/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Lowers a limit, soft and hard, to most; one that is lower already stays. */
static bool limit(int which, rlim_t most, const char *name, struct xa_error *err)
{
    struct rlimit now;
    if (getrlimit(which, &now) == 0) {
        if (now.rlim_max > most)
            now.rlim_max = most;
        if (now.rlim_cur > now.rlim_max)
            now.rlim_cur = now.rlim_max;
        if (setrlimit(which, &now) == 0)
            return true;
    }
    return xa_fail(err, XA_INTERNAL, "courier: limit %s: %s", name, strerror(errno));
}

/* Seccomp and Landlock filters belong behind the limits, as the last steps: a
 * filter that came first could refuse them. */
bool xa_sandbox_enter(const struct xa_sandbox *sandbox, struct xa_error *err)
{
    if (prctl(PR_GET_DUMPABLE) != 0)
        return xa_fail(err, XA_INTERNAL, "courier: other processes could read its memory");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return xa_fail(err, XA_INTERNAL, "courier: no_new_privs: %s", strerror(errno));

    /* A write to a file is then an error, not a signal that ends the courier. */
    signal(SIGXFSZ, SIG_IGN);
    return limit(RLIMIT_CORE, 0, "core", err) && limit(RLIMIT_FSIZE, 0, "fsize", err) &&
           limit(RLIMIT_NOFILE, sandbox->descriptors_max, "nofile", err);
}
