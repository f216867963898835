/* SPDX-License-Identifier: MIT */
/* Configuration files and settings, good ones and many broken ones. */

#include "daemon/settings/config.h"

#include "base/reason.h"
#include "daemon/settings/keys.h"
#include "tests/support/run.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What every case works on. */
struct fixture {
    struct scratch scratch;
    struct config_collectors collectors;
    struct config config;
    struct config_origins origins;
    struct config_loader loader;
    char path[SCRATCH_PATH_MAX];
    struct reason why; /* the first problem since it was cleared */
};

static void keep_first(void *context, enum config_severity severity,
                       const char *text)
{
    struct fixture *f = context;
    ck_assert_int_eq(severity, CONFIG_ERROR);
    ck_assert_ptr_null(strchr(text, '\n'));
    if (f->why.text[0] == '\0')
        reason_set(&f->why, "%s", text);
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
    config_defaults(&f->config, &f->origins, &f->collectors);
}

static void end(struct fixture *f)
{
    scratch_fini(&f->scratch);
}

/* How many errors there were since the last call; f->why is the first. */
static unsigned load_file(struct fixture *f, const char *path)
{
    unsigned before = f->loader.errors;
    reason_clear(&f->why);
    config_load_file(&f->loader, path);
    return f->loader.errors - before;
}

/* Writes text as a file and loads it. */
static unsigned load(struct fixture *f, const char *text)
{
    scratch_write(&f->scratch, "entropyd.json", text, f->path);
    return load_file(f, f->path);
}

static unsigned set(struct fixture *f, const char *assignment)
{
    unsigned before = f->loader.errors;
    reason_clear(&f->why);
    config_set(&f->loader, assignment);
    return f->loader.errors - before;
}

static unsigned check(struct fixture *f)
{
    unsigned before = f->loader.errors;
    reason_clear(&f->why);
    config_check(&f->loader);
    return f->loader.errors - before;
}

/* The place of a collector in config.sources. */
static struct source_config *source(struct fixture *f, const char *name)
{
    for (size_t i = 0; i < f->collectors.count; i++) {
        if (strcmp(f->collectors.list[i]->name, name) == 0)
            return &f->config.sources[i];
    }
    ck_abort_msg("no collector %s", name);
}

START_TEST(defaults_are_the_designs_and_fit_together)
{
    struct fixture f;
    begin(&f);
    ck_assert_uint_eq(f.config.socket.mode, 0600);
    ck_assert_str_eq(f.config.socket.path, "");
    ck_assert_uint_eq(f.config.server.max_connections, 1024);
    ck_assert_uint_eq(f.config.server.requests_per_iteration, 64);
    ck_assert_uint_eq(f.config.server.output_per_iteration_bytes, 131072);
    ck_assert_uint_eq(f.config.pool.ring_samples, 65536);
    ck_assert_int_eq(f.config.log.level, 2);
    ck_assert_uint_eq(f.config.source_count, collector_registry_count);
    ck_assert(source(&f, "unix_ipc")->enabled);
    ck_assert_uint_eq(source(&f, "unix_ipc")->duty_percent, 20);
    ck_assert_uint_eq(source(&f, "mach_ipc")->claim_millibits, 250);
    ck_assert_uint_eq(source(&f, "epoll_events")->claim_millibits, 500);
    ck_assert_int_eq(source(&f, "unix_ipc")->tunables[0].values[0], 8);
    ck_assert(!source(&f, "unix_ipc")->tunables[0].is_set);
    ck_assert_uint_eq(check(&f), 0);
    end(&f);
}
END_TEST

