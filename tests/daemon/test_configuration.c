/* SPDX-License-Identifier: MIT */
/* The configuration that a command line leads to, on this machine. */

#include "daemon/configuration.h"

#include "daemon/settings/keys.h"
#include "tests/daemon/parse.h"
#include "tests/support/run.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct fixture {
    struct scratch scratch;
    struct config_collectors collectors;
    struct options options;
    struct config config;
    struct config_origins origins;
    struct config_loader loader;
    struct reason first; /* problem */
};

static void keep_first(void *context, enum config_severity severity,
                       const char *text)
{
    struct fixture *f = context;
    (void)severity;
    if (f->first.text[0] == '\0')
        reason_set(&f->first, "%s", text);
}

static void begin(struct fixture *f)
{
    *f = (struct fixture){.collectors = {.list = collector_registry,
                                         .count = collector_registry_count}};
    f->loader = (struct config_loader){.collectors = &f->collectors,
                                       .config = &f->config,
                                       .origins = &f->origins,
                                       .problem = keep_first,
                                       .context = f};
    scratch_init(&f->scratch);
    scratch_setenv("HOME", f->scratch.dir);
    scratch_setenv("XDG_CONFIG_HOME", NULL);
}

static void end(struct fixture *f)
{
    scratch_fini(&f->scratch);
}

/* Reads the words, ended by NULL, as a command line and loads what they lead
 * to. */
static int load(struct fixture *f, const char *const *words)
{
    struct reason why;
    ck_assert_int_eq(parse(&f->options, words, &why), 0);
    reason_clear(&f->first);
    return configuration_load(&f->options, &f->loader);
}

#define LOAD(f, ...) load(f, (const char *const[]){__VA_ARGS__, NULL})

START_TEST(the_command_line_has_the_last_word)
{
    struct fixture f;
    begin(&f);
    char path[SCRATCH_PATH_MAX];
    scratch_write(&f.scratch, "entropyd.json",
                  "{\"server\": {\"max_batch\": 2, \"max_waiting\": 5}}", path);
    ck_assert_int_eq(LOAD(&f, "--set=server.max_batch=3", "--config", path,
                          "--set", "server.max_batch=4"),
                     0);
    ck_assert_uint_eq(f.config.server.max_batch, 4);
    ck_assert_uint_eq(f.config.server.max_waiting, 5);
    struct key key;
    int batch = keys_find(&f.collectors, "server.max_batch", &key);
    int waiting = keys_find(&f.collectors, "server.max_waiting", &key);
    ck_assert_uint_eq(f.origins.of[batch], FROM_COMMAND_LINE);
    ck_assert_uint_eq(f.origins.of[waiting], FROM_FILE);
    ck_assert_uint_eq(f.origins.of[0], FROM_DEFAULT);
    end(&f);
}
END_TEST

