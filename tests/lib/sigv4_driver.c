/* Signs what it is told, for tests/unit/sigv4_random.py: one request a line,
 * words of key=hex (header=hexname:hexvalue, in order), and answers each with
 * one line: the Authorization header, or the query string if there is expires=. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/vault/sigv4.h"

/* Decodes hex in place, up to what is no hex digit. */
static struct xa_slice unhex(char *text)
{
    uint8_t *at = (uint8_t *)text;
    size_t n = 0;
    for (; isxdigit((unsigned char)text[2 * n]); n++) {
        char pair[3] = { text[2 * n], text[2 * n + 1], '\0' };
        at[n] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return (struct xa_slice){ at, n };
}

struct job {
    struct xa_sigv4_header headers[XA_SIGV4_HEADERS_MAX];
    struct xa_sigv4_request request;
    struct xa_sigv4_key key;
    uint32_t expires_s;
    bool query_form;
};

static void take_header(struct job *job, char *value)
{
    char *colon = strchr(value, ':');
    if (colon == NULL || job->request.n_headers == XA_SIGV4_HEADERS_MAX)
        exit(2);
    struct xa_slice name = unhex(value);
    job->headers[job->request.n_headers++] = (struct xa_sigv4_header){ name, unhex(colon + 1) };
}

static void take_word(struct job *job, const char *key, char *value)
{
    const struct { const char *key; struct xa_slice *slice; } slices[] = {
        { "method", &job->request.method }, { "path", &job->request.path },
        { "query", &job->request.query }, { "body", &job->request.body },
        { "region", &job->request.region }, { "service", &job->request.service },
        { "id", &job->key.access_key_id }, { "secret", &job->key.secret },
        { "token", &job->key.token },
    };
    for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++)
        if (strcmp(key, slices[i].key) == 0)
            *slices[i].slice = unhex(value);
    if (strcmp(key, "header") == 0)
        take_header(job, value);
    if (strcmp(key, "time") == 0)
        job->request.time_s = strtoll(value, NULL, 10);
    if (strcmp(key, "expires") == 0) {
        job->expires_s = (uint32_t)strtoul(value, NULL, 10);
        job->query_form = true;
    }
    job->request.normalize_path |= strcmp(key, "normalize") == 0;
    job->request.sign_body |= strcmp(key, "sign_body") == 0;
}

static void answer(const struct job *job)
{
    static char room[128 * 1024];
    struct xa_sigv4_signature signature;
    struct xa_error err;
    size_t len;
    if (job->query_form ? !xa_sigv4_presign(&job->key, &job->request, job->expires_s, room,
                                            sizeof room, &len, &err)
                        : !xa_sigv4_sign(&job->key, &job->request, &signature, &err))
        printf("error: %s\n", err.message);
    else if (job->query_form)
        printf("%.*s\n", (int)len, room);
    else
        puts(signature.authorization);
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    while (getline(&line, &cap, stdin) > 0) {
        struct job job = { .query_form = false };
        job.request.headers = job.headers;
        char *rest = line;
        for (char *word = strsep(&rest, " \n"); word != NULL; word = strsep(&rest, " \n")) {
            char *equals = strchr(word, '=');
            if (equals == NULL)
                continue;
            *equals = '\0';
            take_word(&job, word, equals + 1);
        }
        answer(&job);
    }
    free(line);
    return 0;
}
