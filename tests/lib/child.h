/* A test's body in a process of its own: for what changes the process for good. */
#ifndef XA_TESTS_CHILD_H
#define XA_TESTS_CHILD_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the body: says what does not hold, and ends the child. */
#define CHILD_NEED(condition)                                                           \
    do {                                                                                \
        if (!(condition)) {                                                             \
            dprintf(child_words, "%s:%d: %s\n", __FILE__, __LINE__, #condition);        \
            _exit(1);                                                                   \
        }                                                                               \
    } while (0)

/* Where the child's words go, whatever becomes of descriptor 2. */
static int child_words = 2;

/* True if the body came to its end. A child that hangs is killed after a minute. */
static inline bool child_runs(void (*body)(void))
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        child_words = dup(2);
        alarm(60);
        body();
        _exit(0);
    }
    int status = 0;
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

#endif
