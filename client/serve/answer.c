#include "client/serve/answer.h"

#include <stdio.h>

#include "client/base/json.h"
#include "client/base/output.h"

/* A body that is written before its length is known, and the head that goes before it. */
#define HEAD_MAX 256

static const char *reason(int status)
{
    switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    default: return "Service Unavailable";
    }
}

static struct xa_out begin(void)
{
    struct xa_out o = xa_out_stdout(true);
    o.len = o.most = HEAD_MAX;           /* the head is put before the body, below */
    return o;
}

/* No CORS header, ever: no page may read this. */
static struct xa_slice finish(struct xa_out *o, int status)
{
    char head[HEAD_MAX];
    xa_out_char(o, '\n');
    if (o->failed)
        return (struct xa_slice){ 0 };
    int len = snprintf(head, sizeof head,
                       "HTTP/1.1 %d %s\r\n%sContent-Type: application/json\r\n"
                       "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                       "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                       status, reason(status), status == 405 ? "Allow: GET\r\n" : "",
                       o->len - HEAD_MAX);
    char *at = o->at + HEAD_MAX - len;
    for (int i = 0; i < len; i++)
        at[i] = head[i];
    return (struct xa_slice){ (const uint8_t *)at, o->len - (size_t)(HEAD_MAX - len) };
}

/* "Token" here, "SessionToken" elsewhere. */
struct xa_slice xa_answer_credentials(const struct xa_credentials_result *r)
{
    struct xa_out o = begin();
    struct xa_json j = xa_json_begin(&o);
    xa_json_open(&j, NULL, '{');
    xa_json_text(&j, "AccessKeyId", r->access_key_id);
    xa_json_text(&j, "SecretAccessKey", r->secret);
    xa_json_text(&j, "Token", r->token);
    xa_json_time(&j, "Expiration", r->expires_at);
    if (r->account.len > 0)
        xa_json_text(&j, "AccountId", r->account);
    xa_json_close(&j, '}');
    return finish(&o, 200);
}

static struct xa_slice failure(int status, const char *code, struct xa_slice message)
{
    struct xa_out o = begin();
    struct xa_json j = xa_json_begin(&o);
    xa_json_open(&j, NULL, '{');
    xa_json_text(&j, "code", xa_slice_of(code));
    xa_json_text(&j, "message", message);
    xa_json_close(&j, '}');
    return finish(&o, status);
}

struct xa_slice xa_answer_refusal(const struct xa_refusal *refusal)
{
    return failure(refusal->status, refusal->code, xa_slice_of(refusal->message));
}

struct xa_slice xa_answer_failure(const struct xa_error *err)
{
    char text[sizeof err->message + sizeof err->hint + 32];
    int exit_status = xa_code_exit(err->code);
    bool final = err->code == XA_AWS_REFUSED || exit_status == 3 || exit_status == 9 ||
                 exit_status == 2;
    snprintf(text, sizeof text, "xacct: %s%s%s%s", err->message,
             err->hint[0] != '\0' ? " (try: " : "", err->hint, err->hint[0] != '\0' ? ")" : "");
    return failure(final ? 403 : 503, err->aws_code[0] != '\0' ? err->aws_code
                                                              : xa_code_name(err->code),
                   xa_slice_of(text));
}
