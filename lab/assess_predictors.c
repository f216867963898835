/* Guessing, with the guesser that did best so far. */

#include "lab/assess_predictors.h"

#include "daemon/health/numeric.h"
#include "lab/assess_estimates.h"

#include <stdbool.h>

#define BISECTIONS 60

/* A chance of 2^-CERTAIN_BITS is none. */
#define CERTAIN_BITS 1e9

/* Rounds of the fixed point x = 1 + q p^r x^(r+1), which the standard starts
 * from 1 ten times. */
#define ROOT_ROUNDS 10

const size_t assess_windows[ASSESS_WINDOWS] = {63, 255, 1023, 4095};

/* How the guesses went. */
struct score {
    size_t right, run, longest;
};

static void keep_score(struct score *score, bool is_right)
{
    score->run = is_right ? score->run + 1 : 0;
    score->right += is_right;
    if (score->run > score->longest)
        score->longest = score->run;
}

/* 2 to the power x, as far as a double reaches. */
static double power_of_two(double x)
{
    return x < -1022 ? 0 : numeric_exp2(x < 1023 ? x : 1023);
}

/* Binary logarithm of the chance that n guesses, right with probability p each,
 * hold no run of r right ones (Feller). */
static double log_chance_without(double p, size_t r, size_t n)
{
    double q = 1 - p;
    double length = (double)r;
    double x = 1;
    for (int i = 0; i < ROOT_ROUNDS; i++)
        x = 1 + q * power_of_two(length * numeric_log2(p) +
                                 (length + 1) * numeric_log2(x));
    if (p * x >= 1 || length * (x - 1) >= 1)
        return -CERTAIN_BITS;
    return numeric_log2(1 - p * x) -
           numeric_log2((length + 1 - length * x) * q) -
           ((double)n + 1) * numeric_log2(x);
}

/* The chance a guess at which a run longer than `run` is seen in n of them
 * with probability 1 %. */
static double local_chance(size_t run, size_t n)
{
    double low = 0;
    double high = 1;
    for (int i = 0; i < BISECTIONS; i++) {
        double p = (low + high) / 2;
        if (log_chance_without(p, run + 1, n) > numeric_log2(0.99))
            low = p;
        else
            high = p;
    }
    return low;
}

double assess_prediction(size_t right, size_t n, size_t run, unsigned alphabet)
{
    double chance = right > 0
                        ? assess_upper((double)right / (double)n, n)
                        : 1 - numeric_exp2(numeric_log2(0.01) / (double)n);
    double local = run < n ? local_chance(run, n) : 1;
    double least = 1 / (double)alphabet;
    if (local > chance)
        chance = local;
    return 0 - numeric_log2(chance > least ? chance : least);
}

/* One window that slides along. */
struct window {
    size_t counts[256];
    size_t last[256]; /* where each value was seen, from 1 */
    uint8_t mode;     /* the most common; of several, the one seen last */
};

static void find_mode(struct window *w)
{
    for (unsigned v = 0; v < 256; v++) {
        if (w->counts[v] > w->counts[w->mode] ||
            (w->counts[v] == w->counts[w->mode] && w->counts[v] > 0 &&
             w->last[v] > w->last[w->mode]))
            w->mode = (uint8_t)v;
    }
}

/* symbols[at] comes in, and what is `length` before it leaves. */
static void slide(struct window *w, const uint8_t *symbols, size_t at,
                  size_t length)
{
    uint8_t in = symbols[at];
    bool is_mode_less = false;
    if (at >= length) {
        uint8_t out = symbols[at - length];
        w->counts[out]--;
        is_mode_less = out == w->mode;
    }
    w->counts[in]++;
    w->last[in] = at + 1;
    if (is_mode_less)
        find_mode(w);
    else if (w->counts[in] >= w->counts[w->mode])
        w->mode = in;
}

double assess_multi_mcw(const uint8_t *symbols, size_t n, unsigned alphabet,
                        const size_t windows[ASSESS_WINDOWS])
{
    struct window view[ASSESS_WINDOWS] = {0};
    size_t scores[ASSESS_WINDOWS] = {0};
    size_t winner = 0;
    struct score score = {0};
    for (size_t at = 0; at < n; at++) {
        if (at >= windows[0])
            keep_score(&score, at >= windows[winner] &&
                                   view[winner].mode == symbols[at]);
        for (size_t j = 0; j < ASSESS_WINDOWS; j++) {
            if (at >= windows[j] && view[j].mode == symbols[at] &&
                ++scores[j] >= scores[winner])
                winner = j;
            slide(&view[j], symbols, at, windows[j]);
        }
    }
    return assess_prediction(score.right, n - windows[0], score.longest,
                             alphabet);
}

double assess_lag(const uint8_t *symbols, size_t n, unsigned alphabet,
                  size_t lags)
{
    size_t scores[ASSESS_LAGS] = {0};
    size_t winner = 0;
    struct score score = {0};
    for (size_t at = 1; at < n; at++) {
        keep_score(&score,
                   at > winner && symbols[at - 1 - winner] == symbols[at]);
        size_t reach = at < lags ? at : lags;
        for (size_t d = 0; d < reach; d++) {
            if (symbols[at - 1 - d] == symbols[at] &&
                ++scores[d] >= scores[winner])
                winner = d;
        }
    }
    return assess_prediction(score.right, n - 1, score.longest, alphabet);
}
