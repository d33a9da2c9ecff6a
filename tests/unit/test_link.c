/* The agent's end of the courier, against a supervisor and couriers that the test
 * plays itself, on the same loop: each courier is an end of a socketpair and a
 * list of what it does next. Time is real, but the 5 s of a start are the longest. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/courier/link.h"
#include "agent/supervisor.h"

#define S(text) xa_slice_of(text)
#define COURIERS_MAX 8
#define CALLS_MAX (XA_LINK_CALLS_MAX + 16)

/* What a courier does, in this order, once each. */
enum act {
    HELLO = 'H',
    ANSWER = 'A',
    LAST = 'L',
    DIE = 'D',
    GARBAGE = 'G',
    UNKNOWN = 'U',
    EMPTY = 'E',
    HUGE_ONE = 'B',
    STALL = 'S',
    TWO_BYTES = '2',
    WITH_FD = 'F',
    BY_ANOTHER = 'P',
};

struct courier_end {
    uv_poll_t poll;
    int fd;
    const char *acts;                  /* enum act; at its end it goes on with ANSWER */
    uint32_t numbers[8];               /* of requests it has not answered yet         */
    unsigned n_held, n_taken;
    bool open;
};

struct call_seen { unsigned n; enum xa_code code; bool record; char token[64]; uint32_t number; };

static struct {
    uv_loop_t loop;
    uv_poll_t supervisor;
    uv_timer_t limit;
    int pair[2];
    struct xa_arena *arena;
    struct xa_link *link;
    const char *const *plan; /* acts of the first, second courier; "X": refused, "-": silence */
    unsigned n_asked, n_couriers;
    struct courier_end couriers[COURIERS_MAX];
    struct call_seen calls[CALLS_MAX];
    unsigned n_gone, n_requests;
    unsigned wanted;                   /* ends of calls to wait for */
    unsigned ended;
} t;

/* --- the test's couriers ----------------------------------------------------------- */

static void courier_end_close(struct courier_end *c)
{
    if (!c->open)
        return;
    c->open = false;
    uv_poll_stop(&c->poll);
    close(c->fd);
    uv_close((uv_handle_t *)&c->poll, NULL);
}

static void answer(struct courier_end *c, uint32_t number)
{
    static uint8_t room[XA_RECORD_MAX];
    char token[64];
    snprintf(token, sizeof token, "token-of-%u", number);
    const struct xa_record record = {
        .number = number,
        .outcome = XA_OUTCOME_ANSWERED,
        .status = 200,
        .token = S(token),
        .expires_at = 5,
    };
    size_t len = xa_record_encode(&record, room, sizeof room);
    assert_int_equal(send(c->fd, room, len, MSG_NOSIGNAL), len);
}

static void send_with_descriptor(int socket)
{
    union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr aligned; } along;
    char what = XA_COURIER_HELLO;
    struct iovec part = { &what, 1 };
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &along, .msg_controllen = sizeof along
    };
    memset(&along, 0, sizeof along);
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    int fd = 0;
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(c), &fd, sizeof fd);
    assert_int_equal(sendmsg(socket, &m, MSG_NOSIGNAL), 1);
}

