#ifndef ENTROPYD_COLLECTORS_COLLECTOR_H
#define ENTROPYD_COLLECTORS_COLLECTOR_H

/*
 * The interface of a collector: code that makes one kernel operation happen
 * again and again, and times it.
 *
 * A raw sample is t1 - t0 around the one call that the collector names, in the
 * ticks of base/ticks.h, 64 bits, unfolded and unscaled. Only a
 * successful, event-bearing operation yields one; time-outs and errors are
 * counted by name and are no samples. A collector does not judge its samples,
 * keep them or hand them to anybody else: that is daemon/pool's work.
 *
 * All functions of one open collector are called from one thread (its worker);
 * helper threads that a collector starts are its own affair. Nothing here
 * blocks for longer than COLLECT_MAX_MS, open() and close() excepted (see
 * there).
 */

#include "base/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest time that one collect() may take, in milliseconds (design: a worker
 * must be able to answer a stop in a tenth of a second). */
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
    unsigned count; /* how many of values are meant */
    bool is_set;    /* a person set it; false: the default stands here */
};

/* One option of a collector; the same table drives configuration, --help,
 * documentation and status. Constant data. */
struct tunable {
    const char *name; /* "num_ports": as in config and status */
    const char *unit; /* "bytes", "ms", "us", or "" for a plain count */
    const char *help; /* one line, no full stop */
    enum tunable_type type;
    int64_t min, max;              /* inclusive; 0 and 1 for a boolean */
    struct tunable_value standard; /* the default; is_set is false */
};

/* How a claim or a behaviour is known. */
enum collector_evidence {
    EVIDENCE_MEASURED, /* on the real kernel; see measured_where */
    EVIDENCE_EMULATED, /* the real program under a foreign kernel's layer */
    EVIDENCE_COMPILED, /* builds; its logic was run against fakes only */
};

/* What a collector is, for people. Constant data, the same on every platform,
 * also where the collector itself cannot be built. */
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

/*
 * A collector. Constant data; every pointer is set. Functions that can fail
 * return a negative errno and fill *why for a person: lower case, no full
 * stop.
 */
struct collector {
    const char *name; /* "mach_ipc" */
    const struct collector_info *info;
    const struct tunable *tunables; /* ended by an entry whose name is NULL */

    /* Checks values against each other, after each was found in its range
     * (say: at least one of three counts is not 0). values stands in the order
     * of tunables. 0, or -EINVAL. Callable anywhere, changes nothing. */
    int (*check)(const struct tunable_value *values, struct reason *why);

    /* Can it run on this machine, now? 0, or -errno. Opens what it needs to
     * know and closes it again; bounded by a second. */
    int (*probe)(struct reason *why);

    /* Builds everything: ports, descriptors, threads. *self is new, owned by
     * the caller until close(). Values are checked. Bounded by ten seconds
     * (self-tests with time-outs). On failure nothing is left behind and *self
     * is NULL. */
    int (*open)(void **self, const struct tunable_value *values,
                struct reason *why);

    /* Collects up to n raw samples (n >= 1) into ticks, oldest first. Returns
     * their count, which is 0 where COLLECT_MAX_MS passed without one, or
     * -errno when the collector cannot go on (a dead helper thread, a call that
     * failed for good); then it can only be closed. */
    int (*collect)(void *self, uint64_t *ticks, size_t n, struct reason *why);

    /* Stops poker, timers and receiver wake-ups: a paused collector uses no
     * processor time at all. Idempotent, cannot fail. */
    void (*pause)(void *self);

    /* Starts them again and drains what went stale. Idempotent. 0 or -errno;
     * after a failure it can only be closed. */
    int (*resume)(void *self, struct reason *why);

    /* Processor time used so far by the collector's own helper threads, in
     * nanoseconds; never falls while it is open. */
    uint64_t (*helper_cpu_ns)(void *self);

    /* Writes the counters named in info->counters, in that order, each counted
     * since open(). */
    void (*counters)(void *self, uint64_t *out);

    /* Gives back every port, descriptor, thread, mapping and temporary file.
     * Bounded by two seconds, wherever the kernel brings calls to an end that
     * wait for nothing; a helper whose wait the kernel does not end is left
     * behind, with the memory that it may touch. NULL is allowed. */
    void (*close)(void *self);
};

/* How many tunables, and how many counters, c has. */
size_t collector_tunable_count(const struct collector *c);
size_t collector_counter_count(const struct collector *c);

/* Index of the tunable `name`, or -1. */
int collector_tunable_index(const struct collector *c, const char *name);

/* Fills values (collector_tunable_count entries) with the defaults. */
void collector_defaults(const struct collector *c,
                        struct tunable_value *values);

/*
 * The collectors that this program knows: always all four, in a fixed order.
 * One that this platform cannot build stands here too, with a probe() that
 * says so and an open() that fails the same way.
 */
extern const struct collector *const collector_registry[];
extern const size_t collector_registry_count;

#endif
