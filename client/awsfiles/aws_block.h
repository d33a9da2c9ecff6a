/* The part of ~/.aws/config that is xacct's: one [profile …] for each destination, between
 * two marks at the head of the file. Pure: bytes in, bytes out. */
#ifndef XA_CLIENT_AWSFILES_AWS_BLOCK_H
#define XA_CLIENT_AWSFILES_AWS_BLOCK_H

#include "client/awsfiles/aws_rewrite.h"

#define XA_BLOCK_BEGIN "# xacct: begin (xacct aws-config writes these lines, up to the end)"
#define XA_BLOCK_END "# xacct: end"

/* One profile. */
struct xa_block_entry {
    char name[XA_NAME_MAX + 1];
    char region[XA_REGION_MAX + 1];      /* "": none                                    */
};

/* Where the block stands in a text; all three borrow it. The block is at the head of a text
 * that has none, so that all that was there stays as it is, an unfinished last line too. */
struct xa_block {
    struct xa_slice before, block, after;
    unsigned line;                       /* of its first mark, from 1; 0: there is none */
};

/* XA_BAD_CONFIG with FILE:LINE: one mark without the other, a second block, or a line in
 * it that xacct does not write: the person's own, which is not to be lost. */
bool xa_block_find(const char *file, struct xa_slice text, struct xa_block *ret,
                   struct xa_error *err) XA_MUST_CHECK;

/* The next profile of a block: *rest is the block at first. False at the end. */
bool xa_block_next(struct xa_slice *rest, struct xa_slice *ret_name);

/* Hands the block of these entries to keep, marks included; nothing for none of them.
 * program: an absolute path that xa_block_program_good allows. */
bool xa_block_write(const char *program, const struct xa_block_entry *entries, size_t n,
                    xa_aws_keep_fn *keep, void *ctx) XA_MUST_CHECK;

/* True for a path that every reader of credential_process takes without quotes (facts 5.2,
 * 5.4). */
bool xa_block_program_good(const char *program);

/* True if what comes behind the block would be read as part of its last line: it begins with a
 * blank, before any header at the line's start (facts 4.3). */
bool xa_block_swallows(struct xa_slice after);

/* The line, from 1, of a header in the text around the block that some reader takes for the
 * profile `name`, however it is written (facts 4.3); 0: there is none. */
unsigned xa_block_elsewhere(struct xa_slice text, const struct xa_block *block, const char *name);

#endif
