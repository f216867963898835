/* SPDX-License-Identifier: MIT */
/* Recordings, over sources whose samples and failures are known. */

#include "lab/dataset.h"

#include "base/reason.h"
#include "lab/record.h"
#include "tests/fakes/faults/faults.h"
#include "tests/support/run.h"
#include "tests/support/scratch.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define WARM_UP 64

struct rig {
    struct scratch scratch;
    char directory[SCRATCH_PATH_MAX]; /* not there yet */
    struct record_request request;
};

static void rig_init(struct rig *r)
{
    memset(r, 0, sizeof(*r));
    scratch_init(&r->scratch);
    scratch_path(&r->scratch, "recording", r->directory);
}

static struct record_request *request(struct rig *r, const char *source)
{
    record_request_init(&r->request, fault_find(source));
    r->request.directory = r->directory;
    return &r->request;
}

/* For the next recording of the request. */
static void tune(struct rig *r, const char *name, int64_t value)
{
    fault_tune(r->request.collector, r->request.tunables, name, value);
}

/* What was requested. */
static int run(struct rig *r, uint32_t samples)
{
    r->request.samples = samples;
    return record_run(&r->request);
}

static int record(struct rig *r, const char *source, uint32_t samples)
{
    (void)request(r, source);
    return run(r, samples);
}

static int record_rows(struct rig *r, const char *source, uint32_t rows,
                       uint32_t columns)
{
    (void)request(r, source);
    r->request.restarts = rows;
    r->request.row_samples = columns;
    return run(r, rows * columns);
}

/* Reads the recording, which must be whole, whatever it says about itself. */
static void load(struct rig *r, struct dataset *data)
{
    struct reason why = {.text = ""};
    ck_assert_msg(dataset_load(data, r->directory, &why) == 0, "%s", why.text);
}

static bool exists(const struct rig *r, const char *name)
{
    char path[2 * SCRATCH_PATH_MAX];
    struct stat info;
    (void)snprintf(path, sizeof(path), "%s/%s", r->directory, name);
    return lstat(path, &info) == 0;
}

static void nothing_is_left(const struct rig *r)
{
    static const char *const names[] = {"record.json", "record.json.partial",
                                        "ticks.bin",   "ticks.bin.partial",
                                        "symbols.bin", "symbols.bin.partial"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ck_assert_msg(!exists(r, names[i]), "%s is there", names[i]);
}

START_TEST(a_recording_is_whole_and_says_so)
{
    struct rig r;
    struct dataset data;
    rig_init(&r);
    ck_assert_int_eq(record(&r, "good", 5000), EX_OK);
    load(&r, &data); /* sizes and digests are right */
    ck_assert_uint_eq(data.n, 5000);
    ck_assert(json_is_true(dataset_value(&data, "complete")));
    ck_assert(json_is_null(dataset_value(&data, "stopped_by")));
    ck_assert_str_eq(dataset_text(&data, "source"), "good");
    ck_assert_uint_eq(dataset_integer(&data, "warm_up_discarded"), WARM_UP);
    ck_assert_uint_eq(dataset_integer(&data, "verdicts.alarms_total"), 0);
    ck_assert_uint_eq(dataset_integer(&data, "verdicts.start_up_tests_passed"),
                      1);
    ck_assert_uint_eq(strlen(dataset_text(&data, "run.began_utc")), 20);
    ck_assert_str_ne(dataset_text(&data, "machine.release"), "");
    ck_assert_int_eq(exists(&r, "ticks.bin.partial"), false);
    dataset_free(&data);
    scratch_fini(&r.scratch);
}
END_TEST

START_TEST(samples_are_consecutive_behind_the_warm_up)
{
    struct rig r;
    struct dataset data;
    rig_init(&r);
    /* Each sample is longer than the last one by as much. */
    ck_assert_int_eq(record(&r, "step", 3000), EX_OK);
    load(&r, &data);
    uint64_t step = data.ticks[1] - data.ticks[0];
    ck_assert_uint_gt(step, 0);
    for (size_t i = 2; i < data.n; i++)
        ck_assert_uint_eq(data.ticks[i] - data.ticks[i - 1], step);
    uint64_t seen = atomic_load(&fault_history(fault_find("step"))->samples);
    ck_assert_uint_eq(seen, 3000 + WARM_UP);
    dataset_free(&data);
    scratch_fini(&r.scratch);
}
END_TEST

/* Durations of 12 to 96 steps of a clock of 24 MHz, read in nanoseconds. */
static void measure_at_24_mhz(uint64_t *ticks, size_t n)
{
    uint64_t state = 1;
    for (size_t i = 0; i < n; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint64_t begin = state >> 40;
        uint64_t end = begin + 12 + (state >> 20) % 85;
        ticks[i] = end * 125 / 3 - begin * 125 / 3;
    }
}

START_TEST(symbols_are_by_the_step_that_the_daemon_finds)
{
    struct rig r;
    static struct record_files files;
    static struct record_verdicts verdicts;
    struct reason why = {.text = ""};
    uint64_t ticks[STARTUP_TEST_SAMPLES];
    uint8_t symbols[STARTUP_TEST_SAMPLES];
    char path[2 * SCRATCH_PATH_MAX];
    rig_init(&r);
    measure_at_24_mhz(ticks, STARTUP_TEST_SAMPLES);
    ck_assert_int_eq(record_verdicts_init(&verdicts, request(&r, "good"), 1),
                     0);
    record_verdicts_warm_up(&verdicts, ticks, WARM_UP);
    record_verdicts_add(&verdicts, ticks, STARTUP_TEST_SAMPLES);
    ck_assert_uint_eq(verdicts.starts, 1);
    ck_assert_int_eq(record_files_create(&files, r.directory, &why), 0);
    ck_assert_int_eq(
        record_files_add(&files, ticks, STARTUP_TEST_SAMPLES, &why), 0);
    ck_assert_int_eq(record_files_finish(&files, &why), 0);
    ck_assert_uint_eq(files.step_q16, verdicts.source.step_q16);
    ck_assert(fabs((double)files.step_q16 / SOURCE_STEP_ONE - 125.0 / 3) <
              0.01);
    (void)snprintf(path, sizeof(path), "%s/symbols.bin", r.directory);
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fread(symbols, 1, sizeof(symbols), file),
                      sizeof(symbols));
    ck_assert_int_eq(fclose(file), 0);
    for (size_t i = 0; i < STARTUP_TEST_SAMPLES; i++)
        ck_assert_uint_eq(symbols[i], source_symbol(ticks[i], files.step_q16));
    record_files_close(&files);
    record_verdicts_fini(&verdicts);
    scratch_fini(&r.scratch);
}
END_TEST

