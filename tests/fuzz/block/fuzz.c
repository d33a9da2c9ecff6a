/* xacct's lines in an AWS file: the three parts are the text; what is written in their place is
 * found again, with the same names, and taking it out gives back what was around it. */
#include "client/awsfiles/aws_block.h"
#include "client/base/diff.h"
#include "tests/fuzz/fuzz.h"

#define ENTRIES_MAX 32

struct sink { uint8_t *at; size_t len, cap; };

static bool keep(struct xa_slice part, void *ctx)
{
    struct sink *s = ctx;
    HOLDS(part.len > 0 && part.len <= s->cap - s->len);
    memcpy(s->at + s->len, part.at, part.len);
    s->len += part.len;
    return true;
}

static size_t take_names(struct xa_slice block, struct xa_block_entry *entries)
{
    struct xa_slice name;
    size_t n = 0;
    while (n < ENTRIES_MAX && xa_block_next(&block, &name)) {
        HOLDS(xa_slice_copy(name, entries[n].name, sizeof entries[n].name));
        entries[n++].region[0] = '\0';
    }
    return n;
}

static void check_rewritten(struct xa_slice text, const struct xa_block *block)
{
    static struct xa_block_entry entries[ENTRIES_MAX], again[ENTRIES_MAX];
    size_t n = take_names(block->block, entries);
    struct sink s = { malloc(text.len + 64 * 1024), 0, text.len + 64 * 1024 };
    struct xa_block found;
    struct xa_error err;
    HOLDS(s.at != NULL);
    HOLDS(block->before.len == 0 || keep(block->before, &s));
    HOLDS(xa_block_write("/usr/bin/xacct-client", entries, n, keep, &s));
    HOLDS(block->after.len == 0 || keep(block->after, &s));
    HOLDS(xa_block_find("f", (struct xa_slice){ s.at, s.len }, &found, &err));
    HOLDS((found.line > 0) == (n > 0));
    if (n > 0) {
        HOLDS(same(found.before, block->before) && same(found.after, block->after));
        HOLDS(take_names(found.block, again) == n && memcmp(entries, again, n) == 0);
    }
    char room[4096];
    struct xa_out o = xa_out_begin(-1, room, sizeof room);
    o.whole = true;
    for (size_t around = 0; around < 4; around += 3) {
        const struct xa_diff diff = { "f", "f", text, { s.at, s.len }, around };
        xa_diff(&o, &diff);
    }
    free(s.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xa_slice text = { data, size };
    struct xa_block block;
    struct xa_error err = { 0 };
    (void)xa_block_swallows(text);
    if (!xa_block_find("f", text, &block, &err)) {
        HOLDS(err.code == XA_BAD_CONFIG && err.message[0] == 'f');
        return 0;
    }
    HOLDS(block.before.len + block.block.len + block.after.len == size);
    HOLDS(size == 0 || block.before.at == data);
    (void)xa_block_elsewhere(text, &block, "prod");
    check_rewritten(text, &block);
    return 0;
}
