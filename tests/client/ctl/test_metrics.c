/* SPDX-License-Identifier: MIT */
/* entropyctl metrics against the rules of the Prometheus text format and of
 * promtool's linter. */

#include "tests/client/ctl/canned.h"
#include "tests/support/run.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
    check_has("\nentropyd_up 0\n");
    check_has("\nentropyd_status_error{error=\"not_reachable\"} 1\n");
    take_all();
    fake_server_remove(&server);
}
END_TEST

START_TEST(an_error_of_the_daemon_is_named)
{
    canned_answer("status", "{\"code\":-32005,\"message\":\"why\",\"data\":{"
                            "\"name\":\"shutting_down\"}}");
    fake_server_prepare(&server);
    fake_server_start(&server, canned_script);
    ctl_run(&server, &result, "metrics", NULL);
    ck_assert_int_eq(result.code, 5);
    check_has("\nentropyd_up 0\n");
    check_has("\nentropyd_status_error{error=\"");
    take_all();
    fake_server_remove(&server);
}
END_TEST

START_TEST(a_source_of_another_system_has_a_state_and_nothing_else)
{
    canned_answer("status",
                  "{\"sources\":[{\"name\":\"mach_ipc\",\"state\":"
                  "\"unavailable\",\"enabled\":false,\"parked\":false,"
                  "\"since_ms\":1,\"claim_bits\":0.25,\"samples_total\":0,"
                  "\"counters\":{\"timeouts\":0},\"alarms\":{\"rct\":{"
                  "\"intermittent\":0,\"permanent\":0}}}]}");
    fake_server_prepare(&server);
    fake_server_start(&server, canned_script);
    ctl_run(&server, &result, "metrics", NULL);
    check_has("\nentropyd_source_state{source=\"mach_ipc\",state="
              "\"unavailable\"} 1\n");
    for (const char *at = result.out;
         (at = strstr(at, "source=\"mach_ipc\"")) != NULL; at++) {
        const char *name = at;
        while (name > result.out && name[-1] != '\n')
            name--;
        ck_assert_msg(strncmp(name, "entropyd_source_state{", 22) == 0, "%.60s",
                      name);
    }
    fake_server_remove(&server);
}
END_TEST

/* The text that metrics wrote into `file`, in result.out. */
static void read_textfile(const char *file)
{
    struct stat info;
    FILE *stream = fopen(file, "re");
    ck_assert_msg(stream != NULL, "no %s", file);
    ck_assert_int_eq(fstat(fileno(stream), &info), 0);
    ck_assert_int_eq(info.st_mode & 07777, 0644);
    result.out_length = fread(result.out, 1, sizeof(result.out) - 1, stream);
    result.out[result.out_length] = '\0';
    fclose(stream);
}

START_TEST(a_textfile_is_for_everyone_and_says_that_the_daemon_is_down)
{
    char file[128];
    canned_answer("status", canned_status);
    fake_server_prepare(&server);
    snprintf(file, sizeof(file), "%s/entropyd.prom", server.directory);
    umask(077);
    ctl_run(&server, &result, "metrics", "--output", file, NULL);
    ck_assert_int_eq(result.code, 0);
    ck_assert_ptr_nonnull(strstr(result.err, "not_reachable"));
    read_textfile(file);
    check_has("\nentropyd_up 0\n");
    fake_server_start(&server, canned_script);
    ctl_run(&server, &result, "metrics", "-o", file, NULL);
    ck_assert_int_eq(result.code, 0);
    ck_assert_str_eq(result.out, "");
    ck_assert_str_eq(result.err, "");
    read_textfile(file);
    check_has("\nentropyd_up 1\n");
    take_all();
    unlink(file);
    fake_server_remove(&server);
}
END_TEST

START_TEST(a_textfile_that_cannot_be_replaced_is_an_error_and_stays)
{
    char command[512];
    char file[128];
    char complaint[256];
    fake_server_prepare(&server);
    snprintf(file, sizeof(file), "%s/missing/entropyd.prom", server.directory);
    ctl_run(&server, &result, "metrics", "-o", file, NULL);
    ck_assert_int_eq(result.code, 74);
    snprintf(complaint, sizeof(complaint),
             "cannot write %s: No such file or directory", file);
    ck_assert_ptr_nonnull(strstr(result.err, complaint));
    if (WRITES_BEFORE_MAIN)
        SKIP("ThreadSanitizer writes a file before main()");
    /* As on a full disk: nothing can be written, the file remains. */
    snprintf(file, sizeof(file), "%s/entropyd.prom", server.directory);
    ctl_run(&server, &result, "metrics", "-o", file, NULL);
    ck_assert_int_eq(result.code, 0);
    snprintf(command, sizeof(command),
             "ulimit -f 0; %s --socket %s metrics -o %s 2>/dev/null",
             ENTROPYCTL_PROGRAM, server.path, file);
    int status = system(command); /* NOLINT(concurrency-mt-unsafe) */
    ck_assert_int_eq(WEXITSTATUS(status), 74);
    read_textfile(file);
    check_has("\nentropyd_up 0\n");
    unlink(file);
    fake_server_remove(&server);
    /* No temporary file is left. */
    ck_assert_int_eq(access(server.directory, F_OK), -1);
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
        TEST(an_error_of_the_daemon_is_named),
        TEST(a_source_of_another_system_has_a_state_and_nothing_else),
        TEST(a_textfile_is_for_everyone_and_says_that_the_daemon_is_down),
        TEST(a_textfile_that_cannot_be_replaced_is_an_error_and_stays),
        {0},
    };
    return run_tests("metrics", tests);
}
