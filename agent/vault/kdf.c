#include "agent/vault/kdf.h"

#include <sodium.h>
#include <time.h>

bool xa_kdf_argon2id(uint8_t out[XA_KDF_OUT], const uint8_t *passphrase, size_t len,
                     const uint8_t salt[XA_KDF_SALT], uint32_t t, uint32_t m_kib)
{
    return crypto_pwhash(out, XA_KDF_OUT, (const char *)passphrase, len, salt, t,
                         (size_t)m_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

int64_t xa_kdf_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The t that should take the wanted time, by what the last one took: each wrong
 * guess costs the person a derivation. */
static uint32_t next_t(uint32_t t, int64_t took_ms)
{
    int64_t guess = XA_KDF_T_MAX;
    if (took_ms > 0)
        guess = ((int64_t)t * XA_KDF_AIM_MS + took_ms - 1) / took_ms;
    if (guess <= t)
        guess = (int64_t)t + 1;
    return guess < XA_KDF_T_MAX ? (uint32_t)guess : XA_KDF_T_MAX;
}

bool xa_kdf_calibrate(xa_kdf_fn *kdf, xa_clock_fn *clock, const uint8_t *passphrase, size_t len,
                      const uint8_t salt[XA_KDF_SALT], uint8_t out[XA_KDF_OUT],
                      struct xa_kdf_cost *ret)
{
    struct xa_kdf_cost cost = { XA_KDF_T, XA_KDF_M_KIB };
    for (;;) {
        int64_t start = clock();
        if (!kdf(out, passphrase, len, salt, cost.t, cost.m_kib)) {
            if (cost.m_kib / 2 < XA_KDF_M_FLOOR_KIB)
                return false;
            cost.m_kib /= 2;
            continue;
        }
        int64_t took_ms = clock() - start;
        if (took_ms >= XA_KDF_AIM_MS || cost.t == XA_KDF_T_MAX)
            break;
        cost.t = next_t(cost.t, took_ms);
    }
    *ret = cost;
    return true;
}

bool xa_kdf_weak(struct xa_kdf_cost cost)
{
    return cost.t < XA_KDF_T || cost.m_kib < XA_KDF_M_KIB;
}

struct xa_kdf_cost xa_kdf_raised(struct xa_kdf_cost cost)
{
    if (cost.t < XA_KDF_T)
        cost.t = XA_KDF_T;
    if (cost.m_kib < XA_KDF_M_KIB)
        cost.m_kib = XA_KDF_M_KIB;
    return cost;
}
