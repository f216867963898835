/* SPDX-License-Identifier: MIT */
/* entropyctl watch, in pipes and on terminals of several sizes. */

#include "tests/client/ctl/canned.h"
#include "tests/client/ctl/terminal.h"
#include "tests/support/run.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define HOME "\033[H" /* begins each picture */

static struct fake_server server;
static struct ctl_result result;
static struct terminal terminal;

static void start(void)
{
    fake_server_prepare(&server);
    fake_server_start(&server, canned_script);
}

static void end(void)
{
    fake_server_remove(&server);
}

static void has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "no %s in\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) == NULL, "%s in\n%s", part, text);
}

/* Starts watch; the locale is locale, the kind of terminal term. */
static void begin_watch(const char *term, const char *locale, unsigned columns,
                        unsigned rows, const char *interval, const char *count)
{
    const char *const argv[] = {
        ENTROPYCTL_PROGRAM, "--socket", server.path, "watch", "--interval",
        interval,           "--count",  count,       NULL};
    /* NOLINTBEGIN(concurrency-mt-unsafe) */
    setenv("TERM", term, 1);
    setenv("LC_ALL", locale, 1);
    /* NOLINTEND(concurrency-mt-unsafe) */
    terminal_start(&terminal, columns, rows, argv);
}

/* Checks that each picture fits into the terminal. */
static void check_fits(const char *text, size_t columns, size_t rows)
{
    size_t lines = 1;
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        const char *next = strstr(line + 1, HOME);
        if (strncmp(line, HOME, strlen(HOME)) == 0)
            lines = 1;
        if (next != NULL && next < line + length)
            length = (size_t)(next - line);
        ck_assert_msg(lines <= rows, "more than %zu lines:\n%s", rows, text);
        ck_assert_msg(terminal_columns(line, length) <= columns, "%.*s",
                      (int)length, line);
        lines += line[length] == '\n';
        line += length + (line[length] == '\n');
    }
}

/* The last picture of `count`, drawn at this size, which it fits. */
static const char *watch(unsigned columns, unsigned rows, const char *locale,
                         const char *count)
{
    begin_watch("xterm", locale, columns, rows, "100ms", count);
    ck_assert_int_eq(terminal_end(&terminal), 0);
    check_fits(terminal.text, columns > 0 ? columns : 80, rows > 0 ? rows : 24);
    const char *picture = terminal.text;
    for (const char *at = picture; (at = strstr(at, HOME)) != NULL; at++)
        picture = at;
    return picture;
}

START_TEST(lines_are_printed_without_a_terminal)
{
    canned_answer("status", canned_status);
    start();
    ctl_run(&server, &result, "watch", "--count", "2", NULL);
    ck_assert_int_eq(result.code, 0);
    has(result.out,
        "uptime_ms=3723000 health=degraded unix_ipc=healthy,32768,1 ");
    has_not(result.out, "\033");
    has(strstr(result.out, "uptime_ms=") + 1, "uptime_ms=");
    ctl_run(&server, &result, "watch", "--count", "1", "--json", NULL);
    has(result.out, canned_status);
    begin_watch("dumb", "C", 80, 24, "100ms", "1");
    ck_assert_int_eq(terminal_end(&terminal), 0);
    has(terminal.text, "health=degraded");
    has_not(terminal.text, "\033");
    end();
    ctl_run(&server, &result, "watch", NULL);
    ck_assert_int_eq(result.code, 3);
    has(result.err, "not_reachable");
}
END_TEST

START_TEST(a_wide_terminal_gets_longer_bars_a_narrow_one_fewer_columns)
{
    canned_answer("status", canned_status);
    start();
    const char *picture = watch(0, 0, "C", "1"); /* of unknown size */
    has(picture, "[##########..........]");
    has(picture, "every 1");
    picture = watch(130, 50, "C", "1");
    has(picture, "123456 ");
    has(picture, "[##############################");
    picture = watch(44, 50, "C", "1");
    has(picture, "unix_ipc");
    has_not(picture, "estimate is");
    has(picture, "secrets could be"); /* broken between words */
    has(picture, "swapped out");
    end();
}
END_TEST

