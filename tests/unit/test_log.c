/* The agent's log: never more than it may be, readable by nobody else, and no
 * target can hold the agent up (security G4, G5, R5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/log.h"
#include "tests/lib/child.h"
#include "tests/lib/vault_kit.h"

#define FILE_MAX (1024 * 1024)

static char path[4300], old_path[4310], dir[4200];
static char *text;

/* The whole file in text, with a NUL; its length. */
static size_t read_file(const char *from)
{
    int fd = open(from, O_RDONLY);
    ssize_t len = fd >= 0 ? read(fd, text, 2 * FILE_MAX) : -1;
    CHILD_NEED(len >= 0);
    close(fd);
    text[len] = '\0';
    return (size_t)len;
}

static unsigned mode_of(const char *at)
{
    struct stat st;
    CHILD_NEED(lstat(at, &st) == 0);
    return st.st_mode & 07777;
}

static void begin(void)
{
    struct xa_error err;
    umask(0);
    text = malloc(2 * FILE_MAX + 1);
    CHILD_NEED(text != NULL && xa_log_to_file(dir, &err));
}

/* --- to a file ----------------------------------------------------------------------- */

static void private_file(void)
{
    begin();
    CHILD_NEED(mode_of(dir) == 0700 && mode_of(path) == 0600);
    xa_log(XA_LOG_INFO, "hello %d", 7);
    size_t len = read_file(path);
    char tail[64];
    snprintf(tail, sizeof tail, "Z xacct-agent[%ld] info: hello 7\n", (long)getpid());
    CHILD_NEED(len == strlen("2026-01-15T12:34:56") + strlen(tail));
    CHILD_NEED(strcmp(text + strlen("2026-01-15T12:34:56"), tail) == 0);
    CHILD_NEED(text[4] == '-' && text[10] == 'T' && text[13] == ':');
}

static void looser_file_is_mended(void)
{
    mkdir(dir, 0700);
    close(open(path, O_CREAT | O_WRONLY, 0644));
    chmod(path, 0666);
    begin();
    CHILD_NEED(mode_of(path) == 0600);
}

static void levels(void)
{
    begin();
    xa_log(XA_LOG_DEBUG, "not yet");
    xa_log_set_level(XA_LOG_DEBUG);
    xa_log(XA_LOG_DEBUG, "debugging");
    xa_log_set_level(XA_LOG_WARNING);
    xa_log(XA_LOG_INFO, "not any more");
    xa_log(XA_LOG_WARNING, "warned");
    xa_log_set_level(XA_LOG_ERROR);
    xa_log(XA_LOG_WARNING, "too little");
    xa_log(XA_LOG_ERROR, "failed");
    read_file(path);
    CHILD_NEED(strstr(text, "not") == NULL && strstr(text, "too little") == NULL);
    CHILD_NEED(strstr(text, " debug: debugging\n") != NULL &&
               strstr(text, " warning: warned\n") != NULL);
    CHILD_NEED(strstr(text, " error: failed\n") != NULL);
}

