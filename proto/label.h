/* The variables in which prompts look for the account that a shell works in. */
#ifndef XA_PROTO_LABEL_H
#define XA_PROTO_LABEL_H

#include "proto/wire.h"

#define XA_N_LABEL_VARIABLES 7
#define XA_LABEL_VARIABLE_SIZE 17        /* of the longest name, with its NUL */

/* The first is the one that is set if nobody says otherwise. A label is text
 * of the configuration, and in most other variables it could be a command (BASH_ENV), a file
 * that names commands (AWS_CONFIG_FILE) or another account (AWS_PROFILE): so these it is. */
extern const char xa_label_variables[XA_N_LABEL_VARIABLES][XA_LABEL_VARIABLE_SIZE];

/* Of a list of them: "AWS_VAULT,AWSUME_PROFILE". */
#define XA_LABEL_VARIABLES_MAX 128

/* True if the whole of it is such a list, or "none". */
bool xa_label_list_valid(struct xa_slice list);

/* True if the list has this name. */
bool xa_label_list_has(struct xa_slice list, const char *name);

#endif
