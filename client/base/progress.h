/* A line that says what a person at a terminal is waiting for. */
#ifndef XA_CLIENT_BASE_PROGRESS_H
#define XA_CLIENT_BASE_PROGRESS_H

/* Waits shorter than this are not worth a word (design.md, section 8). */
#define XA_PROGRESS_AFTER_MS 400

/* Shows the text if standard error is a terminal that can take it away again; NULL
 * shows nothing. */
void xa_progress_show(const char *text);

/* Takes the line away again if there is one. */
void xa_progress_clear(void);

#endif