static void control_characters(void)
{
    begin();
    char all[128];
    for (int c = 1; c < 128; c++)
        all[c - 1] = (char)c;
    all[127] = '\0';
    xa_log(XA_LOG_INFO, "%s", all);
    size_t len = read_file(path);
    for (size_t i = 0; i + 1 < len; i++)
        CHILD_NEED((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
    CHILD_NEED(text[len - 1] == '\n' && strstr(text, "????? !\"#") != NULL &&
               strstr(text, "xyz{|}~?\n") != NULL);
}

static void long_line(void)
{
    begin();
    static char words[5000];
    memset(words, 'w', sizeof words - 1);
    xa_log(XA_LOG_INFO, "%s", words);
    xa_log(XA_LOG_INFO, "next");
    read_file(path);
    char *end = strchr(text, '\n');
    CHILD_NEED(end != NULL && end - text < 1024 && end - text > 1000 && end[-1] == 'w');
    CHILD_NEED(strstr(end, " info: next\n") != NULL);
}

static void an_error(void)
{
    begin();
    struct xa_error err;
    xa_fail(&err, XA_AWS_REFUSED, "AWS refused: AccessDenied");
    xa_log_error("credentials", &err);
    snprintf(err.request_id, sizeof err.request_id, "id-1");
    xa_log_error("credentials", &err);
    read_file(path);
    CHILD_NEED(strstr(text, " warning: credentials: AWS refused: AccessDenied (aws_refused)\n") !=
               NULL);
    CHILD_NEED(strstr(text, "(aws_refused) request id id-1\n") != NULL);
}

/* Three mebibytes: the newest of them are in the two files, whole and in order. */
static void rotation(void)
{
    begin();
    static char words[200];
    struct stat st;
    unsigned n = 0, next = 0;
    memset(words, 'w', sizeof words - 1);
    for (; n < 12000; n++) {
        xa_log(XA_LOG_INFO, "%u %s", n, words);
        CHILD_NEED(stat(path, &st) == 0 && st.st_size <= FILE_MAX && st.st_size > 0);
    }
    CHILD_NEED(mode_of(path) == 0600 && mode_of(old_path) == 0600);
    CHILD_NEED(stat(old_path, &st) == 0 && st.st_size > FILE_MAX - 1024 && st.st_size <= FILE_MAX);
    for (int i = 0; i < 2; i++) {
        read_file(i == 0 ? old_path : path);
        for (char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
            unsigned number = (unsigned)strtoul(strstr(line, "info: ") + 6, NULL, 10);
            CHILD_NEED(strchr(line, '\n') != NULL && (next == 0 || number == next));
            next = number + 1;
        }
    }
    CHILD_NEED(next == n);
}

/* What was written before this start counts. */
static void rotation_of_an_old_file(void)
{
    struct stat st;
    mkdir(dir, 0700);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    CHILD_NEED(ftruncate(fd, FILE_MAX - 10) == 0);
    close(fd);
    begin();
    xa_log(XA_LOG_INFO, "new");
    CHILD_NEED(stat(path, &st) == 0 && st.st_size < 200);
    CHILD_NEED(stat(old_path, &st) == 0 && st.st_size == FILE_MAX - 10);
}

/* With its directory gone there is no rotation, and nothing else that stops us. */
static void directory_gone(void)
{
    begin();
    unlink(path);
    rmdir(dir);
    for (unsigned i = 0; i < 20000; i++)
        xa_log(XA_LOG_INFO, "a line of some length that is written and written and written");
}

static void not_a_file(void)
{
    struct xa_error err;
    int ends[2];
    char room[100];
    CHILD_NEED(mkdir(dir, 0700) == 0 && pipe(ends) == 0 && dup2(ends[1], 2) == 2);
    CHILD_NEED(symlink("/dev/null", path) == 0);
    CHILD_NEED(!xa_log_to_file(dir, &err) && err.code == XA_IO &&
               strstr(err.message, path) != NULL);
    unlink(path);
    CHILD_NEED(mkfifo(path, 0600) == 0);
    CHILD_NEED(!xa_log_to_file(dir, &err) && err.code == XA_IO);
    unlink(path);
    CHILD_NEED(mkdir(path, 0700) == 0);
    CHILD_NEED(!xa_log_to_file(dir, &err) && err.code == XA_IO);
    rmdir(path);
    CHILD_NEED(!xa_log_to_file("/dev/null/x", &err) && err.code == XA_IO);
    xa_log(XA_LOG_INFO, "still on stderr");
    CHILD_NEED(read(ends[0], room, sizeof room) > 40);
}

/* --- to stderr -------------------------------------------------------------------------- */

static void blocked_pipe(void)
{
    int ends[2];
    char room[65536];
    CHILD_NEED(pipe(ends) == 0 && dup2(ends[1], 2) == 2);
    for (unsigned i = 0; i < 10000; i++)
        xa_log(XA_LOG_INFO, "a line that nobody reads");
    CHILD_NEED(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
    ssize_t len, all = 0;
    while ((len = read(ends[0], room, sizeof room)) > 0) {
        CHILD_NEED(room[len - 1] == '\n' || len == (ssize_t)sizeof room);
        all += len;
    }
    CHILD_NEED(errno == EAGAIN && all > 30000 && all < 10000 * 60);
    xa_log(XA_LOG_INFO, "read again");
    len = read(ends[0], room, sizeof room - 1);
    CHILD_NEED(len > 0);
    room[len] = '\0';
    CHILD_NEED(strstr(room, "read again\n") != NULL);
}

static void broken_targets(void)
{
    int ends[2], full = open("/dev/full", O_WRONLY);
    signal(SIGPIPE, SIG_IGN);                        /* as the agent does */
    CHILD_NEED(pipe(ends) == 0 && dup2(ends[1], 2) == 2);
    close(ends[0]);
    for (unsigned i = 0; i < 1000; i++)
        xa_log(XA_LOG_INFO, "to nobody");
    CHILD_NEED(full >= 0 && dup2(full, 2) == 2);
    for (unsigned i = 0; i < 1000; i++)
        xa_log(XA_LOG_INFO, "nowhere to go");
    close(2);
    xa_log(XA_LOG_INFO, "no descriptor at all");
}

/* -------------------------------------------------------------------------------------------- */

static int start(void **state)
{
    if (kit_make_place(state) != 0)
        return 1;
    snprintf(dir, sizeof dir, "%s/log", kit_dir);
    snprintf(path, sizeof path, "%s/agent.log", dir);
    snprintf(old_path, sizeof old_path, "%s.1", path);
    return 0;
}

static void in_child(void **state)
{
    void (**body)(void) = (void (**)(void))*state;
    assert_true(child_runs(*body));
}

int main(void)
{
    static void (*const bodies[])(void) = {
        private_file,   looser_file_is_mended,
        levels,         control_characters,
        long_line,      an_error,
        rotation,       rotation_of_an_old_file,
        directory_gone, not_a_file,
        blocked_pipe,   broken_targets,
    };
#define T(n, test) { #test, in_child, start, kit_remove_place, (void *)(uintptr_t)&bodies[n] }
    const struct CMUnitTest tests[] = {
        T(0, private_file), T(1, looser_file_is_mended), T(2, levels), T(3, control_characters),
        T(4, long_line), T(5, an_error), T(6, rotation), T(7, rotation_of_an_old_file),
        T(8, directory_gone), T(9, not_a_file), T(10, blocked_pipe), T(11, broken_targets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