/* A record of the right number, but from another process than said hello. */
static void answer_by_another(struct courier_end *c, uint32_t number)
{
    pid_t pid = fork();
    if (pid == 0) {
        answer(c, number);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

static void perform(struct courier_end *c)
{
    static uint8_t big[XA_RECORD_MAX + 1];
    while (c->open) {
        char act = *c->acts != '\0' ? *c->acts : ANSWER;
        bool needs_request = act == ANSWER || act == LAST || act == UNKNOWN || act == GARBAGE ||
                             act == EMPTY || act == HUGE_ONE || act == BY_ANOTHER;
        if (needs_request && c->n_held == 0)
            return;
        uint32_t first = c->numbers[0];
        switch (act) {
        case HELLO: send(c->fd, "H", 1, MSG_NOSIGNAL); break;
        case TWO_BYTES: send(c->fd, "HH", 2, MSG_NOSIGNAL); break;
        case WITH_FD: send_with_descriptor(c->fd); break;
        case ANSWER:
            answer(c, first);
            c->n_held--;
            memmove(c->numbers, c->numbers + 1, sizeof c->numbers - sizeof c->numbers[0]);
            break;
        case LAST:                           /* waits for two, and takes the younger first */
            if (c->n_held < 2)
                return;
            answer(c, c->numbers[--c->n_held]);
            break;
        case UNKNOWN: answer(c, 0xdeadbeef); break;
        case GARBAGE: send(c->fd, "A garbage", 9, MSG_NOSIGNAL); break;
        case EMPTY: send(c->fd, "", 0, MSG_NOSIGNAL); break;
        case HUGE_ONE: send(c->fd, big, sizeof big, MSG_NOSIGNAL); break;
        case BY_ANOTHER: answer_by_another(c, first); break;
        case DIE: courier_end_close(c); break;
        case STALL: return;
        default: fail();
        }
        if (*c->acts != '\0')
            c->acts++;
    }
}

static void on_request(uv_poll_t *poll, int status, int events)
{
    static uint8_t room[XA_PACKET_MAX];
    struct courier_end *c = poll->data;
    struct xa_request request;
    (void)status, (void)events;
    if (*c->acts == STALL)
        usleep(1000);
    ssize_t len = recv(c->fd, room, sizeof room, MSG_DONTWAIT);
    if (len == 0 || (len < 0 && errno != EAGAIN)) {
        courier_end_close(c);
        return;
    }
    if (len > 0) {
        assert_true(xa_request_decode((struct xa_slice){ room, (size_t)len }, &request, NULL));
        t.n_requests++;
        c->n_taken++;
        assert_true(c->n_held < 8);
        c->numbers[c->n_held++] = request.number;
    }
    perform(c);
}

/* --- the test's supervisor --------------------------------------------------------- */

static void give_courier(const char *acts)
{
    int pair[2], on = 1;
    struct courier_end *c = &t.couriers[t.n_couriers++];
    assert_true(t.n_couriers <= COURIERS_MAX);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
    *c = (struct courier_end){ .fd = pair[1], .acts = acts, .open = true };
    uv_poll_init(&t.loop, &c->poll, c->fd);
    c->poll.data = c;
    uv_poll_start(&c->poll, UV_READABLE, on_request);

    union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr aligned; } along;
    char what = XA_SUPERVISOR_COURIER;
    struct iovec part = { &what, 1 };
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &along, .msg_controllen = sizeof along
    };
    memset(&along, 0, sizeof along);
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(&m);
    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(cmsg), &pair[0], sizeof(int));
    assert_int_equal(sendmsg(t.pair[1], &m, 0), 1);
    close(pair[0]);
    perform(c);
}

static void on_ask(uv_poll_t *poll, int status, int events)
{
    char what;
    (void)poll, (void)status, (void)events;
    if (recv(t.pair[1], &what, 1, MSG_DONTWAIT) != 1)
        return;
    assert_int_equal(what, XA_SUPERVISOR_COURIER);
    const char *acts = t.plan[t.n_asked];
    assert_non_null(acts);
    t.n_asked++;
    if (strcmp(acts, "X") == 0)
        assert_int_equal(send(t.pair[1], "X", 1, 0), 1);
    else if (strcmp(acts, "-") != 0)
        give_courier(acts);
}

/* --- a scene: set up, calls, end --------------------------------------------------- */

static void on_gone(void *ctx)
{
    assert_ptr_equal(ctx, &t);
    t.n_gone++;
    uv_stop(&t.loop);
}

static void on_limit(uv_timer_t *timer)
{
    (void)timer;
    uv_stop(&t.loop);
}

static void on_done(void *ctx, const struct xa_record *record, const struct xa_error *err)
{
    struct call_seen *seen = ctx;
    seen->n++;
    seen->record = record != NULL;
    seen->code = record != NULL ? XA_OK : err->code;
    if (record != NULL) {
        assert_null(err);
        seen->number = record->number;
        assert_true(xa_slice_copy(record->token, seen->token, sizeof seen->token));
    } else {
        assert_true(err->message[0] != '\0');
    }
    if (++t.ended == t.wanted)
        uv_stop(&t.loop);
}

