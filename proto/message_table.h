/* How a message is described: inside of the messages. proto/messages.c holds the tables,
 * proto/message.c encodes and decodes by them. There is no pointer in them: each would have to be
 * made right at every start of a program that stands at another address in each run. */
#ifndef XA_PROTO_MESSAGE_TABLE_H
#define XA_PROTO_MESSAGE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits 14..12 of a field's tag. */
enum kind { FLAG = 1, U32 = 2, U64 = 3, TEXT = 4, BYTES = 5, LIST = 6 };

struct field {
    uint16_t number;
    uint8_t kind;      /* enum kind                      */
    bool required;
    uint16_t offset;   /* in the message's struct        */
    char name[26];     /* for the error that names it    */
    uint32_t max;      /* bytes, of TEXT, BYTES and LIST */
};

struct xa_message {
    char name[22];
    uint16_t size;     /* of the struct */
    uint16_t n_fields;
    struct field fields[];
};

#endif
