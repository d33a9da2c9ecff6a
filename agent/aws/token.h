/* What is signed so that it opens one service: EKS, RDS, CodeCommit, ECR (facts 10). Pure;
 * the broker signs. */
#ifndef XA_AGENT_AWS_TOKEN_H
#define XA_AGENT_AWS_TOKEN_H

#include "agent/courier/exchange.h"
#include "proto/error.h"

/* --- EKS: a presigned GetCallerIdentity ------------------------------------------------ */

#define XA_EKS_HEADER "x-k8s-aws-id"   /* its value is the cluster's name               */
#define XA_EKS_PREFIX "k8s-aws-v1."    /* before the URL in base64url                   */
#define XA_EKS_TOKEN_MAX 4096          /* the verifier refuses a longer one             */
#define XA_EKS_EXPIRES_S 60            /* X-Amz-Expires: not what counts                */
#define XA_EKS_LIFE_S (14 * 60)        /* of the 15 min that the verifier allows        */

/* [A-Za-z0-9][A-Za-z0-9_-]{0,99}: EKS's own rule for a cluster's name. */
bool xa_eks_cluster_valid(struct xa_slice cluster);

/* --- RDS: a presigned `connect` ---------------------------------------------------------- */

#define XA_RDS_LIFE_S 900              /* X-Amz-Expires: to connect, not to stay        */

/* The query up to where the signature's own parameters begin; 0: it does not fit. */
size_t xa_rds_query(struct xa_slice user, char *room, size_t cap);

/* Copies a host name in lower case, with a NUL. It is no longer than XA_HOST_MAX. */
void xa_host_lower(struct xa_slice host, char ret[XA_HOST_MAX + 1]);

/* The region in DATABASE.ID.REGION.rds.amazonaws.com, or in DATABASE.ID.rds.REGION with the
 * suffix, as in China; in lower case. Empty for any other name. */
struct xa_slice xa_rds_region(struct xa_slice host);

/* A host name in letters, digits, '-' and '.': it becomes part of a password, so nothing
 * may stand in it that would be read as another part of a URL. */
bool xa_host_valid(struct xa_slice host);

/* --- CodeCommit: a signature as git's password ---------------------------------------------- */

/* The region of git-codecommit[-fips].REGION.SUFFIX, with the suffix of its partition, or of
 * vpce-….git-codecommit[-fips].REGION.vpce.SUFFIX. Empty: it is another host, which gets
 * nothing from us. A port is no part of host. */
struct xa_slice xa_git_region(struct xa_slice host);

/* v1/repos/NAME, as git has it in its URL's path. */
bool xa_git_path_valid(struct xa_slice path);

/* --- ECR: GetAuthorizationToken ------------------------------------------------------------- */

#define XA_ECR_BODY "{}"

/* Judges a record: 200, token and expiry there, for a registry of this account, within
 * 24 h of now_s. XA_OTHER_ACCOUNT, XA_BAD_REPLY, and as xa_refusal_explain. */
bool xa_ecr_check(const struct xa_record *record, struct xa_slice account, int64_t now_s,
                  bool custom_endpoint, struct xa_error *err) XA_MUST_CHECK;

#endif
