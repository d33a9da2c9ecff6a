#include "client/asking/mfa.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/asking/ask.h"
#include "client/asking/config_command.h"
#include "client/base/clock.h"
#include "client/base/progress.h"
#include "client/commands.h"

#define KEY "mfa_command"
#define TRIES 5                 /* to type six digits                                  */
#define COMMAND_RUNS 3          /* of mfa_command for one question: the first, two more */
#define LINE (XA_MFA_SERIAL_MAX + 16)

bool xa_mfa_digits(struct xa_slice text, char ret_code[XA_MFA_CODE_LEN + 1])
{
    char code[XA_MFA_CODE_LEN + 1] = "";
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        if (c == ' ' || c == '\t' || c == '\r')
            continue;
        if (c < '0' || c > '9' || n == XA_MFA_CODE_LEN)
            return false;
        code[n++] = (char)c;
    }
    if (n != XA_MFA_CODE_LEN)
        return false;
    memcpy(ret_code, code, sizeof code);
    return true;
}

/* --- mfa_command --------------------------------------------------------------------- */

bool xa_mfa_command_there(const struct xa_client *c)
{
    return xa_config_command_any(c->paths.config, KEY);
}

/* That of the source, else that of all. *ret without words: none is configured, or the
 * file is broken, which is said. */
static void find_command(const struct xa_client *c, const struct xa_mfa *m, struct xa_words *ret)
{
    struct xa_error err;
    const char *config = c->paths.config;
    ret->argv[0] = NULL;
    bool ok = xa_config_command_find(config, "source", m->source, KEY, ret, &err);
    if (ok && ret->argv[0] == NULL)
        ok = xa_config_command_find(config, "agent", NULL, KEY, ret, &err);
    if (!ok) {
        xa_note("%s", err.message);
        ret->argv[0] = NULL;
    }
}

/* AWS counts the steps of a device's clock from 1970. */
static bool wait_next_step(const struct xa_mfa *m, struct xa_error *err)
{
    uint64_t step = xa_clock_unix() / XA_MFA_STEP_S;
    const struct timespec pause = { 0, 100 * 1000 * 1000 };
    xa_progress_show("waiting for the next MFA code …");
    while (xa_clock_unix() / XA_MFA_STEP_S == step && xa_clock_ms() < m->deadline_ms)
        nanosleep(&pause, NULL);
    xa_progress_clear();
    return xa_clock_ms() < m->deadline_ms ||
           xa_fail(err, XA_MFA_CODE_USED, "the MFA code was used already, and the next one comes "
                   "too late");
}

static bool run_command(struct xa_mfa *m, struct xa_words *words, struct xa_error *err)
{
    m->runs_left--;
    bool ok = xa_config_command_read(KEY, words, m->deadline_ms, &xa_room.again, err);
    if (ok && !xa_mfa_digits(xa_phrase_slice(&xa_room.again), m->code))
        ok = xa_fail(err, XA_NOT_ASKED, KEY ": %s printed something else than %d digits",
                     words->argv[0], XA_MFA_CODE_LEN);
    xa_phrase_wipe(&xa_room.again);
    return ok;
}

/* --- a person ----------------------------------------------------------------------- */

static bool nobody(const struct xa_client *c, struct xa_error *err)
{
    xa_fail(err, XA_MFA_NEEDED, "an MFA code is needed, and nobody can be asked for it here");
    xa_hint(err, "the same command in a terminal, or with -t CODE");
    return xa_why(err, "%s", xa_options_has(&c->opt, XA_OPT_NO_INPUT)
                  ? "--no-input forbids it"
                  : "there is no terminal in the foreground, no pinentry and no askpass");
}

static bool ask_person(struct xa_client *c, struct xa_mfa *m, bool used, struct xa_error *err)
{
    char text[XA_MFA_SERIAL_MAX + XA_NAME_MAX + 32];
    snprintf(text, sizeof text, "MFA code of %s for %s: ", m->serial, m->name);
    struct xa_question q = { .text = text, .echo = true, .about = text,
                             .deadline_ms = m->deadline_ms };
    if (used)
        q.complaint = "That code was used already; wait for the next one.";
    if (!xa_ask_person_possible(c))
        return nobody(c, err);
    for (int i = 0; i < TRIES; i++) {
        if (!xa_ask_line(c, &q, &xa_room.again, err))
            return false;
        bool ok = xa_mfa_digits(xa_phrase_slice(&xa_room.again), m->code);
        xa_phrase_wipe(&xa_room.again);
        if (ok)
            return true;
        q.complaint = "An MFA code has six digits.";
    }
    return xa_fail(err, XA_CANCELLED, "no MFA code was typed");
}

