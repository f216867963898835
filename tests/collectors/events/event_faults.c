/* SPDX-License-Identifier: MIT */
/* Errors of an event collector, for either kernel. */

#include "tests/collectors/events/event_faults.h"

#include "base/reason.h"
#include "collectors/events/event_tunables.h"
#include "collectors/events/stimulus.h"
#include "tests/collectors/events/event_pair.h"
#include "tests/support/resources.h"
#include "tests/support/tunables.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define C     event_pair_collector
#define BATCH 64

/* A fault in unlinkat() or rmdir() leaves what it would have removed. */
static void remove_leftovers(void)
{
    const char *root = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe) */
    DIR *dir = opendir(root != NULL ? root : "/tmp");
    ck_assert_ptr_nonnull(dir);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of this thread's own. */
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strncmp(entry->d_name, "entropyd-", 9) != 0 ||
            strlen(entry->d_name) != strlen("entropyd-XXXXXX"))
            continue; /* another program's */
        int inner = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY);
        if (inner < 0)
            continue;
        (void)unlinkat(inner, "watched", 0);
        close(inner);
        (void)unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
    }
    closedir(dir);
}

static void assert_same(struct resources before, const char *call,
                        unsigned skip)
{
    struct resources after = resources_after(&before);
    ck_assert_msg(after.descriptors == before.descriptors &&
                      after.threads == before.threads &&
                      after.temp_files == before.temp_files,
                  "%s after %u calls: descriptors %d -> %d, threads %d -> %d, "
                  "files %d -> %d",
                  call, skip, before.descriptors, after.descriptors,
                  before.threads, after.threads, before.temp_files,
                  after.temp_files);
}

/* Opens with the fault armed. True if it has struck; then open() has either
 * passed the error on and kept nothing, or does without file watchers. */
static bool fail_open(enum fault_call call, unsigned skip,
                      const struct tunable_value *values, bool *is_open)
{
    int error = call == FAULT_CALLOC ? ENOMEM : EMFILE;
    struct resources before = resources_now();
    struct reason why = {.text = ""};
    void *self = &why;
    fault_arm(call, skip, error);
    int rc = C->open(&self, values, &why);
    bool struck = fault_struck();
    *is_open = rc == 0;
    if (rc == 0) {
        ck_assert_uint_eq(event_pair_counter(self, "file_watch_errors"),
                          struck ? 1 : 0);
        event_pair_collect(self, 10);
        C->close(self);
    } else {
        ck_assert_msg(rc == -error, "%s after %u calls: open returns %d, %s",
                      fault_name(call), skip, rc, why.text);
        ck_assert_ptr_null(self);
        ck_assert_msg(strchr(why.text, ':') != NULL, "%s says only \"%s\"",
                      fault_name(call), why.text);
    }
    remove_leftovers();
    assert_same(before, fault_name(call), skip);
    return struck;
}

void event_faults_fail_open(enum fault_call call)
{
    struct tunable_value values[EVENT_TUNABLE_COUNT];
    tunable_defaults(C, values);
    C->close(event_pair_open(NULL)); /* Warms libc's caches. */
    unsigned skip = 0;
    unsigned refused = 0;
    bool is_open;
    while (fail_open(call, skip++, values, &is_open))
        refused += !is_open;
    ck_assert_msg(refused > 0, "no failure of %s fails open()",
                  fault_name(call));
}

void event_faults_lose_files(enum fault_call call)
{
    struct tunable_value values[EVENT_TUNABLE_COUNT];
    tunable_defaults(C, values);
    C->close(event_pair_open(NULL)); /* Warms libc's caches. */
    unsigned skip = 0;
    bool is_open;
    for (; fail_open(call, skip, values, &is_open); skip++)
        ck_assert(is_open);
    ck_assert_msg(skip > 0, "open() never calls %s", fault_name(call));

    /* Nothing else would make events. */
    values[EVENT_NUM_TIMERS].values[0] = 0;
    values[EVENT_NUM_SOCKETS].values[0] = 0;
    for (skip = 0; fail_open(call, skip, values, &is_open); skip++)
        ck_assert(!is_open);
    ck_assert_uint_gt(skip, 0);
}

