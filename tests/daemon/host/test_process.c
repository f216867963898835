/* SPDX-License-Identifier: MIT */
/* What the process asks of its operating system for itself. */

#include "base/reason.h"
#include "daemon/host/process.h"
#include "tests/support/run.h"

#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

START_TEST(the_descriptor_limit_is_raised_and_the_result_reported)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = 64;
    limit.rlim_max = 200;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_int_eq(process_raise_descriptors(100), 100);
    ck_assert_int_eq(process_raise_descriptors(1000), 200);
    ck_assert_int_eq(process_raise_descriptors(50), 200);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_uint_eq(limit.rlim_cur, 200);
}
END_TEST

START_TEST(the_limit_of_locked_memory_is_raised_to_the_hard_one)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
    limit.rlim_cur = 0;
    ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
    ck_assert_int_eq(process_raise_locked_memory(), 0);
    ck_assert_int_eq(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
    ck_assert(limit.rlim_cur == limit.rlim_max);
}
END_TEST

START_TEST(no_core_file_is_left)
{
    struct reason why;
    struct rlimit limit;
    ck_assert_int_eq(process_forbid_dumps(&why), 0);
    ck_assert_int_eq(getrlimit(RLIMIT_CORE, &limit), 0);
    ck_assert_uint_eq(limit.rlim_cur, 0);
    ck_assert_uint_eq(limit.rlim_max, 0);
}
END_TEST

static void *be_a_worker(void *done)
{
    process_worker_thread();
    *(int *)done = 1;
    return NULL;
}

START_TEST(a_worker_thread_sets_itself_up)
{
    pthread_t thread;
    int done = 0;
    ck_assert_int_eq(pthread_create(&thread, NULL, be_a_worker, &done), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(done, 1);
}
END_TEST

START_TEST(the_platform_has_one_of_two_names)
{
    ck_assert(strcmp(process_platform(), "linux") == 0 ||
              strcmp(process_platform(), "macos") == 0);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_descriptor_limit_is_raised_and_the_result_reported),
        TEST(the_limit_of_locked_memory_is_raised_to_the_hard_one),
        TEST(no_core_file_is_left),
        TEST(a_worker_thread_sets_itself_up),
        TEST(the_platform_has_one_of_two_names),
        {0},
    };
    return run_tests("process", tests);
}
