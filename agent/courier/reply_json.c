/* JSON of ECR (facts 10.4) and of the sign-in page (facts 8.1). */
#include <jansson.h>
#include <string.h>

#include "agent/courier/reply_part.h"
#include "agent/courier/wipe.h"

/* Copies the member's text into room[size]. False: it is there and is no text, or too
 * long; `needed`: or it is not there. */
static bool take_text(const json_t *object, const char *key, bool needed, char *room, size_t size,
                      struct xa_slice *ret)
{
    const json_t *value = json_object_get(object, key);
    if (value == NULL)
        return !needed;
    size_t len = json_string_length(value);
    if (!json_is_string(value) || len > size)
        return false;
    memcpy(room, json_string_value(value), len);
    *ret = (struct xa_slice){ (const uint8_t *)room, len };
    return true;
}

/* Seconds since 1970, with decimals or without; these are dropped. */
static bool take_time(const json_t *object, const char *key, int64_t *ret)
{
    const json_t *value = json_object_get(object, key);
    double seconds = json_number_value(value);
    if (!json_is_number(value) || seconds < 1 || seconds > 253402300799.0)
        return false;
    *ret = (int64_t)seconds;
    return true;
}

static const char *take_ecr(const json_t *root, struct xa_reply *reply, struct xa_record *record)
{
    const json_t *all = json_object_get(root, "authorizationData");
    const json_t *one = json_array_get(all, 0);
    if (!json_is_array(all) || json_array_size(all) != 1)
        return "it does not hold one authorization";
    return take_text(one, "authorizationToken", true, reply->token, sizeof reply->token,
                     &record->token) &&
           take_text(one, "proxyEndpoint", true, reply->registry, sizeof reply->registry,
                     &record->registry) &&
           take_time(one, "expiresAt", &record->expires_at)
               ? NULL : "its authorization is not whole";
}

static const char *take_signin(const json_t *root, struct xa_reply *reply,
                               struct xa_record *record)
{
    return take_text(root, "SigninToken", true, reply->token, sizeof reply->token, &record->token)
               ? NULL : "it holds no SigninToken";
}

/* "com.amazonaws.ecr#ServerException": the code is behind the '#'. */
static struct xa_slice bare_code(struct xa_slice code)
{
    const uint8_t *hash = code.len > 0 ? memchr(code.at, '#', code.len) : NULL;
    if (hash != NULL)
        code = (struct xa_slice){ hash + 1, code.len - (size_t)(hash - code.at) - 1 };
    return xa_is_graphic(code) ? code : (struct xa_slice){ 0 };
}

static const char *take_error(const json_t *root, struct xa_reply *reply,
                              struct xa_record *record)
{
    struct xa_slice code = { 0 };
    const char *message = json_string_value(json_object_get(root, "message"));
    if (message == NULL)
        message = json_string_value(json_object_get(root, "Message"));
    size_t len = message != NULL ? strlen(message) : 0;
    if (len > sizeof reply->aws_message)
        len = sizeof reply->aws_message;
    if (len > 0) {
        memcpy(reply->aws_message, message, len);
        record->aws_message = reply_readable(reply->aws_message, len);
    }
    if (take_text(root, "__type", false, reply->aws_code, sizeof reply->aws_code, &code))
        record->aws_code = bare_code(code);
    return NULL;
}

const char *reply_json(enum xa_answer answer, bool success, struct xa_slice body,
                       struct xa_reply *reply, struct xa_record *record)
{
    const char *fault;
    json_set_alloc_funcs(xa_wipe_malloc, xa_wipe_free);      /* M6 */
    json_t *root = json_loadb((const char *)body.at, body.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(root))
        fault = "it is not JSON as it should be";
    else if (!success)
        fault = take_error(root, reply, record);
    else if (answer == XA_ANSWER_ECR_TOKEN)
        fault = take_ecr(root, reply, record);
    else
        fault = take_signin(root, reply, record);
    json_decref(root);
    return fault;
}
