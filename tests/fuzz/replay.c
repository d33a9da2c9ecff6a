/* Runs each file of the directories named through the target that it is linked with: a
 * fuzz target's corpus as a test, in any build, without libFuzzer. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

/* In a block of its exact size: a sanitizer or valgrind sees a read behind it. */
static void run_file(int dir, const char *name)
{
    struct stat st;
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        perror(name);
        exit(1);
    }
    size_t len = (size_t)st.st_size;
    uint8_t *bytes = malloc(len + (len == 0));
    if (bytes == NULL || read(fd, bytes, len) != (ssize_t)len) {
        perror(name);
        exit(1);
    }
    close(fd);
    printf("%s (%zu bytes)\n", name, len);
    fflush(stdout);
    LLVMFuzzerTestOneInput(bytes, len);
    free(bytes);
}

static unsigned run_directory(const char *path)
{
    unsigned n = 0;
    DIR *list = opendir(path);
    if (list == NULL) {
        perror(path);
        exit(1);
    }
    for (struct dirent *e = readdir(list); e != NULL; e = readdir(list)) {
        if (e->d_name[0] == '.')
            continue;
        run_file(dirfd(list), e->d_name);
        n++;
    }
    closedir(list);
    return n;
}

int main(int argc, char **argv)
{
    unsigned n = 0;
    for (int i = 1; i < argc; i++)
        n += run_directory(argv[i]);
    printf("%u inputs\n", n);
    return n > 0 ? 0 : 1;      /* a corpus that is not found proves nothing */
}