START_TEST(a_file_sets_what_it_names_and_leaves_the_rest)
{
    struct fixture f;
    begin(&f);
    ck_assert_uint_eq(
        load(&f, "{\"socket\": {\"mode\": \"0660\", \"path\": \"/run/x y\"},\n"
                 " \"log\": {\"level\": \"debug\"},\n"
                 " \"sources\": {\"unix_ipc\": {\"enabled\": false,\n"
                 "   \"claim_bits\": 0.125, \"ool_sizes\": [1, 4096],\n"
                 "   \"use_complex_messages\": false},\n"
                 "  \"mach_ipc\": {\"claim_bits\": 1}}}"),
        0);
    ck_assert_uint_eq(f.config.socket.mode, 0660);
    ck_assert_str_eq(f.config.socket.path, "/run/x y");
    ck_assert_int_eq(f.config.log.level, 3);
    const struct source_config *unix_ipc = source(&f, "unix_ipc");
    ck_assert(!unix_ipc->enabled);
    ck_assert_uint_eq(unix_ipc->claim_millibits, 125);
    ck_assert_uint_eq(unix_ipc->tunables[2].count, 2);
    ck_assert(unix_ipc->tunables[2].is_set);
    ck_assert_int_eq(unix_ipc->tunables[3].values[0], 0);
    ck_assert_uint_eq(source(&f, "mach_ipc")->claim_millibits, 1000);
    ck_assert_uint_eq(f.config.server.max_connections, 1024);
    ck_assert_str_eq(f.origins.file, f.path);
    end(&f);
}
END_TEST

START_TEST(comments_are_members_that_begin_with_slashes)
{
    struct fixture f;
    begin(&f);
    ck_assert_uint_eq(
        load(&f, "{\"//\": \"any\", \"server\": {\"//max_batch\": -1,\n"
                 "\"max_batch\": 2, \"// why\": [1]}, \"//x\": {\"a\": 1}}"),
        0);
    ck_assert_uint_eq(f.config.server.max_batch, 2);
    end(&f);
}
END_TEST

START_TEST(keys_may_be_written_with_dots)
{
    struct fixture f;
    begin(&f);
    ck_assert_uint_eq(load(&f, "{\"server.max_batch\": 2,\n"
                               " \"sources\": {\"unix_ipc.num_ports\": 3}}"),
                      0);
    ck_assert_uint_eq(f.config.server.max_batch, 2);
    ck_assert_int_eq(source(&f, "unix_ipc")->tunables[0].values[0], 3);
    end(&f);
}
END_TEST

START_TEST(an_empty_object_is_a_configuration)
{
    struct fixture f;
    begin(&f);
    ck_assert_uint_eq(load(&f, "{}\n"), 0);
    ck_assert_uint_eq(check(&f), 0);
    end(&f);
}
END_TEST

/* Files, and the message about each after "FILE"; where that is a line number
 * alone, the rest is the JSON library's. */
