#ifndef ENTROPYD_BASE_REASON_H
#define ENTROPYD_BASE_REASON_H

/* Words for what the kernel refused. */

#include <stddef.h>

/* Writes "<what>: <the error in words>" into why (cut to why_size, always
 * terminated) and returns -error. `what` is a printf format. Any thread. */
int reason_errno(int error, char *why, size_t why_size, const char *what, ...)
    __attribute__((format(printf, 4, 5)));

#endif
