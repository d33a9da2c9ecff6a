/* Where things are, and which directory is fit for a socket (S1, S6). The cases with
 * another owner need root; without it they are left out, and the rest still holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

#include <cmocka.h>

#include "proto/sockpath.h"

#define STRANGER 61002

static char root[64];          /* a directory of the test's own, emptied after each */
static char path[XA_PATH_MAX];
static struct xa_paths paths;
static struct xa_error err;

static const char *below(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static int set_up(void **state)
{
    static const char *const variables[] = {
        "XACCT_SOCK", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME",
    };
    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        unsetenv(variables[i]);
    snprintf(root, sizeof root, "/tmp/xacct-sockpath-XXXXXX");
    umask(0);                  /* what we make has the mode we say, whoever runs us */
    return mkdtemp(root) == NULL || setenv("HOME", root, 1) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        execlp("rm", "rm", "-rf", "--", root, (char *)NULL);
        _exit(127);
    }
    int status = 1;
    return waitpid(child, &status, 0) != child || status != 0;
}

static void make(const char *name, mode_t mode)
{
    assert_int_equal(mkdir(below(name), mode), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void assert_path(const char *is, const char *should_be)
{
    assert_string_equal(is, below(should_be));
}

static mode_t mode_of(const char *name)
{
    struct stat st;
    assert_int_equal(lstat(below(name), &st), 0);
    return st.st_mode & 07777;
}

/* --- xa_paths_find ------------------------------------------------------------------- */

static void the_paths_below_home(void **state)
{
    (void)state;
    assert_true(xa_paths_find(&paths, &err));
    assert_path(paths.config, ".config/xacct/config");
    assert_path(paths.vault, ".local/share/xacct/vault");
    assert_path(paths.state, ".local/state/xacct");
}

static void the_base_directories(void **state)
{
    (void)state;
    setenv("XDG_CONFIG_HOME", "/c", 1);
    setenv("XDG_DATA_HOME", "/d", 1);
    setenv("XDG_STATE_HOME", "/s", 1);
    assert_true(xa_paths_find(&paths, &err));
    assert_string_equal(paths.config, "/c/xacct/config");
    assert_string_equal(paths.vault, "/d/xacct/vault");
    assert_string_equal(paths.state, "/s/xacct");
}

/* "it should consider the path invalid and ignore it" */
static void relative_paths_count_as_not_set(void **state)
{
    static const char *const relative[] = { "", "c", "./c", "../c", "~/c" };
    (void)state;
    for (size_t i = 0; i < sizeof relative / sizeof relative[0]; i++) {
        setenv("XDG_CONFIG_HOME", relative[i], 1);
        setenv("XDG_DATA_HOME", relative[i], 1);
        setenv("XDG_STATE_HOME", relative[i], 1);
        setenv("XDG_RUNTIME_DIR", relative[i], 1);
        assert_true(xa_paths_find(&paths, &err));
        assert_path(paths.config, ".config/xacct/config");
        assert_path(paths.vault, ".local/share/xacct/vault");
        assert_path(paths.state, ".local/state/xacct");
        assert_string_not_equal(paths.socket_from, "XDG_RUNTIME_DIR");
    }
}

static void without_home_the_password_file_counts(void **state)
{
    (void)state;
    setenv("HOME", "not/absolute", 1);
    bool found = xa_paths_find(&paths, &err);
    if (!found)
        assert_int_equal(err.code, XA_AGENT_UNUSABLE);      /* a uid that has no entry */
    else
        assert_int_equal(paths.config[0], '/');
    unsetenv("HOME");
    assert_int_equal(xa_paths_find(&paths, &err), found);
}

static void the_wished_socket(void **state)
{
    static const char *const wrong[] = { "agent.sock", "./a", "/", "/a/", "~/a" };
    (void)state;
    setenv("XDG_RUNTIME_DIR", root, 1);
    setenv("XACCT_SOCK", "/some/where/a", 1);
    assert_true(xa_paths_find(&paths, &err));
    assert_string_equal(paths.socket, "/some/where/a");
    assert_string_equal(paths.socket_from, "XACCT_SOCK");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        setenv("XACCT_SOCK", wrong[i], 1);
        assert_false(xa_paths_find(&paths, &err));
        assert_int_equal(err.code, XA_AGENT_UNUSABLE);
        assert_non_null(strstr(err.message, wrong[i]));
    }
    setenv("XACCT_SOCK", "", 1);      /* as if not set */
    assert_true(xa_paths_find(&paths, &err));
    assert_string_equal(paths.socket_from, "XDG_RUNTIME_DIR");
}

/* S1: a runtime directory that is not as it should be is passed over, in silence, for
 * the next place; /tmp is none. */
static void the_runtime_directory(void **state)
{
    static const struct { mode_t mode; bool good; } rows[] = {
        { 0700, true }, { 0755, false }, { 0777, false }, { 01777, false }, { 0750, false },
        { 0701, false }, { 0710, false }, { 02700, false }, { 0500, false }, { 0600, false },
    };
    char name[16];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(name, sizeof name, "run%zu", i);
        make(name, rows[i].mode);
        setenv("XDG_RUNTIME_DIR", path, 1);
        assert_true(xa_paths_find(&paths, &err));
        assert_int_equal(strcmp(paths.socket_from, "XDG_RUNTIME_DIR") == 0, rows[i].good);
        assert_int_equal(strncmp(paths.socket, path, strlen(path)) == 0, rows[i].good);
    }
    setenv("XDG_RUNTIME_DIR", below("missing"), 1);
    assert_true(xa_paths_find(&paths, &err));
    assert_string_not_equal(paths.socket_from, "XDG_RUNTIME_DIR");

    make("real", 0700);
    char target[XA_PATH_MAX];
    snprintf(target, sizeof target, "%s", path);
    assert_int_equal(symlink(target, below("link")), 0);
    setenv("XDG_RUNTIME_DIR", path, 1);
    assert_true(xa_paths_find(&paths, &err));
    assert_string_not_equal(paths.socket_from, "XDG_RUNTIME_DIR");

    int fd = open(below("file"), O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
    assert_true(fd >= 0);
    close(fd);
    setenv("XDG_RUNTIME_DIR", path, 1);
    assert_true(xa_paths_find(&paths, &err));
    assert_string_not_equal(paths.socket_from, "XDG_RUNTIME_DIR");
}

static void a_stranger_s_runtime_directory(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    make("run", 0700);
    assert_int_equal(chown(path, STRANGER, (gid_t)-1), 0);
    setenv("XDG_RUNTIME_DIR", path, 1);
    assert_true(xa_paths_find(&paths, &err));
    assert_string_not_equal(paths.socket_from, "XDG_RUNTIME_DIR");
}

static void the_last_resort_is_below_home(void **state)
{
    char run_user[64], host[256] = "", expected[64];
    struct stat st;
    (void)state;
    snprintf(run_user, sizeof run_user, "/run/user/%ju", (uintmax_t)getuid());
    if (lstat(run_user, &st) == 0)
        skip();
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    uint32_t hash = 0x811c9dc5;
    for (const char *p = host; *p != '\0'; p++) {
        hash ^= (uint8_t)*p;
        hash *= 0x01000193;
    }
    snprintf(expected, sizeof expected, ".local/state/xacct/run-%08x/agent.sock", hash);
    assert_true(xa_paths_find(&paths, &err));
    assert_path(paths.socket, expected);
}

static void paths_at_their_edge(void **state)
{
    static char text[XA_PATH_MAX + 16];
    static const char tail[] = "/xacct/config";
    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[0] = '/';
    size_t most = XA_PATH_MAX - 1 - strlen(tail);
    text[most] = '\0';
    setenv("XDG_CONFIG_HOME", text, 1);
    assert_true(xa_paths_find(&paths, &err));
    assert_int_equal(strlen(paths.config), XA_PATH_MAX - 1);
    text[most] = 'a';
    text[most + 1] = '\0';
    setenv("XDG_CONFIG_HOME", text, 1);
    assert_false(xa_paths_find(&paths, &err));
    assert_int_equal(err.code, XA_AGENT_UNUSABLE);
    unsetenv("XDG_CONFIG_HOME");

    memset(text, 'a', sizeof text - 1);
    text[0] = '/';
    text[XA_PATH_MAX - 1] = '\0';
    setenv("XACCT_SOCK", text, 1);
    assert_true(xa_paths_find(&paths, &err));
    text[XA_PATH_MAX - 1] = 'a';
    text[XA_PATH_MAX] = '\0';
    setenv("XACCT_SOCK", text, 1);
    assert_false(xa_paths_find(&paths, &err));
    assert_int_equal(err.code, XA_AGENT_UNUSABLE);
}

/* --- xa_open_socket_dir ------------------------------------------------------------------ */

/* The descriptor, or -1, for ROOT/name/agent.sock. */
static int open_dir(const char *name, bool may_make)
{
    const char *socket_name = NULL;
    memset(&paths, 0, sizeof paths);
    memset(&err, 0, sizeof err);
    assert_true(snprintf(paths.texts, sizeof paths.texts, "%s/%s/agent.sock", root, name) > 0);
    paths.socket = paths.texts;
    paths.socket_from = "a test";
    paths.uid = getuid();
    int fd = xa_open_socket_dir(&paths, may_make, &socket_name, &err);
    if (fd >= 0) {
        assert_string_equal(socket_name, "agent.sock");
        assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    } else {
        assert_int_equal(err.code, XA_AGENT_UNUSABLE);
        assert_true(err.message[0] != '\0');
    }
    return fd;
}

static void assert_opens(const char *name, bool may_make)
{
    int fd = open_dir(name, may_make);
    assert_true(fd >= 0);
    close(fd);
}

static void modes(void **state)
{
    static const struct { mode_t mode; bool good; } rows[] = {
        { 0700, true }, { 02700, true }, { 0755, false }, { 0777, false }, { 01777, false },
        { 0750, false }, { 0705, false }, { 0770, false }, { 0701, false }, { 0740, false },
        { 0720, false }, { 0710, false }, { 0702, false }, { 0704, false },
    };
    char name[16], said[8];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(name, sizeof name, "dir%zu", i);
        make(name, rows[i].mode);
        for (int may_make = 0; may_make < 2; may_make++) {
            if (rows[i].good) {
                assert_opens(name, may_make);
                continue;
            }
            assert_int_equal(open_dir(name, may_make), -1);
            snprintf(said, sizeof said, "%04o", (unsigned)rows[i].mode);
            assert_non_null(strstr(err.message, said));
            assert_non_null(strstr(err.hint, "chmod 700"));
            assert_int_equal(mode_of(name), rows[i].mode);      /* reported, not repaired */
        }
    }
}

