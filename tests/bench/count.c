/* Counts what does not vary with the machine's mood: system calls, instructions in user mode,
 * processes made, and the largest resident size.
 *
 *   count calls|instructions COMMAND…
 *
 * From the program's first instruction (in a dynamic one the loader's) to its end; the execve is
 * the caller's. Prints "N FORKS PEAK_KIB", N being what was asked for. A repeated string
 * instruction is one, as a processor counts it. Standard output goes to /dev/null. Processes
 * that the command makes are counted and left alone. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "bench.h"

static void become(char **command)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || ptrace(PTRACE_TRACEME, 0, 0, 0) != 0)
        die("child");
    execvp(command[0], command);
    die(command[0]);
}

static long peak_kib(pid_t pid)
{
    char path[64], line[256];
    long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "VmHWM: %ld", &kib) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return kib;
}

/* Where the next instruction is; a repeated one stays at its place. 0: this processor has none
 * that is repeated. */
static unsigned long place(pid_t pid)
{
#ifdef __x86_64__
    return (unsigned long)ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, regs.rip), 0);
#else
    (void)pid;
    return 0;
#endif
}

struct count { long n, forks, peak_kib; };

/* One stop of the command; which signal it is to be given on its way, 0 for none. */
static int take_stop(pid_t pid, int status, bool steps, struct count *count)
{
    static unsigned long last;
    static bool inside;
    int signal = WSTOPSIG(status), event = status >> 16;
    unsigned long message;
    if (event == PTRACE_EVENT_EXIT)
        count->peak_kib = peak_kib(pid);
    if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
        count->forks++;
        /* It stops by itself before its first instruction, and is let go there. */
        if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &message) == 0 &&
            waitpid((pid_t)message, NULL, __WALL) > 0)
            ptrace(PTRACE_DETACH, (pid_t)message, 0, 0);
    }
    if (event != 0)
        return 0;
    if (signal == (SIGTRAP | 0x80)) {
        count->n += !inside;
        inside = !inside;
        return 0;
    }
    if (signal != SIGTRAP)
        return signal;
    if (steps) {
        unsigned long now = place(pid);
        count->n += now == 0 || now != last;
        last = now;
    }
    return 0;
}

static struct count follow(pid_t pid, bool steps)
{
    struct count count = { 0, 0, 0 };
    int how = steps ? PTRACE_SINGLESTEP : PTRACE_SYSCALL, status, signal = 0;
    if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, pid, 0,
               PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXIT | PTRACE_O_TRACEFORK |
                   PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) != 0)
        die("ptrace");
    for (;;) {
        if (ptrace(how, pid, 0, signal) != 0)
            die("ptrace");
        if (waitpid(pid, &status, 0) != pid)
            die("waitpid");
        if (!WIFSTOPPED(status))
            break;
        signal = take_stop(pid, status, steps, &count);
    }
    if (status != 0) {
        fprintf(stderr, "bench: the command's status is %d\n", status);
        exit(1);
    }
    return count;
}

int main(int argc, char **argv)
{
    bool steps = argc > 2 && strcmp(argv[1], "instructions") == 0;
    errno = EINVAL;
    if (argc < 3 || (!steps && strcmp(argv[1], "calls") != 0))
        die("calls|instructions COMMAND…");
    pid_t pid = fork();
    if (pid == 0)
        become(argv + 2);
    struct count count = follow(pid, steps);
    printf("%ld %ld %ld\n", count.n, count.forks, count.peak_kib);
    return 0;
}
