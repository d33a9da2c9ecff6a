/* With transfer_failure.c, and beside fetch.c, which drives them, the only files that know
 * libcurl; and OpenSSL, for what libcurl does not offer. */
#include "agent/courier/transfer_impl.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "agent/courier/date.h"
#include "agent/courier/url.h"
#include "agent/courier/wipe.h"

#define ANSWER_MAX (64 * 1024)         /* N3, all of them */
#define HEADERS_MAX (16 * 1024)
#define HEADER_LINES_MAX 64
#define CONNECT_MS 3000L
#define STALL_MS 5000
#define CONNECTION_LIFE_S 60L          /* N1 */

/* --- what comes in, counted -------------------------------------------------- */

static size_t stop(struct xa_transfer *t, const char *fault)
{
    t->fault = fault;
    return CURL_WRITEFUNC_ERROR;
}

static size_t on_body(char *at, size_t size, size_t n, void *ctx)
{
    struct xa_transfer *t = ctx;
    size_t len = size * n;
    if (len > ANSWER_MAX - t->answer_len)
        return stop(t, "its body is longer than 64 KiB");
    memcpy(t->answer_body + t->answer_len, at, len);
    t->answer_len += len;
    return len;
}

static bool has_name(const char *line, size_t len, const char *name)
{
    size_t n = strlen(name);
    return len > n && strncasecmp(line, name, n) == 0;
}

static size_t on_header(char *at, size_t size, size_t n, void *ctx)
{
    struct xa_transfer *t = ctx;
    size_t len = size * n, text = len;
    t->header_bytes += len;
    if (++t->header_lines > HEADER_LINES_MAX || t->header_bytes > HEADERS_MAX)
        return stop(t, "its headers are longer than 16 KiB or 64 lines");
    /* A proxy's or an interim answer comes before the one that counts. */
    if (has_name(at, len, "HTTP/")) {
        t->date_s = 0;
        t->headed = false;
    }
    while (text > 0 && (at[text - 1] == '\r' || at[text - 1] == '\n' || at[text - 1] == ' '))
        text--;
    if (text == 0)
        t->headed = true;
    if (t->verified && has_name(at, text, "Date:")) {
        size_t skip = strlen("Date:");
        while (skip < text && at[skip] == ' ')
            skip++;
        if (!xa_date_of_header((struct xa_slice){ (const uint8_t *)at + skip, text - skip },
                               &t->date_s))
            t->date_s = 0;
    }
    return len;
}

/* libcurl's own low-speed limit judges an average that is slow to fall: a server
 * that says nothing would use up the whole time. */
bool xa_transfer_stalled(struct xa_transfer *t, uint64_t now_ms)
{
    static const CURLINFO steps[] = { CURLINFO_CONNECT_TIME_T, CURLINFO_APPCONNECT_TIME_T,
                                      CURLINFO_PRETRANSFER_TIME_T, CURLINFO_SIZE_UPLOAD_T,
                                      CURLINFO_SIZE_DOWNLOAD_T };
    curl_off_t moved = (curl_off_t)t->header_bytes;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        curl_off_t step = 0;
        curl_easy_getinfo(t->handle, steps[i], &step);
        moved += step;
    }
    if (moved != t->moved || t->moved_at_ms == 0) {
        t->moved = moved;
        t->moved_at_ms = now_ms;
    }
    return now_ms - t->moved_at_ms >= STALL_MS;
}

/* OpenSSL would leave an answer's plain text in its record buffers (M6). */
static CURLcode on_tls(CURL *handle, void *tls, void *ctx)
{
    (void)handle, (void)ctx;
    SSL_CTX_set_options(tls, SSL_OP_CLEANSE_PLAINTEXT);
    return CURLE_OK;
}

/* --- the request ------------------------------------------------------------- */

static char *copy_text(struct xa_slice s)
{
    char *copy = xa_wipe_malloc(s.len + 1);
    if (copy != NULL && !xa_slice_copy(s, copy, s.len + 1)) {
        xa_wipe_free(copy);
        return NULL;
    }
    return copy;
}

/* A string option; libcurl copies it, all but the body. */
static bool set_text(CURL *handle, CURLoption option, struct xa_slice value)
{
    char *text = copy_text(value);
    bool ok = text != NULL && curl_easy_setopt(handle, option, text) == CURLE_OK;
    xa_wipe_free(text);
    return ok;
}

