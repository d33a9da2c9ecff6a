#include "agent/courier/fetch.h"

#include <assert.h>
#include <curl/curl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "agent/courier/transfer.h"
#include "agent/courier/wipe.h"

/* At once with one host, and kept open between exchanges; own choice. What is more waits for one
 * that is there: cheaper than another handshake, and what a host bears. libcurl has such a limit
 * too, but lets who came first wait longest. */
#define CONNECTIONS_MAX 16
#define HOST_SIZE 288                  /* scheme, name and port; of longer ones the beginning */
#define LOOK_MS 250                    /* how often stalls are looked for; own choice */
#define SPARE_MAX 8                    /* handles kept for what comes next; own choice */

/* Owner: the loop, from xa_fetch_new() until both timers have closed. */
struct xa_fetch {
    uv_loop_t *loop;
    uv_timer_t timer;                  /* .data = this; libcurl's one timer         */
    uv_timer_t look;                   /* .data = this; runs while any is under way */
    unsigned open_handles;
    CURLM *multi;
    xa_fetch_done_fn *done;
    void *ctx;
    struct active *active;             /* those under way                           */
    struct active *waiting;            /* those behind them, the first comer first  */
    struct active *spare;              /* those that carried something last         */
    unsigned n_active, n_spare;        /* n_active: those that wait as well         */
    struct xa_reply reply;             /* of the exchange being finished; wiped     */
};

struct active {
    struct active *next;
    struct xa_transfer *transfer;
    char host[HOST_SIZE];
    uint64_t until_ms;                 /* of the loop's clock: then it has timed out */
};

/* A socket of libcurl's. Owner: libcurl, from its first callback to the one that
 * says remove; then the loop, until the handle has closed. */
struct watch {
    uv_poll_t poll;                    /* .data = this */
    struct xa_fetch *fetch;
    curl_socket_t socket;
};

/* --- memory ------------------------------------------------------------------ */

static void *tls_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return xa_wipe_malloc(size);
}

static void *tls_realloc(void *at, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return xa_wipe_realloc(at, size);
}

static void tls_free(void *at, const char *file, int line)
{
    (void)file, (void)line;
    xa_wipe_free(at);
}

bool xa_fetch_start_libraries(struct xa_error *err)
{
    if (CRYPTO_set_mem_functions(tls_malloc, tls_realloc, tls_free) != 1)
        return xa_fail(err, XA_INTERNAL, "courier: OpenSSL has begun to allocate by itself");
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, xa_wipe_malloc, xa_wipe_free, xa_wipe_realloc,
                             xa_wipe_strdup, xa_wipe_calloc) != CURLE_OK)
        return xa_fail(err, XA_INTERNAL, "courier: libcurl does not start");
    return true;
}

/* --- ends -------------------------------------------------------------------- */

static struct active **find(struct active **list, const struct xa_transfer *transfer)
{
    while (*list != NULL && (*list)->transfer != transfer)
        list = &(*list)->next;
    return list;
}

static void drop(struct active *active)
{
    xa_transfer_free(active->transfer);
    free(active);
}

static void put_by(struct xa_fetch *f, struct active *active)
{
    if (f->n_spare == SPARE_MAX || !xa_transfer_may_stay(active->transfer)) {
        drop(active);
        return;
    }
    xa_transfer_end(active->transfer);
    active->next = f->spare;
    f->spare = active;
    f->n_spare++;
}

/* One that trusts the same authorities; libcurl has read them, and keeps what it read with
 * the connections. NULL: *err. */
static struct active *take(struct xa_fetch *f, struct xa_slice ca_bundle, struct xa_error *err)
{
    struct active **at = &f->spare, *active;
    while (*at != NULL && !xa_transfer_trusts((*at)->transfer, ca_bundle))
        at = &(*at)->next;
    if ((active = *at) != NULL) {
        *at = active->next;
        f->n_spare--;
        return active;
    }
    active = calloc(1, sizeof *active);
    if (active == NULL)
        xa_fail(err, XA_NO_MEMORY, "courier: no memory for a request");
    else if ((active->transfer = xa_transfer_new(ca_bundle, err)) != NULL)
        return active;
    free(active);
    return NULL;
}

/* Tells what came of one that is in no list any more. */
static void tell(struct xa_fetch *f, struct active *gone, CURLcode code)
{
    struct xa_record record;
    if (--f->n_active == 0)
        uv_timer_stop(&f->look);
    xa_transfer_finish(gone->transfer, (int)code, &f->reply, &record);
    f->done(f->ctx, &record);
    xa_reply_wipe(&f->reply);
    put_by(f, gone);
}

