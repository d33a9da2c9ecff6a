#include "agent/vault/body.h"

#include <assert.h>
#include <string.h>

#include "agent/vault/store.h"

#define VERSION 1
#define COUNT_LEN 4                    /* version and number of entries */

/* --- what an entry may be ------------------------------------------------------ */

static bool is_alnum(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool xa_entry_name_valid(struct xa_slice name)
{
    if (name.len < 1 || name.len > XA_NAME_MAX || !(is_alnum(name.at[0]) || name.at[0] == '_'))
        return false;
    for (size_t i = 1; i < name.len; i++)
        if (name.at[i] == '\0' || !(is_alnum(name.at[i]) || strchr("_.@:+/%-", name.at[i]) != NULL))
            return false;
    return true;
}

static bool graphic(struct xa_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] <= 0x20 || text.at[i] >= 0x7f)
            return false;
    return true;
}

static bool key_id_valid(struct xa_slice id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!is_alnum(id.at[i]) && id.at[i] != '_')
            return false;
    return id.len >= XA_ACCESS_KEY_ID_MIN && id.len <= XA_ACCESS_KEY_ID_MAX;
}

static bool account_valid(struct xa_slice account)
{
    for (size_t i = 0; i < account.len; i++)
        if (account.at[i] < '0' || account.at[i] > '9')
            return false;
    return account.len == 0 || account.len == XA_ACCOUNT_LEN;
}

bool xa_entry_valid(const struct xa_entry *e)
{
    return xa_entry_name_valid(e->name) && key_id_valid(e->access_key_id) &&
           e->secret.len >= 1 && e->secret.len <= XA_SECRET_KEY_MAX && graphic(e->secret) &&
           account_valid(e->account) && e->arn.len <= XA_ARN_MAX && xa_text_printable(e->arn) &&
           e->created_at >= 0;
}