START_TEST(a_wrong_value_names_the_option_that_brought_it)
{
    static const char *const cases[][3] = {
        {"--mode", "0888",
         "--mode: must be a string of octal digits from \"0600\" to \"0777\", "
         "is \"0888\""},
        {"--log-level", "loud",
         "--log-level: must be \"error\", \"warning\", \"info\" or \"debug\", "
         "is \"loud\""},
        {"--set", "server.max_batch=0",
         "--set server.max_batch: must be a whole number from 1 to 64, is "
         "\"0\""},
        {"--user", "root",
         "command line: process.user: \"root\" is root, so no privileges would "
         "be dropped"},
        {"--user", "no-such-user-here",
         "command line: process.user: unknown user \"no-such-user-here\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;
        begin(&f);
        ck_assert_int_eq(LOAD(&f, cases[i][0], cases[i][1]), -EINVAL);
        ck_assert_str_eq(f.first.text, cases[i][2]);
        end(&f);
    }
}
END_TEST

START_TEST(users_groups_and_rings_are_checked_with_file_and_line)
{
    struct fixture f;
    char path[SCRATCH_PATH_MAX], expected[2 * SCRATCH_PATH_MAX];
    begin(&f);
    scratch_write(&f.scratch, "entropyd.json",
                  "{\n\"socket\": {\"group\": \"no-such-group-here\",\n"
                  "\"mode\": \"0660\"},\n"
                  "\"process\": {\"user\": \"no-such-user-here\"},\n"
                  "\"pool\": {\"ring_samples\": 1024}}",
                  path);
    ck_assert_int_eq(LOAD(&f, "--config", path), -EINVAL);
    ck_assert_uint_eq(f.loader.errors, 3);
    (void)snprintf(expected, sizeof(expected),
                   "%s:2: socket.group: unknown group \"no-such-group-here\"",
                   path);
    ck_assert_str_eq(f.first.text, expected);
    end(&f);
}
END_TEST

/* Of a source that cannot run here no ring is made, whatever its claim. */
START_TEST(a_ring_is_too_small_for_a_source_that_runs_here)
{
    struct fixture f;
    struct reason why, expected;
    begin(&f);
    for (size_t i = 0; i < f.collectors.count; i++) {
        const struct collector *c = f.collectors.list[i];
        char claim[64];
        bool can_run = collector_can_run(c, &why);
        /* The others have less. */
        (void)snprintf(claim, sizeof(claim), "sources.%s.claim_bits=%s",
                       c->name, can_run ? "0.2" : "0.1");
        reason_clear(&f.first);
        int rc = LOAD(&f, "--set", "pool.ring_samples=2048", "--set", claim);
        ck_assert_int_eq(rc, can_run ? -EINVAL : 0);
        reason_set(&expected,
                   "command line: pool.ring_samples: 2048 samples of %s at a "
                   "claim of 0.200 bits are worth 409 bits, fewer than the 704 "
                   "that seeding needs; set a larger ring",
                   c->name);
        ck_assert_str_eq(f.first.text, can_run ? expected.text : "");
    }
    end(&f);
}
END_TEST

START_TEST(the_egd_socket_is_checked_with_file_and_line)
{
    char long_path[200] = "\"path\": \"/";
    size_t length = strlen(long_path);
    memset(long_path + length, 'x', sizeof(long_path) - length);
    memcpy(long_path + sizeof(long_path) - 2, "\"", 2);
    const char *const cases[][3] = {
        /* socket.path, members of egd, message */
        {"/run/e.sock", "\"path\": \"/run/e.sock\"",
         "egd.path: is \"/run/e.sock\", which is the path of the JSON-RPC "
         "socket (socket.path): must be another"},
        {"/run/e.sock", "\"path\": \"/run/e.sock.lock\"",
         "egd.path: is \"/run/e.sock.lock\", but one of it and "
         "\"/run/e.sock\" (socket.path) is the other's lock file: must be "
         "another"},
        {"/run/e.lock", "\"path\": \"/run/e\"",
         "egd.path: is \"/run/e\", but one of it and \"/run/e.lock\" "
         "(socket.path) is the other's lock file: must be another"},
        {"/run/e.sock",
         "\"path\": \"/run/egd\", \"mode\": \"0660\", \"group\": "
         "\"no-such-group-here\"",
         "egd.group: unknown group \"no-such-group-here\""},
        {"/run/e.sock", "\"path\": \"egd\"",
         "egd.path: must be an absolute path of at most "},
        {"/run/e.sock", long_path,
         "egd.path: must be an absolute path of at most "},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;
        char path[SCRATCH_PATH_MAX], text[1024], expected[1024];
        begin(&f);
        (void)snprintf(text, sizeof(text),
                       "{\n\"socket\":\n  {\"path\": \"%s\"},\n"
                       "\"egd\": {%s}}",
                       cases[i][0], cases[i][1]);
        scratch_write(&f.scratch, "entropyd.json", text, path);
        ck_assert_int_eq(LOAD(&f, "--config", path), -EINVAL);
        ck_assert_uint_eq(f.loader.errors, 1);
        (void)snprintf(expected, sizeof(expected), "%s:4: %s", path,
                       cases[i][2]);
        ck_assert_msg(strncmp(f.first.text, expected, strlen(expected)) == 0,
                      "%s", f.first.text);
        end(&f);
    }
}
END_TEST

START_TEST(settings_of_an_egd_socket_that_is_off_are_warned_of)
{
    struct fixture f;
    begin(&f);
    ck_assert_int_eq(LOAD(&f, "--set", "egd.mode=0666"), 0);
    ck_assert_uint_eq(f.loader.warnings, 1);
    ck_assert_str_eq(f.first.text,
                     "command line: egd.mode: has no effect without egd.path");
    ck_assert_int_eq(
        LOAD(&f, "--set", "egd.path=/run/egd", "--set", "egd.mode=0666"), 0);
    ck_assert_uint_eq(f.loader.warnings, 0);
    end(&f);
}
END_TEST

/* The default path is one that is not written anywhere. */
START_TEST(the_egd_socket_is_not_the_default_socket)
{
    struct fixture f;
    begin(&f);
    scratch_setenv("ENTROPYD_SOCKET", "/run/somewhere");
    ck_assert_int_eq(LOAD(&f, "--set", "egd.path=/run/somewhere"), -EINVAL);
    scratch_setenv("ENTROPYD_SOCKET", NULL);
    ck_assert_int_eq(LOAD(&f, "--set", "egd.path=/run/somewhere"), 0);
    end(&f);
}
END_TEST

START_TEST(a_file_that_is_named_must_be_there)
{
    struct fixture f;
    begin(&f);
    ck_assert_int_eq(LOAD(&f, "--config", "/no/such/file"), -EINVAL);
    ck_assert_str_eq(f.first.text, "/no/such/file: No such file or directory");
    end(&f);
}
END_TEST

static int present_probe(struct reason *why)
{
    (void)why;
    return 0;
}

static int absent_probe(struct reason *why)
{
    reason_set(why, "it needs another kernel");
    return -ENOSYS;
}

static int short_probe(struct reason *why)
{
    return reason_errno(EMFILE, why, "cannot make a thing");
}

START_TEST(a_configuration_that_can_never_serve_is_warned_of)
{
    struct fixture f;
    begin(&f);
    struct collector here = *collector_registry[0];
    struct collector absent = *collector_registry[1];
    const struct collector *const list[] = {&here, &absent};
    f.collectors = (struct config_collectors){.list = list, .count = 2};
    here.name = "here";
    here.probe = present_probe;
    absent.name = "absent";
    absent.probe = absent_probe;
    ck_assert_int_eq(LOAD(&f, "--log-level=info"), 0);
    ck_assert_uint_eq(f.loader.warnings, 0);
    ck_assert_int_eq(LOAD(&f, "--set", "sources.here.enabled=false"), 0);
    ck_assert_uint_eq(f.loader.warnings, 1);
    ck_assert_str_eq(f.first.text,
                     "command line: sources.here.enabled: no enabled source "
                     "can run on this machine (absent: it needs another "
                     "kernel); enable here");
    here.probe = absent_probe;
    ck_assert_int_eq(LOAD(&f, "--log-level=info"), 0);
    ck_assert_uint_eq(f.loader.warnings, 1);
    ck_assert_str_eq(f.first.text,
                     "sources: no enabled source can run on this machine "
                     "(here: it needs another kernel, absent: it needs another "
                     "kernel)");
    here.probe = short_probe; /* which may pass */
    ck_assert_int_eq(LOAD(&f, "--log-level=info"), 0);
    ck_assert_uint_eq(f.loader.warnings, 0);
    end(&f);
}
END_TEST

START_TEST(a_file_below_another_users_home_names_the_cause)
{
    struct fixture f;
    char expected[2 * CONFIG_PATH_MAX];
    if (geteuid() != 0)
        SKIP("only root can make another user's home");
    begin(&f);
    char path[CONFIG_PATH_MAX];
    ck_assert_int_eq(config_candidate(0, path), 1);
    ck_assert_int_eq(seteuid(12345), 0);
    int rc = LOAD(&f, "--log-level=info");
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(rc, -EINVAL);
    (void)snprintf(expected, sizeof(expected),
                   "%s: Permission denied; HOME is %s, the home of user 0, and "
                   "this process is user 12345: set HOME, or name a file with "
                   "--config",
                   path, f.scratch.dir);
    ck_assert_str_eq(f.first.text, expected);
    end(&f);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_command_line_has_the_last_word),
        TEST(a_wrong_value_names_the_option_that_brought_it),
        TEST(users_groups_and_rings_are_checked_with_file_and_line),
        TEST(a_ring_is_too_small_for_a_source_that_runs_here),
        TEST(the_egd_socket_is_checked_with_file_and_line),
        TEST(settings_of_an_egd_socket_that_is_off_are_warned_of),
        TEST(the_egd_socket_is_not_the_default_socket),
        TEST(a_file_that_is_named_must_be_there),
        TEST(a_configuration_that_can_never_serve_is_warned_of),
        TEST(a_file_below_another_users_home_names_the_cause),
        {0},
    };
    return run_tests("configuration", tests);
}
