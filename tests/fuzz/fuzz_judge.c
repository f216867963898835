/* SPDX-License-Identifier: MIT */
/*
 * The health tests and the judge, on streams that the fuzzer composes out of
 * single samples, runs, cycles, ramps and noise. Beside the judge run the
 * repetition count and the adaptive proportion as in the standard, and a tap
 * on the ring. Claims:
 *
 *   - health_insert() raises what the plain tests raise, when they do; its
 *     counters never leave their windows;
 *   - a reported failure is never taken back: nothing more is said or published
 *     until a restart, and after an intermittent alarm nothing until a whole
 *     start-up test on fresh samples is passed;
 *   - what the ring hands out is in order, each sample once, none from before
 *     an alarm after it, none of the alarm's own window;
 *   - every sample is accounted for.
 *
 * A sample is (its number << 8 | its symbol), so that each can be told apart.
 */

#include "daemon/health/cutoffs.h"

#include "base/reason.h"
#include "daemon/health/health.h"
#include "daemon/health/judge.h"
#include "daemon/health/startup_test.h"
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RING        4096
#define SAMPLES_MAX 8000
#define APT_WINDOW  CUTOFF_APT_WINDOW

static const struct collector collector = {.name = "fuzz"};

/* SP 800-90B 4.4.1 and 4.4.2, word for word. */
struct plain {
    unsigned rct_cutoff[ALARM_LEVEL_COUNT];
    unsigned apt_cutoff[ALARM_LEVEL_COUNT];
    uint64_t seen;
    uint8_t last, first;
    unsigned run, count;
};

struct rig {
    struct source source;
    struct judge *judge;
    struct health health;
    struct plain plain;
    uint64_t fed;       /* samples so far; the number of the next */
    uint64_t taken;     /* out of the ring */
    uint64_t next;      /* every sample from the ring must have this number or a
                         * higher one */
    uint64_t begun;     /* fed when judging last began again */
    unsigned skip;      /* samples that a resume still drops */
    uint64_t counted;   /* judged since the start-up test was passed */
    uint64_t window;    /* number of the first sample of the open window */
    uint64_t run_start; /* and of the run of equal symbols that is open */
    uint8_t run_symbol;
    bool is_greedy;   /* the ring is emptied after each sample */
    bool has_taken;   /* newest holds */
    uint64_t newest;  /* the last sample that came out of the ring */
    bool is_ended;    /* by a permanent alarm or a refusal */
    bool is_running;  /* passed, and no alarm since */
    bool is_selftest; /* one may be under way */
    uint64_t noise;
};

static uint64_t same_ticks(uint64_t ticks)
{
    return ticks;
}

static void plain_init(struct plain *p, unsigned claim)
{
    static const unsigned alpha[ALARM_LEVEL_COUNT] = {30, 60};
    memset(p, 0, sizeof(*p));
    for (int level = 0; level < ALARM_LEVEL_COUNT; level++) {
        p->rct_cutoff[level] = cutoff_rct(claim, alpha[level]);
        p->apt_cutoff[level] = cutoff_apt(claim, alpha[level]);
    }
}

/* The bits that RCT and APT would set at this symbol. */
static unsigned plain_insert(struct plain *p, uint8_t symbol)
{
    unsigned notes = 0;
    p->run = p->seen > 0 && symbol == p->last ? p->run + 1 : 1;
    p->last = symbol;
    if (p->seen % APT_WINDOW == 0) {
        p->first = symbol;
        p->count = 0;
    }
    p->count += symbol == p->first;
    p->seen++;
    if (p->run == p->rct_cutoff[ALARM_INTERMITTENT])
        notes |= RCT_INTERMITTENT;
    if (p->run == p->rct_cutoff[ALARM_PERMANENT])
        notes |= RCT_PERMANENT;
    if (symbol == p->first && p->count == p->apt_cutoff[ALARM_INTERMITTENT])
        notes |= APT_INTERMITTENT;
    if (symbol == p->first && p->count == p->apt_cutoff[ALARM_PERMANENT])
        notes |= APT_PERMANENT;
    return notes;
}

