/* Reads AWS files, for tests/unit/test_profile_vectors.py.
 *
 *   profile_driver dump CONFIG CREDENTIALS          each profile and sso-session, each line
 *   profile_driver chain CONFIG CREDENTIALS NAME    the chain of one profile
 *   profile_driver paths                            where the environment says they are
 *
 * Words are hex, so that a value may hold anything. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/awsfiles/aws_files.h"

static struct xa_slice read_text(const char *path)
{
    static char rooms[2][XA_AWS_FILE_MAX];
    static int n;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        exit(2);
    char *room = rooms[n++];
    size_t len = fread(room, 1, XA_AWS_FILE_MAX, file);
    fclose(file);
    return (struct xa_slice){ (const uint8_t *)room, len };
}

static void put(struct xa_slice s)
{
    putchar(' ');
    for (size_t i = 0; i < s.len; i++)
        printf("%02x", s.at[i]);
}

static void put_line(const char *word, struct xa_slice a, struct xa_slice b)
{
    fputs(word, stdout);
    put(a);
    put(b);
    putchar('\n');
}

static void dump_lines(struct xa_profile_walk *walk)
{
    enum xa_awsfile_event event;
    while ((event = xa_profile_walk_next(walk)) != XA_AWSFILE_END)
        put_line(event == XA_AWSFILE_KEY ? "key" : "more", walk->at.key, walk->at.value);
}

static int dump(const struct xa_profiles *profiles, struct xa_slice config)
{
    struct xa_profile_walk walk;
    struct xa_awsfile f;
    enum xa_awsfile_event event;
    uint32_t cursor = 0;
    const struct xa_profile *at;
    while ((at = xa_profiles_next(profiles, &cursor)) != NULL) {
        put_line("profile", xa_profile_name(at), (struct xa_slice){ 0 });
        xa_profile_walk_init(&walk, profiles, at);
        dump_lines(&walk);
    }
    xa_awsfile_init(&f, "config", XA_AWSFILE_CONFIG, config);
    while ((event = xa_awsfile_next(&f, NULL)) != XA_AWSFILE_END)
        if (event == XA_AWSFILE_HEADER && f.section == XA_AWSFILE_SSO_SESSION) {
            put_line("sso-session", f.name, (struct xa_slice){ 0 });
            xa_profile_walk_section(&walk, profiles, f.section, f.name);
            dump_lines(&walk);
        }
    return 0;
}

static int chain(const struct xa_profiles *profiles, const char *name)
{
    struct xa_profile_part parts[XA_PROFILE_CHAIN_MAX];
    struct xa_error err;
    size_t n = xa_profiles_chain(profiles, xa_slice_of(name), parts, XA_PROFILE_CHAIN_MAX, &err);
    if (n == 0)
        printf("error %s %s\n", xa_code_name(err.code), err.message);
    for (size_t i = 0; i < n; i++) {
        printf("part %u", parts[i].kind);
        put(parts[i].name);
        put(parts[i].arn);
        put(parts[i].session_name);
        put(parts[i].external_id);
        putchar('\n');
    }
    return 0;
}

static int paths(void)
{
    struct xa_aws_paths paths;
    struct xa_error err;
    if (!xa_aws_paths_find(&paths, &err))
        return 1;
    puts(paths.at[XA_AWSFILE_CONFIG]);
    puts(paths.at[XA_AWSFILE_CREDENTIALS]);
    return 0;
}

int main(int argc, char **argv)
{
    struct xa_error err;
    if (argc == 2 && strcmp(argv[1], "paths") == 0)
        return paths();
    if (argc < 4)
        return 2;
    struct xa_slice config = read_text(argv[2]), credentials = read_text(argv[3]);
    struct xa_profiles *profiles =
        xa_profiles_new((struct xa_profiles_text){ "config", config },
                        (struct xa_profiles_text){ "credentials", credentials }, &err);
    if (profiles == NULL) {
        printf("error %s %s\n", xa_code_name(err.code), err.message);
        return 0;
    }
    int status = argc == 5 ? chain(profiles, argv[4]) : dump(profiles, config);
    xa_profiles_free(&profiles);
    return status;
}
