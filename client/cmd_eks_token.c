/* eks-token: an ExecCredential for kubectl and every client of its kind (facts 10.1). */
#include <stdlib.h>
#include <string.h>

#include "client/base/json.h"
#include "client/base/json_read.h"
#include "client/commands.h"
#include "client/requests/token.h"

#define GROUP "client.authentication.k8s.io/"
#define INFO "KUBERNETES_EXEC_INFO"

/* The answer must have the version that was asked for. Without a word of that it is v1beta1,
 * which all that is still supported can read. */
static bool find_version(const char **ret, struct xa_error *err)
{
    static char text[128 * 1024];         /* what the kernel allows in a variable          */
    const char *info = getenv(INFO);
    struct xa_slice asked;
    *ret = GROUP "v1beta1";
    if (info == NULL || info[0] == '\0')
        return true;
    if (!xa_slice_copy(xa_slice_of(info), text, sizeof text))
        return xa_fail(err, XA_USAGE, INFO " is longer than %zu bytes", sizeof text - 1);
    struct xa_json_reader r = { (uint8_t *)text, (uint8_t *)text + strlen(text), false };
    if (!xa_json_find_text(&r, "apiVersion", &asked))
        return xa_fail(err, XA_USAGE, INFO " is not JSON as kubectl writes it");
    if (xa_slice_is(asked, GROUP "v1"))
        *ret = GROUP "v1";
    if (asked.len == 0 || xa_slice_is(asked, *ret))
        return true;
    xa_fail(err, XA_USAGE, INFO " asks for an answer in %.*s, which no cluster takes any more",
            asked.len > 100 ? 100 : (int)asked.len, (const char *)asked.at);
    return xa_hint(err, "apiVersion: " GROUP "v1 in the kubeconfig's exec section");
}

static bool print(const struct xa_token_result *token, const char *version, struct xa_error *err)
{
    struct xa_out o = xa_out_stdout(true);
    struct xa_json j = xa_json_begin(&o);
    xa_json_open(&j, NULL, '{');
    xa_json_text(&j, "kind", xa_slice_of("ExecCredential"));
    xa_json_text(&j, "apiVersion", xa_slice_of(version));
    xa_json_open(&j, "spec", '{');
    xa_json_close(&j, '}');
    xa_json_open(&j, "status", '{');
    xa_json_time(&j, "expirationTimestamp", token->expires_at);
    xa_json_text(&j, "token", token->token);
    xa_json_close(&j, '}');
    xa_json_close(&j, '}');
    xa_out_char(&o, '\n');
    return xa_out_finish(&o, err);
}

bool xa_cmd_eks_token(struct xa_client *c, struct xa_error *err)
{
    struct xa_token ask = { .kind = XA_TOKEN_EKS, .cluster = xa_slice_of(c->opt.cluster) };
    struct xa_token_result r;
    const char *version;
    if (c->opt.cluster == NULL)
        return xa_fail(err, XA_USAGE, "eks-token: it takes --cluster");
    return find_version(&version, err) && xa_token_get(c, &ask, &r, err) &&
           print(&r, version, err);
}
