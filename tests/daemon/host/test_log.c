/* SPDX-License-Identifier: MIT */
/* Lines as they reach stderr, and how many of them. */

#include "daemon/host/log.h"

#include "base/quote.h"
#include "daemon/host/log_limit.h"
#include "tests/support/run.h"
#include "tests/support/scratch.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

START_TEST(repetitions_are_counted_and_reported_at_the_end)
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

START_TEST(the_next_second_reports_what_the_last_one_held_back)
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

/* Writes lines of 1,000 bytes to stderr, each as another event, so that no
 * limit but the file's holds. */
static void write_lines(unsigned count)
{
    char filler[1000];
    memset(filler, 'x', sizeof(filler));
    filler[sizeof(filler) - 1] = '\0';
    for (unsigned i = 0; i < count; i++) {
        char event[16];
        (void)snprintf(event, sizeof(event), "event%u", i);
        log_event(LOG_LEVEL_INFO, event, "%s", filler);
    }
}

static off_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_size : -1;
}

/* stderr into this file, as launchd does it; returns what stderr was. */
static int open_log(const char *path)
{
    int saved = dup(STDERR_FILENO);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
    close(fd);
    return saved;
}

static void close_log(int saved)
{
    log_set_file_limit(0);
    (void)dup2(saved, STDERR_FILENO);
    close(saved);
}

START_TEST(a_log_file_is_renamed_at_its_limit_and_started_again)
{
    struct scratch s;
    char path[SCRATCH_PATH_MAX], old[SCRATCH_PATH_MAX + 4];
    scratch_init(&s);
    scratch_setenv("JOURNAL_STREAM", NULL);
    scratch_path(&s, "log", path);
    (void)snprintf(old, sizeof(old), "%s.old", path);
    int saved = open_log(path);
    log_set_file_limit(65536);
    write_lines(60);
    ck_assert_int_eq(size_of(old), -1);
    write_lines(20);
    off_t first = size_of(old);
    off_t rest = size_of(path);
    write_lines(1000);
    off_t last = size_of(old);
    off_t most = size_of(path);
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    close_log(saved);
    ck_assert_int_ge(first, 65536);
    ck_assert_int_lt(first, 65536 + 2048);
    ck_assert_int_gt(rest, 0);
    ck_assert_int_lt(rest, 20000);
    ck_assert_int_lt(last, 65536 + 2048);
    ck_assert_int_lt(most, 65536 + 2048);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    scratch_fini(&s);
}
END_TEST

START_TEST(a_log_file_that_cannot_be_renamed_is_truncated)
{
    struct scratch s;
    char path[SCRATCH_PATH_MAX], moved[SCRATCH_PATH_MAX];
    scratch_init(&s);
    scratch_setenv("JOURNAL_STREAM", NULL);
    scratch_path(&s, "log", path);
    scratch_path(&s, "moved", moved);
    int saved = open_log(path);
    /* Nor is a file that took its place touched. */
    ck_assert_int_eq(rename(path, moved), 0);
    int other = open(path, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_eq(write(other, "mine", 4), 4);
    close(other);
    (void)unlink(moved);
    log_set_file_limit(65536);
    write_lines(1000);
    struct stat st;
    ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
    close_log(saved);
    ck_assert_int_lt(st.st_size, 65536 + 2048);
    ck_assert_int_gt(st.st_size, 0);
    ck_assert_int_eq(size_of(path), 4);
    scratch_fini(&s);
}
END_TEST

START_TEST(a_log_without_a_limit_grows)
{
    struct scratch s;
    char path[SCRATCH_PATH_MAX];
    scratch_init(&s);
    scratch_path(&s, "log", path);
    int saved = open_log(path);
    write_lines(200);
    off_t size = size_of(path);
    close_log(saved);
    ck_assert_int_gt(size, 200000);
    scratch_fini(&s);
}
END_TEST

/* Reads what a pipe holds into text; how much that was. */
static size_t drain(int fd, char *text, size_t size)
{
    size_t length = 0;
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    for (ssize_t n; (n = read(fd, text, size - 1)) > 0;)
        length = (size_t)n;
    text[length] = '\0';
    return length;
}

START_TEST(a_reader_who_has_stopped_costs_lines_and_does_not_hold_up_the_daemon)
{
    static char text[1 << 20];
    int ends[2];
    scratch_setenv("JOURNAL_STREAM", NULL);
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    while (write(ends[1], text, 4096) > 0)
        ;
    ck_assert_int_eq(fcntl(ends[1], F_SETFL, 0), 0); /* as stderr is */
    (void)fflush(stderr);
    int saved = dup(STDERR_FILENO);
    ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    for (int i = 0; i < 3; i++)
        log_event(LOG_LEVEL_ERROR, "unread", "n=%d", i);
    log_finish();
    (void)drain(ends[0], text, sizeof(text));
    log_event(LOG_LEVEL_INFO, "read", "n=%d", 3);
    ck_assert_int_eq(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    close(saved);
    ck_assert_uint_gt(drain(ends[0], text, sizeof(text)), 0);
    ck_assert_int_eq(strncmp(text, "warning log-lost lines=3 time=", 30), 0);
    ck_assert_ptr_nonnull(strstr(text, "\ninfo read n=3 time="));
    ck_assert_uint_eq(count_lines(text), 2);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_line_is_level_event_values_and_time),
        TEST(lines_above_the_level_are_not_written),
        TEST(repetitions_are_counted_and_reported_at_the_end),
        TEST(the_next_second_reports_what_the_last_one_held_back),
        TEST(of_too_many_events_the_one_with_unreported_lines_stays),
        TEST(a_long_line_is_cut_and_shows_it),
        TEST(what_comes_in_unquoted_cannot_break_the_line),
        TEST(a_log_file_is_renamed_at_its_limit_and_started_again),
        TEST(a_log_file_that_cannot_be_renamed_is_truncated),
        TEST(a_log_without_a_limit_grows),
        TEST(
            a_reader_who_has_stopped_costs_lines_and_does_not_hold_up_the_daemon),
        {0},
    };
    return run_tests("log", tests);
}
