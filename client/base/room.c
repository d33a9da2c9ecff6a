#include "client/base/room.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Pages of their own, so that locking and not dumping touch nothing else. */
_Alignas(4096) struct xa_room xa_room;
_Alignas(4096) struct xa_result_room xa_result_room;
_Alignas(4096) struct xa_output_room xa_output_room;
struct xa_rooms_used xa_used;

static bool locked;
static struct rlimit core_before;      /* valid while `locked` */

static bool make_undumpable(struct xa_error *err)
{
    /* The soft limit only: exec gives it back. Undumpable is what a core file needs to be
     * refused in any case. */
    struct rlimit none = { 0, 0 };
    if (getrlimit(RLIMIT_CORE, &core_before) == 0)
        none.rlim_max = core_before.rlim_max;
    if (setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
        madvise(&xa_room, sizeof xa_room, MADV_DONTDUMP) == 0)
        return true;
    xa_fail(err, XA_UNLOCKED_MEMORY, "the passphrase cannot be kept out of core files: %s",
            strerror(errno));
    return xa_why(err, "the system refuses to make this process undumpable");
}

bool xa_room_lock(bool allow_unlocked, struct xa_error *err)
{
    if (locked)
        return true;
    if (!make_undumpable(err))
        return false;
    if (mlock(&xa_room, sizeof xa_room) != 0 && !allow_unlocked) {
        xa_fail(err, XA_UNLOCKED_MEMORY, "memory for the passphrase (%zu KiB) cannot be locked: "
                "%s", sizeof xa_room / 1024, strerror(errno));
        xa_why(err, "the limit is too low (ulimit -l); what is not locked can reach the swap");
        return xa_hint(err, "xacct unlock --allow-unlocked-memory");
    }
    locked = true;
    return true;
}

void xa_room_give_limits_back(void)
{
    if (locked)
        (void)setrlimit(RLIMIT_CORE, &core_before);
}

bool xa_result_room_lock(void)
{
    /* MLOCK_ONFAULT: of some 70 KiB a run touches two or three pages. */
    return syscall(SYS_mlock2, &xa_result_room, sizeof xa_result_room, MLOCK_ONFAULT) == 0;
}

bool xa_output_room_lock(void)
{
    return madvise(&xa_output_room, sizeof xa_output_room, MADV_DONTDUMP) == 0 &&
           syscall(SYS_mlock2, &xa_output_room, sizeof xa_output_room, MLOCK_ONFAULT) == 0;
}

void xa_output_room_wipe(void)
{
    explicit_bzero(xa_output_room.at, xa_used.output);
    xa_used.output = 0;
}

void xa_room_wipe(void)
{
    if (locked) {
        xa_phrase_wipe(&xa_room.passphrase);
        xa_phrase_wipe(&xa_room.new_passphrase);
        xa_phrase_wipe(&xa_room.again);
        xa_phrase_wipe(&xa_room.secret);
        explicit_bzero(xa_room.raw, sizeof xa_room.raw);
    }
    explicit_bzero(xa_room.request, xa_used.request);
    explicit_bzero(xa_result_room.reply, xa_used.reply);
    explicit_bzero(xa_result_room.out, xa_used.out);
    xa_output_room_wipe();
}

void xa_phrase_wipe(struct xa_phrase *phrase)
{
    explicit_bzero(phrase, sizeof *phrase);
}

struct xa_slice xa_phrase_slice(const struct xa_phrase *phrase)
{
    return (struct xa_slice){ (const uint8_t *)phrase->at, phrase->len };
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void xa_phrase_trim(struct xa_phrase *phrase)
{
    size_t from = 0, to = phrase->len;
    while (from < to && blank(phrase->at[from]))
        from++;
    while (to > from && blank(phrase->at[to - 1]))
        to--;
    memmove(phrase->at, phrase->at + from, to - from);
    explicit_bzero(phrase->at + (to - from), sizeof phrase->at - (to - from));
    phrase->len = to - from;
}

bool xa_phrase_same(const struct xa_phrase *a, const struct xa_phrase *b)
{
    return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}
