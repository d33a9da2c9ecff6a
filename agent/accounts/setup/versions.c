/* setup, in the source's account: another version of the user's policy. It is written from what
 * was read, and AWS has no way to write only what was not changed since; but its versions are
 * numbered without a gap. So who finds that somebody else wrote between the reading and the
 * writing looks what that was, and writes once more with both; then the policy is read again. */
#include <stdio.h>
#include <string.h>

#include "agent/accounts/setup/impl.h"

#define POLICY_MAX 6144              /* characters of a managed policy, facts 9.3 */
#define MERGES_MAX 8                 /* own choice: AWS keeps five versions      */

/* --- its grants, and ours among them -------------------------------------------------------- */

static int compare(struct xa_slice a, struct xa_slice b)
{
    int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : a.len < b.len ? -1 : a.len > b.len;
}

/* Notes the grant in the order of the ARNs of its key. False: no room. */
static bool insert(struct xa_task *t, const char *key, struct xa_slice arn)
{
    char kept[TASK_NOTES_MAX];
    struct xa_slice rest = task_notes(t);
    struct xa_detail line;
    struct xa_writer w = xa_writer_init(kept, sizeof kept);
    while (xa_detail_next(&rest, &line))
        if (xa_slice_is(line.key, key)) {
            xa_write_bytes(&w, line.value.at, line.value.len);
            xa_write_u8(&w, '\n');
        }
    task_forget_notes(t, key);
    rest = (struct xa_slice){ w.at, w.len };
    bool put = false;
    while (rest.len > 0) {
        struct xa_slice other = xa_slice_cut(&rest, '\n');
        if (!put && compare(arn, other) < 0) {
            if (!task_note(t, key, arn))
                return false;
            put = true;
        }
        if (!task_note(t, key, other))
            return false;
    }
    return !w.bad && (put || task_note(t, key, arn));
}

static bool put_grants(struct xa_task *t, bool *ret_changed)
{
    const struct xa_setup_terms *s = setup_terms(t);
    struct xa_slice rest = { (const uint8_t *)s->grants, s->grants_len };
    struct xa_detail line;
    char key[16];
    *ret_changed = false;
    while (xa_detail_next(&rest, &line)) {
        if (!xa_slice_copy(line.key, key, sizeof key))
            return false;
        if (xa_details_have(task_notes(t), key, line.value))
            continue;
        *ret_changed = true;
        if (!insert(t, key, line.value))
            return false;
    }
    return true;
}

static size_t document_of(const struct xa_task *t, char *room, size_t size)
{
    return xa_source_document(task_notes(t), room, size);
}

enum xa_task_turn setup_fail_full(struct xa_task *t, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    xa_fail(err, XA_USAGE, "with this role the policy %s would be longer than the %d characters "
            "that AWS takes", s->policy_arn, POLICY_MAX);
    xa_hint(err, "the same command with --policy-name and another name");
    return XA_TASK_FAILS;
}

bool setup_add_grants(struct xa_task *t, bool *ret_changed)
{
    char document[XA_DOCUMENT_MAX];
    bool fits = put_grants(t, ret_changed);
    size_t len = document_of(t, document, sizeof document);
    return fits && len > 0 && len <= POLICY_MAX;
}

/* Takes the role out of the grants; false: it was not among them. */
bool setup_take_out(struct xa_task *t)
{
    char rest[TASK_NOTES_MAX];
    struct xa_slice all = task_notes(t);
    struct xa_writer w = xa_writer_init(rest, sizeof rest);
    struct xa_detail line;
    size_t before = t->notes_len;
    for (const uint8_t *start = all.at; xa_detail_next(&all, &line); start = all.at)
        if (!setup_is_grant(line.key) || !xa_slice_is(line.value, setup_terms(t)->role_arn))
            xa_write_bytes(&w, start, (size_t)(all.at - start));
    if (w.len > 0)
        memcpy(t->notes, rest, w.len);
    t->notes_len = w.len;
    return w.len < before;
}

/* --- consent -------------------------------------------------------------------------------- */

bool setup_has_consent(const struct xa_task *t)
{
    return task_noted(t, "consent").len > 0 && (t->flags & SETUP_YES) != 0;
}

