/* SPDX-License-Identifier: MIT */
/* Lines as systemd wants them; Linux only. */

#include "daemon/host/log.h"
#include "tests/support/run.h"
#include "tests/support/scratch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(under_systemd_a_line_begins_with_its_priority)
{
    struct scratch s;
    scratch_init(&s);
    int saved = scratch_stderr_begin(&s);
    struct stat st;
    char stream[64];
    ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
    (void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
                   (uintmax_t)st.st_ino);
    scratch_setenv("JOURNAL_STREAM", stream);
    log_event(LOG_LEVEL_ERROR, "a", "x=%d", 1);
    log_event(LOG_LEVEL_WARNING, "a", "x=%d", 2);
    log_event(LOG_LEVEL_INFO, "a", "x=%d", 3);
    /* Somebody redirected stderr: it is the journal's no more. */
    scratch_setenv("JOURNAL_STREAM", "1:2");
    log_event(LOG_LEVEL_INFO, "a", "x=%d", 4);
    char *text = scratch_stderr_end(&s, saved);
    static const char begin[] = "<3>error a x=1\n<4>warning a x=2\n"
                                "<6>info a x=3\ninfo a x=4 time=";
    ck_assert_int_eq(strncmp(text, begin, strlen(begin)), 0);
    free(text);
    scratch_fini(&s);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(under_systemd_a_line_begins_with_its_priority),
        {0},
    };
    return run_tests("journal", tests);
}
