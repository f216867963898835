/* SPDX-License-Identifier: MIT */
/* What status, the replies, the log and entropyctl say of each fault source,
 * with a good one beside it. */

#include "tests/e2e/faults/faulty.h"

#include "tests/fakes/faults/noise.h"
#include "tests/support/patience.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct case_of {
    const char *fault;
    const char *setting; /* NULL: none */
    const char *test;    /* that raises the alarm; NULL: refused without */
    const char *level;   /* of the alarm */
    const char *reason;  /* as it begins, of the state */
    bool is_late;        /* it may be healthy for a while */
    bool is_stalled;     /* it is retried automatically, not failed */
};

static const struct case_of cases[] = {
    {"stuck", NULL, "rct", "permanent", "permanent rct alarm", false, false},
    {"biased_80", NULL, "apt", "intermittent", "intermittent apt alarm", true,
     false},
    {"biased_95", NULL, "apt", "permanent", "permanent apt alarm", false,
     false},
    {"periodic", "sources.periodic.period=2", "markov", "permanent",
     "permanent markov alarm", false, false},
    {"periodic", "sources.periodic.period=16", "markov", "permanent",
     "permanent markov alarm", false, false},
    {"step", NULL, "lag", "permanent", "permanent lag alarm", false, false},
    {"stalling", NULL, "stall", "intermittent",
     "no sample in 100 ms of collecting, but faulty ", false, true},
    {"dying", NULL, "stall", "intermittent", "dying", true, true},
    {"erring", NULL, "stall", "intermittent", "erring", false, true},
    {"open_fails", NULL, "stall", "intermittent", "cannot open", false, true},
    {"coarse", NULL, NULL, NULL, "clock granularity of 1000 ns", false, false},
    {"rounded", NULL, NULL, NULL, "8 distinct symbols", false, false},
};

static void assert_begins(const char *text, const char *begin)
{
    ck_assert_msg(strncmp(text, begin, strlen(begin)) == 0,
                  "\"%s\" does not begin with \"%s\"", text, begin);
}

/* Its own test was raised, with a time; no other was. */
static void check_alarms(json_t *source, const char *own, const char *level)
{
    const char *test;
    json_t *alarm;
    json_object_foreach(faulty_at(source, "alarms"), test, alarm)
    {
        if (own != NULL && strcmp(test, own) == 0) {
            ck_assert_int_ge(faulty_number(alarm, level), 1);
            ck_assert_int_ge(faulty_number(alarm, "last_ms"), 1);
            ck_assert_int_lt(faulty_number(alarm, "last_ms"), 60000);
        } else {
            ck_assert_int_eq(faulty_number(alarm, "intermittent"), 0);
            ck_assert_int_eq(faulty_number(alarm, "permanent"), 0);
            ck_assert(json_is_null(faulty_at(alarm, "last_ms")));
        }
    }
}

/* The faulty source, in status. */
static void check_fault(struct faulty *f, const struct case_of *c)
{
    json_t *source = faulty_source(f, c->fault);
    assert_begins(faulty_text(source, "reason"), c->reason);
    check_alarms(source, c->test, c->level);
    ck_assert_int_eq(faulty_number(source, "ring used"), 0);
    if (!c->is_late) /* no sample of it was ever of use */
        ck_assert_int_eq(faulty_number(source, "discarded_total"),
                         faulty_number(source, "samples_total"));
    json_decref(source);
}

/* Fresh bytes, 16 blocks of 320 bits, with the good source alone behind. */
static void check_bytes(struct faulty *f)
{
    json_t *result =
        faulty_result(f, "get", "{\"bytes\":512,\"quality\":\"conditioned\"}");
    json_t *sources = faulty_at(result, "sources");
    ck_assert_str_eq(faulty_text(result, "health"), "degraded");
    ck_assert_int_eq(faulty_number(result, "credited_bits"), 5120);
    ck_assert_uint_eq(json_array_size(sources), 1);
    ck_assert_str_eq(json_string_value(json_array_get(sources, 0)), "good");
    json_decref(result);
}

