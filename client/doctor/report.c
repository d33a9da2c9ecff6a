#include "client/doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_SIZE 1024
#define EXIT_FINDING 1

static const char *const healths[] = { "ok", "skipped", "warning", "problem" };

/* What comes from files and variables is shown to a terminal. */
static void make_plain(char *text)
{
    for (char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
}

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
    xa_out_padded(d->out, xa_slice_of(healths[health]), strlen("problem") + 2);
    xa_out_padded(d->out, xa_slice_of(name), strlen("credential_process") + 2);
    xa_out_text(d->out, message);
    xa_out_char(d->out, '\n');
    if (hint != NULL && hint[0] != '\0')
        xa_out_format(d->out, "  try: %s\n", hint);
}

static void say(struct xa_doctor *d, enum xa_health health, const char *name, const char *hint,
                const char *fmt, va_list args)
{
    char message[MESSAGE_SIZE];
    vsnprintf(message, sizeof message, fmt, args);
    make_plain(message);
    put(d, health, name, message, hint);
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