bool setup_consents(struct xa_task *t, struct xa_error *err)
{
    if (task_noted(t, "consent").len == 0 || setup_has_consent(t))
        return true;
    if (!setup_agreed(t, err))
        return false;
    t->flags |= SETUP_YES;       /* it holds for what is looked at anew, too */
    return true;
}

/* --- numbers -------------------------------------------------------------------------------- */

/* Of `v12`; 0: it is none. */
static unsigned number_of(struct xa_slice version)
{
    unsigned n = 0;
    if (version.len < 2 || version.len > 8 || version.at[0] != 'v')
        return 0;
    for (size_t i = 1; i < version.len; i++) {
        if (version.at[i] < '0' || version.at[i] > '9')
            return 0;
        n = 10 * n + (unsigned)(version.at[i] - '0');
    }
    return n;
}

static bool note_number(struct xa_task *t, const char *key, unsigned n)
{
    char text[16];
    snprintf(text, sizeof text, "v%u", n);
    return task_renote(t, key, xa_slice_of(text));
}

bool setup_is_before_ours(const struct xa_task *t, struct xa_slice details)
{
    return number_of(xa_details_find(details, "version")) < number_of(task_noted(t, "wrote"));
}

/* --- a new version of it -------------------------------------------------------------------- */

static uint16_t look_step(const struct xa_task *t)
{
    return t->request.undo ? STEP_UNDO_POLICY_LOOK : STEP_POLICY_LOOK;
}

enum xa_task_turn setup_fail_busy(struct xa_task *t, struct xa_error *err)
{
    xa_fail(err, XA_BUSY, "the policy %s is being written by somebody else",
            setup_terms(t)->policy_arn);
    xa_hint(err, "the same command again");
    return XA_TASK_FAILS;
}

static enum xa_task_turn look_once_more(struct xa_task *t)
{
    setup_forget_grants(t);
    return task_go(t, look_step(t));
}

static enum xa_task_turn make_version(struct xa_task *t, struct xa_error *err)
{
    char document[XA_DOCUMENT_MAX];
    size_t len = document_of(t, document, sizeof document);
    if (!setup_consents(t, err))
        return XA_TASK_FAILS;
    setup_form_source(t, XA_ACTION_CREATE_POLICY_VERSION);
    setup_add(t, "PolicyArn", setup_terms(t)->policy_arn);
    xa_query_add(&t->form, "PolicyDocument", (struct xa_slice){ (const uint8_t *)document, len });
    setup_add(t, "SetAsDefault", "true");
    return task_call(t, err);
}

/* The versions between the one that was read and ours are others'. Only if it is one can be told
 * what it took out. */
static enum xa_task_turn after_writing(struct xa_task *t, struct xa_slice version,
                                       struct xa_error *err)
{
    unsigned ours = number_of(version), base = number_of(task_noted(t, "version"));
    bool first = task_noted(t, "wrote").len == 0;
    task_forget_notes(t, "differs");
    task_forget_notes(t, "single");
    if (!task_renote(t, "wrote", version))
        return setup_no_room(err);
    if (base == 0 || ours <= base + 1)
        return look_once_more(t);
    if (first && ours == base + 2 && !task_note(t, "single", xa_slice_of("yes")))
        return setup_no_room(err);
    unsigned from = ours - base > MERGES_MAX ? ours - MERGES_MAX : base + 1;
    return note_number(t, "merge", from) ? task_go(t, STEP_VERSION_MERGE) : setup_no_room(err);
}

static enum xa_task_turn took_make_version(struct xa_task *t, const struct xa_record *record,
                                           const struct xa_error *refusal, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    enum xa_task_turn turn;
    TURN(task_refused_as(refusal, "NoSuchEntity") && setup_anew(t, look_step(t), &turn));
    if (task_refused_as(refusal, "LimitExceeded"))
        return task_go(t, STEP_VERSIONS_LOOK);
    TURN(setup_stops(t, refusal, &turn, err));
    if (task_noted(t, "wrote").len == 0)
        task_tell(t, XA_ITEM_CHANGED, xa_slice_of(s->policy_arn),
                  t->request.undo ? "the policy %s no longer allows it"
                                  : "the policy %s allows it too", s->policy_arn);
    return after_writing(t, xa_details_find(record->details, "version"), err);
}

