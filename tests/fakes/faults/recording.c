/* SPDX-License-Identifier: MIT */
/* Recordings, read whole: they are a few tens of kilobytes. */

#include "tests/fakes/faults/recording.h"

#include "base/reason.h"
#include "tests/fakes/faults/noise.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* ENTROPYD_TEST_DATA is tests/data, from CMake. */
static const char *const paths[RECORDING_COUNT] = {
    [RECORDING_UNIX_IPC_QUIET] = ENTROPYD_TEST_DATA "/unix_ipc_quiet.24mhz",
    [RECORDING_UNIX_IPC_LOADED] = ENTROPYD_TEST_DATA "/unix_ipc_loaded.24mhz",
    [RECORDING_EPOLL_EVENTS_QUIET] =
        ENTROPYD_TEST_DATA "/epoll_events_quiet.24mhz",
    [RECORDING_EPOLL_EVENTS_LOADED] =
        ENTROPYD_TEST_DATA "/epoll_events_loaded.24mhz",
};

/* No recording holds more bytes, and so more samples. */
#define SIZE_LIMIT 102400u

/* Bits of the phase in which a span begins within a tick, see quantise(). */
#define PHASE_BITS 16

static int no_such(const char *path, struct reason *why)
{
    return reason_errno(errno, why, "recording %s", path);
}

static int read_samples(struct recording *r, FILE *file)
{
    uint64_t ticks = 0;
    unsigned shift = 0;
    for (int byte; (byte = getc(file)) != EOF;) {
        if (r->count == SIZE_LIMIT || shift > 56)
            return EFBIG;
        ticks |= (uint64_t)(byte & 127) << shift;
        shift += 7;
        if (byte > 127)
            continue;
        r->ticks[r->count++] = ticks;
        ticks = 0;
        shift = 0;
    }
    return shift != 0 || r->count == 0 ? EINVAL : 0;
}

int recording_open(struct recording *r, enum recording_name name,
                   struct reason *why)
{
    *r = (struct recording){0};
    FILE *file = fopen(paths[name], "rbe");
    if (file == NULL)
        return no_such(paths[name], why);
    r->ticks = calloc(SIZE_LIMIT, sizeof(*r->ticks));
    int error = r->ticks != NULL ? read_samples(r, file) : ENOMEM;
    (void)fclose(file);
    if (error == 0)
        return 0;
    recording_close(r);
    return reason_errno(error, why, "recording %s", paths[name]);
}

uint64_t recording_next(struct recording *r)
{
    uint64_t ticks = r->ticks[r->next];
    r->next = r->next + 1 < r->count ? r->next + 1 : 0;
    return ticks;
}

void recording_close(struct recording *r)
{
    free(r->ticks);
    *r = (struct recording){0};
}

/* What a clock of 24 MHz would have counted between two readings: they lie
 * anywhere within its ticks, so the phase is drawn. */
static uint64_t quantise(uint64_t ns, struct noise *phases)
{
    uint64_t phase = noise_uniform(phases) & ((1u << PHASE_BITS) - 1);
    return (((ns * 24 << PHASE_BITS) / 1000) + phase) >> PHASE_BITS;
}

int recording_write(const char *path, const uint64_t *ns, size_t n,
                    struct reason *why)
{
    FILE *file = fopen(path, "wbe");
    if (file == NULL)
        return no_such(path, why);
    struct noise phases;
    noise_seed(&phases, 24);
    for (size_t i = 0; i < n; i++) {
        uint64_t ticks = quantise(ns[i], &phases);
        for (; ticks > 127; ticks >>= 7)
            (void)putc((int)(ticks & 127) | 128, file);
        (void)putc((int)ticks, file);
    }
    int failed = ferror(file);
    if (fclose(file) != 0 || failed)
        return no_such(path, why);
    return 0;
}
