#include "agent/courier/reply_policy.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/courier/wipe.h"

#define DEPTH_MAX 16         /* as N4 has it for XML; a policy needs six */

/* --- reading ----------------------------------------------------------------- */

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool xa_reply_policy_decode(char *at, size_t *len)
{
    size_t to = 0;
    for (size_t i = 0; i < *len; i++) {
        if (at[i] != '%') {
            at[to++] = at[i];
            continue;
        }
        int high = *len - i > 2 ? hex_value(at[i + 1]) : -1;
        int low = *len - i > 2 ? hex_value(at[i + 2]) : -1;
        if (high < 0 || low < 0)
            return false;
        at[to++] = (char)(high << 4 | low);
        i += 2;
    }
    *len = to;
    return true;
}

/* Jansson would go down 2,048 levels, and back up when it frees them. */
static bool too_deep(struct xa_slice json)
{
    unsigned depth = 0;
    bool in_text = false;
    for (size_t i = 0; i < json.len; i++) {
        uint8_t c = json.at[i];
        if (c == '"')
            in_text = !in_text;
        else if (in_text && c == '\\')
            i++;
        else if (!in_text && (c == '{' || c == '[') && ++depth > DEPTH_MAX)
            return true;
        else if (!in_text && (c == '}' || c == ']') && depth > 0)
            depth--;
    }
    return false;
}

/* The caller's to free. NULL: it is no object. */
static json_t *load(struct xa_slice json)
{
    if (json.len == 0 || too_deep(json))
        return NULL;
    json_set_alloc_funcs(xa_wipe_malloc, xa_wipe_free);      /* M6 */
    json_t *root = json_loadb((const char *)json.at, json.len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(root))
        return root;
    json_decref(root);
    return NULL;
}

/* --- writing ------------------------------------------------------------------- */

/* What jansson writes, on its way to the writer. */
struct pen {
    struct xa_writer *to;
    bool bare, began, holds_quote;     /* bare: without the quotes around it          */
    bool is_word;                      /* a blank becomes \u0020                      */
};

/* DEL is ASCII and is not printable: jansson leaves it as it is. */
static void write_byte(const struct pen *pen, char c)
{
    if (c == 0x7f)
        xa_write_bytes(pen->to, "\\u007f", 6);
    else if (c == ' ' && pen->is_word)
        xa_write_bytes(pen->to, "\\u0020", 6);
    else
        xa_write_u8(pen->to, (uint8_t)c);
}

/* Called by jansson, with parts as it likes. A quote is held back until something
 * follows it: the last one never comes. */
static int on_json(const char *at, size_t len, void *ctx)
{
    struct pen *pen = ctx;
    for (size_t i = 0; i < len; i++) {
        bool first = !pen->began;
        pen->began = true;
        if (pen->bare && first)
            continue;
        if (pen->holds_quote)
            write_byte(pen, '"');
        pen->holds_quote = pen->bare && at[i] == '"';
        if (!pen->holds_quote)
            write_byte(pen, at[i]);
    }
    return pen->to->bad ? -1 : 0;
}

/* False: jansson has no memory, or the writer no room. */
static bool write_json(struct pen pen, const json_t *value)
{
    const size_t form = JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII | JSON_ENCODE_ANY;
    if (json_dump_callback(value, on_json, &pen, form) != 0)
        pen.to->bad = true;
    return !pen.to->bad;
}

bool xa_reply_policy_normalise(struct xa_slice json, struct xa_writer *ret)
{
    json_t *root = load(json);
    bool done = root != NULL && write_json((struct pen){ .to = ret }, root);
    json_decref(root);
    return done;
}

static void write_text(struct xa_writer *w, const char *text)
{
    xa_write_bytes(w, text, strlen(text));
}

static void write_value(struct xa_writer *w, const json_t *value)
{
    (void)write_json((struct pen){ .to = w, .bare = json_is_string(value) }, value);
}

static void write_word(struct xa_writer *w, const char *text)
{
    json_t *word = json_string(text);
    (void)write_json((struct pen){ .to = w, .bare = true, .is_word = true }, word);
    json_decref(word);
}

/* --- statements, line by line ---------------------------------------------------- */

/* One value counts as a list of one. */
static size_t count(const json_t *value)
{
    return json_is_array(value) ? json_array_size(value) : 1;
}

static const json_t *item(const json_t *value, size_t i)
{
    return json_is_array(value) ? json_array_get(value, i) : value;
}

/* `KEY TEXT` for each of at least one. */
static bool write_each(struct xa_writer *w, const char *key, const json_t *value)
{
    for (size_t i = 0; i < count(value); i++) {
        if (!json_is_string(item(value, i)))
            return false;
        write_text(w, key);
        write_value(w, item(value, i));
        write_text(w, "\n");
    }
    return count(value) > 0;
}