void event_faults_fail_resume(enum fault_call call)
{
    C->close(event_pair_open(NULL)); /* Warms libc's caches. */
    struct resources before = resources_now();
    unsigned skip = 0;
    for (;; skip++) {
        void *self = event_pair_open(NULL);
        C->pause(self);
        struct reason why = {.text = ""};
        fault_arm(call, skip, EMFILE);
        int result = C->resume(self, &why);
        bool struck = fault_struck();
        C->close(self);
        if (!struck)
            break;
        ck_assert_msg(result == -EMFILE, "%s after %u calls: resume returns %d",
                      fault_name(call), skip, result);
        ck_assert_ptr_nonnull(strchr(why.text, ':'));
        assert_same(before, fault_name(call), skip);
    }
    ck_assert_msg(skip > 0, "resume() never calls %s", fault_name(call));
}

/* clang-format off */
EVENT_FAULT(open, calloc, FAULT_CALLOC)
EVENT_FAULT(open, socketpair, FAULT_SOCKETPAIR)
EVENT_FAULT(open, fcntl, FAULT_FCNTL)
FILE_FAULT(mkdtemp, FAULT_MKDTEMP)
FILE_FAULT(open, FAULT_OPEN)
FILE_FAULT(openat, FAULT_OPENAT)
FILE_FAULT(unlinkat, FAULT_UNLINKAT)
FILE_FAULT(rmdir, FAULT_RMDIR)
EVENT_FAULT(open, getentropy, FAULT_GETENTROPY)
EVENT_FAULT(open, pthread_create, FAULT_PTHREAD_CREATE)
EVENT_FAULT(open, read, FAULT_READ)
EVENT_FAULT(resume, read, FAULT_READ)
EVENT_FAULT(resume, getentropy, FAULT_GETENTROPY)
/* clang-format on */

START_TEST(files_come_back)
{
    void *self;
    struct tunable_value values[EVENT_TUNABLE_COUNT];
    struct reason why = {.text = ""};
    tunable_defaults(C, values);
    fault_arm(FAULT_MKDTEMP, 0, ENOSPC);
    ck_assert_int_eq(C->open(&self, values, &why), 0);
    ck_assert(fault_struck());
    ck_assert_uint_eq(event_pair_counter(self, "file_watch_errors"), 1);
    while (event_pair_counter(self, "file_events") == 0)
        event_pair_collect(self, BATCH);
    ck_assert_uint_eq(event_pair_counter(self, "file_watch_errors"), 1);
    C->close(self);
}
END_TEST

START_TEST(interrupted_wait_is_not_a_sample)
{
    void *self = event_pair_open(NULL);
    fault_arm(event_faults_wait, 0, EINTR);
    event_pair_collect(self, 100);
    ck_assert(fault_struck());
    ck_assert_uint_eq(event_pair_counter(self, "interrupted"), 1);
    ck_assert_uint_eq(event_pair_events(self), 100);
    C->close(self);
}
END_TEST

/* Collects until that fails, and returns the error. */
static int collect_until_error(void *self, struct reason *why)
{
    uint64_t ticks[BATCH];
    int result;
    do {
        result = C->collect(self, ticks, BATCH, why);
    } while (result >= 0);
    return result;
}

START_TEST(failed_wait_ends_it)
{
    void *self = event_pair_open(NULL);
    struct reason why = {.text = ""};
    fault_arm(event_faults_wait, 0, EBADF);
    ck_assert_int_eq(collect_until_error(self, &why), -EBADF);
    ck_assert(fault_struck());
    ck_assert_ptr_nonnull(strstr(why.text, fault_name(event_faults_wait)));
    ck_assert_uint_eq(event_pair_counter(self, "wait_errors"), 1);
    C->close(self);
}
END_TEST

START_TEST(unreadable_event_ends_it)
{
    void *self = event_pair_open(NULL);
    struct reason why = {.text = ""};
    fault_arm(FAULT_READ, 5, EIO);
    ck_assert_int_eq(collect_until_error(self, &why), -EIO);
    ck_assert(fault_struck());
    ck_assert_ptr_nonnull(strstr(why.text, "cannot read"));
    C->close(self);
}
END_TEST

