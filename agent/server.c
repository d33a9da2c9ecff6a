#include "agent/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/log.h"

#define BACKLOG 1024

struct xa_server {
    struct xa_agent *agent;
    uv_pipe_t *pipe;               /* .data = the server; frees itself when closed */
    xa_arrived_fn *arrived;
    int dir_fd, lock_fd;
    char name[108];                /* of the socket in its directory; sun_path's size */
    bool adopted, named;
    dev_t dev;                     /* of the socket's name, while it is ours */
    ino_t ino;
};

/* Held for life: by an open file description, so that no close of another
 * descriptor of the same file gives it up, and no child inherits it. */
static bool take_lock(struct xa_server *s, struct xa_error *err)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    s->lock_fd = openat(s->dir_fd, XA_AGENT_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (s->lock_fd < 0)
        return xa_fail(err, XA_AGENT_UNUSABLE, "cannot open %s: %s", XA_AGENT_LOCK,
                       strerror(errno));
    if (fcntl(s->lock_fd, F_OFD_SETLK, &lock) == 0)
        return true;
    xa_fail(err, XA_AGENT_UNUSABLE, "another agent serves %s already", s->agent->paths->socket);
    return xa_hint(err, "xacct agent restart");
}

/* Bound under another name with mode 0600 from the first instant, then renamed over
 * the old one: nobody sees another mode, or no socket (S2, S4). Only the holder of the
 * lock gets here, so what bears that name already is a killed agent's. The names are relative
 * to the directory that was checked, where the agent lives:
 * long paths fit sun_path, and no rename of a parent can move us elsewhere. */
static int bind_socket(struct xa_server *s, struct xa_error *err)
{
    static const char temp[] = XA_NEW_SOCKET;
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct stat st;
    memcpy(address.sun_path, temp, sizeof temp);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask = umask(0177);
    unlinkat(s->dir_fd, temp, 0);
    bool ok = fd >= 0 && fchmod(fd, 0600) == 0 &&
              bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
              listen(fd, BACKLOG) == 0 && fstatat(s->dir_fd, temp, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
              renameat(s->dir_fd, temp, s->dir_fd, s->name) == 0;
    int cause = errno;
    umask(mask);
    if (!ok) {
        xa_fail(err, XA_AGENT_UNUSABLE, "cannot make the socket %s: %s", s->agent->paths->socket,
                strerror(cause));
        if (fd >= 0)
            close(fd);
        unlinkat(s->dir_fd, temp, 0);
        return -1;
    }
    s->dev = st.st_dev;
    s->ino = st.st_ino;
    s->named = true;
    return fd;
}

/* A socket from a service manager: ours, a Unix stream, and listening (S6). */
static bool check_adopted(int fd, struct xa_error *err)
{
    int domain = 0, type = 0, listening = 0;
    socklen_t len = sizeof(int);
    struct stat st;
    bool ok = getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_UNIX &&
              getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM &&
              getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening == 1 &&
              fstat(fd, &st) == 0 && st.st_uid == getuid();
    return ok ||
           xa_fail(err, XA_AGENT_UNUSABLE, "descriptor %d is no listening Unix socket of ours", fd);
}

static struct xa_server *new_server(struct xa_agent *agent, struct xa_error *err)
{
    const char *name;
    struct xa_server *s = calloc(1, sizeof *s);
    if (s == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for the server");
        return NULL;
    }
    s->agent = agent;
    s->lock_fd = -1;
    s->dir_fd = xa_open_socket_dir(agent->paths, true, &name, err);
    if (s->dir_fd >= 0 && (strlen(name) >= sizeof s->name || fchdir(s->dir_fd) != 0))
        xa_fail(err, XA_AGENT_UNUSABLE,
                "the socket's name is too long, or its directory closed: '%s'", name);
    else if (s->dir_fd >= 0) {
        memcpy(s->name, name, strlen(name) + 1);
        return s;
    }
    if (s->dir_fd >= 0)
        close(s->dir_fd);
    free(s);
    return NULL;
}

static void free_pipe(uv_handle_t *handle)
{
    free(handle);
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct xa_server *s = stream->data;
    if (status == 0)
        s->arrived(s->agent, stream);
}

/* Puts a handle around a listening descriptor, which is its own from then on. */
static bool open_pipe(struct xa_server *s, int fd, struct xa_error *err)
{
    uv_pipe_t *pipe = calloc(1, sizeof *pipe);
    if (pipe == NULL || uv_pipe_init(&s->agent->loop, pipe, 0) != 0) {
        free(pipe);
        close(fd);
        return xa_fail(err, XA_NO_MEMORY, "no memory for the server");
    }
    if (uv_pipe_open(pipe, fd) != 0) {
        uv_close((uv_handle_t *)pipe, free_pipe);
        close(fd);
        return xa_fail(err, XA_AGENT_UNUSABLE, "cannot watch the socket");
    }
    pipe->data = s;
    s->pipe = pipe;
    return true;
}

struct xa_server *xa_server_new(struct xa_agent *agent, int listen_fd, struct xa_error *err)
{
    struct xa_server *s = new_server(agent, err);
    int fd = -1;
    if (s == NULL)
        return NULL;
    s->adopted = listen_fd >= 0;
    if (take_lock(s, err)) {
        if (!s->adopted)
            fd = bind_socket(s, err);
        else if (check_adopted(listen_fd, err))
            fd = listen_fd;
    }
    if (fd >= 0 && open_pipe(s, fd, err))
        return s;
    xa_server_close(&s);
    return NULL;
}

bool xa_server_listen(struct xa_server *s, xa_arrived_fn *arrived, struct xa_error *err)
{
    s->arrived = arrived;
    int rc = uv_listen((uv_stream_t *)s->pipe, BACKLOG, on_connection);
    return rc == 0 || xa_fail(err, XA_AGENT_UNUSABLE, "cannot listen: %s", uv_strerror(rc));
}

/* The lock file stays: removing it would let two agents lock two files. */
void xa_server_close(struct xa_server **server)
{
    struct xa_server *s = *server;
    struct stat st;
    *server = NULL;
    if (s == NULL)
        return;
    if (s->named && fstatat(s->dir_fd, s->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        st.st_dev == s->dev && st.st_ino == s->ino)
        unlinkat(s->dir_fd, s->name, 0);
    if (s->pipe != NULL)
        uv_close((uv_handle_t *)s->pipe, free_pipe);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    close(s->dir_fd);
    free(s);
}

/* A new handle on a new descriptor; connections stay. */
static void bind_again(struct xa_server *s)
{
    struct xa_error err;
    xa_log(XA_LOG_WARNING, "the socket's name is gone; binding it again");
    s->named = false;
    int fd = bind_socket(s, &err);
    uv_close((uv_handle_t *)s->pipe, free_pipe);
    s->pipe = NULL;
    if (fd >= 0 && open_pipe(s, fd, &err) && xa_server_listen(s, s->arrived, &err))
        return;
    xa_log_error("binding again", &err);
    s->agent->stop(s->agent, "the socket cannot be bound again");
}

void xa_server_look(struct xa_server *s)
{
    struct stat st;
    if (s == NULL || s->adopted)
        return;
    if (fstatat(s->dir_fd, s->name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (s->named)
            bind_again(s);
    } else if (st.st_dev != s->dev || st.st_ino != s->ino) {
        s->named = false;
        s->agent->stop(s->agent, "another socket stands in the place of ours");
    }
}
