/* SPDX-License-Identifier: MIT */
/* The command line, and the options that are answered at once. */

#include "daemon/options.h"

#include "base/reason.h"
#include "daemon/settings/keys.h"
#include "protocol/version.h"
#include "tests/daemon/parse.h"
#include "tests/support/run.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

static struct config_collectors collectors(void)
{
    return (struct config_collectors){.list = collector_registry,
                                      .count = collector_registry_count};
}

START_TEST(no_action_means_run)
{
    struct options o;
    struct reason why;
    const char *const none[] = {NULL};
    ck_assert_int_eq(parse(&o, none, &why), 0);
    ck_assert_int_eq(o.mode, OPTIONS_RUN);
    ck_assert_ptr_null(o.config_path);
    ck_assert_uint_eq(o.setting_count, 0);
}
END_TEST

START_TEST(options_take_values_in_both_forms)
{
    struct options o;
    struct reason why;
    ck_assert_int_eq(PARSE(&o, why, "--socket", "/a", "--mode=0660", "--config",
                           "/c", "--set", "server.max_batch=3",
                           "--log-level=debug", "--group", ""),
                     0);
    ck_assert_str_eq(o.config_path, "/c");
    ck_assert_uint_eq(o.setting_count, 5);
    ck_assert_str_eq(o.settings[0].key, "socket.path");
    ck_assert_str_eq(o.settings[0].value, "/a");
    ck_assert_str_eq(o.settings[1].key, "socket.mode");
    ck_assert_str_eq(o.settings[1].value, "0660");
    ck_assert_ptr_null(o.settings[2].key);
    ck_assert_str_eq(o.settings[2].value, "server.max_batch=3");
    ck_assert_str_eq(o.settings[4].value, "");
}
END_TEST

START_TEST(letters_stand_for_the_commonest_options)
{
    struct options o;
    struct reason why;
    ck_assert_int_eq(PARSE(&o, why, "-s/a", "-c", "/c", "--check-config"), 0);
    ck_assert_str_eq(o.settings[0].key, "socket.path");
    ck_assert_str_eq(o.settings[0].value, "/a");
    ck_assert_str_eq(o.config_path, "/c");
    ck_assert_int_eq(PARSE(&o, why, "-V"), 0);
    ck_assert_int_eq(o.mode, OPTIONS_VERSION);
    ck_assert_int_eq(PARSE(&o, why, "-h"), 0);
    ck_assert_int_eq(o.mode, OPTIONS_HELP);
}
END_TEST

