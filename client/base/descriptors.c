#include "client/base/descriptors.h"

#include <fcntl.h>
#include <unistd.h>

bool xa_descriptors_fill(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY | O_NOCTTY) != fd)
            return false;
    return true;
}

int xa_descriptors_above(int fd)
{
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    int above = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    if (above >= 0 && !xa_descriptors_fill()) {
        close(above);
        return -1;
    }
    return above;
}
