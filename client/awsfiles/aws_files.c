#include "client/awsfiles/aws_files.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/file.h"

/* --- where ------------------------------------------------------------------------ */

static const char *home(void)
{
    const char *value = getenv("HOME");
    if (value != NULL && value[0] != '\0')
        return value;
    const struct passwd *entry = getpwuid(getuid());
    return entry != NULL ? entry->pw_dir : NULL;
}

static bool join(char ret[XA_PATH_MAX], const char *left, const char *right, struct xa_error *err)
{
    int len = snprintf(ret, XA_PATH_MAX, "%s%s", left, right);
    return (len >= 0 && len < XA_PATH_MAX) ||
           xa_fail(err, XA_BAD_CONFIG, "the path '%.80s…' is too long", ret);
}

static bool in_home(char ret[XA_PATH_MAX], const char *rest, struct xa_error *err)
{
    const char *dir = home();
    if (dir == NULL)
        return xa_fail(err, XA_BAD_CONFIG, "there is no home directory to look for AWS files in");
    return join(ret, dir, rest, err);
}

/* A leading ~ is the home: a shell expands it only where it is not quoted. */
static bool find(char ret[XA_PATH_MAX], const char *variable, const char *usual, bool *named,
                 struct xa_error *err)
{
    char own[XA_PATH_MAX];
    const char *value = getenv(variable);
    if (value == NULL || value[0] == '\0')
        return in_home(ret, usual, err);
    bool expand = value[0] == '~' && (value[1] == '/' || value[1] == '\0');
    if (expand ? !in_home(ret, value + 1, err) : !join(ret, value, "", err))
        return false;
    *named |= !in_home(own, usual, err) || strcmp(ret, own) != 0;
    return true;
}

bool xa_aws_paths_find(struct xa_aws_paths *ret, struct xa_error *err)
{
    ret->named = false;
    return find(ret->at[XA_AWSFILE_CONFIG], "AWS_CONFIG_FILE", "/.aws/config", &ret->named,
                err) &&
           find(ret->at[XA_AWSFILE_CREDENTIALS], "AWS_SHARED_CREDENTIALS_FILE",
                "/.aws/credentials", &ret->named, err);
}

/* --- reading ---------------------------------------------------------------------- */

/* AWS_CONFIG_FILE=/dev/null is how people say that there is none. */
static bool is_null(const struct stat *st)
{
    struct stat null;
    return S_ISCHR(st->st_mode) && stat("/dev/null", &null) == 0 && null.st_rdev == st->st_rdev;
}

/* An open file, checked; -1 in *ret_fd, and zeros, for one that is not there or that
 * says nothing. */
static bool open_file(const char *path, int *ret_fd, struct stat *ret_stat, struct xa_error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    *ret_fd = -1;
    memset(ret_stat, 0, sizeof *ret_stat);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return true;
    if (fd < 0 || fstat(fd, &st) != 0) {
        xa_fail(err, XA_BAD_CONFIG, "cannot read %s: %s", path, strerror(errno));
    } else if (is_null(&st)) {
        close(fd);
        return true;
    } else if (xa_file_trusted(path, &st, XA_AWS_FILE_MAX, err)) {
        *ret_fd = fd;
        *ret_stat = st;
        return true;
    }
    if (fd >= 0)
        close(fd);
    return false;
}

/* As much as the file had when it was opened, or less if it was cut since. */
static bool read_file(int fd, const char *path, uint8_t *at, size_t size, struct xa_slice *ret,
                      struct xa_error *err)
{
    size_t len = 0;
    if (fd >= 0 && !xa_file_read(fd, at, size, &len))
        return xa_fail(err, XA_BAD_CONFIG, "cannot read %s: %s", path, strerror(errno));
    *ret = (struct xa_slice){ at, len };
    return true;
}

/* Pages of their own: locked if the system lets us, not dumped, unmapped at the end. */
static bool take_room(struct xa_aws_files *files, size_t size, struct xa_error *err)
{
    size = size > 0 ? size : 1;
    void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return xa_fail(err, XA_NO_MEMORY, "no memory for the AWS files");
    files->room = room;
    files->size = size;
    (void)madvise(room, size, MADV_DONTDUMP);
    (void)mlock(room, size);
    return true;
}

static bool read_both(struct xa_aws_files *files, const int fds[2], struct xa_error *err)
{
    const char *config = files->paths.at[XA_AWSFILE_CONFIG];
    const char *credentials = files->paths.at[XA_AWSFILE_CREDENTIALS];
    size_t sizes[2] = { (size_t)files->stats[0].st_size, (size_t)files->stats[1].st_size };
    if (!take_room(files, sizes[0] + sizes[1], err))
        return false;
    uint8_t *at = files->room;
    if (!read_file(fds[0], config, at, sizes[0], &files->config, err) ||
        !read_file(fds[1], credentials, at + sizes[0], sizes[1], &files->credentials, err))
        return false;
    files->profiles = xa_profiles_new((struct xa_profiles_text){ config, files->config },
                                      (struct xa_profiles_text){ credentials, files->credentials },
                                      err);
    return files->profiles != NULL;
}