/* Lower blocks of one, three, four and eight eighths, in UTF-8. */
#define BLOCK_1 "\xe2\x96\x81"
#define BLOCK_3 "\xe2\x96\x83"
#define BLOCK_4 "\xe2\x96\x84"
#define BLOCK_8 "\xe2\x96\x88"

/* What is to be seen when something is wrong. */
static const char busy_status[] =
    "{\"version\":\"0.1.0\",\"platform\":\"linux\",\"pid\":77,\"uptime_ms\":"
    "3723000,\"health\":\"degraded\",\"seeded\":true,\"memory_locked\":true,"
    "\"generator\":{\"reseeds\":5,\"credited_reseeds\":4,"
    "\"last_reseed_age_ms\":1500,\"last_credited_bits\":384,\"requests\":9,"
    "\"bytes\":65536},\"pool\":{\"credited_bits\":1,\"conditioned_blocks\":1,"
    "\"blocks_ready\":1},\"sources\":[{\"name\":\"unix_ipc\",\"state\":"
    "\"suspect\",\"reason\":\"rct: 31 equal samples in a row\","
    "\"last_sample_age_ms\":20,\"claim_bits\":0.5,\"samples_total\":5,"
    "\"ring\":{\"used\":3,\"size\":6},\"alarms\":{\"rct\":{\"intermittent\":1,"
    "\"permanent\":0,\"last_ms\":5}}},{\"name\":\"epoll_events\",\"state\":"
    "\"healthy\",\"parked\":true,\"claim_bits\":0.5,\"samples_total\":9}],"
    "\"changes\":["
    "{\"time_ms\":1700000010000,\"source\":\"unix_ipc\",\"from\":\"starting\","
    "\"to\":\"healthy\",\"reason\":null},"
    "{\"time_ms\":1700000011000,\"source\":\"unix_ipc\",\"from\":\"healthy\","
    "\"to\":\"suspect\",\"reason\":\"first\"},"
    "{\"time_ms\":1700000012000,\"source\":\"unix_ipc\",\"from\":\"suspect\","
    "\"to\":\"healthy\",\"reason\":null},"
    "{\"time_ms\":1700000013000,\"source\":\"unix_ipc\",\"from\":\"healthy\","
    "\"to\":\"suspect\",\"reason\":\"rct: 31 equal\"}],"
    "\"server\":{\"connections\":9,\"connections_total\":8,"
    "\"requests_total\":20,\"errors_total\":{\"timeout\":2},\"waiting\":2,"
    "\"users\":[{\"uid\":0,\"connections\":5,\"waiting\":2},"
    "{\"uid\":4000000000,\"connections\":1,\"waiting\":0},"
    "{\"uid\":null,\"connections\":1,\"waiting\":0}],\"users_total\":4}}";

START_TEST(all_is_shown_at_80x24)
{
    canned_answer("status", busy_status);
    start();
    const char *picture = watch(80, 24, "C", "1");
    has(picture, "entropyd 0.1.0 on linux, pid 77, up 1 h 02 min: ");
    has(picture, "last one 1.5 s ago");
    has(picture, "users      root 5 connections (2 waiting), uid 4000000000 1 "
                 "connection, unknown");
    has(picture, "1 connection, 1 more user");
    has(picture, "suspect");
    has(picture, "    rct: 31 equal samples in a row");
    has(picture, "requests/s               - ");
    has(picture, "output/s ");
    has(picture, "unix_ipc/s ");
    has(picture, "Z unix_ipc suspect -> healthy");
    has(picture, "Z unix_ipc healthy -> suspect: rct: 31 equal");
    has(picture, "; q or Ctrl-C quits");
    end();
}
END_TEST

