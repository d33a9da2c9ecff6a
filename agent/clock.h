/* The clocks by which the hall decides (T1): none of them can be set. */
#ifndef XA_AGENT_CLOCK_H
#define XA_AGENT_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_BOOTTIME, which goes on while the machine sleeps. */
int64_t xa_boot_ms(void);

/* For how many milliseconds the machine has slept since it was started. */
int64_t xa_slept_ms(void);

#endif
