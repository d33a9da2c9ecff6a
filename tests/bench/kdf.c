/* The key derivation alone: kdf T M_KIB. Prints nanoseconds. */
#include <sodium.h>

#include "bench.h"

int main(int argc, char **argv)
{
    static const char passphrase[] = "correct horse battery staple";
    unsigned char key[64], salt[crypto_pwhash_SALTBYTES] = { 1 };
    errno = EINVAL;
    if (argc != 3 || sodium_init() < 0)
        die("T M_KIB");
    uint64_t begin = now_ns();
    if (crypto_pwhash(key, sizeof key, passphrase, sizeof passphrase - 1, salt,
                      strtoull(argv[1], NULL, 10), (size_t)strtoull(argv[2], NULL, 10) * 1024,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        die("crypto_pwhash");
    printf("%llu\n", (unsigned long long)(now_ns() - begin));
    return 0;
}
