/* SPDX-License-Identifier: MIT */
/* entropylab as it is typed: what it says, and what it ends with. */

#include "tests/support/assert_has.h"
#include "tests/support/run.h"
#include "tests/support/scratch.h"

#include "tests/lab/noises.h"
#include "tests/support/program.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <jansson.h>

static char output[65536];

/* Runs entropylab with these words, ended by NULL: what it ended with. */
static int run_words(const char *const *words)
{
    const char *argv[24] = {ENTROPYLAB_PROGRAM};
    for (size_t i = 0; words[i] != NULL; i++)
        argv[i + 1] = words[i];
    return program_run(argv, output, sizeof(output));
}

#define RUN(...) run_words((const char *const[]){__VA_ARGS__, NULL})

START_TEST(bad_usage_says_what_and_where_help_is)
{
    static const struct {
        const char *words[8];
        const char *message;
    } cases[] = {
        {{"asess"}, "unknown command \"asess\" (did you mean assess?)"},
        {{"assess"}, "expected one recording or file, got 0"},
        {{"assess", "a", "b"}, "expected one recording or file, got 2"},
        {{"assess", "a", "--bits", "9"},
         "--bits \"9\": a whole number, 1 to 8"},
        {{"record", "unix_ip", "-o", "d"},
         "unknown source \"unix_ip\" (did you "
         "mean unix_ipc?)"},
        {{"record", "unix_ipc"}, "needs a directory for its files: --output"},
        {{"restart", "a", "--h-initial", "9"},
         "--h-initial \"9\": a number, 0.001 to 8"},
        {{"condition", "--n-in", "8"}, "--n-out is missing"},
        {{"report", "-o", "x"}, "expected recordings or files, got 0"},
        {{"report", "x"}, "--output FILE is missing"},
        {{"correlate", "a"}, "expected two recordings, got 1"},
        {{"condition", "--n-in", "1.5"}, "--n-in 1.5: a whole number of bits"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ck_assert_int_eq(run_words(cases[i].words), EX_USAGE);
        assert_has(output, cases[i].message);
        assert_has(output, "--help\"");
    }
}
END_TEST

START_TEST(every_command_has_help)
{
    static const char *const commands[] = {"record",    "assess",    "restart",
                                           "condition", "correlate", "report"};
    ck_assert_int_eq(RUN("--help"), EX_OK);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        assert_has(output, commands[i]);
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        ck_assert_int_eq(RUN(commands[i], "--help"), EX_OK);
        assert_has(output, "Usage: entropylab ");
        assert_has(output, commands[i]);
    }
    ck_assert_int_eq(RUN("--version"), EX_OK);
    assert_has(output, "entropylab ");
}
END_TEST

/* The words that begin with "--" in `text`, each looked for in `where` with
 * `dashes` instead. */
static void has_all_options(char *text, const char *where, const char *dashes)
{
    for (char *at = text; (at = strstr(at, "--")) != NULL;) {
        char option[32];
        int length = (int)strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-");
        ck_assert_int_lt(length, 24);
        (void)snprintf(option, sizeof(option), "%s%.*s", dashes, length,
                       at + 2);
        assert_has(where, option);
        at += 2 + length;
    }
}

START_TEST(completion_knows_every_option)
{
    static const char *const commands[] = {"record",    "assess",    "restart",
                                           "condition", "correlate", "report"};
    static const char *const files[][2] = {
        {ENTROPYLAB_COMPLETION ".bash", "--"},
        {ENTROPYLAB_COMPLETION ".zsh", "--"},
        {ENTROPYLAB_COMPLETION ".fish", "-l "},
    };
    static char script[16384];
    for (size_t f = 0; f < 3; f++) {
        FILE *file = fopen(files[f][0], "r");
        ck_assert_ptr_nonnull(file);
        size_t n = fread(script, 1, sizeof(script) - 1, file);
        script[n] = '\0';
        ck_assert_int_eq(fclose(file), 0);
        for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
            assert_has(script, commands[i]);
            ck_assert_int_eq(RUN(commands[i], "--help"), EX_OK);
            has_all_options(output, script, files[f][1]);
        }
    }
}
END_TEST

/* What bash completes these words to, as a line of an array's elements. The
 * bash of macOS, 3.2, has neither mapfile nor compopt; here they are taken
 * away. */
static void bash_completes_to(const char *words, const char *expected)
{
    char script[1024];
    snprintf(
        script, sizeof(script),
        "enable -n mapfile compopt; cd \"$1\" || exit 9; source '%s.bash'; "
        "COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
        "_entropylab; printf '<%%s>' \"${COMPREPLY[@]}\"",
        ENTROPYLAB_COMPLETION, words);
    struct scratch s;
    char path[SCRATCH_PATH_MAX];
    scratch_init(&s);
    scratch_write(&s, "a b", "", path);
    const char *argv[] = {"/bin/bash", "--norc", "-c", script,
                          "bash",      s.dir,    NULL};
    ck_assert_int_eq(program_run(argv, output, sizeof(output)), 0);
    ck_assert_str_eq(output, expected);
    scratch_fini(&s);
}

