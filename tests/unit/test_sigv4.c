/* SigV4 against AWS's vectors, the requests of our own kinds, and cases that
 * always run (N8). */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/vault/sigv4.h"
#include "proto/limits.h"
#include "tests/lib/sigv4_vectors.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define AWS_DIR XACCT_VECTORS "/sigv4/aws-c-auth/v4"
#define LEGACY_DIR XACCT_VECTORS "/sigv4/legacy-suite"

static char query[128 * 1024];

static const char *presigned(const struct vector *v)
{
    size_t len;
    struct xa_error err;
    assert_true(xa_sigv4_presign(&v->key, &v->request, v->expires_s, query, sizeof query - 1,
                                 &len, &err));
    query[len] = '\0';
    return query;
}

static void check_case(const char *dir)
{
    struct vector v;
    load_vector(&v, dir);
    struct xa_sigv4_signature signature;
    struct xa_error err;
    assert_true(xa_sigv4_sign(&v.key, &v.request, &signature, &err));
    char *expected = slurp(dir, "header-signature.txt");
    assert_string_equal(signature.hex, expected);
    free(expected);
    char *whole = slurp(dir, "header-signed-request.txt");
    assert_non_null(strstr(whole, signature.authorization));
    assert_non_null(strstr(whole, signature.amz_date));
    free(whole);
    expected = slurp(dir, "query-signature.txt");
    assert_string_equal(strstr(presigned(&v), "X-Amz-Signature=") + 16, expected);
    free(expected);
    free_vector(&v);
}

static void aws_vectors_match(void **state)
{
    (void)state;
    DIR *dir = opendir(AWS_DIR);
    if (dir == NULL) {
        print_message("no vectors in %s\n", AWS_DIR);
        skip();
    }
    int n = 0;
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        if (e->d_name[0] == '.')
            continue;
        char path[1024];
        snprintf(path, sizeof path, AWS_DIR "/%s", e->d_name);
        check_case(path);
        n++;
    }
    closedir(dir);
    assert_int_equal(n, 38);
}

static void check_legacy(const char *name)
{
    char dir[1024], file[256];
    snprintf(dir, sizeof dir, LEGACY_DIR "/%s", name);
    snprintf(file, sizeof file, "%s.req", name);
    struct vector v = { .text = slurp(dir, file) };
    parse_request(&v, v.text);
    v.key = (struct xa_sigv4_key){ xa_slice_of("AKIDEXAMPLE"), xa_slice_of(SECRET), { 0 } };
    v.request.region = xa_slice_of("us-east-1");
    v.request.service = xa_slice_of("service");
    v.request.time_s = parse_time("2015-08-30T12:36:00Z");
    struct xa_sigv4_signature signature;
    assert_true(xa_sigv4_sign(&v.key, &v.request, &signature, NULL));
    snprintf(file, sizeof file, "%s.authz", name);
    char *expected = slurp(dir, file);
    expected[strcspn(expected, "\r\n")] = '\0';
    assert_string_equal(signature.authorization, expected);
    free(expected);
    free(v.text);
}

