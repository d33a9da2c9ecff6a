#include "client/asking/ask.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client/asking/askpass.h"
#include "client/asking/config_command.h"
#include "client/asking/pinentry.h"
#include "client/base/clock.h"

#define NEW_TRIES 3
#define COMMAND "passphrase_command"

bool xa_ask_terminal_possible(const struct xa_client *c)
{
    return !xa_options_has(&c->opt, XA_OPT_NO_INPUT) && xa_prompt_available();
}

bool xa_ask_person_possible(const struct xa_client *c)
{
    if (xa_options_has(&c->opt, XA_OPT_NO_INPUT))
        return false;
    return xa_prompt_available() || xa_pinentry_find() != NULL || xa_askpass_find() != NULL;
}

bool xa_ask_possible(const struct xa_client *c)
{
    return c->opt.passphrase_fd >= 0 || xa_ask_person_possible(c);
}

bool xa_ask_command_left(const struct xa_client *c)
{
    struct xa_words words;
    struct xa_error unsaid;
    return !c->command_spent && c->opt.passphrase_fd < 0 &&
           xa_config_command_find(c->paths.config, "agent", NULL, COMMAND, &words, &unsaid) &&
           words.argv[0] != NULL;
}

bool xa_ask_again_possible(const struct xa_client *c)
{
    return c->opt.passphrase_fd < 0 && xa_ask_person_possible(c);
}

static bool lock_room(const struct xa_client *c, struct xa_error *err)
{
    return xa_room_lock(xa_options_has(&c->opt, XA_OPT_ALLOW_UNLOCKED), err);
}

/* Nobody to ask is the usual thing in scripts: say what there is for them. */
static bool nobody(const struct xa_client *c, struct xa_error *err)
{
    xa_fail(err, XA_NOT_ASKED, "nobody can be asked for it here");
    xa_hint(err, "the same command in a terminal, or with --passphrase-fd N");
    return xa_why(err, "%s", xa_options_has(&c->opt, XA_OPT_NO_INPUT)
                  ? "--no-input forbids it"
                  : "there is no terminal in the foreground, no pinentry and no askpass");
}

/* A pinentry that cannot show itself here (one for terminals) has asked nobody. */
static bool ask_by_program(const struct xa_client *c, const struct xa_question *q,
                           struct xa_phrase *ret, struct xa_error *err)
{
    const char *pinentry = xa_pinentry_find(), *askpass = xa_askpass_find();
    if (pinentry == NULL && askpass == NULL)
        return nobody(c, err);
    if (pinentry != NULL) {
        if (xa_pinentry_read(pinentry, q, ret, err))
            return true;
        if (err->code != XA_NOT_ASKED || askpass == NULL)
            return false;
    }
    return xa_askpass_read(askpass, q, ret, err);
}

static bool ask_person(struct xa_client *c, const struct xa_question *q, struct xa_phrase *ret,
                       struct xa_error *err)
{
    if (!lock_room(c, err))
        return false;
    if (xa_options_has(&c->opt, XA_OPT_NO_INPUT))
        return nobody(c, err);
    if (xa_prompt_available())
        return xa_prompt_read(q, ret, err);
    return ask_by_program(c, q, ret, err);
}

bool xa_ask_line(struct xa_client *c, const struct xa_question *q, struct xa_phrase *ret,
                 struct xa_error *err)
{
    return ask_person(c, q, ret, err) &&
           (ret->len > 0 || xa_fail(err, XA_CANCELLED, "cancelled: nothing was typed"));
}

bool xa_ask_yes(struct xa_client *c, const char *question, const char *refused,
                struct xa_error *err)
{
    static const char yes[][4] = { "y", "Y", "yes" };
    const struct xa_question q = { .text = question, .echo = true };
    c->declined = false;
    if (!ask_person(c, &q, &xa_room.again, err)) {
        if (err->code == XA_NOT_ASKED) {
            xa_fail(err, XA_NOT_ASKED, "this wants a yes, and nobody can be asked here");
            xa_hint(err, "the same command with --yes");
        }
        return false;
    }
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (strcmp(xa_room.again.at, yes[i]) == 0)
            return true;
    c->declined = true;
    return xa_fail(err, XA_CANCELLED, "%s", refused);
}

