/* SPDX-License-Identifier: MIT */
/* entropyctl metrics against the rules of the Prometheus text format and of
 * promtool's linter. */

#include "tests/client/ctl/canned.h"
#include "tests/support/run.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 128

static struct fake_server server;
static struct ctl_result result;

struct family {
    char name[80], type[16];
    bool has_help;
};

static struct family families[NAMES_MAX];
static size_t family_count;

static struct family *find(const char *name, size_t length)
{
    for (size_t i = 0; i < family_count; i++) {
        if (strlen(families[i].name) == length &&
            memcmp(families[i].name, name, length) == 0)
            return &families[i];
    }
    return NULL;
}

static void take_head(const char *line)
{
    char name[80];
    char rest[240];
    if (sscanf(line, "# HELP %79s %239[^\n]", name, rest) == 2) {
        ck_assert_msg(find(name, strlen(name)) == NULL, "%s twice", name);
        ck_assert_uint_lt(family_count, NAMES_MAX);
        struct family *f = &families[family_count++];
        snprintf(f->name, sizeof(f->name), "%s", name);
        f->has_help = strlen(rest) > 0;
        return;
    }
    ck_assert_msg(sscanf(line, "# TYPE %79s %15s", name, rest) == 2, "%s",
                  line);
    struct family *f = find(name, strlen(name));
    ck_assert_msg(f != NULL, "TYPE before HELP: %s", line);
    snprintf(f->type, sizeof(f->type), "%.15s", rest);
}

/* name, labels, value: names of [a-z_], labels quoted with escapes, a number.
 */
static void take_sample(const char *line)
{
    size_t length = strspn(line, "abcdefghijklmnopqrstuvwxyz_0123456789");
    struct family *f = find(line, length);
    ck_assert_msg(f != NULL && f->type[0] != '\0', "no head: %s", line);
    const char *at = line + length;
    if (*at == '{') {
        do {
            at++;
            size_t label = strspn(at, "abcdefghijklmnopqrstuvwxyz_");
            ck_assert_msg(label > 0 && strncmp(at + label, "=\"", 2) == 0, "%s",
                          line);
            at += label + 2;
            while (*at != '"') {
                ck_assert_msg(*at != '\0', "%s", line);
                if (*at == '\\')
                    ck_assert_msg(strchr("\\\"n", *++at) != NULL, "%s", line);
                at++;
            }
            at++;
        } while (*at == ',');
        ck_assert_msg(*at == '}', "%s", line);
        at++;
    }
    char *end;
    ck_assert_msg(*at == ' ', "%s", line);
    double value = strtod(at + 1, &end);
    ck_assert_msg(end > at + 1 && *end == '\0', "%s", line);
    ck_assert_msg(strcmp(f->type, "counter") != 0 || value >= 0, "%s", line);
}

static void take_all(void)
{
    char *rest = NULL;
    ck_assert_int_eq(result.out[result.out_length - 1], '\n');
    static char text[sizeof(result.out)];
    memcpy(text, result.out, sizeof(text));
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        if (line[0] == '#')
            take_head(line);
        else
            take_sample(line);
    }
}

static void check_has(const char *line)
{
    ck_assert_msg(strstr(result.out, line) != NULL, "no %s in\n%s", line,
                  result.out);
}

static void run(void)
{
    canned_answer("status", canned_status);
    fake_server_prepare(&server);
    fake_server_start(&server, canned_script);
    ctl_run(&server, &result, "metrics", NULL);
    ck_assert_int_eq(result.code, 0);
    fake_server_remove(&server);
}

START_TEST(the_text_is_well_formed)
{
    run();
    take_all();
    ck_assert_uint_gt(family_count, 30);
}
END_TEST

