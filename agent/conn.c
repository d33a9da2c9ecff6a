#include "agent/conn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/lease.h"
#include "agent/log.h"
#include "agent/vault/hash.h"
#include "proto/frame.h"

/* C3, C6. */
#define FIRST_FRAME_MS 5000
#define PARTIAL_FRAME_MS 5000
#define IDLE_MS 60000
#define WRITE_MS 10000
#define TURN_FRAMES 8          /* C6: then the others have their turn */

static void on_late(struct xa_deadline *deadline);
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret);
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);
static void on_next_turn(uv_idle_t *turn);
static void consume(struct xa_conn *c, const uint8_t *bytes, size_t len);

/* --- birth and death --------------------------------------------------------------- */

/* Bytes of a connection that outlive a call: in the arena if they may hold a
 * secret, and only then, so that nobody fills it with what is none. */
static uint8_t *take_bytes(struct xa_conn *c, size_t len, bool plain)
{
    return plain ? malloc(len) : xa_arena_take(c->agent->arena, len);
}

static void give_bytes(struct xa_conn *c, uint8_t *at, bool plain)
{
    if (plain)
        free(at);
    else
        xa_arena_give(c->agent->arena, at);
}

/* A request for credentials may hold an MFA code: no secret for long, but wiped. */
static void drop_kept(struct xa_conn *c)
{
    if (c->kept.at != NULL)
        xa_wipe(c->kept.at, c->kept.len);
    give_bytes(c, c->kept.at, c->kept.plain);
    memset(&c->kept, 0, sizeof c->kept);
}

static void drop_out(struct xa_conn *c)
{
    give_bytes(c, c->out.at, c->out.plain);
    c->out.at = NULL;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct xa_conn *c = handle->data;
    if (--c->open_handles > 0)
        return;
    xa_inbox_drop(&c->in, &c->agent->inboxes);
    drop_kept(c);
    drop_out(c);
    xa_pool_give(&c->agent->pool, c);
}

/* What was to answer the request will not answer it now. */
static void abandon_work(struct xa_conn *c)
{
    struct xa_op *op = c->op;
    xa_broker_cancel(&c->waiter);
    xa_inquiry_cancel(&c->inquiry);
    xa_probe_cancel(&c->probe);
    c->op = NULL;
    if (op != NULL) {
        op->conn = NULL;
        op->abandon(op);
    }
}

static void leave(struct xa_conn *c)
{
    if (c->left != NULL)
        c->left(c);
}

void xa_conn_close(struct xa_conn *c)
{
    if (c->closing)
        return;
    c->closing = true;
    abandon_work(c);
    /* A vault that was begun and holds no key yet ends with whoever began it: its
     * passphrase would otherwise be that of the next person's vault, unasked. */
    if (c->made_vault && c->agent->work.running == NULL &&
        xa_vault_condition(c->agent->vault) == XA_VAULT_IS_NEW)
        xa_vault_lock(c->agent->vault);
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        c->agent->conns = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    leave(c);
    uv_close((uv_handle_t *)&c->pipe, on_handle_closed);
    uv_close((uv_handle_t *)&c->deadline.timer, on_handle_closed);
    uv_close((uv_handle_t *)&c->turn, on_handle_closed);
}

/* 0: no limit. */
static void wait_for(struct xa_conn *c, uint64_t ms)
{
    xa_deadline_set(&c->deadline, ms);
}

/* Whoever asks a person for us is not idle (C10). Before HELLO the first frame's
 * time runs on. */
static void wait_idle(struct xa_conn *c)
{
    if (c->greeted)
        wait_for(c, c->person_is_asked ? 0 : IDLE_MS);
}

struct xa_conn *xa_conn_new(struct xa_agent *agent)
{
    struct xa_conn *c = xa_pool_take(&agent->pool);
    if (c == NULL)
        return NULL;
    c->agent = agent;
    c->pipe.data = c->deadline.timer.data = c->turn.data = c;
    uv_pipe_init(&agent->loop, &c->pipe, 0);
    xa_deadline_init(&c->deadline, &agent->loop, on_late);
    uv_idle_init(&agent->loop, &c->turn);
    c->open_handles = 3;
    c->next = agent->conns;
    if (c->next != NULL)
        c->next->prev = c;
    agent->conns = c;
    return c;
}