bool xa_ask_descriptor(struct xa_client *c, int fd, const char *option, struct xa_phrase *ret,
                       struct xa_error *err)
{
    if (!lock_room(c, err))
        return false;
    for (ret->len = 0;;) {
        ssize_t n = read(fd, ret->at + ret->len, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return xa_fail(err, XA_USAGE, "%s %d: %s", option, fd, strerror(errno));
        if (n == 0 || ret->at[ret->len] == '\n')
            break;
        if (ret->len == XA_PASSPHRASE_MAX) {
            xa_phrase_wipe(ret);
            return xa_fail(err, XA_USAGE, "%s %d: a line of more than %d bytes", option, fd,
                           XA_PASSPHRASE_MAX);
        }
        ret->len++;
    }
    ret->at[ret->len] = '\0';
    return ret->len > 0 || xa_fail(err, XA_USAGE, "%s %d: an empty line", option, fd);
}

/* The command has one turn: what it printed once it would print again. A failure is
 * said and passed over if a person can be asked in its place. */
static bool ask_command(struct xa_client *c, int64_t deadline_ms, struct xa_phrase *ret,
                        struct xa_error *err)
{
    struct xa_words words;
    c->command_spent = true;
    if (!lock_room(c, err))
        return false;
    if (xa_config_command_find(c->paths.config, "agent", NULL, COMMAND, &words, err) &&
        xa_config_command_read(COMMAND, &words, deadline_ms, ret, err))
        return true;
    if (xa_ask_person_possible(c))
        xa_note("%s", err->message);
    return false;
}

bool xa_ask_passphrase(struct xa_client *c, const char *complaint, int64_t deadline_ms,
                       struct xa_error *err)
{
    struct xa_phrase *ret = &xa_room.passphrase;
    int64_t deadline = deadline_ms != 0 ? deadline_ms : xa_clock_ms() + XA_LEASE_MS;
    struct xa_question q = { .text = "Passphrase of the xacct vault: ", .complaint = complaint,
                             .deadline_ms = deadline };
    if (c->opt.passphrase_fd >= 0)
        return xa_ask_descriptor(c, c->opt.passphrase_fd, "--passphrase-fd", ret, err);
    if (xa_ask_command_left(c)) {
        if (ask_command(c, deadline, ret, err))
            return true;
        if (!xa_ask_person_possible(c))
            return false;
    }
    return xa_ask_line(c, &q, ret, err);
}

/* Twice the same, or again from the start; not for ever. */
static bool ask_twice(struct xa_client *c, struct xa_phrase *ret, struct xa_error *err)
{
    struct xa_question first = { .text = "New passphrase for the xacct vault: " };
    struct xa_question second = { .text = "The same once more: " };
    for (int i = 0; i < NEW_TRIES; i++) {
        if (!ask_person(c, &first, ret, err))
            return false;
        if (ret->len == 0) {
            first.complaint = "An empty passphrase protects nothing.";
            continue;
        }
        if (!ask_person(c, &second, &xa_room.again, err))
            return false;
        bool same = xa_phrase_same(ret, &xa_room.again);
        xa_phrase_wipe(&xa_room.again);
        if (same)
            return true;
        first.complaint = "The two differ.";
    }
    xa_phrase_wipe(ret);
    return xa_fail(err, XA_CANCELLED, "no passphrase was chosen");
}

bool xa_ask_new_passphrase(struct xa_client *c, int fd, bool by_command, struct xa_phrase *ret,
                           struct xa_error *err)
{
    const char *option = fd == c->opt.new_passphrase_fd ? "--new-passphrase-fd"
                                                        : "--passphrase-fd";
    if (fd >= 0)
        return xa_ask_descriptor(c, fd, option, ret, err);
    if (by_command && xa_ask_command_left(c)) {
        if (ask_command(c, xa_clock_ms() + XA_LEASE_MS, ret, err))
            return true;
        if (!xa_ask_person_possible(c))
            return false;
    }
    return ask_twice(c, ret, err);
}
