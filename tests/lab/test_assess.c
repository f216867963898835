/* SPDX-License-Identifier: MIT */
/* Assessments: what they read, what they refuse, what they print. */

#include "lab/assess.h"
#include "lab/record.h"
#include "tests/fakes/faults/faults.h"
#include "tests/support/run.h"
#include "tests/support/scratch.h"

#include <jansson.h>

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct rig {
    struct scratch scratch;
    char directory[SCRATCH_PATH_MAX];
    char *text; /* the last report */
    size_t size;
};

static void rig_init(struct rig *r)
{
    memset(r, 0, sizeof(*r));
    scratch_init(&r->scratch);
    scratch_path(&r->scratch, "recording", r->directory);
}

static void rig_fini(struct rig *r)
{
    free(r->text);
    scratch_fini(&r->scratch);
}

static void record(struct rig *r, const char *source, uint32_t restarts,
                   uint32_t samples)
{
    struct record_request request;
    record_request_init(&request, fault_find(source));
    request.directory = r->directory;
    request.samples = restarts > 0 ? restarts * samples : samples;
    request.restarts = restarts;
    request.row_samples = restarts > 0 ? samples : 0;
    ck_assert_int_eq(record_run(&request), EX_OK);
}

/* Assesses what is at `path`: its text, and whether it refutes the claim. */
static bool assess_path(struct rig *r, const char *path, bool is_utf8)
{
    struct dataset data;
    struct symbols symbols;
    struct assessment a;
    struct reason why = {.text = ""};
    const struct findings f = {path, &data, &a, NULL, false};
    free(r->text);
    r->text = NULL;
    const struct canvas canvas = {open_memstream(&r->text, &r->size), 64,
                                  is_utf8};
    ck_assert_ptr_nonnull(canvas.out);
    ck_assert_msg(dataset_load(&data, path, &why) == 0, "%s", why.text);
    ck_assert_int_eq(symbols_init(&symbols, data.symbols, data.n, 0, &why), 0);
    ck_assert_int_eq(assessment_run(&a, &symbols, 1, false), 0);
    ck_assert_int_eq(findings_print(&f, &canvas), 0);
    bool refutes = findings_refute(&f);
    ck_assert_int_eq(fclose(canvas.out), 0);
    symbols_fini(&symbols);
    dataset_free(&data);
    return refutes;
}

static bool assess(struct rig *r, bool is_utf8)
{
    return assess_path(r, r->directory, is_utf8);
}

static void refuses_path(const char *path, int status, const char *message)
{
    struct dataset data;
    struct reason why;
    int rc = dataset_load(&data, path, &why);
    ck_assert_int_lt(rc, 0);
    ck_assert_int_eq(dataset_exit_status(rc), status);
    ck_assert_msg(strstr(why.text, message) != NULL, "%s", why.text);
    dataset_free(&data);
}

static void refuses(struct rig *r, int status, const char *message)
{
    refuses_path(r->directory, status, message);
}

/* Writes over `size` bytes of a file of the recording, or cuts it. */
static void spoil(struct rig *r, const char *name, const char *text)
{
    char relative[64];
    char path[SCRATCH_PATH_MAX];
    (void)snprintf(relative, sizeof(relative), "recording/%s", name);
    scratch_write(&r->scratch, relative, text, path);
}

/* The last line is the verdict. */
static const char *verdict_of(struct rig *r)
{
    ck_assert(r->size > 1 && r->text[r->size - 1] == '\n');
    r->text[r->size - 1] = '\0';
    return strrchr(r->text, '\n') + 1;
}

START_TEST(good_noise_is_not_refuted)
{
    struct rig r;
    rig_init(&r);
    record(&r, "good", 0, 20000);
    ck_assert(!assess(&r, false));
    ck_assert_ptr_nonnull(strstr(r.text, "tests at this claim: 0\n"));
    const char *verdict = verdict_of(&r);
    ck_assert_ptr_nonnull(strstr(verdict, "Preliminary, of 20000 samples"));
    ck_assert_ptr_nonnull(strstr(verdict, "HOLDS: the claim of 0.500 bits"));
    rig_fini(&r);
}
END_TEST

START_TEST(a_periodic_source_is_refuted)
{
    struct rig r;
    rig_init(&r);
    record(&r, "periodic", 0, 20000);
    ck_assert(assess(&r, false));
    ck_assert_ptr_nonnull(strstr(r.text, ": markov, "));
    ck_assert_ptr_nonnull(strstr(verdict_of(&r), "REFUTED: the claim of"));
    rig_fini(&r);
}
END_TEST