void xa_conn_start(struct xa_conn *c)
{
    wait_for(c, FIRST_FRAME_MS);
    uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);
}

static void on_late(struct xa_deadline *deadline)
{
    struct xa_conn *c = deadline->timer.data;
    struct xa_error err;
    switch (c->state) {
    case XA_CONN_WORKING:
        if (c->late != NULL && c->late(c))
            break;
        xa_fail(&err, XA_TIMED_OUT, "no answer within the time this command waits");
        if (c->waiter.fetch != NULL)
            xa_why(&err, "the request to AWS goes on; its answer is kept for the next call");
        xa_conn_fail(c, &err);
        break;
    case XA_CONN_PARKED:
        xa_fail(&err, XA_NOT_ASKED,
                "somebody else is being asked for it, and did not answer in time");
        if (c->lease->question != NULL)      /* unlocked it is already */
            xa_hint(&err, "the same command again");
        xa_conn_fail(c, &err);
        break;
    case XA_CONN_READING:
    case XA_CONN_WRITING:
        xa_conn_close(c);
        break;
    case XA_CONN_PAUSING:
        break;
    }
}

/* --- in -------------------------------------------------------------------------------- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct xa_conn *c = handle->data;
    (void)suggested;
    if (c->in.at != NULL)
        *ret = uv_buf_init((char *)c->in.at + c->in.len, (unsigned)(c->in.cap - c->in.len));
    else
        *ret = uv_buf_init((char *)c->agent->in, XA_REQUEST_MAX);
}

/* Without memory the connection goes: a client sends again, the agent's memory
 * does not come again. */
static void stash(struct xa_conn *c, const uint8_t *bytes, size_t len)
{
    if (xa_inbox_keep(&c->in, &c->agent->inboxes, bytes, len))
        return;
    xa_log(XA_LOG_WARNING, "no memory for a request of pid %ld", (long)c->pid);
    xa_conn_close(c);
}

static void handle_frame(struct xa_conn *c, const struct xa_frame_head *head, struct xa_slice body)
{
    struct xa_error err;
    c->type = head->type;
    c->number = head->number;
    c->rounds = 0;
    if (head->version < 1 || head->version > XA_PROTOCOL_VERSION) {
        xa_fail(&err, XA_BAD_VERSION, "this agent speaks protocol version %d, not %u",
                XA_PROTOCOL_VERSION, head->version);
        xa_conn_fail(c, &err);
        return;
    }
    c->agent->handle(c, body);
}

/* A frame whose length cannot be believed ends the connection: where the next one
 * begins is not known either. */
static void refuse_frame(struct xa_conn *c, const struct xa_error *err)
{
    c->close_after_reply = true;
    xa_conn_fail(c, err);
}

static bool take_frame(struct xa_conn *c, const uint8_t *bytes, size_t len, size_t *ret_used)
{
    struct xa_frame_head head;
    struct xa_error err;
    if (len < XA_FRAME_HEAD)
        return false;
    if (!xa_frame_decode_head(bytes, XA_REQUEST_MAX, &head, &err)) {
        c->number = 0;
        refuse_frame(c, &err);
        return false;
    }
    c->number = head.number;
    if (XA_FRAME_HEAD + head.body_len > xa_type_request_max(head.type)) {
        xa_fail(&err, XA_BAD_MESSAGE, "a request with a secret is longer than %zu bytes",
                xa_type_request_max(head.type));
        refuse_frame(c, &err);
        return false;
    }
    if (len < XA_FRAME_HEAD + head.body_len)
        return false;
    *ret_used = XA_FRAME_HEAD + head.body_len;
    handle_frame(c, &head, (struct xa_slice){ bytes + XA_FRAME_HEAD, head.body_len });
    return true;
}

/* Whole frames, in order, as long as each is answered at once, and no more than a
 * turn's. Returns how many bytes they were. */
