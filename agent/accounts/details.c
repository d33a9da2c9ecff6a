#include "agent/accounts/details.h"

#include <string.h>

#include "agent/courier/exchange.h"

bool xa_detail_next(struct xa_slice *rest, struct xa_detail *ret)
{
    return xa_details_next(rest, &ret->key, &ret->value);
}

struct xa_slice xa_details_find(struct xa_slice details, const char *key)
{
    struct xa_detail line;
    while (xa_detail_next(&details, &line))
        if (xa_slice_is(line.key, key))
            return line.value;
    return (struct xa_slice){ 0 };
}

bool xa_details_have(struct xa_slice details, const char *key, struct xa_slice value)
{
    struct xa_detail line;
    while (xa_detail_next(&details, &line))
        if (xa_slice_is(line.key, key) && xa_slice_same(line.value, value))
            return true;
    return false;
}

struct xa_slice xa_details_tag(struct xa_slice details, const char *key)
{
    struct xa_detail line;
    while (xa_detail_next(&details, &line))
        if (xa_slice_is(line.key, "tag.key") && xa_slice_is(line.value, key))
            return xa_detail_next(&details, &line) && xa_slice_is(line.key, "tag.value")
                       ? line.value : (struct xa_slice){ 0 };
    return (struct xa_slice){ 0 };
}

int64_t xa_details_number(struct xa_slice details, const char *key)
{
    struct xa_slice value = xa_details_find(details, key);
    int64_t n = 0;
    if (value.len > 18)
        return 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] < '0' || value.at[i] > '9')
            return 0;
        n = n * 10 + (value.at[i] - '0');
    }
    return n;
}

/* --- the statements of a policy ---------------------------------------------------------- */

bool xa_statements_next(struct xa_slice *rest, struct xa_statement *ret)
{
    struct xa_detail line;
    struct xa_slice before;
    do {
        if (!xa_detail_next(rest, &line))
            return false;
    } while (!xa_slice_is(line.key, "statement"));
    ret->sid = line.value;
    if (xa_slice_is(ret->sid, "-"))
        ret->sid.len = 0;
    ret->lines = (struct xa_slice){ rest->at, 0 };
    ret->allows = false;
    while (before = *rest, xa_detail_next(rest, &line)) {
        if (xa_slice_is(line.key, "statement")) {
            *rest = before;
            break;
        }
        ret->lines.len = (size_t)((rest->len > 0 ? rest->at : before.at + before.len) -
                                  ret->lines.at);
        if (xa_slice_is(line.key, "effect"))
            ret->allows = xa_slice_is(line.value, "Allow");
    }
    return true;
}

static bool same_character(uint8_t a, uint8_t b, bool fold)
{
    if (fold && a >= 'A' && a <= 'Z')
        a = (uint8_t)(a + 32);
    if (fold && b >= 'A' && b <= 'Z')
        b = (uint8_t)(b + 32);
    return a == b;
}

/* Goes back to the last '*' only: what lies before it has matched for good. */
bool xa_pattern_judge(struct xa_slice pattern, struct xa_slice text, bool fold, size_t *effort,
                      bool *ret_matches)
{
    size_t p = 0, t = 0, star = SIZE_MAX, from = 0;
    *ret_matches = false;
    if (pattern.len > XA_PATTERN_MAX || text.len > XA_PATTERN_MAX)
        return false;
    for (; t < text.len; --*effort) {
        if (*effort == 0)
            return false;
        if (p < pattern.len && pattern.at[p] == '*') {
            star = p++;
            from = t;
        } else if (p < pattern.len && (pattern.at[p] == '?' ||
                                       same_character(pattern.at[p], text.at[t], fold))) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++from;
        } else {
            return true;
        }
    }
    while (p < pattern.len && pattern.at[p] == '*')
        p++;
    *ret_matches = p == pattern.len;
    return true;
}

bool xa_pattern_matches(struct xa_slice pattern, struct xa_slice text, bool fold)
{
    size_t effort = XA_PATTERN_EFFORT;
    bool matches;
    return xa_pattern_judge(pattern, text, fold, &effort, &matches) && matches;
}

bool xa_statement_matches(const struct xa_statement *statement, const char *key,
                          struct xa_slice text, bool fold)
{
    struct xa_slice rest = statement->lines;
    struct xa_detail line;
    while (xa_detail_next(&rest, &line))
        if (xa_slice_is(line.key, key) && xa_pattern_matches(line.value, text, fold))
            return true;
    return false;
}

bool xa_condition_of(const struct xa_detail *line, struct xa_condition *ret)
{
    struct xa_slice rest = line->value;
    if (!xa_slice_is(line->key, "condition"))
        return false;
    ret->op = xa_slice_cut(&rest, ' ');
    ret->key = xa_slice_cut(&rest, ' ');
    ret->value = rest;
    return ret->op.len > 0 && ret->key.len > 0;
}