START_TEST(a_row_is_judged_by_its_own_step)
{
    struct rig r;
    static struct record_verdicts verdicts;
    uint64_t ticks[(size_t)2 * STARTUP_TEST_SAMPLES];
    rig_init(&r);
    request(&r, "good")->restarts = 2;
    ck_assert_int_eq(record_verdicts_init(&verdicts, &r.request, 1), 0);
    /* By a step of 1 all symbols of the second row would be 0. */
    for (size_t i = 0; i < (size_t)2 * STARTUP_TEST_SAMPLES; i++)
        ticks[i] = 7 + i * i % 251;
    record_verdicts_add(&verdicts, ticks, 100);
    record_verdicts_end_row(&verdicts);
    for (size_t i = 0; i < (size_t)2 * STARTUP_TEST_SAMPLES; i++)
        ticks[i] *= 256;
    record_verdicts_add(&verdicts, ticks, 100);
    record_verdicts_end_row(&verdicts);
    ck_assert_uint_eq(verdicts.alarm_total, 0);
    /* Stuck from its middle, which is behind what the step is taken from. */
    for (size_t i = STARTUP_TEST_SAMPLES; i < (size_t)2 * STARTUP_TEST_SAMPLES;
         i++)
        ticks[i] = 256;
    record_verdicts_add(&verdicts, ticks, (size_t)2 * STARTUP_TEST_SAMPLES);
    ck_assert_uint_gt(verdicts.alarm_total, 0);
    ck_assert_uint_eq(verdicts.alarms[0].sample,
                      200 + STARTUP_TEST_SAMPLES + 60);
    record_verdicts_fini(&verdicts);
    scratch_fini(&r.scratch);
}
END_TEST

static unsigned period_of_192(const struct tunable_value *values)
{
    (void)values;
    return 192;
}

START_TEST(the_verdicts_know_the_sources_own_period)
{
    struct rig r;
    struct dataset data;
    struct collector periodic = *fault_find("periodic");
    rig_init(&r);
    (void)request(&r, "periodic");
    tune(&r, "onset", 0);
    tune(&r, "period", 192);
    periodic.period = period_of_192;
    r.request.collector = &periodic;
    ck_assert_int_eq(run(&r, 5000), EX_OK);
    load(&r, &data);
    const json_t *alarm =
        json_array_get(dataset_value(&data, "verdicts.alarms"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(alarm, "test")), "lag");
    dataset_free(&data);
    scratch_fini(&r.scratch);
}
END_TEST

START_TEST(symbols_are_ticks_by_their_divisor)
{
    struct rig r;
    struct dataset data;
    rig_init(&r);
    ck_assert_int_eq(record(&r, "coarse", 2000), EX_OK);
    load(&r, &data);
    ck_assert(dataset_number(&data, "symbols.step_ticks") == 1000);
    for (size_t i = 0; i < data.n; i++)
        ck_assert_uint_eq(data.symbols[i],
                          (uint8_t)(data.ticks[i] / 1000 & 255));
    dataset_free(&data);
    scratch_fini(&r.scratch);
}
END_TEST

