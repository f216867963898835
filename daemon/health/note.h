/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HEALTH_NOTE_H
#define ENTROPYD_DAEMON_HEALTH_NOTE_H

/*
 * What one more symbol led to in the health tests: a set of bits. The alarms
 * are 1 << (4 x level + test), for enum alarm_level and enum alarm_test; each
 * is set once, as the symbol comes with which its cut-off is reached. A test
 * has ended where nothing goes on that might still become an alarm of it: its
 * run is broken, its window is full.
 */

enum note {
    RCT_INTERMITTENT = 1u << 0, /* repetition count */
    APT_INTERMITTENT = 1u << 1, /* adaptive proportion */
    LAG_INTERMITTENT = 1u << 2,
    MARKOV_INTERMITTENT = 1u << 3,
    RCT_PERMANENT = 1u << 4,
    APT_PERMANENT = 1u << 5,
    LAG_PERMANENT = 1u << 6,
    MARKOV_PERMANENT = 1u << 7,
    RCT_ENDED = 1u << 8, /* the symbol begins a run */
    APT_ENDED = 1u << 9, /* it is the last of its window */
    LAG_ENDED = 1u << 10,
    MARKOV_ENDED = 1u << 11,
};

#define NOTES_INTERMITTENT 0x00fu
#define NOTES_PERMANENT    0x0f0u
#define NOTES_ALARM        0x0ffu
#define NOTES_ENDED        0xf00u

#endif
