/* SPDX-License-Identifier: MIT */
/* Signals on a real loop, sent by this process and by others. */

#include "daemon/host/signals.h"
#include "tests/support/run.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static uv_loop_t loop;
static struct signals signals;
static unsigned received[32];
static unsigned num_received;

static void on_signal(void *context, int number)
{
    ck_assert_ptr_eq(context, &loop);
    received[number]++;
    num_received++;
}

static void start(void)
{
    (void)signal(SIGPIPE, SIG_IGN); /* as the daemon does */
    ck_assert_int_eq(uv_loop_init(&loop), 0);
    ck_assert_int_eq(signals_open(&signals, &loop, on_signal, &loop), 0);
    ck_assert_int_eq(signals_watch(SIGTERM), 0);
    ck_assert_int_eq(signals_watch(SIGHUP), 0);
}

static void stop(void)
{
    signals_close(&signals);
    ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static void await(unsigned count)
{
    while (num_received < count)
        (void)uv_run(&loop, UV_RUN_ONCE);
    ck_assert_uint_eq(num_received, count);
}

START_TEST(each_signal_is_received_under_its_number)
{
    start();
    ck_assert_int_eq(kill(getpid(), SIGHUP), 0);
    await(1);
    ck_assert_uint_eq(received[SIGHUP], 1);
    ck_assert_int_eq(kill(getpid(), SIGTERM), 0);
    await(2);
    ck_assert_uint_eq(received[SIGTERM], 1);
    stop();
}
END_TEST

START_TEST(the_process_that_sent_it_is_known)
{
    pid_t pid = -1;
    uid_t uid = (uid_t)-1;
    start();
    ck_assert(!signals_sender(SIGTERM, &pid, &uid)); /* none came yet */
    ck_assert(!signals_sender(SIGUSR2, &pid, &uid)); /* is not watched */
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(kill(getppid(), SIGTERM));
    await(1);
    ck_assert(signals_sender(SIGTERM, &pid, &uid));
    ck_assert_int_eq(pid, child);
    ck_assert_uint_eq(uid, getuid());
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    stop();
}
END_TEST

/* More than the socket pair takes bytes, so that some cannot be sent. */
START_TEST(any_number_of_equal_signals_is_received_once)
{
    start();
    for (int i = 0; i < 10000; i++)
        ck_assert_int_eq(kill(getpid(), SIGHUP), 0);
    await(1);
    while (recv(signals.ends[0], &(char){0}, 1, MSG_PEEK) > 0)
        (void)uv_run(&loop, UV_RUN_NOWAIT);
    ck_assert_uint_eq(num_received, 1);
    ck_assert_int_eq(kill(getpid(), SIGHUP), 0);
    await(2);
    ck_assert(!uv_is_active((uv_handle_t *)&signals.timer));
    stop();
}
END_TEST

START_TEST(a_handler_keeps_errno)
{
    start();
    errno = ENOTTY;
    ck_assert_int_eq(raise(SIGHUP), 0);
    ck_assert_int_eq(errno, ENOTTY);
    ck_assert_int_eq(shutdown(signals.ends[0], SHUT_RDWR), 0);
    errno = ENOTTY;
    ck_assert_int_eq(raise(SIGHUP), 0); /* it cannot send */
    ck_assert_int_eq(errno, ENOTTY);
    await(1);
    stop();
}
END_TEST

/* Nothing can be sent or received any more: the loop looks without it. */
START_TEST(without_the_socket_pair_every_signal_is_still_received)
{
    start();
    ck_assert_int_eq(shutdown(signals.ends[0], SHUT_RDWR), 0);
    for (unsigned i = 1; i <= 3; i++) {
        ck_assert_int_eq(kill(getpid(), i % 2 != 0 ? SIGHUP : SIGTERM), 0);
        await(i);
    }
    ck_assert_uint_eq(received[SIGTERM], 1);
    ck_assert(uv_is_active((uv_handle_t *)&signals.timer));
    ck_assert(!uv_is_active((uv_handle_t *)&signals.poll));
    stop();
}
END_TEST

static void close_on_signal(void *context, int number)
{
    (void)context;
    received[number]++;
    signals_close(&signals);
}

START_TEST(it_may_be_closed_by_what_it_calls)
{
    ck_assert_int_eq(uv_loop_init(&loop), 0);
    ck_assert_int_eq(signals_open(&signals, &loop, close_on_signal, NULL), 0);
    ck_assert_int_eq(signals_watch(SIGTERM), 0);
    ck_assert_int_eq(signals_watch(SIGHUP), 0);
    ck_assert_int_eq(raise(SIGTERM), 0);
    ck_assert_int_eq(raise(SIGHUP), 0);
    ck_assert_int_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
    ck_assert_uint_eq(received[SIGTERM] + received[SIGHUP], 1);
    signals_close(&signals); /* again */
    ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

START_TEST(once_closed_a_watched_signal_does_nothing)
{
    start();
    stop();
    ck_assert_int_eq(raise(SIGTERM), 0);
    ck_assert_uint_eq(num_received, 0);
}
END_TEST

START_TEST(more_signals_than_there_is_room_for_are_refused)
{
    start();
    ck_assert_int_eq(signals_watch(SIGUSR1), 0);
    ck_assert_int_eq(signals_watch(SIGUSR2), 0);
    ck_assert_int_eq(signals_watch(SIGALRM), -ENOSPC);
    stop();
}
END_TEST

START_TEST(a_signal_that_cannot_be_caught_is_refused)
{
    start();
    ck_assert_int_eq(signals_watch(SIGKILL), -EINVAL);
    ck_assert_int_eq(signals_watch(SIGUSR1), 0); /* took no room */
    ck_assert_int_eq(signals_watch(SIGUSR2), 0);
    stop();
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(each_signal_is_received_under_its_number),
        TEST(the_process_that_sent_it_is_known),
        TEST(any_number_of_equal_signals_is_received_once),
        TEST(a_handler_keeps_errno),
        TEST(without_the_socket_pair_every_signal_is_still_received),
        TEST(it_may_be_closed_by_what_it_calls),
        TEST(once_closed_a_watched_signal_does_nothing),
        TEST(more_signals_than_there_is_room_for_are_refused),
        TEST(a_signal_that_cannot_be_caught_is_refused),
        {0},
    };
    return run_tests("signals", tests);
}
