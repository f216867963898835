/* SPDX-License-Identifier: MIT */
/* Accepting that fails, once or for good: the test's own accept() and clock. */

#include "base/monotonic.h"
#include "daemon/host/peer.h"
#include "daemon/server/acceptor.h"
#include "tests/support/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int accept_error; /* what accept() fails with; 0: it works */
static int broken_error; /* what a broken socket is reported with */
static unsigned max_accepts = UINT_MAX; /* then EMFILE */
static unsigned num_accepts;
static uint64_t clock_ms = 1000;

/* In place of the kernel's. */
int peer_accept(int fd)
{
    num_accepts++;
    if (accept_error != 0)
        return -accept_error;
    if (max_accepts == 0)
        return -EMFILE;
    max_accepts--;
    int peer = accept(fd, NULL, NULL);
    return peer < 0 ? -errno : peer;
}

struct peer peer_of(int fd)
{
    (void)fd;
    return (struct peer){.is_known = false};
}

uint64_t monotonic_now_ms(void)
{
    return clock_ms;
}

struct rig {
    uv_loop_t loop;
    struct acceptor acceptor;
    struct server_counts counts;
    struct sockaddr_un address;
    unsigned accepted, broken, closed;
    int replacement; /* for a broken socket; -1: none */
};

static struct rig rig;

static bool prepare(void *context)
{
    (void)context;
    return true;
}

static void accepted(void *context, int fd)
{
    (void)context;
    rig.accepted++;
    close(fd);
}

static void broken(void *context, int rc)
{
    (void)context;
    ck_assert_int_eq(rc, -broken_error);
    rig.broken++;
    if (rig.replacement >= 0) {
        accept_error = 0;
        ck_assert_int_eq(acceptor_replace(&rig.acceptor, rig.replacement), 0);
        rig.replacement = -1;
    }
}

static void closed(void *context)
{
    (void)context;
    rig.closed++;
}

static int make_listener(const char *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    rig.address = (struct sockaddr_un){.sun_family = AF_UNIX};
    (void)snprintf(rig.address.sun_path, sizeof(rig.address.sun_path),
                   "/tmp/entropyd-acceptor-%ld-%s", (long)getpid(), name);
    (void)unlink(rig.address.sun_path);
    ck_assert_int_eq(
        bind(fd, (struct sockaddr *)&rig.address, sizeof(rig.address)), 0);
    ck_assert_int_eq(listen(fd, 16), 0);
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static void start(void)
{
    static const struct acceptor_user user = {.prepare = prepare,
                                              .accepted = accepted,
                                              .broken = broken,
                                              .closed = closed};
    memset(&rig, 0, sizeof(rig));
    rig.replacement = -1;
    ck_assert_int_eq(uv_loop_init(&rig.loop), 0);
    int fd = make_listener("a");
    ck_assert_int_eq(
        acceptor_start(&rig.acceptor, &rig.loop, &rig.counts, fd, &user), 0);
}

static void stop(void)
{
    acceptor_close(&rig.acceptor);
    ck_assert_int_eq(uv_run(&rig.loop, UV_RUN_DEFAULT), 0);
    ck_assert_uint_eq(rig.closed, 1);
    ck_assert_int_eq(uv_loop_close(&rig.loop), 0);
    (void)unlink(rig.address.sun_path);
}

static int connect_client(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(
        connect(fd, (struct sockaddr *)&rig.address, sizeof(rig.address)), 0);
    return fd;
}

static void run_until_accepts(unsigned count)
{
    while (num_accepts < count)
        (void)uv_run(&rig.loop, UV_RUN_ONCE);
}

static void check_error(int error)
{
    start();
    num_accepts = 0;
    accept_error = error;
    int fd = connect_client();
    uint64_t begin_ns = uv_hrtime();
    run_until_accepts(3);
    /* pauses of 100 and 200 ms, and no attempt in between */
    ck_assert_uint_ge(uv_hrtime() - begin_ns, UINT64_C(299000000));
    ck_assert(rig.counts.accept_failing == 1);
    ck_assert_uint_eq(rig.counts.accept_errors_total, 3);
    accept_error = 0;
    while (rig.accepted == 0)
        (void)uv_run(&rig.loop, UV_RUN_ONCE);
    ck_assert(rig.counts.accept_failing == 0);
    ck_assert_uint_eq(rig.broken, 0);
    close(fd);
    stop();
}

START_TEST(after_any_error_it_pauses_and_then_serves_those_waiting)
{
    static const int errors[] = {EINVAL,  EMFILE,     ENFILE,   ENOMEM,
                                 ENOBUFS, EOPNOTSUPP, ENOTSOCK, EPERM};
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
        check_error(errors[i]);
}
END_TEST

START_TEST(pauses_grow_and_are_bounded)
{
    start();
    num_accepts = 0;
    accept_error = ENFILE;
    int fd = connect_client();
    run_until_accepts(1);
    for (int i = 0; i < 10; i++) {
        clock_ms++;
        ck_assert_uint_le(rig.acceptor.pause_ms, ACCEPTOR_PAUSE_MAX_MS);
        rig.acceptor.timer.timer_cb(&rig.acceptor.timer);
    }
    ck_assert_uint_eq(rig.acceptor.pause_ms, ACCEPTOR_PAUSE_MAX_MS);
    close(fd);
    stop();
}
END_TEST

START_TEST(a_descriptor_that_is_given_back_ends_the_pause)
{
    start();
    num_accepts = 0;
    accept_error = EMFILE;
    int fd = connect_client();
    run_until_accepts(1);
    accept_error = 0;
    acceptor_retry(&rig.acceptor);
    ck_assert_uint_eq(rig.accepted, 1);
    acceptor_retry(&rig.acceptor); /* nothing to retry */
    ck_assert_uint_eq(rig.accepted, 1);
    close(fd);
    stop();
}
END_TEST

/* Each client that leaves lets in one, after which it fails again. */
START_TEST(a_failure_lasts_until_the_queue_is_empty)
{
    start();
    num_accepts = 0;
    accept_error = EMFILE;
    int first = connect_client();
    int second = connect_client();
    run_until_accepts(1);
    accept_error = 0;
    max_accepts = 1;
    acceptor_retry(&rig.acceptor);
    ck_assert_uint_eq(rig.accepted, 1);
    ck_assert(rig.counts.accept_failing == 1);
    max_accepts = 1;
    acceptor_retry(&rig.acceptor);
    ck_assert_uint_eq(rig.accepted, 2);
    ck_assert(rig.counts.accept_failing == 1); /* EMFILE comes before EAGAIN */
    max_accepts = UINT_MAX;
    acceptor_retry(&rig.acceptor);
    ck_assert(rig.counts.accept_failing == 0);
    close(first);
    close(second);
    stop();
}
END_TEST

static void fail_for(uint64_t ms)
{
    clock_ms += ms;
    rig.acceptor.timer.timer_cb(&rig.acceptor.timer);
}

START_TEST(a_socket_that_fails_for_long_is_broken_and_can_be_replaced)
{
    start();
    num_accepts = 0;
    accept_error = broken_error = EINVAL;
    int first = connect_client();
    run_until_accepts(1);
    fail_for(ACCEPTOR_BROKEN_MS - 1);
    ck_assert_uint_eq(rig.broken, 0);
    fail_for(1);
    ck_assert_uint_eq(rig.broken, 1);
    fail_for(ACCEPTOR_BROKEN_MS); /* next after twice as long */
    ck_assert_uint_eq(rig.broken, 1);
    (void)unlink(rig.address.sun_path);
    rig.replacement = make_listener("b");
    int second = connect_client();
    fail_for(ACCEPTOR_BROKEN_MS);
    ck_assert_uint_eq(rig.broken, 2);
    while (rig.accepted == 0)
        (void)uv_run(&rig.loop, UV_RUN_ONCE);
    ck_assert(rig.counts.accept_failing == 0);
    close(first);
    close(second);
    stop();
}
END_TEST

START_TEST(lack_of_descriptors_or_memory_breaks_no_socket)
{
    static const int errors[] = {EMFILE, ENFILE, ENOMEM, ENOBUFS};
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
        start();
        num_accepts = 0;
        accept_error = errors[i];
        int fd = connect_client();
        run_until_accepts(1);
        for (int k = 0; k < 100; k++)
            fail_for(ACCEPTOR_BROKEN_MS);
        ck_assert_uint_eq(rig.broken, 0);
        close(fd);
        stop();
    }
}
END_TEST

