/* Statements for shells: quoting so that nothing in a value is ever obeyed, also
 * when the whole passes an unquoted eval $(…), which splits it at blanks and
 * expands patterns before eval sees a quote (security G3). */
#ifndef XA_CLIENT_SHELL_SHELL_H
#define XA_CLIENT_SHELL_SHELL_H

#include "client/base/output.h"

enum xa_shell {
    XA_SHELL_SH, XA_SHELL_BASH, XA_SHELL_ZSH, XA_SHELL_FISH, XA_SHELL_CSH, XA_SHELL_POWERSHELL,
    XA_SHELL_NU,
};

/* Their names, for a message: "sh, bash, …". */
#define XA_SHELL_NAMES "sh, bash, zsh, fish, csh, powershell, nu"

/* A shell by its name ("bash", "-zsh", "/usr/bin/fish"): false if we write for
 * none of that name. ksh, mksh, ash and busybox read what sh reads, tcsh what csh does. */
bool xa_shell_from_name(const char *name, enum xa_shell *ret) XA_MUST_CHECK;

/* The shell to write for: `wish` (--shell, may be NULL), else XACCT_SHELL, else the
 * parent process's name, else SHELL, else sh. XA_USAGE: one of the first two names
 * a shell that we do not know. */
bool xa_shell_find(const char *wish, enum xa_shell *ret, struct xa_error *err) XA_MUST_CHECK;

/* True for a value that every shell takes between single quotes and that also
 * survives an unquoted eval $(…): printable, without quotes and backslash, without
 * what any of them takes for a pattern there (zsh with GLOB_SUBST and EXTENDED_GLOB is
 * the greediest), and without blanks but single ones inside. */
bool xa_shell_fit(struct xa_slice value);

/* What the words of a command must stand in to be obeyed by this shell: "eval $(", ")".
 * nu has no eval; there the words need a DEST. */
void xa_shell_use(enum xa_shell shell, const char **ret_before, const char **ret_after);

/* Appends the statement that sets it: `export K='v';`, in fish `set -gx K 'v';`. The value
 * must be fit. */
void xa_shell_set(struct xa_out *o, enum xa_shell shell, const char *name, struct xa_slice value);

/* Appends what sets a variable of the shell that no program sees; for sh, bash, zsh, fish. */
void xa_shell_set_own(struct xa_out *o, enum xa_shell shell, const char *name,
                      struct xa_slice value);

/* Appends `unset K;` or what does it in that shell; in fish for this session alone. */
void xa_shell_unset(struct xa_out *o, enum xa_shell shell, const char *name);

/* Appends `unset K L M;`, in a shell whose `unset` takes several names (sh, bash, zsh); false, with
 * nothing appended: in another. */
bool xa_shell_unset_all(struct xa_out *o, enum xa_shell shell, const char *const *names, size_t n)
    XA_MUST_CHECK;

/* As xa_shell_unset, for what no program must see. In fish a universal variable belongs
 * to all sessions and to the next ones too, so it stays; nothing takes it from programs but
 * an exported one of this session, which is empty and goes with the next xa_shell_unset. */
void xa_shell_hide(struct xa_out *o, enum xa_shell shell, const char *name);

#endif
