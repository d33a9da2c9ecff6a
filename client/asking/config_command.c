#include "client/asking/config_command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/asking/helper.h"
#include "proto/file.h"
#include "proto/ini.h"

/* What is looked for. `type` NULL: the key in any section. */
struct wanted { const char *type, *name, *key; };

/* The caller frees *ret_text. */
static bool read_file(const char *path, uint8_t **ret_text, size_t *ret_len, struct xa_error *err)
{
    struct stat st;
    uint8_t *text = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool there = fd >= 0 && fstat(fd, &st) == 0;
    bool trusted = there && xa_file_trusted(path, &st, XA_CONFIG_FILE_MAX, err);
    bool ok = trusted && (text = malloc((size_t)st.st_size + 1)) != NULL &&
              xa_file_read(fd, text, (size_t)st.st_size, ret_len);
    if (!ok && (trusted || !there))
        xa_fail(err, XA_BAD_CONFIG, "cannot read %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    if (!ok)
        free(text);
    else
        *ret_text = text;
    return ok;
}

static bool is_wanted(const struct xa_ini *ini, const struct wanted *w)
{
    if (!xa_ini_key_is(ini->key, w->key))
        return false;
    return w->type == NULL || (xa_slice_is(ini->type, w->type) && xa_slice_is(ini->name, w->name));
}

/* The value of the key, or an empty slice if it is not there. The file is read to its end:
 * of one with a mistake in it nothing is run. */
static bool find_value(const char *path, struct xa_slice text, const struct wanted *w,
                       struct xa_slice *ret, struct xa_error *err)
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
        if (event != XA_INI_KEY || !is_wanted(&ini, w))
            continue;
        if (ret->at != NULL && w->type != NULL)
            return xa_fail(err, XA_BAD_CONFIG, "%s:%u: a second %s", path, ini.line, w->key);
        *ret = ini.value;
    }
}

static bool load(const char *path, const struct wanted *w, struct xa_words *ret,
                 struct xa_error *err)
{
    uint8_t *text = NULL;
    size_t len = 0;
    struct xa_slice value;
    ret->argv[0] = NULL;
    if (access(path, F_OK) != 0)
        return true;
    bool ok = read_file(path, &text, &len, err) &&
              find_value(path, (struct xa_slice){ text, len }, w, &value, err) &&
              (value.len == 0 || xa_ini_split(value, ret->room, sizeof ret->room, ret->argv,
                                              XA_COMMAND_WORDS_MAX + 1, err));
    free(text);
    return ok;
}

bool xa_config_command_find(const char *config_path, const char *type, const char *name,
                            const char *key, struct xa_words *ret, struct xa_error *err)
{
    struct wanted w = { type, name != NULL ? name : "", key };
    return load(config_path, &w, ret, err);
}

bool xa_config_command_any(const char *config_path, const char *key)
{
    struct wanted w = { NULL, NULL, key };
    struct xa_words words;
    struct xa_error unsaid;
    return load(config_path, &w, &words, &unsaid) && words.argv[0] != NULL;
}

bool xa_config_command_read(const char *key, struct xa_words *words, int64_t deadline_ms,
                            struct xa_phrase *ret, struct xa_error *err)
{
    const char *program = words->argv[0];
    int status = 0;
    if (program == NULL)
        return xa_fail(err, XA_NOT_ASKED, "there is no %s any more", key);
    bool ok = xa_helper_first_line(words->argv, deadline_ms, ret, &status, err);
    if (ok && status == 127)
        ok = xa_fail(err, XA_NOT_ASKED, "%s: %s cannot be executed", key, program);
    else if (ok && status != 0)
        ok = xa_fail(err, XA_NOT_ASKED, "%s: %s ended with status %d", key, program, status);
    else if (ok && ret->len == 0)
        ok = xa_fail(err, XA_NOT_ASKED, "%s: %s printed nothing", key, program);
    if (!ok) {
        xa_phrase_wipe(ret);
        xa_hint(err, "%s by itself, to see what it says", program);
    }
    return ok;
}
