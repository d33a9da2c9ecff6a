#include "client/report.h"

#include <unistd.h>

static void put_what(struct xa_out *o, const struct xa_client *c, const struct xa_error *err)
{
    char title[XA_TITLE_SIZE];
    const char *name = c->about != NULL ? c->about : xa_client_name(c, 0);
    if (c->command == NULL || err->code == XA_USAGE)
        return;
    xa_command_title(c->command, title);
    xa_out_text(o, title);
    xa_out_text(o, " failed");
    if (name != NULL && xa_text_printable(xa_slice_of(name)))
        xa_out_format(o, " for %s", name);
    xa_out_text(o, ": ");
}

static void put_line(struct xa_out *o, const char *what, const char *text)
{
    if (text[0] == '\0')
        return;
    xa_out_format(o, "  %s: ", what);
    xa_out_text(o, text);
    xa_out_char(o, '\n');
}

/* The command's own status tells that the failure was xacct's and not the program's. */
static int status_of(const struct xa_client *c, const struct xa_error *err)
{
    return c->failure_status != 0 ? c->failure_status
         : c->command != NULL && c->command->failure_status != 0 ? c->command->failure_status
                                                                 : xa_code_exit(err->code);
}

int xa_report(const struct xa_client *c, const struct xa_error *err)
{
    int status = status_of(c, err), usual = xa_code_exit(err->code);
    char room[4096];
    struct xa_out o = xa_out_begin(STDERR_FILENO, room, sizeof room);
    struct xa_error nobody_reads;
    if (err->message[0] == '\0')
        return status;
    xa_out_text(&o, "xacct: ");
    put_what(&o, c, err);
    xa_out_text(&o, err->message);
    if (c->failure_status == 0 && status != usual)
        xa_out_format(&o, " (exit %d elsewhere)", usual);
    xa_out_char(&o, '\n');
    put_line(&o, "why", err->why);
    if (err->aws_code[0] != '\0') {
        xa_out_format(&o, "  aws: %s", err->aws_code);
        if (err->request_id[0] != '\0')
            xa_out_format(&o, " (request id %s)", err->request_id);
        xa_out_char(&o, '\n');
    }
    put_line(&o, "try", err->hint);
    if (!xa_out_finish(&o, &nobody_reads))
        return status;         /* nowhere left to say it; the status says it */
    return status;
}