static bool add_header(struct xa_transfer *t, struct xa_slice line)
{
    char *text = copy_text(line);
    struct curl_slist *longer = text != NULL ? curl_slist_append(t->headers, text) : NULL;
    xa_wipe_free(text);
    if (longer != NULL)
        t->headers = longer;
    return longer != NULL;
}

static bool set_headers(struct xa_transfer *t, const struct xa_request *request)
{
    for (size_t i = 0; i < request->n_headers; i++)
        if (!add_header(t, request->headers[i]))
            return false;
    /* Without a value: libcurl leaves its own out. Waiting for "100 Continue" costs
     * a round trip; AWS answers XML when no Accept asks for something else. */
    return add_header(t, xa_slice_of("Expect:")) && add_header(t, xa_slice_of("Accept:")) &&
           curl_easy_setopt(t->handle, CURLOPT_HTTPHEADER, t->headers) == CURLE_OK;
}

static bool set_body(struct xa_transfer *t, const struct xa_request *request)
{
    if (xa_slice_is(request->method, "GET"))
        return curl_easy_setopt(t->handle, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    t->body = copy_text(request->body);
    return t->body != NULL && curl_easy_setopt(t->handle, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(t->handle, CURLOPT_POSTFIELDS, t->body) == CURLE_OK &&
           curl_easy_setopt(t->handle, CURLOPT_POSTFIELDSIZE, (long)request->body.len) == CURLE_OK;
}

/* What holds for every exchange. Cookies, HSTS, Alt-Svc, netrc and compression
 * are off in libcurl until an option names them; none does. */
static bool set_rules(struct xa_transfer *t)
{
    CURL *h = t->handle;
    CURLcode bad = CURLE_OK;
#define SET(option, value) (bad = bad != CURLE_OK ? bad : curl_easy_setopt(h, option, value))
    SET(CURLOPT_PRIVATE, t);
    SET(CURLOPT_ERRORBUFFER, t->error);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_USERAGENT, "xacct/" XACCT_VERSION);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_NOPROXY, "");
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);

    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_CAPATH, NULL);           /* one file: libcurl keeps what it read of it */
    SET(CURLOPT_PROXY_CAPATH, NULL);
    SET(CURLOPT_SSL_CTX_FUNCTION, on_tls);

    SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    SET(CURLOPT_MAXAGE_CONN, CONNECTION_LIFE_S);
    SET(CURLOPT_MAXLIFETIME_CONN, CONNECTION_LIFE_S);
#if LIBCURL_VERSION_NUM >= 0x075700      /* 7.87.0 */
    /* A name that does not resolve in time must not hold up the others until its
     * thread comes back. */
    SET(CURLOPT_QUICK_EXIT, 1L);
#endif

    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, t);
#undef SET
    return bad == CURLE_OK;
}

static bool set_trust(struct xa_transfer *t, struct xa_slice ca_bundle)
{
    if (ca_bundle.len == 0)
        return true;                     /* the file libcurl was built with */
    t->ca_bundle = copy_text(ca_bundle);
    return t->ca_bundle != NULL &&
           curl_easy_setopt(t->handle, CURLOPT_CAINFO, t->ca_bundle) == CURLE_OK &&
           curl_easy_setopt(t->handle, CURLOPT_PROXY_CAINFO, t->ca_bundle) == CURLE_OK;
}

/* libcurl reads the word each time it is told, and it hardly ever changes. */
static bool set_protocols(struct xa_transfer *t, const char *protocols)
{
    if (t->protocols != protocols &&
        curl_easy_setopt(t->handle, CURLOPT_PROTOCOLS_STR, protocols) != CURLE_OK)
        return false;
    t->protocols = protocols;
    return true;
}

/* Plain http is for this machine only: a proxy would see all of it. */
static bool set_route(struct xa_transfer *t, const struct xa_request *request, bool https)
{
    static const char secure[] = "https", plain[] = "http";
    struct xa_slice proxy = https ? request->proxy : (struct xa_slice){ 0 };
    t->by_proxy = proxy.len > 0;
    return set_text(t->handle, CURLOPT_URL, request->url) &&
           set_text(t->handle, CURLOPT_PROXY, proxy) &&
           set_protocols(t, https ? secure : plain) &&
           curl_easy_setopt(t->handle, CURLOPT_FRESH_CONNECT, (long)request->once) == CURLE_OK;
}