static void check_prediction(const struct prediction *p, uint64_t fed)
{
    MUST(p->seen == fed % CUTOFF_LONG_WINDOW + 1);
    MUST(p->right[PREDICTION_RUN] <= p->right[PREDICTION_LONG]);
    MUST(p->right[PREDICTION_SHORT] <= p->right[PREDICTION_LONG]);
    MUST(p->right[PREDICTION_LONG] <= p->seen);
}

static void check_counters(const struct rig *t)
{
    const struct health *h = &t->health;
    MUST(h->run == t->plain.run && h->run >= 1);
    MUST(h->apt_seen == t->plain.seen % APT_WINDOW);
    MUST(h->apt_count <= APT_WINDOW);
    check_prediction(&h->lag.prediction, t->fed);
    check_prediction(&h->markov.prediction, t->fed);
    MUST(h->lag.winner <= LAG_PREDICTOR_COUNT);
    MUST(h->lag.round >= 1 && h->lag.round <= LAG_ROUND);
    for (unsigned i = 0; t->fed % 64 == 0 && i < LAG_PREDICTOR_COUNT; i++)
        MUST(h->lag.round_scores[i] <= h->lag.round);
}

static void check_health(struct rig *t, uint8_t symbol)
{
    const unsigned both =
        RCT_INTERMITTENT | RCT_PERMANENT | APT_INTERMITTENT | APT_PERMANENT;
    unsigned notes = health_insert(&t->health, symbol);
    MUST((notes & both) == plain_insert(&t->plain, symbol));
    check_counters(t);
    if (notes & NOTES_ALARM) {
        struct reason why;
        health_describe(&t->health, notes, &why);
        MUST(why.text[0] != '\0' &&
             strnlen(why.text, sizeof(why.text)) < sizeof(why.text));
        MUST(health_test_of(notes) != ALARM_STALL);
    }
}

/* Empties n places of the ring and looks at what comes. */
static void take(struct rig *t, size_t n)
{
    uint64_t ticks[256];
    while (n > 0) {
        size_t part = n < 256 ? n : 256;
        size_t got = source_take(&t->source, ticks, part);
        for (size_t i = 0; i < got; i++) {
            uint64_t number = ticks[i] >> 8;
            MUST(number >= t->next && number < t->fed);
            t->next = number + 1;
            t->newest = number;
            t->has_taken = true;
        }
        t->taken += got;
        if (got < part)
            return;
        n -= part;
    }
}

static void check_accounts(struct rig *t)
{
    uint64_t discarded = atomic_load(&t->source.discarded_total);
    uint64_t seen = discarded + t->taken + source_available(&t->source);
    MUST(atomic_load(&t->source.samples_total) == t->fed);
    /* What is in no account is held by the judge, or flushed and not swept. */
    MUST(seen <= t->fed && t->fed - seen <= STARTUP_TEST_SAMPLES + RING);
}

/* An alarm of the running source: nothing of its window has left the ring, and
 * of a run that is too long at most the first symbol, which alone was none. */
static void check_held_back(const struct rig *t,
                            const struct judge_outcome *outcome)
{
    if (!t->is_running || t->is_selftest || !t->is_greedy || !t->has_taken)
        return;
    MUST(t->newest < t->window);
    if (outcome->test == ALARM_RCT &&
        atomic_load(&t->source.step_q16) == SOURCE_STEP_ONE)
        MUST(t->newest <= t->run_start);
}

/* The state of the ring and the judge after an event. */
static void check_event(struct rig *t, const struct judge_outcome *outcome)
{
    size_t length = strnlen(outcome->why.text, sizeof(outcome->why.text));
    MUST(length < sizeof(outcome->why.text));
    switch (outcome->event) {
    case JUDGE_NOTHING:
        MUST(length == 0);
        return;
    case JUDGE_PASSED:
        if (!t->is_running) {
            MUST(t->fed - t->begun >= JUDGE_WARM_UP + STARTUP_TEST_SAMPLES);
            t->counted = 0;
        }
        t->is_running = true;
        t->is_selftest = false;
        return;
    case JUDGE_INTERMITTENT:
    case JUDGE_PERMANENT:
    case JUDGE_REFUSED:
        break;
    }
    MUST(length > 0);
    MUST(source_available(&t->source) == 0); /* flushed */
    if (outcome->event != JUDGE_REFUSED)
        check_held_back(t, outcome);
    t->next = t->begun = t->fed;
    t->is_running = false;
    t->is_selftest = false;
    t->is_ended = outcome->event != JUDGE_INTERMITTENT;
}

