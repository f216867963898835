/* Lines as they reach stderr, and how many of them. */

#include "daemon/host/log.h"

#include "base/quote.h"
#include "daemon/host/log_limit.h"
#include "tests/support/run.h"
#include "tests/support/scratch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned count_lines(const char *text)
{
    unsigned lines = 0;
    for (const char *p = text; *p != '\0'; p++)
        lines += *p == '\n';
    return lines;
}

START_TEST(a_line_is_level_event_values_and_time)
{
    struct scratch s;
    scratch_init(&s);
    char quoted[32];
    scratch_setenv("JOURNAL_STREAM", NULL);
    int saved = scratch_stderr_begin(&s);
    log_event(LOG_LEVEL_WARNING, "listening", "path=%s fd=%d",
              quote_text("/a b", quoted, sizeof(quoted)), 3);
    char *text = scratch_stderr_end(&s, saved);
    static const char begin[] = "warning listening path=\"/a b\" fd=3 time=20";
    ck_assert_int_eq(strncmp(text, begin, strlen(begin)), 0);
    ck_assert_uint_eq(count_lines(text), 1);
    ck_assert_str_eq(text + strlen(text) - 2, "Z\n");
    free(text);
    scratch_fini(&s);
}
END_TEST

START_TEST(lines_above_the_level_are_not_written)
{
    struct scratch s;
    scratch_init(&s);
    int saved = scratch_stderr_begin(&s);
    log_event(LOG_LEVEL_DEBUG, "a", "%s", "");
    log_set_level(LOG_LEVEL_ERROR);
    log_event(LOG_LEVEL_WARNING, "b", "%s", "");
    log_event(LOG_LEVEL_ERROR, "c", "%s", "");
    char *text = scratch_stderr_end(&s, saved);
    ck_assert_uint_eq(count_lines(text), 1);
    ck_assert_int_eq(strncmp(text, "error c ", 8), 0);
    free(text);
    scratch_fini(&s);
}
END_TEST

START_TEST(repetitions_are_counted_and_told_at_the_end)
{
    struct scratch s;
    scratch_init(&s);
    int saved = scratch_stderr_begin(&s);
    for (int i = 0; i < LOG_BURST + 7; i++)
        log_event(LOG_LEVEL_INFO, "refused", "n=%d", i);
    log_event(LOG_LEVEL_INFO, "other", "n=%d", 0);
    log_finish();
    log_finish();
    char *text = scratch_stderr_end(&s, saved);
    ck_assert_uint_eq(count_lines(text), LOG_BURST + 2);
    ck_assert_ptr_nonnull(strstr(text, "info other n=0"));
    ck_assert_ptr_nonnull(strstr(text, "info refused suppressed=7 "));
    free(text);
    scratch_fini(&s);
}
END_TEST

START_TEST(the_next_second_tells_what_the_last_one_held_back)
{
    struct log_limit limit = {.events = {{.name = ""}}};
    uint64_t suppressed = 0;
    for (int i = 0; i < LOG_BURST; i++) {
        ck_assert(log_limit_allows(&limit, "e", 5000, &suppressed));
        ck_assert_uint_eq(suppressed, 0);
    }
    ck_assert(!log_limit_allows(&limit, "e", 5000, &suppressed));
    ck_assert(!log_limit_allows(&limit, "e", 5999, &suppressed));
    ck_assert(log_limit_allows(&limit, "f", 5999, &suppressed));
    ck_assert(log_limit_allows(&limit, "e", 6000, &suppressed));
    ck_assert_uint_eq(suppressed, 2);
    ck_assert(log_limit_allows(&limit, "e", 6001, &suppressed));
    ck_assert_uint_eq(suppressed, 0);
    ck_assert_ptr_null(log_limit_unreported(&limit, &suppressed));
}
END_TEST

START_TEST(of_too_many_events_the_one_with_unreported_lines_stays)
{
    struct log_limit limit = {.events = {{.name = ""}}};
    uint64_t suppressed = 0;
    char name[16];
    for (int i = 0; i <= LOG_BURST; i++)
        (void)log_limit_allows(&limit, "loud", 1, &suppressed);
    for (unsigned i = 0; i < 3 * LOG_LIMIT_EVENTS; i++) {
        (void)snprintf(name, sizeof(name), "event%u", i);
        ck_assert(log_limit_allows(&limit, name, 100 + i, &suppressed));
        ck_assert_uint_eq(suppressed, 0);
    }
    ck_assert_str_eq(log_limit_unreported(&limit, &suppressed), "loud");
    ck_assert_uint_eq(suppressed, 1);
}
END_TEST

START_TEST(a_long_line_is_cut_and_shows_it)
{
    struct scratch s;
    scratch_init(&s);
    char value[2 * LOG_LINE_MAX];
    memset(value, 'v', sizeof(value));
    value[sizeof(value) - 1] = '\0';
    scratch_setenv("JOURNAL_STREAM", NULL);
    int saved = scratch_stderr_begin(&s);
    log_event(LOG_LEVEL_INFO, "long", "value=%s", value);
    char *text = scratch_stderr_end(&s, saved);
    ck_assert_uint_eq(count_lines(text), 1);
    ck_assert_ptr_nonnull(strstr(text, "vvv... time="));
    free(text);
    scratch_fini(&s);
}
END_TEST

START_TEST(what_comes_in_unquoted_cannot_break_the_line)
{
    struct scratch s;
    scratch_init(&s);
    int saved = scratch_stderr_begin(&s);
    log_event(LOG_LEVEL_INFO, "event", "value=%s",
              "a\nerror forged x=1\x1b[2J");
    char *text = scratch_stderr_end(&s, saved);
    ck_assert_uint_eq(count_lines(text), 1);
    ck_assert_ptr_null(strchr(text, '\x1b'));
    free(text);
    scratch_fini(&s);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_line_is_level_event_values_and_time),
        TEST(lines_above_the_level_are_not_written),
        TEST(repetitions_are_counted_and_told_at_the_end),
        TEST(the_next_second_tells_what_the_last_one_held_back),
        TEST(of_too_many_events_the_one_with_unreported_lines_stays),
        TEST(a_long_line_is_cut_and_shows_it),
        TEST(what_comes_in_unquoted_cannot_break_the_line),
        {0},
    };
    return run_tests("log", tests);
}
