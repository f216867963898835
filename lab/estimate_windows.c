/* SPDX-License-Identifier: MIT */
/* 6.3.7 and 6.3.8: predictors that look back over a few thousand symbols. */

#include "lab/estimate.h"
#include "lab/estimate_result.h"

#include <string.h>

#define WINDOWS ESTIMATE_WINDOWS

const size_t estimate_windows[WINDOWS] = {63, 255, 1023, 4095};

/* The last 63 to 4095 symbols, and the one most frequent in them; of several,
 * the one that came last. */
struct window {
    int16_t counts[256];
    int16_t most;
    uint8_t frequent;
};

static void window_enter(struct window *w, uint8_t symbol)
{
    w->counts[symbol]++;
    if (w->counts[symbol] >= w->most) {
        w->most = w->counts[symbol];
        w->frequent = symbol;
    }
}

/* Searches for the most frequent symbol again, after it lost one. */
static void window_search(struct window *w, const size_t last[256],
                          unsigned alphabet)
{
    int16_t most = 0;
    bool is_found = false;
    for (unsigned k = 0; k < alphabet; k++) {
        if (w->counts[k] > most)
            most = w->counts[k];
    }
    for (unsigned k = 0; k < alphabet; k++) {
        if (w->counts[k] == most &&
            (!is_found || last[k] > last[w->frequent])) {
            w->frequent = (uint8_t)k;
            is_found = true;
        }
    }
    w->most = most;
}

/* `last` is where each symbol occurred last, this one's place included. */
static void window_move(struct window *w, uint8_t enters, uint8_t leaves,
                        const size_t last[256], unsigned alphabet)
{
    if (enters == leaves) {
        if (w->counts[enters] == w->most)
            w->frequent = enters;
        return;
    }
    w->counts[leaves]--;
    if (leaves != w->frequent) {
        window_enter(w, enters);
        return;
    }
    w->counts[enters]++;
    window_search(w, last, alphabet);
}

void estimate_multi_mcw(const struct sequence *s, const size_t windows[WINDOWS],
                        struct estimate *e)
{
    struct window all[WINDOWS];
    size_t scores[WINDOWS] = {0};
    size_t last[256] = {0};
    unsigned winner = 0;
    struct prediction p = {.n = s->n - windows[0]};
    *e = (struct estimate){0};
    if (s->n < windows[WINDOWS - 1] + 1) {
        estimate_refuse(e, "4096 symbols");
        return;
    }
    memset(all, 0, sizeof(all));
    for (size_t i = 0; i < s->n; i++) {
        uint8_t symbol = s->values[i];
        unsigned before = winner;
        last[symbol] = i;
        for (unsigned j = 0; j < WINDOWS; j++) {
            struct window *w = &all[j];
            if (i < windows[j]) {
                window_enter(w, symbol);
                continue;
            }
            bool is_right = w->frequent == symbol;
            if (j == before)
                prediction_count(&p, is_right);
            scores[j] += is_right;
            if (is_right && scores[j] >= scores[winner])
                winner = j;
            window_move(w, symbol, s->values[i - windows[j]], last,
                        s->alphabet);
        }
    }
    estimate_note(e, "window", (double)windows[winner]);
    estimate_from_prediction(e, &p, s->alphabet);
}

#define LAGS ESTIMATE_LAGS

/* Symbols that are looked at together: their hits fit a byte. */
#define BLOCK 64u

struct lags {
    size_t scores[LAGS]; /* of lag 1 and up */
    size_t high;         /* the winner's */
    unsigned winner;     /* its place in scores */
    struct prediction prediction;
};

/* One symbol, for the lags at these places, rising. */
static void lags_step(struct lags *l, const uint8_t *at, const uint8_t places[],
                      unsigned count)
{
    prediction_count(&l->prediction, at[0] == *(at - l->winner - 1));
    for (unsigned i = 0; i < count; i++) {
        unsigned place = places[i];
        if (at[0] != *(at - place - 1))
            continue;
        if (++l->scores[place] >= l->high) {
            l->high = l->scores[place];
            l->winner = place;
        }
    }
}

/* How often each lag would have been right in the block at `at`; hits[i] of
 * lag LAGS - i. Written so that a compiler takes 16 lags at once. */
static void count_hits(const uint8_t *at, uint8_t hits[LAGS])
{
    memset(hits, 0, LAGS);
    for (unsigned k = 0; k < BLOCK; k++) {
        uint8_t symbol = at[k];
        const uint8_t *past = at + k - LAGS;
        for (unsigned i = 0; i < LAGS; i++)
            hits[i] = (uint8_t)(hits[i] + (past[i] == symbol));
    }
}

/* Only lags that could come up to the winner in a block have to be followed
 * symbol by symbol; of the others their hits are enough. */
static void lags_block(struct lags *l, const uint8_t *at)
{
    uint8_t hits[LAGS];
    uint8_t places[LAGS];
    unsigned count = 0;
    count_hits(at, hits);
    for (unsigned place = 0; place < LAGS; place++) {
        uint8_t more = hits[LAGS - 1 - place];
        if (l->scores[place] + more >= l->high)
            places[count++] = (uint8_t)place;
        else
            l->scores[place] += more;
    }
    for (unsigned k = 0; k < BLOCK; k++)
        lags_step(l, at + k, places, count);
}

void estimate_lag(const struct sequence *s, unsigned lags, struct estimate *e)
{
    struct lags l = {.prediction = {.n = s->n - 1}};
    uint8_t places[LAGS];
    size_t i = 1;
    *e = (struct estimate){0};
    if (s->n < 3) {
        estimate_refuse(e, "3 symbols");
        return;
    }
    for (unsigned place = 0; place < LAGS; place++)
        places[place] = (uint8_t)place;
    for (; i < s->n && i < lags; i++)
        lags_step(&l, s->values + i, places, (unsigned)i);
    for (; lags == LAGS && i + BLOCK <= s->n; i += BLOCK)
        lags_block(&l, s->values + i);
    for (; i < s->n; i++)
        lags_step(&l, s->values + i, places, lags);
    estimate_note(e, "lag", l.winner + 1);
    estimate_from_prediction(e, &l.prediction, s->alphabet);
}
