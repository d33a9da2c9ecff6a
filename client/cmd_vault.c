/* unlock, lock, passwd: the vault as a whole. */
#include "client/asking/ask.h"
#include "client/commands.h"
#include "client/requests/request.h"

/* Leaves no connection open: the agent closes one that is idle for a minute, and what
 * follows may wait for a person or a descriptor for longer. */
static bool vault_state(struct xa_client *c, uint32_t *ret, struct xa_error *err)
{
    struct xa_status_result s = { 0 };
    struct xa_call call = { XA_STATUS, &xa_msg_empty, NULL, NULL, &xa_msg_status_result, &s, NULL };
    if (!xa_request(c, &call, err))
        return false;
    xa_link_close(&c->link);
    if (s.state == XA_VAULT_NONE)
        return xa_fail(err, XA_NO_VAULT, "there is no vault yet: %.*s", (int)s.vault_path.len,
                       (const char *)s.vault_path.at);
    *ret = s.state;
    return true;
}

/* A person is not asked for what is not needed; a descriptor's passphrase is tried in
 * any case, so that a script learns whether it is right. */
bool xa_cmd_unlock(struct xa_client *c, struct xa_error *err)
{
    uint32_t state = 0;
    if (!vault_state(c, &state, err))
        return false;
    if (state == XA_VAULT_UNLOCKED && c->opt.passphrase_fd < 0) {
        if (!xa_options_has(&c->opt, XA_OPT_QUIET))
            xa_note("the vault is already unlocked");
        return true;
    }
    return xa_request_unlock(c, err);
}

bool xa_cmd_lock(struct xa_client *c, struct xa_error *err)
{
    struct xa_lock ask = { xa_options_has(&c->opt, XA_OPT_KEEP_SESSIONS) };
    struct xa_call call = { XA_LOCK, &xa_msg_lock, &ask, NULL, &xa_msg_empty, NULL, NULL };
    /* Where no agent runs nothing is open. */
    return xa_request(c, &call, err) || err->code == XA_NO_AGENT;
}

static bool send_passwd(struct xa_client *c, struct xa_error *err)
{
    struct xa_passwd ask = {
        xa_phrase_slice(&xa_room.passphrase), xa_phrase_slice(&xa_room.new_passphrase),
        xa_options_has(&c->opt, XA_OPT_ALLOW_UNLOCKED),
    };
    struct xa_call call = { XA_PASSWD, &xa_msg_passwd, &ask, NULL, &xa_msg_empty, NULL,
                            "changing the passphrase …" };
    return xa_request(c, &call, err);
}

static bool cannot_ask(struct xa_error *err)
{
    if (err->code == XA_NOT_ASKED)
        xa_hint(err, "the same command in a terminal, or with --passphrase-fd N "
                "--new-passphrase-fd M");
    return false;
}

/* The new passphrase is asked for once; a wrong old one is asked for again. */
static bool change(struct xa_client *c, struct xa_error *err)
{
    const char *complaint = NULL;
    for (int i = 0; i < XA_PASSPHRASE_TRIES; i++) {
        if (!xa_ask_passphrase(c, complaint, 0, err))
            return cannot_ask(err);
        if (i == 0 && !xa_ask_new_passphrase(c, c->opt.new_passphrase_fd, false,
                                             &xa_room.new_passphrase, err))
            return cannot_ask(err);
        bool ok = send_passwd(c, err);
        xa_phrase_wipe(&xa_room.passphrase);
        xa_link_close(&c->link);
        if (ok)
            return true;
        if (err->code != XA_BAD_PASSPHRASE || !xa_ask_again_possible(c))
            return false;
        complaint = "Wrong passphrase (the present one is meant).";
    }
    return false;
}

bool xa_cmd_passwd(struct xa_client *c, struct xa_error *err)
{
    uint32_t state;
    if (!vault_state(c, &state, err) || !change(c, err))
        return false;
    if (!xa_options_has(&c->opt, XA_OPT_QUIET))
        xa_note("the passphrase is changed");
    return true;
}
