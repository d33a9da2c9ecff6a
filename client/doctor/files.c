/* The AWS files: keys in clear, a [default] that wins over the endpoint, and profiles whose
 * program is not there. */
#include "client/doctor/doctor.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/awsfiles/aws_files.h"
#include "client/awsfiles/default_profile.h"
#include "client/base/child.h"
#include "proto/ini.h"

#define NAMES_SIZE 200

/* Names with commas between, as many as fit. */
static void add_name(char list[NAMES_SIZE], struct xa_slice name)
{
    size_t len = strlen(list);
    if (len + name.len + 6 < NAMES_SIZE)
        snprintf(list + len, NAMES_SIZE - len, "%s%.*s", len > 0 ? ", " : "", (int)name.len,
                 (const char *)name.at);
    else if (len + 6 < NAMES_SIZE && (len < 4 || strcmp(list + len - 4, ", …") != 0))
        snprintf(list + len, NAMES_SIZE - len, ", …");
}

static bool has(const struct xa_aws_files *files, const struct xa_profile *profile,
                const char *key, struct xa_profile_value *ret)
{
    return xa_profile_find_key(files->profiles, profile, key, ret) && ret->text.len > 0;
}

/* Temporary ones run out by themselves. */
static void keys_in_clear(struct xa_doctor *d, const struct xa_aws_files *files)
{
    const struct xa_profile *profile;
    struct xa_profile_value v;
    char names[NAMES_SIZE] = "";
    unsigned n = 0;
    for (uint32_t at = 0; (profile = xa_profiles_next(files->profiles, &at)) != NULL;)
        if (has(files, profile, "aws_secret_access_key", &v) &&
            !has(files, profile, "aws_session_token", &v)) {
            add_name(names, xa_profile_name(profile));
            n++;
        }
    if (n == 0)
        xa_doctor_well(d, "keys in clear", "none in the AWS files");
    else
        xa_doctor_finds(d, XA_ILL, "keys in clear", "xacct import --all --clean",
                        "%u long-lived key%s in the AWS files: %s", n, n == 1 ? "" : "s", names);
}

static void default_profile(struct xa_doctor *d, const struct xa_aws_files *files)
{
    const char *key = xa_default_profile_key(files);
    if (key == NULL)
        xa_doctor_well(d, "[default]", "no profile of that name wins over exec --server");
    else
        xa_doctor_finds(d, XA_DOUBTFUL, "[default]",
                        "give the profile another name, and say AWS_PROFILE where it is meant",
                        "the profile [default] has %s, which most SDKs take before the endpoint "
                        "of exec --server", key);
}

/* Programs without a terminal have another PATH, so that only an absolute one is sure. */
static const char *fault_of(const char *program)
{
    if (program[0] == '/')
        return access(program, X_OK) == 0 ? NULL : "which cannot be executed";
    if (strchr(program, '/') != NULL)
        return "which is another one in each directory";
    if (!xa_child_in_path(program))
        return "which is nowhere in PATH";
    return strncmp(program, "xacct", 5) == 0 ? "which is found by PATH alone" : NULL;
}

static void processes(struct xa_doctor *d, const struct xa_aws_files *files)
{
    const struct xa_profile *profile;
    struct xa_profile_value v;
    unsigned n = 0, bad = 0;
    for (uint32_t at = 0; (profile = xa_profiles_next(files->profiles, &at)) != NULL;) {
        char room[XA_PATH_MAX];
        char *argv[64] = { NULL };
        if (!has(files, profile, "credential_process", &v))
            continue;
        n++;
        struct xa_slice name = xa_profile_name(profile);
        bool command = xa_ini_split(v.text, room, sizeof room, argv, 64, NULL);
        const char *fault = command ? fault_of(argv[0]) : "which is no command";
        if (fault == NULL)
            continue;
        bad++;
        xa_doctor_finds(d, XA_ILL, "credential_process",
                        "name the program by its absolute path there",
                        "%s:%u: profile %.*s runs %.200s, %s", v.file, v.line, (int)name.len,
                        (const char *)name.at, command ? argv[0] : "something", fault);
    }
    if (n == 0)
        xa_doctor_well(d, "credential_process", "none in the AWS files");
    else if (bad == 0)
        xa_doctor_well(d, "credential_process", "%u in the AWS files, each program is there", n);
}

void xa_doctor_files(struct xa_doctor *d)
{
    struct xa_aws_files files;
    struct xa_error err;
    if (xa_aws_files_init(&files, &err)) {
        keys_in_clear(d, &files);
        default_profile(d, &files);
        processes(d, &files);
    } else {
        xa_doctor_error(d, "AWS files", &err);
    }
    xa_aws_files_finish(&files);
}