START_TEST(a_plain_file_is_one_symbol_a_byte)
{
    static char text[8001];
    struct rig r;
    char path[SCRATCH_PATH_MAX];
    rig_init(&r);
    for (size_t i = 0; i < 8000; i++)
        text[i] = (char)(1 + i * i / 7 % 5);
    scratch_write(&r.scratch, "symbols", text, path);
    ck_assert(!assess_path(&r, path, false));
    ck_assert_ptr_nonnull(strstr(r.text, "symbols: 8000 symbols\n"));
    ck_assert_ptr_nonnull(strstr(r.text, "5 different symbols of 3 bits"));
    ck_assert_ptr_nonnull(strstr(verdict_of(&r), "Assessed: "));
    scratch_write(&r.scratch, "symbols", "", path);
    refuses_path(path, EX_DATAERR, "symbols is empty");
    refuses_path(r.scratch.dir, EX_NOINPUT, "is not a recording");
    refuses_path("/dev/zero", EX_DATAERR, "has more than 100000000 symbols");
    rig_fini(&r);
}
END_TEST

/* The JSON of a recording of `good`, new. */
static json_t *json_of(struct rig *r, bool is_verbose)
{
    struct dataset data;
    struct symbols symbols;
    struct assessment a;
    struct reason why;
    const struct findings f = {r->directory, &data, &a, NULL, is_verbose};
    ck_assert_int_eq(dataset_load(&data, r->directory, &why), 0);
    ck_assert_int_eq(symbols_init(&symbols, data.symbols, data.n, 8, &why), 0);
    ck_assert_int_eq(assessment_run(&a, &symbols, 1, false), 0);
    json_t *json = findings_json(&f);
    symbols_fini(&symbols);
    dataset_free(&data);
    ck_assert_ptr_nonnull(json);
    return json;
}

START_TEST(json_has_the_names_that_are_promised)
{
    static const char *const numbers[] = {"h_original", "h_bitstring",
                                          "min_entropy", "claim_bits"};
    struct rig r;
    rig_init(&r);
    record(&r, "good", 0, 20000);
    json_t *json = json_of(&r, true);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        ck_assert(json_is_real(json_object_get(json, numbers[i])));
    ck_assert_int_eq(
        json_integer_value(json_object_get(json, "bits_per_symbol")), 8);
    const json_t *all = json_object_get(json, "estimators");
    ck_assert_uint_eq(json_array_size(all), ESTIMATORS);
    const json_t *collision = json_array_get(all, ESTIMATOR_COLLISION);
    ck_assert_str_eq(json_string_value(json_object_get(collision, "name")),
                     "collision");
    ck_assert_str_eq(json_string_value(json_object_get(collision, "section")),
                     "6.3.2");
    ck_assert(json_is_null(json_object_get(collision, "symbols")));
    ck_assert(json_is_real(json_object_get(collision, "bits")));
    const json_t *figures = json_object_get(collision, "figures");
    ck_assert(json_is_real(
        json_object_get(json_object_get(figures, "bits"), "X-bar'")));
    json_decref(json);
    rig_fini(&r);
}
END_TEST

START_TEST(pictures_are_plain_where_the_terminal_is)
{
    struct rig r;
    rig_init(&r);
    record(&r, "good", 0, 5000);
    ck_assert(!assess(&r, false));
    for (const char *at = r.text; *at != '\0'; at++)
        ck_assert((unsigned char)*at < 0x80);
    ck_assert(!assess(&r, true));
    ck_assert_ptr_nonnull(strstr(r.text, "\xe2\x96\x88"));
    rig_fini(&r);
}
END_TEST

START_TEST(columns_are_as_high_as_their_values)
{
    static const double values[] = {0, 1, 2, 3, 4, 9};
    char *text = NULL;
    size_t size;
    const struct canvas canvas = {open_memstream(&text, &size), 64, false};
    draw_columns(&canvas, values, 6, 2, 4);
    ck_assert_int_eq(fclose(canvas.out), 0);
    ck_assert_str_eq(text, "        4 |   :#^\n"
                           "        2 | :####\n");
    free(text);
}
END_TEST

/* One in fifty takes a thousand times as long; the others still have a shape.
 */
START_TEST(a_long_tail_does_not_squash_a_histogram)
{
    enum { N = 20000, BINS = 64 };
    static uint64_t ticks[N];
    struct histogram h;
    unsigned used = 0;
    for (size_t i = 0; i < N; i++)
        ticks[i] = i % 50 == 0 ? 1000000 + i : 1000 + i % 37 * (i % 29);
    ck_assert_int_eq(histogram_of(&h, ticks, N, BINS), 0);
    for (size_t i = 0; i < BINS; i++)
        used += h.counts[i] > 0;
    ck_assert_uint_ge(used, 8);
    ck_assert(h.low >= 1000 && h.high > 1000000);
    ck_assert_uint_le(h.below + h.above, N / 50);
}
END_TEST

