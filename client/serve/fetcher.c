#include "client/serve/fetcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/asking/ask.h"
#include "client/base/child.h"
#include "client/base/room.h"
#include "client/commands.h"
#include "client/requests/credentials.h"
#include "client/serve/answer.h"

#define PATIENCE_MS 800              /* L7; design.md, section 5                            */
#define GLANCE_MS 300                /* while a person is asked, who are to hear so soon    */

/* What comes through the pipe: a kind, then an answer to its end. */
enum kind { KIND_ANSWER = 'A', KIND_ASKS = 'Q' };

/* --- the process that gets them ------------------------------------------------------------ */

static void say(int to, enum kind kind, struct xa_slice answer)
{
    char first = (char)kind;
    if (write(to, &first, 1) != 1)
        return;
    for (size_t done = 0; done < answer.len;) {
        ssize_t n = write(to, answer.at + done, answer.len - done);
        if (n < 0 && errno != EINTR)
            return;
        done += n > 0 ? (size_t)n : 0;
    }
}

/* What a person could give, if one is there to be asked. */
static bool takes_a_person(const struct xa_client *c, const struct xa_error *err)
{
    bool lacks = err->code == XA_LOCKED || err->code == XA_MFA_NEEDED ||
                 err->code == XA_MFA_CODE_USED || err->code == XA_NOT_ASKED;
    return lacks && xa_ask_person_possible(c);
}

/* First as a program that cannot ask, and is answered at once. Then as one that can: by then
 * those who waited have been told, and who comes later gets what the person makes possible. */
static void get(struct xa_client *c, bool may_ask, int to)
{
    static struct xa_command brief;
    const struct xa_command *usual = c->command;
    bool no_input = c->opt.given[XA_OPT_NO_INPUT];
    struct xa_credentials_result r;
    struct xa_error err = { 0 };
    brief = *usual;
    /* For the network and for other callers; a command of the configuration has its own
     * time, since it would have to begin anew at each try. */
    brief.patience_ms = may_ask ? PATIENCE_MS : GLANCE_MS;
    c->command = &brief;
    c->opt.given[XA_OPT_NO_INPUT] = true;
    if (xa_credentials_get(c, &r, &err)) {
        say(to, KIND_ANSWER, xa_answer_credentials(&r));
        return;
    }
    c->opt.given[XA_OPT_NO_INPUT] = no_input;
    if (!takes_a_person(c, &err)) {
        say(to, KIND_ANSWER, xa_answer_failure(&err));
        return;
    }
    say(to, KIND_ASKS, (struct xa_slice){ 0 });
    close(to);
    if (!may_ask)
        return;
    c->command = usual;
    if (!xa_credentials_get(c, &r, &err))
        xa_note("%s", err.message);
}

static XA_NORETURN void become(struct xa_client *c, bool may_ask, int to)
{
    xa_link_close(&c->link);             /* the parent's connection, if it had one */
    if (!xa_result_room_lock() && xa_options_has(&c->opt, XA_OPT_VERBOSE))
        xa_note("memory for the credentials cannot be locked (ulimit -l)");
    get(c, may_ask, to);
    xa_room_wipe();
    _exit(EXIT_SUCCESS);
}

/* --- the endpoint's end of it ---------------------------------------------------------------- */

bool xa_fetcher_start(struct xa_fetcher *f, struct xa_client *c, bool may_ask,
                      void (*idle)(void *ctx), void *ctx)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t pid = xa_child_fork();
    if (pid == 0) {
        setpgid(0, 0);
        close(ends[0]);
        idle(ctx);
        become(c, may_ask, ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return false;
    }
    setpgid(pid, pid);                   /* whichever of us comes first */
    *f = (struct xa_fetcher){ .pid = pid, .from = ends[0] };
    return true;
}

static void hang_up(struct xa_fetcher *f)
{
    if (f->from >= 0)
        close(f->from);
    f->from = -1;
}

bool xa_fetcher_read(struct xa_fetcher *f, struct xa_slice *ret_answer)
{
    uint8_t *room = xa_result_room.reply;
    ssize_t n = read(f->from, room + f->len, sizeof xa_result_room.reply - f->len);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return false;
    if (n > 0) {
        f->len += (size_t)n;
        if (f->len > xa_used.reply)
            xa_used.reply = f->len;
        if (f->len < sizeof xa_result_room.reply)
            return false;
    }
    hang_up(f);
    bool asked = f->len > 0 && room[0] == KIND_ASKS;
    f->asks = asked && f->pid != 0;
    *ret_answer = f->len > 1 && room[0] == KIND_ANSWER
                      ? (struct xa_slice){ room + 1, f->len - 1 }
                      : xa_answer_refusal(xa_fetcher_still(asked));
    return true;
}

void xa_fetcher_wipe(struct xa_fetcher *f)
{
    explicit_bzero(xa_result_room.reply, f->len);
    explicit_bzero(xa_result_room.out, sizeof xa_result_room.out);
    f->len = 0;
}

void xa_fetcher_ended(struct xa_fetcher *f)
{
    f->pid = 0;
    f->asks = false;
}

const struct xa_refusal *xa_fetcher_still(bool asked)
{
    static const struct xa_refusal
        asks = { 503, "Asking", "xacct: a person is being asked (passphrase or MFA code); when "
                                "that is answered the next try gets the credentials" },
        slow = { 503, "InProgress", "xacct: the credentials are being fetched; try again" };
    return asked ? &asks : &slow;
}
