#include "agent/aws/token.h"

#include <string.h>

#include "agent/aws/endpoint.h"
#include "agent/aws/query.h"
#include "agent/aws/refusal.h"

#define ECR_LIFE_MAX_S (24 * 3600)     /* AWS gives 12 h */

static bool is_letter_or_digit(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool xa_eks_cluster_valid(struct xa_slice cluster)
{
    for (size_t i = 0; i < cluster.len; i++)
        if (!is_letter_or_digit(cluster.at[i]) &&
            (i == 0 || (cluster.at[i] != '-' && cluster.at[i] != '_')))
            return false;
    return cluster.len >= 1 && cluster.len <= XA_CLUSTER_MAX;
}

/* --- host names ------------------------------------------------------------------ */

bool xa_host_valid(struct xa_slice host)
{
    for (size_t i = 0; i < host.len; i++) {
        bool edge = i == 0 || i + 1 == host.len;
        bool mark = host.at[i] == '-' || host.at[i] == '.';
        if ((!is_letter_or_digit(host.at[i]) && !mark) || (edge && mark) ||
            (i > 0 && host.at[i] == '.' && host.at[i - 1] == '.'))
            return false;
    }
    return host.len >= 1 && host.len <= XA_HOST_MAX;
}

void xa_host_lower(struct xa_slice host, char ret[XA_HOST_MAX + 1])
{
    size_t len = host.len < XA_HOST_MAX ? host.len : XA_HOST_MAX;
    for (size_t i = 0; i < len; i++)
        ret[i] = (char)(host.at[i] >= 'A' && host.at[i] <= 'Z' ? host.at[i] + 'a' - 'A'
                                                              : host.at[i]);
    ret[len] = '\0';
}

/* rest is the suffix of the region's partition. */
static bool ends_as(struct xa_slice rest, struct xa_slice region)
{
    return xa_region_valid(region) && xa_slice_is(rest, xa_partition_suffix(region));
}

struct xa_slice xa_rds_region(struct xa_slice host)
{
    xa_slice_cut(&host, '.');                   /* the database */
    xa_slice_cut(&host, '.');                   /* the account's own label */
    struct xa_slice a = xa_slice_cut(&host, '.'), b = xa_slice_cut(&host, '.');
    struct xa_slice region = xa_slice_is(a, "rds") ? b : a;
    if ((!xa_slice_is(a, "rds") && !xa_slice_is(b, "rds")) || !ends_as(host, region))
        return (struct xa_slice){ 0 };
    return region;
}

static bool is_git(struct xa_slice label)
{
    return xa_slice_is(label, "git-codecommit") || xa_slice_is(label, "git-codecommit-fips");
}

struct xa_slice xa_git_region(struct xa_slice host)
{
    const struct xa_slice none = { 0 };
    struct xa_slice rest = host, label = xa_slice_cut(&rest, '.');
    bool private_link = label.len > 5 && memcmp(label.at, "vpce-", 5) == 0;
    if (!xa_host_valid(host))
        return none;
    if (private_link)
        label = xa_slice_cut(&rest, '.');
    if (!is_git(label))
        return none;
    struct xa_slice region = xa_slice_cut(&rest, '.');
    if (private_link && !xa_slice_is(xa_slice_cut(&rest, '.'), "vpce"))
        return none;
    return ends_as(rest, region) ? region : none;
}

static bool is_git_mark(uint8_t c)
{
    return c == '-' || c == '_' || c == '.' || c == '/';
}

bool xa_git_path_valid(struct xa_slice path)
{
    static const char start[] = "v1/repos/";
    size_t skip = strlen(start);
    if (path.len <= skip || path.len > XA_GIT_PATH_MAX || memcmp(path.at, start, skip) != 0)
        return false;
    for (size_t i = skip; i < path.len; i++)
        if (!is_letter_or_digit(path.at[i]) && !is_git_mark(path.at[i]))
            return false;
    return true;
}

size_t xa_rds_query(struct xa_slice user, char *room, size_t cap)
{
    struct xa_writer w = xa_writer_init(room, cap);
    xa_query_add(&w, "Action", xa_slice_of("connect"));
    xa_query_add(&w, "DBUser", user);
    return w.bad ? 0 : w.len;
}

/* --- ECR ----------------------------------------------------------------------------- */

bool xa_ecr_check(const struct xa_record *record, struct xa_slice account, int64_t now_s,
                  bool custom_endpoint, struct xa_error *err)
{
    if (record->outcome != XA_OUTCOME_ANSWERED || record->status != 200)
        return xa_refusal_explain(record, custom_endpoint, err);
    int64_t now = record->date_s != 0 ? record->date_s : now_s;
    if (record->token.len == 0 || record->expires_at <= now ||
        record->expires_at - now > ECR_LIFE_MAX_S)
        return xa_fail(err, XA_BAD_REPLY, "the registry's answer holds no token that lasts");
    static const char scheme[] = "https://";
    struct xa_slice host = record->registry;
    if (host.len <= strlen(scheme) || memcmp(host.at, scheme, strlen(scheme)) != 0)
        return xa_fail(err, XA_BAD_REPLY, "the registry's answer does not say for which host");
    host = (struct xa_slice){ host.at + strlen(scheme), host.len - strlen(scheme) };
    struct xa_slice whose = xa_slice_cut(&host, '.');
    if (account.len > 0 && !xa_slice_same(whose, account))
        return xa_fail(err, XA_OTHER_ACCOUNT, "the registry answered for account %.*s, not %.*s",
                       whose.len > 100 ? 100 : (int)whose.len, (const char *)whose.at,
                       (int)account.len, (const char *)account.at);
    return true;
}
