#include <stdio.h>
#include <string.h>

#include "client/awsfiles/import.h"
#include "client/base/key_check.h"

/* --- failures --------------------------------------------------------------------------- */

void xa_import_failed(struct xa_import *im, struct xa_slice name, const struct xa_error *err)
{
    if (im->n_asked > 1)
        xa_note("not imported '%.*s': %s", (int)name.len, (const char *)name.at, err->message);
    if (im->n_failed++ == 0 || xa_code_exit(err->code) > xa_code_exit(im->worst.code))
        im->worst = *err;
}

void xa_import_left(struct xa_import *im, const struct xa_error *why)
{
    if (im->n_asked > 1)
        xa_note("%s", why->message);
    if (im->n_left++ == 0)
        im->left = *why;
}

static bool conclude_left(const struct xa_import *im, struct xa_error *err)
{
    *err = im->left;
    if (im->n_asked > 1)
        xa_fail(err, im->left.code, "the lines of %zu of %zu keys were left in the files",
                im->n_left, im->n_asked);
    return xa_hint(err, "%s", "");
}

bool xa_import_conclude(const struct xa_import *im, struct xa_error *err)
{
    if (im->n_failed == 0)
        return im->n_left == 0 || conclude_left(im, err);
    *err = im->worst;
    if (im->n_asked == 1)
        return false;
    xa_fail(err, im->worst.code, "%zu of %zu keys %s not imported", im->n_failed, im->n_asked,
            im->n_failed == 1 ? "was" : "were");
    return xa_hint(err, "%s", im->worst.hint);
}

/* --- which profiles --------------------------------------------------------------------- */

static struct xa_slice find_value(const struct xa_import *im, const struct xa_profile *profile,
                                  const char *key, struct xa_import_item *item)
{
    struct xa_profile_value value;
    if (!xa_profile_find_key(im->files.profiles, profile, key, &value))
        return (struct xa_slice){ 0 };
    item->continued |= value.has_more;
    item->file = value.file;
    item->line = value.line;
    return value.text;
}

/* False if the profile has no key at all, not even half of one. */
static bool take_profile(struct xa_import *im, const struct xa_profile *profile)
{
    struct xa_import_item item = { .key.name = xa_profile_name(profile) };
    struct xa_import_item unused = { 0 };
    item.key.access_key_id = find_value(im, profile, "aws_access_key_id", &item);
    item.key.secret = find_value(im, profile, "aws_secret_access_key", &item);
    if (item.key.access_key_id.len == 0 && item.key.secret.len == 0)
        return false;
    item.temporary = find_value(im, profile, "aws_session_token", &unused).len > 0 ||
                     find_value(im, profile, "aws_security_token", &unused).len > 0;
    im->items[im->n_items++] = item;
    return true;
}

static void take_all(struct xa_import *im)
{
    uint32_t cursor = 0;
    const struct xa_profile *profile;
    while ((profile = xa_profiles_next(im->files.profiles, &cursor)) != NULL)
        (void)take_profile(im, profile);
    im->n_asked = im->n_items;
}

static bool is_taken_up(const struct xa_import *im, const char *name)
{
    for (size_t i = 0; i < im->n_items; i++)
        if (xa_slice_is(im->items[i].key.name, name))
            return true;
    return false;
}

static void take_named(struct xa_import *im)
{
    struct xa_error err;
    im->n_asked = im->client->n_names;
    for (size_t i = 0; i < im->client->n_names; i++) {
        struct xa_slice name = xa_slice_of(xa_client_name(im->client, i));
        const struct xa_profile *profile = xa_profiles_find(im->files.profiles, name);
        if (is_taken_up(im, xa_client_name(im->client, i)) ||
            (profile != NULL && take_profile(im, profile)))
            continue;
        xa_fail(&err, XA_NO_SUCH_NAME, "there is no %s in %s or %s",
                profile != NULL ? "key of that profile" : "profile of that name",
                im->files.paths.at[XA_AWSFILE_CREDENTIALS], im->files.paths.at[XA_AWSFILE_CONFIG]);
        xa_hint(&err, "xacct import --all --dry-run");
        xa_import_failed(im, name, &err);
    }
}

/* --- what can be stored ------------------------------------------------------------------- */

static bool at_line(const struct xa_import_item *item, const char *what, struct xa_error *err)
{
    xa_fail(err, XA_BAD_CONFIG, "%s:%u: %s", item->file, item->line, what);
    return xa_hint(err, "the same command again, once that line is mended");
}

static bool check(const struct xa_import_item *item, struct xa_error *err)
{
    if (item->temporary) {
        xa_fail(err, XA_USAGE, "it is a temporary key, with a session token, and ends by itself");
        return xa_why(err, "xacct keeps long-lived keys and makes temporary ones from them");
    }
    if (item->continued)
        return at_line(item, "a value goes on in the next line, which begins with a blank", err);
    if (item->key.secret.len == 0)
        return at_line(item, "half a key: aws_secret_access_key is missing", err);
    if (item->key.access_key_id.len == 0)
        return at_line(item, "half a key: aws_access_key_id is missing", err);
    return xa_key_id_valid(item->key.access_key_id, err) &&
           xa_key_secret_valid(item->key.secret, err);
}

/* Asked for by name, a temporary key is a failure; among all it is passed over. */
static bool judge(struct xa_import *im, const struct xa_import_item *item)
{
    struct xa_error err;
    if (check(item, &err))
        return true;
    if (!item->temporary || im->client->n_names > 0)
        xa_import_failed(im, item->key.name, &err);
    else if (!xa_options_has(&im->client->opt, XA_OPT_QUIET))
        xa_note("skipped '%.*s': %s", XA_IMPORT_NAME(item), err.message);
    return false;
}

static void drop_unfit(struct xa_import *im)
{
    size_t n = 0;
    for (size_t i = 0; i < im->n_items; i++)
        if (judge(im, &im->items[i]))
            im->items[n++] = im->items[i];
    im->n_items = n;
}

static bool fail_unnamed(struct xa_import *im, struct xa_error *err)
{
    char names[256] = "";
    size_t len = 0;
    const struct xa_import_item *first = NULL;
    bool cut = false;
    take_all(im);
    for (size_t i = 0; i < im->n_items && !cut; i++) {
        const struct xa_import_item *item = &im->items[i];
        if (!check(item, err))
            continue;
        cut = len + XA_NAME_MAX + sizeof ", " > sizeof names;
        if (!cut)
            len += (size_t)snprintf(names + len, sizeof names - len, "%s%.*s",
                                    first != NULL ? ", " : "", XA_IMPORT_NAME(item));
        first = first != NULL ? first : item;
    }
    if (first == NULL)
        return xa_fail(err, XA_USAGE, "no name was given, and there is no key to import in %s or "
                       "%s", im->files.paths.at[XA_AWSFILE_CREDENTIALS],
                       im->files.paths.at[XA_AWSFILE_CONFIG]);
    xa_fail(err, XA_USAGE, "no name was given; these have a key: %s%s", names, cut ? " …" : "");
    return xa_hint(err, "xacct import %.*s, or xacct import --all", XA_IMPORT_NAME(first));
}

bool xa_import_select(struct xa_import *im, struct xa_error *err)
{
    bool all = xa_options_has(&im->client->opt, XA_OPT_ALL);
    if (all && im->client->n_names > 0)
        return xa_fail(err, XA_USAGE, "names and --all: which of the two?");
    if (!all && im->client->n_names == 0)
        return fail_unnamed(im, err);
    if (all)
        take_all(im);
    else
        take_named(im);
    drop_unfit(im);
    return true;
}