static void begin(const char *const *plan)
{
    memset(&t, 0, sizeof t);
    t.plan = plan;
    assert_int_equal(uv_loop_init(&t.loop), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, t.pair), 0);
    uv_poll_init(&t.loop, &t.supervisor, t.pair[1]);
    uv_poll_start(&t.supervisor, UV_READABLE, on_ask);
    uv_timer_init(&t.loop, &t.limit);
    t.arena = xa_arena_new(512 * 1024, NULL);
    assert_non_null(t.arena);
    t.link = xa_link_new(&t.loop, t.pair[0], t.arena, on_gone, &t, NULL);
    assert_non_null(t.link);
}

static struct xa_request a_request(void)
{
    return (struct xa_request){
        .answer = XA_ANSWER_ASSUME_ROLE,
        .method = S("POST"),
        .url = S("https://sts.eu-west-1.amazonaws.com"),
        .headers = { S("Authorization: AWS4-HMAC-SHA256 x") },
        .n_headers = 1,
        .body = S("Action=AssumeRole"),
        .timeout_ms = 300,
    };
}

static struct xa_link_call *ask(unsigned i)
{
    struct xa_error err;
    const struct xa_request request = a_request();
    struct xa_link_call *call = xa_link_send(t.link, &request, on_done, &t.calls[i], &err);
    assert_non_null(call);
    assert_int_equal(t.calls[i].n, 0);
    return call;
}

/* Runs until so many calls have ended, but no longer than limit_ms. */
static void run(unsigned wanted, unsigned limit_ms)
{
    t.wanted = wanted;
    uv_timer_start(&t.limit, on_limit, limit_ms, 0);
    if (t.ended < wanted || wanted == 0)
        uv_run(&t.loop, UV_RUN_DEFAULT);
}

/* No handle, no byte of the arena and no descriptor is left. */
static void end(void)
{
    xa_link_close(t.link);
    xa_link_close(NULL);
    for (unsigned i = 0; i < t.n_couriers; i++)
        courier_end_close(&t.couriers[i]);
    uv_close((uv_handle_t *)&t.supervisor, NULL);
    uv_close((uv_handle_t *)&t.limit, NULL);
    uv_run(&t.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&t.loop), 0);
    assert_int_equal(xa_arena_used(t.arena), 0);
    xa_arena_free(&t.arena);
    close(t.pair[0]);
    if (t.pair[1] >= 0)
        close(t.pair[1]);
}

static void expect(unsigned i, enum xa_code code)
{
    if (t.calls[i].n != 1 || t.calls[i].code != code)
        fail_msg("call %u: ended %u times, with %d, not %d", i, t.calls[i].n, t.calls[i].code,
                 code);
    assert_int_equal(t.calls[i].record, code == XA_OK);
}

#define PLAN(...) (const char *const[]){ __VA_ARGS__, NULL }

/* --- scenes ------------------------------------------------------------------------ */

static void normal(void **state)
{
    (void)state;
    begin(PLAN("H"));
    assert_int_equal(xa_link_courier_pid(t.link), 0);
    ask(0);
    run(1, 3000);
    expect(0, XA_OK);
    assert_string_equal(t.calls[0].token, "token-of-1");
    assert_int_equal(xa_link_courier_pid(t.link), getpid());
    ask(1);                                  /* the same courier goes on */
    run(2, 3000);
    expect(1, XA_OK);
    assert_int_equal(t.n_asked, 1);
    end();
}

static void two_out_of_order(void **state)
{
    (void)state;
    begin(PLAN("HLA"));
    ask(0);
    ask(1);
    run(2, 3000);
    expect(0, XA_OK);
    expect(1, XA_OK);
    assert_string_equal(t.calls[0].token, "token-of-1");
    assert_string_equal(t.calls[1].token, "token-of-2");
    assert_int_equal(t.n_asked, 1);
    end();
}

/* What the first courier does, and what that comes to with a good second one, and
 * with a second one of the same kind. */
