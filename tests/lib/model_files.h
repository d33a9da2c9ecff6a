/* A disk that can lose its power: files and directories in memory, where what
 * was not synced may or may not survive, in any mixture. Behind struct xa_files. */
#ifndef XA_TESTS_MODEL_FILES_H
#define XA_TESTS_MODEL_FILES_H

#include "agent/vault/files.h"

enum { MODEL_FILES = 24, MODEL_NAMES = 12, MODEL_PENDING = 10, MODEL_FDS = 16, MODEL_SIZE = 8704 };

struct model_bytes { size_t len; uint8_t at[MODEL_SIZE]; };

/* now: what a process reads. safe: what the last sync of the file put on disk. */
struct model_file { struct model_bytes now, safe; bool dirty; };

/* A name in one of the directories "/data" (0) and "/state" (1). */
struct model_name { bool used; int dir; char name[32]; int file; };

/* A change of names that its directory's sync has not put on disk yet: `name` is
 * set to `file` (-1: removed), and `from` is gone with it. */
struct model_change { int dir; char name[32], from[32]; int file; };

struct model {
    unsigned calls;                    /* so far, of those that change or sync something */
    unsigned stop_after;               /* the power goes after this many; 0: never       */
    int n_files;
    struct model_file files[MODEL_FILES];
    struct model_name now[MODEL_NAMES], safe[MODEL_NAMES];
    int n_pending;
    struct model_change pending[MODEL_PENDING];
    struct { bool used; int file, dir; size_t at; } fds[MODEL_FDS];
};

/* How the content of a file that was not synced comes out of it: as it was, as it
 * is, less a byte, all zero, all garbage; then cut off at each multiple of a
 * sector; then with each sector zero; then with each sector garbage. */
enum {
    MODEL_SECTOR = 256, MODEL_SECTORS = 18,
    MODEL_OLD = 0, MODEL_NEW, MODEL_BYTE_SHORT, MODEL_ZEROS, MODEL_GARBAGE,
    MODEL_CUT_OFF, MODEL_SECTOR_ZERO = MODEL_CUT_OFF + MODEL_SECTORS,
    MODEL_SECTOR_GARBAGE = MODEL_SECTOR_ZERO + MODEL_SECTORS,
    MODEL_DAMAGES = MODEL_SECTOR_GARBAGE + MODEL_SECTORS,
};

/* The operations on *m. After the power is gone each one fails with -EIO and
 * changes nothing. */
struct xa_files model_files(struct model *m);

/* What is found after the cut: those pending changes of names whose bit is set in
 * `kept`, and this damage. */
void model_cut(const struct model *m, unsigned kept, int damage, struct model *ret);

bool model_has(const struct model *m, int dir, const char *name);

#endif
