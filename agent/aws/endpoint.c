#include "agent/aws/endpoint.h"

#include <stdio.h>
#include <string.h>

#include "agent/courier/url.h"

/* A region of a partition is FAMILY-WORD-NUMBER; the families are tried in the
 * order of the table. The IAM hosts follow no rule that could be written shorter
 * than they are (facts 3.1, 3.5). */
struct partition {
    const char *id;
    const char *families;              /* each between two blanks                    */
    const char *suffix, *dual_suffix;
    const char *region;                /* the implicit one                           */
    const char *iam, *iam_fips, *iam_dual, *iam_both;
    const char *iam_region, *iam_fips_region;        /* to sign for                  */
};

static const struct partition partitions[] = {
    { "aws", " us eu ap sa ca me af il mx ", "amazonaws.com", "api.aws", "us-east-1",
      "iam.amazonaws.com", "iam-fips.amazonaws.com", "iam.global.api.aws",
      "iam-fips.global.api.aws", "us-east-1", "us-east-1" },
    { "aws-cn", " cn ", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-northwest-1",
      "iam.cn-north-1.amazonaws.com.cn", "iam-fips.amazonaws.com.cn",
      "iam.global.api.amazonwebservices.com.cn", "iam-fips.api.amazonwebservices.com.cn",
      "cn-north-1", "cn-northwest-1" },
    { "aws-eusc", " eusc-de ", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1",
      "iam.eusc-de-east-1.amazonaws.eu", "iam-fips.amazonaws.eu", "iam.api.amazonwebservices.eu",
      "iam-fips.api.amazonwebservices.eu", "eusc-de-east-1", "eusc-de-east-1" },
    { "aws-iso", " us-iso ", "c2s.ic.gov", "api.aws.ic.gov", "us-iso-east-1",
      "iam.us-iso-east-1.c2s.ic.gov", "iam-fips.us-iso-east-1.c2s.ic.gov", "iam.api.aws.ic.gov",
      "iam-fips.api.aws.ic.gov", "us-iso-east-1", "us-iso-east-1" },
    { "aws-iso-b", " us-isob ", "sc2s.sgov.gov", "api.aws.scloud", "us-isob-east-1",
      "iam.us-isob-east-1.sc2s.sgov.gov", "iam-fips.us-isob-east-1.sc2s.sgov.gov",
      "iam.api.aws.scloud", "iam-fips.api.aws.scloud", "us-isob-east-1", "us-isob-east-1" },
    { "aws-iso-e", " eu-isoe ", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", "eu-isoe-west-1",
      "iam.eu-isoe-west-1.cloud.adc-e.uk", "iam-fips.cloud.adc-e.uk", "iam.api.cloud-aws.adc-e.uk",
      "iam-fips.api.cloud-aws.adc-e.uk", "eu-isoe-west-1", "eu-isoe-west-1" },
    { "aws-iso-f", " us-isof ", "csp.hci.ic.gov", "api.aws.hci.ic.gov", "us-isof-south-1",
      "iam.us-isof-south-1.csp.hci.ic.gov", "iam-fips.csp.hci.ic.gov", "iam.api.aws.hci.ic.gov",
      "iam-fips.api.aws.hci.ic.gov", "us-isof-south-1", "us-isof-south-1" },
    { "aws-us-gov", " us-gov ", "amazonaws.com", "api.aws", "us-gov-west-1",
      "iam.us-gov.amazonaws.com", "iam.us-gov.amazonaws.com", "iam.us-gov.api.aws",
      "iam.us-gov.api.aws", "us-gov-west-1", "us-gov-west-1" },
};

#define N_PARTITIONS (sizeof partitions / sizeof partitions[0])