START_TEST(what_matters_most_is_shown_at_40x10)
{
    canned_answer("status", busy_status);
    start();
    const char *picture = watch(40, 10, "C", "1");
    has(picture, "pid 77");
    has(picture, "degraded");
    has(picture, "suspect");
    has(picture, "epoll_events");
    has(picture, "Z");
    has_not(picture, "generator");
    has_not(picture, "requests/s");
    end();
}
END_TEST

START_TEST(everything_is_shown_at_200x60)
{
    canned_answer("status", busy_status);
    start();
    const char *picture = watch(200, 60, "C", "1");
    has(picture, "unknown 1 connection, 1 more user");
    has(picture, "epoll_events/s");
    has(picture, "Z unix_ipc starting -> healthy");
    has(picture, "Z unix_ipc healthy -> suspect: first");
    end();
}
END_TEST

START_TEST(no_size_is_too_small)
{
    static const unsigned sizes[][2] = {{1, 1}, {2, 2}, {20, 4}, {7, 30}};
    canned_answer("status", busy_status);
    start();
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        watch(sizes[i][0], sizes[i][1], "C.UTF-8", "2");
    end();
}
END_TEST

#define COUNTS(uptime, requests, bytes, samples)                               \
    "{\"uptime_ms\":" uptime ",\"server\":{\"requests_total\":" requests       \
    "},\"generator\":{\"bytes\":" bytes "},\"sources\":[{\"name\":\"a\","      \
    "\"samples_total\":" samples "}]}"

/* Rates of 10, 20, 50 and 0 requests a second; the third took two seconds. */
static void prepare_counts(void)
{
    canned_answer("status", COUNTS("1000", "100", "0", "0"));
    canned_answer("status", COUNTS("2000", "110", "2048", "7"));
    canned_answer("status", COUNTS("3000", "130", "2048", "14"));
    canned_answer("status", COUNTS("5000", "230", "6144", "28"));
    canned_answer("status", COUNTS("6000", "230", "6144", "35"));
}

static bool has_utf8(void)
{
    /* NOLINTBEGIN(concurrency-mt-unsafe) */
    bool is_there = setlocale(LC_CTYPE, "C.UTF-8") != NULL;
    setlocale(LC_CTYPE, "C");
    /* NOLINTEND(concurrency-mt-unsafe) */
    return is_there;
}

START_TEST(rates_are_drawn_as_blocks_in_utf8)
{
    if (!has_utf8())
        SKIP("there is no locale C.UTF-8 here");
    prepare_counts();
    start();
    const char *picture = watch(80, 24, "C.UTF-8", "5");
    has(picture,
        "requests/s             0.0 " BLOCK_3 BLOCK_4 BLOCK_8 BLOCK_1 "\033");
    has(picture,
        "output/s               0 B " BLOCK_8 BLOCK_1 BLOCK_8 BLOCK_1 "\033");
    has(picture,
        "a/s                    7.0 " BLOCK_8 BLOCK_8 BLOCK_8 BLOCK_8 "\033");
    end();
}
END_TEST

START_TEST(rates_are_drawn_in_ascii_elsewhere)
{
    prepare_counts();
    start();
    const char *picture = watch(80, 24, "C", "5");
    has(picture, "requests/s             0.0 -=#_\033");
    has(picture, "output/s               0 B #_#_\033");
    for (const char *at = terminal.text; *at != '\0'; at++)
        ck_assert_int_gt(*at, 0); /* ASCII only */
    end();
}
END_TEST

START_TEST(a_narrow_terminal_shows_the_newest_rates)
{
    prepare_counts();
    start();
    has(watch(29, 24, "C", "5"), "requests/s             0.0 #_\033");
    end();
}
END_TEST

START_TEST(a_daemon_that_does_not_reply_leaves_a_gap)
{
    canned_answer("status", COUNTS("1000", "100", "0", "0"));
    canned_answer("status", COUNTS("2000", "110", "0", "0"));
    canned_answer("status", "{\"code\":-32007,\"message\":\"not now\"}");
    /* Restarted: its counters begin again. */
    canned_answer("status", COUNTS("500", "3", "0", "0"));
    canned_answer("status", COUNTS("1500", "8", "0", "0"));
    start();
    const char *picture = watch(80, 24, "C", "5");
    has(picture, "requests/s             5.0 # +\033");
    has(terminal.text, "not now");
    end();
}
END_TEST

