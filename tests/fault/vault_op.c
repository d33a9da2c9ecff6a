/* One operation of the vault in one process, with real files, for the scripts
 * beside it:  vault_op [--cheap] VAULT STATE OPERATION [NAME]
 *
 * create NAME   a new vault, saved by adding the key NAME
 * add NAME, remove NAME, prove NAME, passwd
 * intend NAME, pend NAME, switch NAME, switch-back NAME, settle NAME    the steps of a rotation
 * rotate NAME   all four, from where it stands
 * show          unlocks, prints the names and their rotations, each behind a space
 * sign NAME     prints an Authorization header for a fixed request
 * weaken [NAME] writes a vault of an older cost, for an upgrade (with --cheap); with any
 *               name in the middle of a rotation
 *
 * Lines of stdin: the passphrase, then the secret of a new key or the new
 * passphrase. Prints "done" once the operation is acknowledged. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/vault_kit.h"

static char passphrase[XA_PASSPHRASE_MAX + 2], second[XA_PASSPHRASE_MAX + 2];

static void read_line(char room[XA_PASSPHRASE_MAX + 2])
{
    size_t n = 0;
    while (n < XA_PASSPHRASE_MAX && read(STDIN_FILENO, room + n, 1) == 1 && room[n] != '\n')
        n++;
    room[n] = '\0';
}

static bool weaken(const char *path, bool rotating)
{
    uint8_t file[KIT_WEAK_LEN];
    kit_weak_file(rotating, file);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return fd >= 0 && write(fd, file, sizeof file) == (ssize_t)sizeof file && close(fd) == 0;
}

static bool sign(struct xa_vault *v, const char *name, struct xa_error *err)
{
    struct xa_sigv4_header host = { xa_slice_of("host"), xa_slice_of("sts.amazonaws.com") };
    struct xa_sigv4_request request = {
        .method = xa_slice_of("POST"), .path = xa_slice_of("/"), .headers = &host, .n_headers = 1,
        .body = xa_slice_of("Action=GetCallerIdentity&Version=2011-06-15"),
        .region = xa_slice_of("us-east-1"), .service = xa_slice_of("sts"), .time_s = 1768480496,
    };
    struct xa_sigv4_signature signature;
    if (!kit_unlock(v, passphrase, err) ||
        !xa_vault_sign(v, xa_slice_of(name), &request, &signature, err))
        return false;
    puts(signature.authorization);
    return true;
}

static bool prove(struct xa_vault *v, const char *name, struct xa_error *err)
{
    struct xa_vault_info info = { .access_key_id = KIT_KEY_ID, .account = "222222222222",
                                  .arn = "arn:aws:iam::222222222222:user/b" };
    snprintf(info.name, sizeof info.name, "%s", name);
    return kit_prove(v, &info, err);
}

static const struct step {
    const char *name;
    bool (*take)(struct xa_vault *v, const char *name, struct xa_error *err);
} steps[] = {
    { "intend", kit_intend }, { "pend", kit_pend }, { "switch", kit_switch },
    { "settle", kit_settle }, { "switch-back", kit_switch_back },
};

/* A rotation that somebody began is resumed. */
static bool rotate(struct xa_vault *v, const char *name, struct xa_error *err)
{
    struct xa_vault_rotation r;
    if (!kit_unlock(v, passphrase, err))
        return false;
    if (!xa_vault_rotation(v, xa_slice_of(name), &r))
        return xa_fail(err, XA_NO_SUCH_NAME, "no key '%s'", name);
    for (size_t i = r.kind; steps[i].take != kit_switch_back; i++)
        if (!steps[i].take(v, name, err))
            return false;
    return true;
}

static const struct step *find_step(const char *operation)
{
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (strcmp(operation, steps[i].name) == 0)
            return &steps[i];
    return NULL;
}

static bool run(struct xa_vault *v, const char *operation, const char *name, struct xa_error *err)
{
    const struct step *step = find_step(operation);
    if (step != NULL)
        return kit_unlock(v, passphrase, err) && step->take(v, name, err);
    if (strcmp(operation, "rotate") == 0)
        return rotate(v, name, err);
    if (strcmp(operation, "create") == 0)
        return kit_create(v, passphrase, err) && kit_add(v, name, second, err);
    if (strcmp(operation, "add") == 0)
        return kit_unlock(v, passphrase, err) && kit_add(v, name, second, err);
    if (strcmp(operation, "remove") == 0)
        return kit_unlock(v, passphrase, err) && kit_remove(v, name, err);
    if (strcmp(operation, "prove") == 0)
        return kit_unlock(v, passphrase, err) && prove(v, name, err);
    if (strcmp(operation, "passwd") == 0)
        return kit_passwd(v, passphrase, second, err);
    if (strcmp(operation, "sign") == 0)
        return sign(v, name, err);
    return strcmp(operation, "show") == 0 && kit_unlock(v, passphrase, err);
}

int main(int argc, char **argv)
{
    struct xa_error err = { .message = "usage: vault_op [--cheap] VAULT STATE OPERATION [NAME]" };
    bool cheap = argc > 1 && strcmp(argv[1], "--cheap") == 0;
    argv += cheap;
    argc -= cheap;
    if (argc < 4) {
        fprintf(stderr, "%s\n", err.message);
        return 2;
    }
    const char *operation = argv[3], *name = argc > 4 ? argv[4] : "";
    if (strcmp(operation, "weaken") == 0)
        return weaken(argv[1], name[0] != '\0') ? 0 : 1;
    struct xa_vault_setup setup = {
        .path = argv[1], .state_path = argv[2], .kdf = cheap ? kit_cheap_kdf : NULL };
    struct xa_vault *v = xa_vault_new(&setup, &err);
    read_line(passphrase);
    read_line(second);
    bool ok = v != NULL && run(v, operation, name, &err);
    if (!ok)
        fprintf(stderr, "%s: %s\n", xa_code_name(err.code), err.message);
    else if (strcmp(operation, "show") == 0)
        printf("%s\n", kit_names(v));
    else
        puts("done");
    fflush(stdout);
    if (v != NULL && xa_vault_warning(v)[0] != '\0')
        fprintf(stderr, "warning: %s\n", xa_vault_warning(v));
    xa_vault_free(&v);
    return ok ? 0 : xa_code_exit(err.code);
}
