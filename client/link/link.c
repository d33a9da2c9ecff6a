#include "client/link/link.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/base/clock.h"
#include "client/base/output.h"
#include "client/base/progress.h"
#include "client/base/room.h"
#include "proto/frame.h"

#define SEND_MS 5000
#define HELLO_ROOM (2 * XA_PATH_MAX + 64)

/* For requests without a secret, which can be much longer than those that have one: no
 * locked memory is spent on them. */
static uint8_t plain_room[HELLO_ROOM + XA_REQUEST_MAX];

/* Not XA_NO_AGENT: one was there, and nobody knows what it did with the request. */
static bool closed(struct xa_error *err)
{
    xa_fail(err, XA_AGENT_UNUSABLE, "the agent closed the connection without an answer");
    return xa_hint(err, "the same command again");
}

/* How long to wait, counted from the first time that nothing is there yet: nearly always the
 * answer comes before anybody has to look at a clock. */
struct wait { int64_t most_ms, end_ms; };

/* Waits for an event, at most some time of that wait; false if it passed. A hang-up counts as
 * an event: the read or write that follows says more. */
static bool wait_some(int fd, short events, int64_t some_ms, struct wait *wait)
{
    struct pollfd p = { .fd = fd, .events = events };
    int64_t left = wait->end_ms == 0 ? wait->most_ms : wait->end_ms - xa_clock_ms(), until = 0;
    if (left > some_ms)
        left = some_ms;
    for (;;) {
        int n = poll(&p, 1, left > 0 ? (int)left : 0);
        if (n > 0)
            return true;
        bool interrupted = n < 0 && errno == EINTR;
        int64_t now = xa_clock_ms();
        if (wait->end_ms == 0)
            wait->end_ms = now + wait->most_ms - (n == 0 ? left : 0);
        if (!interrupted)
            return false;
        if (until == 0)
            until = now + left;
        left = until - now;
    }
}

static bool wait_for(int fd, short events, struct wait *wait)
{
    return wait_some(fd, events, INT_MAX, wait);
}

/* --- sending ---------------------------------------------------------------- */

static bool send_all(int fd, const uint8_t *at, size_t len, struct xa_error *err)
{
    struct wait wait = { SEND_MS, 0 };
    while (len > 0) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            if (!wait_for(fd, POLLOUT, &wait))
                return xa_fail(err, XA_TIMED_OUT, "the agent takes no request");
        } else if (n == 0 || errno != EINTR) {
            return closed(err);
        }
    }
    return true;
}

static void put_hello(struct xa_link *l, const struct xa_paths *paths, struct xa_writer *w)
{
    struct xa_hello hello = { XA_PROTOCOL_VERSION, xa_slice_of(paths->config),
                              xa_slice_of(paths->vault) };
    size_t start = xa_frame_begin(w, XA_HELLO, ++l->number);
    xa_message_encode(&xa_msg_hello, &hello, w);
    xa_frame_end(w, start, XA_REQUEST_MAX);
}

bool xa_link_send(struct xa_link *l, const struct xa_paths *paths, uint8_t type,
                  const struct xa_message *table, const void *message, struct xa_error *err)
{
    bool secret = xa_type_is_secret(type);
    struct xa_writer w = secret ? xa_writer_init(xa_room.request, sizeof xa_room.request)
                                : xa_writer_init(plain_room, sizeof plain_room);
    if (l->number == 0)
        put_hello(l, paths, &w);
    size_t start = xa_frame_begin(&w, type, ++l->number);
    xa_message_encode(table, message, &w);
    xa_frame_end(&w, start, xa_type_request_max(type));
    if (secret && w.len > xa_used.request)
        xa_used.request = w.len;
    bool ok = !w.bad ? send_all(l->fd, w.at, w.len, err)
                     : xa_fail(err, XA_USAGE, "what was given is too long to be asked");
    explicit_bzero(w.at, w.len);
    return ok;
}

/* --- receiving ---------------------------------------------------------------- */

/* Reads until len bytes are in the reply room, of which *have are. The room is as
 * large as the largest reply, so one read takes what there is. */
static bool read_until(struct xa_link *l, size_t len, size_t *have, struct wait *wait,
                       struct xa_error *err)
{
    while (*have < len) {
        ssize_t n = recv(l->fd, xa_result_room.reply + *have, sizeof xa_result_room.reply - *have,
                         0);
        if (n > 0)
            *have += (size_t)n;
        else if (n < 0 && errno == EAGAIN) {
            if (!wait_for(l->fd, POLLIN, wait))
                return xa_fail(err, XA_TIMED_OUT, "the agent did not answer in time");
        } else if (n == 0 || errno != EINTR) {
            return closed(err);
        }
        if (*have > xa_used.reply)
            xa_used.reply = *have;
    }
    return true;
}

/* An answer to HELLO is a refusal; the request after it gets none then. */
static bool check_head(const struct xa_link *l, const struct xa_frame_head *head,
                       struct xa_error *err)
{
    bool refused_hello = head->type == XA_ERROR && head->number < l->number;
    if (head->version != XA_PROTOCOL_VERSION)
        return xa_fail(err, XA_BAD_VERSION, "the agent answers in version %u of the protocol, "
                       "this client speaks %u", head->version, XA_PROTOCOL_VERSION);
    if (head->number != l->number && !refused_hello)
        return xa_fail(err, XA_BAD_MESSAGE, "the agent answered request %u, not %u", head->number,
                       l->number);
    return true;
}

bool xa_link_receive(struct xa_link *l, int64_t wait_ms, const char *progress,
                     struct xa_answer *ret, struct xa_error *err)
{
    struct wait wait = { wait_ms, 0 };
    bool silent = progress == NULL || wait_ms < XA_PROGRESS_AFTER_MS;
    struct xa_frame_head head;
    size_t have = 0;
    if (!wait_some(l->fd, POLLIN, silent ? wait_ms : XA_PROGRESS_AFTER_MS, &wait)) {
        xa_progress_show(progress);
        bool came = wait_for(l->fd, POLLIN, &wait);
        xa_progress_clear();
        if (!came)
            return xa_fail(err, XA_TIMED_OUT, "the agent did not answer in time");
    }
    if (!read_until(l, XA_FRAME_HEAD, &have, &wait, err) ||
        !xa_frame_decode_head(xa_result_room.reply, XA_REPLY_MAX, &head, err) ||
        !check_head(l, &head, err) ||
        !read_until(l, XA_FRAME_HEAD + head.body_len, &have, &wait, err))
        return false;
    if (have > XA_FRAME_HEAD + head.body_len && head.number == l->number)
        return xa_fail(err, XA_BAD_MESSAGE, "the agent answered more than was asked");
    *ret = (struct xa_answer){ head.type,
                               { xa_result_room.reply + XA_FRAME_HEAD, head.body_len } };
    return true;
}

bool xa_link_wait_closed(struct xa_link *l, int64_t wait_ms)
{
    struct wait wait = { wait_ms, xa_clock_ms() + wait_ms };
    char byte;
    while (wait_for(l->fd, POLLIN, &wait)) {
        ssize_t n = recv(l->fd, &byte, 1, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return true;
    }
    return false;
}

void xa_link_close(struct xa_link *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
    l->number = 0;
}
