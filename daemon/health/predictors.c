/* Eight predictors are compared at a time, a byte each in a 64-bit word; with
 * good noise few of them are right, so counting them is cheap. */

#include "daemon/health/lag.h"

#include "daemon/health/cutoffs.h"

#include <stdio.h>
#include <string.h>

/* False-positive chance of a window, as jitterentropy has it: 2^-22 and 2^-44.
 * It is judged once in 2^17 samples, not at each of them. */
static const unsigned alpha_bits[ALARM_LEVEL_COUNT] = {
    [ALARM_INTERMITTENT] = 22,
    [ALARM_PERMANENT] = 44,
};

#define EACH_BYTE      UINT64_C(0x0101010101010101)
#define LOW_BITS       (0x7f * EACH_BYTE)
#define HIGH_BIT(byte) (UINT64_C(0x80) << (8 * (byte)))

static void begin_window(struct lag *l)
{
    memset(l->scores, 0, sizeof(l->scores));
    l->winner = 0;
    l->guesses = 0;
    l->right = 0;
    l->run = 0;
}

void lag_init(struct lag *l, unsigned claim_millibits)
{
    lag_reset(l);
    for (int level = 0; level < ALARM_LEVEL_COUNT; level++) {
        l->count_cutoff[level] =
            cutoff_lag_count(claim_millibits, alpha_bits[level]);
        l->run_cutoff[level] =
            cutoff_lag_run(claim_millibits, alpha_bits[level]);
    }
}

void lag_reset(struct lag *l)
{
    l->history = 0;
    begin_window(l);
}

/* The high bit of each byte of `word` that equals `byte`, and nothing else. */
static uint64_t equal_bytes(uint64_t word, uint8_t byte)
{
    uint64_t differs = word ^ (byte * EACH_BYTE);

    return ~(((differs & LOW_BITS) + LOW_BITS) | differs | LOW_BITS);
}

/* Moves every byte one lag further and puts `byte` first. */
static void shift_in(uint64_t words[static LAG_WORDS], uint8_t byte)
{
    words[1] = words[1] << 8 | words[0] >> 56;
    words[0] = words[0] << 8 | byte;
}

/* Which predictors were right: word by word, as equal_bytes() has it. */
static void compare(const struct lag *l, uint8_t symbol,
                    uint64_t right[static LAG_PREDICTORS / 8])
{
    uint8_t step = (uint8_t)(symbol - (uint8_t)l->symbols[0]);

    for (unsigned i = 0; i < LAG_WORDS; i++) {
        right[i] = equal_bytes(l->symbols[i], symbol);
        right[LAG_WORDS + i] = equal_bytes(l->steps[i], step);
    }
}

static void score(struct lag *l, unsigned first, uint64_t right)
{
    for (unsigned i = 0; right; i++, right >>= 8) {
        if (!(right & HIGH_BIT(0)))
            continue;
        l->scores[first + i]++;
        if (l->scores[first + i] >= l->scores[l->winner])
            l->winner = first + i;
    }
}

static unsigned count_right(struct lag *l)
{
    unsigned notes = 0;

    l->right++;
    l->run++;
    if (l->right == l->count_cutoff[ALARM_INTERMITTENT])
        notes |= LAG_COUNT_INTERMITTENT;
    if (l->right == l->count_cutoff[ALARM_PERMANENT])
        notes |= LAG_COUNT_PERMANENT;
    if (l->run == l->run_cutoff[ALARM_INTERMITTENT])
        notes |= LAG_RUN_INTERMITTENT;
    if (l->run == l->run_cutoff[ALARM_PERMANENT])
        notes |= LAG_RUN_PERMANENT;
    return notes;
}

unsigned lag_insert(struct lag *l, uint8_t symbol)
{
    uint8_t step = (uint8_t)(symbol - (uint8_t)l->symbols[0]);
    unsigned notes = 0;

    /* All lags guess from the 18th symbol on: 16 steps need 17 symbols. */
    if (l->history <= LAG_MAX) {
        l->history++;
        notes = LAG_RUN_ENDED;
    } else {
        uint64_t right[LAG_PREDICTORS / 8];

        /* Not sooner, so that an alarm at a window's end can be described. */
        if (l->guesses == CUTOFF_LAG_WINDOW)
            begin_window(l);
        compare(l, symbol, right);
        if (right[l->winner / 8] & HIGH_BIT(l->winner % 8)) {
            notes = count_right(l);
        } else {
            l->run = 0;
            notes = LAG_RUN_ENDED;
        }
        for (unsigned i = 0; i < LAG_PREDICTORS / 8; i++)
            score(l, 8 * i, right[i]);
        if (++l->guesses == CUTOFF_LAG_WINDOW)
            notes |= LAG_WINDOW_ENDED | LAG_RUN_ENDED;
    }
    shift_in(l->symbols, symbol);
    shift_in(l->steps, step);
    return notes;
}

void lag_describe(const struct lag *l, char *text, size_t size)
{
    (void)snprintf(text, size, "%s, lag %u",
                   l->winner < LAG_MAX ? "same symbol" : "same step",
                   l->winner % LAG_MAX + 1);
}
