/* Why an exchange failed, for people: libcurl's word, and what else is known, in ours. */
#include <errno.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/courier/transfer_impl.h"

static void say(struct xa_transfer *t, struct xa_record *record, enum xa_outcome outcome,
                const char *fmt, ...) XA_PRINTF(4, 5);
static void say(struct xa_transfer *t, struct xa_record *record, enum xa_outcome outcome,
                const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(t->detail, sizeof t->detail, fmt, args);
    va_end(args);
    for (char *p = t->detail; *p != '\0'; p++)   /* names in certificates are foreign text */
        if (*p < ' ' || *p > '~')
            *p = '?';
    record->outcome = outcome;
    record->detail = xa_slice_of(t->detail);
}

/* libcurl compares names itself, after OpenSSL found nothing wrong; it then leaves
 * the result as it was at first, "unspecified". */
static bool is_name_only(long verify)
{
    return verify == X509_V_OK || verify == X509_V_ERR_UNSPECIFIED;
}

/* A clock that is wrong looks like a certificate that is (N14). */
static void say_untrusted(struct xa_transfer *t, struct xa_record *record)
{
    long verify = X509_V_OK;
    char now[64] = "";
    time_t clock_s = time(NULL);
    struct tm utc;

    curl_easy_getinfo(t->handle, CURLINFO_SSL_VERIFYRESULT, &verify);
    if (is_name_only(verify) && t->by_proxy)
        curl_easy_getinfo(t->handle, CURLINFO_PROXY_SSL_VERIFYRESULT, &verify);
    if (is_name_only(verify)) {
        say(t, record, XA_OUTCOME_CERTIFICATE, "the certificate of %s%s is for another name",
            t->peer, t->by_proxy ? ", or of the proxy," : "");
        return;
    }
    if ((verify == X509_V_ERR_CERT_HAS_EXPIRED || verify == X509_V_ERR_CERT_NOT_YET_VALID) &&
        gmtime_r(&clock_s, &utc) != NULL)
        strftime(now, sizeof now, "; the clock here says %F %R UTC", &utc);
    say(t, record, XA_OUTCOME_CERTIFICATE, "the certificate of %s is not trusted: %s%s", t->peer,
        X509_verify_cert_error_string(verify), now);
}

/* libcurl's text is "OpenSSL SSL_connect: …" when the connection broke, and
 * OpenSSL's own when the two sides could not agree. */
static void say_no_tls(struct xa_transfer *t, struct xa_record *record)
{
    if (strstr(t->error, "wrong version number") != NULL)
        say(t, record, XA_OUTCOME_CERTIFICATE, "%s does not speak TLS", t->peer);
    else if (strstr(t->error, "protocol version") != NULL)
        say(t, record, XA_OUTCOME_CERTIFICATE, "%s does not speak TLS 1.2 or later", t->peer);
    else if (strstr(t->error, "SSL_connect: ") != NULL)
        say(t, record, XA_OUTCOME_UNREACHABLE, "the connection to %s ended while TLS began",
            t->peer);
    else
        say(t, record, XA_OUTCOME_CERTIFICATE, "no TLS with %s: %.120s", t->peer, t->error);
}

static void say_no_connection(struct xa_transfer *t, struct xa_record *record)
{
    long error = 0;
    curl_easy_getinfo(t->handle, CURLINFO_OS_ERRNO, &error);
    const char *to = t->by_proxy ? "the proxy" : t->peer;
    if (error == ECONNREFUSED)
        say(t, record, XA_OUTCOME_UNREACHABLE, "connection to %s refused", to);
    else
        say(t, record, XA_OUTCOME_UNREACHABLE, "no connection to %s: %s", to,
            error != 0 ? strerror((int)error) : "no address answers");
}

void transfer_say_cut(struct xa_transfer *t, struct xa_record *record)
{
    long proxy_status = 0;
    curl_easy_getinfo(t->handle, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    if (t->by_proxy && proxy_status >= 300)
        say(t, record, XA_OUTCOME_UNREACHABLE, "the proxy answered %ld", proxy_status);
    else
        say(t, record, XA_OUTCOME_UNREACHABLE, "the answer of %s was cut", t->peer);
}

static void say_late(struct xa_transfer *t, struct xa_record *record)
{
    curl_off_t sent_us = 0;
    curl_easy_getinfo(t->handle, CURLINFO_PRETRANSFER_TIME_T, &sent_us);
    say(t, record, XA_OUTCOME_TIMED_OUT, sent_us > 0 ? "no whole answer from %s in time"
                                                     : "no connection to %s in time", t->peer);
}

void transfer_say_failure(struct xa_transfer *t, CURLcode code, struct xa_record *record)
{
    int host = (int)strcspn(t->peer, t->peer[0] == '[' ? "]" : ":") + (t->peer[0] == '[');

    if (t->fault != NULL) {
        say(t, record, XA_OUTCOME_UNREADABLE, "%s", t->fault);
        return;
    }
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        say(t, record, XA_OUTCOME_UNREACHABLE, "could not resolve %.*s", host, t->peer);
        return;
    case CURLE_COULDNT_RESOLVE_PROXY:
        say(t, record, XA_OUTCOME_UNREACHABLE, "could not resolve the proxy's name");
        return;
    case CURLE_COULDNT_CONNECT:
        say_no_connection(t, record);
        return;
    case CURLE_OPERATION_TIMEDOUT:
        say_late(t, record);
        return;
    case CURLE_PEER_FAILED_VERIFICATION:
        say_untrusted(t, record);
        return;
    case CURLE_SSL_CACERT_BADFILE:
        say(t, record, XA_OUTCOME_CERTIFICATE, "the CA file %s cannot be read",
            t->ca_bundle != NULL ? t->ca_bundle : "of the system");
        return;
    case CURLE_SSL_CONNECT_ERROR:
        say_no_tls(t, record);
        return;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        transfer_say_cut(t, record);
        return;
    case CURLE_OUT_OF_MEMORY:            /* this libcurl's word for an endless line too */
        say(t, record, XA_OUTCOME_UNREADABLE, "a header line is too long, or no memory is left");
        return;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        say(t, record, XA_OUTCOME_UNREADABLE, "%s does not answer in HTTP/1.1", t->peer);
        return;
    default:
        say(t, record, XA_OUTCOME_UNREACHABLE, "%s: %s", t->peer, curl_easy_strerror(code));
        return;
    }
}
