/* Programs that ask a person or show something to them. */
#include "client/doctor/doctor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/asking/config_command.h"
#include "client/base/child.h"

/* A variable that names a program. */
static bool asker(struct xa_doctor *d, const char *variable, bool *ret_any)
{
    const char *program = getenv(variable);
    if (program == NULL || program[0] == '\0')
        return true;
    *ret_any = true;
    if (strchr(program, '/') != NULL ? access(program, X_OK) == 0 : xa_child_in_path(program))
        return true;
    xa_doctor_finds(d, XA_ILL, "tools that ask", "name another program, or unset it",
                    "%s is %.200s, which cannot be executed", variable, program);
    return false;
}

static void askers(struct xa_doctor *d)
{
    static const char variables[][15] = { "XACCT_PINENTRY", "XACCT_ASKPASS", "SSH_ASKPASS" };
    bool well = true, any = false;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        well &= asker(d, variables[i], &any);
    if (well)
        xa_doctor_well(d, "tools that ask", any ? "can be executed" : "the terminal");
}

/* starship says so to what it runs, and finds the label in these variables. */
static void prompts(struct xa_doctor *d)
{
    struct xa_words words = { .argv = { NULL } };
    struct xa_error unsaid;
    bool read = xa_config_command_find(d->client->paths.config, "agent", NULL, "label_variables",
                                       &words, &unsaid);
    bool named = words.argv[0] == NULL;              /* AWS_VAULT, if nothing is said   */
    for (char **word = words.argv; read && *word != NULL; word++)
        named |= strstr(*word, "AWS_VAULT") != NULL || strstr(*word, "AWSU_PROFILE") != NULL ||
                 strstr(*word, "AWSUME_PROFILE") != NULL ||
                 strstr(*word, "AWS_SSO_PROFILE") != NULL;
    if (getenv("STARSHIP_SHELL") == NULL)
        xa_doctor_well(d, "prompt", "the label is in %s", words.argv[0] != NULL
                                                        ? "the variables of label_variables"
                                                        : "AWS_VAULT");
    else if (named)
        xa_doctor_well(d, "prompt", "starship finds the label");
    else
        xa_doctor_finds(d, XA_DOUBTFUL, "prompt", "label_variables = AWS_VAULT in [agent]",
                        "starship does not find the label: label_variables names nothing that "
                        "it reads");
}

void xa_doctor_tools(struct xa_doctor *d)
{
    askers(d);
    prompts(d);
}