static void legacy_vectors_match(void **state)
{
    (void)state;
    char *there = slurp(LEGACY_DIR, "README.md");
    if (there == NULL)
        there = slurp(LEGACY_DIR, "LICENSE");
    if (there == NULL) {
        print_message("no vectors in %s\n", LEGACY_DIR);
        skip();
    }
    free(there);
    check_legacy("get-vanilla-query-order-key");
    check_legacy("get-vanilla-query-order-value");
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* The headers to sign are those named by signed_headers, less the two that the
 * signer adds. host is in the URL for some. */
static void take_headers(struct vector *v, const json_t *item, const char *host)
{
    const char *name;
    json_t *value;
    v->headers[v->request.n_headers++] =
        (struct xa_sigv4_header){ xa_slice_of("host"), xa_slice_of(host) };
    json_object_foreach(json_object_get(item, "headers"), name, value) {
        if (strcasecmp(name, "content-type") == 0 || strcmp(name, "x-k8s-aws-id") == 0)
            v->headers[v->request.n_headers++] = (struct xa_sigv4_header){
                xa_slice_of(name), xa_slice_of(json_string_value(value)) };
    }
    v->request.headers = v->headers;
}

/* Checks one of sts/requests.json; host and target are buffers that outlive it. */
static void check_request(const json_t *item)
{
    const char *kind = text_of(item, "kind"), *signature = text_of(item, "signature");
    const json_t *credentials = json_object_get(item, "credentials");
    char url[4096], host[1024];
    snprintf(url, sizeof url, "%s", text_of(item, "url"));
    char *start = strstr(url, "://") + 3, *path = strchr(start, '/'), *mark = strchr(start, '?');
    snprintf(host, sizeof host, "%.*s", (int)(path - start), start);
    if (mark != NULL)
        *mark++ = '\0';
    struct vector v = { .headers = { { { 0 }, { 0 } } } };
    v.expires_s = (uint32_t)json_integer_value(json_object_get(item, "expires"));
    take_headers(&v, item, host);
    v.key.access_key_id = xa_slice_of(text_of(credentials, "access_key_id"));
    v.key.secret = xa_slice_of(text_of(credentials, "secret_access_key"));
    v.key.token = xa_slice_of(text_of(credentials, "session_token"));
    v.request.method = xa_slice_of(text_of(item, "method"));
    v.request.path = xa_slice_of(path);
    v.request.body = xa_slice_of(text_of(item, "body"));
    v.request.region = xa_slice_of(text_of(item, "region"));
    v.request.service = xa_slice_of(text_of(item, "service"));
    v.request.time_s = parse_time(text_of(item, "timestamp"));

    struct xa_sigv4_signature s = { .hex = "" };
    if (strcmp(kind, "query") == 0) {
        char *added = strstr(mark, "&X-Amz-Algorithm");
        v.request.query = (struct xa_slice){ (uint8_t *)mark, (size_t)(added - mark) };
        assert_string_equal(presigned(&v), mark);
    } else if (strcmp(kind, "git") == 0) {
        assert_true(xa_sigv4_sign_git(&v.key, &v.request, &s, NULL));
        assert_int_equal(strncmp(text_of(item, "password"), s.amz_date, strlen(s.amz_date)), 0);
        assert_string_equal(s.hex, signature);
    } else {
        assert_true(xa_sigv4_sign(&v.key, &v.request, &s, NULL));
        assert_string_equal(s.hex, signature);
        const json_t *sent = json_object_get(item, "headers");
        assert_string_equal(s.authorization, text_of(sent, "Authorization"));
        assert_string_equal(s.amz_date, text_of(sent, "X-Amz-Date"));
    }
}

static void own_kinds_match(void **state)
{
    (void)state;
    json_t *all = json_load_file(XACCT_VECTORS "/sigv4/sts/requests.json", 0, NULL);
    if (all == NULL) {
        print_message("no requests.json under %s\n", XACCT_VECTORS);
        skip();
    }
    assert_int_equal(json_array_size(all), 14);
    size_t i;
    json_t *item;
    json_array_foreach(all, i, item)
        check_request(item);
    json_decref(all);
}

/* Made by botocore 1.29 with its clock held still. */
static const struct {
    const char *method, *path, *query, *host, *content_type, *body, *token, *region, *service;
    int64_t time_s;
    const char *hex;
} built_in[] = {
#include "tests/unit/sigv4_cases.inc"
};

static void built_in_cases_match(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof built_in / sizeof built_in[0]; i++) {
        struct xa_sigv4_header headers[2] = {
            { xa_slice_of("Host"), xa_slice_of(built_in[i].host) },
            { xa_slice_of("Content-Type"), xa_slice_of(built_in[i].content_type) },
        };
        struct xa_sigv4_request request = {
            .method = xa_slice_of(built_in[i].method), .path = xa_slice_of(built_in[i].path),
            .query = xa_slice_of(built_in[i].query), .body = xa_slice_of(built_in[i].body),
            .headers = headers, .n_headers = built_in[i].content_type != NULL ? 2 : 1,
            .region = xa_slice_of(built_in[i].region), .service = xa_slice_of(built_in[i].service),
            .time_s = built_in[i].time_s, .normalize_path = true,
        };
        struct xa_sigv4_key key = { xa_slice_of("AKIDEXAMPLE"), xa_slice_of(SECRET),
                                    xa_slice_of(built_in[i].token) };
        struct xa_sigv4_signature s;
        struct xa_error err;
        assert_true(xa_sigv4_sign(&key, &request, &s, &err));
        assert_string_equal(s.hex, built_in[i].hex);
    }
}

static struct xa_slice repeated(char *room, size_t len)
{
    memset(room, 'a', len);
    return (struct xa_slice){ (uint8_t *)room, len };
}

