/* What the programs of the benchmark share. They are no part of the product: what goes wrong
 * ends them with a line that says so. */
#ifndef XA_BENCH_H
#define XA_BENCH_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define REPLY_MAX (32 * 1024)

struct bytes { uint8_t *at; size_t len; };

static inline void die(const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* A whole number of the command line. */
static inline unsigned long number(const char *text)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || text[0] == '-')
        errno = EINVAL;
    if (errno != 0)
        die(text);
    return n;
}

static inline uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline uint64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

static inline struct bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct bytes ret = { malloc(64 * 1024 + 1), 0 };
    if (file == NULL || ret.at == NULL)
        die(path);
    ret.len = fread(ret.at, 1, 64 * 1024, file);
    ret.at[ret.len] = '\0';
    fclose(file);
    return ret;
}

static inline struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un ret = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof ret.sun_path) {
        errno = ENAMETOOLONG;
        die(path);
    }
    memcpy(ret.sun_path, path, strlen(path) + 1);
    return ret;
}

/* A whole frame's length: four bytes, which do not count themselves. */
static inline size_t frame_len(const uint8_t *at)
{
    return 4 + ((size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]);
}

#endif