static void lost_couriers(void **state)
{
    (void)state;
    static const char *const ways[] = { "D", "HD", "HG", "HE", "HB", "HU", "2", "F", "HP", "HAU" };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        bool after_one = strcmp(ways[i], "HAU") == 0;
        begin(PLAN(ways[i], "H"));
        ask(0);
        ask(1);
        run(2, 4000);
        expect(0, XA_OK);
        expect(1, XA_OK);
        assert_int_equal(t.n_asked, 2);
        assert_string_equal(t.calls[1].token, "token-of-2");
        end();

        begin(PLAN(ways[i], ways[i], "H"));
        ask(0);
        ask(1);
        run(2, 4000);
        expect(0, after_one ? XA_OK : XA_COURIER_UNUSABLE);
        expect(1, after_one ? XA_OK : XA_COURIER_UNUSABLE);
        ask(2);                              /* and then all is well again */
        run(3, 4000);
        expect(2, XA_OK);
        end();
    }
}

static void dies_after_taking_it(void **state)
{
    (void)state;
    begin(PLAN("HS", "H"));
    ask(0);
    run(0, 100);
    assert_int_equal(t.n_requests, 1);
    courier_end_close(&t.couriers[0]);
    run(1, 3000);
    expect(0, XA_OK);
    assert_int_equal(t.n_requests, 2);
    end();
}

/* N9: it may have been looked at. */
static void mfa_is_sent_once(void **state)
{
    (void)state;
    begin(PLAN("HS", "H"));
    struct xa_request request = a_request();
    request.once = true;
    assert_non_null(xa_link_send(t.link, &request, on_done, &t.calls[0], NULL));
    ask(1);
    run(0, 100);
    courier_end_close(&t.couriers[0]);
    run(2, 3000);
    expect(0, XA_COURIER_UNUSABLE);
    expect(1, XA_OK);
    assert_int_equal(t.n_requests, 3);
    end();

    begin(PLAN("D", "H"));                   /* but one that was never sent may be */
    assert_non_null(xa_link_send(t.link, &request, on_done, &t.calls[0], NULL));
    run(1, 3000);
    expect(0, XA_OK);
    end();
}

static void refused(void **state)
{
    (void)state;
    begin(PLAN("X", "H"));
    ask(0);
    ask(1);
    run(2, 3000);
    expect(0, XA_COURIER_UNUSABLE);
    expect(1, XA_COURIER_UNUSABLE);
    ask(2);
    run(3, 3000);
    expect(2, XA_OK);
    end();
}

/* H8: an error within the deadline, and the other request is not affected. */
static void stalled(void **state)
{
    (void)state;
    begin(PLAN("HS", "H"));
    ask(0);
    run(0, 1000);
    ask(1);
    uint64_t start_ms = uv_now(&t.loop);
    run(2, 5000);
    expect(0, XA_TIMED_OUT);
    expect(1, XA_OK);
    assert_in_range(uv_now(&t.loop) - start_ms, 1000, 2300);
    end();
}

/* Neither the supervisor nor the courier answers; the calls' own time is longer. */
static void silent_starts(void **state)
{
    (void)state;
    static const char *const ways[] = { "-", "S" };
    for (size_t i = 0; i < 2; i++) {
        begin(PLAN(ways[i], "H"));
        struct xa_request request = a_request();
        request.timeout_ms = 10000;
        assert_non_null(xa_link_send(t.link, &request, on_done, &t.calls[0], NULL));
        run(1, 7000);
        expect(0, XA_OK);
        assert_int_equal(t.n_asked, 2);
        end();
    }
    begin(PLAN("-"));
    ask(0);
    run(1, 4000);
    expect(0, XA_TIMED_OUT);
    end();
}

static void a_courier_too_late(void **state)
{
    (void)state;
    begin(PLAN("H"));
    give_courier("H");                       /* nobody asked for it */
    run(0, 100);
    assert_false(t.couriers[0].open);
    ask(0);
    run(1, 3000);
    expect(0, XA_OK);
    end();
}