bool xa_mfa_ask(struct xa_client *c, struct xa_mfa *m, bool used, struct xa_error *err)
{
    struct xa_words words;
    explicit_bzero(m->code, sizeof m->code);
    if (!xa_room_lock(xa_options_has(&c->opt, XA_OPT_ALLOW_UNLOCKED), err))
        return false;
    find_command(c, m, &words);
    if (words.argv[0] == NULL)
        return ask_person(c, m, used, err);
    if (m->runs_left == 0)
        xa_fail(err, XA_MFA_CODE_USED, KEY ": %s gives only codes that were used already",
                words.argv[0]);
    else if ((!used || wait_next_step(m, err)) && run_command(m, &words, err))
        return true;
    if (!xa_ask_person_possible(c))
        return false;
    xa_note("%s", err->message);
    m->runs_left = 0;
    return ask_person(c, m, used, err);
}

/* --- the question --------------------------------------------------------------------- */

struct devices {
    char serial[XA_MFA_DEVICES_MAX][XA_MFA_SERIAL_MAX + 1];
    size_t n;
};

static bool read_devices(struct xa_slice list, struct devices *ret, struct xa_error *err)
{
    struct xa_mfa_device device;
    ret->n = 0;
    while (ret->n < XA_MFA_DEVICES_MAX && xa_list_next(&list, &xa_msg_mfa_device, &device, err)) {
        if (!xa_slice_copy(device.mfa_serial, ret->serial[ret->n++], sizeof ret->serial[0]))
            return xa_fail(err, XA_BAD_MESSAGE, "an MFA device that is none");
    }
    return ret->n == XA_MFA_DEVICES_MAX || err->code == XA_OK;
}

static size_t first_virtual(const struct devices *d)
{
    for (size_t i = 0; i < d->n; i++)
        if (strncmp(d->serial[i], "arn:", 4) == 0 && strstr(d->serial[i], ":mfa/") != NULL)
            return i;
    return 0;
}

/* A number from 1 to n. */
static bool is_choice(struct xa_slice text, size_t n, size_t *ret)
{
    if (text.len != 1 || text.at[0] < '1' || text.at[0] >= '1' + n)
        return false;
    *ret = (size_t)(text.at[0] - '1');
    return true;
}

static bool let_choose(struct xa_client *c, const struct devices *d, int64_t deadline_ms,
                       size_t *ret, struct xa_error *err)
{
    char text[XA_MFA_DEVICES_MAX * LINE + 64];
    size_t len = 0;
    for (size_t i = 0; i < d->n; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "  %zu  %s\n", i + 1, d->serial[i]);
    snprintf(text + len, sizeof text - len, "Which MFA device (1 to %zu)? ", d->n);
    struct xa_question q = { .text = text, .echo = true, .deadline_ms = deadline_ms };
    for (int i = 0; i < TRIES; i++) {
        if (!xa_ask_line(c, &q, &xa_room.again, err))
            return false;
        xa_phrase_trim(&xa_room.again);
        if (is_choice(xa_phrase_slice(&xa_room.again), d->n, ret))
            return true;
        q.complaint = "The number in front of a device is wanted.";
    }
    return xa_fail(err, XA_CANCELLED, "no MFA device was chosen");
}

static bool choose(struct xa_client *c, const struct devices *d, struct xa_mfa *m,
                   struct xa_error *err)
{
    struct xa_words words;
    size_t i = first_virtual(d);
    find_command(c, m, &words);
    bool person = words.argv[0] == NULL && xa_ask_terminal_possible(c);
    if (d->n > 1 && person && !let_choose(c, d, m->deadline_ms, &i, err))
        return false;
    memcpy(m->serial, d->serial[i], sizeof m->serial);
    m->chosen = true;
    if (d->n > 1 && !person)
        xa_note("of %zu MFA devices %s is taken", d->n, m->serial);
    return true;
}

/* Cut for the eye at the end of a character. */
static void copy_cut(struct xa_slice s, char *room, size_t size)
{
    size_t len = s.len < size ? s.len : size - 1;
    while (len > 0 && len < s.len && (s.at[len] & 0xc0) == 0x80)
        len--;
    if (len > 0)
        memcpy(room, s.at, len);
    room[len] = '\0';
}

bool xa_mfa_begin(struct xa_client *c, const struct xa_need *need, struct xa_mfa *ret,
                  struct xa_error *err)
{
    struct devices devices;
    uint32_t asking_ms = c->command->asking_ms != 0 ? c->command->asking_ms : XA_LEASE_MS;
    *ret = (struct xa_mfa){ .runs_left = COMMAND_RUNS,
                            .deadline_ms = xa_clock_ms() + asking_ms };
    copy_cut(need->name.len > 0 ? need->name : need->source, ret->name, sizeof ret->name);
    if (!xa_slice_copy(need->source, ret->source, sizeof ret->source) ||
        (need->devices.len == 0 && !xa_slice_copy(need->subject, ret->serial, sizeof ret->serial)))
        return xa_fail(err, XA_BAD_MESSAGE, "the agent asks for the code of a device that is none");
    return need->devices.len == 0 ||
           (read_devices(need->devices, &devices, err) && choose(c, &devices, ret, err));
}
