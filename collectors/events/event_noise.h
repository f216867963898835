#ifndef ENTROPYD_COLLECTORS_EVENTS_EVENT_NOISE_H
#define ENTROPYD_COLLECTORS_EVENTS_EVENT_NOISE_H

/*
 * What makes the events of an event collector, apart from the kernel interface
 * that waits for them: socket pairs, watched files, the poker that touches
 * both, and the plan of the timers. One thread, the collector's.
 */

#include "base/reason.h"
#include "collectors/events/events.h"
#include "collectors/events/timer_plan.h"

struct poker;

struct event_noise {
    struct event_settings settings;
    struct timer_plan plan;
    int readers[EVENT_THINGS_MAX];        /* wait for these; -1: not open */
    int writers[EVENT_THINGS_MAX];        /* their other ends, poked */
    int files[EVENT_THINGS_MAX];          /* watch these; unlinked */
    struct poker *poker;                  /* NULL: nothing to poke */
    uint64_t counts[EVENT_COUNTER_COUNT]; /* the poker's own excepted */
};

/* Opens all of it, the poker parked. Descriptors are non-blocking and
 * close-on-exec. 0, or -errno with the reason in why; then nothing is left, and
 * noise is as after event_noise_close(). */
int event_noise_open(struct event_noise *noise,
                     const struct event_settings *settings, struct reason *why);

/* Before a start: reads what is left in the sockets and draws new phases for
 * the timers, which the collector then arms before it wakes the poker. 0, or
 * -errno with the reason in why. */
int event_noise_prepare(struct event_noise *noise, struct reason *why);

/* Reads what readers[which] holds. 0, or -errno with the reason in why. */
int event_noise_drain_socket(struct event_noise *noise, unsigned which,
                             struct reason *why);

/* How long the next wait of a collect() may be that began elapsed_ticks ago, in
 * milliseconds: timeout_ms, or what is left of COLLECT_MAX_MS less a reserve;
 * 0: it has to return. */
int event_noise_wait_ms(const struct event_noise *noise,
                        uint64_t elapsed_ticks);

/* Counts a wait that brought no event: error 0 is a time-out, EINTR a signal,
 * both harmless; anything else is -error with the reason in why. */
int event_noise_no_event(struct event_noise *noise, int error, const char *call,
                         struct reason *why);

/* Writes all EVENT_COUNTER_COUNT counters. */
void event_noise_counters(const struct event_noise *noise, uint64_t *out);

/* Stops the poker and closes what is open; idempotent. */
void event_noise_close(struct event_noise *noise);

#endif