/* The good source goes on, or has yet to pass its start-up test. */
static void check_good(struct faulty *f)
{
    (void)faulty_await(f, "good", "healthy", 0);
    json_t *source = faulty_source(f, "good");
    ck_assert_str_eq(faulty_text(source, "state"), "healthy");
    check_alarms(source, NULL, NULL);
    json_decref(source);
    for (int i = 0; i < 3; i++)
        check_bytes(f);
}

static const char *state_of(const struct case_of *c)
{
    return c->is_stalled ? "stalled" : "failed";
}

/* How often the log warns that the source came to this state. */
static unsigned count_moves(struct faulty *f, const struct case_of *c,
                            const char *state)
{
    char line[128];
    unsigned count = 0;
    (void)snprintf(line, sizeof(line), "warning source-state source=%s ",
                   c->fault);
    for (const char *at = program_log(&f->program);
         (at = strstr(at, line)) != NULL; at++) {
        const char *to = strstr(at, state);
        const char *end = strchr(at, '\n');
        count += to != NULL && (end == NULL || to < end);
    }
    return count;
}

/* A line of the log; once, unless it is tried again. A worker shows its state
 * before it wakes the loop, which logs it: status may know it first. */
static void check_log(struct faulty *f, const struct case_of *c)
{
    char state[32];
    unsigned count = 0;
    (void)snprintf(state, sizeof(state), "to=%s", state_of(c));
    for (int i = 0; i < PATIENCE_MS / 10 && count == 0; i++) {
        if (i > 0)
            (void)usleep(10000);
        count = count_moves(f, c, state);
    }
    ck_assert_msg(c->is_stalled ? count >= 1 : count == 1,
                  "%u times %s of %s in:\n%s", count, state, c->fault,
                  program_log_end(&f->program));
}

static void check_entropyctl(struct faulty *f, const struct case_of *c)
{
    static char output[65536];
    const char *status[] = {ENTROPYCTL_PROGRAM, "--socket", f->program.socket,
                            "status", NULL};
    const char *health[] = {ENTROPYCTL_PROGRAM, "--socket", f->program.socket,
                            "health", NULL};
    ck_assert_int_eq(program_run(status, output, sizeof(output)), 0);
    ck_assert_msg(strstr(output, c->reason) != NULL, "%s", output);
    ck_assert_int_eq(program_run(health, output, sizeof(output)), 1);
}

static void run_case(const struct case_of *c)
{
    struct faulty f;
    char sources[64];
    const char *settings[] = {c->setting, NULL};
    (void)snprintf(sources, sizeof(sources), "good %s", c->fault);
    faulty_start(&f, sources, settings);
    (void)faulty_await(&f, c->fault, state_of(c), 0);
    check_fault(&f, c);
    check_good(&f);
    check_log(&f, c);
    check_entropyctl(&f, c);
    faulty_stop(&f);
}

/* The cases with this name. */
static void run_cases(const char *fault)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        if (strcmp(cases[i].fault, fault) == 0)
            run_case(&cases[i]);
    }
}

#define CASE(FAULT, CLAIM)                                                     \
    START_TEST(CLAIM)                                                          \
    {                                                                          \
        run_cases(FAULT);                                                      \
    }                                                                          \
    END_TEST

CASE("stuck", a_stuck_source_fails_repetition_count)
CASE("biased_80", one_value_80_times_in_100_fails_adaptive_proportion)
CASE("biased_95", one_value_95_times_in_100_fails_it_for_good)
CASE("periodic", a_period_fails_the_lag_predictor)
CASE("step", a_constant_step_fails_the_lag_predictor)
CASE("stalling", a_stall_is_told)
CASE("dying", a_source_that_dies_is_told)
CASE("erring", an_error_on_every_call_is_told)
CASE("open_fails", a_source_that_cannot_be_opened_is_told)
CASE("coarse", a_coarse_clock_is_refused)
CASE("rounded", too_few_symbols_are_refused)

