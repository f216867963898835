/* --assess: what it reads, what it refuses, what it prints. */

#include "lab/assess.h"
#include "lab/assess_draw.h"
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
    const struct config_collectors collectors = {.list = fault_registry,
                                                 .count = fault_registry_count};
    struct config config;
    struct config_origins origins;
    const struct evidence_request request = {
        .source = source,
        .directory = r->directory,
        .samples = restarts > 0 ? restarts * samples : samples,
        .restarts = restarts,
        .row_samples = restarts > 0 ? samples : 0,
    };
    config_defaults(&config, &origins, &collectors);
    ck_assert_int_eq(record_run(&request, &config, &collectors), EX_OK);
}

static int assess(struct rig *r, bool with_utf8)
{
    free(r->text);
    r->text = NULL;
    FILE *out = open_memstream(&r->text, &r->size);
    ck_assert_ptr_nonnull(out);
    int status = assess_run(r->directory, out, with_utf8);
    ck_assert_int_eq(fclose(out), 0);
    return status;
}

/* What assess says on stderr when it refuses. */
static void refuses(struct rig *r, int status, const char *message)
{
    int saved = scratch_stderr_begin(&r->scratch);
    int result = assess(r, false);
    char *said = scratch_stderr_end(&r->scratch, saved);
    ck_assert_int_eq(result, status);
    ck_assert_msg(strstr(said, message) != NULL, "%s", said);
    free(said);
}

/* Writes over `size` bytes of a file of the recording, or cuts it. */
static void spoil(struct rig *r, const char *name, const char *text)
{
    char relative[64];
    char path[SCRATCH_PATH_MAX];
    (void)snprintf(relative, sizeof(relative), "recording/%s", name);
    scratch_write(&r->scratch, relative, text, path);
}

START_TEST(good_noise_is_not_spoken_against)
{
    struct rig r;
    rig_init(&r);
    record(&r, "good", 0, 20000);
    ck_assert_int_eq(assess(&r, false), EX_OK);
    ck_assert_ptr_nonnull(strstr(r.text, "these are upper bounds, no result"));
    ck_assert_ptr_nonnull(strstr(r.text, "they do not speak against it"));
    ck_assert_ptr_null(strstr(r.text, "REFUTED"));
    ck_assert_ptr_nonnull(strstr(r.text, "tests at this claim: 0\n"));
    rig_fini(&r);
}
END_TEST

START_TEST(a_periodic_source_is_refuted)
{
    struct rig r;
    rig_init(&r);
    record(&r, "periodic", 0, 20000);
    ck_assert_int_eq(assess(&r, false), EX_OK);
    ck_assert_ptr_nonnull(strstr(r.text, "(lag of symbols)"));
    ck_assert_ptr_nonnull(strstr(r.text, "REFUTED"));
    ck_assert_ptr_nonnull(strstr(r.text, ": markov, "));
    rig_fini(&r);
}
END_TEST

START_TEST(pictures_are_plain_where_the_terminal_is)
{
    struct rig r;
    rig_init(&r);
    record(&r, "good", 0, 5000);
    ck_assert_int_eq(assess(&r, false), EX_OK);
    for (const char *at = r.text; *at != '\0'; at++)
        ck_assert((unsigned char)*at < 0x80);
    ck_assert_int_eq(assess(&r, true), EX_OK);
    ck_assert_ptr_nonnull(strstr(r.text, "\xe2\x96\x88"));
    rig_fini(&r);
}
END_TEST

START_TEST(columns_are_as_high_as_their_values)
{
    static const double values[] = {0, 1, 2, 3, 4, 9};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    draw_columns(out, values, 6, 2, 4, false);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_str_eq(text, "        4 |   :#^\n"
                           "        2 | :####\n");
    free(text);
}
END_TEST

START_TEST(restarts_are_counted_by_row_and_column)
{
    struct rig r;
    rig_init(&r);
    record(&r, "stuck", 40, 50);
    ck_assert_int_eq(assess(&r, false), EX_OK);
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
    refuses(&r, EX_NOINPUT, "record.json: No such file");
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
    ck_assert_int_eq(assess(&r, false), EX_OK);
    ck_assert_ptr_nonnull(strstr(r.text, "INCOMPLETE: SIGINT"));
    rig_fini(&r);
}
END_TEST

START_TEST(the_locale_says_whether_it_is_utf8)
{
    scratch_setenv("LC_ALL", NULL);
    scratch_setenv("LC_CTYPE", "");
    scratch_setenv("LANG", "en_GB.UTF-8");
    ck_assert(assess_has_utf8());
    scratch_setenv("LC_CTYPE", "C");
    ck_assert(!assess_has_utf8());
    scratch_setenv("LC_ALL", "C.utf8");
    ck_assert(assess_has_utf8());
    scratch_setenv("LC_ALL", NULL);
    scratch_setenv("LC_CTYPE", NULL);
    scratch_setenv("LANG", NULL);
    ck_assert(!assess_has_utf8());
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(good_noise_is_not_spoken_against),
        TEST(a_periodic_source_is_refuted),
        TEST(pictures_are_plain_where_the_terminal_is),
        TEST(columns_are_as_high_as_their_values),
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
