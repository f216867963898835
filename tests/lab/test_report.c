/* SPDX-License-Identifier: MIT */
/* The page: what it holds, and what it must not. */

#include "lab/report.h"

#include "lab/comparison.h"
#include "lab/record.h"
#include "lab/svg.h"
#include "tests/fakes/faults/faults.h"
#include "tests/support/assert_has.h"
#include "tests/support/run.h"
#include "tests/support/scratch.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static void record(const char *directory, const char *source, uint32_t rows,
                   uint32_t columns)
{
    struct record_request request;
    record_request_init(&request, fault_find(source));
    request.directory = directory;
    request.samples = rows > 0 ? rows * columns : columns;
    request.restarts = rows;
    request.row_samples = rows > 0 ? columns : 0;
    ck_assert_int_eq(record_run(&request), EX_OK);
}

/* The page about what is at `path`, new. */
static char *page_of(const char *path)
{
    struct dataset data;
    struct symbols symbols;
    struct assessment a;
    struct reason why = {.text = ""};
    const struct findings f = {path, &data, &a, NULL, false};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    ck_assert_msg(dataset_load(&data, path, &why) == 0, "%s", why.text);
    ck_assert_int_eq(symbols_init(&symbols, data.symbols, data.n, 8, &why), 0);
    ck_assert_int_eq(assessment_run(&a, &symbols, 1, false), 0);
    report_begin(out);
    ck_assert_int_eq(report_findings(out, &f, 1), 0);
    report_end(out);
    ck_assert_int_eq(fclose(out), 0);
    symbols_fini(&symbols);
    dataset_free(&data);
    return text;
}

static void compare(struct compared *c, const char *path)
{
    struct dataset data;
    struct symbols symbols;
    struct assessment a;
    struct reason why = {.text = ""};
    const struct findings f = {path, &data, &a, NULL, false};
    ck_assert_msg(dataset_load(&data, path, &why) == 0, "%s", why.text);
    ck_assert_int_eq(symbols_init(&symbols, data.symbols, data.n, 0, &why), 0);
    ck_assert_int_eq(assessment_run(&a, &symbols, 1, false), 0);
    ck_assert_int_eq(compared_init(c, &f, report_tick_ns(&data)), 0);
    symbols_fini(&symbols);
    dataset_free(&data);
}

static unsigned count(const char *text, const char *part)
{
    unsigned found = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        found++;
    return found;
}

START_TEST(a_page_needs_nothing_else)
{
    struct scratch s;
    char path[SCRATCH_PATH_MAX];
    scratch_init(&s);
    record(scratch_path(&s, "r", path), "good", 0, 5000);
    char *page = page_of(path);
    ck_assert_uint_eq(count(page, "http"), 0);
    ck_assert_uint_eq(count(page, "src="), 0);
    ck_assert_uint_eq(count(page, "href="), 0);
    ck_assert_uint_eq(count(page, "<script"), 0);
    ck_assert_uint_eq(count(page, "nan"), 0);
    ck_assert_uint_eq(count(page, "inf,"), 0);
    ck_assert_uint_eq(count(page, "<svg"), 4);
    ck_assert_uint_eq(count(page, "<svg"), count(page, "</svg>"));
    ck_assert_uint_eq(count(page, "<table>"), count(page, "</table>"));
    assert_has(page, "HOLDS: the claim of 0.500 bits");
    assert_has(page, "multi Markov model with counting</td><td>6.3.9");
    free(page);
    scratch_fini(&s);
}
END_TEST

START_TEST(restarts_have_an_extra_picture)
{
    struct scratch s;
    char path[SCRATCH_PATH_MAX];
    scratch_init(&s);
    record(scratch_path(&s, "r", path), "good", 40, 50);
    char *page = page_of(path);
    ck_assert_uint_eq(count(page, "<svg"), 5);
    assert_has(page, "First samples after restarts");
    free(page);
    scratch_fini(&s);
}
END_TEST

START_TEST(alarms_and_a_refuted_claim_are_shown)
{
    struct scratch s;
    char path[SCRATCH_PATH_MAX];
    scratch_init(&s);
    record(scratch_path(&s, "r", path), "periodic", 0, 20000);
    char *page = page_of(path);
    assert_has(page, "class=\"verdict refuted\"");
    assert_has(page, "<h3>Alarms</h3>");
    free(page);
    scratch_fini(&s);
}
END_TEST

/* All samples equal: scales of no width. */
START_TEST(a_stuck_source_can_be_drawn)
{
    struct scratch s;
    char path[SCRATCH_PATH_MAX];
    scratch_init(&s);
    record(scratch_path(&s, "r", path), "stuck", 0, 5000);
    char *page = page_of(path);
    ck_assert_uint_eq(count(page, "nan"), 0);
    ck_assert_uint_eq(count(page, "inf,"), 0);
    assert_has(page, "All symbols are equal");
    free(page);
    scratch_fini(&s);
}
END_TEST

START_TEST(text_of_a_recording_is_escaped)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    html_text(out, "<script>\"a\" & 'b'</script>");
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_str_eq(text, "&lt;script&gt;&quot;a&quot; &amp; "
                           "&#39;b&#39;&lt;/script&gt;");
    free(text);
}
END_TEST

/* One that is good, one whose claim is refuted, and a plain file. */
START_TEST(several_are_compared_in_one_picture)
{
    static const char *const sources[] = {"good", "periodic"};
    static struct compared all[3];
    struct scratch s;
    char path[SCRATCH_PATH_MAX];
    char *text = NULL;
    size_t size;
    scratch_init(&s);
    for (size_t i = 0; i < 2; i++) {
        record(scratch_path(&s, sources[i], path), sources[i], 0, 20000);
        compare(&all[i], path);
    }
    scratch_write(&s, "file", "abracadabra<&", path);
    compare(&all[2], path);
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    comparison_write(out, all, 3);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_uint_eq(count(text, "<svg"), 2);
    ck_assert_uint_eq(count(text, "class=\"symbols\""), 3);
    ck_assert_uint_eq(count(text, "class=\"claim\""), 2);
    ck_assert_uint_eq(count(text, "class=\"curve c0\""), 2); /* and legend */
    ck_assert_uint_eq(count(text, "class=\"curve c1\""), 2);
    ck_assert_uint_eq(count(text, "class=\"refuted\""), 1);
    ck_assert_uint_eq(count(text, "nan"), 0);
    ck_assert_uint_eq(count(text, "inf"), 0);
    assert_has(text, "<a href=\"#2\">periodic</a>");
    double sum = 0;
    for (unsigned i = 0; i < COMPARISON_BINS; i++)
        sum += all[0].shares[i];
    ck_assert_double_eq_tol(sum, 1, 1e-9);
    free(text);
    scratch_fini(&s);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_page_needs_nothing_else),
        TEST(restarts_have_an_extra_picture),
        TEST(alarms_and_a_refuted_claim_are_shown),
        TEST(a_stuck_source_can_be_drawn),
        TEST(text_of_a_recording_is_escaped),
        TEST(several_are_compared_in_one_picture),
        {0},
    };
    return run_tests("report", tests);
}
