/* The floor of a server that is made with libuv. echo.h has what it does. */
#include <uv.h>

#include "echo.h"

struct conn {
    uv_pipe_t pipe;             /* .data = this */
    size_t wanted;              /* until its next reply */
};

static char in[64 * 1024];
static struct echo echo;

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    (void)handle;
    (void)suggested;
    *ret = uv_buf_init(in, sizeof in);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct conn *c = stream->data;
    uv_buf_t reply = uv_buf_init((char *)echo.reply.at, (unsigned)echo.reply.len);
    (void)buf;
    size_t left = n > 0 ? (size_t)n : 0;
    while (n > 0 && left >= c->wanted) {
        left -= c->wanted;
        c->wanted = echo.next_len;
        if (uv_try_write(stream, &reply, 1) != (int)reply.len)
            n = -1;
    }
    if (n < 0)
        uv_close((uv_handle_t *)stream, on_closed);
    else
        c->wanted -= left;
}

static void on_connection(uv_stream_t *listening, int status)
{
    struct conn *c = status == 0 ? malloc(sizeof *c) : NULL;
    if (c == NULL)
        return;
    c->wanted = echo.first_len;
    uv_pipe_init(listening->loop, &c->pipe, 0);
    c->pipe.data = c;
    if (uv_accept(listening, (uv_stream_t *)&c->pipe) == 0)
        uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);
    else
        uv_close((uv_handle_t *)&c->pipe, on_closed);
}

int main(int argc, char **argv)
{
    uv_pipe_t listening;
    uv_loop_t *loop = uv_default_loop();
    echo = echo_options(argc, argv);
    uv_pipe_init(loop, &listening, 0);
    if (uv_pipe_bind(&listening, argv[1]) != 0 ||
        uv_listen((uv_stream_t *)&listening, 1024, on_connection) != 0)
        die(argv[1]);
    echo_ready();
    return uv_run(loop, UV_RUN_DEFAULT);
}