/* --- what somebody else wrote meanwhile ----------------------------------------------------- */

static enum xa_task_turn look_at_merge(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_GET_POLICY_VERSION);
    setup_add(t, "PolicyArn", setup_terms(t)->policy_arn);
    xa_query_add(&t->form, "VersionId", task_noted(t, "merge"));
    return task_call(t, err);
}

/* The grants of this version, and with them those that we wrote: but where somebody else has
 * taken one out, it stays out. False: no room. */
static bool unite(struct xa_task *t, struct xa_slice ours)
{
    const struct xa_setup_terms *s = setup_terms(t);
    bool single = task_noted(t, "single").len > 0;
    struct xa_detail line;
    char key[16];
    while (xa_detail_next(&ours, &line)) {
        if (!xa_slice_copy(line.key, key, sizeof key))
            return false;
        if (xa_details_have(task_notes(t), key, line.value) ||
            (single && !xa_slice_is(line.value, s->role_arn)))
            continue;
        if (!insert(t, key, line.value))
            return false;
    }
    if (t->request.undo)
        (void)setup_take_out(t);
    return true;
}

static bool take_grants(struct xa_task *t, struct xa_slice details, bool *ret_fits)
{
    char kept[TASK_NOTES_MAX], before[XA_DOCUMENT_MAX], after[XA_DOCUMENT_MAX];
    struct xa_writer w = xa_writer_init(kept, sizeof kept);
    struct xa_slice rest = task_notes(t);
    struct xa_detail line;
    size_t len = document_of(t, before, sizeof before);
    for (const uint8_t *start = rest.at; xa_detail_next(&rest, &line); start = rest.at)
        if (setup_is_grant(line.key))
            xa_write_bytes(&w, start, (size_t)(rest.at - start));
    rest = (struct xa_slice){ w.at, w.len };
    bool known = setup_note_grants(t, details);
    *ret_fits = true;
    if (known)
        *ret_fits = unite(t, rest);
    size_t new_len = document_of(t, after, sizeof after);
    if (!known || task_noted(t, "assume").len == 0) {
        setup_forget_grants(t);
        *ret_fits = setup_note_lines(t, rest);
    } else if (new_len != len || memcmp(before, after, len) != 0) {
        *ret_fits = *ret_fits && new_len > 0 && new_len <= POLICY_MAX &&
                    task_renote(t, "differs", xa_slice_of("yes"));
    }
    return known;
}

static enum xa_task_turn took_merge(struct xa_task *t, const struct xa_record *record,
                                    const struct xa_error *refusal, struct xa_error *err)
{
    const struct xa_setup_terms *s = setup_terms(t);
    struct xa_slice version = task_noted(t, "merge");
    unsigned n = number_of(version);
    enum xa_task_turn turn;
    bool fits = true;
    if (refusal != NULL && !task_refused_as(refusal, "NoSuchEntity"))
        return setup_refused(t, refusal, err);
    if (refusal == NULL && !take_grants(t, record->details, &fits))
        task_tell(t, XA_ITEM_WARNING, xa_slice_of(s->policy_arn), "somebody else wrote the version "
                  "v%u of %s meanwhile, which says other things than setup writes, and is no "
                  "longer in force", n, s->policy_arn);
    if (!fits)
        return setup_fail_full(t, err);
    if (n + 1 < number_of(task_noted(t, "wrote")))
        return note_number(t, "merge", n + 1) ? task_go(t, STEP_VERSION_MERGE) : setup_no_room(err);
    if (task_noted(t, "differs").len == 0)
        return look_once_more(t);
    if (!note_number(t, "version", number_of(task_noted(t, "wrote"))))
        return setup_no_room(err);
    return setup_anew(t, STEP_VERSION_MAKE, &turn) ? turn : setup_fail_busy(t, err);
}

/* --- room for one more version -------------------------------------------------------------- */

