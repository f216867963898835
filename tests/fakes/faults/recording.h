/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FAKES_FAULTS_RECORDING_H
#define ENTROPYD_TESTS_FAKES_FAULTS_RECORDING_H

/*
 * Samples of a real collector, recorded on Linux and re-quantised to a clock of
 * 24 MHz, as Apple Silicon has it. In the file each sample is a count of that
 * clock's ticks, seven bits a byte, the lowest first, the top bit set in all
 * bytes of a sample but its last. One thread.
 */

#include "base/reason.h"

#include <stddef.h>
#include <stdint.h>

/* The recordings in tests/data, by number. */
enum recording_name {
    RECORDING_UNIX_IPC_QUIET,
    RECORDING_UNIX_IPC_LOADED,
    RECORDING_EPOLL_EVENTS_QUIET,
    RECORDING_EPOLL_EVENTS_LOADED,
    RECORDING_COUNT
};

struct recording {
    uint64_t *ticks; /* the recording's; NULL: none was read */
    size_t count;
    size_t next;
};

/* Reads a recording. 0, or -errno with the reason. recording_close() is due
 * after success. */
int recording_open(struct recording *r, enum recording_name name,
                   struct reason *why);

/* The next sample; the first comes after the last. */
uint64_t recording_next(struct recording *r);

/* Frees; a zeroed recording is allowed. */
void recording_close(struct recording *r);

/* Writes n samples in nanoseconds as a recording. 0 or -errno. */
int recording_write(const char *path, const uint64_t *ns, size_t n,
                    struct reason *why);

#endif