bool xa_aws_files_init(struct xa_aws_files *ret, struct xa_error *err)
{
    int fds[2] = { -1, -1 };
    memset(ret, 0, sizeof *ret);
    bool ok = xa_aws_paths_find(&ret->paths, err) &&
              open_file(ret->paths.at[0], &fds[0], &ret->stats[0], err) &&
              open_file(ret->paths.at[1], &fds[1], &ret->stats[1], err) &&
              read_both(ret, fds, err);
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return ok;
}

void xa_aws_files_finish(struct xa_aws_files *files)
{
    xa_profiles_free(&files->profiles);
    if (files->room != NULL) {
        explicit_bzero(files->room, files->size);
        munmap(files->room, files->size);
    }
    files->room = NULL;
    files->config = files->credentials = (struct xa_slice){ 0 };
}

/* --- what others ask -------------------------------------------------------------- */

static const struct xa_profile *find_process(const struct xa_aws_files *files, const char *name,
                                             struct xa_profile_value *ret)
{
    const struct xa_profile *at = xa_profiles_find(files->profiles, xa_slice_of(name));
    bool found = at != NULL &&
                 xa_profile_find_key(files->profiles, at, "credential_process", ret) &&
                 ret->text.len > 0;
    return found ? at : NULL;
}

/* Keys in the file and the like are the vault's business, under the same name. */
static bool leads_on(uint32_t kind)
{
    return kind == XA_PROFILE_ROLE || kind == XA_PROFILE_PROCESS ||
           kind == XA_PROFILE_WEB_IDENTITY || kind == XA_PROFILE_CREDENTIAL_SOURCE;
}

static bool encode_chain(const struct xa_aws_files *files, const char *name, void *room,
                         size_t size, struct xa_slice *ret_list, struct xa_error *err)
{
    struct xa_profile_part parts[XA_PROFILE_CHAIN_MAX];
    struct xa_writer w = xa_writer_init(room, size);
    size_t n = xa_profiles_chain(files->profiles, xa_slice_of(name), parts, XA_PROFILE_CHAIN_MAX,
                                 err);
    if (n == 0)
        return false;
    if (!leads_on(parts[0].kind))
        return true;
    for (size_t i = 0; i < n; i++)
        xa_list_append(&w, &xa_msg_profile_part, &parts[i]);
    if (w.bad)
        return xa_fail(err, XA_BAD_CONFIG, "the chain of profile '%s' is longer than %zu bytes",
                       name, size);
    *ret_list = (struct xa_slice){ w.at, w.len };
    return true;
}

bool xa_aws_files_profile(const char *name, void *room, size_t size, struct xa_slice *ret_list,
                          struct xa_error *err)
{
    struct xa_aws_files files;
    struct xa_profile_value process;
    *ret_list = (struct xa_slice){ 0 };
    if (!xa_aws_paths_find(&files.paths, err))
        return false;
    if (!files.paths.named)
        return true;
    bool ok = xa_aws_files_init(&files, err);
    const struct xa_profile *at = ok ? xa_profiles_find(files.profiles, xa_slice_of(name)) : NULL;
    if (at != NULL && (xa_profile_is_role(at) || find_process(&files, name, &process) != NULL))
        ok = encode_chain(&files, name, room, size, ret_list, err);
    xa_aws_files_finish(&files);
    return ok;
}

static bool copy_process(const struct xa_profile_value *value, const char *name, char *room,
                         size_t size, struct xa_error *err)
{
    if (value->has_more || !xa_text_printable(value->text))
        return xa_fail(err, XA_BAD_CONFIG, "%s:%u: credential_process of profile '%s' is not one "
                       "line of printable text", value->file, value->line, name);
    return xa_slice_copy(value->text, room, size) ||
           xa_fail(err, XA_BAD_CONFIG, "%s:%u: credential_process of profile '%s' is longer than "
                   "%zu bytes", value->file, value->line, name, size - 1);
}

bool xa_aws_files_process(const char *name, char *room, size_t size, struct xa_error *err)
{
    struct xa_aws_files files;
    struct xa_profile_value value;
    bool ok = xa_aws_files_init(&files, err);
    if (ok && find_process(&files, name, &value) == NULL)
        ok = xa_fail(err, XA_NO_SUCH_NAME, "no profile '%s' with a credential_process in %s or %s",
                     name, files.paths.at[XA_AWSFILE_CONFIG],
                     files.paths.at[XA_AWSFILE_CREDENTIALS]);
    ok = ok && copy_process(&value, name, room, size, err);
    xa_aws_files_finish(&files);
    return ok;
}
