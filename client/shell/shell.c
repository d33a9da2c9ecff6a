#include "client/shell/shell.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/chars.h"

/* How each of them says it, around the name and the value. */
static const struct {
    char set[9], is[5], end[3];
    char unset[14], unset_end[10];
    char use[20], use_end[40];
} words[] = {
    [XA_SHELL_SH] = { "export ", "='", "';", "unset ", ";", "eval $(", ")" },
    [XA_SHELL_BASH] = { "export ", "='", "';", "unset ", ";", "eval $(", ")" },
    [XA_SHELL_ZSH] = { "export ", "='", "';", "unset ", ";", "eval $(", ")" },
    [XA_SHELL_FISH] = { "set -gx ", " '", "';", "set -e -g ", ";", "eval (", ")" },
    [XA_SHELL_CSH] = { "setenv ", " '", "';", "unsetenv ", ";", "eval `", "`" },
    [XA_SHELL_POWERSHELL] = { "$Env:", " = '", "';", "$Env:", " = $null;",
                              "Invoke-Expression (", ")" },
    [XA_SHELL_NU] = { "$env.", " = '", "';", "hide-env -i ", ";",
                      "", " --format json | from json | load-env" },
};

bool xa_shell_from_name(const char *name, enum xa_shell *ret)
{
    static const struct { char name[12]; enum xa_shell shell; } known[] = {
        { "sh", XA_SHELL_SH },     { "bash", XA_SHELL_BASH },  { "zsh", XA_SHELL_ZSH },
        { "fish", XA_SHELL_FISH }, { "csh", XA_SHELL_CSH },    { "tcsh", XA_SHELL_CSH },
        { "powershell", XA_SHELL_POWERSHELL }, { "pwsh", XA_SHELL_POWERSHELL },
        { "nu", XA_SHELL_NU },     { "nushell", XA_SHELL_NU },
        { "dash", XA_SHELL_SH },   { "ash", XA_SHELL_SH },     { "ksh", XA_SHELL_SH },
        { "mksh", XA_SHELL_SH },   { "busybox", XA_SHELL_SH },
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
               xa_fail(err, XA_USAGE, "%s: '%s' is none of " XA_SHELL_NAMES, from, wish);
    if (from_parent(ret) || (usual != NULL && xa_shell_from_name(usual, ret)))
        return true;
    *ret = XA_SHELL_SH;
    return true;
}

/* U+2018 to U+201E: PowerShell takes them for the quotes that they look like. */
static bool looks_like_a_quote(struct xa_slice value, size_t i)
{
    return i + 2 < value.len && value.at[i] == 0xe2 && value.at[i + 1] == 0x80 &&
           value.at[i + 2] >= 0x98 && value.at[i + 2] <= 0x9e;
}

static bool fits_there(struct xa_slice value, size_t i)
{
    struct xa_slice one = { value.at + i, 1 };
    if (value.at[i] >= 0x80)
        return !looks_like_a_quote(value, i);
    if (value.at[i] == ' ')
        return i > 0 && i + 1 < value.len && value.at[i - 1] != ' ';
    return xa_chars_all(one, XA_CHARS_SHELL);
}

bool xa_shell_fit(struct xa_slice value)
{
    size_t i = xa_chars_span(value, XA_CHARS_SHELL);
    if (i == value.len)
        return true;
    if (!xa_text_printable(value))
        return false;
    while (i < value.len && fits_there(value, i))
        i++;
    return i == value.len;
}

void xa_shell_use(enum xa_shell shell, const char **ret_before, const char **ret_after)
{
    *ret_before = words[shell].use;
    *ret_after = words[shell].use_end;
}

void xa_shell_set(struct xa_out *o, enum xa_shell shell, const char *name, struct xa_slice value)
{
    xa_out_text(o, words[shell].set);
    xa_out_text(o, name);
    xa_out_text(o, words[shell].is);
    xa_out_slice(o, value);
    xa_out_text(o, words[shell].end);
}

void xa_shell_set_own(struct xa_out *o, enum xa_shell shell, const char *name,
                      struct xa_slice value)
{
    bool fish = shell == XA_SHELL_FISH;
    xa_out_text(o, fish ? "set -g " : "");
    xa_out_text(o, name);
    xa_out_text(o, fish ? " '" : "='");
    xa_out_slice(o, value);
    xa_out_text(o, "';");
}

void xa_shell_unset(struct xa_out *o, enum xa_shell shell, const char *name)
{
    xa_out_text(o, words[shell].unset);
    xa_out_text(o, name);
    xa_out_text(o, words[shell].unset_end);
}

bool xa_shell_unset_all(struct xa_out *o, enum xa_shell shell, const char *const *names, size_t n)
{
    if (shell != XA_SHELL_SH && shell != XA_SHELL_BASH && shell != XA_SHELL_ZSH)
        return false;
    for (size_t i = 0; i < n; i++) {
        xa_out_text(o, i == 0 ? "unset " : " ");
        xa_out_text(o, names[i]);
    }
    xa_out_text(o, n > 0 ? ";" : "");
    return true;
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
