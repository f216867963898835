/* SPDX-License-Identifier: MIT */
/* epoll_events on this kernel. */

#include "collectors/events/event_tunables.h"
#include "tests/collectors/events/event_pair.h"
#include "tests/support/inotify.h"
#include "tests/support/neighbour.h"
#include "tests/support/tunables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

const struct collector *const event_pair_collector = &epoll_events_collector;

/* A timerfd's two numbers, from /proc. */
struct timer_state {
    long long first_ns; /* until it fires next */
    long long period_ns;
};

static struct timer_state read_timer(int fd)
{
    char path[40];
    (void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    struct timer_state timer = {-1, -1};
    char line[80];
    while (fgets(line, sizeof(line), file) != NULL) {
        const char *comma = strchr(line, ',');
        if (comma == NULL)
            continue;
        long long ns = strtoll(comma + 1, NULL, 10);
        if (strncmp(line, "it_value", 8) == 0)
            timer.first_ns = ns;
        else if (strncmp(line, "it_interval", 11) == 0)
            timer.period_ns = ns;
    }
    fclose(file);
    return timer;
}

/* The timers that are open now, in the order of their descriptors. */
static unsigned read_timers(struct timer_state *timers, unsigned max)
{
    unsigned count = 0;
    for (int fd = 3; fd < 256 && count < max; fd++) {
        char path[32];
        char target[64] = "";
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        if (readlink(path, target, sizeof(target) - 1) > 0 &&
            strstr(target, "[timerfd]") != NULL)
            timers[count++] = read_timer(fd);
    }
    return count;
}

START_TEST(arms_its_timers_at_their_planned_periods)
{
    void *self = event_pair_open(NULL);
    struct timer_state timers[16];
    ck_assert_uint_eq(read_timers(timers, 16), 8);
    for (int i = 0; i < 8; i++) {
        ck_assert_int_ge(timers[i].period_ns, 100000);
        ck_assert_int_le(timers[i].period_ns, 732000);
        ck_assert(i == 0 || timers[i].period_ns > timers[i - 1].period_ns);
    }
    epoll_events_collector.pause(self);
    ck_assert_uint_eq(read_timers(timers, 16), 8);
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(timers[i].first_ns, 0);
    epoll_events_collector.close(self);
}
END_TEST

/* Timers of 49 to 50 ms: what has passed since the start is small beside their
 * phases, which aligned timers would all have about equal. */
static long long spread_of_timers(void)
{
    void *self = event_pair_open("num_timers", 16, "timer_min_us", 49000,
                                 "timer_max_us", 50000, NULL);
    struct timer_state timers[16];
    ck_assert_uint_eq(read_timers(timers, 16), 16);
    long long lowest = timers[0].first_ns;
    long long highest = timers[0].first_ns;
    for (int i = 1; i < 16; i++) {
        lowest = timers[i].first_ns < lowest ? timers[i].first_ns : lowest;
        highest = timers[i].first_ns > highest ? timers[i].first_ns : highest;
    }
    epoll_events_collector.close(self);
    return highest - lowest;
}

START_TEST(starts_its_timers_apart)
{
    /* 16 even draws out of 49 ms fall within 5 ms of one another once in
     * 10^13. A process kept away for 50 ms finds that all have fired, and
     * looks again. */
    long long spread_ns = 0;
    for (int i = 0; i < 100 && spread_ns <= 5000000; i++)
        spread_ns = spread_of_timers();
    ck_assert_int_gt(spread_ns, 5000000);
}
END_TEST

/* Starts a neighbour that holds them all; false where one user may have more
 * of them than one process descriptors, or is none to become. */
static bool instances_are_used_up(struct neighbour *neighbour)
{
    if (!neighbour_become_user(4096))
        return false;
    neighbour_start(neighbour, neighbour_holds_inotify);
    neighbour_hold(neighbour);
    int fd = inotify_init1(IN_CLOEXEC);
    if (fd < 0)
        return true;
    close(fd);
    neighbour_end(neighbour);
    return false;
}

#define HOLDS_NOT_ALL                                                          \
    "only root can become another user, or one may have 4,096 inotify "        \
    "instances"

START_TEST(goes_on_without_inotify_until_a_neighbour_gives_it_back)
{
    struct neighbour neighbour;
    if (!instances_are_used_up(&neighbour))
        SKIP(HOLDS_NOT_ALL);
    void *self = event_pair_open(NULL);
    ck_assert_uint_eq(event_pair_counter(self, "file_watch_errors"), 1);
    event_pair_collect(self, 1000);
    ck_assert_uint_gt(event_pair_counter(self, "timer_events"), 0);
    ck_assert_uint_gt(event_pair_counter(self, "socket_events"), 0);
    ck_assert_uint_eq(event_pair_counter(self, "file_events"), 0);
    while (event_pair_counter(self, "file_watch_errors") < 2)
        event_pair_collect(self, 1000); /* It tries again. */
    neighbour_end(&neighbour);
    while (event_pair_counter(self, "file_events") == 0)
        event_pair_collect(self, 1000);
    epoll_events_collector.close(self);
}
END_TEST

START_TEST(with_only_files_it_needs_inotify)
{
    struct neighbour neighbour;
    if (!instances_are_used_up(&neighbour))
        SKIP(HOLDS_NOT_ALL);
    struct tunable_value values[EVENT_TUNABLE_COUNT];
    tunable_defaults(&epoll_events_collector, values);
    values[EVENT_NUM_TIMERS].values[0] = 0;
    values[EVENT_NUM_SOCKETS].values[0] = 0;
    void *self = values;
    struct reason why = {.text = ""};
    ck_assert_int_eq(epoll_events_collector.open(&self, values, &why), -EMFILE);
    ck_assert_ptr_null(self);
    ck_assert_ptr_nonnull(strstr(why.text, "inotify instance"));
    neighbour_end(&neighbour);
    ck_assert_int_eq(epoll_events_collector.open(&self, values, &why), 0);
    event_pair_collect(self, 10);
    epoll_events_collector.close(self);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TESTS(event_pair_tests),
        TESTS(event_pair_resource_tests),
        TEST(arms_its_timers_at_their_planned_periods),
        TEST(starts_its_timers_apart),
        TEST(goes_on_without_inotify_until_a_neighbour_gives_it_back),
        TEST(with_only_files_it_needs_inotify),
        {0},
    };
    if (!inotify_is_left_for("epoll_events"))
        return INOTIFY_SKIPPED;
    return run_tests("epoll_events", tests);
}
