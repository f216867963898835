#ifndef ENTROPYD_CLIENT_DEADLINE_H
#define ENTROPYD_CLIENT_DEADLINE_H

/* Points in monotonic time. */

#include <stdint.h>

/* In the far future. */
#define DEADLINE_NEVER INT64_MAX

/* Milliseconds of the monotonic clock. */
int64_t deadline_now(void);

/* timeout_ms from now; never, if that is negative. */
int64_t deadline_after(int timeout_ms);

/* Milliseconds until then for poll(): 0 when it has come, -1 if it never
 * comes. */
int deadline_left(int64_t deadline);

#endif
