/*
 * One collector; a row of the table FAULTS makes it each of them. What differs
 * is where faulty samples come from, or what a call does instead of giving any.
 */

#include "tests/fakes/faults/faults.h"

#include "collectors/reason.h"
#include "collectors/ticks.h"
#include "tests/fakes/faults/noise.h"
#include "tests/fakes/faults/recording.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Longest sleep in one call. */
#define SLEEP_NS (COLLECT_MAX_MS / 2 * UINT64_C(1000000))

/* Largest onset and heal; never reached. */
#define COUNT_MAX (INT64_C(1) << 40)

enum { ONSET, HEAL, RATE_HZ, DELAY_MS, COST_NS, OWN, TUNABLES_MAX };
enum { FAULTY, PAUSES, RESUMES, COUNTERS };

/* What a call of a faulty source does. */
enum conduct {
    GIVES,      /* gives what `faulty` draws */
    STALLS,     /* gives nothing and takes its time */
    ERRS,       /* fails; only a new open helps */
    ERRS_OPENS, /* the same, and open() fails too */
};

struct kind {
    const char *name;
    enum conduct conduct;
    uint64_t (*faulty)(struct noise *n); /* GIVES; NULL: it has no fault */
};

struct fault {
    const struct kind *kind;
    struct fault_history *history;
    pthread_t thread; /* that opened it */
    bool is_paused;
    int64_t set[TUNABLES_MAX];
    struct noise noise;
    struct recording recording; /* of "replay" */
    uint64_t first_at_ns;       /* when samples begin */
    uint64_t rate_from_ns;      /* since when the rate counts */
    uint64_t rate_given;
    uint64_t counts[COUNTERS];
};

/* clang-format off */

/* X(name, conduct, faulty, onset, rate_hz, a tunable of its own) */
#define FAULTS(X)                                                              \
    X(good, GIVES, NULL, 0, 0, NONE)                                           \
    X(stuck, GIVES, noise_stuck, 0, 0, NONE)                                   \
    X(biased_80, GIVES, noise_biased_80, 0, 0, NONE)                           \
    X(biased_95, GIVES, noise_biased_95, 0, 0, NONE)                           \
    X(periodic, GIVES, noise_periodic, 0, 0, PERIOD)                           \
    X(step, GIVES, noise_step, 0, 0, NONE)                                     \
    X(stalling, STALLS, NULL, 0, 0, NONE)                                      \
    X(dying, ERRS, NULL, 20000, 0, NONE)                                       \
    X(erring, ERRS, NULL, 0, 0, NONE)                                          \
    X(open_fails, ERRS_OPENS, NULL, 0, 0, NONE)                                \
    X(coarse, GIVES, noise_coarse, 0, 0, NONE)                                 \
    X(rounded, GIVES, noise_rounded, 0, 0, NONE)                               \
    X(slow, GIVES, NULL, 0, 100, NONE)                                         \
    X(replay, GIVES, NULL, 0, 0, RECORDING)

#define INTEGER(NAME, UNIT, MIN, MAX, STANDARD, HELP)                          \
    {                                                                          \
        .name = (NAME), .unit = (UNIT), .help = (HELP),                        \
        .type = TUNABLE_INTEGER, .min = (MIN), .max = (MAX),                   \
        .standard = {.values = {(STANDARD)}, .count = 1},                      \
    }
#define NONE {0}
#define PERIOD INTEGER("period", "samples", 2, 16, 4, "values in a cycle")
#define RECORDING                                                              \
    INTEGER("recording", "", 0, RECORDING_COUNT - 1, 0,                        \
            "0, 1 unix_ipc, 2, 3 epoll_events, each quiet and loaded")

enum which {
#define X(NAME, ...) KIND_##NAME,
    FAULTS(X)
#undef X
    KIND_COUNT
};

