/* The one runner of all check programs. */

#include "tests/support/run.h"

#include <stdlib.h>

int run_tests(const char *suite_name, const struct test_entry *tests)
{
    Suite *suite = suite_create(suite_name);
    for (const struct test_entry *t = tests; t->test != NULL; t++) {
        TCase *tcase = tcase_create(t->name);
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, t->test);
        suite_add_tcase(suite, tcase);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

long scaled(long rounds)
{
    long n = rounds / ENTROPYD_TEST_DIVISOR;
    return n > 0 ? n : 1;
}