static void cancelled(void **state)
{
    (void)state;
    begin(PLAN("H", "H"));
    xa_link_cancel(ask(0));                  /* before it is sent */
    run(0, 100);
    assert_int_equal(t.n_requests, 0);
    assert_int_equal(t.calls[0].n, 0);
    t.couriers[0].acts = "S";
    struct xa_link_call *call = ask(1);
    run(0, 50);
    assert_int_equal(t.n_requests, 1);
    xa_link_cancel(call);                    /* and after: its answer is known, and dropped */
    t.couriers[0].acts = "";
    ask(2);
    run(1, 3000);
    expect(2, XA_OK);
    assert_int_equal(t.calls[1].n, 0);
    assert_int_equal(t.n_asked, 1);

    t.couriers[0].acts = "S";                /* lost with its courier, it is not tried again */
    call = ask(3);
    run(0, 50);
    xa_link_cancel(call);
    courier_end_close(&t.couriers[0]);
    run(0, 100);
    assert_int_equal(t.calls[3].n, 0);
    assert_int_equal(t.n_asked, 1);
    end();
}

static void leaves_when_idle(void **state)
{
    (void)state;
    begin(PLAN("HAD", "H"));
    ask(0);
    run(1, 3000);
    run(0, 50);
    assert_int_equal(xa_link_courier_pid(t.link), 0);
    ask(1);
    run(2, 3000);
    expect(0, XA_OK);
    expect(1, XA_OK);
    end();
}

static void too_many_and_too_much(void **state)
{
    (void)state;
    struct xa_error err;
    begin(PLAN("S"));
    for (unsigned i = 0; i < XA_LINK_CALLS_MAX; i++)
        ask(i);
    struct xa_request request = a_request();
    assert_null(xa_link_send(t.link, &request, on_done, &t.calls[CALLS_MAX - 1], &err));
    assert_int_equal(err.code, XA_BUSY);
    end();
    for (unsigned i = 0; i < XA_LINK_CALLS_MAX; i++)
        assert_int_equal(t.calls[i].n, 0);

    static char body[XA_EXCHANGE_BODY_MAX];
    memset(body, 'b', sizeof body);
    begin(PLAN("S"));
    request.body = (struct xa_slice){ (const uint8_t *)body, sizeof body };
    for (err.code = XA_OK; xa_link_send(t.link, &request, on_done, &t.calls[0], &err) != NULL;)
        ;
    assert_int_equal(err.code, XA_NO_MEMORY);
    request.body = S("a b");
    assert_null(xa_link_send(t.link, &request, on_done, &t.calls[0], &err));
    assert_int_equal(err.code, XA_INTERNAL);
    end();
}

/* A socket that is full is written to again when it has room. */
static void more_than_a_socket_holds(void **state)
{
    (void)state;
    static char body[20000];
    memset(body, 'b', sizeof body);
    begin(PLAN("H"));
    struct xa_request request = a_request();
    request.body = (struct xa_slice){ (const uint8_t *)body, sizeof body };
    for (unsigned i = 0; i < 8; i++)
        assert_non_null(xa_link_send(t.link, &request, on_done, &t.calls[i], NULL));
    run(8, 5000);
    for (unsigned i = 0; i < 8; i++)
        expect(i, XA_OK);
    assert_int_equal(t.n_asked, 1);
    end();
}

static void the_supervisor_goes(void **state)
{
    (void)state;
    begin(PLAN("H"));
    uv_poll_stop(&t.supervisor);
    close(t.pair[1]);
    t.pair[1] = -1;
    ask(0);
    run(0, 200);
    assert_int_equal(t.n_gone, 1);
    run(1, 3000);
    expect(0, XA_COURIER_UNUSABLE);
    ask(1);
    run(2, 3000);
    expect(1, XA_COURIER_UNUSABLE);
    end();
}

/* --- alone --------------------------------------------------------------------------- */

static struct xa_request a_lone_request(void)
{
    struct xa_request request = a_request();
    request.answer = XA_ANSWER_ACCESS_KEY;
    request.action = xa_slice_of("CreateAccessKey");
    request.alone = true;
    return request;
}