START_TEST(directory_and_files_are_private)
{
    struct rig r;
    struct stat info;
    char path[2 * SCRATCH_PATH_MAX];
    rig_init(&r);
    ck_assert_int_eq(record(&r, "good", 2000), EX_OK);
    ck_assert_int_eq(stat(r.directory, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0700);
    (void)snprintf(path, sizeof(path), "%s/ticks.bin", r.directory);
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0600);
    ck_assert_int_eq(info.st_size, (off_t)2000 * 8);
    scratch_fini(&r.scratch);
}
END_TEST

START_TEST(nothing_is_overwritten)
{
    struct rig r;
    struct dataset data;
    rig_init(&r);
    ck_assert_int_eq(record(&r, "good", 2000), EX_OK);
    ck_assert_int_eq(record(&r, "stuck", 3000), EX_CANTCREAT);
    load(&r, &data);
    ck_assert_str_eq(dataset_text(&data, "source"), "good");
    ck_assert_int_eq(exists(&r, "ticks.bin.partial"), false);
    dataset_free(&data);
    scratch_fini(&r.scratch);
}
END_TEST

START_TEST(a_partial_file_of_another_run_is_left_alone)
{
    struct rig r;
    char path[SCRATCH_PATH_MAX];
    rig_init(&r);
    ck_assert_int_eq(mkdir(r.directory, 0700), 0);
    scratch_write(&r.scratch, "recording/symbols.bin.partial", "x", path);
    ck_assert_int_eq(record(&r, "good", 2000), EX_CANTCREAT);
    ck_assert(exists(&r, "symbols.bin.partial"));
    ck_assert(!exists(&r, "ticks.bin.partial"));
    ck_assert(!exists(&r, "record.json"));
    scratch_fini(&r.scratch);
}
END_TEST

START_TEST(alarms_are_noted_beside_the_samples)
{
    struct rig r;
    struct dataset data;
    rig_init(&r);
    (void)request(&r, "stuck");
    tune(&r, "onset", 3000 + WARM_UP);
    ck_assert_int_eq(run(&r, 10000), EX_OK);
    load(&r, &data);
    ck_assert_uint_eq(data.n, 10000); /* all of them, whatever the verdict */
    const json_t *alarm =
        json_array_get(dataset_value(&data, "verdicts.alarms"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(alarm, "test")), "rct");
    ck_assert_str_eq(json_string_value(json_object_get(alarm, "level")),
                     "intermittent");
    /* 61 equal ones at half a bit; the first is sample 3000. */
    ck_assert_int_eq(json_integer_value(json_object_get(alarm, "sample")),
                     3060);
    ck_assert_uint_ge(dataset_integer(&data, "verdicts.alarms_total"), 2);
    dataset_free(&data);
    scratch_fini(&r.scratch);
}
END_TEST

START_TEST(a_source_that_dies_leaves_what_it_gave)
{
    struct rig r;
    struct dataset data;
    rig_init(&r);
    (void)request(&r, "dying");
    tune(&r, "onset", 2000 + WARM_UP);
    ck_assert_int_eq(run(&r, 5000), EX_UNAVAILABLE);
    load(&r, &data);
    ck_assert_uint_eq(data.n, 2000);
    ck_assert(json_is_false(dataset_value(&data, "complete")));
    ck_assert_str_ne(dataset_text(&data, "stopped_by"), "");
    ck_assert_uint_eq(dataset_integer(&data, "samples_wanted"), 5000);
    dataset_free(&data);
    scratch_fini(&r.scratch);
}
END_TEST

START_TEST(a_source_that_gives_nothing_leaves_nothing)
{
    struct rig r;
    rig_init(&r);
    request(&r, "stalling")->stall_ms = 50;
    tune(&r, "onset", 0);
    ck_assert_int_eq(run(&r, 5000), EX_UNAVAILABLE);
    nothing_is_left(&r);
    ck_assert_int_eq(record(&r, "open_fails", 5000), EX_UNAVAILABLE);
    nothing_is_left(&r);
    scratch_fini(&r.scratch);
}
END_TEST