static void failed_stimulus_ends_it(enum fault_call call)
{
    void *self = event_pair_open(NULL);
    struct reason why = {.text = ""};
    fault_arm(call, 3, EROFS);
    ck_assert_int_eq(collect_until_error(self, &why), -EROFS);
    ck_assert(fault_struck());
    ck_assert_ptr_nonnull(strstr(why.text, "stimulus"));
    C->close(self);
}

START_TEST(failed_write_of_the_stimulus_ends_it)
{
    failed_stimulus_ends_it(FAULT_WRITE);
}
END_TEST

START_TEST(failed_touch_of_the_stimulus_ends_it)
{
    failed_stimulus_ends_it(FAULT_FUTIMENS);
}
END_TEST

START_TEST(hanging_stimulus_ends_it)
{
    void *self = event_pair_open(NULL);
    event_pair_collect(self, BATCH);
    struct reason why = {.text = ""};
    fault_hang_sleepers(true);
    int result = collect_until_error(self, &why);
    fault_hang_sleepers(false);
    ck_assert_int_eq(result, -EIO);
    ck_assert_ptr_nonnull(strstr(why.text, "stimulus"));
    ck_assert_ptr_nonnull(strstr(why.text, "dead"));
    C->close(self);
}
END_TEST

/* The whole process is stopped for longer than a stimulus may be silent, while
 * this one is. */
START_TEST(stopped_process_has_no_silent_stimulus)
{
    void *self = event_pair_open(NULL);
    event_pair_collect(self, BATCH);
    fault_hang_sleepers(true);
    pid_t parent = getpid();
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        (void)usleep(50000); /* then it is collecting */
        (void)kill(parent, SIGSTOP);
        (void)usleep(STIMULUS_SILENCE_MAX_MS * 1000 + 500000);
        _exit(kill(parent, SIGCONT) == 0 ? 0 : 1);
    }
    struct reason why = {.text = ""};
    while (waitpid(child, NULL, WNOHANG) == 0) {
        uint64_t ticks[BATCH];
        int result = C->collect(self, ticks, BATCH, &why);
        ck_assert_msg(result >= 0, "%s", why.text);
    }
    fault_hang_sleepers(false);
    C->close(self);
}
END_TEST

START_TEST(full_socket_is_not_a_failure)
{
    void *self = event_pair_open(NULL);
    fault_arm(FAULT_WRITE, 2, EAGAIN);
    while (event_pair_counter(self, "stimuli") < 10)
        event_pair_collect(self, BATCH);
    ck_assert(fault_struck());
    /* A reader that is kept away for a second fills them as well. */
    ck_assert_uint_ge(event_pair_counter(self, "stimuli_dropped"), 1);
    C->close(self);
}
END_TEST

const struct test_entry event_faults_tests[] = {
    TEST(open_survives_a_failed_calloc),
    TEST(open_survives_a_failed_socketpair),
    TEST(open_survives_a_failed_fcntl),
    TEST(files_are_lost_by_a_failed_mkdtemp),
    TEST(files_are_lost_by_a_failed_open),
    TEST(files_are_lost_by_a_failed_openat),
    TEST(files_are_lost_by_a_failed_unlinkat),
    TEST(files_are_lost_by_a_failed_rmdir),
    TEST(open_survives_a_failed_getentropy),
    TEST(open_survives_a_failed_pthread_create),
    TEST(open_survives_a_failed_read),
    TEST(resume_survives_a_failed_read),
    TEST(resume_survives_a_failed_getentropy),
    TEST(files_come_back),
    TEST(interrupted_wait_is_not_a_sample),
    TEST(failed_wait_ends_it),
    TEST(unreadable_event_ends_it),
    TEST(hanging_stimulus_ends_it),
    TEST(stopped_process_has_no_silent_stimulus),
    TEST(full_socket_is_not_a_failure),
    TEST(failed_write_of_the_stimulus_ends_it),
    TEST(failed_touch_of_the_stimulus_ends_it),
    {0},
};