static struct xa_link_call *ask_alone(unsigned i)
{
    struct xa_error err;
    const struct xa_request request = a_lone_request();
    struct xa_link_call *call = xa_link_send(t.link, &request, on_done, &t.calls[i], &err);
    assert_non_null(call);
    return call;
}

/* Beside the usual one, before it and after it; and each ends with its exchange. */
static void alone(void **state)
{
    (void)state;
    begin(PLAN("H", "H", "H"));
    ask(0);
    ask_alone(1);
    ask(2);
    run(3, 3000);
    run(0, 50);
    for (unsigned i = 0; i < 3; i++)
        expect(i, XA_OK);
    assert_int_equal(t.couriers[0].n_taken, 2);
    assert_int_equal(t.couriers[1].n_taken, 1);
    assert_true(t.couriers[0].open);
    assert_false(t.couriers[1].open);
    assert_int_equal(xa_link_courier_pid(t.link), getpid());

    ask_alone(3);                            /* the next has another one */
    run(4, 3000);
    run(0, 50);
    expect(3, XA_OK);
    assert_int_equal(t.couriers[2].n_taken, 1);
    assert_false(t.couriers[2].open);
    ask(4);                                  /* and the usual one is as it was */
    run(5, 3000);
    expect(4, XA_OK);
    assert_int_equal(t.couriers[0].n_taken, 3);
    assert_int_equal(t.n_asked, 3);
    end();

    begin(PLAN("H", "H"));
    ask_alone(0);
    ask(1);
    run(2, 3000);
    run(0, 50);
    assert_int_equal(t.couriers[0].n_taken, 1);
    assert_int_equal(t.couriers[1].n_taken, 1);
    assert_true(!t.couriers[0].open && t.couriers[1].open);
    end();
}

/* P3: whichever courier it is of, the pid is known as one while it lives. */
static void pids(void **state)
{
    (void)state;
    begin(PLAN("HS"));
    assert_false(xa_link_is_courier(t.link, getpid()));
    struct xa_link_call *call = ask_alone(0);
    assert_false(xa_link_is_courier(t.link, 0));         /* one that has not said hello */
    run(0, 100);
    assert_int_equal(t.n_requests, 1);
    assert_true(xa_link_is_courier(t.link, getpid()));
    assert_false(xa_link_is_courier(t.link, getpid() + 1));
    assert_int_equal(xa_link_courier_pid(t.link), 0);    /* it is not the usual one */
    xa_link_cancel(call);
    assert_false(xa_link_is_courier(t.link, getpid()));
    end();

    begin(PLAN("H"));
    ask(0);
    run(1, 3000);
    assert_true(xa_link_is_courier(t.link, getpid()));
    end();
}

/* Whatever becomes of the courier: what was sent may have been done. */
static void alone_is_sent_once(void **state)
{
    (void)state;
    static const char *const ways[] = { "HG", "HE", "HB", "HU", "HP" };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        begin(PLAN("H", ways[i]));
        ask(0);
        run(1, 3000);
        ask_alone(1);
        ask(2);
        run(3, 3000);
        run(0, 50);
        expect(1, XA_COURIER_UNUSABLE);
        expect(2, XA_OK);
        assert_int_equal(t.n_asked, 2);
        assert_int_equal(t.couriers[1].n_taken, 1);
        assert_true(t.couriers[0].open && !t.couriers[1].open);
        end();
    }

    begin(PLAN("HS"));                       /* killed meanwhile */
    ask_alone(0);
    run(0, 100);
    assert_int_equal(t.n_requests, 1);
    courier_end_close(&t.couriers[0]);
    run(1, 3000);
    expect(0, XA_COURIER_UNUSABLE);
    run(0, 100);
    assert_int_equal(t.n_requests, 1);
    assert_int_equal(t.n_asked, 1);
    end();

    begin(PLAN("HS"));                       /* or it stalls */
    ask_alone(0);
    run(1, 4000);
    run(0, 50);
    expect(0, XA_TIMED_OUT);
    assert_int_equal(t.n_asked, 1);
    assert_false(t.couriers[0].open);
    end();

    begin(PLAN("D", "H"));                   /* but one that was never sent may be */
    ask_alone(0);
    run(1, 3000);
    expect(0, XA_OK);
    assert_int_equal(t.n_requests, 1);
    end();

    begin(PLAN("D", "D", "H"));
    ask_alone(0);
    run(1, 3000);
    expect(0, XA_COURIER_UNUSABLE);
    assert_int_equal(t.n_asked, 2);
    end();
}