static bool write_principals(struct xa_writer *w, const char *key, const json_t *value)
{
    static const char *const types[] = { "AWS", "CanonicalUser", "Federated", "Service" };
    size_t n = 0;
    if (json_is_string(value)) {
        write_text(w, key);
        write_text(w, "* *\n");
        return strcmp(json_string_value(value), "*") == 0;
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char start[64];
        const json_t *of = json_object_get(value, types[i]);
        if (of == NULL)
            continue;
        snprintf(start, sizeof start, "%s%s ", key, types[i]);
        n++;
        if (!write_each(w, start, of))
            return false;
    }
    return n > 0 && n == json_object_size(value);      /* and no other type */
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The caller's to free by xa_wipe_free. NULL: no memory is left. */
static const char **sorted_keys(const json_t *object)
{
    size_t n = 0;
    const char **keys = xa_wipe_calloc(json_object_size(object) + 1, sizeof *keys);
    void *at = json_object_iter((json_t *)object);
    for (; keys != NULL && at != NULL; at = json_object_iter_next((json_t *)object, at))
        keys[n++] = json_object_iter_key(at);
    if (keys != NULL)
        qsort(keys, n, sizeof *keys, compare_keys);
    return keys;
}

static bool write_condition(struct xa_writer *w, const char *operator, const char *key,
                            const json_t *values)
{
    for (size_t i = 0; i < count(values) || (i == 0 && count(values) == 0); i++) {
        const json_t *value = item(values, i);
        write_text(w, "condition ");
        write_word(w, operator);
        write_text(w, " ");
        write_word(w, key);
        write_text(w, " ");
        if (json_is_string(value) || json_is_number(value) || json_is_boolean(value))
            write_value(w, value);
        else if (value != NULL)
            return false;
        write_text(w, "\n");
    }
    return true;
}

static bool write_operator(struct xa_writer *w, const char *operator, const json_t *conditions)
{
    const char **keys = json_is_object(conditions) ? sorted_keys(conditions) : NULL;
    bool sound = keys != NULL;
    for (size_t i = 0; sound && keys[i] != NULL; i++)
        sound = write_condition(w, operator, keys[i], json_object_get(conditions, keys[i]));
    xa_wipe_free(keys);
    return sound;
}

static bool write_conditions(struct xa_writer *w, const json_t *all)
{
    const char **operators = json_is_object(all) ? sorted_keys(all) : NULL;
    bool sound = operators != NULL;
    for (size_t i = 0; sound && operators[i] != NULL; i++)
        sound = write_operator(w, operators[i], json_object_get(all, operators[i]));
    xa_wipe_free(operators);
    return sound;
}

/* The elements of a statement, each pair one that excludes the other. */
static const struct {
    const char *name, *other, *key, *other_key;
    bool (*write)(struct xa_writer *w, const char *key, const json_t *value);
    bool needed;
} pairs[] = {
    { "Principal", "NotPrincipal", "principal ", "notprincipal ", write_principals, false },
    { "Action", "NotAction", "action ", "notaction ", write_each, true },
    { "Resource", "NotResource", "resource ", "notresource ", write_each, false },
};
#define N_PAIRS (sizeof pairs / sizeof pairs[0])

static bool write_pairs(struct xa_writer *w, const json_t *statement, size_t *n_known)
{
    for (size_t i = 0; i < N_PAIRS; i++) {
        const json_t *one = json_object_get(statement, pairs[i].name);
        const json_t *other = json_object_get(statement, pairs[i].other);
        if ((one != NULL && other != NULL) || (pairs[i].needed && one == NULL && other == NULL))
            return false;
        if (one != NULL && !pairs[i].write(w, pairs[i].key, one))
            return false;
        if (other != NULL && !pairs[i].write(w, pairs[i].other_key, other))
            return false;
        *n_known += one != NULL || other != NULL;
    }
    return true;
}

static bool write_statement(struct xa_writer *w, const json_t *statement)
{
    const json_t *sid = json_object_get(statement, "Sid");
    const json_t *effect = json_object_get(statement, "Effect");
    const json_t *condition = json_object_get(statement, "Condition");
    size_t n_known = 1 + (sid != NULL) + (condition != NULL);

    if ((sid != NULL && !json_is_string(sid)) || !json_is_string(effect) ||
        (strcmp(json_string_value(effect), "Allow") != 0 &&
         strcmp(json_string_value(effect), "Deny") != 0))
        return false;
    write_text(w, "statement ");
    if (json_string_length(sid) > 0)
        write_value(w, sid);
    else
        write_text(w, "-");
    write_text(w, "\neffect ");
    write_value(w, effect);
    write_text(w, "\n");
    return write_pairs(w, statement, &n_known) &&
           (condition == NULL || write_conditions(w, condition)) &&
           n_known == json_object_size(statement);
}

const char *xa_reply_policy(struct xa_slice json, struct xa_writer *document,
                            struct xa_writer *lines)
{
    json_t *root = load(json);
    const json_t *statements = json_object_get(root, "Statement");
    bool sound = json_is_object(statements) || json_is_array(statements);
    for (size_t i = 0; sound && i < count(statements); i++)
        sound = write_statement(lines, item(statements, i));
    if (sound)
        (void)write_json((struct pen){ .to = document }, root);
    json_decref(root);
    return sound ? NULL : "its policy is no policy document";
}
