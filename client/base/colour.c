#include "client/base/colour.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

bool xa_colour_wanted(const char *when, bool otherwise, bool *ret, struct xa_error *err)
{
    const char *none = getenv("NO_COLOR");
    *ret = otherwise && (none == NULL || none[0] == '\0');
    if (when == NULL || strcmp(when, "auto") == 0)
        return true;
    *ret = strcmp(when, "always") == 0;
    return *ret || strcmp(when, "never") == 0 ||
           xa_fail(err, XA_USAGE, "--color: '%s' is none of auto, always, never", when);
}

unsigned xa_colour_of_level(struct xa_slice level)
{
    static const struct { unsigned colour; const char *levels; } colours[] = {
        { 31, " prod production live high critical " },
        { 33, " stage staging preprod test uat qa medium " },
        { 32, " dev development sandbox low " },
    };
    char word[XA_LABEL_MAX + 3];
    if (level.len == 0 || level.len > XA_LABEL_MAX)
        return 0;
    snprintf(word, sizeof word, " %.*s ", (int)level.len, (const char *)level.at);
    for (size_t i = 0; i < sizeof colours / sizeof colours[0]; i++)
        if (strstr(colours[i].levels, word) != NULL)
            return colours[i].colour;
    return 0;
}
