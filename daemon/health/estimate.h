/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_HEALTH_ESTIMATE_H
#define ENTROPYD_DAEMON_HEALTH_ESTIMATE_H

/*
 * The live estimate of a source: most common value, with the upper end of its
 * 99 % confidence interval (SP 800-90B 6.3.1), over the last 65,536 symbols. It
 * knows nothing of dependence between symbols, so it is an upper bound of the
 * min-entropy: it can speak against a claim, never for one. One thread.
 */

#include <stddef.h>
#include <stdint.h>

#define ESTIMATE_SYMBOLS 65536u

/* Fewer symbols than this give no estimate. */
#define ESTIMATE_MIN 1024u

struct estimate {
    uint8_t symbols[ESTIMATE_SYMBOLS]; /* the last ones, a ring */
    size_t next;                       /* where the next symbol goes */
    size_t used;
    uint32_t counts[256]; /* of each value among them */
};

/* Forgets every symbol. A zeroed estimate is one that was reset. */
void estimate_reset(struct estimate *e);

/* One more symbol; the oldest leaves when there are ESTIMATE_SYMBOLS. */
void estimate_insert(struct estimate *e, uint8_t symbol);

/* The estimate in thousandths of a bit, rounded down but not below 1; 0 with
 * fewer than ESTIMATE_MIN symbols. Looks through 256 counts. */
unsigned estimate_millibits(const struct estimate *e);

/* The formula: thousandths of a bit, rounded down, where the most common of n
 * symbols (n >= 2) occurs `count` times. */
unsigned estimate_of(size_t count, size_t n);

#endif
