/* How a message is described: inside of the messages. proto/messages.c holds the tables,
 * proto/message.c encodes and decodes by them. */
#ifndef XA_PROTO_MESSAGE_TABLE_H
#define XA_PROTO_MESSAGE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits 14..12 of a field's tag. */
enum kind { FLAG = 1, U32 = 2, U64 = 3, TEXT = 4, BYTES = 5, LIST = 6 };

struct field {
    uint16_t number;
    enum kind kind;
    bool required;
    size_t max;        /* bytes, of TEXT, BYTES and LIST */
    size_t offset;     /* in the message's struct        */
    const char *name;  /* for the error that names it    */
};

struct xa_message {
    const char *name;
    size_t size;       /* of the struct */
    size_t n_fields;
    const struct field *fields;
};

#endif