START_TEST(the_oldest_bash_in_use_completes)
{
    if (access("/bin/bash", X_OK) != 0)
        SKIP("there is no /bin/bash here");
    bash_completes_to("entropylab ass", "<assess>");
    bash_completes_to("entropylab record m", "<mach_ipc>");
    bash_completes_to("entropylab report --o", "<--output>");
    bash_completes_to("entropylab assess a", "<a b>");
    bash_completes_to("entropylab record mach_ipc --samples ''", "<>");
}
END_TEST

static void fish_completes_to(const char *line, const char *expected)
{
    char script[1024];
    (void)snprintf(script, sizeof(script),
                   "source %s.fish; complete -C '%s' | "
                   "string replace -r '\\t.*' '' | string join ,; true",
                   ENTROPYLAB_COMPLETION, line);
    const char *argv[] = {"/usr/bin/fish", "--no-config", "-c", script, NULL};
    ck_assert_int_eq(program_run(argv, output, sizeof(output)), 0);
    output[strcspn(output, "\n")] = '\0';
    ck_assert_str_eq(output, expected);
}

START_TEST(fish_completes)
{
    if (access("/usr/bin/fish", X_OK) != 0)
        SKIP("there is no /usr/bin/fish here");
    fish_completes_to("entropylab ass", "assess");
    fish_completes_to("entropylab record u", "unix_ipc");
    fish_completes_to("entropylab condition --n-", "--n-in,--n-out");
    fish_completes_to("entropylab report --o", "--output");
}
END_TEST

START_TEST(what_cannot_be_read_is_distinguished)
{
    struct scratch s;
    char path[SCRATCH_PATH_MAX];
    scratch_init(&s);
    ck_assert_int_eq(RUN("assess", scratch_path(&s, "none", path)), EX_NOINPUT);
    assert_has(output, "none: No such file");
    scratch_write(&s, "empty", "", path);
    ck_assert_int_eq(RUN("assess", path), EX_DATAERR);
    assert_has(output, "empty is empty");
    ck_assert_int_eq(RUN("assess", s.dir), EX_NOINPUT);
    assert_has(output, "is not a recording: it has no record.json");
    scratch_write(&s, "wide", "abc", path);
    ck_assert_int_eq(RUN("assess", path, "--bits", "4"), EX_DATAERR);
    assert_has(output, "wide: its symbols have 7 bits, not 4");
    ck_assert_int_eq(RUN("restart", path), EX_DATAERR);
    assert_has(output, "has no two whole rows of restarts");
    scratch_fini(&s);
}
END_TEST

START_TEST(an_assessment_is_json_where_that_is_asked_for)
{
    static uint8_t values[20000];
    struct scratch s;
    char path[SCRATCH_PATH_MAX];
    scratch_init(&s);
    noise_fill(NOISE_HEAPED, values, sizeof(values));
    FILE *file = fopen(scratch_path(&s, "heaped", path), "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(values, 1, sizeof(values), file), sizeof(values));
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(RUN("assess", path, "--json"), EX_OK);
    json_t *json = json_loads(output, 0, NULL);
    ck_assert_ptr_nonnull(json);
    ck_assert_double_eq_tol(
        json_number_value(json_object_get(json, "h_original")), 2.965069976,
        1e-6);
    ck_assert(json_is_null(json_object_get(json, "claim_bits")));
    json_decref(json);
    scratch_fini(&s);
}
END_TEST

START_TEST(conditioning_says_whether_it_is_full_entropy)
{
    ck_assert_int_eq(RUN("condition", "--n-in", "512", "--n-out", "256", "--nw",
                         "256", "--h-in", "320"),
                     EX_OK);
    assert_has(output, "(1 - 2^-71.4712) x n_out");
    assert_has(output, "\nFull entropy");
    ck_assert_int_eq(RUN("condition", "--n-in", "512", "--n-out", "256", "--nw",
                         "256", "--h-in", "256"),
                     EX_OK);
    assert_has(output, "\nNot full entropy; with 320.0 bits in it would be.");
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(bad_usage_says_what_and_where_help_is),
        TEST(every_command_has_help),
        TEST(completion_knows_every_option),
        TEST(the_oldest_bash_in_use_completes),
        TEST(fish_completes),
        TEST(what_cannot_be_read_is_distinguished),
        TEST(an_assessment_is_json_where_that_is_asked_for),
        TEST(conditioning_says_whether_it_is_full_entropy),
        {0},
    };
    return run_tests("entropylab", tests);
}
