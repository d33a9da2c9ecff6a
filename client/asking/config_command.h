/* The commands of xacct's configuration: passphrase_command, mfa_command and
 * credential_process. Read and run here, when they are needed; the agent executes
 * nothing (design.md, section 7). */
#ifndef XA_CLIENT_ASKING_CONFIG_COMMAND_H
#define XA_CLIENT_ASKING_CONFIG_COMMAND_H

#include "client/base/room.h"

#define XA_COMMAND_MAX 1024          /* bytes of all words with their NULs; own choice */
#define XA_COMMAND_WORDS_MAX 31

/* A command in its words. argv[0] is NULL if there is none. */
struct xa_words {
    char room[XA_COMMAND_MAX];
    char *argv[XA_COMMAND_WORDS_MAX + 1];
};

/* Finds `key` in section [TYPE NAME]; without a name in [TYPE]. A file or a section
 * without it gives no words, and that is no failure. XA_BAD_CONFIG: the file is not ours
 * or root's alone to write, or it or the command does not parse. */
bool xa_config_command_find(const char *config_path, const char *type, const char *name,
                            const char *key, struct xa_words *ret,
                            struct xa_error *err) XA_MUST_CHECK;

/* True if some section has the key. Says nothing about a file that is broken: the agent
 * does. */
bool xa_config_command_any(const char *config_path, const char *key);

/* Runs it, by execvp and with nothing on its standard input, and takes the first line
 * that it prints. `key` names it in messages. XA_NOT_ASKED: the command fails or prints
 * nothing, or is not done by deadline_ms (on xa_clock_ms). */
bool xa_config_command_read(const char *key, struct xa_words *words, int64_t deadline_ms,
                            struct xa_phrase *ret, struct xa_error *err) XA_MUST_CHECK;

#endif
