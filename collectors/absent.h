#ifndef ENTROPYD_COLLECTORS_ABSENT_H
#define ENTROPYD_COLLECTORS_ABSENT_H

/*
 * What a collector of the other platform does: it is listed and described, and
 * it refuses. absent_<name>.c puts these functions behind its own probe() and
 * open(), which say what is needed. Nothing here blocks; any thread.
 */

#include "collectors/collector.h"

/* Fills why with `needs` ("Mach IPC needs macOS") and returns -ENOTSUP. */
int absent_refuse(const char *needs, char *why, size_t why_size);

/* The rest of struct collector. open() never succeeds, so that self is always
 * NULL here: the two that can fail return -ENOTSUP, the others do nothing. */
int absent_collect(void *self, uint64_t *ticks, size_t n, char *why,
                   size_t why_size);
void absent_pause(void *self);
int absent_resume(void *self, char *why, size_t why_size);
uint64_t absent_helper_cpu_ns(void *self);
void absent_counters(void *self, uint64_t *out);
void absent_close(void *self);

#endif
