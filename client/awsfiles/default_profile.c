#include "client/awsfiles/default_profile.h"

#include <stddef.h>

#include "client/awsfiles/aws_files.h"
#include "client/base/output.h"

/* What makes SDKs take a profile for a source of credentials (facts 4.4, 4.5). */
static const char keys[][24] = {
    "aws_access_key_id", "role_arn", "credential_process", "sso_session", "sso_start_url",
    "web_identity_token_file", "login_session",
};

const char *xa_default_profile_key(const struct xa_aws_files *files)
{
    const struct xa_profile *profile = xa_profiles_find(files->profiles, xa_slice_of("default"));
    struct xa_profile_value value;
    for (size_t i = 0; profile != NULL && i < sizeof keys / sizeof keys[0]; i++)
        if (xa_profile_find_key(files->profiles, profile, keys[i], &value))
            return keys[i];
    return NULL;
}

void xa_default_profile_warn(void)
{
    struct xa_aws_files files;
    struct xa_error unsaid;
    const char *key = xa_aws_files_init(&files, &unsaid) ? xa_default_profile_key(&files) : NULL;
    if (key != NULL)
        xa_note("the profile [default] has %s, which most SDKs take before this endpoint; "
                "give that profile another name, or use exec without --server", key);
    xa_aws_files_finish(&files);
}
