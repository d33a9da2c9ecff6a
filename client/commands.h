/* The commands: one table from which the command line is read and help is made. */
#ifndef XA_CLIENT_COMMANDS_H
#define XA_CLIENT_COMMANDS_H

#include "client/client.h"

/* Runs a command. False: *err says why, and its code gives the exit status. (A type
 * of functions, so that a handler is declared by one word.) */
typedef bool xa_command_fn(struct xa_client *c, struct xa_error *err);

struct xa_command {
    char family[8];              /* first word of a command of two; "": it has one       */
    char name[20];               /* its word, or its second                              */
    char alias[8];               /* "": none                                             */
    uint8_t takes[32];           /* options beside those that every command takes, as a list
                                  * of client/options.h                                  */
    uint8_t min_names, max_names;
    bool picks;                  /* a person may be asked for a DEST that is left out    */
    bool starts_agent;
    bool connects_first;         /* with a name and no option, nothing that it opened before stays
                                  * open when it connects                                */
    bool runs_program;           /* what follows its names is a program, left as it is   */
    int failure_status;          /* its exit when it fails; 0: the failure's own         */
    uint32_t patience_ms;        /* how long its caller waits for the network            */
    uint32_t asking_ms;          /* and for a person; 0: the whole lease                 */
    xa_command_fn *run;
};

extern const struct xa_command xa_commands[];
extern const size_t xa_n_commands;

/* Finds the command that the words begin with. *ret_n_words: how many are its name.
 * NULL: XA_USAGE names the nearest, or what may follow a first word alone. */
const struct xa_command *xa_command_find(const char *const *words, size_t n_words,
                                         size_t *ret_n_words, struct xa_error *err);

/* After how many words of this command, its own and its names, a program follows; 0: none
 * does. For xa_options_parse. */
size_t xa_command_program_after(const char *word);

/* True if the word is the first of commands of two words. */
bool xa_command_is_family(const char *word);

/* What is said of a command; "" where there is nothing to say. */
struct xa_command_texts {
    const char *group;           /* a heading of `help`; "": not shown there             */
    const char *args;            /* its names, for the usage line                        */
    const char *choices;         /* what its first name may be, with blanks between: words,
                                  * "@dest", "@source", "@command"; "": any text         */
    const char *formats;         /* what its --format may be, with blanks between; "": any
                                  * text, or it has none                                 */
    const char *summary;         /* one line                                             */
    const char *more;            /* lines for its own help                               */
    const char *examples;        /* lines                                                */
};

struct xa_command_texts xa_command_texts(const struct xa_command *cmd);

/* Writes a command's whole name: "dest add". */
#define XA_TITLE_SIZE 40
void xa_command_title(const struct xa_command *cmd, char ret[XA_TITLE_SIZE]);

/* The handlers, each in the file of its name. */
xa_command_fn xa_cmd_env, xa_cmd_credential_process, xa_cmd_whoami, xa_cmd_list, xa_cmd_status,
    xa_cmd_discover, xa_cmd_forget, xa_cmd_add, xa_cmd_remove, xa_cmd_unlock, xa_cmd_lock,
    xa_cmd_passwd,
    xa_cmd_import, xa_cmd_dest_add, xa_cmd_dest_remove, xa_cmd_config_check, xa_cmd_agent_start,
    xa_cmd_agent_stop, xa_cmd_agent_restart, xa_cmd_agent_path, xa_cmd_help, xa_cmd_version,
    xa_cmd_exec, xa_cmd_console, xa_cmd_switch_url, xa_cmd_eks_token, xa_cmd_rds_token,
    xa_cmd_git_credential, xa_cmd_docker_credential, xa_cmd_aws_config, xa_cmd_switch,
    xa_cmd_doctor, xa_cmd_revoke, xa_cmd_rotate, xa_cmd_setup, xa_cmd_renew, xa_cmd_complete,
    xa_cmd_completion, xa_cmd_init, xa_cmd_prompt;

#endif