static void not_a_real_directory(void **state)
{
    char target[XA_PATH_MAX];
    (void)state;
    make("real", 0700);
    snprintf(target, sizeof target, "%s", path);
    assert_int_equal(symlink(target, below("link")), 0);
    assert_int_equal(symlink("nowhere", below("dangling")), 0);
    assert_int_equal(symlink("loop", below("loop")), 0);
    int fd = open(below("file"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(mkfifo(below("fifo"), 0600), 0);
    static const char *const names[] = { "link", "dangling", "loop", "file", "fifo" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (int may_make = 0; may_make < 2; may_make++)
            assert_int_equal(open_dir(names[i], may_make), -1);
    struct stat st;
    assert_int_equal(lstat(below("nowhere"), &st), -1);      /* and nothing was made through it */
    assert_opens("real", false);
}

static void a_missing_directory(void **state)
{
    (void)state;
    assert_int_equal(open_dir("none", false), -1);
    assert_non_null(strstr(err.message, "No such file"));
    assert_non_null(strstr(err.why, "a test"));
    assert_opens("none", true);
    assert_int_equal(mode_of("none"), 0700);
    assert_opens("a/b/c", true);
    assert_int_equal(mode_of("a"), 0700);
    assert_int_equal(mode_of("a/b/c"), 0700);
    assert_int_equal(open_dir("file-in-the-way", false), -1);
}

static void the_umask_does_not_matter(void **state)
{
    static const mode_t masks[] = { 0, 022, 077, 0777 };
    char name[32];
    (void)state;
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        umask(masks[i]);
        snprintf(name, sizeof name, "mask%zu/below", i);
        int fd = open_dir(name, true);
        umask(0);
        assert_true(fd >= 0 || (masks[i] & 0700) != 0);
        if (fd < 0)
            continue;
        close(fd);
        assert_int_equal(mode_of(name), 0700);
        snprintf(name, sizeof name, "mask%zu", i);
        assert_int_equal(mode_of(name), 0700);
    }
}

static void something_in_the_way(void **state)
{
    (void)state;
    int fd = open(below("file"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(open_dir("file/below", true), -1);
    assert_int_equal(open_dir("file/below", false), -1);
}

static void a_stranger_s_directory(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    make("theirs", 0700);
    assert_int_equal(chown(path, STRANGER, (gid_t)-1), 0);
    assert_int_equal(open_dir("theirs", true), -1);
    assert_non_null(strstr(err.message, "belongs to uid 61002"));
    assert_non_null(strstr(err.hint, "XACCT_SOCK"));
}

/* In a parent that everybody may write to, only our own directory will do. */
static void a_shared_parent(void **state)
{
    (void)state;
    make("shared", 01777);
    assert_opens("shared/xacct", true);
    assert_int_equal(mode_of("shared/xacct"), 0700);
}

static void the_root_directory_is_not_private(void **state)
{
    const char *name;
    (void)state;
    memset(&paths, 0, sizeof paths);
    paths.socket = "/agent.sock";
    paths.uid = getuid();
    paths.socket_from = "a test";
    assert_int_equal(xa_open_socket_dir(&paths, false, &name, &err), -1);
    assert_int_equal(err.code, XA_AGENT_UNUSABLE);
}

/* S6: sun_path is no limit here; both sides use the name in its directory. */
static void a_path_longer_than_sun_path(void **state)
{
    char name[400];
    (void)state;
    memset(name, 'd', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    name[200] = '/';
    assert_true(strlen(name) > sizeof((struct sockaddr_un *)0)->sun_path);
    assert_opens(name, true);
}

/* --- xa_make_dirs -------------------------------------------------------------------------- */

static void directories_are_made(void **state)
{
    static char text[XA_PATH_MAX + 1];
    (void)state;
    snprintf(text, sizeof text, "%s//x///y/", root);
    assert_true(xa_make_dirs(text, &err));
    assert_int_equal(mode_of("x/y"), 0700);
    assert_true(xa_make_dirs(text, &err));
    assert_true(xa_make_dirs("/", &err));
    assert_false(xa_make_dirs("", &err));
    assert_int_equal(err.code, XA_IO);
    memset(text, '/', XA_PATH_MAX);
    text[XA_PATH_MAX] = '\0';
    assert_false(xa_make_dirs(text, &err));
    text[XA_PATH_MAX - 1] = '\0';
    assert_true(xa_make_dirs(text, &err));

    /* A parent that stands already keeps its mode. */
    make("open", 0755);
    snprintf(text, sizeof text, "%s/open/below", root);
    assert_true(xa_make_dirs(text, &err));
    assert_int_equal(mode_of("open"), 0755);
    assert_int_equal(mode_of("open/below"), 0700);
}

static void the_part_that_failed_is_named(void **state)
{
    (void)state;
    int fd = open(below("file"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_false(xa_make_dirs(below("file/x/y"), &err));
    assert_int_equal(err.code, XA_IO);
    assert_non_null(strstr(err.message, "/file"));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_paths_below_home),
        CASE(the_base_directories),
        CASE(relative_paths_count_as_not_set),
        CASE(without_home_the_password_file_counts),
        CASE(the_wished_socket),
        CASE(the_runtime_directory),
        CASE(a_stranger_s_runtime_directory),
        CASE(the_last_resort_is_below_home),
        CASE(paths_at_their_edge),
        CASE(modes),
        CASE(not_a_real_directory),
        CASE(a_missing_directory),
        CASE(the_umask_does_not_matter),
        CASE(something_in_the_way),
        CASE(a_stranger_s_directory),
        CASE(a_shared_parent),
        CASE(the_root_directory_is_not_private),
        CASE(a_path_longer_than_sun_path),
        CASE(directories_are_made),
        CASE(the_part_that_failed_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