static const struct broken {
    const char *text, *message;
} broken_files[] = {
    {"", ": is empty: must hold an object, {} at least"},
    {" \n\n", ": is empty: must hold an object, {} at least"},
    {"{\n  \"log\": {\"level\": \"info\",}\n}", ":2:"},
    {"[]", ":1: must be an object {...}"},
    {"{\"log\": {\"level\": \"info\"},\n \"log\": {}}", ":2:"},
    {"{\n \"sever\": {\"max_batch\": 1}\n}",
     ":2: unknown key \"sever\" (did you mean server?)"},
    {"{\n \"sever\": {}\n}",
     ":2: unknown key \"sever\" (did you mean server?)"},
    {"{\"server\": {\n\n \"max_conections\": 64}}",
     ":3: unknown key \"server.max_conections\" (did you mean "
     "server.max_connections?)"},
    {"{\"num_ports\": 8}", ":1: unknown key \"num_ports\" (did you mean "
                           "sources.mach_ipc.num_ports?)"},
    {"{\"colour\": \"blue\"}",
     ":1: unknown key \"colour\" (entropyd --help lists all keys)"},
    {"{\"server\": 5}", ":1: server: is a section, must be an object {...}"},
    {"{\"server\": {\"max_batch\": {\"a\": 1}}}",
     ":1: server.max_batch: must be a whole number from 1 to 64, is "
     "{\"a\": 1}"},
    {"{\"server\": {\"max_connections\": 0}}",
     ":1: server.max_connections: must be a whole number from 1 to 65536, "
     "is 0"},
    {"{\"server\": {\"max_connections\": \"64\"}}",
     ":1: server.max_connections: must be a whole number from 1 to 65536, "
     "is \"64\""},
    {"{\"server\": {\"max_connections\": 1.5}}",
     ":1: server.max_connections: must be a whole number from 1 to 65536, "
     "is 1.5"},
    {"{\"server\": {\"idle_timeout_ms\": -1}}",
     ":1: server.idle_timeout_ms: must be a whole number from 0 to "
     "86400000, is -1"},
    {"{\"server\": {\"max_batch\": null}}",
     ":1: server.max_batch: must be a whole number from 1 to 64, is null"},
    {"{\"server\": {\"max_batch\": 99999999999999999999}}", ":1:"},
    {"{\"pool\": {\"ring_samples\": 50000}}",
     ":1: pool.ring_samples: must be a power of two from 1024 to "
     "16777216, is 50000"},
    {"{\"socket\": {\"mode\": 600}}",
     ":1: socket.mode: must be a string of octal digits from \"0600\" to "
     "\"0777\", is 600"},
    {"{\"socket\": {\"mode\": \"0400\"}}",
     ":1: socket.mode: must be a string of octal digits from \"0600\" to "
     "\"0777\", is \"0400\""},
    {"{\"log\":\n{\"level\": \"loud\"}}",
     ":2: log.level: must be \"error\", \"warning\", \"info\" or "
     "\"debug\", is \"loud\""},
    {"{\"sources\": {\"unix_icp\": {\"enabled\": false}}}",
     ":1: unknown source \"unix_icp\" (known: mach_ipc, kqueue_events, "
     "unix_ipc, epoll_events)"},
    {"{\"sources\": {\"unix_ipc\": {\n\"num_ports\": 65}}}",
     ":2: sources.unix_ipc.num_ports: must be a whole number from 1 to "
     "64, is 65"},
    {"{\"sources\": {\"unix_ipc\": {\n\"num_ports\": \"eight\"}}}",
     ":2: sources.unix_ipc.num_ports: must be a whole number from 1 to "
     "64, is \"eight\""},
    {"{\"sources\": {\"unix_ipc\": {\"enabled\": 1}}}",
     ":1: sources.unix_ipc.enabled: must be true or false, is 1"},
    {"{\"sources\": {\"unix_ipc\": {\"ool_sizes\": []}}}",
     ":1: sources.unix_ipc.ool_sizes: must be a list of 1 to 8 whole "
     "numbers from 1 to 1048576, is []"},
    {"{\"sources\": {\"unix_ipc\": {\"ool_sizes\": [4096, \"x\"]}}}",
     ":1: sources.unix_ipc.ool_sizes: must be a list of 1 to 8 whole "
     "numbers from 1 to 1048576, is [4096, \"x\"]"},
    {"{\"sources\": {\"unix_ipc\": {\"claim_bits\": 0.0005}}}",
     ":1: sources.unix_ipc.claim_bits: must be a number from 0.001 to 1 "
     "with at most three decimals, is 0.0005"},
    {"{\"sources\": {\"unix_ipc\": {\"claim_bits\": 8}}}",
     ":1: sources.unix_ipc.claim_bits: must be a number from 0.001 to 1 "
     "with at most three decimals, is 8"},
    {"{\"sources\": {\"unix_ipc\": {\"ool_sizes\": [1,2,3,4,5,6,7,8,9]}}}",
     ":1: sources.unix_ipc.ool_sizes: must be a list of 1 to 8 whole "
     "numbers from 1 to 1048576, is [1, 2, 3, 4, 5, 6, 7, 8, 9]"},
    {"{\"sources\": {\"unix_ipc\": {\"claim_bits\": \"0.5\"}}}",
     ":1: sources.unix_ipc.claim_bits: must be a number from 0.001 to 1 "
     "with at most three decimals, is \"0.5\""},
    {"{\"pool\": {\"stall_ms\": 100},\n\"server\": {\"max_batch\": 1,\n"
     "\"max_waiting\": [1, {\"max_line_bytes\": 2}],\n"
     "\"max_line_bytes\": 3}}",
     ":3: server.max_waiting: must be a whole number from 1 to 65536, is "
     "[1, {\"max_line_bytes\": 2}]"},
    {"{\"pool\": {\"stall_ms\": 100},\n\"server\": {\"max_batch\": 1,\n"
     "\"//max_waiting\": [1, {\"max_line_bytes\": 2}],\n"
     "\"max_line_bytes\": 3}}",
     ":4: server.max_line_bytes: must be a whole number from 1024 to "
     "65536, is 3"},
    {"{\"server\": {\"max_batch\": 2},\n\"server.max_batch\": 3}",
     ":2: server.max_batch: duplicate key, first set on line 1"},
    {"{\"socket\": {\"path\": \"/a\\u0000b\"}}", ":1:"},
};