/* --- turns ------------------------------------------------------------------- */

/* What stands before the path. */
static void note_host(struct active *active, struct xa_slice url)
{
    size_t len = 0;
    unsigned slashes = 0;
    for (; len < url.len && len < HOST_SIZE - 1; len++) {
        slashes += url.at[len] == '/';
        if (slashes == 3)
            break;
        active->host[len] = (char)url.at[len];
    }
    active->host[len] = '\0';
}

static unsigned n_at(const struct xa_fetch *f, const char *host)
{
    unsigned n = 0;
    for (const struct active *a = f->active; a != NULL; a = a->next)
        n += strcmp(a->host, host) == 0;
    return n;
}

static void wait_behind(struct xa_fetch *f, struct active *active)
{
    struct active **end = find(&f->waiting, NULL);       /* none is */
    active->next = NULL;
    *end = active;
}

/* Begins one that is in no list, with what is left of its time. False: it has ended already. */
static bool go(struct xa_fetch *f, struct active *active)
{
    int64_t left_ms = (int64_t)active->until_ms - (int64_t)uv_now(f->loop);
    CURL *handle = xa_transfer_handle(active->transfer);
    long timeout_ms = left_ms > 0 ? (long)left_ms : 1;
    if (curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout_ms) != CURLE_OK ||
        curl_multi_add_handle(f->multi, handle) != CURLM_OK) {
        tell(f, active, CURLE_OUT_OF_MEMORY);
        return false;
    }
    active->next = f->active;
    f->active = active;
    return true;
}

/* The first of those that wait for this host; the one behind it, if it does not begin. */
static void start_next(struct xa_fetch *f, const char *host)
{
    struct active **at = &f->waiting;
    while (*at != NULL) {
        struct active *first = *at;
        if (strcmp(first->host, host) != 0) {
            at = &first->next;
            continue;
        }
        *at = first->next;
        if (go(f, first))
            return;
    }
}

static void finish(struct xa_fetch *f, struct xa_transfer *transfer, CURLcode code)
{
    struct active **at = find(&f->active, transfer), *gone = *at;
    char host[HOST_SIZE];
    assert(gone != NULL);                /* only what is active ends, and once */
    *at = gone->next;
    memcpy(host, gone->host, sizeof host);
    curl_multi_remove_handle(f->multi, xa_transfer_handle(transfer));
    tell(f, gone, code);
    start_next(f, host);
}

/* A message is gone once its handle is removed, so its parts are taken first. */
static void drain(struct xa_fetch *f)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(f->multi, &left)) != NULL) {
        CURLcode code = message->data.result;
        char *transfer = NULL;
        if (message->msg == CURLMSG_DONE &&
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) == CURLE_OK)
            finish(f, (struct xa_transfer *)(void *)transfer, code);
    }
}

static void on_look(uv_timer_t *look)
{
    struct xa_fetch *f = look->data;
    for (struct active *a = f->active, *next; a != NULL; a = next) {
        next = a->next;
        if (xa_transfer_stalled(a->transfer, uv_now(f->loop) + 1))
            finish(f, a->transfer, CURLE_OPERATION_TIMEDOUT);
    }
    for (struct active **at = &f->waiting; *at != NULL;) {
        struct active *late = *at;
        if (late->until_ms > uv_now(f->loop)) {
            at = &late->next;
        } else {
            *at = late->next;
            tell(f, late, CURLE_OPERATION_TIMEDOUT);
        }
    }
}

/* --- libcurl's sockets and timer on the loop --------------------------------- */

static void act(struct xa_fetch *f, curl_socket_t socket, int events)
{
    int running;
    curl_multi_socket_action(f->multi, socket, events, &running);
    drain(f);
}

static void on_timer(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *w = poll->data;
    int what = status < 0 ? CURL_CSELECT_ERR : 0;
    if (events & UV_READABLE)
        what |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        what |= CURL_CSELECT_OUT;
    act(w->fetch, w->socket, what);
}

/* Called by libcurl, from within its own functions: nothing but a note is taken. */
static int set_timer(CURLM *multi, long timeout_ms, void *ctx)
{
    struct xa_fetch *f = ctx;
    (void)multi;
    if (timeout_ms < 0)
        return uv_timer_stop(&f->timer);
    return uv_timer_start(&f->timer, on_timer, timeout_ms == 0 ? 1 : (uint64_t)timeout_ms, 0);
}

