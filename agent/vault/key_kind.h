/* What the keys under one name are to each other. One is current. While `rotate`
 * replaces it, the vault journals how far that has come by one entry beside it. */
#ifndef XA_AGENT_VAULT_KEY_KIND_H
#define XA_AGENT_VAULT_KEY_KIND_H

/* The numbers are those of the file: FORMAT.md, section 4. */
enum xa_key_kind {
    XA_KEY_CURRENT = 0,
    XA_KEY_INTENT = 1,      /* AWS is about to be asked for a new key: a note, no key        */
    XA_KEY_PENDING = 2,     /* AWS's new key, which is not proven yet                        */
    XA_KEY_RETIRED = 3,     /* the key that was current, to be deleted at AWS                */
};

/* Sets of kinds. */
#define XA_KEY_SET(kind) (1u << (kind))
#define XA_KEY_SET_ALL \
    (XA_KEY_SET(XA_KEY_CURRENT) | XA_KEY_SET(XA_KEY_INTENT) | XA_KEY_SET(XA_KEY_PENDING) | \
     XA_KEY_SET(XA_KEY_RETIRED))

#endif