/* Where sts_regional_endpoints = legacy means the global host (facts 3.2, flag L). */
static const char legacy_regions[] =
    " ap-northeast-1 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-north-1"
    " eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2 ";

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_word(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* True if the word stands in a list in which each is between two blanks. */
static bool listed(const char *list, struct xa_slice word)
{
    for (const char *at = list; *(at = at + strspn(at, " ")) != '\0'; at += strcspn(at, " "))
        if (strcspn(at, " ") == word.len && memcmp(at, word.at, word.len) == 0)
            return true;
    return false;
}

/* --- regions ----------------------------------------------------------------- */

/* FAMILY-\w+-\d+: both ends are cut off, the family is what is left. */
static bool in_families(const char *families, struct xa_slice region)
{
    size_t number = region.len;
    while (number > 0 && is_digit(region.at[number - 1]))
        number--;
    if (number == region.len || number < 2 || region.at[number - 1] != '-')
        return false;
    size_t word = number - 1;
    while (word > 0 && is_word(region.at[word - 1]))
        word--;
    if (word == number - 1 || word < 2 || region.at[word - 1] != '-')
        return false;
    return listed(families, (struct xa_slice){ region.at, word - 1 });
}

static bool is_pseudo(const struct partition *p, struct xa_slice region)
{
    size_t id = strlen(p->id);
    return region.len == id + strlen("-global") && memcmp(region.at, p->id, id) == 0 &&
           memcmp(region.at + id, "-global", strlen("-global")) == 0;
}

static const struct partition *partition_of(struct xa_slice region)
{
    for (size_t i = 0; i < N_PARTITIONS; i++)
        if (in_families(partitions[i].families, region))
            return &partitions[i];
    for (size_t i = 0; i < N_PARTITIONS; i++)
        if (is_pseudo(&partitions[i], region))
            return &partitions[i];
    return &partitions[0];
}

static const struct partition *partition_named(struct xa_slice id)
{
    for (size_t i = 0; i < N_PARTITIONS; i++)
        if (xa_slice_is(id, partitions[i].id))
            return &partitions[i];
    return NULL;
}

const char *xa_partition_of(struct xa_slice region)
{
    return partition_of(region)->id;
}

const char *xa_partition_region(struct xa_slice partition)
{
    const struct partition *p = partition_named(partition);
    return p != NULL ? p->region : NULL;
}

bool xa_region_valid(struct xa_slice region)
{
    bool digits_only = true;
    for (size_t i = 0; i < region.len; i++) {
        uint8_t c = region.at[i];
        if ((!is_word(c) && c != '-') || c == '_')
            return false;
        digits_only = digits_only && is_digit(c);
    }
    return region.len >= 1 && region.len <= XA_REGION_MAX && !digits_only &&
           region.at[0] != '-' && region.at[region.len - 1] != '-';
}

/* --- endpoints --------------------------------------------------------------- */

static bool refuse(const char *what, struct xa_slice value, struct xa_error *err)
{
    int shown = value.len > 80 ? 80 : (int)value.len;
    return xa_fail(err, XA_BAD_CONFIG, "%s '%.*s'", what, shown,
                   value.len > 0 ? (const char *)value.at : "");
}

static bool from_host(const char *host, const char *region, struct xa_endpoint *ret)
{
    snprintf(ret->url, sizeof ret->url, "https://%s", host);
    snprintf(ret->host, sizeof ret->host, "%s", host);
    snprintf(ret->path, sizeof ret->path, "/");
    snprintf(ret->region, sizeof ret->region, "%s", region);
    return true;
}

static const struct partition *nowhere(const char *what, struct xa_slice value,
                                       struct xa_error *err)
{
    (void)refuse(what, value, err);
    return NULL;
}

/* Region and partition that belong together; each can follow from the other. */
static const struct partition *place(const struct xa_endpoint_wish *wish,
                                     char region[XA_REGION_MAX + 1], struct xa_error *err)
{
    const struct partition *p = &partitions[0];
    if (wish->region.len > 0 && !xa_region_valid(wish->region))
        return nowhere("not a region:", wish->region, err);
    if (wish->partition.len > 0 && (p = partition_named(wish->partition)) == NULL)
        return nowhere("no such partition:", wish->partition, err);
    if (wish->region.len > 0 && wish->partition.len == 0)
        p = partition_of(wish->region);
    if (wish->region.len > 0 && partition_of(wish->region) != p) {
        (void)refuse("the role's partition has no region", wish->region, err);
        (void)xa_why(err, "the role is in partition %s", p->id);
        return NULL;
    }
    struct xa_slice found = wish->region.len > 0 ? wish->region : xa_slice_of(p->region);
    return xa_slice_copy(found, region, XA_REGION_MAX + 1) ? p : NULL;
}

/* libcurl leaves the scheme's own port out of Host; what is signed must be what
 * is sent. */
static bool from_url(const struct xa_endpoint_wish *wish, const char *default_region,
                     struct xa_endpoint *ret, struct xa_error *err)
{
    struct xa_url url;
    if (wish->region.len > 0 && !xa_region_valid(wish->region))
        return refuse("not a region:", wish->region, err);
    if (wish->fips || wish->dualstack)
        return refuse(wish->fips ? "use_fips_endpoint cannot go with endpoint_url"
                                 : "use_dualstack_endpoint cannot go with endpoint_url",
                      wish->endpoint_url, err);
    if (!xa_endpoint_url_valid(wish->endpoint_url, err) ||
        !xa_url_split(wish->endpoint_url, &url, err))
        return false;
    bool named_port = url.port.len > 0 && !xa_slice_is(url.port, url.https ? "443" : "80");
    snprintf(ret->host, sizeof ret->host, "%.*s%s%.*s", (int)url.host.len,
             (const char *)url.host.at, named_port ? ":" : "", named_port ? (int)url.port.len : 0,
             named_port ? (const char *)url.port.at : "");
    struct xa_slice path = url.path.len > 0 ? url.path : xa_slice_of("/");
    struct xa_slice region = wish->region.len > 0 ? wish->region : xa_slice_of(default_region);
    return xa_slice_copy(wish->endpoint_url, ret->url, sizeof ret->url) &&
           xa_slice_copy(path, ret->path, sizeof ret->path) &&
           xa_slice_copy(region, ret->region, sizeof ret->region);
}

bool xa_endpoint_url_valid(struct xa_slice text, struct xa_error *err)
{
    struct xa_url url;
    if (!xa_url_split(text, &url, err))
        return false;
    if (memchr(text.at, '?', text.len) != NULL)
        return refuse("an endpoint_url has no query:", text, err);
    return true;
}

static const char *region_of_partition(const struct xa_endpoint_wish *wish)
{
    const struct partition *p = partition_named(wish->partition);
    return p != NULL ? p->region : partitions[0].region;
}

bool xa_endpoint_sts(const struct xa_endpoint_wish *wish, struct xa_endpoint *ret,
                     struct xa_error *err)
{
    char region[XA_REGION_MAX + 1], host[256];

    if (wish->endpoint_url.len > 0)
        return from_url(wish, region_of_partition(wish), ret, err);
    const struct partition *p = place(wish, region, err);
    if (p == NULL)
        return false;
    struct xa_slice name = xa_slice_of(region);
    bool plain = !wish->fips && !wish->dualstack;
    if (plain &&
        (xa_slice_is(name, "aws-global") || (wish->legacy_global && listed(legacy_regions, name))))
        return from_host("sts.amazonaws.com", "us-east-1", ret);
    /* GovCloud's plain hosts are the FIPS ones. */
    bool fips_name = wish->fips && (wish->dualstack || strcmp(p->id, "aws-us-gov") != 0);
    snprintf(host, sizeof host, "%s.%s.%s", fips_name ? "sts-fips" : "sts", region,
             wish->dualstack ? p->dual_suffix : p->suffix);
    return from_host(host, region, ret);
}

/* IAM has one region in a partition, wherever STS is asked (facts 3.5). */
static bool iam_from_url(const struct xa_endpoint_wish *wish, struct xa_endpoint *ret,
                         struct xa_error *err)
{
    struct xa_endpoint_wish iam = *wish;
    const struct partition *p = partition_named(wish->partition);
    if (p == NULL)
        p = partition_named(xa_slice_of(xa_partition_of(wish->region)));
    iam.region = xa_slice_of(p != NULL ? p->iam_region : partitions[0].iam_region);
    return from_url(&iam, partitions[0].iam_region, ret, err);
}

bool xa_endpoint_iam(const struct xa_endpoint_wish *wish, struct xa_endpoint *ret,
                     struct xa_error *err)
{
    char region[XA_REGION_MAX + 1];

    if (wish->endpoint_url.len > 0)
        return iam_from_url(wish, ret, err);
    const struct partition *p = place(wish, region, err);
    if (p == NULL)
        return false;
    if (wish->fips)
        return from_host(wish->dualstack ? p->iam_both : p->iam_fips, p->iam_fips_region, ret);
    return from_host(wish->dualstack ? p->iam_dual : p->iam, p->iam_region, ret);
}

bool xa_endpoint_ecr(const struct xa_endpoint_wish *wish, struct xa_endpoint *ret,
                     struct xa_error *err)
{
    char host[256];

    if (wish->region.len == 0) {
        xa_fail(err, XA_USAGE, "which region? The registry is one for each");
        return xa_hint(err, "the same command with -r REGION");
    }
    if (wish->fips || wish->dualstack)
        return refuse("ECR is not asked at a FIPS or dual-stack endpoint, region", wish->region,
                      err);
    if (wish->endpoint_url.len > 0)
        return from_url(wish, partitions[0].region, ret, err);
    if (!xa_region_valid(wish->region))
        return refuse("not a region:", wish->region, err);
    snprintf(host, sizeof host, "api.ecr.%.*s.%s", (int)wish->region.len,
             (const char *)wish->region.at, partition_of(wish->region)->suffix);
    char region[XA_REGION_MAX + 1];
    return xa_slice_copy(wish->region, region, sizeof region) && from_host(host, region, ret);
}

const char *xa_partition_suffix(struct xa_slice region)
{
    return partition_of(region)->suffix;
}

const char *xa_partition_suffix_of_host(struct xa_slice host)
{
    for (size_t i = 0; i < sizeof partitions / sizeof partitions[0]; i++) {
        const char *suffix = partitions[i].suffix;
        size_t len = strlen(suffix);
        if (host.len > len && host.at[host.len - len - 1] == '.' &&
            memcmp(host.at + host.len - len, suffix, len) == 0)
            return suffix;
    }
    return NULL;
}
