/* SPDX-License-Identifier: MIT */
/* A command line by getopt_long(), and what is said of a wrong one. */

#include "base/options.h"

#include "tests/support/run.h"

#include <stdio.h>
#include <string.h>

enum { OPTION_SET = OPTION_LONG, OPTION_SEED };

static const struct option options[] = {
    {"socket", required_argument, NULL, 's'},
    {"count", required_argument, NULL, 'n'},
    {"help", no_argument, NULL, 'h'},
    {"verbose", no_argument, NULL, 'v'},
    {"set", required_argument, NULL, OPTION_SET},
    {"seed", required_argument, NULL, OPTION_SEED},
    {0},
};

#define WORDS_MAX 8

/* Reads the words up to the first NULL; writes what was found as
 * "s=PATH h OPERAND". *why is the refusal, "" where there was none. */
static const char *found(const char *const *words, char out[256],
                         struct reason *why)
{
    char *argv[WORDS_MAX + 2] = {(char *)"program"};
    int argc = 1;
    size_t n = 0;
    int value;

    for (; words[argc - 1] != NULL; argc++)
        argv[argc] = (char *)words[argc - 1];
    reason_clear(why);
    out[0] = '\0';
    option_rewind();
    while ((value = option_next(argc, argv, options, why)) != OPTION_END) {
        if (value == OPTION_REFUSED)
            return out;
        n += (size_t)snprintf(out + n, 256 - n,
                              value < OPTION_LONG ? "%c" : "%d", value);
        if (optarg != NULL)
            n += (size_t)snprintf(out + n, 256 - n, "=%s", optarg);
        n += (size_t)snprintf(out + n, 256 - n, " ");
    }
    for (; optind < argc; optind++)
        n += (size_t)snprintf(out + n, 256 - n, "%s ", argv[optind]);
    return out;
}

START_TEST(values_come_in_every_form)
{
    static const struct {
        const char *words[WORDS_MAX + 1];
        const char *found;
    } cases[] = {
        {{NULL}, ""},
        {{"-n5"}, "n=5 "},
        {{"-n", "5"}, "n=5 "},
        {{"--count=5"}, "n=5 "},
        {{"--count", "5"}, "n=5 "},
        {{"--cou", "5"}, "n=5 "},
        {{"-hvn5"}, "h v n=5 "},
        {{"-n", "-5"}, "n=-5 "},
        {{"--count="}, "n= "},
        {{"--set", "a=b"}, "256=a=b "},
        {{"one", "-h", "two"}, "h one two "},
        {{"-h", "--", "-v", "--socket"}, "h -v --socket "},
        {{"-", "-h"}, "h - "},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reason why;
        char out[256];

        ck_assert_str_eq(found(cases[i].words, out, &why), cases[i].found);
        ck_assert_str_eq(why.text, "");
    }
}
END_TEST

START_TEST(what_is_wrong_is_named)
{
    static const struct {
        const char *words[WORDS_MAX + 1];
        const char *why;
    } cases[] = {
        {{"--sokcet"}, "unknown option \"--sokcet\" (did you mean --socket?)"},
        {{"--sokcet=/a"},
         "unknown option \"--sokcet\" (did you mean --socket?)"},
        {{"--frobnicate"}, "unknown option \"--frobnicate\""},
        {{"one", "--frobnicate", "two"}, "unknown option \"--frobnicate\""},
        {{"--se"}, "option \"--se\" is ambiguous"},
        {{"--a\nb"}, "unknown option \"--a\\nb\""},
        {{"-x"}, "unknown option \"-x\""},
        {{"-hx"}, "unknown option \"-x\""},
        {{"--socket"}, "option --socket needs a value"},
        {{"-s"}, "option --socket needs a value"},
        {{"--set"}, "option --set needs a value"},
        {{"--help=all"}, "option --help takes no value"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reason why;
        char out[256];

        found(cases[i].words, out, &why);
        ck_assert_str_eq(why.text, cases[i].why);
    }
}
END_TEST

START_TEST(a_command_line_can_be_read_again_after_a_refused_one)
{
    static const char *const bundle[] = {"-hxv", NULL};
    static const char *const again[] = {"-v", "word", NULL};
    struct reason why;
    char out[256];

    found(bundle, out, &why);
    ck_assert_str_eq(why.text, "unknown option \"-x\"");
    ck_assert_str_eq(found(again, out, &why), "v word ");
    ck_assert_str_eq(why.text, "");
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(values_come_in_every_form),
        TEST(what_is_wrong_is_named),
        TEST(a_command_line_can_be_read_again_after_a_refused_one),
        {0},
    };
    return run_tests("option", tests);
}
