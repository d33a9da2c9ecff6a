/* The configuration file in force: read again when it changed, kept when it cannot
 * be read, edited without a loss (design.md, section 7; security G1, G5, R4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/broker/roles_file.h"
#include "proto/limits.h"
#include "tests/lib/vault_kit.h"

#define ROLE "account = 222222222222\nrole = Admin\n"
#define SPARE_UID 65534

static char dir[4200], path[4210];
static struct xa_roles_file *file;
static struct xa_error err;

/* In place, as an editor does it that keeps the inode. */
static void put(const char *at, const void *text, size_t len)
{
    int fd = open(at, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && write(fd, text, len) == (ssize_t)len);
    close(fd);
}

static void put_text(const char *text)
{
    put(path, text, strlen(text));
}

static void check_text(const char *at, const char *wanted)
{
    char text[4096];
    int fd = open(at, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    assert_true(len >= 0);
    text[len] = '\0';
    close(fd);
    assert_string_equal(text, wanted);
}

/* But for the lock, which stays. */
static unsigned files_in_dir(void)
{
    unsigned n = 0;
    DIR *list = opendir(dir);
    assert_non_null(list);
    for (const struct dirent *e; (e = readdir(list)) != NULL;)
        n += e->d_name[0] != '.' && strcmp(e->d_name, "config.lock") != 0;
    closedir(list);
    return n;
}

/* Stands before the C library's, so that a test can do something between the edit's
 * writing and its renaming. */
static void (*before_sync)(void);

int fsync(int fd)
{
    if (before_sync != NULL)
        before_sync();
    return (int)syscall(SYS_fsync, fd);
}

static int start(void **state)
{
    if (kit_make_place(state) != 0 || chmod(kit_dir, 0711) != 0)
        return 1;
    snprintf(dir, sizeof dir, "%s/conf", kit_dir);
    assert_int_equal(mkdir(dir, 0700), 0);
    snprintf(path, sizeof path, "%s/config", dir);
    before_sync = NULL;
    file = xa_roles_file_new(path, &err);
    return file == NULL;
}

static int end(void **state)
{
    xa_roles_file_free(&file);
    assert_null(file);
    xa_roles_file_free(&file);
    chmod(dir, 0700);
    return kit_remove_place(state);
}

static const struct xa_roles *current(void)
{
    const struct xa_roles *roles = xa_roles_file_current(file, &err);
    if (roles == NULL)
        fail_msg("%s", err.message);
    return roles;
}

static bool knows(const char *dest)
{
    return xa_roles_dest(current(), xa_slice_of(dest)) != NULL;
}

/* The three steps in one. */
static bool add(struct xa_roles_file *to, const char *type, struct xa_slice name, const char *keys,
                struct xa_error *e)
{
    struct xa_roles_job *job = xa_roles_file_begin_add(to, type, name, keys, e);
    if (job == NULL)
        return false;
    xa_roles_job_run(job);
    return xa_roles_job_end(to, &job, e);
}

static bool remove_section(struct xa_roles_file *from, const char *type, struct xa_slice name,
                           struct xa_error *e)
{
    struct xa_roles_job *job = xa_roles_file_begin_remove(from, type, name, e);
    if (job == NULL)
        return false;
    xa_roles_job_run(job);
    return xa_roles_job_end(from, &job, e);
}

/* --- looking ----------------------------------------------------------------------- */

static void no_file_is_an_empty_configuration(void **state)
{
    (void)state;
    assert_string_equal(xa_roles_file_path(file), path);
    assert_int_equal(current()->n_dests, 0);
    assert_null(xa_roles_file_fault(file));
    put_text("[dest a]\n" ROLE);
    assert_true(knows("a"));
    assert_ptr_equal(current(), current());          /* not read again without need */
    unlink(path);
    assert_false(knows("a"));
    assert_null(xa_roles_file_fault(file));
}

static void a_change_is_seen_at_the_next_look(void **state)
{
    (void)state;
    char other[4300];
    put_text("[dest a]\n" ROLE);
    assert_true(knows("a"));
    put_text("[dest bb]\n" ROLE);                    /* another size */
    assert_true(knows("bb") && !knows("a"));
    snprintf(other, sizeof other, "%s/other", dir);
    put(other, "[dest cc]\n" ROLE, strlen("[dest cc]\n" ROLE));
    assert_int_equal(rename(other, path), 0);        /* the same size, another inode */
    assert_true(knows("cc") && !knows("bb"));
    usleep(20000);                                   /* a tick of the file system's clock */
    put_text("[dest dd]\n" ROLE);                    /* the same size and inode */
    assert_true(knows("dd") && !knows("cc"));
}

static void a_bad_file_leaves_the_previous_one_in_force(void **state)
{
    (void)state;
    char message[4400];
    put_text("[dest a]\n" ROLE);
    assert_true(knows("a"));
    put_text("[dest b]\n" ROLE "colour = red\n");
    assert_true(knows("a") && !knows("b"));
    snprintf(message, sizeof message, "%s:4: no such key in this section: 'colour'", path);
    assert_string_equal(xa_roles_file_fault(file)->message, message);
    assert_int_equal(xa_roles_file_fault(file)->code, XA_BAD_CONFIG);

    assert_false(add(file, "source", xa_slice_of("main"), "", &err));
    assert_string_equal(err.message, message);
    assert_false(remove_section(file, "dest", xa_slice_of("a"), &err));
    assert_string_equal(err.message, message);
    check_text(path, "[dest b]\n" ROLE "colour = red\n");

    put_text("[dest b]\n" ROLE);
    assert_true(knows("b") && !knows("a"));
    assert_null(xa_roles_file_fault(file));
}

static void a_first_file_that_is_bad_is_an_error(void **state)
{
    (void)state;
    put_text("[dest\n");
    assert_null(xa_roles_file_current(file, &err));
    assert_int_equal(err.code, XA_BAD_CONFIG);
    assert_non_null(strstr(err.message, ":1: a section without ]"));
    assert_null(xa_roles_file_current(file, NULL));
    put_text("[dest a]\n" ROLE);
    assert_true(knows("a"));
}

/* --- whose file, which modes ------------------------------------------------------------ */

static const struct { mode_t mode; bool good; } modes[] = {
    { 0600, true }, { 0644, true }, { 0400, true }, { 0444, true }, { 0700, true },
    { 0620, false }, { 0602, false }, { 0666, false }, { 0664, false }, { 0622, false },
};

static void a_file_that_others_may_write_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        char text[64], mode[16], hint[4300];
        snprintf(text, sizeof text, "[dest d%zu]\n" ROLE, i);
        snprintf(mode, sizeof mode, "%04o", (unsigned)modes[i].mode);
        snprintf(hint, sizeof hint, "chmod go-w %s", path);
        unlink(path);
        put_text(text);
        assert_int_equal(chmod(path, modes[i].mode), 0);
        snprintf(text, sizeof text, "d%zu", i);
        const struct xa_roles *roles = xa_roles_file_current(file, &err);
        assert_int_equal(roles != NULL && xa_roles_dest(roles, xa_slice_of(text)) != NULL,
                         modes[i].good);
        const struct xa_error *fault = xa_roles_file_fault(file);
        assert_int_equal(fault != NULL, !modes[i].good);
        if (fault != NULL) {
            assert_non_null(strstr(fault->message, mode));
            assert_string_equal(fault->hint, hint);
        }
    }
    assert_int_equal(chmod(path, 0600), 0);          /* mended without a new file */
    (void)current();
    assert_null(xa_roles_file_fault(file));
}

