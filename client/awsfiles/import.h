/* One run of `import`: which profiles have a key, which of them can be stored, and what
 * became of each. */
#ifndef XA_CLIENT_AWSFILES_IMPORT_H
#define XA_CLIENT_AWSFILES_IMPORT_H

#include "client/awsfiles/aws_files.h"
#include "client/awsfiles/import_clean.h"
#include "client/client.h"

struct xa_import_item {
    struct xa_clean_key key;      /* borrows the files' texts                         */
    bool temporary;               /* it has a session token                           */
    bool continued;               /* a value goes on in the line behind it            */
    const char *file;             /* where the half that is there stands              */
    uint32_t line;
    bool stored;                  /* by this run                                      */
    bool taken;                   /* the name is given to something else              */
    bool same;                    /* to this key, by all that the agent tells         */
    bool unsure;                  /* there is a source of that name, its key unknown  */
};

struct xa_import {
    struct xa_client *client;
    struct xa_aws_files files;
    struct xa_import_item *items;     /* room for every profile                       */
    size_t n_items;
    size_t n_asked, n_failed;         /* of those named, or of all                    */
    size_t n_left;                    /* of those stored: their lines stay            */
    struct xa_error worst;            /* of those that failed: highest exit status    */
    struct xa_error left;             /* why the first one's lines stay               */
};

/* The arguments of "%.*s" for an item's name. */
#define XA_IMPORT_NAME(item) (int)(item)->key.name.len, (const char *)(item)->key.name.at

/* Fills items with the profiles that were named, or with all that have a key (--all), and
 * drops, with a word, those that cannot be stored. Neither names nor --all: XA_USAGE says
 * which there are. */
bool xa_import_select(struct xa_import *im, struct xa_error *err) XA_MUST_CHECK;

/* Notes that one was not imported, on standard error unless it is the only one. */
void xa_import_failed(struct xa_import *im, struct xa_slice name, const struct xa_error *err);

/* Notes that the lines of one that is stored were left where they are. */
void xa_import_left(struct xa_import *im, const struct xa_error *why);

/* How it ended: true, or what the worst of the failures was. */
bool xa_import_conclude(const struct xa_import *im, struct xa_error *err) XA_MUST_CHECK;

#endif
