/* Policies of AWS's own that are asked for most, for a name that is none of them. */
#include <string.h>

#include "client/base/suggest.h"
#include "client/setup/steps.h"

/* Behind arn:aws:iam::aws:policy/. What has a path is asked for by its ARN. */
static const char well_known[][35] = {
    "AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess", "SecurityAudit",
    "job-function/ViewOnlyAccess", "job-function/Billing", "job-function/DatabaseAdministrator",
    "job-function/NetworkAdministrator", "job-function/SystemAdministrator",
    "job-function/SupportUser", "job-function/DataScientist", "IAMFullAccess", "IAMReadOnlyAccess",
    "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "AmazonEC2FullAccess",
    "AmazonEC2ReadOnlyAccess", "AmazonRDSFullAccess", "AmazonRDSReadOnlyAccess",
    "AmazonDynamoDBFullAccess", "AmazonDynamoDBReadOnlyAccess", "AmazonVPCFullAccess",
    "AmazonECS_FullAccess", "AWSLambda_FullAccess", "AWSLambda_ReadOnlyAccess",
    "CloudWatchFullAccess", "CloudWatchReadOnlyAccess", "AWSSupportAccess",
    "AWSBillingReadOnlyAccess",
};

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

const char *xa_setup_well_known(const char *arn)
{
    const char *own = ":iam::aws:policy/";
    const char *at = strstr(arn, own);
    if (at == NULL)
        return NULL;
    struct xa_suggestion near = xa_suggest_begin(last_part(at + strlen(own)));
    for (size_t i = 0; i < sizeof well_known / sizeof well_known[0]; i++)
        xa_suggest_offer(&near, last_part(well_known[i]));
    const char *found = xa_suggest_end(&near);
    for (size_t i = 0; found != NULL && i < sizeof well_known / sizeof well_known[0]; i++)
        if (last_part(well_known[i]) == found)
            return strcmp(well_known[i], at + strlen(own)) != 0 ? well_known[i] : NULL;
    return NULL;
}