static const struct kind kinds[KIND_COUNT] = {
#define X(NAME, CONDUCT, FAULTY_DRAW, ...)                                     \
    {.name = #NAME, .conduct = (CONDUCT), .faulty = (FAULTY_DRAW)},
    FAULTS(X)
#undef X
};

static const struct tunable tunables[KIND_COUNT][TUNABLES_MAX + 1] = {
#define X(NAME, CONDUCT, FAULTY_DRAW, ONSET_STANDARD, RATE_STANDARD, OWN_ONE)  \
    {                                                                          \
        INTEGER("onset", "samples", -1, COUNT_MAX, ONSET_STANDARD,             \
                "good samples before the fault; -1 waits for the switch"),     \
        INTEGER("heal", "", 0, COUNT_MAX, 0,                                   \
                "faulty samples or calls until it is good again; 0: never"),   \
        INTEGER("rate_hz", "samples/s", 0, 1000000, RATE_STANDARD,             \
                "most samples a second; 0: no limit"),                         \
        INTEGER("delay_ms", "ms", 0, 60000, 0,                                 \
                "time from an open to the first sample"),                      \
        INTEGER("cost_ns", "ns", 0, 1000000, 0,                                \
                "processor time used for each sample"),                        \
        OWN_ONE,                                                               \
        {0},                                                                   \
    },
    FAULTS(X)
#undef X
};
/* clang-format on */

/* What outlives an open: counts, for a fault may be cured by one. */
static struct fault_history histories[KIND_COUNT];
static atomic_int switch_position;

static void must(bool is_so, const char *what)
{
    if (is_so)
        return;
    (void)fprintf(stderr, "fault source: %s\n", what);
    abort();
}

void fault_turn(enum fault_switch position)
{
    atomic_store_explicit(&switch_position, position, memory_order_relaxed);
}

static uint64_t load(const atomic_uint_least64_t *count)
{
    return atomic_load_explicit(count, memory_order_relaxed);
}

static void add(atomic_uint_least64_t *count)
{
    (void)atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

static bool is_faulty(const struct kind *kind, const struct fault_history *h,
                      const int64_t *set)
{
    if (kind->conduct == GIVES && kind->faulty == NULL)
        return false;
    int position = atomic_load_explicit(&switch_position, memory_order_relaxed);
    if (position != FAULTS_BY_COUNT)
        return position == FAULTS_ON;
    if (set[ONSET] < 0 || load(&h->samples) < (uint64_t)set[ONSET])
        return false;
    return set[HEAL] == 0 || load(&h->faulty) < (uint64_t)set[HEAL];
}

static void count_faulty(struct fault *f)
{
    f->counts[FAULTY]++;
    add(&f->history->faulty);
}

static void sleep_ns(uint64_t ns)
{
    const struct timespec time = {.tv_nsec = (long)ns};
    (void)nanosleep(&time, NULL);
}

/* How many samples may be given now: waits for the first. */
static size_t samples_due(struct fault *f, size_t n)
{
    uint64_t now = ticks_to_ns(ticks_now());
    uint64_t rate = (uint64_t)f->set[RATE_HZ];
    uint64_t next = f->first_at_ns;
    if (now >= next && rate != 0)
        next = f->rate_from_ns + (f->rate_given + 1) * 1000000000 / rate;
    if (now < next) {
        sleep_ns(next - now < SLEEP_NS ? next - now : SLEEP_NS);
        now = ticks_to_ns(ticks_now());
    }
    if (now < next)
        return 0;
    if (rate == 0)
        return n;
    uint64_t due = (now - f->rate_from_ns) * rate / 1000000000 - f->rate_given;
    return due < n ? (size_t)due : n;
}

static void spend(const struct fault *f)
{
    uint64_t until = ticks_to_ns(ticks_now()) + (uint64_t)f->set[COST_NS];
    while (f->set[COST_NS] > 0 && ticks_to_ns(ticks_now()) < until)
        ;
}

static uint64_t good_sample(struct fault *f)
{
    return f->recording.ticks != NULL ? recording_next(&f->recording)
                                      : noise_good(&f->noise);
}

static int misbehave(struct fault *f, char *why, size_t why_size)
{
    count_faulty(f);
    if (f->kind->conduct == STALLS) {
        sleep_ns(SLEEP_NS);
        return 0;
    }
    return reason_errno(EIO, why, why_size, "%s", f->kind->name);
}

static void check_caller(const struct fault *f)
{
    must(pthread_equal(f->thread, pthread_self()) != 0,
         "called from a thread that did not open it");
}

static int fault_collect(void *self, uint64_t *ticks, size_t n, char *why,
                         size_t why_size)
{
    struct fault *f = self;
    check_caller(f);
    must(!f->is_paused && n > 0, "collect() while paused, or of nothing");
    add(&f->history->collects);

    size_t due = samples_due(f, n);
    size_t given = 0;
    while (given < due) {
        bool faulty = is_faulty(f->kind, f->history, f->set);
        if (faulty && f->kind->conduct != GIVES) {
            if (given == 0)
                return misbehave(f, why, why_size);
            break;
        }
        spend(f);
        ticks[given++] = faulty ? f->kind->faulty(&f->noise) : good_sample(f);
        add(&f->history->samples);
        if (faulty)
            count_faulty(f);
    }
    f->rate_given += given;
    return (int)given;
}

static int open_as(enum which which, void **self,
                   const struct tunable_value *values, char *why,
                   size_t why_size)
{
    const struct kind *kind = &kinds[which];
    struct fault_history *history = &histories[which];
    *self = NULL;
    must(load(&history->opens) == load(&history->closes), "opened twice");
    add(&history->opens);

    struct fault *f = calloc(1, sizeof(*f));
    int rc = -ENOMEM;
    if (f == NULL)
        goto fail;
    f->kind = kind;
    f->history = history;
    f->thread = pthread_self();
    for (size_t i = 0; tunables[which][i].name != NULL; i++)
        f->set[i] = values[i].values[0];
    noise_seed(&f->noise, load(&history->opens) * KIND_COUNT + which);
    f->noise.period = which == KIND_periodic ? (unsigned)f->set[OWN] : 0;
    f->rate_from_ns = ticks_to_ns(ticks_now());
    f->first_at_ns = f->rate_from_ns + (uint64_t)f->set[DELAY_MS] * 1000000;
    if (kind->conduct == ERRS_OPENS && is_faulty(kind, history, f->set)) {
        count_faulty(f);
        rc = reason_errno(EIO, why, why_size, "cannot open %s", kind->name);
        goto fail;
    }
    rc = which != KIND_replay
             ? 0
             : recording_open(&f->recording, (enum recording_name)f->set[OWN],
                              why, why_size);
    if (rc < 0)
        goto fail;
    *self = f;
    return 0;

fail:
    add(&history->closes); /* nothing is left behind */
    free(f);
    return rc;
}

static void fault_close(void *self)
{
    struct fault *f = self;
    if (f == NULL)
        return;
    check_caller(f);
    add(&f->history->closes);
    recording_close(&f->recording);
    free(f);
}

static void fault_pause(void *self)
{
    struct fault *f = self;
    check_caller(f);
    f->counts[PAUSES] += !f->is_paused;
    f->is_paused = true;
    add(&f->history->pauses);
}

/* Nothing is wrong: 0, and no reason. */
static int well(char *why, size_t why_size)
{
    if (why_size > 0)
        why[0] = '\0';
    return 0;
}

static int fault_resume(void *self, char *why, size_t why_size)
{
    struct fault *f = self;
    check_caller(f);
    f->counts[RESUMES] += f->is_paused;
    f->is_paused = false;
    f->rate_from_ns = ticks_to_ns(ticks_now());
    f->rate_given = 0;
    add(&f->history->resumes);
    return well(why, why_size);
}

static uint64_t fault_helper_cpu_ns(void *self)
{
    check_caller(self);
    return 0; /* it has no helper threads */
}

static void fault_counters(void *self, uint64_t *out)
{
    const struct fault *f = self;
    memcpy(out, f->counts, sizeof(f->counts));
}

static int fault_check(const struct tunable_value *values, char *why,
                       size_t why_size)
{
    (void)values; /* all go together */
    return well(why, why_size);
}

static int fault_probe(char *why, size_t why_size)
{
    return well(why, why_size);
}

static const char *const counter_names[COUNTERS + 1] = {
    [FAULTY] = "faulty",
    [PAUSES] = "pauses",
    [RESUMES] = "resumes",
};

static const struct collector_info info = {
    .summary = "a source for tests; its samples come from a generator",
    .times = "nothing",
    .varies_because = "a generator with a known start says so",
    .platform = "tests",
    .claim_millibits = 500,
    .evidence = EVIDENCE_COMPILED,
    .measured_where = "not measured: there is no entropy in it",
    .counters = counter_names,
};

/* open() is not told of which collector, so each has its own. */
#define X(NAME, ...)                                                           \
    static int open_##NAME(void **self, const struct tunable_value *values,    \
                           char *why, size_t why_size)                         \
    {                                                                          \
        return open_as(KIND_##NAME, self, values, why, why_size);              \
    }
FAULTS(X)
#undef X

static const struct collector collectors[KIND_COUNT] = {
#define X(NAME, ...)                                                           \
    {                                                                          \
        .name = #NAME,                                                         \
        .info = &info,                                                         \
        .tunables = tunables[KIND_##NAME],                                     \
        .check = fault_check,                                                  \
        .probe = fault_probe,                                                  \
        .open = open_##NAME,                                                   \
        .collect = fault_collect,                                              \
        .pause = fault_pause,                                                  \
        .resume = fault_resume,                                                \
        .helper_cpu_ns = fault_helper_cpu_ns,                                  \
        .counters = fault_counters,                                            \
        .close = fault_close,                                                  \
    },
    FAULTS(X)
#undef X
};

const struct collector *const fault_registry[] = {
#define X(NAME, ...) &collectors[KIND_##NAME],
    FAULTS(X)
#undef X
};
const size_t fault_registry_count = KIND_COUNT;

const struct collector *fault_find(const char *name)
{
    size_t i = 0;
    while (i < KIND_COUNT && strcmp(kinds[i].name, name) != 0)
        i++;
    must(i < KIND_COUNT, "there is none of that name");
    return &collectors[i];
}

void fault_tune(const struct collector *c, struct tunable_value *values,
                const char *name, int64_t value)
{
    int i = collector_tunable_index(c, name);
    must(i >= 0, "it has no such tunable");
    values[i] =
        (struct tunable_value){.values = {value}, .count = 1, .is_set = true};
}

const struct fault_history *fault_history(const struct collector *c)
{
    return &histories[c - collectors];
}