/* It is readable for ever, and no client ever comes of it. */
START_TEST(a_socket_that_was_shut_down_fails_and_does_not_spin)
{
    start();
    num_accepts = 0;
    broken_error = EINVAL;
    ck_assert_int_eq(shutdown(rig.acceptor.fd, SHUT_RDWR), 0);
    while (rig.counts.accept_failing == 0)
        (void)uv_run(&rig.loop, UV_RUN_ONCE);
    ck_assert_uint_eq(num_accepts, 1);
    ck_assert(!uv_is_active((uv_handle_t *)rig.acceptor.poll));
    fail_for(1); /* nor after a pause */
    ck_assert_uint_eq(num_accepts, 2);
    ck_assert(!uv_is_active((uv_handle_t *)rig.acceptor.poll));
    ck_assert_uint_eq(rig.counts.accept_errors_total, 2);
    fail_for(ACCEPTOR_BROKEN_MS);
    ck_assert_uint_eq(rig.broken, 1);
    stop();
}
END_TEST

/* A client that was gone before it was accepted is not a failure; endless ones
 * are. */
START_TEST(endless_aborted_connections_do_not_spin)
{
    start();
    num_accepts = 0;
    accept_error = ECONNABORTED;
    int fd = connect_client();
    run_until_accepts(ACCEPTOR_BURST);
    ck_assert(rig.counts.accept_failing == 1);
    ck_assert_uint_eq(rig.counts.accept_errors_total, 1);
    accept_error = 0;
    fail_for(1);
    ck_assert_uint_eq(rig.accepted, 1);
    close(fd);
    stop();
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(after_any_error_it_pauses_and_then_serves_those_waiting),
        TEST(pauses_grow_and_are_bounded),
        TEST(a_descriptor_that_is_given_back_ends_the_pause),
        TEST(a_failure_lasts_until_the_queue_is_empty),
        TEST(a_socket_that_fails_for_long_is_broken_and_can_be_replaced),
        TEST(lack_of_descriptors_or_memory_breaks_no_socket),
        TEST(a_socket_that_was_shut_down_fails_and_does_not_spin),
        TEST(endless_aborted_connections_do_not_spin),
        {0},
    };
    return run_tests("acceptor", tests);
}
