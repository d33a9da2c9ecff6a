/* rds-token: the password of a database user who signs in by IAM (facts 10.2). */
#include "client/commands.h"
#include "client/requests/token.h"

bool xa_cmd_rds_token(struct xa_client *c, struct xa_error *err)
{
    struct xa_token ask = {
        .kind = XA_TOKEN_RDS,
        .host = xa_slice_of(c->opt.host),
        .port = c->opt.port,
        .user = xa_slice_of(c->opt.user),
    };
    struct xa_token_result r;
    if (c->opt.host == NULL || c->opt.user == NULL)
        return xa_fail(err, XA_USAGE, "rds-token: it takes --host, --port and --user");
    if (c->opt.port == 0) {
        xa_fail(err, XA_USAGE, "rds-token: which --port? It is part of what is signed");
        return xa_hint(err, "--port 5432 for PostgreSQL, --port 3306 for MySQL and MariaDB");
    }
    if (!xa_token_get(c, &ask, &r, err))
        return false;
    struct xa_out o = xa_out_stdout(true);
    xa_out_slice(&o, r.token);
    xa_out_char(&o, '\n');
    return xa_out_finish(&o, err);
}
