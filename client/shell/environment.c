#include "client/shell/environment.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/output.h"
#include "client/shell/shell.h"
#include "proto/label.h"

/* contrib/prompt has this rule too, so that a shell says the same without this program. */
#define EXPIRES_DIGITS_MAX 10

#define NAME_SIZE 40         /* of the longest name, with its NUL */

/* What would win over, or linger beside, what is set (facts 7.2). */
static const char in_the_way[][NAME_SIZE] = {
    "AWS_SECURITY_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CREDENTIAL_SCOPE",
    "AWS_ACCESS_KEY", "AWS_SECRET_KEY",
    "AMAZON_ACCESS_KEY_ID", "AMAZON_SECRET_ACCESS_KEY", "AMAZON_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
};

/* The container endpoint's own. */
#define FULL_URI "AWS_CONTAINER_CREDENTIALS_FULL_URI"
#define TOKEN "AWS_CONTAINER_AUTHORIZATION_TOKEN"
static const char of_endpoint[][NAME_SIZE] = {
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    FULL_URI, TOKEN,
};

/* What is set each time, and so taken away by --unset. */
static const char ours[][NAME_SIZE] = {
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION", "AWS_ACCOUNT_ID", "XACCT_DEST", "XACCT_EXPIRES", "XACCT_LEVEL",
};
#define N_KEYS 4             /* the first of them are the credentials, with their end */

/* The region that was set last. It tells our region from the person's own, which must
 * neither be taken away by --unset nor survive from one destination to the next. */
#define REGION_MARK "XACCT_REGION"
static const char regions[][NAME_SIZE] = { "AWS_REGION", "AWS_DEFAULT_REGION" };

#define LEVEL "XACCT_LEVEL"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void add(struct xa_environment *e, enum xa_variable_kind kind, const char *name,
                struct xa_slice value)
{
    assert(e->n < COUNT(e->at));
    e->at[e->n++] = (struct xa_variable){ kind, name, value };
}

static void away(struct xa_environment *e, enum xa_variable_kind kind,
                 const char names[][NAME_SIZE], size_t n)
{
    for (size_t i = 0; i < n; i++)
        add(e, kind, names[i], (struct xa_slice){ 0 });
}

static void set(struct xa_environment *e, const char *name, struct xa_slice value)
{
    add(e, XA_VARIABLE_SET, name, value);
}

