/* SPDX-License-Identifier: MIT */
/* The one runner of all check programs. */

#include "tests/support/run.h"
#include "tests/support/must.h"

#include <stdlib.h>

/* CTest's limit for the whole program, so that the slower of two machines is
 * not failed by the smaller of two limits; ten minutes by hand. */
static double limit_s(void)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const char *text = getenv("ENTROPYD_TEST_LIMIT_S");
    double limit = text != NULL ? strtod(text, NULL) : 0;
    return limit > 0 ? limit : 600;
}

static void add_test(Suite *suite, const struct test_entry *entry)
{
    TCase *tcase = tcase_create(entry->name);
    tcase_set_timeout(tcase, limit_s());
    tcase_add_test(tcase, *entry->test);
    suite_add_tcase(suite, tcase);
}

int run_tests(const char *suite_name, const struct test_entry *tests)
{
    Suite *suite = suite_create(suite_name);
    for (const struct test_entry *t = tests; t->name != NULL; t++) {
        if (t->test != NULL)
            add_test(suite, t);
        for (const struct test_entry *s = t->shared;
             s != NULL && s->name != NULL; s++)
            add_test(suite, s);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int run = srunner_ntests_run(runner);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    if (run == 0)
        printf("no test of this program is named by CK_RUN_CASE\n");
    return run > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

long scaled(long rounds)
{
    long n = rounds / ENTROPYD_TEST_DIVISOR;
    return n > 0 ? n : 1;
}

void must_fail(const char *file, int line, const char *claim)
{
    ck_abort_msg("%s:%d: does not hold: %s", file, line, claim);
}