static void only_a_file_is_read(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);         /* and nobody writes: it must not wait */
    assert_null(xa_roles_file_current(file, &err));
    assert_non_null(strstr(err.message, "is not a file"));
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_null(xa_roles_file_current(file, &err));
    assert_non_null(strstr(err.message, "is not a file"));
    rmdir(path);
    assert_int_equal(symlink("config", path), 0);
    assert_null(xa_roles_file_current(file, &err));
    assert_non_null(strstr(err.message, "cannot read"));
}

static void a_file_has_at_most_a_mebibyte(void **state)
{
    (void)state;
    char *text = malloc(XA_CONFIG_FILE_MAX + 1);
    memset(text, '#', XA_CONFIG_FILE_MAX + 1);
    put(path, text, XA_CONFIG_FILE_MAX + 1);
    assert_null(xa_roles_file_current(file, &err));
    assert_non_null(strstr(err.message, "larger than 1048576 bytes"));
    static const char last[] = "\n[dest last]\n" ROLE;
    memcpy(text + XA_CONFIG_FILE_MAX - strlen(last), last, strlen(last));
    put(path, text, XA_CONFIG_FILE_MAX);
    assert_true(knows("last"));
    free(text);

    /* An edit must not make a file that could not be read again. */
    bool added = add(file, "source", xa_slice_of("main"), "", &err);
    assert_false(added);
    assert_non_null(strstr(err.message, "larger than 1048576 bytes"));
    assert_true(knows("last"));
    assert_null(xa_roles_file_fault(file));
}

