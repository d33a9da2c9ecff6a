#include "client/requests/credentials.h"

#include "client/awsfiles/aws_files.h"
#include "client/base/output.h"
#include "client/base/room.h"
#include "client/requests/expect.h"
#include "client/requests/request.h"
#include "client/requests/wish.h"
#include "proto/chars.h"

bool xa_credentials_fit(struct xa_slice value)
{
    return value.len > 0 && xa_chars_all(value, XA_CHARS_CREDENTIAL);
}

static bool unfit(const char *what, struct xa_error *err)
{
    xa_fail(err, XA_BAD_REPLY, "the %s holds a character that does not belong there", what);
    return xa_why(err, "a shell or a parser could misread it, so nothing was printed");
}

static bool judge(const struct xa_client *c, const struct xa_credentials_result *r,
                  struct xa_error *err)
{
    if (!xa_credentials_fit(r->access_key_id))
        return unfit("access key id", err);
    if (!xa_credentials_fit(r->secret))
        return unfit("secret key", err);
    if (!xa_credentials_fit(r->token))
        return unfit("session token", err);
    if (r->expires_at == 0)
        return xa_fail(err, XA_BAD_REPLY, "the answer does not say when the credentials end");
    return c->opt.expect == NULL || xa_expect_met(c->opt.expect, r->account, r->arn, err);
}

const char *xa_credentials_progress(const char *name)
{
    static char text[96];
    struct xa_slice part = xa_slice_of(name);
    struct xa_out o = xa_out_begin(-1, text, sizeof text - 1);
    if (part.len > 64)
        part.len = 64;
    xa_out_text(&o, "asking AWS for ");
    xa_out_slice(&o, part);
    xa_out_text(&o, " …");
    text[o.len] = '\0';
    return text;
}

/* The agent does not read the credentials file: what stands there may be what is meant. */
static bool explain_missing(const struct xa_client *c, struct xa_error *err)
{
    const char *name = xa_client_name(c, 0);
    struct xa_aws_files files;
    struct xa_profile_value key;
    struct xa_error unsaid;
    if (err->code != XA_NO_SUCH_NAME)
        return false;
    bool read = xa_aws_files_init(&files, &unsaid);
    const struct xa_profile *profile =
        read ? xa_profiles_find(files.profiles, xa_slice_of(name)) : NULL;
    if (profile != NULL &&
        xa_profile_find_key(files.profiles, profile, "aws_secret_access_key", &key)) {
        xa_fail(err, XA_NO_SUCH_NAME, "'%s' has its keys in an AWS file in clear", name);
        xa_why(err, "xacct does not use them where they are; the vault can hold them");
        xa_hint(err, "xacct import %s", name);
    }
    xa_aws_files_finish(&files);
    return false;
}

bool xa_credentials_get(struct xa_client *c, struct xa_credentials_result *ret,
                        struct xa_error *err)
{
    struct xa_credentials ask = { 0 };
    struct xa_call call = { XA_CREDENTIALS, &xa_msg_credentials, &ask, &ask.asking,
                            &xa_msg_credentials_result, ret,
                            xa_credentials_progress(xa_client_name(c, 0)) };
    if (!xa_wish_fill(c, &ask.wish, err))
        return false;
    if (!xa_result_room_lock() && xa_options_has(&c->opt, XA_OPT_VERBOSE))
        xa_note("memory for the credentials cannot be locked (ulimit -l)");
    if (!xa_request(c, &call, err))
        return explain_missing(c, err);
    return judge(c, ret, err);
}
