#include "tests/lib/sigv4_vectors.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

char *slurp(const char *dir, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return NULL;
    enum { ROOM = 256 * 1024 };
    char *text = calloc(1, ROOM);
    assert(text != NULL);
    size_t len = fread(text, 1, ROOM - 1, f);
    assert(len < ROOM - 1);
    fclose(f);
    return text;
}

int64_t parse_time(const char *text)
{
    struct tm tm = { 0 };
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    assert(end != NULL && *end == '\0');
    return timegm(&tm);
}

/* "METHOD target HTTP/1.1": the target may hold raw spaces. */
static void parse_first_line(struct vector *v, char *line)
{
    char *target = strchr(line, ' '), *end = strstr(line, " HTTP/1.1");
    assert(target != NULL && end != NULL);
    *target++ = '\0';
    for (char *next = end; next != NULL; next = strstr(end + 1, " HTTP/1.1"))
        end = next;
    *end = '\0';
    char *query = strchr(target, '?');
    if (query != NULL)
        *query++ = '\0';
    v->request.method = xa_slice_of(line);
    v->request.path = xa_slice_of(target);
    v->request.query = xa_slice_of(query);
}

static void parse_header(struct vector *v, char *line)
{
    char *colon = strchr(line, ':');
    assert(colon != NULL && v->request.n_headers < XA_SIGV4_HEADERS_MAX);
    *colon = '\0';
    if (strcasecmp(line, "x-amz-date") == 0)
        return;
    v->headers[v->request.n_headers++] =
        (struct xa_sigv4_header){ xa_slice_of(line), xa_slice_of(colon + 1) };
}

void parse_request(struct vector *v, char *text)
{
    char *body = strstr(text, "\n\n");
    if (body != NULL) {
        *body = '\0';
        v->request.body = xa_slice_of(body + 2);
    }
    for (char *p = text; *p != '\0'; p++)
        if (p[0] == '\n' && (p[1] == ' ' || p[1] == '\t'))
            p[0] = ' ';
    char *rest = text;
    parse_first_line(v, strsep(&rest, "\n"));
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n"))
        if (line[0] != '\0')
            parse_header(v, line);
    v->request.headers = v->headers;
}

static struct xa_slice text_of(const json_t *object, const char *name)
{
    return xa_slice_of(json_string_value(json_object_get(object, name)));
}

void load_vector(struct vector *v, const char *dir)
{
    memset(v, 0, sizeof *v);
    char *context = slurp(dir, "context.json");
    v->json = json_loads(context, 0, NULL);
    free(context);
    v->text = slurp(dir, "request.txt");
    assert(v->json != NULL && v->text != NULL);
    parse_request(v, v->text);
    const json_t *credentials = json_object_get(v->json, "credentials");
    v->key.access_key_id = text_of(credentials, "access_key_id");
    v->key.secret = text_of(credentials, "secret_access_key");
    v->key.token = text_of(credentials, "token");
    v->request.region = text_of(v->json, "region");
    v->request.service = text_of(v->json, "service");
    v->request.time_s = parse_time(json_string_value(json_object_get(v->json, "timestamp")));
    v->request.normalize_path = json_is_true(json_object_get(v->json, "normalize"));
    v->request.sign_body = json_is_true(json_object_get(v->json, "sign_body"));
    v->request.token_unsigned = json_is_true(json_object_get(v->json, "omit_session_token"));
    v->expires_s = (uint32_t)json_integer_value(json_object_get(v->json, "expiration_in_seconds"));
}

void free_vector(struct vector *v)
{
    json_decref(v->json);
    free(v->text);
}
