#include "proto/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/wire.h"

/* For the analyzer the header makes macros of these. */
#undef xa_fail
#undef xa_hint
#undef xa_why

/* A message can quote foreign text: a file's line, an answer from the network.
 * Control and direction characters would reach the person's terminal, and bytes
 * that are not text would not pass the wire, so they end here, at the one door. */
XA_PRINTF(3, 0)
static void put(char *at, size_t size, const char *fmt, va_list args)
{
    vsnprintf(at, size, fmt, args);
    if (xa_text_printable(xa_slice_of(at)))
        return;
    for (char *p = at; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
            *p = '?';
}

bool xa_fail(struct xa_error *err, enum xa_code code, const char *fmt, ...)
{
    if (err == NULL)
        return false;
    memset(err, 0, sizeof *err);
    err->code = code;
    va_list args;
    va_start(args, fmt);
    put(err->message, sizeof err->message, fmt, args);
    va_end(args);
    snprintf(err->hint, sizeof err->hint, "%s", xa_code_hint(code));
    return false;
}

bool xa_hint(struct xa_error *err, const char *fmt, ...)
{
    if (err == NULL)
        return false;
    va_list args;
    va_start(args, fmt);
    put(err->hint, sizeof err->hint, fmt, args);
    va_end(args);
    return false;
}

bool xa_why(struct xa_error *err, const char *fmt, ...)
{
    if (err == NULL)
        return false;
    va_list args;
    va_start(args, fmt);
    put(err->why, sizeof err->why, fmt, args);
    va_end(args);
    return false;
}

#define NAME_SIZE 20
#define HINT_SIZE 72

/* Texts in place: a pointer would have to be made right at each start. */
static const struct {
    uint8_t code;
    uint8_t exit_status;
    char name[NAME_SIZE], hint[HINT_SIZE];
} codes[] = {
#define XX(symbol, wire, exit, name, hint) { symbol, exit, name, hint },
    XA_ERROR_MAP(XX)
#undef XX
};

#define XX(symbol, wire, exit, name, hint) \
    static_assert(sizeof(name) <= NAME_SIZE && sizeof(hint) <= HINT_SIZE, "room for " name);
XA_ERROR_MAP(XX)
#undef XX

#define N_CODES (sizeof codes / sizeof codes[0])

const char *xa_code_name(enum xa_code code)
{
    for (size_t i = 0; i < N_CODES; i++)
        if (codes[i].code == (unsigned)code)
            return codes[i].name;
    return "unknown";
}

const char *xa_code_hint(enum xa_code code)
{
    for (size_t i = 0; i < N_CODES; i++)
        if (codes[i].code == (unsigned)code)
            return codes[i].hint;
    return "";
}

int xa_code_exit(enum xa_code code)
{
    for (size_t i = 0; i < N_CODES; i++)
        if (codes[i].code == (unsigned)code)
            return codes[i].exit_status;
    return 1;
}

enum xa_code xa_code_from_wire(uint32_t wire)
{
    for (size_t i = 0; i < N_CODES; i++)
        if (codes[i].code == wire)
            return (enum xa_code)wire;
    return XA_INTERNAL;
}
