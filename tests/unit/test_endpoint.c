/* Where AWS answers: every row of the vectors, rows of our own, and regions and
 * endpoints that must lead nowhere (N2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/aws/endpoint.h"

#define S(text) xa_slice_of(text)
#define COLUMNS 12

static void check(const struct xa_endpoint_wish *wish, bool iam, const char *url,
                  const char *region)
{
    struct xa_endpoint e;
    struct xa_error err;
    if (!(iam ? xa_endpoint_iam(wish, &e, &err) : xa_endpoint_sts(wish, &e, &err)))
        fail_msg("%.*s: %s", (int)wish->region.len, (const char *)wish->region.at, err.message);
    assert_string_equal(e.url, url);
    assert_string_equal(e.region, region);
    assert_string_equal(e.host, url + strlen("https://"));
    assert_string_equal(e.path, "/");
}

static void vectors(void **state)
{
    (void)state;
    char line[4096];
    unsigned rows = 0;
    FILE *file = fopen(XACCT_VECTORS "/endpoints/endpoints.tsv", "r");
    if (file == NULL) {
        print_message("no endpoints.tsv: its rows are skipped\n");
        skip();
    }
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) != NULL) {
        char *rest = line, *column[COLUMNS];
        for (int i = 0; i < COLUMNS; i++)
            assert_non_null(column[i] = strsep(&rest, "\t\n"));
        struct xa_endpoint_wish wish = {
            .region = S(column[1]), .fips = column[2][0] == '1', .dualstack = column[3][0] == '1',
        };
        assert_string_equal(xa_partition_of(wish.region), column[0]);
        assert_true(xa_region_valid(wish.region));
        for (int named = 0; named < 2; named++) {
            wish.partition = S(named ? column[0] : "");
            wish.legacy_global = false;
            check(&wish, false, column[4], column[5]);
            check(&wish, true, column[8], column[9]);
            wish.legacy_global = true;
            check(&wish, false, column[6], column[7]);
        }
        rows++;
    }
    fclose(file);
    assert_int_equal(rows, 188);
}

static void own_rows(void **state)
{
    (void)state;
    static const struct {
        const char *region, *partition; bool fips, dual, legacy;
        const char *sts, *sts_region, *iam, *iam_region;
    } rows[] = {
        { "eu-west-1", "aws", 0, 0, 0, "https://sts.eu-west-1.amazonaws.com", "eu-west-1",
          "https://iam.amazonaws.com", "us-east-1" },
        { "eu-west-1", "", 0, 0, 1, "https://sts.amazonaws.com", "us-east-1",
          "https://iam.amazonaws.com", "us-east-1" },
        { "ap-northeast-2", "", 0, 0, 1, "https://sts.ap-northeast-2.amazonaws.com",
          "ap-northeast-2", "https://iam.amazonaws.com", "us-east-1" },
        { "us-east-1", "", 1, 0, 1, "https://sts-fips.us-east-1.amazonaws.com", "us-east-1",
          "https://iam-fips.amazonaws.com", "us-east-1" },
        { "us-gov-west-1", "", 1, 0, 0, "https://sts.us-gov-west-1.amazonaws.com", "us-gov-west-1",
          "https://iam.us-gov.amazonaws.com", "us-gov-west-1" },
        { "us-gov-east-1", "aws-us-gov", 1, 1, 0, "https://sts-fips.us-gov-east-1.api.aws",
          "us-gov-east-1", "https://iam.us-gov.api.aws", "us-gov-west-1" },
        { "cn-north-1", "", 0, 0, 0, "https://sts.cn-north-1.amazonaws.com.cn", "cn-north-1",
          "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1" },
        { "", "", 0, 0, 0, "https://sts.us-east-1.amazonaws.com", "us-east-1",
          "https://iam.amazonaws.com", "us-east-1" },
        { "", "aws-cn", 0, 0, 0, "https://sts.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1",
          "https://iam.cn-north-1.amazonaws.com.cn", "cn-north-1" },
        { "", "aws-iso-f", 0, 0, 0, "https://sts.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1",
          "https://iam.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1" },
        { "aws-global", "", 0, 0, 0, "https://sts.amazonaws.com", "us-east-1",
          "https://iam.amazonaws.com", "us-east-1" },
        { "eu-newplace-17", "", 0, 0, 0, "https://sts.eu-newplace-17.amazonaws.com",
          "eu-newplace-17", "https://iam.amazonaws.com", "us-east-1" },
        { "foo", "", 0, 0, 0, "https://sts.foo.amazonaws.com", "foo", "https://iam.amazonaws.com",
          "us-east-1" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct xa_endpoint_wish wish = {
            .region = S(rows[i].region), .partition = S(rows[i].partition),
            .fips = rows[i].fips, .dualstack = rows[i].dual, .legacy_global = rows[i].legacy,
        };
        check(&wish, false, rows[i].sts, rows[i].sts_region);
        check(&wish, true, rows[i].iam, rows[i].iam_region);
    }
}

static void partitions(void **state)
{
    (void)state;
    static const struct {
        const char *region, *partition;
    } cases[] = {
        { "us-east-1", "aws" },
        { "us-gov-west-1", "aws-us-gov" },
        { "us-iso-east-1", "aws-iso" },
        { "us-isob-east-1", "aws-iso-b" },
        { "eu-isoe-west-1", "aws-iso-e" },
        { "us-isof-south-1", "aws-iso-f" },
        { "eusc-de-east-1", "aws-eusc" },
        { "eusc-fr-east-1", "aws" },
        { "cn-x_9-1", "aws-cn" },
        { "cn-north-1a", "aws" },
        { "cn-north-", "aws" },
        { "cn--1", "aws" },
        { "cn-1", "aws" },
        { "", "aws" },
        { "1", "aws" },
        { "-1", "aws" },
        { "cn-north-east-1", "aws" },
        { "xcn-north-1", "aws" },
        { "aws-cn-global", "aws-cn" },
        { "aws-us-gov-global", "aws-us-gov" },
        { "aws-iso-global", "aws-iso" },
        { "aws-iso-b-global", "aws-iso-b" },
        { "aws-global", "aws" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(xa_partition_of(S(cases[i].region)), cases[i].partition);
    assert_string_equal(xa_partition_region(S("aws-eusc")), "eusc-de-east-1");
    assert_null(xa_partition_region(S("aws-mars")));
    assert_null(xa_partition_region(S("")));
}

static void custom(void **state)
{
    (void)state;
    static const struct { const char *url, *host, *path; } good[] = {
        { "https://minio.example", "minio.example", "/" },
        { "https://minio.example/", "minio.example", "/" },
        { "https://minio.example:9000/prefix", "minio.example:9000", "/prefix" },
        { "https://minio.example:443/prefix/", "minio.example", "/prefix/" },
        { "http://127.0.0.1:5000", "127.0.0.1:5000", "/" },
        { "http://127.0.0.1:80", "127.0.0.1", "/" },
        { "http://127.0.0.1:443", "127.0.0.1:443", "/" },
        { "http://[::1]:5000", "[::1]:5000", "/" },
        { "https://10.1.2.3", "10.1.2.3", "/" },
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct xa_endpoint_wish wish = { .region = S("eu-west-1"),
                                         .partition = S("aws"),
                                         .endpoint_url = S(good[i].url) };
        struct xa_endpoint e;
        assert_true(xa_endpoint_sts(&wish, &e, NULL));
        assert_string_equal(e.url, good[i].url);
        assert_string_equal(e.host, good[i].host);
        assert_string_equal(e.path, good[i].path);
        assert_string_equal(e.region, "eu-west-1");
        assert_true(xa_endpoint_iam(&wish, &e, NULL));
        assert_string_equal(e.url, good[i].url);
        wish.region = S("");
        assert_true(xa_endpoint_sts(&wish, &e, NULL));
        assert_string_equal(e.region, "us-east-1");
        wish.partition = S("aws-cn");
        assert_true(xa_endpoint_sts(&wish, &e, NULL));
        assert_string_equal(e.region, "cn-northwest-1");
        wish.partition = S("minio");
        assert_true(xa_endpoint_sts(&wish, &e, NULL));
        wish.fips = true;
        assert_false(xa_endpoint_sts(&wish, &e, NULL));
        wish.fips = false;
        wish.dualstack = true;
        assert_false(xa_endpoint_sts(&wish, &e, NULL));
        wish.dualstack = false;
        wish.region = S("a.b");
        assert_false(xa_endpoint_sts(&wish, &e, NULL));
    }
}

static void refused(const struct xa_endpoint_wish *wish)
{
    struct xa_endpoint e;
    struct xa_error err = { 0 };
    if (xa_endpoint_sts(wish, &e, &err) || xa_endpoint_iam(wish, &e, &err))
        fail_msg("let through: '%.*s' '%.*s'", (int)wish->region.len, (const char *)wish->region.at,
                 (int)wish->endpoint_url.len, (const char *)wish->endpoint_url.at);
    assert_int_equal(err.code, XA_BAD_CONFIG);
    assert_true(xa_text_printable(xa_slice_of(err.message)));
}

static void wrong_places(void **state)
{
    (void)state;
    static const struct {
        const char *region, *partition;
    } wrong[] = {
        { "cn-north-1", "aws" }, { "us-east-1", "aws-cn" },   { "us-gov-west-1", "aws" },
        { "foo", "aws-iso" },    { "us-east-1", "aws-mars" }, { "", "aws-mars" },
        { "", "AWS" },           { "aws-global", "aws-cn" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        refused(&(struct xa_endpoint_wish){ .region = S(wrong[i].region),
                                            .partition = S(wrong[i].partition) });
}

/* N2: 200 and more of them, by hand and by putting each byte that does not belong
 * into a region and into a host. */