START_TEST(names_keep_the_conventions)
{
    /* promtool check metrics: help, _total on counters and nowhere else, no
     * type in a name, no abbreviated or non-base unit. */
    static const char *const forbidden[] = {
        "gauge",   "counter", "summary",      "ms",   "us",  "ns",
        "s",       "sec",     "milliseconds", "kb",   "kib", "mb",
        "percent", "minutes", "hours",        "days", "bits"};
    run();
    take_all();
    for (size_t i = 0; i < family_count; i++) {
        struct family *f = &families[i];
        size_t length = strlen(f->name);
        bool has_total =
            length > 6 && strcmp(f->name + length - 6, "_total") == 0;
        ck_assert_msg(f->has_help, "%s", f->name);
        ck_assert_msg(strncmp(f->name, "entropyd_", 9) == 0, "%s", f->name);
        ck_assert_msg(has_total == (strcmp(f->type, "counter") == 0), "%s",
                      f->name);
        char words[80];
        char *rest = NULL;
        snprintf(words, sizeof(words), "%s", f->name);
        for (char *word = strtok_r(words, "_", &rest); word != NULL;
             word = strtok_r(NULL, "_", &rest)) {
            for (size_t k = 0; k < sizeof(forbidden) / sizeof(forbidden[0]);
                 k++)
                ck_assert_msg(strcmp(word, forbidden[k]) != 0, "%s", f->name);
        }
    }
}
END_TEST

START_TEST(values_are_in_base_units)
{
    run();
    check_has("\nentropyd_uptime_seconds 3723\n");
    check_has("\nentropyd_generator_last_reseed_age_seconds 1.5\n");
    check_has("\nentropyd_source_last_sample_age_seconds{source=\"unix_ipc\"} "
              "0.02\n");
    check_has("\nentropyd_generator_requests_total 9007199254740991\n");
    check_has("\nentropyd_generator_last_credited_bytes 48\n");
    check_has("\nentropyd_pool_credited_bytes 125\n");
    check_has("\nentropyd_source_claim_bytes{source=\"unix_ipc\"} 0.0625\n");
    check_has("\nentropyd_memory_locked 0\n");
    check_has("entropyd_up 1\n");
}
END_TEST

START_TEST(one_state_of_each_kind_is_1)
{
    run();
    check_has("\nentropyd_health{health=\"degraded\"} 1\n");
    check_has("\nentropyd_health{health=\"ok\"} 0\n");
    check_has("\nentropyd_source_state{source=\"unix_ipc\",state=\"healthy\"} "
              "1\n");
    check_has("\nentropyd_source_state{source=\"unix_ipc\",state=\"failed\"} "
              "0\n");
    check_has("\nentropyd_source_alarms_total{source=\"unix_ipc\",test="
              "\"rct\",level=\"intermittent\"} 1\n");
    check_has("\nentropyd_server_errors_total{error=\"timeout\"} 2\n");
    check_has("\nentropyd_source_events_total{source=\"unix_ipc\",event="
              "\"timeouts\"} 4\n");
}
END_TEST

START_TEST(labels_are_escaped_and_nulls_left_out)
{
    run();
    check_has("{source=\"odd \\\"\\\\\\n\033\",state=\"failed\"} 1\n");
    ck_assert_ptr_null(
        strstr(result.out, "entropyd_source_estimate_bytes{source=\"odd"));
    check_has("entropyd_source_estimate_bytes{source=\"unix_ipc\"} 0.78125\n");
}
END_TEST

START_TEST(a_daemon_that_is_not_running_is_a_value_too)
{
    fake_server_prepare(&server);
    ctl_run(&server, &result, "metrics", NULL);
    ck_assert_int_eq(result.code, 3);
    ck_assert_ptr_nonnull(strstr(result.out, "\nentropyd_up 0\n"));
    take_all();
    fake_server_remove(&server);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_text_is_well_formed),
        TEST(names_keep_the_conventions),
        TEST(values_are_in_base_units),
        TEST(one_state_of_each_kind_is_1),
        TEST(labels_are_escaped_and_nulls_left_out),
        TEST(a_daemon_that_is_not_running_is_a_value_too),
        {0},
    };
    return run_tests("metrics", tests);
}
