#include "client/shell/formats.h"

#include <string.h>

#include "client/base/json.h"

bool xa_format_find(const char *name, enum xa_format *ret, struct xa_error *err)
{
    static const struct { char name[8]; enum xa_format format; } known[] = {
        { "env", XA_FORMAT_ENV }, { "process", XA_FORMAT_PROCESS },
        { "dotenv", XA_FORMAT_DOTENV }, { "json", XA_FORMAT_JSON }, { "ini", XA_FORMAT_INI },
    };
    *ret = XA_FORMAT_ENV;
    if (name == NULL)
        return true;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i].name) == 0) {
            *ret = known[i].format;
            return true;
        }
    return xa_fail(err, XA_USAGE, "--format: '%s' is none of process, env, dotenv, json, ini",
                   name);
}

void xa_format_process(struct xa_out *o, const struct xa_credentials_result *r)
{
    struct xa_json j = xa_json_begin(o);
    xa_json_open(&j, NULL, '{');
    xa_json_number(&j, "Version", 1);
    xa_json_plain(&j, "AccessKeyId", r->access_key_id);      /* xa_credentials_fit */
    xa_json_plain(&j, "SecretAccessKey", r->secret);
    xa_json_plain(&j, "SessionToken", r->token);
    xa_json_plain(&j, "Token", r->token);    /* older aws-c-auth (facts 5.4) */
    xa_json_time(&j, "Expiration", r->expires_at);
    if (r->account.len > 0)
        xa_json_text(&j, "AccountId", r->account);
    xa_json_close(&j, '}');
    xa_out_char(o, '\n');
}

/* No quotes: what is set is fit for a shell, so there is nothing in it to be quoted but
 * single blanks in a name, which every reader of such files keeps. */
void xa_format_dotenv(struct xa_out *o, const struct xa_environment *e)
{
    for (size_t i = 0; i < e->n; i++) {
        if (e->at[i].kind != XA_VARIABLE_SET)
            continue;
        xa_out_text(o, e->at[i].name);
        xa_out_char(o, '=');
        xa_out_slice(o, e->at[i].value);
        xa_out_char(o, '\n');
    }
}

void xa_format_json(struct xa_out *o, const struct xa_environment *e)
{
    struct xa_json j = xa_json_begin(o);
    xa_json_open(&j, NULL, '{');
    for (size_t i = 0; i < e->n; i++)
        if (e->at[i].kind == XA_VARIABLE_SET)
            xa_json_text(&j, e->at[i].name, e->at[i].value);
    xa_json_close(&j, '}');
    xa_out_char(o, '\n');
}

static void key(struct xa_out *o, const char *name, struct xa_slice value)
{
    if (value.len == 0)
        return;
    xa_out_text(o, name);
    xa_out_text(o, " = ");
    xa_out_slice(o, value);
    xa_out_char(o, '\n');
}

void xa_format_ini(struct xa_out *o, const struct xa_credentials_result *r)
{
    xa_out_char(o, '[');
    xa_out_slice(o, r->name);
    xa_out_text(o, "]\n");
    key(o, "aws_access_key_id", r->access_key_id);
    key(o, "aws_secret_access_key", r->secret);
    key(o, "aws_session_token", r->token);
    key(o, "region", r->region);
}