START_TEST(a_broken_file_gets_a_message_to_act_on)
{
    for (size_t i = 0; i < sizeof(broken_files) / sizeof(broken_files[0]);
         i++) {
        struct fixture f;
        begin(&f);
        unsigned errors = load(&f, broken_files[i].text);
        ck_assert_msg(errors >= 1, "%s: %u", broken_files[i].text, errors);
        ck_assert(strncmp(f.why.text, f.path, strlen(f.path)) == 0);
        const char *said = f.why.text + strlen(f.path);
        const char *message = broken_files[i].message;
        if (message[strlen(message) - 1] != ':') {
            ck_assert_str_eq(said, message);
        } else {
            ck_assert_int_eq(strncmp(said, message, strlen(message)), 0);
            ck_assert_ptr_nonnull(strstr(said, ": not valid JSON: "));
        }
        end(&f);
    }
}
END_TEST

START_TEST(a_relative_path_gets_this_platforms_limit)
{
    struct fixture f;
    begin(&f);
    char message[160];
    (void)snprintf(message, sizeof(message),
                   ":1: socket.path: must be an absolute path of at most "
                   "%zu bytes of UTF-8, or \"\", is \"entropyd.sock\"",
                   socket_path_limit());
    ck_assert_uint_eq(load(&f, "{\"socket\": {\"path\": \"entropyd.sock\"}}"),
                      1);
    ck_assert_str_eq(f.why.text + strlen(f.path), message);
    end(&f);
}
END_TEST

START_TEST(oversized_values_and_names_are_cut_in_the_message)
{
    struct fixture f;
    begin(&f);
    char filler[1100], text[1200];
    memset(filler, 'x', sizeof(filler));
    filler[sizeof(filler) - 1] = '\0';
    (void)snprintf(text, sizeof(text), "{\"log\": {\"level\": \"%s\"}}",
                   filler);
    ck_assert_uint_eq(load(&f, text), 1);
    ck_assert_ptr_nonnull(strstr(f.why.text, "xxx..."));
    (void)snprintf(text, sizeof(text), "{\"%s\": 1}", filler);
    ck_assert_uint_eq(load(&f, text), 1);
    ck_assert_ptr_nonnull(strstr(f.why.text, "no key is that long"));
    end(&f);
}
END_TEST

START_TEST(a_path_beyond_its_room_is_refused)
{
    struct fixture f;
    begin(&f);
    char path[CONFIG_PATH_MAX + 1];
    memset(path, '/', sizeof(path));
    path[CONFIG_PATH_MAX] = '\0';
    ck_assert_uint_eq(load_file(&f, path), 1);
    end(&f);
}
END_TEST

