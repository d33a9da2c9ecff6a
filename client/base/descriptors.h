/* Descriptors 0, 1 and 2. A caller may have closed one; then the next thing opened would get the
 * number, and what is meant for standard output would be written to it. */
#ifndef XA_CLIENT_BASE_DESCRIPTORS_H
#define XA_CLIENT_BASE_DESCRIPTORS_H

#include <stdbool.h>

/* Opens those that are closed as /dev/null, for reading only, so that writing fails and does
 * not vanish. False: it cannot. Three calls of the system: xa_descriptors_above has none in the
 * usual case. */
bool xa_descriptors_fill(void);

/* Takes a descriptor (or -1) and returns it if it is none of the three; else one of those was
 * closed: they are filled, and what was opened moves above them. -1, with fd closed: it cannot. */
int xa_descriptors_above(int fd);

#endif
