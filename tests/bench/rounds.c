/* Runs commands beside each other: in each round all of them, in an order of its own.
 *
 *   rounds N -- COMMAND… -- COMMAND… …
 *
 * Prints a line for each run: the command's place in the list, and nanoseconds from before the
 * process is made until it has been waited for. Standard output goes to /dev/null. A command that
 * fails ends it. Linked statically, so that making a process costs the same for each. */
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include "bench.h"

#define COMMANDS_MAX 32

extern char **environ;

static uint64_t run(char **command, const posix_spawn_file_actions_t *actions)
{
    pid_t pid;
    int status;
    uint64_t begin = now_ns();
    errno = posix_spawnp(&pid, command[0], actions, NULL, command, environ);
    if (errno != 0)
        die(command[0]);
    if (waitpid(pid, &status, 0) != pid)
        die("waitpid");
    uint64_t took = now_ns() - begin;
    if (status != 0) {
        fprintf(stderr, "bench: status %d of %s\n", status, command[0]);
        exit(1);
    }
    return took;
}

static void shuffle(int *order, int n)
{
    for (int i = n - 1; i > 0; i--) {
        int j = (int)(random() % (i + 1)), held = order[i];
        order[i] = order[j];
        order[j] = held;
    }
}

int main(int argc, char **argv)
{
    char **commands[COMMANDS_MAX];
    int order[COMMANDS_MAX], n = 0;
    posix_spawn_file_actions_t actions;
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], "--") == 0 && n < COMMANDS_MAX) {
            argv[i] = NULL;
            order[n] = n;
            commands[n++] = argv + i + 1;
        }
    errno = EINVAL;
    if (n == 0)
        die("N -- COMMAND… -- COMMAND… …");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    srandom((unsigned)now_ns());
    unsigned long rounds = number(argv[1]);
    for (unsigned long round = 0; round <= rounds; round++) {     /* the first one warms */
        shuffle(order, n);
        for (int i = 0; i < n; i++) {
            uint64_t took = run(commands[order[i]], &actions);
            if (round > 0)
                printf("%d %llu\n", order[i], (unsigned long long)took);
        }
    }
    return 0;
}
