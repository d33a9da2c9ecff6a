/* The least that a client can do: it connects, sends as many bytes as xacct's request has,
 * reads the reply and writes it. Nothing is checked, nothing is understood.
 *
 *   floor_client SOCKET REQUEST_LEN
 *
 * Without stdio and without memory of its own, as the client is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static uint8_t request[64 * 1024], reply[32 * 1024];

static size_t frame_len(const uint8_t *at)
{
    return 4 + ((size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]);
}

int main(int argc, char **argv)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    size_t len = argc == 3 ? strtoul(argv[2], NULL, 10) : 0, have = 0;
    if (len == 0 || len > sizeof request || strlen(argv[1]) >= sizeof to.sun_path)
        return 2;
    memcpy(to.sun_path, argv[1], strlen(argv[1]) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0 ||
        write(fd, request, len) != (ssize_t)len)
        return 1;
    do {
        ssize_t n = read(fd, reply + have, sizeof reply - have);
        if (n <= 0)
            return 1;
        have += (size_t)n;
    } while (have < 4 || have < frame_len(reply));
    return write(STDOUT_FILENO, reply, have) == (ssize_t)have ? 0 : 1;
}