/* The usual courier is lost: what goes alone does not notice. */
static void the_usual_one_dies_beside_it(void **state)
{
    (void)state;
    begin(PLAN("HS", "HS", "H"));
    ask(0);
    ask_alone(1);
    run(0, 100);
    courier_end_close(&t.couriers[0]);
    run(1, 3000);
    expect(0, XA_OK);
    assert_int_equal(t.calls[1].n, 0);
    t.couriers[1].acts = "";
    perform(&t.couriers[1]);
    run(2, 3000);
    expect(1, XA_OK);
    assert_int_equal(t.couriers[1].n_taken, 1);
    assert_int_equal(t.n_asked, 3);
    end();
}

/* A courier answers a call that another one carries: it is no courier of ours. */
static void not_each_others(void **state)
{
    (void)state;
    begin(PLAN("HS", "HS", "H"));
    ask(0);
    ask_alone(1);
    run(0, 100);
    answer(&t.couriers[0], t.couriers[1].numbers[0]);
    run(1, 3000);
    expect(0, XA_OK);                        /* by the third */
    assert_int_equal(t.calls[1].n, 0);
    answer(&t.couriers[1], t.couriers[0].numbers[0]);
    run(2, 3000);
    expect(1, XA_COURIER_UNUSABLE);
    end();
}

static void two_starts_at_once(void **state)
{
    (void)state;
    begin(PLAN("X", "H"));                   /* each answer is for one of them */
    ask(0);
    ask_alone(1);
    run(2, 3000);
    expect(0, XA_COURIER_UNUSABLE);
    expect(1, XA_OK);
    end();

    begin(PLAN("H", "X"));
    ask(0);
    ask_alone(1);
    run(2, 3000);
    expect(0, XA_OK);
    expect(1, XA_COURIER_UNUSABLE);
    assert_int_equal(t.n_requests, 1);
    end();

    begin(PLAN("H", "H"));                   /* the first is not wanted any more */
    xa_link_cancel(ask_alone(0));
    ask(1);
    run(1, 3000);
    run(0, 100);
    expect(1, XA_OK);
    assert_int_equal(t.n_requests, 1);
    assert_true(t.couriers[0].open && !t.couriers[1].open);
    end();
}

static void alone_cancelled(void **state)
{
    (void)state;
    begin(PLAN("HS", "HS"));
    ask(0);
    struct xa_link_call *call = ask_alone(1);
    run(0, 100);
    assert_int_equal(t.n_requests, 2);
    xa_link_cancel(call);
    t.couriers[0].acts = "";
    perform(&t.couriers[0]);
    run(1, 3000);
    run(0, 50);
    expect(0, XA_OK);
    assert_int_equal(t.calls[1].n, 0);
    assert_true(t.couriers[0].open && !t.couriers[1].open);
    assert_int_equal(t.n_asked, 2);
    end();
}

static void alone_limits(void **state)
{
    (void)state;
    struct xa_error err;
    begin(PLAN("S", "S", "S", "S", "S"));
    struct xa_request request = a_lone_request();
    request.alone = false;
    assert_null(xa_link_send(t.link, &request, on_done, &t.calls[0], &err));
    assert_int_equal(err.code, XA_INTERNAL);
    run(0, 50);
    assert_int_equal(t.n_asked, 0);
    for (unsigned i = 0; i < XA_LINK_ALONE_MAX; i++)
        ask_alone(i);
    request.alone = true;
    assert_null(xa_link_send(t.link, &request, on_done, &t.calls[9], &err));
    assert_int_equal(err.code, XA_BUSY);
    ask(8);
    run(0, 50);
    assert_int_equal(t.n_asked, XA_LINK_ALONE_MAX + 1);
    end();
    for (unsigned i = 0; i < 9; i++)
        assert_int_equal(t.calls[i].n, 0);

    begin(PLAN("H", "H", "H", "H", "H", "H"));           /* one that has ended makes room */
    for (unsigned i = 0; i < XA_LINK_ALONE_MAX + 2; i++) {
        ask_alone(i);
        run(i + 1, 3000);
        expect(i, XA_OK);
    }
    end();

    begin(PLAN("S"));
    request.body = S("a b");
    assert_null(xa_link_send(t.link, &request, on_done, &t.calls[0], &err));
    assert_int_equal(err.code, XA_INTERNAL);
    assert_int_equal(t.n_asked, 0);
    end();
}

