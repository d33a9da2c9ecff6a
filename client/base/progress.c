#include "client/base/progress.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/base/output.h"

static bool shown;

/* A terminal that cannot be written to loses a line of progress and no more. */
static void say(const char *before, const char *text)
{
    char room[256];
    struct xa_out o = xa_out_begin(STDERR_FILENO, room, sizeof room);
    struct xa_error nobody_reads;
    xa_out_text(&o, before);
    xa_out_text(&o, text);
    shown = xa_out_finish(&o, &nobody_reads) && text[0] != '\0';
}

/* An editor's shell window, say, would show the escape in place of obeying it. */
static bool can_take_away(void)
{
    const char *term = getenv("TERM");
    return term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

void xa_progress_show(const char *text)
{
    if (text != NULL && isatty(STDERR_FILENO) && can_take_away())
        say("xacct: ", text);
}

void xa_progress_clear(void)
{
    if (shown)
        say("\r\033[K", "");
}