START_TEST(nothing_stuck_leaves_a_source_that_sticks_while_it_is_read)
{
    struct faulty f;
    const char *settings[] = {"sources.stuck.onset=30000", NULL};
    faulty_start(&f, "good stuck", settings);
    ck_assert_uint_eq(faulty_await(&f, "stuck", "failed", NOISE_STUCK), 0);
    json_t *source = faulty_source(&f, "stuck");
    check_alarms(source, "rct", "permanent");
    ck_assert_int_eq(faulty_number(source, "alarms rct intermittent"), 1);
    ck_assert_int_eq(faulty_number(source, "ring used"), 0);
    json_decref(source);
    check_good(&f);
    faulty_stop(&f);
}
END_TEST

START_TEST(recordings_of_real_collectors_at_24_mhz_stay_healthy)
{
    for (int recording = 0; recording < 4; recording++) {
        struct faulty f;
        char setting[64];
        const char *settings[] = {setting, NULL};
        (void)snprintf(setting, sizeof(setting), "sources.replay.recording=%d",
                       recording);
        faulty_start(&f, "replay", settings);
        for (int i = 0; i < 20; i++)
            json_decref(
                faulty_result(&f, "get",
                              "{\"bytes\":4096,\"quality\":\"conditioned\","
                              "\"timeout_ms\":60000}"));
        json_t *source = faulty_source(&f, "replay");
        ck_assert_str_eq(faulty_text(source, "state"), "healthy");
        check_alarms(source, NULL, NULL);
        ck_assert_int_gt(faulty_number(source, "samples_total"), 1000000);
        json_decref(source);
        ck_assert_str_eq(faulty_health(&f), "ok");
        faulty_stop(&f);
    }
}
END_TEST

START_TEST(a_slow_start_is_not_seeded_yet_then_seeds)
{
    struct faulty f;
    const char *settings[] = {"pool.stall_ms=60000", NULL};
    faulty_start(&f, "stalling", settings);
    ck_assert_str_eq(faulty_health(&f), "starting");
    char *error = faulty_error(&f, "get", "{\"bytes\":32,\"timeout_ms\":10}");
    ck_assert_str_eq(error, "not_seeded");
    free(error);
    faulty_turn_off(&f);
    json_t *result =
        faulty_result(&f, "get", "{\"bytes\":32,\"timeout_ms\":60000}");
    ck_assert_str_eq(faulty_text(result, "health"), "ok");
    ck_assert_int_eq(faulty_number(result, "credited_bits"), 384);
    json_decref(result);
    faulty_stop(&f);
}
END_TEST

/* One value 75 % of the time has 0.41 bit, and no test minds. */
START_TEST(an_estimate_below_the_claim_is_degraded_and_reported)
{
    struct faulty f;
    const char *settings[] = {"sources.sequence.sequence=5", NULL};
    faulty_start(&f, "good sequence", settings);
    (void)faulty_await(&f, "sequence", "healthy", 0);
    faulty_await_health(&f, "degraded");
    json_t *source = faulty_source(&f, "sequence");
    ck_assert_str_eq(faulty_text(source, "state"), "healthy");
    ck_assert_str_eq(faulty_text(source, "reason"),
                     "the live estimate is below the claim of 0.500 bit");
    ck_assert(json_real_value(faulty_at(source, "estimate_bits")) < 0.5);
    json_decref(source);
    faulty_stop(&f);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_stuck_source_fails_repetition_count),
        TEST(one_value_80_times_in_100_fails_adaptive_proportion),
        TEST(one_value_95_times_in_100_fails_it_for_good),
        TEST(a_period_fails_the_lag_predictor),
        TEST(a_constant_step_fails_the_lag_predictor),
        TEST(a_stall_is_told),
        TEST(a_source_that_dies_is_told),
        TEST(an_error_on_every_call_is_told),
        TEST(a_source_that_cannot_be_opened_is_told),
        TEST(a_coarse_clock_is_refused),
        TEST(too_few_symbols_are_refused),
        TEST(nothing_stuck_leaves_a_source_that_sticks_while_it_is_read),
        TEST(recordings_of_real_collectors_at_24_mhz_stay_healthy),
        TEST(a_slow_start_is_not_seeded_yet_then_seeds),
        TEST(an_estimate_below_the_claim_is_degraded_and_reported),
        {0},
    };
    return run_tests("e2e_faults_alarms", tests);
}