/* Each limit at its edge, and one past. */
static void limits_hold(void **state)
{
    (void)state;
    static char room[XA_URL_MAX + 2];
    struct xa_sigv4_header headers[XA_SIGV4_HEADERS_MAX + 1];
    for (size_t i = 0; i <= XA_SIGV4_HEADERS_MAX; i++)
        headers[i] = (struct xa_sigv4_header){ xa_slice_of("host"), xa_slice_of("h") };
    struct xa_sigv4_request good = {
        .method = xa_slice_of("GET"), .path = xa_slice_of("/"), .headers = headers, .n_headers = 1,
        .region = xa_slice_of("us-east-1"), .service = xa_slice_of("sts"),
    };
    struct xa_sigv4_key key = { xa_slice_of("AKID"), xa_slice_of(SECRET), { 0 } };
    struct xa_sigv4_signature s;
    struct xa_error err;
    for (size_t past = 0; past <= 1; past++) {
        struct xa_sigv4_request r = good;
        r.n_headers = XA_SIGV4_HEADERS_MAX + past;
        assert_int_equal(xa_sigv4_sign(&key, &r, &s, &err), past == 0);
        r = good;
        r.region = repeated(room, XA_REGION_MAX + past);
        assert_int_equal(xa_sigv4_sign(&key, &r, &s, &err), past == 0);
        r = good;
        r.service = repeated(room, XA_SIGV4_SERVICE_MAX + past);
        assert_int_equal(xa_sigv4_sign(&key, &r, &s, &err), past == 0);
        r = good;
        r.path = repeated(room, XA_URL_MAX + past);
        room[0] = '/';
        assert_int_equal(xa_sigv4_sign(&key, &r, &s, &err), past == 0);
        r.normalize_path = true;
        assert_int_equal(xa_sigv4_sign(&key, &r, &s, &err), past == 0);
        r = good;
        r.time_s = 253402300799 + (int64_t)past;      /* the end of the year 9999 */
        assert_int_equal(xa_sigv4_sign(&key, &r, &s, &err), past == 0);
        struct xa_sigv4_key k = key;
        k.access_key_id = repeated(room, XA_ACCESS_KEY_ID_MAX + past);
        assert_int_equal(xa_sigv4_sign(&k, &good, &s, &err), past == 0);
        k = key;
        k.secret = repeated(room, XA_SECRET_KEY_MAX + past);
        assert_int_equal(xa_sigv4_sign(&k, &good, &s, &err), past == 0);
        assert_true(past == 0 || err.code == XA_INTERNAL);
    }
}

static void long_names_and_many_parameters_are_refused(void **state)
{
    (void)state;
    static char name[XA_SIGV4_SIGNED_HEADERS_MAX + 1], many[2 * XA_SIGV4_PARAMS_MAX + 3];
    struct xa_sigv4_key key = { xa_slice_of("AKID"), xa_slice_of(SECRET), { 0 } };
    struct xa_sigv4_signature s;
    for (size_t past = 0; past <= 1; past++) {
        struct xa_sigv4_header header = {
            repeated(name, XA_SIGV4_SIGNED_HEADERS_MAX - strlen(";x-amz-date") + past), { 0 } };
        struct xa_sigv4_request r = {
            .method = xa_slice_of("GET"), .headers = &header, .n_headers = 1,
            .region = xa_slice_of("us-east-1"), .service = xa_slice_of("sts"),
        };
        assert_int_equal(xa_sigv4_sign(&key, &r, &s, NULL), past == 0);
        r.n_headers = 0;
        for (size_t i = 0; i < XA_SIGV4_PARAMS_MAX + past; i++)
            memcpy(many + 2 * i, "a&", 2);
        r.query = (struct xa_slice){ (uint8_t *)many, 2 * (XA_SIGV4_PARAMS_MAX + past) };
        assert_int_equal(xa_sigv4_sign(&key, &r, &s, NULL), past == 0);
    }
}

/* A presigned query is complete or not there at all, whatever the room. */
static void presign_fits_or_fails(void **state)
{
    (void)state;
    struct xa_sigv4_header host = { xa_slice_of("host"), xa_slice_of("sts.amazonaws.com") };
    struct vector v = { .expires_s = 60 };
    v.request = (struct xa_sigv4_request){
        .method = xa_slice_of("GET"), .path = xa_slice_of("/"), .query = xa_slice_of("Action=x"),
        .headers = &host, .n_headers = 1, .region = xa_slice_of("us-east-1"),
        .service = xa_slice_of("sts"),
    };
    v.key = (struct xa_sigv4_key){ xa_slice_of("AKID"), xa_slice_of(SECRET), xa_slice_of("t/+=") };
    size_t whole = strlen(presigned(&v)), len;
    for (size_t cap = 0; cap <= whole; cap++) {
        bool ok = xa_sigv4_presign(&v.key, &v.request, 60, query, cap, &len, NULL);
        assert_int_equal(ok, cap == whole);
        for (size_t i = 0; !ok && i < cap; i++)
            assert_int_equal(query[i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aws_vectors_match),
        cmocka_unit_test(legacy_vectors_match),
        cmocka_unit_test(own_kinds_match),
        cmocka_unit_test(built_in_cases_match),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(long_names_and_many_parameters_are_refused),
        cmocka_unit_test(presign_fits_or_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
