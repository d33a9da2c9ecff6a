#include "proto/profile.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/ini.h"

/* One section of a file. The first of its profile stands for all of them. */
struct xa_profile {
    struct xa_slice name;
    struct xa_slice body;            /* from the line after the header to the next that counts */
    uint32_t header_line;
    uint32_t sorted_at, n_sections;  /* of a first one: where they stand in `sorted`, how many */
    uint8_t section;                 /* enum xa_awsfile_section                                */
    uint8_t flavour;                 /* enum xa_awsfile_flavour                                */
    bool prefixed;
    bool first;
    bool role;                       /* has a role_arn; of a first one: any of them has        */
};

struct xa_profiles {
    const char *files[2];                /* by flavour                      */
    struct xa_profile *sections;         /* as they stand, config first     */
    size_t n_sections, cap;
    const struct xa_profile **sorted;    /* by section, name, and place     */
    size_t n_sorted;
};

/* --- reading ------------------------------------------------------------------------ */

static struct xa_profile *add(struct xa_profiles *p, struct xa_error *err)
{
    if (p->n_sections == p->cap) {
        size_t cap = p->cap > 0 ? 2 * p->cap : 16;
        struct xa_profile *more = realloc(p->sections, cap * sizeof *more);
        if (more == NULL) {
            xa_fail(err, XA_NO_MEMORY, "no memory for the profiles");
            return NULL;
        }
        p->sections = more;
        p->cap = cap;
    }
    struct xa_profile *s = &p->sections[p->n_sections++];
    memset(s, 0, sizeof *s);
    return s;
}

static void begin_section(struct xa_profile *s, const struct xa_awsfile *f)
{
    s->name = f->name;
    s->body = (struct xa_slice){ f->rest.at, f->rest.len };
    s->header_line = f->line;
    s->section = (uint8_t)f->section;
    s->flavour = (uint8_t)f->flavour;
    s->prefixed = f->prefixed;
}

static bool read_file(struct xa_profiles *p, enum xa_awsfile_flavour flavour,
                      struct xa_profiles_text file, struct xa_error *err)
{
    struct xa_awsfile f;
    struct xa_profile *s = NULL;
    p->files[flavour] = file.name;
    xa_awsfile_init(&f, file.name, flavour, file.text);
    for (;;) {
        switch (xa_awsfile_next(&f, err)) {
        case XA_AWSFILE_HEADER:
            if (s != NULL)
                s->body.len = (size_t)(f.line_text.at - s->body.at);
            if ((s = add(p, err)) == NULL)
                return false;
            begin_section(s, &f);
            break;
        case XA_AWSFILE_KEY:
            assert(s != NULL);    /* no key comes before a header */
            s->role |= f.value.len > 0 && xa_ini_key_is(f.key, "role_arn");
            break;
        case XA_AWSFILE_MORE:
            break;
        case XA_AWSFILE_END:
            return true;
        case XA_AWSFILE_ERROR:
            return false;
        }
    }
}

/* --- the index ---------------------------------------------------------------------- */

static int compare_names(struct xa_slice a, struct xa_slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.at, b.at, len) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_kinds(const struct xa_profile *a, unsigned section, struct xa_slice name)
{
    int order = (a->section > section) - (a->section < section);
    return order != 0 ? order : compare_names(a->name, name);
}

static int compare(const void *left, const void *right)
{
    const struct xa_profile *a = *(const struct xa_profile *const *)left;
    const struct xa_profile *b = *(const struct xa_profile *const *)right;
    int order = compare_kinds(a, b->section, b->name);
    return order != 0 ? order : (a > b) - (a < b);
}

static bool is_default(const struct xa_profile *s)
{
    return s->section == XA_AWSFILE_PROFILE && s->flavour == XA_AWSFILE_CONFIG &&
           xa_slice_is(s->name, "default");
}

/* [profile default] wholly replaces [default], whichever is first. */
static bool has_prefixed_default(const struct xa_profiles *p)
{
    for (size_t i = 0; i < p->n_sections; i++)
        if (is_default(&p->sections[i]) && p->sections[i].prefixed)
            return true;
    return false;
}

static void mark_firsts(struct xa_profiles *p)
{
    struct xa_profile *first = NULL;
    for (size_t i = 0; i < p->n_sorted; i++) {
        struct xa_profile *s = &p->sections[p->sorted[i] - p->sections];
        if (first == NULL || compare_kinds(first, s->section, s->name) != 0) {
            first = s;
            first->first = true;
            first->sorted_at = (uint32_t)i;
        }
        first->n_sections++;
        first->role |= s->role;
    }
}

