/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_COLLECTORS_COLLECTOR_H
#define ENTROPYD_COLLECTORS_COLLECTOR_H

/*
 * The interface of a collector: code that repeats one kernel operation and
 * times it.
 *
 * A raw sample is t1 - t0 around the one call that the collector names, in the
 * ticks of base/ticks.h, 64 bits, neither folded nor scaled. Only a successful
 * operation that brought an event yields one; time-outs and errors are counted
 * by name and yield none. A collector neither judges nor keeps its samples.
 *
 * All functions of an open collector are called by one thread, its worker. It
 * may start helper threads of its own. Except for open() and close(), no
 * function blocks for longer than COLLECT_MAX_MS.
 */

#include "base/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest time that one collect() may take, in milliseconds: a worker answers
 * a stop within a tenth of a second. */
#define COLLECT_MAX_MS 100

/* Most collectors that a program has, so that a set of them is a bit mask. */
#define COLLECTOR_MAX 16

/* Most values that a list tunable holds. */
#define TUNABLE_LIST_MAX 8

enum tunable_type {
    TUNABLE_INTEGER, /* one value in min..max */
    TUNABLE_BOOLEAN, /* one value, 0 or 1 */
    TUNABLE_LIST,    /* 1..TUNABLE_LIST_MAX integers, each in min..max */
};

/* The setting of one tunable. An integer or boolean has count 1. */
struct tunable_value {
    int64_t values[TUNABLE_LIST_MAX];
    unsigned count; /* how many of values are used */
    bool is_set;    /* set by a person; false: the default */
};

/* One option of a collector; the same table drives configuration, --help,
 * documentation and status. Constant data. */
struct tunable {
    const char *name; /* "num_ports": as in config and status */
    const char *unit; /* "bytes", "ms", "us", or "" for a plain count */
    const char *help; /* one line, no full stop */
    enum tunable_type type;
    int64_t min, max;                   /* inclusive; 0 and 1 for a boolean */
    struct tunable_value default_value; /* is_set is false */
};

/* How a claim or a behaviour is known. */
enum collector_evidence {
    EVIDENCE_MEASURED, /* on the real kernel; see measured_where */
    EVIDENCE_EMULATED, /* the real program on an emulation of its kernel */
    EVIDENCE_COMPILED, /* builds; its logic has run against fakes only */
};

/* What a collector is, for people. Constant data, the same on every platform,
 * even where the collector itself is not built. */
struct collector_info {
    const char *summary;        /* one line */
    const char *times;          /* the one call that is timed */
    const char *varies_because; /* why its duration varies */
    const char *platform;       /* "macos" or "linux" */
    unsigned claim_millibits;   /* default claim: min-entropy of a sample in
                                 * thousandths of a bit, 1..1000 */
    enum collector_evidence evidence;
    const char *measured_where;  /* data set, machine, date; or why not */
    const char *const *counters; /* names for counters(), NULL at the end */
};

/* Longest period() of a collector: 64 ports times TUNABLE_LIST_MAX sizes. */
#define COLLECTOR_PERIOD_MAX 512

/*
 * A collector. Constant data. One that this platform does not have is described
 * all the same, but all its functions except check() are NULL: ask
 * collector_can_run() before any other.
 *
 * Functions that can fail return a negative errno and set *why to the reason:
 * lower case, no full stop.
 */
struct collector {
    const char *name; /* "mach_ipc" */
    const struct collector_info *info;
    const struct tunable *tunables; /* ended by an entry whose name is NULL */

    /* Checks values, each within its range, against each other (for example: at
     * least one of three counts is not 0). values is in the order of tunables.
     * 0, or -EINVAL. Any thread, on every platform. */
    int (*check)(const struct tunable_value *values, struct reason *why);

    /* The number of samples after which its own work repeats with these values,
     * at most COLLECTOR_PERIOD_MAX; the daemon looks whether the samples do so
     * too. NULL: it has no such period. Pure. */
    unsigned (*period)(const struct tunable_value *values);

    /* Can it run on this machine? 0; -ENOTSUP or -ENOSYS: never; another
     * -errno: not now (a shortage, say), and open() is worth a try later.
     * Leaves nothing open; takes at most a second. */
    int (*probe)(struct reason *why);

    /* Most file descriptors that it has open at a time with these values, which
     * have been checked. */
    unsigned (*descriptors)(const struct tunable_value *values);

    /* Creates everything: ports, descriptors, threads. *self is owned by the
     * caller until close(). values have been checked. Takes at most ten seconds
     * (self-tests with time-outs). On failure nothing stays open, and *self is
     * NULL. */
    int (*open)(void **self, const struct tunable_value *values,
                struct reason *why);

    /* Collects up to n raw samples (n >= 1) into ticks, oldest first. Returns
     * their count, which is 0 when COLLECT_MAX_MS passed without one, or -errno
     * when the collector cannot go on (a dead helper thread, a call that failed
     * for good); then it can only be closed. */
    int (*collect)(void *self, uint64_t *ticks, size_t n, struct reason *why);

    /* Stops helper threads and timers: a paused collector uses no processor
     * time at all. Idempotent, cannot fail. */
    void (*pause)(void *self);

    /* Starts them again and drops stale events. Idempotent. 0 or -errno; after
     * a failure it can only be closed. */
    int (*resume)(void *self, struct reason *why);

    /* Processor time used so far by the collector's own helper threads, in
     * nanoseconds; never falls while it is open. */
    uint64_t (*helper_cpu_ns)(void *self);

    /* Writes the counters named in info->counters, in that order, each counted
     * since open(). */
    void (*counters)(void *self, uint64_t *out);

    /* Releases every port, descriptor, thread, mapping and temporary file.
     * Takes at most two seconds; a helper thread whose wait the kernel does not
     * end by then is left behind, with the memory that it may touch. A
     * collector that may leave one bounds their number: further open() fail
     * until they end. NULL is allowed. */
    void (*close)(void *self);
};

/* How much of a collect() that took took_ns nanoseconds was spent collecting:
 * COLLECT_MAX_MS at most. A call that took longer was kept from the processor,
 * by a stop of the whole process say, and so may its helpers have been. Any
 * thread. */
uint64_t collector_collecting_ns(uint64_t took_ns);

/* The number of tunables, and of counters, that c has. */
size_t collector_tunable_count(const struct collector *c);
size_t collector_counter_count(const struct collector *c);

/* Can c run on this machine, now or later? False, with the reason in why, only
 * if it never can: the platform does not have it, or its probe() returns
 * -ENOTSUP or -ENOSYS. If probe() fails otherwise, which may pass, the answer
 * is true: open() will fail for the same reason, and is tried again. */
bool collector_can_run(const struct collector *c, struct reason *why);

/*
 * The collectors that this program knows: always all four, in a fixed order.
 * The pair of the other platform is among them (see above).
 */
extern const struct collector *const collector_registry[];
extern const size_t collector_registry_count;

#endif
