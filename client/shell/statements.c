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

/* What goes comes first, then fish's peculiarities of that, then what is set. */
void xa_statements(struct xa_out *o, enum xa_shell shell, const struct xa_environment *e)
{
    size_t i = 0;
    for (; i < e->n && e->at[i].kind != XA_VARIABLE_SET; i++)
        if (e->at[i].kind == XA_VARIABLE_HIDE)
            xa_shell_hide(o, shell, e->at[i].name);
        else
            xa_shell_unset(o, shell, e->at[i].name);
    for (size_t k = 0; shell == XA_SHELL_FISH && k < i; k++)
        if (e->at[k].kind == XA_VARIABLE_HIDE)
            warn_of_universal(o, e, e->at[k].name);
    end_unsets(o, shell);
    for (; i < e->n; i++)
        xa_shell_set(o, shell, e->at[i].name, e->at[i].value);
}