static void name_peer(struct xa_transfer *t, const struct xa_url *url)
{
    snprintf(t->peer, sizeof t->peer, "%.*s:%.*s", (int)url->host.len, (const char *)url->host.at,
             url->port.len > 0 ? (int)url->port.len : url->https ? 3 : 2,
             url->port.len > 0 ? (const char *)url->port.at : url->https ? "443" : "80");
}

static bool no_memory(struct xa_error *err)
{
    return xa_fail(err, XA_NO_MEMORY,
                   "courier: no memory for a request, or libcurl lacks an option");
}

struct xa_transfer *xa_transfer_new(struct xa_slice ca_bundle, struct xa_error *err)
{
    struct xa_transfer *t = xa_wipe_calloc(1, sizeof *t);
    if (t != NULL) {
        t->answer_body = xa_wipe_malloc(ANSWER_MAX);
        t->handle = curl_easy_init();
        if (t->answer_body != NULL && t->handle != NULL && set_rules(t) && set_trust(t, ca_bundle))
            return t;
    }
    xa_transfer_free(t);
    (void)no_memory(err);
    return NULL;
}

bool xa_transfer_trusts(const struct xa_transfer *t, struct xa_slice ca_bundle)
{
    return xa_slice_is(ca_bundle, t->ca_bundle != NULL ? t->ca_bundle : "");
}

bool xa_transfer_begin(struct xa_transfer *t, const struct xa_request *request,
                       struct xa_error *err)
{
    struct xa_url url;
    if (!xa_url_split(request->url, &url, err))
        return false;
    t->number = request->number;
    t->answer = request->answer;
    if (!xa_slice_copy(request->action, t->action, sizeof t->action))
        t->action[0] = '\0';            /* exchange.c keeps it shorter */
    t->verified = url.https;
    name_peer(t, &url);
    return (set_route(t, request, url.https) && set_headers(t, request) && set_body(t, request)) ||
           no_memory(err);
}

/* Every option that begin() sets points nowhere again, before that goes which it pointed
 * into. libcurl gives its buffers back, wiped, when a transfer is done. */
static void let_go(CURL *handle)
{
    curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, NULL);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(handle, CURLOPT_URL, NULL);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
}

bool xa_transfer_may_stay(const struct xa_transfer *t)
{
    return !t->by_proxy && (t->answer == XA_ANSWER_ASSUME_ROLE ||
                            t->answer == XA_ANSWER_CALLER_IDENTITY ||
                            t->answer == XA_ANSWER_SESSION_TOKEN || t->answer == XA_ANSWER_IAM ||
                            t->answer == XA_ANSWER_MFA_DEVICES);
}

void xa_transfer_end(struct xa_transfer *t)
{
    const struct xa_transfer kept = { .handle = t->handle, .ca_bundle = t->ca_bundle,
                                      .answer_body = t->answer_body,
                                      .protocols = t->protocols };
    let_go(t->handle);
    curl_slist_free_all(t->headers);
    xa_wipe_free(t->body);
    explicit_bzero(t->answer_body, t->answer_len);
    explicit_bzero(t, sizeof *t);
    *t = kept;
}

void xa_transfer_free(struct xa_transfer *t)
{
    if (t == NULL)
        return;
    if (t->handle != NULL && t->answer_body != NULL)
        xa_transfer_end(t);
    curl_easy_cleanup(t->handle);        /* first: it points into the rest */
    xa_wipe_free(t->ca_bundle);
    xa_wipe_free(t->answer_body);
    xa_wipe_free(t);
}

void *xa_transfer_handle(struct xa_transfer *t)
{
    return t->handle;
}

/* --- what came of it --------------------------------------------------------- */

void xa_transfer_finish(struct xa_transfer *t, int curl_code, struct xa_reply *reply,
                        struct xa_record *record)
{
    long status = 0;
    *record = (struct xa_record){ .number = t->number };
    if (curl_code != CURLE_OK) {
        transfer_say_failure(t, (CURLcode)curl_code, record);
        return;
    }
    /* libcurl is content with headers that end where the connection does. */
    if (!t->headed) {
        transfer_say_cut(t, record);
        return;
    }
    curl_easy_getinfo(t->handle, CURLINFO_RESPONSE_CODE, &status);
    record->date_s = t->date_s;
    struct xa_slice body = { t->answer_body, t->answer_len };
    xa_reply_read(t->answer, xa_slice_of(t->action), (uint32_t)status, body, reply, record);
}