START_TEST(values_that_do_not_fit_together_are_refused)
{
    static const struct {
        const char *settings[4];
        const char *message; /* how it begins */
    } cases[] = {
        {{"sources.epoll_events.num_timers=0",
          "sources.epoll_events.num_sockets=0",
          "sources.epoll_events.num_file_watchers=0"},
         "command line: sources.epoll_events.num_timers: num_timers, "
         "num_sockets and "
         "num_file_watchers are all 0"},
        {{"sources.epoll_events.timer_min_us=800"},
         "command line: sources.epoll_events.timer_min_us: timer_max_us is "
         "732"},
        {{"sources.unix_ipc.ool_size=1", "sources.unix_ipc.ool_sizes=1,2"},
         "command line: sources.unix_ipc.ool_size: "},
        {{"sources.mach_ipc.enabled=false",
          "sources.kqueue_events.enabled=false",
          "sources.unix_ipc.enabled=false",
          "sources.epoll_events.enabled=false"},
         "command line: sources.epoll_events.enabled: all sources are "
         "disabled"},
        {{"socket.path=/tmp/"},
         "command line: socket.path: \"/tmp/\" ends in a slash"},
        {{"egd.path=/tmp/"},
         "command line: egd.path: \"/tmp/\" ends in a slash"},
        {{"egd.path=/tmp/egd", "egd.group=nogroup", "egd.mode=0640"},
         "command line: egd.group: is \"nogroup\", but egd.mode \"0640\" does "
         "not let a group connect; \"0660\" does"},
        {{"log.max_file_bytes=65535"},
         "command line: log.max_file_bytes: must be 0 or at least 65536, is "
         "65535"},
        {{"socket.group=nogroup"},
         "command line: socket.group: is \"nogroup\", but socket.mode "
         "\"0600\" does not let a group connect; \"0660\" does"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;
        begin(&f);
        for (size_t j = 0; j < 4 && cases[i].settings[j] != NULL; j++)
            ck_assert_uint_eq(set(&f, cases[i].settings[j]), 0);
        ck_assert_uint_eq(check(&f), 1);
        ck_assert_msg(strncmp(f.why.text, cases[i].message,
                              strlen(cases[i].message)) == 0,
                      "%s", f.why.text);
        end(&f);
    }
}
END_TEST

START_TEST(every_error_is_reported_with_its_line)
{
    struct fixture f;
    begin(&f);
    ck_assert_uint_eq(load(&f, "{\"socket\": {\n"
                               "\"group\": \"staff\",\n"
                               "\"path\": \"/run/\"},\n"
                               "\"colour\": 1,\n"
                               "\"log\": {\"level\": 7}, \"log.levl\": 1}"),
                      3);
    ck_assert_ptr_nonnull(strstr(f.why.text, ":4: unknown key \"colour\""));
    ck_assert_uint_eq(check(&f), 2);
    ck_assert_ptr_nonnull(strstr(f.why.text, ":3: socket.path: \"/run/\""));
    ck_assert_uint_eq(f.loader.errors, 5);
    end(&f);
}
END_TEST

/* Texts of all shapes, and where the unknown key in them is. */
START_TEST(a_key_has_the_line_of_its_name)
{
    static const struct {
        const char *text;
        unsigned line;
    } cases[] = {
        {"{\"x\": 1}", 1},
        {"\n\n{\n\"x\":\n1}", 4},
        {"{\"//a\": 1,\n \"//b\": 2,\n\n \"x\": 3}", 4},
        {"{\"log\": {\"level\": \"info\"},\n \"pool\": {\n\"x\": 2}}", 3},
        {"{\"//a\": [1, [2, {\"x\": [3]}],\n {}], \"//b\": -1.5e9,\n \"x\": 0}",
         3},
        {"{\"//a\": \"}],{\\\"\\\\\",\n\"//b\": true,\n\"x\": null}", 3},
        {"{\"//a\": {},\n\"log\": {},\n\"sources\": {\"unix_ipc\": "
         "{\"num_ports\": 1,\n\"x\": 2}}}",
         4},
        {"{\"\\u006cog\\u002elevel\": \"info\",\n\"\\u0078\": 1}", 2},
        {"{ \"log\" : { \"level\" : \"info\" } ,\r\n \"x\" : 2 }", 2},
        {"{\"//a\": \"\\n\\n\",\n\"pool\": {\"x\"\n:\n{\"a\":\n1}}}", 2},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;
        char expected[32];
        begin(&f);
        ck_assert_uint_eq(load(&f, cases[i].text), 1);
        (void)snprintf(expected, sizeof(expected), ":%u: unknown key",
                       cases[i].line);
        ck_assert_msg(strstr(f.why.text, expected) != NULL, "%s: %s",
                      cases[i].text, f.why.text);
        end(&f);
    }
}
END_TEST

START_TEST(a_setting_that_is_wrong_gets_a_message_to_act_on)
{
    static const struct broken cases[] = {
        {"server.max_batch", "--set \"server.max_batch\": must be KEY=VALUE, "
                             "as in --set server.max_connections=64"},
        {"=1", "--set \"=1\": must be KEY=VALUE, as in "
               "--set server.max_connections=64"},
        {"server.max_bacth=1", "--set \"server.max_bacth\": unknown key "
                               "\"server.max_bacth\" (did you mean "
                               "server.max_batch?)"},
        {"server=1", "--set \"server\": is a section; set one of its keys"},
        {"server.max_batch=65", "--set server.max_batch: must be a whole "
                                "number from 1 to 64, is \"65\""},
        {"sources.unix_ipc.num_ports=",
         "--set sources.unix_ipc.num_ports: must be a whole number from 1 to "
         "64, is \"\""},
        {"log.level=a\x1b[31mb",
         "--set log.level: must be \"error\", \"warning\", \"info\" or "
         "\"debug\", is \"a\\x1b[31mb\""},
    };
    struct fixture f;
    begin(&f);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ck_assert_uint_eq(set(&f, cases[i].text), 1);
        ck_assert_str_eq(f.why.text, cases[i].message);
    }
    end(&f);
}
END_TEST

