#ifndef ENTROPYD_DAEMON_HEALTH_HEALTH_H
#define ENTROPYD_DAEMON_HEALTH_HEALTH_H

/*
 * The continuous health tests of one stream of symbols: repetition count and
 * adaptive proportion (SP 800-90B 4.4) and the lag predictor, each at two
 * levels: intermittent, 2^-30, and permanent, 2^-60 (the lag predictor 2^-22
 * and 2^-44 a window). It only counts; the judge draws the conclusions. One
 * thread.
 */

#include "base/reason.h"
#include "daemon/health/lag.h"

/* What an insertion led to: a set of bits. */
enum health_note {
    HEALTH_RCT_INTERMITTENT = 1u << 0,
    HEALTH_RCT_PERMANENT = 1u << 1,
    HEALTH_APT_INTERMITTENT = 1u << 2,
    HEALTH_APT_PERMANENT = 1u << 3,
    HEALTH_LAG_COUNT_INTERMITTENT = 1u << 4,
    HEALTH_LAG_COUNT_PERMANENT = 1u << 5,
    HEALTH_LAG_RUN_INTERMITTENT = 1u << 6,
    HEALTH_LAG_RUN_PERMANENT = 1u << 7,

    HEALTH_RUN_ENDED = 1u << 8,         /* this symbol begins a new run */
    HEALTH_WINDOW_ENDED = 1u << 9,      /* it is the last of its APT window */
    HEALTH_LAG_RUN_ENDED = 1u << 10,    /* it was not foreseen */
    HEALTH_LAG_WINDOW_ENDED = 1u << 11, /* it is the last of the lag's window */
};

#define HEALTH_INTERMITTENT                                                    \
    (HEALTH_RCT_INTERMITTENT | HEALTH_APT_INTERMITTENT |                       \
     HEALTH_LAG_COUNT_INTERMITTENT | HEALTH_LAG_RUN_INTERMITTENT)
#define HEALTH_PERMANENT                                                       \
    (HEALTH_RCT_PERMANENT | HEALTH_APT_PERMANENT |                             \
     HEALTH_LAG_COUNT_PERMANENT | HEALTH_LAG_RUN_PERMANENT)

struct health {
    unsigned rct_cutoff[ALARM_LEVEL_COUNT];
    unsigned apt_cutoff[ALARM_LEVEL_COUNT];
    unsigned run; /* equal symbols in a row, up to now; 0: no symbol yet */
    uint8_t run_symbol; /* which */
    uint8_t apt_symbol; /* the first of this window */
    unsigned apt_seen;  /* symbols of this window */
    unsigned apt_count; /* of these, equal to the first */
    struct lag lag;
};

/* Begins, for a claim in thousandths of a bit (1..8000). */
void health_init(struct health *h, unsigned claim_millibits);

/* Begins again: everything seen is forgotten. */
void health_reset(struct health *h);

/* One more symbol; bits of enum health_note. A bit of an alarm is set as its
 * cut-off is reached, once a run or window. */
unsigned health_insert(struct health *h, uint8_t symbol);

/* The test behind the alarms in notes, of which there is at least one; the
 * first in the order of enum alarm_test where there are several. */
enum alarm_test health_test_of(unsigned notes);

/* The same in words, with the count and its cut-off. */
void health_describe(const struct health *h, unsigned notes,
                     struct reason *why);

#endif
