/* Files of configuration: whose they may be (G1), read to their end or to a limit, told
 * from their later selves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/file.h"

static char place[] = "/tmp/xacct-file.XXXXXX", path[64];

static int start(void **state)
{
    (void)state;
    memcpy(place + sizeof place - 7, "XXXXXX", 6);
    if (mkdtemp(place) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/f", place);
    return 0;
}

static int end(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(place);
}

static int opened(int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    return fd;
}

static void put(const char *text)
{
    int fd = opened(O_WRONLY | O_CREAT | O_TRUNC);
    assert_true(xa_file_write(fd, text, strlen(text)));
    close(fd);
}

static void whose_it_may_be(void **state)
{
    (void)state;
    const mode_t file = S_IFREG;
    const uid_t us = getuid();
    const struct {
        mode_t mode;
        uid_t uid;
        off_t size;
        const char *refused;      /* NULL: trusted */
    } cases[] = {
        { file | 0600, us, 10, NULL },
        { file | 0644, us, 10, NULL },
        { file | 0600, 0, 10, NULL },
        { file | 0600, us, 0, NULL },
        { file | 0600, us + 1, 10, "belongs to uid" },
        { file | 0620, us, 10, "may be written by others (mode 0620)" },
        { file | 0602, us, 10, "may be written by others (mode 0602)" },
        { file | 0600, us, 11, "is larger than 10 bytes" },
        { S_IFDIR | 0700, us, 10, "is not a file" },
        { S_IFIFO | 0600, us, 0, "is not a file" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stat st = { .st_mode = cases[i].mode, .st_uid = cases[i].uid,
                           .st_size = cases[i].size };
        struct xa_error err = { 0 };
        assert_int_equal(xa_file_trusted("/c", &st, 10, &err), cases[i].refused == NULL);
        if (cases[i].refused != NULL) {
            assert_int_equal(err.code, XA_BAD_CONFIG);
            assert_non_null(strstr(err.message, cases[i].refused));
        }
    }
}

static void read_to_the_end_or_the_limit(void **state)
{
    (void)state;
    char room[8];
    size_t len = 99;
    put("0123456789");
    int fd = opened(O_RDONLY);
    assert_true(xa_file_read(fd, room, sizeof room, &len));
    assert_int_equal(len, sizeof room);
    assert_memory_equal(room, "01234567", sizeof room);
    assert_true(xa_file_read(fd, room, sizeof room, &len));
    assert_int_equal(len, 2);
    assert_memory_equal(room, "89", 2);
    assert_true(xa_file_read(fd, room, sizeof room, &len));
    assert_int_equal(len, 0);
    assert_false(xa_file_write(fd, "x", 1));      /* opened to be read */
    assert_int_equal(errno, EBADF);
    close(fd);
    assert_false(xa_file_read(fd, room, sizeof room, &len));
    assert_int_equal(errno, EBADF);
}

static void one_version_and_the_next(void **state)
{
    (void)state;
    struct xa_file_version none = xa_file_version_at(path), first, now;
    assert_false(none.there);
    assert_true(xa_file_version_same(&none, &none));
    put("one");
    first = now = xa_file_version_at(path);
    assert_true(first.there && xa_file_version_same(&first, &now));
    assert_false(xa_file_version_same(&none, &first));
    put("longer");
    now = xa_file_version_at(path);
    assert_false(xa_file_version_same(&first, &now));
    first = now;
    assert_int_equal(chmod(path, 0640), 0);
    now = xa_file_version_at(path);
    assert_false(xa_file_version_same(&first, &now));
    xa_file_sync_dir_of(path);
    xa_file_sync_dir_of("no-directory-in-it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whose_it_may_be),
        cmocka_unit_test_setup_teardown(read_to_the_end_or_the_limit, start, end),
        cmocka_unit_test_setup_teardown(one_version_and_the_next, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
