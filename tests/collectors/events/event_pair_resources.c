/* SPDX-License-Identifier: MIT */
/* What an event collector holds of the kernel, for either kernel. */

#include "collectors/events/event_tunables.h"

#include "base/reason.h"
#include "tests/collectors/events/event_pair.h"
#include "tests/support/resources.h"
#include "tests/support/scratch.h"
#include "tests/support/tunables.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define C event_pair_collector

/* An allocator may have mapped regions of its own in the meantime (sanitizers'
 * do); a leak would show once a round. */
#define FOREIGN_MAPPINGS 16

static void assert_same(struct resources before)
{
    struct resources after = resources_after(&before);
    ck_assert_int_eq(after.descriptors, before.descriptors);
    ck_assert_int_eq(after.threads, before.threads);
    ck_assert_int_le(after.mappings, before.mappings + FOREIGN_MAPPINGS);
    ck_assert_int_eq(after.temp_files, before.temp_files);
}

START_TEST(returns_all_after_open_and_close)
{
    struct resources before = {0};
    long rounds = scaled(1000);
    for (long i = -20; i < rounds; i++) {
        if (i == 0) /* libc's and the sanitizers' caches are warm. */
            before = resources_now();
        void *self = event_pair_open(NULL);
        event_pair_collect(self, 3);
        if (i % 2 == 0)
            C->pause(self);
        C->close(self);
    }
    C->close(NULL);
    assert_same(before);
}
END_TEST

START_TEST(returns_all_after_pauses)
{
    void *self = event_pair_open(NULL);
    struct resources before = {0};
    long rounds = scaled(1000);
    for (long i = -20; i < rounds; i++) {
        if (i == 0)
            before = resources_now();
        event_pair_collect(self, 3);
        C->pause(self);
        event_pair_resume(self);
    }
    assert_same(before);
    C->close(self);
}
END_TEST

START_TEST(holds_no_more_after_a_hundred_thousand)
{
    /* Many fast timers, to be done soon; a descriptor, a thread or a file that
     * one sample in thousands left behind would show. */
    void *self = event_pair_open("num_timers", 32, "timer_min_us", 20,
                                 "timer_max_us", 200, NULL);
    event_pair_collect(self, 1000);
    struct resources before = resources_now();
    event_pair_collect(self, scaled(100000));
    assert_same(before);
    C->close(self);
}
END_TEST

START_TEST(leaves_no_file_behind)
{
    int before = resources_now().temp_files;
    void *self = event_pair_open("num_file_watchers", 64, NULL);
    /* Nothing is there even while it runs: a killed process leaves nothing. */
    ck_assert_int_eq(resources_now().temp_files, before);
    C->close(self);
}
END_TEST

START_TEST(opens_private_descriptors)
{
    bool was_open[1024];
    for (int fd = 0; fd < 1024; fd++)
        was_open[fd] = fcntl(fd, F_GETFD) >= 0;
    void *self = event_pair_open(NULL);
    int found = 0;
    for (int fd = 0; fd < 1024; fd++) {
        int flags = fcntl(fd, F_GETFD);
        if (flags < 0 || was_open[fd])
            continue;
        found++;
        ck_assert_msg(flags & FD_CLOEXEC,
                      "descriptor %d of %s stays open over "
                      "exec",
                      fd, C->name);
        struct stat status;
        if (fstat(fd, &status) != 0)
            continue; /* macOS: a kqueue has no status. */
        if (S_ISSOCK(status.st_mode))
            ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
        if (S_ISREG(status.st_mode)) {
            ck_assert(status.st_nlink == 0);
            ck_assert_int_eq(status.st_mode & 0777, 0600);
        }
    }
    ck_assert_int_ge(found, 13); /* 4 pairs, 4 files, 1 to wait on. */
    C->close(self);
}
END_TEST

START_TEST(names_a_missing_directory)
{
    struct scratch scratch;
    char missing[SCRATCH_PATH_MAX];
    struct resources before = resources_now();
    struct tunable_value values[EVENT_TUNABLE_COUNT];
    tunable_defaults(C, values);
    values[EVENT_NUM_TIMERS].values[0] = 0;
    values[EVENT_NUM_SOCKETS].values[0] = 0;
    scratch_init(&scratch);
    /* This process has no other thread now. */
    scratch_setenv("TMPDIR", scratch_path(&scratch, "missing", missing));
    struct reason why = {.text = ""};
    void *self = &values;
    ck_assert_int_eq(C->open(&self, values, &why), -ENOENT);
    ck_assert_ptr_null(self);
    ck_assert_ptr_nonnull(strstr(why.text, missing));
    scratch_setenv("TMPDIR", NULL);
    scratch_fini(&scratch);
    ck_assert_int_eq(resources_now().descriptors, before.descriptors);
}
END_TEST

const struct test_entry event_pair_resource_tests[] = {
    TEST(returns_all_after_open_and_close),
    TEST(returns_all_after_pauses),
    TEST(holds_no_more_after_a_hundred_thousand),
    TEST(leaves_no_file_behind),
    TEST(opens_private_descriptors),
    TEST(names_a_missing_directory),
    {0},
};