START_TEST(files_that_must_not_be_trusted_are_not_read)
{
    struct fixture f;
    begin(&f);
    ck_assert_uint_eq(load(&f, "{}"), 0);
    ck_assert_int_eq(chmod(f.path, 0646), 0);
    ck_assert_uint_eq(load_file(&f, f.path), 1);
    ck_assert_ptr_nonnull(strstr(f.why.text, "is world-writable"));
    ck_assert_uint_eq(load_file(&f, f.scratch.dir), 1);
    ck_assert_ptr_nonnull(strstr(f.why.text, "must be a regular file"));
    ck_assert_uint_eq(load_file(&f, "/no/such/file"), 1);
    ck_assert_str_eq(f.why.text, "/no/such/file: No such file or directory");
    end(&f);
}
END_TEST

START_TEST(a_file_beyond_its_limit_is_not_read)
{
    struct fixture f;
    begin(&f);
    ck_assert_uint_eq(load(&f, "{}"), 0);
    ck_assert_int_eq(truncate(f.path, CONFIG_FILE_BYTES_MAX + 1), 0);
    ck_assert_uint_eq(load_file(&f, f.path), 1);
    end(&f);
}
END_TEST

/* What config_print() says, new. */
static char *printed(struct fixture *f)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(config_print(out, &f->config, &f->origins, &f->collectors),
                     0);
    (void)fclose(out);
    return text;
}

START_TEST(what_is_printed_reads_back_as_the_same)
{
    struct fixture f, back;
    begin(&f);
    begin(&back);
    ck_assert_uint_eq(
        load(&f, "{\"socket\": {\"path\": \"/tmp/\\\"q\\\\ \\u00e9\\u0007\"},"
                 "\"sources\": {\"epoll_events\": {\"claim_bits\": 0.333}}}"),
        0);
    ck_assert_uint_eq(set(&f, "sources.unix_ipc.ool_size=77"), 0);
    ck_assert_uint_eq(set(&f, "log.level=error"), 0);
    char *text = printed(&f);
    ck_assert_uint_eq(load(&back, text), 0);
    size_t index = 0;
    struct key key;
    ck_assert(!config_next_change(&f.config, &back.config, &f.collectors,
                                  &index, &key));
    ck_assert_uint_eq(check(&back), 0);
    free(text);
    end(&back);
    end(&f);
}
END_TEST

START_TEST(print_marks_defaults_and_names_the_origin_of_settings)
{
    struct fixture f;
    begin(&f);
    ck_assert_uint_eq(load(&f, "{\"server\": {\"max_batch\": 2}}"), 0);
    ck_assert_uint_eq(set(&f, "log.level=error"), 0);
    char *text = printed(&f);
    char expected[SCRATCH_PATH_MAX + 64];
    ck_assert_ptr_nonnull(strstr(text, "\"//max_connections\": 1024"));
    ck_assert_ptr_nonnull(strstr(text, "\"max_batch\": 2"));
    ck_assert_ptr_nonnull(strstr(text, "\"log.level\": \"command line\""));
    (void)snprintf(expected, sizeof(expected), "\"server.max_batch\": \"%s:1\"",
                   f.path);
    ck_assert_ptr_nonnull(strstr(text, expected));
    free(text);
    end(&f);
}
END_TEST

START_TEST(print_says_when_its_output_is_full)
{
    struct fixture f;
    begin(&f);
    char few[64];
    FILE *out = fmemopen(few, sizeof(few), "w");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(config_print(out, &f.config, &f.origins, &f.collectors),
                     -EIO);
    (void)fclose(out);
    end(&f);
}
END_TEST