/* --- from inside a done ------------------------------------------------------------ */

static void on_done_asks(void *ctx, const struct xa_record *record, const struct xa_error *err)
{
    (void)record, (void)err;
    (void)ctx;
    ask(5);
}

static struct xa_link_call *victim;

static void on_done_cancels(void *ctx, const struct xa_record *record, const struct xa_error *err)
{
    (void)ctx, (void)record, (void)err;
    xa_link_cancel(victim);
    uv_stop(&t.loop);
}

static void on_done_closes(void *ctx, const struct xa_record *record, const struct xa_error *err)
{
    (void)ctx, (void)record, (void)err;
    xa_link_close(t.link);
    t.link = NULL;
    uv_stop(&t.loop);
}

static void inside_done(void **state)
{
    (void)state;
    const struct xa_request request = a_request();
    static const char *const endings[] = { "H", "X", "D" };
    for (size_t i = 0; i < 3; i++) {
        begin(PLAN(endings[i], i == 2 ? "D" : "H", "H"));
        assert_non_null(xa_link_send(t.link, &request, on_done_asks, NULL, NULL));
        run(1, 3000);
        expect(5, XA_OK);
        end();

        struct xa_request lone = a_lone_request();
        begin(PLAN(endings[i], i == 2 ? "D" : "H", "H"));
        assert_non_null(xa_link_send(t.link, &lone, on_done_asks, NULL, NULL));
        run(1, 3000);
        expect(5, XA_OK);
        end();

        begin(PLAN(endings[i], i == 2 ? "D" : "H", "H"));
        assert_non_null(xa_link_send(t.link, &lone, on_done_closes, NULL, NULL));
        run(0, 3000);
        assert_null(t.link);
        end();

        begin(PLAN(endings[i], i == 2 ? "D" : "H", "H"));
        assert_non_null(xa_link_send(t.link, &request, on_done_cancels, NULL, NULL));
        victim = ask(0);
        run(0, 3000);
        run(0, 50);
        assert_int_equal(t.calls[0].n, 0);
        end();

        begin(PLAN(endings[i], i == 2 ? "D" : "H", "H"));
        assert_non_null(xa_link_send(t.link, &request, on_done_closes, NULL, NULL));
        ask(0);
        run(0, 3000);
        assert_null(t.link);
        assert_int_equal(t.calls[0].n, 0);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal),
        cmocka_unit_test(two_out_of_order),
        cmocka_unit_test(lost_couriers),
        cmocka_unit_test(dies_after_taking_it),
        cmocka_unit_test(mfa_is_sent_once),
        cmocka_unit_test(refused),
        cmocka_unit_test(stalled),
        cmocka_unit_test(silent_starts),
        cmocka_unit_test(a_courier_too_late),
        cmocka_unit_test(cancelled),
        cmocka_unit_test(leaves_when_idle),
        cmocka_unit_test(too_many_and_too_much),
        cmocka_unit_test(more_than_a_socket_holds),
        cmocka_unit_test(the_supervisor_goes),
        cmocka_unit_test(alone),
        cmocka_unit_test(pids),
        cmocka_unit_test(alone_is_sent_once),
        cmocka_unit_test(the_usual_one_dies_beside_it),
        cmocka_unit_test(not_each_others),
        cmocka_unit_test(two_starts_at_once),
        cmocka_unit_test(alone_cancelled),
        cmocka_unit_test(alone_limits),
        cmocka_unit_test(inside_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