/* --- as somebody else, or with a full disk ------------------------------------------------ */

/* Runs the body in a child, as a user that is not root whoever we are. */
static void in_child(bool (*body)(void))
{
    if (getuid() == 0)
        assert_int_equal(chown(dir, SPARE_UID, SPARE_UID), 0);
    pid_t pid = fork();
    if (pid == 0) {
        bool ready = getuid() != 0 ||
                     (setgroups(0, NULL) == 0 && setresgid(SPARE_UID, SPARE_UID, SPARE_UID) == 0 &&
                      setresuid(SPARE_UID, SPARE_UID, SPARE_UID) == 0);
        _exit(!ready ? 2 : body() ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static bool foreign_file_is_refused(void)
{
    return xa_roles_file_current(file, &err) == NULL && err.code == XA_BAD_CONFIG &&
           strstr(err.message, "belongs to uid") != NULL;
}

static bool root_file_is_read(void)
{
    return xa_roles_file_current(file, &err) != NULL;
}

static void a_file_is_ours_or_root_s(void **state)
{
    (void)state;
    if (getuid() != 0)
        return;                                      /* nobody else's file can be made */
    put_text("[dest a]\n" ROLE);
    chmod(path, 0644);
    in_child(root_file_is_read);
    assert_int_equal(chown(path, SPARE_UID - 1, SPARE_UID - 1), 0);
    in_child(foreign_file_is_refused);
    assert_null(xa_roles_file_current(file, &err));  /* root is no exception */
    assert_non_null(strstr(err.message, "belongs to uid 65533"));
}

static bool unreadable_is_refused_until_it_is_not(void)
{
    put_text("[dest a]\n" ROLE);
    chmod(path, 0);
    bool refused = xa_roles_file_current(file, &err) == NULL && err.code == XA_BAD_CONFIG &&
                   strstr(err.message, "Permission denied") != NULL;
    chmod(path, 0600);
    return refused && xa_roles_file_current(file, &err) != NULL;
}

static void an_unreadable_file_is_an_error(void **state)
{
    (void)state;
    in_child(unreadable_is_refused_until_it_is_not);
}

static bool read_only_directory_fails_cleanly(void)
{
    put_text("[dest a]\n" ROLE);
    chmod(dir, 0500);
    bool failed = !add(file, "source", xa_slice_of("main"), "", &err) &&
                  err.code == XA_IO && strstr(err.message, "Permission denied") != NULL &&
                  !remove_section(file, "dest", xa_slice_of("a"), &err) && err.code == XA_IO;
    chmod(dir, 0700);
    const struct xa_roles *roles = xa_roles_file_current(file, NULL);
    return failed && roles != NULL && roles->n_sources == 0 && roles->n_dests == 1 &&
           files_in_dir() == 1;
}

static void a_read_only_directory_changes_nothing(void **state)
{
    (void)state;
    in_child(read_only_directory_fails_cleanly);
    check_text(path, "[dest a]\n" ROLE);
}

/* A limit on the size of files stands for the disk that has no more room: the
 * write ends short, and then fails. */
static bool full_disk_fails_cleanly(void)
{
    const struct rlimit little = { 20, 20 };
    put_text("[dest a]\n" ROLE);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &little);
    return !add(file, "source", xa_slice_of("main"), "", &err) && err.code == XA_IO &&
           strstr(err.message, "cannot write") != NULL && files_in_dir() == 1 &&
           xa_roles_file_current(file, NULL)->n_sources == 0;
}

static void a_full_disk_changes_nothing(void **state)
{
    (void)state;
    in_child(full_disk_fails_cleanly);
    check_text(path, "[dest a]\n" ROLE);
}

static bool directory_cannot_be_made(void)
{
    chmod(dir, 0500);
    char below[4300];
    snprintf(below, sizeof below, "%s/x/y/config", dir);
    struct xa_roles_file *other = xa_roles_file_new(below, &err);
    bool failed =
        !add(other, "source", xa_slice_of("main"), "", &err) && err.code == XA_IO;
    xa_roles_file_free(&other);
    chmod(dir, 0700);
    return failed && files_in_dir() == 0;
}

static void a_directory_that_cannot_be_made_is_an_error(void **state)
{
    (void)state;
    in_child(directory_cannot_be_made);
}

/* --- edits ------------------------------------------------------------------------------- */

static void edits_change_what_they_should(void **state)
{
    (void)state;
    static const char before[] = "# mine\r\n[agent]\nlabel = x  # why\n\n";
    put_text(before);
    chmod(path, 0640);
    assert_true(add(file, "source", xa_slice_of("main"), "", &err));
    assert_true(add(file, "dest", xa_slice_of("prod"), ROLE, &err));
    check_text(path,
               "# mine\r\n[agent]\nlabel = x  # why\n\n\n[source main]\n\n[dest prod]\n" ROLE);
    assert_true(knows("prod"));
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_true(remove_section(file, "source", xa_slice_of("main"), &err));
    assert_true(remove_section(file, "dest", xa_slice_of("prod"), &err));
    assert_false(knows("prod"));
    check_text(path, before);
    assert_int_equal(files_in_dir(), 1);
}

static const struct {
    const char *type, *name, *keys;
    enum xa_code code;
    const char *says;
} faults[] = {
    { "dest", "a", ROLE, XA_NAME_TAKEN, "'a' stands in" },
    { "source", "a", "", XA_NAME_TAKEN, "'a' stands in" },
    { "dest", "main", ROLE, XA_NAME_TAKEN, "'main' stands in" },
    { "dest", "b", "role = Admin\n", XA_BAD_CONFIG, "has no account" },
    { "dest", "b", ROLE "external_id = a b\n", XA_BAD_CONFIG, "'a b'" },
    { "dest", "b", ROLE "[dest c]\n", XA_BAD_CONFIG, "[dest c]" },
    { "dest", "-b", ROLE, XA_BAD_CONFIG, "not a name" },
    { "dest", "b]\n[dest c", ROLE, XA_BAD_CONFIG, "" },
};

static void edits_that_would_not_be_read_are_refused(void **state)
{
    (void)state;
    static const char before[] = "[source main]\n[dest a]\n" ROLE;
    put_text(before);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        assert_false(add(file, faults[i].type, xa_slice_of(faults[i].name), faults[i].keys, &err));
        assert_int_equal(err.code, faults[i].code);
        assert_non_null(strstr(err.message, faults[i].says));
        check_text(path, before);
        assert_true(knows("a"));
    }
    assert_false(remove_section(file, "source", xa_slice_of("a"), &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    assert_non_null(strstr(err.message, "[source a]"));
    check_text(path, before);
}

static void the_directory_and_the_file_are_private(void **state)
{
    (void)state;
    char below[4300], parent[4300];
    struct stat st;
    snprintf(parent, sizeof parent, "%s/x", dir);
    snprintf(below, sizeof below, "%s/x/config", dir);
    struct xa_roles_file *other = xa_roles_file_new(below, &err);
    mode_t before = umask(0);
    assert_true(add(other, "source", xa_slice_of("main"), "", &err));
    umask(before);
    xa_roles_file_free(&other);
    assert_int_equal(stat(parent, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(stat(below, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    check_text(below, "[source main]\n");
}

static void a_symbolic_link_stays_one(void **state)
{
    (void)state;
    char real[4300];
    struct stat st;
    snprintf(real, sizeof real, "%s/dotfiles", dir);
    assert_int_equal(mkdir(real, 0700), 0);
    snprintf(real, sizeof real, "%s/dotfiles/config", dir);
    assert_int_equal(symlink("dotfiles/config", path), 0);

    /* To nothing: what the manager of dotfiles meant to be there is not guessed. */
    assert_int_equal(current()->n_sources, 0);
    assert_false(add(file, "source", xa_slice_of("main"), "", &err));
    assert_int_equal(err.code, XA_IO);
    assert_true(lstat(path, &st) == 0 && S_ISLNK(st.st_mode));

    put(real, "# mine\n", 7);
    assert_true(add(file, "source", xa_slice_of("main"), "", &err));
    assert_true(lstat(path, &st) == 0 && S_ISLNK(st.st_mode));
    check_text(real, "# mine\n\n[source main]\n");
    assert_int_equal(current()->n_sources, 1);
    assert_true(remove_section(file, "source", xa_slice_of("main"), &err));
    assert_true(lstat(path, &st) == 0 && S_ISLNK(st.st_mode));
    check_text(real, "# mine\n");
    assert_int_equal(files_in_dir(), 2);
}

/* --- others who edit --------------------------------------------------------------------- */

/* Adds fifty destinations, each with a look at whether all before it are there. */
static bool add_fifty(const char *prefix)
{
    char name[16], last[16] = "";
    struct xa_roles_file *mine = xa_roles_file_new(path, &err);
    bool ok = mine != NULL;
    for (int i = 0; ok && i < 50; i++) {
        snprintf(name, sizeof name, "%s%d", prefix, i);
        ok = add(mine, "dest", xa_slice_of(name), ROLE, &err);
        const struct xa_roles *roles = xa_roles_file_current(mine, NULL);
        ok = ok && roles != NULL && roles->n_dests > (size_t)i &&
             (i == 0 || xa_roles_dest(roles, xa_slice_of(last)) != NULL);
        memcpy(last, name, sizeof last);
    }
    if (!ok)
        fprintf(stderr, "%s: %s\n", name, err.message);
    xa_roles_file_free(&mine);
    return ok;
}

static void two_processes_lose_nothing_of_each_other(void **state)
{
    (void)state;
    int status;
    char name[16];
    put_text("# mine\n");
    pid_t pid = fork();
    if (pid == 0)
        _exit(add_fifty("a") ? 0 : 1);
    bool ok = add_fifty("b");
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(ok && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(current()->n_dests, 100);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "%c%d", i < 50 ? 'a' : 'b', i % 50);
        assert_true(knows(name));
    }
    assert_int_equal(files_in_dir(), 1);
}

static void the_lock_is_private_and_stays(void **state)
{
    (void)state;
    char lock[4300];
    struct stat before, after;
    snprintf(lock, sizeof lock, "%s.lock", path);
    mode_t mask = umask(0);
    assert_true(add(file, "source", xa_slice_of("main"), "", &err));
    umask(mask);
    assert_int_equal(stat(lock, &before), 0);
    assert_int_equal(before.st_mode & 07777, 0600);
    assert_true(remove_section(file, "source", xa_slice_of("main"), &err));
    assert_int_equal(stat(lock, &after), 0);
    assert_true(before.st_ino == after.st_ino);
}

/* A killed edit leaves its new file behind; the next takes it away. */
static void a_killed_edit_is_no_hindrance(void **state)
{
    (void)state;
    char temp[4300];
    snprintf(temp, sizeof temp, "%s.xacct-new", path);
    put(temp, "[dest half", 10);
    assert_true(add(file, "source", xa_slice_of("main"), "", &err));
    check_text(path, "[source main]\n");
    assert_int_equal(files_in_dir(), 1);
}

/* What is in force when an edit begins may be old by the time it runs. */
static void an_edit_reads_again_when_it_runs(void **state)
{
    (void)state;
    static const char theirs[] = "[dest theirs]\n" ROLE;
    put_text("[dest a]\n" ROLE);
    struct xa_roles_job *one = xa_roles_file_begin_add(file, "source", xa_slice_of("b"), "", &err);
    struct xa_roles_job *two = xa_roles_file_begin_add(file, "source", xa_slice_of("b"), "", &err);
    struct xa_roles_job *three = xa_roles_file_begin_remove(file, "dest", xa_slice_of("a"), &err);
    struct xa_roles_job *four = xa_roles_file_begin_add(file, "source", xa_slice_of("c"), "", &err);
    assert_true(one != NULL && two != NULL && three != NULL && four != NULL);
    put_text(theirs);
    xa_roles_job_run(one);
    xa_roles_job_run(two);
    xa_roles_job_run(three);
    assert_true(xa_roles_job_end(file, &one, &err));
    assert_null(one);
    assert_false(xa_roles_job_end(file, &two, &err));
    assert_int_equal(err.code, XA_NAME_TAKEN);
    assert_false(xa_roles_job_end(file, &three, &err));
    assert_int_equal(err.code, XA_NO_SUCH_NAME);
    check_text(path, "[dest theirs]\n" ROLE "\n[source b]\n");
    xa_roles_job_free(&four);
    assert_null(four);
    xa_roles_job_free(&four);
}

static unsigned n_saves, saves_wanted;

/* As most editors save: a new file, renamed. */
static void save_by_rename(void)
{
    char other[4300], text[64];
    if (n_saves == saves_wanted)
        return;
    snprintf(other, sizeof other, "%s/.swap", dir);
    snprintf(text, sizeof text, "# save %u\n", ++n_saves);
    put(other, text, strlen(text));
    assert_int_equal(rename(other, path), 0);
}

static void save_in_place(void)
{
    if (n_saves++ < saves_wanted)
        put_text("# saved in place\n");
}

static void an_editor_s_save_in_between_is_kept(void **state)
{
    (void)state;
    put_text("# old\n");
    n_saves = 0;
    saves_wanted = 2;
    before_sync = save_by_rename;
    assert_true(add(file, "source", xa_slice_of("main"), "", &err));
    check_text(path, "# save 2\n\n[source main]\n");
    n_saves = 0;
    saves_wanted = 1;
    before_sync = save_in_place;
    assert_true(add(file, "source", xa_slice_of("b"), "", &err));
    check_text(path, "# saved in place\n\n[source b]\n");
    assert_int_equal(unlink(path), 0);
    n_saves = 0;
    before_sync = save_by_rename;                    /* the first of all versions */
    assert_true(add(file, "source", xa_slice_of("c"), "", &err));
    check_text(path, "# save 1\n\n[source c]\n");
    assert_int_equal(files_in_dir(), 1);
}

static void an_editor_that_never_rests_wins(void **state)
{
    (void)state;
    put_text("# old\n");
    n_saves = 0;
    saves_wanted = 1000;
    before_sync = save_by_rename;
    assert_false(add(file, "source", xa_slice_of("main"), "", &err));
    assert_int_equal(err.code, XA_IO);
    assert_non_null(strstr(err.message, "changed while it was being edited"));
    assert_true(n_saves > 1 && n_saves < 10);
    char last[64];
    snprintf(last, sizeof last, "# save %u\n", n_saves);
    check_text(path, last);
    assert_int_equal(files_in_dir(), 1);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, end)
    const struct CMUnitTest tests[] = {
        T(no_file_is_an_empty_configuration),
        T(a_change_is_seen_at_the_next_look),
        T(a_bad_file_leaves_the_previous_one_in_force),
        T(a_first_file_that_is_bad_is_an_error),
        T(a_file_that_others_may_write_is_refused),
        T(only_a_file_is_read),
        T(a_file_has_at_most_a_mebibyte),
        T(a_file_is_ours_or_root_s),
        T(an_unreadable_file_is_an_error),
        T(a_read_only_directory_changes_nothing),
        T(a_full_disk_changes_nothing),
        T(a_directory_that_cannot_be_made_is_an_error),
        T(edits_change_what_they_should),
        T(edits_that_would_not_be_read_are_refused),
        T(the_directory_and_the_file_are_private),
        T(a_symbolic_link_stays_one),
        T(two_processes_lose_nothing_of_each_other),
        T(the_lock_is_private_and_stays),
        T(a_killed_edit_is_no_hindrance),
        T(an_edit_reads_again_when_it_runs),
        T(an_editor_s_save_in_between_is_kept),
        T(an_editor_that_never_rests_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
