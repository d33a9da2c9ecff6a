/* Tokens that are signed here: EKS, RDS, CodeCommit. AWS sees them when they are used. */
#include <stdio.h>
#include <string.h>

#include "agent/aws/sts.h"
#include "agent/aws/token.h"
#include "agent/broker/errand_impl.h"
#include "agent/broker/presign.h"
#include "agent/vault/base64.h"

static struct xa_presign order_of(const struct xa_errand *e, const struct xa_sigv4_key *key,
                                  enum xa_action action)
{
    return (struct xa_presign){
        .action = action,
        .key = key,
        .signer = e->identity.kind,
        .signer_is_temporary = key->token.len > 0,
        .path = xa_slice_of("/"),
        .time_s = broker_aws_s(e->broker, e->identity.custom_endpoint),
    };
}

static enum xa_outlook made(struct xa_errand *e, size_t len, int64_t expires_at,
                            struct xa_errand_result *ret)
{
    ret->token = (struct xa_slice){ (const uint8_t *)e->token, len };
    ret->expires_at = expires_at < e->credentials_end ? expires_at : e->credentials_end;
    ret->fresh = true;
    errand_describe(e, ret);
    return XA_ANSWERED;
}

static enum xa_outlook no_region(const char *what, struct xa_error *err)
{
    xa_fail(err, XA_USAGE, "which region is the %s in? The destination has none", what);
    xa_hint(err, "the same command with -r REGION");
    return XA_FAILED;
}

static enum xa_outlook too_long(const char *what, int max, struct xa_error *err)
{
    xa_fail(err, XA_USAGE, "the token is longer than the %d bytes that %s may have", max, what);
    xa_why(err, "session tags and policies make the session's own token long");
    return XA_FAILED;
}

/* --- EKS ----------------------------------------------------------------------------------- */

/* STS of the cluster's region, whatever region the role was assumed in; the verifier takes
 * AWS's own hosts only, so an endpoint_url serves tests and other servers. */
static bool eks_endpoint(const struct xa_errand *e, struct xa_endpoint *ret, struct xa_error *err)
{
    const struct xa_endpoint_wish wish = {
        .region = xa_slice_of(e->identity.region),
        .endpoint_url = xa_slice_of(e->identity.custom_endpoint ? e->identity.sts.url : ""),
        .fips = e->identity.fips,
        .dualstack = e->identity.dualstack,
    };
    return xa_endpoint_sts(&wish, ret, err);
}

static bool eks_url(struct xa_errand *e, const struct xa_sigv4_key *key, int64_t *ret_time,
                    size_t *ret_len, struct xa_error *err)
{
    static const char scheme[] = "https://";
    const size_t skip = sizeof scheme - 1;
    char query[128];
    struct xa_endpoint sts;
    struct xa_presign order = order_of(e, key, XA_ACTION_EKS_TOKEN);
    if (!eks_endpoint(e, &sts, err))
        return false;
    order.host = xa_slice_of(sts.host);
    order.path = xa_slice_of(sts.path);
    order.query = (struct xa_slice){ (const uint8_t *)query,
                                     xa_sts_caller_identity_body(query, sizeof query) };
    order.header = (struct xa_sigv4_header){ xa_slice_of(XA_EKS_HEADER), e->order.cluster };
    order.region = xa_slice_of(sts.region);
    order.expires_s = XA_EKS_EXPIRES_S;
    memcpy(e->work, scheme, skip);
    if (!xa_presign_url(&order, e->work + skip, e->work_cap - skip, ret_len, err))
        return false;
    *ret_len += skip;
    *ret_time = order.time_s;
    return true;
}