START_TEST(restarts_are_counted_by_row_and_column)
{
    struct rig r;
    rig_init(&r);
    record(&r, "stuck", 40, 50);
    (void)assess(&r, false);
    ck_assert_ptr_nonnull(
        strstr(r.text, "one symbol at most 50 times in a row of 50, 40 times "
                       "in a column\nof 40"));
    rig_fini(&r);
}
END_TEST

START_TEST(what_is_not_there_is_named)
{
    struct rig r;
    rig_init(&r);
    refuses(&r, EX_NOINPUT, "recording: No such file");
    rig_fini(&r);
}
END_TEST

START_TEST(files_that_were_changed_are_refused)
{
    struct rig r;
    char symbols[2001];
    rig_init(&r);
    record(&r, "good", 0, 2000);
    memset(symbols, 'x', 2000);
    symbols[2000] = '\0';
    spoil(&r, "symbols.bin", symbols);
    refuses(&r, EX_DATAERR, "symbols.bin: its SHA-256 is not that of");
    spoil(&r, "symbols.bin", "short");
    refuses(&r, EX_DATAERR,
            "symbols.bin has 5 bytes; by its record.json it has 2000");
    rig_fini(&r);
}
END_TEST

START_TEST(a_record_that_is_none_is_refused)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{", "record.json:1: "},
        {"[]", "no recording that this program knows"},
        {"{\"format\":\"entropyd-recording-2\",\"samples\":2000}",
         "no recording that this program knows"},
        {"{\"format\":\"entropyd-recording-1\",\"samples\":-1}",
         "no recording that this program knows"},
        {"{\"format\":\"entropyd-recording-1\",\"samples\":2000,\"restarts\":"
         "{\"columns\":1000,\"whole_rows\":3}}",
         "no recording that this program knows"},
        {"{\"format\":\"entropyd-recording-1\",\"samples\":2000,"
         "\"source\":\"\\u001b[2J\"}",
         "no recording that this program knows"},
    };
    struct rig r;
    rig_init(&r);
    record(&r, "good", 0, 2000);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        spoil(&r, "record.json", cases[i].text);
        refuses(&r, EX_DATAERR, cases[i].message);
    }
    rig_fini(&r);
}
END_TEST

START_TEST(an_incomplete_recording_is_called_so)
{
    struct rig r;
    rig_init(&r);
    record(&r, "good", 0, 2000);
    char path[SCRATCH_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/recording/record.json",
                   r.scratch.dir);
    json_t *json = json_load_file(path, 0, NULL);
    ck_assert_ptr_nonnull(json);
    json_object_set_new(json, "complete", json_false());
    json_object_set_new(json, "stopped_by", json_string("SIGINT"));
    ck_assert_int_eq(json_dump_file(json, path, 0), 0);
    json_decref(json);
    (void)assess(&r, false);
    ck_assert_ptr_nonnull(strstr(r.text, "INCOMPLETE: SIGINT"));
    rig_fini(&r);
}
END_TEST

START_TEST(the_locale_says_whether_it_is_utf8)
{
    scratch_setenv("LC_ALL", NULL);
    scratch_setenv("LC_CTYPE", "");
    scratch_setenv("LANG", "en_GB.UTF-8");
    ck_assert(canvas_of(stdout).is_utf8);
    scratch_setenv("LC_CTYPE", "C");
    ck_assert(!canvas_of(stdout).is_utf8);
    scratch_setenv("LC_ALL", "C.utf8");
    ck_assert(canvas_of(stdout).is_utf8);
    scratch_setenv("LC_ALL", NULL);
    scratch_setenv("LC_CTYPE", NULL);
    scratch_setenv("LANG", NULL);
    ck_assert(!canvas_of(stdout).is_utf8);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(good_noise_is_not_refuted),
        TEST(a_periodic_source_is_refuted),
        TEST(a_plain_file_is_one_symbol_a_byte),
        TEST(json_has_the_names_that_are_promised),
        TEST(pictures_are_plain_where_the_terminal_is),
        TEST(columns_are_as_high_as_their_values),
        TEST(a_long_tail_does_not_squash_a_histogram),
        TEST(restarts_are_counted_by_row_and_column),
        TEST(what_is_not_there_is_named),
        TEST(files_that_were_changed_are_refused),
        TEST(a_record_that_is_none_is_refused),
        TEST(an_incomplete_recording_is_called_so),
        TEST(the_locale_says_whether_it_is_utf8),
        {0},
    };
    return run_tests("assess", tests);
}
