/* The forms in which `env` and `credential-process` print credentials, besides a shell's. */
#ifndef XA_CLIENT_SHELL_FORMATS_H
#define XA_CLIENT_SHELL_FORMATS_H

#include "client/base/output.h"
#include "client/shell/environment.h"

enum xa_format {
    XA_FORMAT_ENV,           /* statements of a shell                                      */
    XA_FORMAT_PROCESS,       /* what credential_process prints (facts 5.1)                 */
    XA_FORMAT_DOTENV,        /* NAME=VALUE, a line each                                    */
    XA_FORMAT_JSON,          /* the variables as one object                                */
    XA_FORMAT_INI,           /* a profile of ~/.aws/credentials                            */
};

/* By its name; NULL is XA_FORMAT_ENV. XA_USAGE names them all. */
bool xa_format_find(const char *name, enum xa_format *ret, struct xa_error *err) XA_MUST_CHECK;

/* Append the whole of it. */
void xa_format_process(struct xa_out *o, const struct xa_credentials_result *r);
void xa_format_dotenv(struct xa_out *o, const struct xa_environment *e);
void xa_format_json(struct xa_out *o, const struct xa_environment *e);
void xa_format_ini(struct xa_out *o, const struct xa_credentials_result *r);

#endif
