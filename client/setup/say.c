/* What setup tells while it works: on standard error, in lines that the terminal has room for. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/base/screen.h"
#include "client/setup/steps.h"

#define LINE_SIZE 1280

static const char program[] = "xacct: ";

bool xa_setup_is_quiet(const struct xa_setup *s)
{
    return xa_options_has(&s->client->opt, XA_OPT_QUIET);
}

/* Blanks that a text begins with stand on each of its lines. */
static void put(const char *text)
{
    char room[2 * LINE_SIZE];
    struct xa_error nobody_reads;
    struct xa_out o = xa_out_begin(STDERR_FILENO, room, sizeof room);
    size_t margin = strlen(program), blanks = strspn(text, " ");
    xa_out_text(&o, program);
    xa_out_padded(&o, (struct xa_slice){ 0 }, blanks);
    xa_out_wrapped(&o, text, margin + blanks, margin + blanks + 2,
                   xa_screen_columns_of(STDERR_FILENO));
    xa_out_char(&o, '\n');
    (void)!xa_out_finish(&o, &nobody_reads);
}

static void put_format(const char *fmt, va_list args) XA_PRINTF(1, 0);

static void put_format(const char *fmt, va_list args)
{
    char text[LINE_SIZE];
    if (xa_notes_are_off())
        return;
    vsnprintf(text, sizeof text, fmt, args);
    xa_text_plain(text);
    put(text);
}

void xa_setup_say(const struct xa_setup *s, const char *fmt, ...)
{
    va_list args;
    if (xa_setup_is_quiet(s))
        return;
    va_start(args, fmt);
    put_format(fmt, args);
    va_end(args);
}

void xa_setup_warn(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    put_format(fmt, args);
    va_end(args);
}
