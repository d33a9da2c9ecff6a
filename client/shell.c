#include "client/shell.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool xa_shell_from_name(const char *name, enum xa_shell *ret)
{
    static const struct { const char *name; enum xa_shell shell; } known[] = {
        { "sh", XA_SHELL_SH },     { "bash", XA_SHELL_BASH },  { "zsh", XA_SHELL_ZSH },
        { "fish", XA_SHELL_FISH }, { "dash", XA_SHELL_SH },    { "ash", XA_SHELL_SH },
        { "ksh", XA_SHELL_SH },    { "mksh", XA_SHELL_SH },    { "busybox", XA_SHELL_SH },
    };
    const char *slash = strrchr(name, '/');
    if (slash != NULL)
        name = slash + 1;
    if (name[0] == '-')    /* a login shell */
        name++;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i].name) == 0) {
            *ret = known[i].shell;
            return true;
        }
    return false;
}

static bool from_parent(enum xa_shell *ret)
{
    char path[64], name[32];
    snprintf(path, sizeof path, "/proc/%ld/comm", (long)getppid());
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, name, sizeof name - 1);
    close(fd);
    if (n <= 0)
        return false;
    name[n] = '\0';
    name[strcspn(name, "\n")] = '\0';
    return xa_shell_from_name(name, ret);
}

bool xa_shell_find(const char *wish, enum xa_shell *ret, struct xa_error *err)
{
    const char *from = "--shell", *usual = getenv("SHELL");
    if (wish == NULL) {
        wish = getenv("XACCT_SHELL");
        from = "XACCT_SHELL";
    }
    if (wish != NULL && wish[0] != '\0')
        return xa_shell_from_name(wish, ret) ||
               xa_fail(err, XA_USAGE, "%s: '%s' is none of sh, bash, zsh, fish", from, wish);
    if (from_parent(ret) || (usual != NULL && xa_shell_from_name(usual, ret)))
        return true;
    *ret = XA_SHELL_SH;
    return true;
}

bool xa_shell_fit(struct xa_slice value)
{
    if (!xa_text_printable(value))
        return false;
    for (size_t i = 0; i < value.len; i++) {
        if (strchr("'\"\\`*?[](){}<>|^~#$!", value.at[i]) != NULL)
            return false;
        if (value.at[i] == ' ' &&
            (i == 0 || i + 1 == value.len || value.at[i - 1] == ' '))
            return false;
    }
    return true;
}

void xa_shell_set(struct xa_out *o, enum xa_shell shell, const char *name, struct xa_slice value)
{
    xa_out_text(o, shell == XA_SHELL_FISH ? "set -gx " : "export ");
    xa_out_text(o, name);
    xa_out_text(o, shell == XA_SHELL_FISH ? " '" : "='");
    xa_out_slice(o, value);
    xa_out_text(o, "';");
}

void xa_shell_unset(struct xa_out *o, enum xa_shell shell, const char *name)
{
    xa_out_text(o, shell == XA_SHELL_FISH ? "set -e -g " : "unset ");
    xa_out_text(o, name);
    xa_out_char(o, ';');
}

void xa_shell_hide(struct xa_out *o, enum xa_shell shell, const char *name)
{
    xa_shell_unset(o, shell, name);
    if (shell != XA_SHELL_FISH)
        return;
    xa_out_text(o, "set -q -U ");
    xa_out_text(o, name);
    xa_out_text(o, "; and set -gx ");
    xa_out_text(o, name);
    xa_out_char(o, ';');
}