static enum xa_task_turn look_at_versions(struct xa_task *t, struct xa_error *err)
{
    setup_form_source(t, XA_ACTION_LIST_POLICY_VERSIONS);
    setup_add(t, "PolicyArn", setup_terms(t)->policy_arn);
    return task_call(t, err);
}

/* The oldest version that is not in force; empty if there is none. */
static struct xa_slice oldest_spare(struct xa_slice details)
{
    struct xa_slice version = { 0 }, oldest = { 0 };
    struct xa_detail line;
    int64_t created, best = INT64_MAX;
    bool spare = false;
    while (xa_detail_next(&details, &line)) {
        if (xa_slice_is(line.key, "version")) {
            version = line.value;
            spare = false;
        } else if (xa_slice_is(line.key, "default")) {
            spare = xa_slice_is(line.value, "false");
        } else if (xa_slice_is(line.key, "created") && spare) {
            struct xa_slice here = { line.key.at, (size_t)(details.at - line.key.at) };
            created = xa_details_number(here, "created");
            if (created > best || (created == best && number_of(version) > number_of(oldest)))
                continue;           /* several may be of one second */
            best = created;
            oldest = version;
        }
    }
    return oldest;
}

/* It cannot be had again. */
static enum xa_task_turn ask_to_drop(struct xa_task *t, struct xa_error *err)
{
    t->flags &= ~(uint32_t)SETUP_YES;
    if (!task_renote(t, "consent", xa_slice_of("wanted")))
        return setup_no_room(err);
    struct xa_slice version = task_noted(t, "drop");
    return task_ask(t, STEP_VERSION_DROP, "the policy %s was not made by xacct; delete its old "
                    "version %.*s for good, to make room?", setup_terms(t)->policy_arn,
                    (int)version.len, (const char *)version.at);
}

static enum xa_task_turn took_versions(struct xa_task *t, const struct xa_record *record,
                                       const struct xa_error *refusal, struct xa_error *err)
{
    if (refusal != NULL)
        return setup_refused(t, refusal, err);
    struct xa_slice spare = oldest_spare(record->details);
    if (spare.len > 0 && task_renote(t, "drop", spare))
        return task_noted(t, "foreign").len > 0 ? ask_to_drop(t, err)
                                                : task_go(t, STEP_VERSION_DROP);
    xa_fail(err, XA_AWS_REFUSED, "the policy %s takes no more versions",
            setup_terms(t)->policy_arn);
    return XA_TASK_FAILS;
}

static enum xa_task_turn drop_version(struct xa_task *t, struct xa_error *err)
{
    if (!setup_consents(t, err))
        return XA_TASK_FAILS;
    setup_form_source(t, XA_ACTION_DELETE_POLICY_VERSION);
    setup_add(t, "PolicyArn", setup_terms(t)->policy_arn);
    xa_query_add(&t->form, "VersionId", task_noted(t, "drop"));
    return task_call(t, err);
}

/* What the policy says is read once more, since somebody may have written a version meanwhile. */
static enum xa_task_turn took_drop_version(struct xa_task *t, const struct xa_record *record,
                                           const struct xa_error *refusal, struct xa_error *err)
{
    enum xa_task_turn turn;
    struct xa_slice version = task_noted(t, "drop");
    (void)record;
    TURN(!setup_is_gone(refusal) && setup_stops(t, refusal, &turn, err));
    if (refusal == NULL)
        task_tell(t, XA_ITEM_CHANGED, xa_slice_of(setup_terms(t)->policy_arn),
                  "the old version %.*s of %s is deleted, to make room", (int)version.len,
                  (const char *)version.at, setup_terms(t)->policy_arn);
    task_forget_notes(t, "drop");
    setup_forget_grants(t);
    return setup_anew(t, look_step(t), &turn) ? turn : setup_fail_busy(t, err);
}

const struct setup_step setup_version_steps[] = {
    { "writing the user's policy", make_version, took_make_version },
    { "reading what somebody else wrote meanwhile", look_at_merge, took_merge },
    { "looking at the policy's old versions", look_at_versions, took_versions },
    { "deleting an old version of the policy", drop_version, took_drop_version },
};
const size_t setup_n_version_steps = sizeof setup_version_steps / sizeof setup_version_steps[0];