/* Follows the windows and runs of what the judge looks at. */
static void follow(struct rig *t, uint8_t symbol)
{
    if (t->skip > 0) {
        t->skip--;
        return;
    }
    if (t->counted++ % APT_WINDOW == 0)
        t->window = t->fed;
    if (symbol != t->run_symbol)
        t->run_start = t->fed;
    t->run_symbol = symbol;
}

static void feed(struct rig *t, uint8_t symbol)
{
    struct judge_outcome outcome;
    uint64_t ticks = t->fed << 8 | symbol;
    if (t->fed == SAMPLES_MAX)
        return;
    check_health(t, symbol);
    follow(t, symbol);
    judge_samples(t->judge, &ticks, 1, &outcome);
    t->fed++;
    MUST(outcome.used == 1);
    MUST(!t->is_ended || outcome.event == JUDGE_NOTHING);
    check_event(t, &outcome);
    MUST(t->is_running || source_available(&t->source) == 0);
    if (t->is_greedy)
        take(t, RING);
}

static uint8_t noise(struct rig *t)
{
    t->noise = t->noise * UINT64_C(6364136223846793005) +
               UINT64_C(1442695040888963407);
    return (uint8_t)(t->noise >> 56);
}

static void begin_again(struct rig *t)
{
    judge_restart(t->judge);
    MUST(source_available(&t->source) == 0);
    t->next = t->begun = t->fed;
    t->skip = 0; /* the start-up's own warm-up is before any window */
    t->is_ended = false;
    t->is_running = false;
    t->is_selftest = false;
}

/* A stretch of samples: what kind, how long, around which symbol. */
static void stretch(struct rig *t, uint8_t kind, unsigned n, uint8_t symbol)
{
    unsigned period = 1 + symbol % 20;
    for (unsigned i = 0; i < n; i++) {
        uint8_t next = symbol;
        switch (kind) {
        case 0:
            break;
        case 1:
            next = (uint8_t)(symbol + i % period * 7);
            break;
        case 2:
            next = (uint8_t)(symbol * i);
            break;
        case 3: /* one symbol most of the time */
            next = noise(t) < 200 ? symbol : noise(t);
            break;
        default:
            next = noise(t);
            break;
        }
        feed(t, next);
    }
}

static void step(struct rig *t, struct bytes *in)
{
    uint8_t op = take_byte(in);
    uint8_t symbol = take_byte(in);
    unsigned n = op >> 3;
    switch (op & 7) {
    case 5:
        take(t, (size_t)n * 64);
        break;
    case 6:
        judge_selftest(t->judge);
        t->is_selftest = t->is_running;
        break;
    case 7:
        if (n % 2 == 0) {
            begin_again(t);
        } else {
            judge_resumed(t->judge);
            t->skip = t->is_running ? JUDGE_WARM_UP : 0;
        }
        break;
    default:
        stretch(t, op & 7, 1 + n * n * 2, symbol);
        break;
    }
    check_accounts(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {data, size};
    struct rig *t = calloc(1, sizeof(*t));
    bool is_locked = true;
    unsigned claim = take_byte(&in);
    MUST(t != NULL);
    claim = 1 + (claim << 8 | take_byte(&in)) % 1000;
    t->noise = take_byte(&in);
    t->is_greedy = t->noise % 2 == 1;
    MUST(source_init(&t->source, &collector, claim, RING, SOURCE_STARTING, NULL,
                     &is_locked) == 0);
    unsigned period = (unsigned)(t->noise % 3) * 8;
    t->source.period = period;
    t->judge = judge_create(&t->source, 1, same_ticks);
    MUST(t->judge != NULL);
    health_init(&t->health, claim, period);
    plain_init(&t->plain, claim);
    while (in.left > 0 && t->fed < SAMPLES_MAX)
        step(t, &in);
    take(t, RING);
    judge_destroy(t->judge);
    source_fini(&t->source);
    free(t);
    return 0;
}