START_TEST(a_signal_ends_it_cleanly)
{
    struct rig r;
    struct dataset data;
    rig_init(&r);
    (void)request(&r, "good");
    tune(&r, "rate_hz", 20000);
    pid_t parent = getpid();
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        /* Once samples are written, signals are held. */
        char path[2 * SCRATCH_PATH_MAX];
        struct stat info;
        (void)snprintf(path, sizeof(path), "%s/ticks.bin.partial", r.directory);
        while (getppid() == parent &&
               (stat(path, &info) != 0 || info.st_size == 0))
            (void)usleep(1000);
        _exit(kill(parent, SIGINT) == 0 ? 0 : 1);
    }
    ck_assert_int_eq(run(&r, 100000000), EX_TEMPFAIL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    load(&r, &data);
    ck_assert_uint_gt(data.n, 0);
    ck_assert(json_is_false(dataset_value(&data, "complete")));
    ck_assert_str_eq(dataset_text(&data, "stopped_by"), "SIGINT");
    dataset_free(&data);
    scratch_fini(&r.scratch);
}
END_TEST

START_TEST(a_full_disk_leaves_nothing)
{
    struct rig r;
    /* As good as one: no file may grow beyond a page. */
    const struct rlimit limit = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
    rig_init(&r);
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(record(&r, "good", 50000), EX_IOERR);
    nothing_is_left(&r);
    scratch_fini(&r.scratch);
}
END_TEST

/* The samples fit, their description does not. */
START_TEST(a_disk_that_fills_up_last_leaves_nothing)
{
    struct rig r;
    const struct rlimit limit = {.rlim_cur = 0, .rlim_max = RLIM_INFINITY};
    struct record_files files;
    struct reason why = {.text = ""};
    uint64_t ticks[STARTUP_TEST_SAMPLES];
    rig_init(&r);
    for (size_t i = 0; i < STARTUP_TEST_SAMPLES; i++)
        ticks[i] = i;
    ck_assert_int_eq(record_files_create(&files, r.directory, &why), 0);
    ck_assert_int_eq(
        record_files_add(&files, ticks, STARTUP_TEST_SAMPLES, &why), 0);
    ck_assert_int_eq(record_files_finish(&files, &why), 0);
    ck_assert(exists(&r, "ticks.bin"));
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_lt(record_files_describe(&files, "{}", &why), 0);
    ck_assert_ptr_nonnull(strstr(why.text, "record.json"));
    record_files_drop(&files);
    nothing_is_left(&r);
    scratch_fini(&r.scratch);
}
END_TEST

START_TEST(restarts_open_the_source_again_for_each_row)
{
    struct rig r;
    struct dataset data;
    rig_init(&r);
    ck_assert_int_eq(record_rows(&r, "good", 20, 100), EX_OK);
    const struct fault_history *seen = fault_history(fault_find("good"));
    ck_assert_uint_eq(atomic_load(&seen->opens), 20);
    ck_assert_uint_eq(atomic_load(&seen->closes), 20);
    ck_assert_uint_eq(atomic_load(&seen->samples),
                      UINT64_C(20) * (100 + WARM_UP));
    load(&r, &data);
    ck_assert_uint_eq(data.n, 2000);
    ck_assert_uint_eq(data.rows, 20);
    ck_assert_uint_eq(data.columns, 100);
    dataset_free(&data);
    scratch_fini(&r.scratch);
}
END_TEST

START_TEST(rows_are_judged_separately)
{
    struct rig r;
    struct dataset data;
    rig_init(&r);
    /* Forty equal samples a row: a run of 2000 if rows were not apart. */
    ck_assert_int_eq(record_rows(&r, "stuck", 50, 40), EX_OK);
    load(&r, &data);
    ck_assert_uint_eq(dataset_integer(&data, "verdicts.alarms_total"), 0);
    dataset_free(&data);
    scratch_fini(&r.scratch);
    rig_init(&r);
    ck_assert_int_eq(record_rows(&r, "stuck", 20, 100), EX_OK);
    load(&r, &data);
    const json_t *alarm =
        json_array_get(dataset_value(&data, "verdicts.alarms"), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(alarm, "sample")), 60);
    dataset_free(&data);
    scratch_fini(&r.scratch);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_recording_is_whole_and_says_so),
        TEST(samples_are_consecutive_behind_the_warm_up),
        TEST(symbols_are_by_the_step_that_the_daemon_finds),
        TEST(a_row_is_judged_by_its_own_step),
        TEST(the_verdicts_know_the_sources_own_period),
        TEST(symbols_are_ticks_by_their_divisor),
        TEST(directory_and_files_are_private),
        TEST(nothing_is_overwritten),
        TEST(a_partial_file_of_another_run_is_left_alone),
        TEST(alarms_are_noted_beside_the_samples),
        TEST(a_source_that_dies_leaves_what_it_gave),
        TEST(a_source_that_gives_nothing_leaves_nothing),
        TEST(a_signal_ends_it_cleanly),
        TEST(a_full_disk_leaves_nothing),
        TEST(a_disk_that_fills_up_last_leaves_nothing),
        TEST(restarts_open_the_source_again_for_each_row),
        TEST(rows_are_judged_separately),
        {0},
    };
    return run_tests("record", tests);
}
