/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_SUPPORT_RUN_H
#define ENTROPYD_TESTS_SUPPORT_RUN_H

/*
 * The main() of a check program: each module's test names its cases once.
 *
 *     int main(void)
 *     {
 *         const struct test_entry tests[] = {
 *             TEST(ring_hands_out_what_was_pushed),
 *             {0},
 *         };
 *         return run_tests("ring", tests);
 *     }
 */

#include <check.h>
#include <stdbool.h>
#include <stdio.h>

struct test_entry {
    const char *name;
    const TTest *const *test;        /* check's own variable for the test */
    const struct test_entry *shared; /* in place of a test: a table of them */
};

/* A case without arguments; its name is its claim. */
#define TEST(claim)                                                            \
    {                                                                          \
        .name = #claim, .test = &(claim)                                       \
    }

/* All of a table of cases, ended by a zeroed entry, that programs share. */
#define TESTS(table)                                                           \
    {                                                                          \
        .name = #table, .shared = (table)                                      \
    }

/* Runs tests, ended by a zeroed entry, each in a process of its own. A
 * test that hangs is ended after CTest's limit for the program. Returns main's
 * value: 0 if all passed. */
int run_tests(const char *suite, const struct test_entry *tests);

/* rounds, divided by the build's divisor (sanitizer builds in CI run fewer),
 * at least 1. */
long scaled(long rounds);

/* Do programs of this build write a file of their own before main()?
 * ThreadSanitizer's do, so they cannot be started where no file may grow. */
#if defined(__SANITIZE_THREAD__)
#define WRITES_BEFORE_MAIN true
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WRITES_BEFORE_MAIN true
#endif
#endif
#ifndef WRITES_BEFORE_MAIN
#define WRITES_BEFORE_MAIN false
#endif

/* Ends this test as skipped and prints why. The reason is in the log of
 * the run; a skip is never silent. */
#define SKIP(reason)                                                           \
    do {                                                                       \
        printf("SKIP %s: %s\n", __func__, reason);                             \
        return;                                                                \
    } while (0)

#endif