START_TEST(bad_usage_gets_one_clear_line)
{
    static const struct {
        const char *arguments[3];
        const char *message;
    } cases[] = {
        {{"--sokcet"}, "unknown option \"--sokcet\" (did you mean --socket?)"},
        {{"--frobnicate"}, "unknown option \"--frobnicate\""},
        {{"-x"}, "unknown option \"-x\""},
        {{"serve"}, "unexpected argument \"serve\""},
        {{"--", "--help"}, "unexpected argument \"--help\""},
        {{"--socket"}, "option --socket needs a value"},
        {{"--set"}, "option --set needs a value"},
        {{"--config", ""}, "--config needs a path, not \"\""},
        {{"--help=all"}, "option --help takes no value"},
        {{"--help", "--version"},
         "--help, --version, --check-config and --print-config are mutually "
         "exclusive"},
        {{""}, "unexpected argument \"\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct options o;
        struct reason why;
        ck_assert_int_eq(parse(&o, cases[i].arguments, &why), -EINVAL);
        ck_assert_str_eq(why.text, cases[i].message);
    }
}
END_TEST

START_TEST(more_settings_than_fit_are_refused)
{
    struct options o;
    struct reason why;
    const char *arguments[OPTIONS_SETTINGS_MAX + 2] = {NULL};
    for (size_t i = 0; i < OPTIONS_SETTINGS_MAX; i++)
        arguments[i] = "--log-level=info";
    ck_assert_int_eq(parse(&o, arguments, &why), 0);
    arguments[OPTIONS_SETTINGS_MAX] = "--log-level=info";
    ck_assert_int_eq(parse(&o, arguments, &why), -EINVAL);
}
END_TEST

/* Runs options_answer() with stdout in a file; its text is new, and stderr's
 * in *err. */
static char *answer(struct options *o, int *status, char **err)
{
    struct scratch s;
    scratch_init(&s);
    char path[SCRATCH_PATH_MAX];
    struct config_collectors c = collectors();
    (void)fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    int fd = open(scratch_path(&s, "stdout", path), O_RDWR | O_CREAT, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
    int saved_err = scratch_stderr_begin(&s);
    bool is_answered = options_answer(o, &c, status);
    *err = scratch_stderr_end(&s, saved_err);
    (void)fflush(stdout);
    ck_assert_int_eq(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
    close(saved);
    close(fd);
    ck_assert(is_answered);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    char *text = NULL;
    size_t size = 0;
    if (getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = strdup("");
    }
    (void)fclose(file);
    scratch_fini(&s);
    return text;
}

START_TEST(help_names_every_option_and_key)
{
    struct options o = {.mode = OPTIONS_HELP};
    int status;
    char *err;
    char *text = answer(&o, &status, &err);
    ck_assert_int_eq(status, EX_OK);
    static const char *const names[] = {
        "--socket", "--mode",         "--group",        "--config",  "--set",
        "--help",   "--check-config", "--print-config", "--version", "--log-"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ck_assert_ptr_nonnull(strstr(text, names[i]));
    struct config_collectors c = collectors();
    for (size_t i = 0; i < keys_count(&c); i++) {
        struct key key;
        keys_get(&c, i, &key);
        ck_assert_ptr_nonnull(strstr(text, key.name));
    }
    free(text);
    free(err);
}
END_TEST

START_TEST(version_shows_version_libraries_and_platform)
{
    struct options o = {.mode = OPTIONS_VERSION};
    int status;
    char *err;
    char *text = answer(&o, &status, &err);
    ck_assert_int_eq(status, EX_OK);
    ck_assert_int_eq(strncmp(text, "entropyd " ENTROPYD_VERSION,
                             strlen("entropyd " ENTROPYD_VERSION)),
                     0);
    ck_assert_ptr_nonnull(strstr(text, "libuv 1."));
    ck_assert_ptr_nonnull(strstr(text, "jansson 2."));
    ck_assert_ptr_nonnull(strstr(text, "libsodium 1."));
    free(text);
    free(err);
}
END_TEST

START_TEST(check_config_says_yes_or_no_with_its_exit_code)
{
    struct scratch s;
    scratch_init(&s);
    char good[SCRATCH_PATH_MAX], bad[SCRATCH_PATH_MAX];
    scratch_write(&s, "good", "{}", good);
    scratch_write(&s, "bad", "{\"log\": {\"level\": 1}}", bad);
    struct options o = {.mode = OPTIONS_CHECK_CONFIG, .config_path = good};
    int status;
    char *err;
    char *text = answer(&o, &status, &err);
    ck_assert_int_eq(status, EX_OK);
    ck_assert_ptr_nonnull(strstr(text, "configuration OK: "));
    ck_assert_str_eq(err, "");
    free(text);
    free(err);
    o.config_path = bad;
    text = answer(&o, &status, &err);
    ck_assert_int_eq(status, EX_CONFIG);
    ck_assert_str_eq(text, "");
    ck_assert_ptr_nonnull(strstr(err, "entropyd: "));
    ck_assert_ptr_nonnull(strstr(err, "log.level"));
    free(text);
    free(err);
    scratch_fini(&s);
}
END_TEST

START_TEST(the_configuration_is_found_and_printed_without_being_named)
{
    struct scratch s;
    scratch_init(&s);
    char path[CONFIG_PATH_MAX];
    scratch_setenv("XDG_CONFIG_HOME", NULL);
    scratch_setenv("HOME", s.dir);
    ck_assert_int_eq(config_candidate(0, path), 1);
    for (char *slash = strchr(path + strlen(s.dir) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        ck_assert_int_eq(mkdir(path, 0700), 0);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs("{\"server\": {\"max_batch\": 9}}", file), 0);
    (void)fclose(file);
    struct options o;
    struct reason why;
    int status;
    char *err;
    ck_assert_int_eq(PARSE(&o, why, "--print-config", "--set=log.level=error",
                           "--mode=0660"),
                     0);
    char *text = answer(&o, &status, &err);
    ck_assert_int_eq(status, EX_OK);
    ck_assert_ptr_nonnull(strstr(text, "\"max_batch\": 9"));
    ck_assert_ptr_nonnull(strstr(text, "\"level\": \"error\""));
    ck_assert_ptr_nonnull(strstr(text, "\"mode\": \"0660\""));
    free(text);
    free(err);
    ck_assert_int_eq(PARSE(&o, why, "-h"), 0);
    ck_assert_int_eq(o.mode, OPTIONS_HELP);
    scratch_fini(&s);
}
END_TEST

START_TEST(an_answer_that_cannot_be_written_is_an_error)
{
    static const enum options_mode modes[] = {OPTIONS_HELP, OPTIONS_VERSION,
                                              OPTIONS_CHECK_CONFIG,
                                              OPTIONS_PRINT_CONFIG};
    struct config_collectors c = collectors();
    struct scratch s;
    scratch_init(&s);
    scratch_setenv("HOME", s.dir);
    (void)fflush(stdout);
    int read_only = open("/dev/null", O_RDONLY);
    ck_assert_int_ge(read_only, 0);
    ck_assert_int_eq(dup2(read_only, STDOUT_FILENO), STDOUT_FILENO);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        struct options o = {.mode = modes[i]};
        int status;
        int saved = scratch_stderr_begin(&s);
        ck_assert(options_answer(&o, &c, &status));
        char *err = scratch_stderr_end(&s, saved);
        ck_assert_int_eq(status, EX_IOERR);
        ck_assert_str_eq(err, "entropyd: cannot write to stdout: Bad file "
                              "descriptor\n");
        free(err);
    }
    close(read_only);
    scratch_fini(&s);
}
END_TEST

START_TEST(options_to_run_are_not_answered)
{
    struct options o = {.mode = OPTIONS_RUN};
    struct config_collectors c = collectors();
    int status;
    ck_assert(!options_answer(&o, &c, &status));
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(no_action_means_run),
        TEST(options_take_values_in_both_forms),
        TEST(letters_stand_for_the_commonest_options),
        TEST(bad_usage_gets_one_clear_line),
        TEST(more_settings_than_fit_are_refused),
        TEST(help_names_every_option_and_key),
        TEST(version_shows_version_libraries_and_platform),
        TEST(check_config_says_yes_or_no_with_its_exit_code),
        TEST(the_configuration_is_found_and_printed_without_being_named),
        TEST(an_answer_that_cannot_be_written_is_an_error),
        TEST(options_to_run_are_not_answered),
        {0},
    };
    return run_tests("options", tests);
}