static bool same_value(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* A region that the person changed since is theirs again. */
static void unset_region(struct xa_environment *e)
{
    const char *mark = getenv(REGION_MARK);
    if (mark == NULL)
        return;
    for (size_t i = 0; i < COUNT(regions); i++)
        if (same_value(getenv(regions[i]), mark))
            add(e, XA_VARIABLE_UNSET, regions[i], (struct xa_slice){ 0 });
    add(e, XA_VARIABLE_UNSET, REGION_MARK, (struct xa_slice){ 0 });
}

/* A profile that the person chose since is theirs. */
static void unset_profile(struct xa_environment *e)
{
    if (getenv("XACCT_DEST") != NULL && same_value(getenv("AWS_PROFILE"), getenv("XACCT_DEST")))
        add(e, XA_VARIABLE_UNSET, "AWS_PROFILE", (struct xa_slice){ 0 });
}

/* The one that `exec --server` gave to this shell; a container's own is not on this address. */
static void unset_endpoint(struct xa_environment *e)
{
    static const char loopback[] = "http://127.0.0.1:";
    const char *url = getenv(FULL_URI);
    if (getenv("XACCT_DEST") == NULL || url == NULL ||
        strncmp(url, loopback, sizeof loopback - 1) != 0)
        return;
    add(e, XA_VARIABLE_UNSET, FULL_URI, (struct xa_slice){ 0 });
    add(e, XA_VARIABLE_UNSET, TOKEN, (struct xa_slice){ 0 });
}

static void set_region(struct xa_environment *e, struct xa_slice region)
{
    for (size_t i = 0; i < COUNT(regions); i++)
        set(e, regions[i], region);
    set(e, REGION_MARK, region);
}

/* A label is for the eye: one that no shell would take makes way for the name. */
static struct xa_slice label(const struct xa_credentials_result *r)
{
    return r->label.len > 0 && xa_shell_fit(r->label) ? r->label : r->name;
}

static bool fit(const struct xa_credentials_result *r, struct xa_error *err)
{
    if (!xa_shell_fit(r->access_key_id) || !xa_shell_fit(r->secret) || !xa_shell_fit(r->token))
        return xa_fail(err, XA_BAD_REPLY, "the credentials cannot be told to a shell");
    return (xa_shell_fit(r->name) && xa_shell_fit(r->region) && xa_shell_fit(r->account) &&
            xa_shell_fit(r->level)) ||
           xa_fail(err, XA_USAGE, "the destination's name, region or level cannot be told to a "
                                  "shell");
}

static void end_of_credentials(struct xa_environment *e, uint64_t expires_at)
{
    struct xa_out number = xa_out_begin(-1, e->epoch, sizeof e->epoch);
    xa_clock_utc(expires_at, e->date);
    xa_out_number(&number, expires_at);
    set(e, "AWS_CREDENTIAL_EXPIRATION", xa_slice_of(e->date));
    set(e, "XACCT_EXPIRES", (struct xa_slice){ (const uint8_t *)e->epoch, number.len });
}

static bool is_label_variable(const struct xa_credentials_result *r, const char *name)
{
    if (r->label_variables.len == 0)
        return strcmp(name, xa_label_variables[0]) == 0;
    return xa_label_list_has(r->label_variables, name);
}

/* A label of another tool, or of an earlier setting, would stay and lie. */
static void other_labels_away(struct xa_environment *e, const struct xa_credentials_result *r)
{
    for (size_t i = 0; i < XA_N_LABEL_VARIABLES; i++)
        if (!is_label_variable(r, xa_label_variables[i]))
            add(e, XA_VARIABLE_UNSET, xa_label_variables[i], (struct xa_slice){ 0 });
    if (r->level.len == 0)
        add(e, XA_VARIABLE_UNSET, LEVEL, (struct xa_slice){ 0 });
}

static void set_labels(struct xa_environment *e, const struct xa_credentials_result *r)
{
    for (size_t i = 0; i < XA_N_LABEL_VARIABLES; i++)
        if (is_label_variable(r, xa_label_variables[i]))
            set(e, xa_label_variables[i], label(r));
    set(e, "XACCT_DEST", r->name);
    if (r->level.len > 0)
        set(e, LEVEL, r->level);
}

static void begin(struct xa_environment *e, const struct xa_credentials_result *r)
{
    e->n = 0;
    away(e, XA_VARIABLE_HIDE, in_the_way, COUNT(in_the_way));
    away(e, XA_VARIABLE_HIDE, of_endpoint, COUNT(of_endpoint));
    if (r->account.len == 0)
        add(e, XA_VARIABLE_HIDE, "AWS_ACCOUNT_ID", (struct xa_slice){ 0 });
    if (r->region.len == 0)
        unset_region(e);
    other_labels_away(e, r);
}

static void end(struct xa_environment *e, const struct xa_credentials_result *r)
{
    if (r->region.len > 0)
        set_region(e, r->region);
    if (r->account.len > 0)
        set(e, "AWS_ACCOUNT_ID", r->account);
    set_labels(e, r);
}

bool xa_environment_of(const struct xa_credentials_result *r, struct xa_environment *e,
                       struct xa_error *err)
{
    if (!fit(r, err))
        return false;
    begin(e, r);
    end(e, r);
    set(e, "AWS_ACCESS_KEY_ID", r->access_key_id);
    set(e, "AWS_SECRET_ACCESS_KEY", r->secret);
    set(e, "AWS_SESSION_TOKEN", r->token);
    end_of_credentials(e, r->expires_at);
    return true;
}

/* No end is told: what is behind the address is always good. */
bool xa_environment_of_endpoint(const struct xa_credentials_result *r, const char *url,
                                const char *token, struct xa_environment *e, struct xa_error *err)
{
    if (!fit(r, err))
        return false;
    begin(e, r);
    away(e, XA_VARIABLE_HIDE, ours, N_KEYS);
    add(e, XA_VARIABLE_UNSET, "XACCT_EXPIRES", (struct xa_slice){ 0 });
    end(e, r);
    set(e, FULL_URI, xa_slice_of(url));
    set(e, TOKEN, xa_slice_of(token));
    return true;
}

/* The account would outlast a `--profile` of another one. */
bool xa_environment_of_profile(const struct xa_credentials_result *r, struct xa_environment *e,
                               struct xa_error *err)
{
    struct xa_credentials_result told = *r;
    told.account.len = 0;
    if (!fit(r, err))
        return false;
    begin(e, &told);
    away(e, XA_VARIABLE_HIDE, ours, N_KEYS);
    add(e, XA_VARIABLE_UNSET, "XACCT_EXPIRES", (struct xa_slice){ 0 });
    end(e, &told);
    set(e, "AWS_PROFILE", r->name);
    return true;
}

void xa_environment_of_nothing(struct xa_environment *e)
{
    e->n = 0;
    away(e, XA_VARIABLE_UNSET, ours, COUNT(ours));
    for (size_t i = 0; i < XA_N_LABEL_VARIABLES; i++)
        add(e, XA_VARIABLE_UNSET, xa_label_variables[i], (struct xa_slice){ 0 });
    unset_profile(e);
    unset_endpoint(e);
    unset_region(e);
}

static bool set_here(const struct xa_variable *v)
{
    char *value = malloc(v->value.len + 1);
    bool ok = value != NULL && xa_slice_copy(v->value, value, v->value.len + 1) &&
              setenv(v->name, value, 1) == 0;
    if (value != NULL)
        explicit_bzero(value, v->value.len + 1);
    free(value);
    return ok;
}

bool xa_environment_apply(const struct xa_environment *e, struct xa_error *err)
{
    for (size_t i = 0; i < e->n; i++) {
        const struct xa_variable *v = &e->at[i];
        if (v->kind == XA_VARIABLE_SET ? !set_here(v) : unsetenv(v->name) != 0)
            return xa_fail(err, XA_NO_MEMORY, "no memory for the program's environment");
    }
    return true;
}

uint64_t xa_environment_end(void)
{
    const char *text = getenv("XACCT_EXPIRES");
    size_t len = text != NULL ? strspn(text, "0123456789") : 0;
    return len > 0 && len <= EXPIRES_DIGITS_MAX && text[len] == '\0' ? strtoull(text, NULL, 10) : 0;
}
