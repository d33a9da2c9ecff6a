#include "agent/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proto/limits.h"
#include "proto/sockpath.h"
#include "proto/wire.h"

#define LOG_FILE_MAX (1024 * 1024)
#define LOG_LINE_MAX 1024

static struct {
    int fd;
    enum xa_log_level level;
    char path[XA_PATH_MAX];     /* "": stderr */
    size_t size;
    unsigned long dropped;
} target = { STDERR_FILENO, XA_LOG_INFO, "", 0, 0 };

static int open_log(size_t *ret_size)
{
    struct stat st;
    int fd = open(target.path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
                  0600);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == getuid()) {
        *ret_size = (size_t)st.st_size;
        (void)!fchmod(fd, 0600);
        return fd;
    }
    if (fd >= 0) {
        close(fd);
        errno = EINVAL;      /* something else of that name, or somebody else's */
    }
    return -1;
}

bool xa_log_to_file(const char *dir, struct xa_error *err)
{
    if (!xa_make_dirs(dir, err))
        return false;
    snprintf(target.path, sizeof target.path, "%s/agent.log", dir);
    size_t size = 0;
    int fd = open_log(&size);
    if (fd < 0) {
        xa_fail(err, XA_IO, "cannot open %s: %s", target.path, strerror(errno));
        target.path[0] = '\0';
        return false;
    }
    target.fd = fd;
    target.size = size;
    return true;
}

void xa_log_set_level(enum xa_log_level level)
{
    target.level = level;
}

/* agent.log becomes agent.log.1, which is the one predecessor kept. */
static void rotate(void)
{
    char old[XA_PATH_MAX + 4];
    snprintf(old, sizeof old, "%s.1", target.path);
    if (rename(target.path, old) != 0)
        return;
    size_t size = 0;
    int fd = open_log(&size);
    if (fd < 0)
        return;
    close(target.fd);
    target.fd = fd;
    target.size = size;
}

/* A terminal or pipe that nobody reads would block; a file does not. */
static bool can_write(void)
{
    struct pollfd p = { target.fd, POLLOUT, 0 };
    return target.path[0] != '\0' || (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0);
}

static bool write_line(const char *line, size_t len)
{
    bool to_file = target.path[0] != '\0';
    if (to_file && target.size + len > LOG_FILE_MAX)
        rotate();
    if (to_file && target.size + len > LOG_FILE_MAX)
        return false;      /* it could not be moved away, and it does not grow further */
    if (!can_write() || write(target.fd, line, len) != (ssize_t)len)
        return false;
    target.size += len;
    return true;
}

static void put_line(const char *line, size_t len)
{
    char told[64];
    int n = snprintf(told, sizeof told, "(%lu lines before this one were lost)\n", target.dropped);
    if (target.dropped > 0 && write_line(told, (size_t)n))
        target.dropped = 0;
    if (!write_line(line, len))
        target.dropped++;
}

void xa_log(enum xa_log_level level, const char *fmt, ...)
{
    static const char *const words[] = { "error", "warning", "info", "debug" };
    char line[LOG_LINE_MAX];
    struct timespec now;
    struct tm utc;
    if (level > target.level)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t len = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%SZ ", &utc);
    len += (size_t)snprintf(line + len, sizeof line - len, "xacct-agent[%ld] %s: ", (long)getpid(),
                            words[level]);
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(line + len, sizeof line - len - 1, fmt, args);
    va_end(args);
    size_t room = sizeof line - len - 2;
    len += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room;
    bool clean = xa_text_printable((struct xa_slice){ (const uint8_t *)line, len });
    for (size_t i = 0; !clean && i < len; i++)
        if ((unsigned char)line[i] < 0x20 || (unsigned char)line[i] >= 0x7f)
            line[i] = '?';
    line[len++] = '\n';
    put_line(line, len);
}

void xa_log_error(const char *what, const struct xa_error *err)
{
    xa_log(XA_LOG_WARNING, "%s: %s (%s)%s%s", what, err->message, xa_code_name(err->code),
           err->request_id[0] != '\0' ? " request id " : "", err->request_id);
}
