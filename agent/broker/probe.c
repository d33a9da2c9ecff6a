#include "agent/broker/probe.h"

#include <stdlib.h>
#include <string.h>

#include "agent/aws/sts.h"
#include "agent/broker/broker_impl.h"

#define HOLDS_MS 1000                /* N12 */
#define ENDPOINTS_MAX 16             /* under way, or asked within that time               */

/* The last question to one endpoint by one way. */
struct xa_broker_probe {
    struct xa_broker *broker;
    struct xa_broker_probe *next;
    struct xa_port_call *call;           /* NULL: it has been answered                     */
    struct xa_probe_waiter *waiting;
    bool custom_endpoint;
    int64_t answered_ms;                 /* on BOOTTIME                                    */
    struct xa_probe_answer answer;
    char url[XA_URL_MAX + 1];
    char ca_bundle[XA_PATH_MAX], proxy[XA_URL_MAX + 1];     /* the way: another may fail     */
};

static void judge(struct xa_broker_probe *p, const struct xa_record *record,
                  const struct xa_error *failure)
{
    struct xa_error *err = &p->answer.err;
    *err = (struct xa_error){ 0 };
    if (record == NULL) {
        *err = *failure;
    } else if (record->outcome != XA_OUTCOME_ANSWERED) {
        (void)!xa_sts_check_caller_identity(record, p->custom_endpoint, err);
    } else if (record->aws_code.len == 0 && record->arn.len == 0) {
        xa_fail(err, XA_BAD_REPLY, "what answers there is not STS: HTTP status %u",
                record->status);
    } else {
        p->answer.aws_s = record->date_s;
    }
}

/* Whoever is told may ask anew at once, and gets what is held here. */
static void answered(void *ctx, const struct xa_record *record, const struct xa_error *failure)
{
    struct xa_broker_probe *p = ctx;
    p->call = NULL;
    p->answered_ms = broker_boot_ms(p->broker);
    judge(p, record, failure);
    while (p->waiting != NULL) {
        struct xa_probe_waiter *waiter = p->waiting;
        p->waiting = waiter->next;
        waiter->probe = NULL;
        waiter->done(waiter, &p->answer);
    }
}

static bool send(struct xa_broker_probe *p, struct xa_error *err)
{
    char body[128];
    const struct xa_port *port = &p->broker->setup.port;
    const struct xa_request request = {
        .answer = XA_ANSWER_CALLER_IDENTITY,
        .method = xa_slice_of("POST"),
        .url = xa_slice_of(p->url),
        .headers = { xa_slice_of("Content-Type: application/x-www-form-urlencoded") },
        .n_headers = 1,
        .body = { (const uint8_t *)body, xa_sts_caller_identity_body(body, sizeof body) },
        .ca_bundle = xa_slice_of(p->ca_bundle),
        .proxy = xa_slice_of(p->proxy),
        .timeout_ms = XA_EXCHANGE_TIMEOUT_MAX_MS,
    };
    p->call = port->send(port->ctx, &request, answered, p, err);
    return p->call != NULL;
}

/* Drops what is too old to hold; finds what was asked there, and counts the rest. */
static struct xa_broker_probe *look(struct xa_broker *b, const struct xa_identity *reach,
                                    size_t *ret_n)
{
    struct xa_broker_probe *found = NULL;
    int64_t now_ms = broker_boot_ms(b);
    *ret_n = 0;
    for (struct xa_broker_probe **at = &b->probes; *at != NULL;) {
        struct xa_broker_probe *p = *at;
        if (p->call == NULL && p->waiting == NULL && now_ms - p->answered_ms >= HOLDS_MS) {
            *at = p->next;
            free(p);
            continue;
        }
        if (strcmp(p->url, reach->sts.url) == 0 && strcmp(p->ca_bundle, reach->ca_bundle) == 0 &&
            strcmp(p->proxy, reach->proxy) == 0)
            found = p;
        ++*ret_n;
        at = &p->next;
    }
    return found;
}

static struct xa_broker_probe *begin(struct xa_broker *b, const struct xa_identity *reach,
                                     struct xa_error *err)
{
    struct xa_broker_probe *p = calloc(1, sizeof *p);
    if (p == NULL || !xa_slice_copy(xa_slice_of(reach->sts.url), p->url, sizeof p->url) ||
        !xa_slice_copy(xa_slice_of(reach->ca_bundle), p->ca_bundle, sizeof p->ca_bundle) ||
        !xa_slice_copy(xa_slice_of(reach->proxy), p->proxy, sizeof p->proxy)) {
        free(p);
        xa_fail(err, XA_NO_MEMORY, "no memory for a request");
        return NULL;
    }
    p->broker = b;
    p->custom_endpoint = reach->custom_endpoint;
    p->answer.url = p->url;
    if (!send(p, err)) {
        free(p);
        return NULL;
    }
    p->next = b->probes;
    b->probes = p;
    return p;
}

enum xa_outlook xa_broker_probe(struct xa_broker *b, struct xa_slice name,
                                struct xa_probe_waiter *waiter,
                                const struct xa_probe_answer **ret, struct xa_error *err)
{
    const struct xa_roles *roles = xa_broker_roles(b, err);
    const struct xa_source *source = roles != NULL ? xa_roles_source(roles, name) : NULL;
    struct xa_identity *reach = &b->handed;
    size_t n;
    if (roles == NULL)
        return XA_FAILED;
    if (name.len > 0 && source == NULL) {
        xa_fail(err, XA_NO_SUCH_NAME, "there is no source '%.*s'", (int)name.len,
                (const char *)name.at);
        return XA_FAILED;
    }
    if (!xa_plan_reach(roles, source, reach, err))
        return XA_FAILED;
    struct xa_broker_probe *p = look(b, reach, &n);
    if (p != NULL && p->call == NULL) {
        *ret = &p->answer;
        return XA_ANSWERED;
    }
    if (p == NULL && n >= ENDPOINTS_MAX) {
        xa_fail(err, XA_BUSY, "%d endpoints are being asked already", ENDPOINTS_MAX);
        return XA_FAILED;
    }
    if (p == NULL && (p = begin(b, reach, err)) == NULL)
        return XA_FAILED;
    waiter->probe = p;
    waiter->next = p->waiting;
    p->waiting = waiter;
    return XA_WILL_ANSWER;
}

void xa_probe_cancel(struct xa_probe_waiter *waiter)
{
    if (waiter->probe == NULL)
        return;
    for (struct xa_probe_waiter **at = &waiter->probe->waiting; *at != NULL; at = &(*at)->next)
        if (*at == waiter) {
            *at = waiter->next;
            break;
        }
    waiter->probe = NULL;
}

void xa_probe_drop_all(struct xa_broker *b)
{
    while (b->probes != NULL) {
        struct xa_broker_probe *p = b->probes;
        b->probes = p->next;
        if (p->call != NULL)
            b->setup.port.cancel(p->call);
        free(p);
    }
}
