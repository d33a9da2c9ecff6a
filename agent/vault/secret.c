#include "agent/vault/secret.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/vault/hash.h"

struct xa_secret {
    uint8_t *at;         /* from sodium_malloc: guard pages, and a canary before it */
    size_t len;
    unsigned opened;     /* open() calls not yet shut                               */
    bool sealed;
};

/* Secrets are also made in the thread pool, so these two are atomic; a secret
 * itself belongs to one thread at a time. */
static atomic_bool unlocked_allowed;
static atomic_bool unlocked_made;

void xa_secret_allow_unlocked(bool allow)
{
    atomic_store(&unlocked_allowed, allow);
}

bool xa_secret_all_locked(void)
{
    return !atomic_load(&unlocked_made);
}

/* The whole pages in which a secret lies. */
static void *pages_of(const struct xa_secret *s, size_t *ret_len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t into = (uintptr_t)s->at & (page - 1);
    *ret_len = (into + s->len + page - 1) & ~(page - 1);
    return s->at - into;
}

static bool refuse_unlocked(int cause, struct xa_error *err)
{
    struct rlimit limit = { 0 };
    (void)getrlimit(RLIMIT_MEMLOCK, &limit);
    xa_fail(err, XA_UNLOCKED_MEMORY, "the memory for a secret cannot be locked: %s",
            strerror(cause));
    if (limit.rlim_cur != RLIM_INFINITY)
        xa_why(err, "this process may lock %llu KiB (ulimit -l); unlocked memory can reach swap",
               (unsigned long long)limit.rlim_cur / 1024);
    else
        xa_why(err, "unlocked memory can reach swap");
    return xa_hint(err, "--allow-unlocked-memory, or a higher `ulimit -l` before the agent starts");
}

/* sodium_malloc locks too, but says nothing when that fails, and leaves the
 * pages to a forked child. */
static bool protect(const struct xa_secret *s, struct xa_error *err)
{
    size_t len;
    void *pages = pages_of(s, &len);
    if (madvise(pages, len, MADV_DONTDUMP) != 0 || madvise(pages, len, MADV_DONTFORK) != 0)
        return xa_fail(err, XA_INTERNAL, "memory cannot be kept out of core files and forks: %s",
                       strerror(errno));
    if (mlock(pages, len) == 0)
        return true;
    if (!atomic_load(&unlocked_allowed))
        return refuse_unlocked(errno, err);
    atomic_store(&unlocked_made, true);
    return true;
}

struct xa_secret *xa_secret_new(size_t len, struct xa_error *err)
{
    assert(len > 0);
    if (!xa_crypto_init(err))
        return NULL;
    struct xa_secret *s = calloc(1, sizeof *s);
    if (s != NULL)
        s->at = sodium_malloc(len);
    if (s == NULL || s->at == NULL) {
        free(s);
        xa_fail(err, XA_NO_MEMORY, "no memory for a secret of %zu bytes", len);
        return NULL;
    }
    s->len = len;
    memset(s->at, 0, len);       /* sodium fills it with a pattern */
    if (!protect(s, err))
        xa_secret_free(&s);
    return s;
}

size_t xa_secret_len(const struct xa_secret *s)
{
    return s->len;
}

uint8_t *xa_secret_fill(struct xa_secret *s)
{
    assert(!s->sealed);
    return s->at;
}

void xa_secret_seal(struct xa_secret *s)
{
    assert(!s->sealed);
    s->sealed = true;
    if (sodium_mprotect_noaccess(s->at) != 0)
        abort();                 /* a protection is never skipped in silence */
}

const uint8_t *xa_secret_open(struct xa_secret *s)
{
    assert(s->sealed);
    if (s->opened++ == 0 && sodium_mprotect_readonly(s->at) != 0)
        abort();
    return s->at;
}

void xa_secret_shut(struct xa_secret *s)
{
    assert(s->sealed && s->opened > 0);
    if (--s->opened == 0 && sodium_mprotect_noaccess(s->at) != 0)
        abort();
}

void xa_secret_free(struct xa_secret **s)
{
    if (*s == NULL)
        return;
    assert((*s)->opened == 0);
    sodium_free((*s)->at);       /* wipes, and ends the process if the canary died */
    free(*s);
    *s = NULL;
}