static size_t take_turn(struct xa_conn *c, const uint8_t *bytes, size_t len)
{
    size_t at = 0, used;
    unsigned n = 0;
    c->consuming = true;
    while (!c->closing && c->state == XA_CONN_READING && n < TURN_FRAMES &&
           take_frame(c, bytes + at, len - at, &used)) {
        at += used;
        n++;
        if (at < len)                    /* the next may have come since */
            xa_turn_end(&c->agent->turn);
    }
    c->consuming = false;
    if (n < TURN_FRAMES || c->closing || c->state != XA_CONN_READING)
        return at;
    if (c->greeted)
        c->state = XA_CONN_PAUSING;
    else
        xa_conn_close(c);      /* so many frames, and no HELLO among them */
    return at;
}

/* Handles a turn's frames and keeps the rest. Behaves alike for several frames per
 * read and one frame over many. */
static void consume(struct xa_conn *c, const uint8_t *bytes, size_t len)
{
    bool from_stash = c->in.at != NULL;
    size_t at = take_turn(c, bytes, len);
    if (c->closing)
        return;
    if (at == len) {
        if (from_stash)
            xa_inbox_drop(&c->in, &c->agent->inboxes);
    } else if (from_stash && at > 0) {
        memmove(c->in.at, c->in.at + at, len - at);
        stash(c, c->in.at, len - at);
    } else {
        stash(c, bytes + at, len - at);
    }
    if (c->closing)
        return;
    if (c->state != XA_CONN_READING)
        uv_read_stop((uv_stream_t *)&c->pipe);
    if (c->state == XA_CONN_PAUSING)
        uv_idle_start(&c->turn, on_next_turn);
    if (c->state != XA_CONN_READING)
        return;
    if (c->in.at == NULL)
        wait_idle(c);
    else if (c->greeted && (at > 0 || !from_stash))
        wait_for(c, PARTIAL_FRAME_MS);      /* from the first byte; more bytes win no more time */
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct xa_conn *c = stream->data;
    xa_turn_count(&c->agent->turn);
    if (n == 0)
        return;
    if (n < 0) {
        xa_conn_close(c);
        return;
    }
    if (c->in.at != NULL) {
        c->in.len += (size_t)n;
        consume(c, c->in.at, c->in.len);
    } else {
        consume(c, (const uint8_t *)buf->base, (size_t)n);
        xa_wipe(buf->base, (size_t)n);
    }
    if ((size_t)n == buf->len)      /* libuv reads on at once */
        xa_turn_end(&c->agent->turn);
}

/* Goes on after an answer that came from a callback. */
static void resume(struct xa_conn *c)
{
    if (c->closing || c->consuming)
        return;
    if (c->in.at != NULL) {
        if (c->greeted)
            wait_for(c, PARTIAL_FRAME_MS);      /* what came in part has waited for us till now */
        consume(c, c->in.at, c->in.len);
        if (c->closing || c->state != XA_CONN_READING)
            return;
    } else {
        wait_idle(c);
    }
    uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);
}

/* In the loop's next round, when the others have been looked at. (A timer of 0 ms would
 * run again in the same one.) */
static void on_next_turn(uv_idle_t *turn)
{
    struct xa_conn *c = turn->data;
    uv_idle_stop(turn);
    c->state = XA_CONN_READING;
    resume(c);
}

/* --- out --------------------------------------------------------------------------------- */

static void reply_sent(struct xa_conn *c)
{
    c->state = XA_CONN_READING;
    if (c->close_after_reply)
        xa_conn_close(c);
    else
        resume(c);
}

static void on_written(uv_write_t *write, int status)
{
    struct xa_conn *c = write->data;
    xa_turn_count(&c->agent->turn);
    drop_out(c);
    if (status != 0)
        xa_conn_close(c);
    else if (!c->closing)
        reply_sent(c);
}

