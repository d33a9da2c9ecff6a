#include "proto/variables.h"

#include <stdint.h>
#include <unistd.h>

/* Names by their first letter: most variables are none of them, and are passed over by it. */
static uint64_t letter_of(const char *name)
{
    return (uint64_t)1 << (*name & 63);
}

/* The value, if the text is "NAME=value" of this name. */
static const char *value_of(const char *text, const char *name)
{
    while (*name != '\0' && *text == *name) {
        text++;
        name++;
    }
    return *name == '\0' && *text == '=' ? text + 1 : NULL;
}

void xa_variables_find(struct xa_variable_wanted *wanted, size_t n)
{
    uint64_t letters = 0;
    for (size_t i = 0; i < n; i++) {
        wanted[i].value = NULL;
        letters |= letter_of(wanted[i].name);
    }
    for (char **e = environ; e != NULL && *e != NULL; e++) {
        if ((letters & letter_of(*e)) == 0)
            continue;
        for (size_t i = 0; i < n; i++)
            if (wanted[i].value == NULL)
                wanted[i].value = value_of(*e, wanted[i].name);
    }
}