enum xa_outlook errand_eks(struct xa_errand *e, const struct xa_sigv4_key *key,
                           struct xa_errand_result *ret, struct xa_error *err)
{
    const size_t skip = sizeof XA_EKS_PREFIX - 1;
    size_t len;
    int64_t time_s;
    if (e->identity.region[0] == '\0')
        return no_region("cluster", err);
    if (!eks_url(e, key, &time_s, &len, err))
        return XA_FAILED;
    memcpy(e->token, XA_EKS_PREFIX, skip);
    size_t text = xa_base64url_encode((struct xa_slice){ (const uint8_t *)e->work, len },
                                      e->token + skip, e->token_cap - skip);
    if (text == 0 || skip + text > XA_EKS_TOKEN_MAX)
        return too_long("EKS", XA_EKS_TOKEN_MAX, err);
    enum xa_outlook outlook = made(e, skip + text, time_s + XA_EKS_LIFE_S, ret);
    if (ret->expires_at > time_s)
        errand_remember(e, ret->token, ret->expires_at, (uint32_t)(ret->expires_at - time_s));
    return outlook;
}

/* --- RDS ----------------------------------------------------------------------------------- */

enum xa_outlook errand_rds(struct xa_errand *e, const struct xa_sigv4_key *key,
                           struct xa_errand_result *ret, struct xa_error *err)
{
    char host[XA_HOST_MAX + 8], lower[XA_HOST_MAX + 1], query[4 * XA_DB_USER_MAX];
    xa_host_lower(e->order.host, lower);
    struct xa_slice region = xa_rds_region(xa_slice_of(lower));
    struct xa_presign order = order_of(e, key, XA_ACTION_DB_CONNECT);
    size_t len;
    if (region.len == 0)
        region = xa_slice_of(e->identity.region);
    if (region.len == 0)
        return no_region("database", err);
    const char *suffix = xa_partition_suffix_of_host(xa_slice_of(lower));
    if (suffix != NULL && strcmp(suffix, xa_partition_suffix(region)) != 0) {
        xa_fail(err, XA_USAGE, "'%s' is not in the region %.*s", lower, (int)region.len,
                (const char *)region.at);
        xa_hint(err, "the same command with -r REGION");
        return XA_FAILED;
    }
    snprintf(host, sizeof host, "%.*s:%u", (int)e->order.host.len, (const char *)e->order.host.at,
             e->order.port);
    order.host = xa_slice_of(host);
    order.query = (struct xa_slice){ (const uint8_t *)query,
                                     xa_rds_query(e->order.user, query, sizeof query) };
    if (order.query.len == 0)
        return too_long("a user's name", XA_DB_USER_MAX, err);
    order.region = region;
    order.expires_s = XA_RDS_LIFE_S;
    if (!xa_presign_url(&order, e->token, e->token_cap, &len, err))
        return XA_FAILED;
    if (len > XA_TOKEN_MAX)
        return too_long("a password", XA_TOKEN_MAX, err);
    return made(e, len, order.time_s + XA_RDS_LIFE_S, ret);
}

/* --- CodeCommit ------------------------------------------------------------------------------ */

#define GIT_LIFE_S (15 * 60)           /* AWS does not say; what it allows a clock to differ */

enum xa_outlook errand_git(struct xa_errand *e, const struct xa_sigv4_key *key,
                           struct xa_errand_result *ret, struct xa_error *err)
{
    char path[XA_GIT_PATH_MAX + 2];
    struct xa_presign order = order_of(e, key, XA_ACTION_GIT);
    struct xa_sigv4_signature signature;
    snprintf(path, sizeof path, "/%.*s", (int)e->order.path.len, (const char *)e->order.path.at);
    order.host = e->order.host;
    order.path = xa_slice_of(path);
    order.region = xa_git_region(e->order.host);
    if (!xa_presign_git(&order, &signature, err))
        return XA_FAILED;
    struct xa_writer name = xa_writer_init(e->work, e->work_cap);
    xa_write_bytes(&name, key->access_key_id.at, key->access_key_id.len);
    xa_write_u8(&name, '%');
    xa_write_bytes(&name, key->token.at, key->token.len);
    if (name.bad) {
        (void)xa_fail(err, XA_INTERNAL, "git's user name does not fit its room");
        return XA_FAILED;
    }
    int len = snprintf(e->token, e->token_cap, "%s%s", signature.amz_date, signature.hex);
    ret->username = (struct xa_slice){ (const uint8_t *)e->work, name.len };
    return made(e, (size_t)len, order.time_s + GIT_LIFE_S, ret);
}
