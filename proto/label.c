#include "proto/label.h"

#include "proto/line.h"

/* aws-vault's, awsume's, awsu's, aws-sso-cli's, aws-okta's, saml2aws's and assume-role's. */
const char xa_label_variables[XA_N_LABEL_VARIABLES][XA_LABEL_VARIABLE_SIZE] = {
    "AWS_VAULT", "AWSUME_PROFILE", "AWSU_PROFILE", "AWS_SSO_PROFILE", "AWS_OKTA_PROFILE",
    "SAML2AWS_PROFILE", "ASSUMED_ROLE",
};

/* The next item; what follows it is left in *rest. */
static struct xa_slice next_item(struct xa_slice *rest)
{
    size_t len = 0;
    while (len < rest->len && rest->at[len] != ',')
        len++;
    struct xa_slice item = { rest->at, len };
    size_t past = len < rest->len ? len + 1 : len;
    *rest = (struct xa_slice){ rest->at + past, rest->len - past };
    return xa_line_trim(item);
}

static bool known(struct xa_slice name)
{
    for (size_t i = 0; i < XA_N_LABEL_VARIABLES; i++)
        if (xa_slice_is(name, xa_label_variables[i]))
            return true;
    return false;
}

bool xa_label_list_valid(struct xa_slice list)
{
    if (list.len == 0 || list.len > XA_LABEL_VARIABLES_MAX || list.at[list.len - 1] == ',')
        return false;
    if (xa_slice_is(list, "none"))
        return true;
    while (list.len > 0)
        if (!known(next_item(&list)))
            return false;
    return true;
}

bool xa_label_list_has(struct xa_slice list, const char *name)
{
    while (list.len > 0)
        if (xa_slice_is(next_item(&list), name))
            return true;
    return false;
}