static int compare(struct xa_slice a, struct xa_slice b)
{
    int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* --- reading ------------------------------------------------------------------- */

static struct xa_slice read_text(struct xa_reader *r)
{
    size_t len = xa_read_u16(r);
    return xa_read_bytes(r, len);
}

static struct xa_entry read_entry(struct xa_reader *r)
{
    struct xa_entry e;
    e.name = read_text(r);
    e.access_key_id = read_text(r);
    e.secret = read_text(r);
    e.account = read_text(r);
    e.arn = read_text(r);
    e.created_at = (int64_t)xa_read_u64(r);
    return e;
}

static size_t read_count(struct xa_reader *r)
{
    (void)xa_read_u16(r);
    return xa_read_u16(r);
}

static bool damaged(struct xa_error *err)
{
    return xa_fail(err, XA_VAULT_DAMAGED, "the vault's content does not parse");
}

bool xa_body_check(struct xa_slice body, size_t *ret_n, struct xa_error *err)
{
    struct xa_reader r = xa_reader_init(body);
    uint16_t version = xa_read_u16(&r);
    if (!r.bad && version != VERSION)
        return xa_fail(err, XA_VAULT_DAMAGED,
                       "the vault's content has version %u, this xacct reads version %u",
                       version, VERSION);
    size_t n = xa_read_u16(&r);
    if (r.bad || n > XA_VAULT_ENTRIES_MAX)
        return damaged(err);
    struct xa_slice last = { 0 };
    for (size_t i = 0; i < n; i++) {
        struct xa_entry e = read_entry(&r);
        if (r.bad || !xa_entry_valid(&e) || (i > 0 && compare(last, e.name) >= 0))
            return damaged(err);
        last = e.name;
    }
    for (const uint8_t *p = r.at; p < r.end; p++)
        if (*p != 0)
            return damaged(err);
    *ret_n = n;
    return true;
}

bool xa_body_at(struct xa_slice body, size_t index, struct xa_entry *ret)
{
    struct xa_reader r = xa_reader_init(body);
    if (index >= read_count(&r))
        return false;
    struct xa_entry e = read_entry(&r);
    while (index-- > 0)
        e = read_entry(&r);
    assert(!r.bad);
    *ret = e;
    return true;
}

bool xa_body_find(struct xa_slice body, struct xa_slice name, struct xa_entry *ret)
{
    struct xa_reader r = xa_reader_init(body);
    for (size_t n = read_count(&r); n > 0; n--) {
        struct xa_entry e = read_entry(&r);
        assert(!r.bad);
        if (e.name.len == name.len && memcmp(e.name.at, name.at, name.len) == 0) {
            *ret = e;
            return true;
        }
    }
    return false;
}

/* --- writing ------------------------------------------------------------------- */

static size_t entry_len(const struct xa_entry *e)
{
    return 5 * 2 + e->name.len + e->access_key_id.len + e->secret.len + e->account.len +
           e->arn.len + 8;
}

static void write_text(struct xa_writer *w, struct xa_slice text)
{
    xa_write_u16(w, (uint16_t)text.len);
    xa_write_bytes(w, text.at, text.len);
}

static void write_entry(struct xa_writer *w, const struct xa_entry *e)
{
    write_text(w, e->name);
    write_text(w, e->access_key_id);
    write_text(w, e->secret);
    write_text(w, e->account);
    write_text(w, e->arn);
    xa_write_u64(w, (uint64_t)e->created_at);
}

static struct xa_secret *new_blocks(size_t len, struct xa_error *err)
{
    return xa_secret_new((len + XA_STORE_BLOCK - 1) / XA_STORE_BLOCK * XA_STORE_BLOCK, err);
}

struct xa_secret *xa_body_new(struct xa_error *err)
{
    struct xa_secret *body = new_blocks(COUNT_LEN, err);
    if (body == NULL)
        return NULL;
    struct xa_writer w = xa_writer_init(xa_secret_fill(body), COUNT_LEN);
    xa_write_u16(&w, VERSION);
    xa_write_u16(&w, 0);
    xa_secret_seal(body);
    return body;
}

/* Whether the change can be made, and what it makes of count and length. */
static bool measure(struct xa_slice body, const struct xa_body_change *change, size_t *n,
                    size_t *len, struct xa_error *err)
{
    struct xa_reader r = xa_reader_init(body);
    *n = read_count(&r);
    for (size_t i = 0; i < *n; i++)
        (void)read_entry(&r);
    *len = (size_t)(r.at - body.at);
    struct xa_entry e;
    if (change->remove.len > 0) {
        if (!xa_body_find(body, change->remove, &e))
            return xa_fail(err, XA_NO_SUCH_NAME, "the vault holds no key '%.*s'",
                           (int)change->remove.len, (const char *)change->remove.at);
        *len -= entry_len(&e);
        --*n;
    }
    if (change->add != NULL) {
        if (!xa_slice_same(change->add->name, change->remove) &&
            xa_body_find(body, change->add->name, &e))
            return xa_fail(err, XA_NAME_TAKEN, "the vault holds a key '%.*s' already",
                           (int)e.name.len, (const char *)e.name.at);
        *len += entry_len(change->add);
        ++*n;
    }
    if (*n > XA_VAULT_ENTRIES_MAX || *len > XA_STORE_BODY_MAX)
        return xa_fail(err, XA_IO, "the vault is full: it holds %u keys or 1 MiB at most",
                       XA_VAULT_ENTRIES_MAX);
    return true;
}

struct xa_secret *xa_body_changed(struct xa_slice body, const struct xa_body_change *change,
                                  struct xa_error *err)
{
    size_t n, len;
    if (!measure(body, change, &n, &len, err))
        return NULL;
    struct xa_secret *changed = new_blocks(len, err);
    if (changed == NULL)
        return NULL;
    struct xa_writer w = xa_writer_init(xa_secret_fill(changed), len);
    xa_write_u16(&w, VERSION);
    xa_write_u16(&w, (uint16_t)n);
    struct xa_reader r = xa_reader_init(body);
    const struct xa_entry *add = change->add;
    for (size_t left = read_count(&r); left > 0; left--) {
        struct xa_entry e = read_entry(&r);
        if (add != NULL && compare(add->name, e.name) < 0) {
            write_entry(&w, add);
            add = NULL;
        }
        if (change->remove.len == 0 || compare(e.name, change->remove) != 0)
            write_entry(&w, &e);
    }
    if (add != NULL)
        write_entry(&w, add);
    assert(!w.bad && w.len == len);
    xa_secret_seal(changed);
    return changed;
}
