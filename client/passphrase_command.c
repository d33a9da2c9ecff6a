#include "client/passphrase_command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/helper.h"
#include "proto/ini.h"

#define COMMAND_MAX 1024
#define WORDS_MAX 32

struct command {
    char room[COMMAND_MAX];
    char *argv[WORDS_MAX];
};

/* Whoever may write to the file chooses a program that runs as us (security G1). */
static bool trusted(int fd, const char *path, size_t *ret_len, struct xa_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return xa_fail(err, XA_BAD_CONFIG, "%s is not a regular file", path);
    if ((st.st_uid != getuid() && st.st_uid != 0) || (st.st_mode & 022) != 0)
        return xa_fail(err, XA_BAD_CONFIG, "%s may be written by others; no command of it is run",
                       path);
    if (st.st_size > XA_CONFIG_FILE_MAX)
        return xa_fail(err, XA_BAD_CONFIG, "%s is longer than %d bytes", path, XA_CONFIG_FILE_MAX);
    *ret_len = (size_t)st.st_size;
    return true;
}

/* The caller frees *ret_text. */
static bool read_file(const char *path, uint8_t **ret_text, size_t *ret_len, struct xa_error *err)
{
    uint8_t *text = NULL;
    size_t size = 0, len = 0;
    ssize_t n = 1;
    bool ok = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return xa_fail(err, XA_BAD_CONFIG, "%s: %s", path, strerror(errno));
    if (!trusted(fd, path, &size, err))
        goto out;
    text = malloc(size + 1);
    while (text != NULL && len < size && n > 0) {
        n = read(fd, text + len, size - len);
        len += n > 0 ? (size_t)n : 0;
    }
    if (text == NULL || n < 0) {
        xa_fail(err, XA_BAD_CONFIG, "%s: %s", path, strerror(errno));
        goto out;
    }
    *ret_text = text;
    *ret_len = len;
    text = NULL; /* moved */
    ok = true;
out:
    free(text);
    close(fd);
    return ok;
}

/* The value of the key, or an empty slice if it is not there. The file is read to its end:
 * of one with a mistake in it nothing is run. */
static bool find_value(const char *path, struct xa_slice text, struct xa_slice *ret,
                       struct xa_error *err)
{
    struct xa_ini ini;
    *ret = (struct xa_slice){ 0 };
    xa_ini_init(&ini, path, text);
    for (;;) {
        enum xa_ini_event event = xa_ini_next(&ini, err);
        if (event == XA_INI_ERROR)
            return false;
        if (event == XA_INI_END)
            return true;
        if (event == XA_INI_KEY && xa_slice_is(ini.type, "agent") && ini.name.len == 0 &&
            xa_ini_key_is(ini.key, "passphrase_command")) {
            if (ret->at != NULL)
                return xa_fail(err, XA_BAD_CONFIG, "%s:%u: a second passphrase_command", path,
                               ini.line);
            *ret = ini.value;
        }
    }
}

/* argv[0] of a file without the key is NULL. */
static bool load(const char *path, struct command *ret, struct xa_error *err)
{
    uint8_t *text = NULL;
    size_t len = 0;
    struct xa_slice value;
    ret->argv[0] = NULL;
    if (access(path, F_OK) != 0)
        return true;
    bool ok = read_file(path, &text, &len, err) &&
              find_value(path, (struct xa_slice){ text, len }, &value, err) &&
              (value.len == 0 ||
               xa_ini_split(value, ret->room, sizeof ret->room, ret->argv, WORDS_MAX, err));
    free(text);
    return ok;
}

bool xa_passphrase_command_there(const char *config_path)
{
    struct command command;
    struct xa_error unsaid;
    return load(config_path, &command, &unsaid) && command.argv[0] != NULL;
}

bool xa_passphrase_command_read(const char *config_path, int64_t deadline_ms,
                                struct xa_phrase *ret, struct xa_error *err)
{
    struct command command;
    int status = 0;
    if (!load(config_path, &command, err))
        return false;
    if (command.argv[0] == NULL)
        return xa_fail(err, XA_NOT_ASKED, "%s has no passphrase_command", config_path);
    bool ok = xa_helper_first_line(command.argv, deadline_ms, ret, &status, err);
    if (ok && status == 127)
        ok = xa_fail(err, XA_NOT_ASKED, "passphrase_command: %s cannot be executed",
                     command.argv[0]);
    else if (ok && status != 0)
        ok = xa_fail(err, XA_NOT_ASKED, "passphrase_command: %s ended with status %d",
                     command.argv[0], status);
    else if (ok && ret->len == 0)
        ok = xa_fail(err, XA_NOT_ASKED, "passphrase_command: %s printed nothing", command.argv[0]);
    if (!ok)
        xa_phrase_wipe(ret);
    return ok;
}