/* What the socket did not take waits; no more is read meanwhile. */
static void write_rest(struct xa_conn *c, const uint8_t *bytes, size_t len)
{
    c->out.plain = !xa_type_answers_secret(c->type);
    c->out.at = take_bytes(c, len, c->out.plain);
    if (c->out.at == NULL) {
        xa_conn_close(c);
        return;
    }
    memcpy(c->out.at, bytes, len);
    c->out.write.data = c;
    c->state = XA_CONN_WRITING;
    wait_for(c, WRITE_MS);
    uv_read_stop((uv_stream_t *)&c->pipe);
    uv_buf_t buf = uv_buf_init((char *)c->out.at, (unsigned)len);
    if (uv_write(&c->out.write, (uv_stream_t *)&c->pipe, &buf, 1, on_written) != 0) {
        drop_out(c);
        xa_conn_close(c);
    }
}

static void send_reply(struct xa_conn *c, uint8_t type, const struct xa_message *table,
                       const void *message)
{
    struct xa_writer w = xa_writer_init(c->agent->out, XA_REPLY_MAX);
    size_t start = xa_frame_begin(&w, type, c->number);
    xa_message_encode(table, message, &w);
    xa_frame_end(&w, start, XA_REPLY_MAX);
    assert(!w.bad);      /* every reply's parts are bounded so that they fit */
    drop_kept(c);
    uv_buf_t buf = uv_buf_init((char *)c->agent->out, (unsigned)w.len);
    int n = uv_try_write((uv_stream_t *)&c->pipe, &buf, 1);
    if (n < 0 && n != UV_EAGAIN)
        xa_conn_close(c);
    else if (n == (int)w.len)
        reply_sent(c);
    else
        write_rest(c, c->agent->out + (n > 0 ? n : 0), w.len - (size_t)(n > 0 ? n : 0));
    xa_wipe(c->agent->out, w.len);
}

void xa_conn_result(struct xa_conn *c, const struct xa_message *table, const void *message)
{
    send_reply(c, XA_RESULT, table, message);
}

void xa_conn_fail_with_tries(struct xa_conn *c, const struct xa_error *err, uint32_t tries_left)
{
    struct xa_error_reply reply = xa_error_to_reply(err);
    reply.tries_left = tries_left;
    abandon_work(c);
    if (c->state == XA_CONN_PARKED)
        leave(c);
    send_reply(c, XA_ERROR, &xa_msg_error, &reply);
}

void xa_conn_fail(struct xa_conn *c, const struct xa_error *err)
{
    xa_conn_fail_with_tries(c, err, 0);
}

void xa_conn_need(struct xa_conn *c, const struct xa_need *need)
{
    send_reply(c, XA_NEED, &xa_msg_need, need);
}

void xa_conn_rest(struct xa_conn *c)
{
    if (!c->closing && c->state == XA_CONN_READING && c->in.at == NULL)
        wait_idle(c);
}

/* --- waiting ------------------------------------------------------------------------------ */

void xa_conn_working(struct xa_conn *c, uint64_t ms)
{
    c->state = XA_CONN_WORKING;
    c->late = NULL;
    wait_for(c, ms);
}

/* False: no memory, and the request has failed. */
static bool keep_body(struct xa_conn *c, struct xa_slice body)
{
    struct xa_error err;
    if (c->kept.at != NULL && c->kept.at == body.at)
        return true;
    drop_kept(c);
    c->kept.plain = !xa_type_is_secret(c->type);
    c->kept.at = take_bytes(c, body.len + 1, c->kept.plain);
    c->kept.len = body.len;
    if (c->kept.at == NULL) {
        xa_fail(&err, XA_BUSY, "too many requests wait for an answer");
        xa_conn_fail(c, &err);
        return false;
    }
    memcpy(c->kept.at, body.at, body.len);
    return true;
}

bool xa_conn_working_on(struct xa_conn *c, struct xa_slice body, uint64_t ms)
{
    if (!keep_body(c, body))
        return false;
    xa_conn_working(c, ms);
    return true;
}

bool xa_conn_park(struct xa_conn *c, struct xa_slice body, uint64_t ms)
{
    if (!keep_body(c, body))
        return false;
    c->state = XA_CONN_PARKED;
    wait_for(c, ms);
    return true;
}

void xa_conn_again(struct xa_conn *c)
{
    if (c->closing)
        return;
    c->state = XA_CONN_READING;
    c->agent->handle(c, (struct xa_slice){ c->kept.at, c->kept.len });
}
