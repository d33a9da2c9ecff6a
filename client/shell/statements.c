#include "client/shell/statements.h"

#include <string.h>

/* In fish, erasing what was not set fails, and setting leaves the status as it was: a
 * script that looks at eval's status must not see that. */
static void end_unsets(struct xa_out *o, enum xa_shell shell)
{
    if (shell == XA_SHELL_FISH)
        xa_out_text(o, "true;");
}

static bool is_set(const struct xa_environment *e, const char *name)
{
    for (size_t i = 0; i < e->n; i++)
        if (e->at[i].kind == XA_VARIABLE_SET && strcmp(e->at[i].name, name) == 0)
            return true;
    return false;
}

/* Some tools take an empty AWS_PROFILE for a name and fail: better than another account,
 * but the person must know why, and only fish knows that the variable is universal. */
static void warn_of_universal(struct xa_out *o, const struct xa_environment *e, const char *name)
{
    size_t len = strlen(name);
    if (len < 8 || strcmp(name + len - 8, "_PROFILE") != 0 || is_set(e, name))
        return;
    xa_out_format(o, "set -q -U %s; and echo 'xacct: the universal variable %s is hidden by an "
                  "empty one here, which aws refuses; try: set -e -U %s' >&2;", name, name, name);
}

/* The first n go. A shell that takes several names at once needs a third of the time so. */
static void take_away(struct xa_out *o, enum xa_shell shell, const struct xa_environment *e,
                      size_t n)
{
    const char *names[XA_VARIABLES_MAX] = { NULL };
    for (size_t i = 0; i < n; i++)
        names[i] = e->at[i].name;
    if (xa_shell_unset_all(o, shell, names, n))
        return;
    for (size_t i = 0; i < n; i++)
        if (e->at[i].kind == XA_VARIABLE_HIDE)
            xa_shell_hide(o, shell, names[i]);
        else
            xa_shell_unset(o, shell, names[i]);
}

/* What goes comes first, then fish's peculiarities of that, then what is set. */
void xa_statements(struct xa_out *o, enum xa_shell shell, const struct xa_environment *e)
{
    size_t i = 0;
    while (i < e->n && e->at[i].kind != XA_VARIABLE_SET)
        i++;
    take_away(o, shell, e, i);
    for (size_t k = 0; shell == XA_SHELL_FISH && k < i; k++)
        if (e->at[k].kind == XA_VARIABLE_HIDE)
            warn_of_universal(o, e, e->at[k].name);
    end_unsets(o, shell);
    for (; i < e->n; i++)
        xa_shell_set(o, shell, e->at[i].name, e->at[i].value);
}