START_TEST(a_new_size_is_drawn_without_waiting_for_the_next_update)
{
    canned_answer("status", busy_status);
    canned_answer("status", canned_status);
    start();
    begin_watch("xterm", "C", 80, 24, "1h", "2");
    terminal_expect(&terminal, 0, "quits");
    check_fits(terminal.text, 80, 24);
    size_t before = terminal.length;
    terminal_resize(&terminal, 40, 10);
    terminal_expect(&terminal, before, "q quits");
    const char *picture = strstr(terminal.text + before, HOME);
    ck_assert_ptr_nonnull(picture);
    check_fits(picture, 40, 10);
    has(picture, "equal samples"); /* the status that was there */
    before = terminal.length;
    terminal_resize(&terminal, 200, 60);
    terminal_expect(&terminal, before, "Ctrl-C quits");
    has(terminal.text + before, "1 more user");
    terminal_type(&terminal, "q");
    ck_assert_int_eq(terminal_end(&terminal), 0);
    end();
}
END_TEST

START_TEST(q_ends_it_and_ctrl_c_kills_it_with_the_terminal_restored)
{
    static const char *const keys[] = {"q", "Q", "\003"};
    canned_answer("status", canned_status);
    start();
    for (int i = 0; i < 3; i++) {
        begin_watch("xterm", "C", 80, 24, "100ms", "100000");
        terminal_expect(&terminal, 0, "q or Ctrl-C quits");
        while (terminal_is_cooked(&terminal))
            terminal_expect(&terminal, terminal.length, "quits");
        terminal_type(&terminal, keys[i]);
        int status = terminal_end(&terminal);
        if (i < 2)
            ck_assert_int_eq(status, 0);
        else
            ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    }
    end();
}
END_TEST

START_TEST(as_many_changes_are_shown_as_fit)
{
    static const char status[] =
        "{\"sources\":[{\"name\":\"a\",\"state\":\"healthy\"}],\"changes\":["
        "{\"time_ms\":1700000000000,\"source\":\"a\",\"from\":\"starting\","
        "\"to\":\"healthy\",\"reason\":null},"
        "{\"time_ms\":1700000001999,\"source\":\"a\",\"from\":\"healthy\","
        "\"to\":\"suspect\",\"reason\":\"rct \\u001B[31m\"},"
        "{\"time_ms\":1700000002000,\"source\":\"a\",\"from\":\"suspect\","
        "\"to\":\"suspect\",\"reason\":\"apt\"}]}";
    canned_answer("status", status);
    start();
    const char *picture = watch(80, 24, "C", "1");
    has(picture, "a starting -> healthy");
    has(picture, "a healthy -> suspect: rct ?[31m");
    has(picture, "a still suspect: apt");
    picture = watch(80, 9, "C", "1");
    has_not(picture, "a starting -> healthy");
    has(picture, "a still suspect: apt");
    end();
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(lines_are_printed_without_a_terminal),
        TEST(a_wide_terminal_gets_longer_bars_a_narrow_one_fewer_columns),
        TEST(all_is_shown_at_80x24),
        TEST(what_matters_most_is_shown_at_40x10),
        TEST(everything_is_shown_at_200x60),
        TEST(no_size_is_too_small),
        TEST(rates_are_drawn_as_blocks_in_utf8),
        TEST(rates_are_drawn_in_ascii_elsewhere),
        TEST(a_narrow_terminal_shows_the_newest_rates),
        TEST(a_daemon_that_does_not_reply_leaves_a_gap),
        TEST(a_new_size_is_drawn_without_waiting_for_the_next_update),
        TEST(q_ends_it_and_ctrl_c_kills_it_with_the_terminal_restored),
        TEST(as_many_changes_are_shown_as_fit),
        {0},
    };
    return run_tests("watch", tests);
}