static void watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static struct watch *watch_new(struct xa_fetch *f, curl_socket_t socket)
{
    struct watch *w = calloc(1, sizeof *w);
    if (w == NULL || uv_poll_init_socket(f->loop, &w->poll, socket) != 0) {
        free(w);
        return NULL;
    }
    w->poll.data = w;
    w->fetch = f;
    w->socket = socket;
    curl_multi_assign(f->multi, socket, w);
    return w;
}

/* Called by libcurl, also during curl_multi_cleanup. */
static int set_socket(CURL *handle, curl_socket_t socket, int what, void *ctx, void *assigned)
{
    struct xa_fetch *f = ctx;
    struct watch *w = assigned;
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);

    (void)handle;
    if (what == CURL_POLL_REMOVE) {
        if (w == NULL)
            return 0;
        curl_multi_assign(f->multi, socket, NULL);
        uv_close((uv_handle_t *)&w->poll, watch_closed);
        return 0;
    }
    if (w == NULL && (w = watch_new(f, socket)) == NULL)
        return -1;
    return uv_poll_start(&w->poll, events, on_ready);
}

/* --- door -------------------------------------------------------------------- */

struct xa_fetch *xa_fetch_new(uv_loop_t *loop, xa_fetch_done_fn *done, void *ctx,
                              struct xa_error *err)
{
    struct xa_fetch *f = calloc(1, sizeof *f);
    CURLM *multi = f != NULL ? curl_multi_init() : NULL;
    if (multi == NULL) {
        free(f);
        (void)xa_fail(err, XA_NO_MEMORY, "courier: no memory to begin with");
        return NULL;
    }
    f->loop = loop;
    f->multi = multi;
    f->done = done;
    f->ctx = ctx;
    uv_timer_init(loop, &f->timer);
    uv_timer_init(loop, &f->look);
    f->timer.data = f;
    f->look.data = f;
    f->open_handles = 2;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, set_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, f);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, f);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_MAX);
    return f;
}

static void refuse(struct xa_fetch *f, const struct xa_request *request, const struct xa_error *err)
{
    struct xa_record record = { .number = request->number, .outcome = XA_OUTCOME_UNREACHABLE };
    record.detail = xa_slice_of(err->message);
    if (record.detail.len > XA_DETAIL_MAX)
        record.detail.len = XA_DETAIL_MAX;
    f->done(f->ctx, &record);
}

void xa_fetch_start(struct xa_fetch *f, const struct xa_request *request)
{
    struct xa_error err = { 0 };
    struct active *active = take(f, request->ca_bundle, &err);
    if (active == NULL || !xa_transfer_begin(active->transfer, request, &err)) {
        if (active != NULL)
            put_by(f, active);
        refuse(f, request, &err);
        return;
    }
    note_host(active, request->url);
    active->until_ms = uv_now(f->loop) + request->timeout_ms;
    if (f->n_active++ == 0)
        uv_timer_start(&f->look, on_look, LOOK_MS, LOOK_MS);
    if (n_at(f, active->host) == CONNECTIONS_MAX)
        wait_behind(f, active);
    else if (go(f, active))
        act(f, CURL_SOCKET_TIMEOUT, 0);      /* now, not a timer's turn later */
}

unsigned xa_fetch_active(const struct xa_fetch *f)
{
    return f->n_active;
}

static void timer_closed(uv_handle_t *handle)
{
    struct xa_fetch *f = handle->data;
    if (--f->open_handles == 0)
        free(f);
}

void xa_fetch_close(struct xa_fetch *f)
{
    while (f->active != NULL) {
        struct active *gone = f->active;
        f->active = gone->next;
        curl_multi_remove_handle(f->multi, xa_transfer_handle(gone->transfer));
        drop(gone);
    }
    while (f->waiting != NULL) {
        struct active *gone = f->waiting;
        f->waiting = gone->next;
        drop(gone);
    }
    while (f->spare != NULL) {
        struct active *gone = f->spare;
        f->spare = gone->next;
        drop(gone);
    }
    curl_multi_cleanup(f->multi);        /* its callbacks still come */
    curl_global_cleanup();
    uv_close((uv_handle_t *)&f->timer, timer_closed);
    uv_close((uv_handle_t *)&f->look, timer_closed);
}
