#include "client/asking/askpass.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/asking/helper.h"

const char *xa_askpass_find(void)
{
    const char *own = getenv("XACCT_ASKPASS"), *ssh = getenv("SSH_ASKPASS");
    const char *display = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
    if (own != NULL && own[0] != '\0')
        return own;
    bool shown = (display != NULL && display[0] != '\0') || (wayland != NULL && wayland[0] != '\0');
    return shown && ssh != NULL && ssh[0] != '\0' ? ssh : NULL;
}

bool xa_askpass_read(const char *program, const struct xa_question *q, struct xa_phrase *ret,
                     struct xa_error *err)
{
    char name[512], text[512];
    int status = 0;
    snprintf(name, sizeof name, "%s", program);
    snprintf(text, sizeof text, "%s%s%s", q->complaint != NULL ? q->complaint : "",
             q->complaint != NULL ? "\n" : "", q->text);
    char *argv[] = { name, text, NULL };
    bool ok = xa_helper_first_line(argv, q->deadline_ms, ret, &status, err);
    if (ok && status == 127)
        ok = xa_fail(err, XA_NOT_ASKED, "%s cannot be executed", program);
    else if (ok && status != 0)
        ok = xa_fail(err, XA_CANCELLED, "cancelled");
    if (!ok)
        xa_phrase_wipe(ret);
    return ok;
}