START_TEST(a_reload_takes_what_may_change_and_nothing_else)
{
    struct fixture f, next;
    begin(&f);
    begin(&next);
    ck_assert_uint_eq(set(&next, "log.level=debug"), 0);
    ck_assert_uint_eq(set(&next, "server.max_batch=7"), 0);
    ck_assert_uint_eq(set(&next, "server.max_connections=7"), 0);
    ck_assert_uint_eq(set(&next, "sources.unix_ipc.duty_percent=3"), 0);
    ck_assert_uint_eq(set(&next, "sources.unix_ipc.num_ports=3"), 0);
    ck_assert_uint_eq(set(&next, "socket.mode=0666"), 0);
    ck_assert_uint_eq(set(&next, "pool.stall_ms=500"), 0);
    config_take_running(&f.config, &next.config, &f.collectors);
    ck_assert_int_eq(f.config.log.level, 3);
    ck_assert_uint_eq(f.config.server.max_batch, 7);
    ck_assert_uint_eq(f.config.server.max_connections, 1024);
    ck_assert_uint_eq(source(&f, "unix_ipc")->duty_percent, 3);
    ck_assert_int_eq(source(&f, "unix_ipc")->tunables[0].values[0], 8);
    ck_assert_uint_eq(f.config.socket.mode, 0600);
    /* What is left to differ is what needs a restart. */
    size_t index = 0;
    unsigned differing = 0;
    struct key key;
    while (config_next_change(&f.config, &next.config, &f.collectors, &index,
                              &key)) {
        ck_assert_msg(!key.changes_running, "%s", key.name);
        differing++;
    }
    ck_assert_uint_eq(differing, 4);
    end(&next);
    end(&f);
}
END_TEST

START_TEST(the_file_is_found_in_the_first_place_that_has_one)
{
    struct fixture f;
    begin(&f);
    char path[CONFIG_PATH_MAX];
    char home[SCRATCH_PATH_MAX], dir[CONFIG_PATH_MAX];
    scratch_path(&f.scratch, "a home", home);
    scratch_setenv("XDG_CONFIG_HOME", NULL);
    scratch_setenv("HOME", home);
    ck_assert_int_eq(config_candidate(0, path), 1);
    ck_assert_int_eq(strncmp(path, home, strlen(home)), 0);
    /* Make the folders above it, one by one. */
    for (char *slash = strchr(path + strlen(f.scratch.dir) + 1, '/');
         slash != NULL; slash = strchr(slash + 1, '/')) {
        (void)snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
        ck_assert_int_eq(mkdir(dir, 0700), 0);
    }
    char found[CONFIG_PATH_MAX];
    int before = config_find_file(found, &f.why);
    ck_assert_str_ne(found, path);
    ck_assert_int_eq(before == 0, found[0] == '\0');
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    (void)fclose(file);
    ck_assert_int_eq(config_find_file(found, &f.why), 1);
    ck_assert_str_eq(found, path);
    scratch_setenv("HOME", NULL);
    ck_assert_int_eq(config_candidate(0, path), 0);
    end(&f);
}
END_TEST

START_TEST(a_home_too_long_is_an_error_and_not_cut)
{
    struct fixture f;
    begin(&f);
    char home[CONFIG_PATH_MAX + 1];
    memset(home, 'h', sizeof(home));
    home[0] = '/';
    home[sizeof(home) - 1] = '\0';
    char found[CONFIG_PATH_MAX];
    scratch_setenv("XDG_CONFIG_HOME", NULL);
    scratch_setenv("HOME", home);
    ck_assert_int_eq(config_find_file(found, &f.why), -ENAMETOOLONG);
    end(&f);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(defaults_are_the_designs_and_fit_together),
        TEST(a_file_sets_what_it_names_and_leaves_the_rest),
        TEST(comments_are_members_that_begin_with_slashes),
        TEST(keys_may_be_written_with_dots),
        TEST(an_empty_object_is_a_configuration),
        TEST(a_broken_file_gets_a_message_to_act_on),
        TEST(a_relative_path_gets_this_platforms_limit),
        TEST(oversized_values_and_names_are_cut_in_the_message),
        TEST(a_path_beyond_its_room_is_refused),
        TEST(values_that_do_not_fit_together_are_refused),
        TEST(every_error_is_reported_with_its_line),
        TEST(a_key_has_the_line_of_its_name),
        TEST(a_setting_that_is_wrong_gets_a_message_to_act_on),
        TEST(files_that_must_not_be_trusted_are_not_read),
        TEST(a_file_beyond_its_limit_is_not_read),
        TEST(what_is_printed_reads_back_as_the_same),
        TEST(print_marks_defaults_and_names_the_origin_of_settings),
        TEST(print_says_when_its_output_is_full),
        TEST(a_reload_takes_what_may_change_and_nothing_else),
        TEST(the_file_is_found_in_the_first_place_that_has_one),
        TEST(a_home_too_long_is_an_error_and_not_cut),
        {0},
    };
    return run_tests("config", tests);
}
