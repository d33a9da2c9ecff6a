/* Getting the code of an MFA device, from whoever can give it: mfa_command, /dev/tty,
 * pinentry, askpass, in that order. */
#ifndef XA_CLIENT_ASKING_MFA_H
#define XA_CLIENT_ASKING_MFA_H

#include "client/client.h"
#include "proto/message.h"

/* One question, from NEED until a code was taken or refused. */
struct xa_mfa {
    char serial[XA_MFA_SERIAL_MAX + 1];      /* of the device that is asked for         */
    bool chosen;                             /* of several: it goes along with the code */
    char name[XA_NAME_MAX + 1];              /* for whose credentials; may be cut       */
    char source[XA_NAME_MAX + 1];            /* whose device                            */
    char code[XA_MFA_CODE_LEN + 1];
    unsigned runs_left;                      /* of mfa_command                          */
    int64_t deadline_ms;                     /* on xa_clock_ms                          */
};

/* True if some mfa_command is configured. */
bool xa_mfa_command_there(const struct xa_client *c);

/* Copies the question, and has the device chosen if there are several: by a person at
 * the terminal; elsewhere it is the first virtual one, and a note says so.
 * XA_CANCELLED, XA_NOT_ASKED as xa_ask_line; XA_BAD_MESSAGE. */
bool xa_mfa_begin(struct xa_client *c, const struct xa_need *need, struct xa_mfa *ret,
                  struct xa_error *err) XA_MUST_CHECK;

/* Gets six digits into m->code. `used`: the last code was used already. A person is told
 * so; mfa_command is run again once the time of that code is over.
 * XA_CANCELLED: the person would not; XA_MFA_NEEDED: nobody is there to ask;
 * XA_NOT_ASKED: no answer came. */
bool xa_mfa_ask(struct xa_client *c, struct xa_mfa *m, bool used,
                struct xa_error *err) XA_MUST_CHECK;

/* Takes six digits, with blanks anywhere, from the text: "123 456". */
bool xa_mfa_digits(struct xa_slice text, char ret_code[XA_MFA_CODE_LEN + 1]) XA_MUST_CHECK;

#endif
