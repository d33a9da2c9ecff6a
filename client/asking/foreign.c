#include "client/asking/foreign.h"

#include <string.h>
#include <sys/stat.h>

#include "client/asking/config_command.h"
#include "client/asking/process.h"
#include "client/asking/process_output.h"
#include "client/awsfiles/aws_files.h"
#include "client/base/clock.h"
#include "proto/ini.h"
#include "proto/variables.h"

#define KEY "credential_process"

bool xa_foreign_outside(struct xa_error *err)
{
    struct xa_variable_wanted by = { XA_PROCESS_VARIABLE, NULL };
    xa_variables_find(&by, 1);
    const char *source = by.value;
    if (source == NULL || source[0] == '\0')
        return true;
    xa_fail(err, XA_POLICY, "this xacct was started by the " KEY " of the source '%.64s'", source);
    xa_why(err, "xacct runs that command to get credentials for itself: %.64s -> xacct -> %.64s "
           "would go round in a circle", source, source);
    return xa_hint(err, "xacct config check");
}

/* By its path; behind a name or a script it is found by the variable above. */
static bool leads_back(const char *program, const char *source, struct xa_error *err)
{
    struct stat its, ours;
    if (strchr(program, '/') == NULL || stat(program, &its) != 0 ||
        stat("/proc/self/exe", &ours) != 0 || its.st_dev != ours.st_dev ||
        its.st_ino != ours.st_ino)
        return false;
    xa_fail(err, XA_BAD_CONFIG, "the " KEY " of the source '%.64s' is xacct itself", source);
    xa_why(err, "xacct would run it to get credentials for itself, and go round in a circle");
    xa_hint(err, "%s", "");
    return true;
}

static bool profiles_have_one(void)
{
    struct xa_aws_files files;
    struct xa_error unsaid;
    bool there = xa_aws_files_init(&files, &unsaid) &&
                 ((files.config.len > 0 &&
                   memmem(files.config.at, files.config.len, KEY, strlen(KEY)) != NULL) ||
                  (files.credentials.len > 0 &&
                   memmem(files.credentials.at, files.credentials.len, KEY, strlen(KEY)) != NULL));
    xa_aws_files_finish(&files);
    return there;
}

bool xa_foreign_possible(const struct xa_client *c)
{
    return xa_config_command_any(c->paths.config, KEY) || profiles_have_one();
}

static bool find_words(const struct xa_client *c, const char *source, struct xa_words *ret,
                       struct xa_error *err)
{
    char line[XA_COMMAND_MAX];
    if (!xa_config_command_find(c->paths.config, "source", source, KEY, ret, err))
        return false;
    if (ret->argv[0] != NULL)
        return true;
    if (xa_aws_files_process(source, line, sizeof line, err))
        return xa_ini_split(xa_slice_of(line), ret->room, sizeof ret->room, ret->argv,
                            XA_COMMAND_WORDS_MAX + 1, err);
    return err->code == XA_NO_SUCH_NAME
           ? xa_fail(err, XA_BAD_CONFIG, "the source '%s' has no " KEY ", here or in the AWS files",
                     source)
           : false;
}

/* A person may have several. */
static bool name_source(const char *source, struct xa_error *err)
{
    struct xa_error before = *err;
    if (strstr(err->message, source) == NULL) {
        xa_fail(err, before.code, "the source '%s': %s", source, before.message);
        xa_why(err, "%s", before.why);
        xa_hint(err, "%s", before.hint);
    }
    return false;
}

bool xa_foreign_get(const struct xa_client *c, const char *source, int64_t deadline_ms,
                    struct xa_foreign *ret, struct xa_error *err)
{
    struct xa_words words;
    if (!find_words(c, source, &words, err) || leads_back(words.argv[0], source, err) ||
        !xa_room_lock(xa_options_has(&c->opt, XA_OPT_ALLOW_UNLOCKED), err))
        return false;
    if (!xa_output_room_lock() && xa_options_has(&c->opt, XA_OPT_VERBOSE))
        xa_note("memory for the output of %s cannot be locked (ulimit -l)", words.argv[0]);
    return (xa_process_run(words.argv, source, deadline_ms, err) &&
            xa_process_output_parse(xa_output_room.at, xa_used.output, xa_clock_unix(), ret,
                                    err)) ||
           name_source(source, err);
}
