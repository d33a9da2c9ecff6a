/* Where AWS answers: partitions, regions, host names (facts 3). */
#ifndef XA_AGENT_AWS_ENDPOINT_H
#define XA_AGENT_AWS_ENDPOINT_H

#include "proto/error.h"
#include "proto/limits.h"
#include "proto/wire.h"

struct xa_endpoint {
    char url[XA_URL_MAX + 1];          /* scheme, host, port, path; signed and sent as it is */
    char host[XA_URL_MAX + 1];         /* value of the Host header: no port that the scheme
                                        * means anyway                                       */
    char path[XA_URL_MAX + 1];         /* "/" at least                                       */
    char region[XA_REGION_MAX + 1];    /* to sign for                                        */
};

struct xa_endpoint_wish {
    struct xa_slice region;            /* empty: the partition's implicit one                */
    struct xa_slice partition;         /* of the role's ARN; empty: the region's, else "aws" */
    struct xa_slice endpoint_url;      /* from configuration; empty: AWS's own               */
    bool fips, dualstack;
    bool legacy_global;                /* sts_regional_endpoints = legacy                    */
};

/* The partition id of a region ("aws", "aws-cn", …): never NULL; a region that
 * no pattern knows is in "aws", as in AWS's own SDKs. */
const char *xa_partition_of(struct xa_slice region);

/* The partition's implicit global region; NULL for an unknown partition. */
const char *xa_partition_region(struct xa_slice partition);

/* True for a host label that can be part of a host name (facts 3.1). */
bool xa_region_valid(struct xa_slice region);

/* XA_BAD_CONFIG: a region that is not a host label, a partition nobody knows,
 * region and partition that do not belong together, a custom endpoint with FIPS
 * or dual-stack, an endpoint_url that is neither https nor http to a literal
 * loopback address, or that holds user, query, fragment, blanks. Behind a custom
 * endpoint the partition is the server's affair. */
bool xa_endpoint_sts(const struct xa_endpoint_wish *wish, struct xa_endpoint *ret,
                     struct xa_error *err) XA_MUST_CHECK;
bool xa_endpoint_iam(const struct xa_endpoint_wish *wish, struct xa_endpoint *ret,
                     struct xa_error *err) XA_MUST_CHECK;

/* ECR of wish->region, which must be there; the partition is the region's (facts 10.4).
 * XA_USAGE without one. XA_BAD_CONFIG: FIPS or dual-stack, whose hosts are not known; or an
 * endpoint_url that is none. */
bool xa_endpoint_ecr(const struct xa_endpoint_wish *wish, struct xa_endpoint *ret,
                     struct xa_error *err) XA_MUST_CHECK;

/* The suffix of the partition's host names ("amazonaws.com"); never NULL. */
const char *xa_partition_suffix(struct xa_slice region);

/* The suffix of the partition that a host name in lower case ends with; NULL: it is none of
 * AWS's. */
const char *xa_partition_suffix_of_host(struct xa_slice host);

/* Judges an endpoint_url by itself, when configuration is read. */
bool xa_endpoint_url_valid(struct xa_slice url, struct xa_error *err) XA_MUST_CHECK;

#endif
