#include "client/doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/base/screen.h"

#define MESSAGE_SIZE 1024
#define REMEDY_SIZE 256
#define NAME_COLUMN 9                /* behind "problem"                                  */
#define MESSAGE_COLUMN 29            /* behind "credential_process"                       */
#define EXIT_FINDING 1

static const char healths[][8] = { "ok", "skipped", "warning", "problem" };

static void put(struct xa_doctor *d, enum xa_health health, const char *name, const char *message,
                const char *hint)
{
    if (d->json != NULL) {
        xa_json_open(d->json, NULL, '{');
        xa_json_text(d->json, "name", xa_slice_of(name));
        xa_json_text(d->json, "result", xa_slice_of(healths[health]));
        xa_json_text(d->json, "message", xa_slice_of(message));
        xa_json_text(d->json, "hint", xa_slice_of(hint));
        xa_json_close(d->json, '}');
        return;
    }
    size_t columns = xa_screen_columns();
    xa_out_padded(d->out, xa_slice_of(healths[health]), NAME_COLUMN);
    xa_out_padded(d->out, xa_slice_of(name), MESSAGE_COLUMN - NAME_COLUMN);
    xa_out_wrapped(d->out, message, MESSAGE_COLUMN, NAME_COLUMN, columns);
    xa_out_char(d->out, '\n');
    if (hint[0] != '\0') {
        xa_out_text(d->out, "  try: ");
        xa_out_wrapped(d->out, hint, 7, 7, columns);
        xa_out_char(d->out, '\n');
    }
}

static XA_PRINTF(5, 0) void say(struct xa_doctor *d, enum xa_health health, const char *name,
                                const char *hint, const char *fmt, va_list args)
{
    char message[MESSAGE_SIZE];
    char remedy[REMEDY_SIZE];
    vsnprintf(message, sizeof message, fmt, args);
    snprintf(remedy, sizeof remedy, "%s", hint != NULL ? hint : "");
    xa_text_plain(message);
    xa_text_plain(remedy);
    put(d, health, name, message, remedy);
    if (health != XA_WELL && d->exit_status == 0)
        d->exit_status = EXIT_FINDING;
}

void xa_doctor_well(struct xa_doctor *d, const char *name, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(d, XA_WELL, name, NULL, fmt, args);
    va_end(args);
}

void xa_doctor_finds(struct xa_doctor *d, enum xa_health health, const char *name,
                     const char *hint, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(d, health, name, hint, fmt, args);
    va_end(args);
}

void xa_doctor_error(struct xa_doctor *d, const char *name, const struct xa_error *err)
{
    if (d->exit_status == 0)
        d->exit_status = xa_code_exit(err->code);
    xa_doctor_finds(d, XA_ILL, name, err->hint, "%s%s%s", err->message,
                    err->why[0] != '\0' ? "; " : "", err->why);
}
