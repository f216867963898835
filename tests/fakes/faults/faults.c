/* SPDX-License-Identifier: MIT */
/* The table of all fault sources, and each as a collector. */

#include "tests/fakes/faults/faults.h"

#include "base/reason.h"
#include "tests/fakes/faults/fault_calls.h"
#include "tests/fakes/faults/recording.h"
#include "tests/support/tunables.h"

#include <string.h>

/* Largest onset and heal; never reached. */
#define COUNT_MAX (INT64_C(1) << 40)

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
    X(replay, GIVES, NULL, 0, 0, RECORDING)                                    \
    X(sequence, GIVES, noise_sequence, 0, 0, SEQUENCE)                         \
    X(hanging, HANGS, NULL, 0, 0, NONE)

#define INTEGER(NAME, UNIT, MIN, MAX, STANDARD, HELP)                          \
    {                                                                          \
        .name = (NAME), .unit = (UNIT), .help = (HELP),                        \
        .type = TUNABLE_INTEGER, .min = (MIN), .max = (MAX),                   \
        .default_value = {.values = {(STANDARD)}, .count = 1},                      \
    }
#define NONE {0}
#define PERIOD INTEGER("period", "samples", 2, 512, 4, "values in a cycle")
#define SEQUENCE                                                               \
    INTEGER("sequence", "", 0, NOISE_SEQUENCE_COUNT - 1, 0,                    \
            "which, see enum noise_sequence")
#define RECORDING                                                              \
    INTEGER("recording", "", 0, RECORDING_COUNT - 1, 0,                        \
            "0, 1 unix_ipc, 2, 3 epoll_events, each quiet and loaded")

enum which {
#define X(NAME, ...) KIND_##NAME,
    FAULTS(X)
#undef X
    KIND_COUNT
};

static struct fault_history histories[KIND_COUNT];

static const struct fault_kind kinds[KIND_COUNT] = {
#define X(NAME, CONDUCT, FAULTY_DRAW, ...)                                     \
    {                                                                          \
        .name = #NAME, .conduct = (CONDUCT), .faulty = (FAULTY_DRAW),          \
        .is_periodic = KIND_##NAME == KIND_periodic,                           \
        .is_sequence = KIND_##NAME == KIND_sequence,                           \
        .is_replay = KIND_##NAME == KIND_replay,                               \
        .seed = KIND_##NAME, .history = &histories[KIND_##NAME],               \
    },
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

/* Its samples come from memory. */
static unsigned fault_descriptors(const struct tunable_value *values)
{
    (void)values;
    return 0;
}

/* open() is not told of which collector, so each has its own. */
#define X(NAME, ...)                                                           \
    static int open_##NAME(void **self, const struct tunable_value *values,    \
                           struct reason *why)                                 \
    {                                                                          \
        return fault_open(&kinds[KIND_##NAME], self, values, why);             \
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
        .descriptors = fault_descriptors,                                      \
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
    fault_must(i < KIND_COUNT, "there is none of that name");
    return &collectors[i];
}

void fault_tune(const struct collector *c, struct tunable_value *values,
                const char *name, int64_t value)
{
    int i = tunable_index(c, name);
    fault_must(i >= 0, "it has no such tunable");
    values[i] =
        (struct tunable_value){.values = {value}, .count = 1, .is_set = true};
}

const struct fault_history *fault_history(const struct collector *c)
{
    return &histories[c - collectors];
}
