/* The least that a program can do with libcurl: the same request again and again on a kept handle.
 *
 *   poster URL CA_FILE HEADERS_FILE BODY_FILE COUNT
 *
 * HEADERS_FILE has a header a line. Prints a line for each request: nanoseconds of this process's
 * CPU, and of time. The answer is counted, not read. */
#include <curl/curl.h>

#include "bench.h"

static size_t swallow(char *at, size_t size, size_t n, void *ctx)
{
    (void)at;
    (void)ctx;
    return size * n;
}

static struct curl_slist *headers_of(const char *path)
{
    struct curl_slist *list = NULL;
    char *text = (char *)read_file(path).at;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        list = curl_slist_append(list, line);
    return list;
}

static void post(CURL *curl)
{
    long status = 0;
    uint64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), begin = now_ns();
    CURLcode code = curl_easy_perform(curl);
    uint64_t end = now_ns();
    cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK || status != 200) {
        fprintf(stderr, "bench: status %ld, %s\n", status, curl_easy_strerror(code));
        exit(1);
    }
    printf("%llu %llu\n", (unsigned long long)cpu, (unsigned long long)(end - begin));
}

int main(int argc, char **argv)
{
    errno = EINVAL;
    if (argc != 6)
        die("URL CA_FILE HEADERS_FILE BODY_FILE COUNT");
    curl_global_init(CURL_GLOBAL_ALL);
    CURL *curl = curl_easy_init();
    struct bytes body = read_file(argv[4]);
    struct curl_slist *headers = headers_of(argv[3]);
    curl_easy_setopt(curl, CURLOPT_URL, argv[1]);
    curl_easy_setopt(curl, CURLOPT_CAINFO, argv[2]);
    curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (char *)body.at);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body.len);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
    for (int i = 0; i < atoi(argv[5]); i++)
        post(curl);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return 0;
}
