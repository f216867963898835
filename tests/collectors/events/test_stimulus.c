/* SPDX-License-Identifier: MIT */
/* The stimulus thread, on real sockets and files. */

#include "base/ticks.h"

#include "base/reason.h"
#include "collectors/collector.h"
#include "collectors/events/stimulus.h"
#include "collectors/events/watch_files.h"
#include "tests/support/patience.h"
#include "tests/support/resources.h"
#include "tests/support/run.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SOCKETS 3

struct fixture {
    int readers[SOCKETS];
    int writers[SOCKETS];
    int files[SOCKETS];
    struct stimulus *stimulus;
};

static void sleep_ms(long ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000,
                                   .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

static void start(struct fixture *f, unsigned num_sockets, unsigned num_files,
                  unsigned poke_us)
{
    struct reason why = {.text = ""};
    for (int i = 0; i < SOCKETS; i++) {
        int pair[2];
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        f->readers[i] = pair[0];
        f->writers[i] = pair[1];
        ck_assert_int_eq(fcntl(pair[1], F_SETFL, O_NONBLOCK), 0);
    }
    ck_assert_msg(watch_files_open(f->files, SOCKETS, &why) == 0, "%s",
                  why.text);
    const struct stimulus_targets targets = {
        .sockets = f->writers,
        .num_sockets = num_sockets,
        .files = f->files,
        .num_files = num_files,
        .poke_us = poke_us,
    };
    ck_assert_msg(stimulus_start(&f->stimulus, &targets, &why) == 0, "%s",
                  why.text);
    stimulus_touch_files(f->stimulus);
}

static void stop(struct fixture *f)
{
    stimulus_stop(f->stimulus);
    watch_files_close(f->files, SOCKETS);
    watch_files_close(f->readers, SOCKETS);
    watch_files_close(f->writers, SOCKETS);
}

static int waiting(int fd)
{
    int bytes = 0;
    ck_assert_int_eq(ioctl(fd, FIONREAD, &bytes), 0);
    return bytes;
}

/* Parks it and waits until it has used no time for 20 ms. */
static void park(struct stimulus *stimulus)
{
    stimulus_park(stimulus);
    for (int i = 0; i < 250; i++) {
        uint64_t before_ns = stimulus_cpu_ns(stimulus);
        sleep_ms(20);
        if (stimulus_cpu_ns(stimulus) == before_ns)
            return;
    }
}

START_TEST(does_nothing_before_it_is_woken)
{
    struct fixture f;
    start(&f, SOCKETS, SOCKETS, 50);
    sleep_ms(20);
    ck_assert_uint_eq(stimulus_events(f.stimulus), 0);
    ck_assert_int_eq(waiting(f.readers[0]), 0);
    stop(&f);
}
END_TEST

START_TEST(sends_over_the_sockets_in_turn)
{
    struct fixture f;
    start(&f, SOCKETS, 0, 100);
    stimulus_wake(f.stimulus);
    while (stimulus_events(f.stimulus) < 100)
        sleep_ms(1);
    stimulus_stop(f.stimulus);
    int bytes[SOCKETS];
    for (int i = 0; i < SOCKETS; i++)
        bytes[i] = waiting(f.readers[i]);
    ck_assert_int_ge(bytes[0] + bytes[1] + bytes[2], 100);
    /* The first has at most one byte more than the last. */
    ck_assert_int_ge(bytes[0], bytes[1]);
    ck_assert_int_ge(bytes[1], bytes[2]);
    ck_assert_int_le(bytes[0], bytes[2] + 1);
    f.stimulus = NULL;
    stop(&f);
}
END_TEST

START_TEST(sends_no_more_often_than_asked)
{
    struct fixture f;
    start(&f, SOCKETS, 0, 1000);
    uint64_t began = ticks_now();
    stimulus_wake(f.stimulus);
    while (stimulus_events(f.stimulus) < 50)
        sleep_ms(1);
    uint64_t stimuli = stimulus_events(f.stimulus);
    uint64_t elapsed_us = ticks_to_ns(ticks_now() - began) / 1000;
    ck_assert_uint_le(stimuli, elapsed_us / 1000 + 1);
    stop(&f);
}
END_TEST

/* Touches of `num_files` files with a byte sent every poke_us; files only
 * where num_sockets is 0. */
static void check_file_rate(unsigned num_sockets, unsigned num_files)
{
    struct fixture f;
    start(&f, num_sockets, num_files, 50);
    uint64_t began = ticks_now();
    stimulus_wake(f.stimulus);
    uint64_t bytes = 0;
    for (int i = 0; i < 100 || stimulus_events(f.stimulus) <= bytes; i++) {
        char buffer[4096];
        sleep_ms(5);
        while (num_sockets > 0 && waiting(f.readers[0]) > 0)
            bytes += (uint64_t)read(f.readers[0], buffer, sizeof(buffer));
    }
    park(f.stimulus);
    bytes += (uint64_t)waiting(f.readers[0]);
    uint64_t touches = stimulus_events(f.stimulus) - bytes;
    uint64_t elapsed_ns = ticks_to_ns(ticks_now() - began);
    ck_assert_uint_gt(touches, 0);
    ck_assert_uint_le(touches,
                      num_files *
                          (elapsed_ns * STIMULUS_FILE_RATE / 1000000000 + 1));
    stop(&f);
}

START_TEST(touches_a_file_twenty_times_a_second_at_most)
{
    check_file_rate(0, 1);
    check_file_rate(0, 3);
    check_file_rate(1, 1);
    check_file_rate(1, 3);
}
END_TEST

START_TEST(a_full_socket_is_counted_and_harms_nothing)
{
    struct fixture f;
    start(&f, SOCKETS, 0, 50);
    char filling[4096] = {0};
    while (write(f.writers[1], filling, sizeof(filling)) > 0) {
    }
    while (write(f.writers[1], filling, 1) > 0) {
    }
    stimulus_wake(f.stimulus);
    while (stimulus_dropped(f.stimulus) < 3 || stimulus_events(f.stimulus) < 6)
        sleep_ms(1);
    struct reason why = {.text = ""};
    ck_assert_int_eq(stimulus_watch(f.stimulus, 1, &why), 0);
    stop(&f);
}
END_TEST

START_TEST(a_broken_socket_is_reported)
{
    struct fixture f;
    start(&f, SOCKETS, 0, 50);
    close(f.readers[1]);
    f.readers[1] = -1;
    stimulus_wake(f.stimulus);
    struct reason why = {.text = ""};
    int result = 0;
    for (int i = 0; i < 5000 && result == 0; i++) {
        sleep_ms(1);
        result = stimulus_watch(f.stimulus, 0, &why);
    }
    ck_assert_int_eq(result, -EPIPE);
    ck_assert_ptr_nonnull(strstr(why.text, "stimulus"));
    /* It stays so, and it can be parked, woken and stopped. */
    stimulus_park(f.stimulus);
    stimulus_wake(f.stimulus);
    ck_assert_int_eq(stimulus_watch(f.stimulus, 0, &why), -EPIPE);
    stop(&f);
}
END_TEST

START_TEST(silence_is_counted_in_collecting_time)
{
    /* A parked stimulus is as silent as a dead one. */
    struct fixture f;
    start(&f, SOCKETS, SOCKETS, 50);
    struct reason why = {.text = ""};
    const uint64_t ms = 1000000;
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(stimulus_watch(f.stimulus, 100 * ms, &why), 0);
    sleep_ms(50); /* Time without a collect() does not count. */
    ck_assert_int_eq(stimulus_watch(f.stimulus, 0, &why), 0);
    ck_assert_int_eq(stimulus_watch(f.stimulus, 1, &why), -EIO);
    ck_assert_ptr_nonnull(strstr(why.text, "dead"));
    stop(&f);
}
END_TEST

START_TEST(an_event_ends_the_silence)
{
    struct fixture f;
    start(&f, SOCKETS, SOCKETS, 50);
    struct reason why = {.text = ""};
    const uint64_t limit_ns = STIMULUS_SILENCE_MAX_MS * UINT64_C(1000000);
    ck_assert_int_eq(stimulus_watch(f.stimulus, limit_ns, &why), 0);
    stimulus_wake(f.stimulus);
    while (stimulus_events(f.stimulus) < 3) /* a whole round is over */
        sleep_ms(1);
    park(f.stimulus);
    ck_assert_int_eq(stimulus_watch(f.stimulus, limit_ns, &why), 0);
    ck_assert_int_eq(stimulus_watch(f.stimulus, limit_ns, &why), 0);
    /* The round that it was in may end late, once. */
    int result = 0;
    for (int i = 0; i < 4 && result == 0; i++)
        result = stimulus_watch(f.stimulus, limit_ns, &why);
    ck_assert_int_eq(result, -EIO);
    stop(&f);
}
END_TEST

START_TEST(uses_no_time_while_parked)
{
    struct fixture f;
    start(&f, SOCKETS, SOCKETS, 50);
    stimulus_wake(f.stimulus);
    while (stimulus_events(f.stimulus) < 20)
        sleep_ms(1);
    ck_assert_uint_gt(stimulus_cpu_ns(f.stimulus), 0);
    stimulus_park(f.stimulus);
    uint64_t before_ns;
    int waited_ms = 0;
    /* On a busy machine it may have yet to park. One that never does uses some
     * time in each second, even there. */
    do {
        ck_assert_int_lt(waited_ms, PATIENCE_MS);
        before_ns = stimulus_cpu_ns(f.stimulus);
        sleep_ms(1000);
        waited_ms += 1000;
    } while (stimulus_cpu_ns(f.stimulus) != before_ns);
    stop(&f);
}
END_TEST

START_TEST(no_targets_need_no_thread)
{
    struct fixture f;
    struct resources before = resources_now();
    const struct stimulus_targets none = {0};
    struct reason why = {.text = ""};
    f.stimulus = (struct stimulus *)&f;
    ck_assert_int_eq(stimulus_start(&f.stimulus, &none, &why), 0);
    ck_assert_ptr_null(f.stimulus);
    ck_assert_int_eq(resources_now().threads, before.threads);
    stimulus_wake(NULL);
    stimulus_park(NULL);
    ck_assert_int_eq(stimulus_watch(NULL, UINT64_MAX, &why), 0);
    ck_assert_uint_eq(stimulus_events(NULL), 0);
    ck_assert_uint_eq(stimulus_dropped(NULL), 0);
    ck_assert_uint_eq(stimulus_cpu_ns(NULL), 0);
    stimulus_stop(NULL);
}
END_TEST

START_TEST(stops_parked_or_awake)
{
    struct fixture f;
    struct resources before = {0};
    for (long i = -5; i < scaled(100); i++) {
        if (i == 0)
            before = resources_now();
        start(&f, SOCKETS, SOCKETS, 50);
        if (i % 2 == 0)
            stimulus_wake(f.stimulus);
        stop(&f);
    }
    struct resources after = resources_after(&before);
    ck_assert_int_eq(after.threads, before.threads);
    ck_assert_int_eq(after.descriptors, before.descriptors);
    ck_assert_int_eq(after.temp_files, before.temp_files);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(does_nothing_before_it_is_woken),
        TEST(sends_over_the_sockets_in_turn),
        TEST(sends_no_more_often_than_asked),
        TEST(touches_a_file_twenty_times_a_second_at_most),
        TEST(a_full_socket_is_counted_and_harms_nothing),
        TEST(a_broken_socket_is_reported),
        TEST(silence_is_counted_in_collecting_time),
        TEST(an_event_ends_the_silence),
        TEST(uses_no_time_while_parked),
        TEST(no_targets_need_no_thread),
        TEST(stops_parked_or_awake),
        {0},
    };
    return run_tests("stimulus", tests);
}