static void hostile(void **state)
{
    (void)state;
    static const char *const regions[] = {
        ".",
        "..",
        "us-east-1.",
        ".us-east-1",
        "us-east-1.evil.example",
        "us-east-1/",
        "us-east-1/../x",
        "evil.example/",
        "evil.example#",
        "evil.example?",
        "@evil.example",
        "us-east-1@evil",
        "us-east-1:443",
        "us-east-1%2eevil",
        "-us-east-1",
        "us-east-1-",
        "-",
        "123",
        "us east 1",
        " us-east-1",
        "us-east-1 ",
        "us-east-1\n",
        "us-east-1\r\nHost: evil",
        "us-east-1\t",
        "us_east_1",
        "üs-east-1",
        "us-east-1\\",
        "xn--",
        "a.b",
        "169.254.169.254",
        "localhost:80",
        "[::1]",
        "127.0.0.1",
        "us-east-1;",
        "us-east-1,eu",
        "a123456789a123456789a123456789a123456789a123456789a123456789a123",
        "a123456789a123456789a123456789a123456789a123456789a1234567890000",
    };
    static const char *const urls[] = {
        "https://",
        "http://evil.example",
        "http://localhost",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil",
        "https://user@h",
        "https://user:pass@h",
        "https://h?query",
        "https://h/?",
        "https://h?",
        "https://h#f",
        "https://h/a b",
        "https://h/\n",
        "ftp://h",
        "file:///etc/passwd",
        "gopher://h",
        "h",
        "//h",
        "https:h",
        "https://h:0",
        "https://h:70000",
        "https://h:x",
        "https://h\\@evil",
        "https://h/../",
        "https://h/%",
        "http://10.0.0.1",
        "http://169.254.169.254",
        "http://[::ffff:127.0.0.1]",
        "http://0.0.0.0",
        "unix:/x",
    };
    unsigned n = 0;
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++, n++)
        refused(&(struct xa_endpoint_wish){ .region = S(regions[i]) });
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++, n++) {
        refused(&(struct xa_endpoint_wish){ .endpoint_url = S(urls[i]) });
        assert_false(xa_endpoint_url_valid(S(urls[i]), NULL));
    }
    for (int c = 0; c < 256; c++) {
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        char region[] = "us-east-1", url[] = "https://h.example/";
        region[2] = (char)c;
        url[9] = (char)c;
        if (!alnum && c != '-') {
            refused(&(struct xa_endpoint_wish){ .region = { (const uint8_t *)region, 9 } });
            n++;
        }
        if (!alnum && strchr("-_.:/", c) == NULL) {
            refused(&(struct xa_endpoint_wish){ .endpoint_url = { (const uint8_t *)url, 18 } });
            n++;
        }
    }
    assert_true(n >= 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors), cmocka_unit_test(own_rows), cmocka_unit_test(partitions),
        cmocka_unit_test(custom), cmocka_unit_test(wrong_places), cmocka_unit_test(hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
