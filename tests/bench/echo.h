/* What both floor servers know: how long requests are, and the one reply.
 *
 *   echo_… SOCKET FIRST_LEN NEXT_LEN REPLY_FILE
 *
 * After FIRST_LEN bytes of a connection, and after each NEXT_LEN more, the reply is sent. Nothing
 * is looked at: they do the input and output of the agent, and nothing else of it. */
#ifndef XA_BENCH_ECHO_H
#define XA_BENCH_ECHO_H

#include <signal.h>
#include <sys/prctl.h>

#include "bench.h"

struct echo {
    size_t first_len, next_len;
    struct bytes reply;
};

static inline struct echo echo_options(int argc, char **argv)
{
    if (argc != 5) {
        errno = EINVAL;
        die("SOCKET FIRST_LEN NEXT_LEN REPLY_FILE");
    }
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    return (struct echo){ (size_t)atoi(argv[2]), (size_t)atoi(argv[3]), read_file(argv[4]) };
}

static inline void echo_ready(void)
{
    puts("ready");
    fflush(stdout);
}

#endif