static bool make_index(struct xa_profiles *p, struct xa_error *err)
{
    bool drop = has_prefixed_default(p);
    if (p->n_sections == 0)
        return true;
    p->sorted = calloc(p->n_sections, sizeof(void *));
    if (p->sorted == NULL)
        return xa_fail(err, XA_NO_MEMORY, "no memory for the profiles");
    for (size_t i = 0; i < p->n_sections; i++)
        if (!drop || !is_default(&p->sections[i]) || p->sections[i].prefixed)
            p->sorted[p->n_sorted++] = &p->sections[i];
    qsort(p->sorted, p->n_sorted, sizeof(void *), compare);
    mark_firsts(p);
    return true;
}

struct xa_profiles *xa_profiles_new(struct xa_profiles_text config,
                                    struct xa_profiles_text credentials, struct xa_error *err)
{
    struct xa_profiles *p = calloc(1, sizeof *p);
    if (p == NULL) {
        xa_fail(err, XA_NO_MEMORY, "no memory for the profiles");
        return NULL;
    }
    if (!read_file(p, XA_AWSFILE_CONFIG, config, err) ||
        !read_file(p, XA_AWSFILE_CREDENTIALS, credentials, err) || !make_index(p, err))
        xa_profiles_free(&p);
    return p;
}

void xa_profiles_free(struct xa_profiles **profiles)
{
    if (*profiles == NULL)
        return;
    free((*profiles)->sections);
    free((*profiles)->sorted);
    free(*profiles);
    *profiles = NULL;
}

/* --- looking up --------------------------------------------------------------------- */

static const struct xa_profile *find(const struct xa_profiles *p, unsigned section,
                                     struct xa_slice name)
{
    size_t from = 0, to = p->n_sorted;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (compare_kinds(p->sorted[middle], section, name) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    bool found = from < p->n_sorted && compare_kinds(p->sorted[from], section, name) == 0;
    return found ? p->sorted[from] : NULL;
}

const struct xa_profile *xa_profiles_find(const struct xa_profiles *profiles, struct xa_slice name)
{
    return find(profiles, XA_AWSFILE_PROFILE, name);
}

const struct xa_profile *xa_profiles_next(const struct xa_profiles *profiles, uint32_t *cursor)
{
    while (*cursor < profiles->n_sections) {
        const struct xa_profile *s = &profiles->sections[(*cursor)++];
        if (s->first && s->section == XA_AWSFILE_PROFILE)
            return s;
    }
    return NULL;
}

struct xa_slice xa_profile_name(const struct xa_profile *profile)
{
    return profile->name;
}

bool xa_profile_is_role(const struct xa_profile *profile)
{
    return profile->role;
}

/* --- keys --------------------------------------------------------------------------- */

static void walk_from(struct xa_profile_walk *walk, const struct xa_profiles *profiles,
                      const struct xa_profile *first)
{
    memset(walk, 0, sizeof *walk);
    walk->profiles = profiles;
    if (first == NULL)
        return;
    walk->next = profiles->sorted + first->sorted_at;
    walk->end = walk->next + first->n_sections;
}

void xa_profile_walk_init(struct xa_profile_walk *walk, const struct xa_profiles *profiles,
                          const struct xa_profile *profile)
{
    walk_from(walk, profiles, profile);
}

void xa_profile_walk_section(struct xa_profile_walk *walk, const struct xa_profiles *profiles,
                             enum xa_awsfile_section section, struct xa_slice name)
{
    walk_from(walk, profiles, find(profiles, section, name));
}

static void open_section(struct xa_profile_walk *walk, const struct xa_profile *s)
{
    walk->flavour = s->flavour;
    xa_awsfile_init(&walk->at, walk->profiles->files[s->flavour], s->flavour, s->body);
    walk->at.line = s->header_line;
    walk->at.in_section = true;
}

enum xa_awsfile_event xa_profile_walk_next(struct xa_profile_walk *walk)
{
    for (;;) {
        enum xa_awsfile_event event = xa_awsfile_next(&walk->at, NULL);
        assert(event != XA_AWSFILE_ERROR && event != XA_AWSFILE_HEADER);   /* read before */
        if (event != XA_AWSFILE_END)
            return event;
        if (walk->next == walk->end)
            return XA_AWSFILE_END;
        open_section(walk, *walk->next++);
    }
}

bool xa_profile_find_key(const struct xa_profiles *profiles, const struct xa_profile *profile,
                         const char *key, struct xa_profile_value *ret)
{
    struct xa_profile_walk walk;
    enum xa_awsfile_event event;
    bool found = false, in_it = false;
    xa_profile_walk_init(&walk, profiles, profile);
    while ((event = xa_profile_walk_next(&walk)) != XA_AWSFILE_END) {
        if (event == XA_AWSFILE_KEY && (in_it = xa_ini_key_is(walk.at.key, key))) {
            *ret = (struct xa_profile_value){ walk.at.value, false, walk.at.file, walk.at.line };
            found = true;
        } else if (event == XA_AWSFILE_MORE && in_it) {
            ret->has_more = true;
        }
    }
    return found;
}
