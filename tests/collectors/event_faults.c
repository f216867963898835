/* Errors of an event collector, for either kernel. */

#include "tests/collectors/event_faults.h"
#include "tests/collectors/event_pair.h"
#include "tests/support/resources.h"
#include "tests/support/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_TUNABLES 32
#define BATCH        64

/* A fault in unlinkat() or rmdir() leaves what it would have removed. */
static void remove_leftovers(void)
{
    const char *root = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe) */
    DIR *dir = opendir(root != NULL ? root : "/tmp");
    ck_assert_ptr_nonnull(dir);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of this thread's own. */
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strncmp(entry->d_name, "entropyd-", 9) != 0)
            continue;
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

void event_faults_fail_open(const struct collector *c, enum fault_call call)
{
    int error = call == FAULT_CALLOC ? ENOMEM : EMFILE;
    struct tunable_value values[MAX_TUNABLES];
    collector_defaults(c, values);
    c->close(event_pair_open(c, NULL)); /* Warms libc's caches. */
    struct resources before = resources_now();
    unsigned skip = 0;
    for (;; skip++) {
        char why[COLLECTOR_WHY_MAX] = "";
        void *self = &values;
        fault_arm(call, skip, error);
        int result = c->open(&self, values, why, sizeof(why));
        if (!fault_struck()) {
            ck_assert_msg(result == 0, "%s", why);
            c->close(self);
            break;
        }
        ck_assert_msg(result == -error, "%s after %u calls: open returns %d",
                      fault_name(call), skip, result);
        ck_assert_ptr_null(self);
        ck_assert_msg(strchr(why, ':') != NULL, "%s says only \"%s\"",
                      fault_name(call), why);
        remove_leftovers();
        assert_same(before, fault_name(call), skip);
    }
    ck_assert_msg(skip > 0, "open() never calls %s", fault_name(call));
}

void event_faults_fail_resume(const struct collector *c, enum fault_call call)
{
    c->close(event_pair_open(c, NULL)); /* Warms libc's caches. */
    struct resources before = resources_now();
    unsigned skip = 0;
    for (;; skip++) {
        void *self = event_pair_open(c, NULL);
        c->pause(self);
        char why[COLLECTOR_WHY_MAX] = "";
        fault_arm(call, skip, EMFILE);
        int result = c->resume(self, why, sizeof(why));
        bool struck = fault_struck();
        c->close(self);
        if (!struck)
            break;
        ck_assert_msg(result == -EMFILE, "%s after %u calls: resume returns %d",
                      fault_name(call), skip, result);
        ck_assert_ptr_nonnull(strchr(why, ':'));
        assert_same(before, fault_name(call), skip);
    }
    ck_assert_msg(skip > 0, "resume() never calls %s", fault_name(call));
}

void event_faults_interrupted_wait_is_no_sample(const struct collector *c,
                                                enum fault_call wait)
{
    void *self = event_pair_open(c, NULL);
    fault_arm(wait, 0, EINTR);
    event_pair_collect(c, self, 100);
    ck_assert(fault_struck());
    ck_assert_uint_eq(event_pair_counter(c, self, "interrupted"), 1);
    ck_assert_uint_eq(event_pair_counter(c, self, "timer_events") +
                          event_pair_counter(c, self, "socket_events") +
                          event_pair_counter(c, self, "file_events"),
                      100);
    c->close(self);
}

/* Collects until that fails, and returns the error. */
static int collect_until_error(const struct collector *c, void *self, char *why,
                               size_t why_size)
{
    uint64_t ticks[BATCH];
    int result;
    do {
        result = c->collect(self, ticks, BATCH, why, why_size);
    } while (result >= 0);
    return result;
}

void event_faults_failed_wait_ends_it(const struct collector *c,
                                      enum fault_call wait)
{
    void *self = event_pair_open(c, NULL);
    char why[COLLECTOR_WHY_MAX] = "";
    fault_arm(wait, 0, EBADF);
    ck_assert_int_eq(collect_until_error(c, self, why, sizeof(why)), -EBADF);
    ck_assert(fault_struck());
    ck_assert_ptr_nonnull(strstr(why, fault_name(wait)));
    ck_assert_uint_eq(event_pair_counter(c, self, "wait_errors"), 1);
    c->close(self);
}

void event_faults_unreadable_event_ends_it(const struct collector *c)
{
    void *self = event_pair_open(c, NULL);
    char why[COLLECTOR_WHY_MAX] = "";
    fault_arm(FAULT_READ, 5, EIO);
    ck_assert_int_eq(collect_until_error(c, self, why, sizeof(why)), -EIO);
    ck_assert(fault_struck());
    ck_assert_ptr_nonnull(strstr(why, "cannot read"));
    c->close(self);
}

void event_faults_failed_poke_ends_it(const struct collector *c,
                                      enum fault_call poke)
{
    void *self = event_pair_open(c, NULL);
    char why[COLLECTOR_WHY_MAX] = "";
    fault_arm(poke, 3, EROFS);
    ck_assert_int_eq(collect_until_error(c, self, why, sizeof(why)), -EROFS);
    ck_assert(fault_struck());
    ck_assert_ptr_nonnull(strstr(why, "poker"));
    c->close(self);
}

void event_faults_hanging_poker_ends_it(const struct collector *c)
{
    void *self = event_pair_open(c, NULL);
    event_pair_collect(c, self, BATCH);
    char why[COLLECTOR_WHY_MAX] = "";
    fault_hang_sleepers(true);
    int result = collect_until_error(c, self, why, sizeof(why));
    fault_hang_sleepers(false);
    ck_assert_int_eq(result, -EIO);
    ck_assert_ptr_nonnull(strstr(why, "poker"));
    ck_assert_ptr_nonnull(strstr(why, "dead"));
    c->close(self);
}

void event_faults_full_socket_is_no_failure(const struct collector *c)
{
    void *self = event_pair_open(c, NULL);
    fault_arm(FAULT_WRITE, 2, EAGAIN);
    while (event_pair_counter(c, self, "pokes") < 10)
        event_pair_collect(c, self, BATCH);
    ck_assert(fault_struck());
    ck_assert_uint_eq(event_pair_counter(c, self, "pokes_full"), 1);
    c->close(self);
}
