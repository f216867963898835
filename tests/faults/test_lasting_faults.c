/* SPDX-License-Identifier: MIT */
/*
 * Calls that fail from now on, for good: the real program, with one kind of
 * call failing from the start, or from the moment in which a client is
 * connected and the sources are idle. Whatever fails, processor time and log
 * stay bounded, no answer is wrong, and SIGTERM ends it.
 *
 * EINTR is left out: libuv and others try again at once, as they should, and no
 * kernel interrupts a call for ever.
 *
 * Times are those that the daemon needs by itself: what its main thread waited
 * for a processor does not count, nor what any thread of it waits in the kernel
 * in a way that cannot be interrupted, so that neighbours cannot fail a test.
 * (Closing an inotify descriptor waits for each user of inotify that is in the
 * kernel to leave it, which takes seconds where one has a low priority.) Nor
 * can they hide a fault: a loop without an end runs, and one that sleeps too
 * long does neither. A stop that waited for server.shutdown_ms would take a
 * minute here.
 */

#include "base/monotonic.h"
#include "tests/faults/faults.h"
#include "tests/support/patience.h"
#include "tests/support/run.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Programs that run side by side; most of the time they wait. */
#define GROUP 8

/* Processor time of a second in which a call fails, in milliseconds. A loop
 * without an end takes all of it, unless its neighbours leave it too little:
 * it is one of GROUP on at least two processors. */
#define CPU_MAX_MS 100

/* The same where accepting fails, for 10 seconds: 5 %. */
#define ACCEPT_MS         10000
#define ACCEPT_CPU_MAX_MS 500

/* How long SIGTERM may take. Nothing of ours waits longer than a second, and
 * nothing at all where only accepting fails; but the threads that are joined
 * wait for a processor, too, and that is not subtracted: beside a load of 30 it
 * came to a second. */
#define STOP_MS 5000

#define LOG_MAX 16384

#define STATUS "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"status\"}"
#define PING   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"
#define GET                                                                    \
    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"get\",\"params\":{"            \
    "\"bytes\":32,\"timeout_ms\":100}}"

struct run {
    const struct fault *fault;
    struct program program;
    int fd; /* the client; -1: none */
    double cpu_ms;
};

static void prepare(struct run *r, const struct fault *f)
{
    *r = (struct run){.fault = f, .fd = -1};
    program_prepare(&r->program);
    fault_arm(f, 1, &r->program, true);
}

static void launch(struct run *r)
{
    static const char *const settings[] = {"--set", "pool.ring_samples=8192",
                                           "--set", "server.shutdown_ms=60000",
                                           NULL};
    program_start(&r->program, ENTROPYD_PROGRAM, settings);
    fault_disarm();
}

static double cpu_ms(const struct run *r)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(r->program.pid, &clock) != 0 ||
        clock_gettime(clock, &t) != 0)
        return 0; /* it has ended */
    return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

/* A reply, if there is one, is right. */
static bool ask(const struct run *r, const char *line)
{
    const char *reply = r->fd >= 0 ? program_ask(r->fd, line) : NULL;
    ck_assert_msg(reply == NULL || fault_is_reply(reply),
                  "%s: %s answers %.1000s", r->fault->call, line, reply);
    return reply != NULL;
}

/* Until both sources have filled their rings and wait. */
static void await_idle(const struct run *r)
{
    for (int i = 0; i < PATIENCE_MS / 10; i++) {
        const char *reply = program_ask(r->fd, STATUS);
        const char *first =
            reply != NULL ? strstr(reply, "\"parked\":true") : NULL;
        if (first != NULL && strstr(first + 1, "\"parked\":true") != NULL)
            return;
        fault_sleep_ms(10);
    }
    ck_abort_msg("the rings are not full:\n%s", program_log_end(&r->program));
}

/* How long the main thread has waited for a processor so far. Of one that has
 * ended as well, until it is waited for. */
static uint64_t queued_ms(const struct run *r)
{
    char path[64];
    uint64_t queued_ns = 0;
    (void)snprintf(path, sizeof(path), "/proc/%ld/schedstat",
                   (long)r->program.pid);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%*u %" SCNu64, &queued_ns), 1);
    (void)fclose(file);
    return queued_ns / 1000000;
}

/* Is a thread of it in the kernel, in a wait that no signal ends? */
static bool is_in_kernel(const struct run *r)
{
    char path[64];
    char stat[512];
    bool found = false;
    (void)snprintf(path, sizeof(path), "/proc/%ld/task", (long)r->program.pid);
    DIR *tasks = opendir(path);
    const struct dirent *task;
    /* Tests have one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    while (tasks != NULL && !found && (task = readdir(tasks)) != NULL) {
        (void)snprintf(path, sizeof(path), "/proc/%ld/task/%.20s/stat",
                       (long)r->program.pid, task->d_name);
        FILE *file = fopen(path, "re");
        if (file == NULL) /* "." and "..", or it has ended */
            continue;
        if (fgets(stat, sizeof(stat), file) != NULL) {
            const char *name_end = strrchr(stat, ')');
            found =
                name_end != NULL && name_end[1] == ' ' && name_end[2] == 'D';
        }
        (void)fclose(file);
    }
    if (tasks != NULL)
        (void)closedir(tasks);
    return found;
}

/* Waits until it has ended, and returns for how long a thread of it was in the
 * kernel meanwhile. */
static uint64_t await_end(const struct run *r)
{
    uint64_t in_kernel_ms = 0;
    uint64_t begin = monotonic_now_ms();
    uint64_t before = begin;
    while (!fault_has_ended(&r->program) && before - begin < PATIENCE_MS) {
        bool is_ours = !is_in_kernel(r);
        fault_sleep_ms(1);
        uint64_t now = monotonic_now_ms();
        in_kernel_ms += is_ours ? 0 : now - before;
        before = now;
    }
    return in_kernel_ms;
}

/* Ends it by SIGTERM. must_fail: the call must have been made. */
static void end(struct run *r, bool must_fail)
{
    struct stat st;
    /* A worker may not have come to it yet; and what only a stop does comes
     * later. */
    for (int i = 0; must_fail && i < 500 && !fault_has_struck(&r->program) &&
                    !fault_has_ended(&r->program);
         i++)
        fault_sleep_ms(10);
    if (r->fd >= 0)
        close(r->fd);
    uint64_t queued = queued_ms(r);
    uint64_t begin = monotonic_now_ms();
    (void)kill(r->program.pid, SIGTERM);
    uint64_t in_kernel = await_end(r);
    uint64_t took = monotonic_now_ms() - begin;
    queued = queued_ms(r) - queued;
    int status = program_wait_end(&r->program);
    /* The kernel adds a wait when it ends: it may have begun before. */
    ck_assert_msg(took <= STOP_MS + queued + in_kernel,
                  "%s (%s): it took %" PRIu64 " ms to stop, %" PRIu64
                  " of them without a processor and %" PRIu64
                  " in the kernel\n%s",
                  r->fault->call, strerror(r->fault->error), took, queued,
                  in_kernel, program_log_end(&r->program));
    fault_check_end(r->fault, 1, status, program_log_end(&r->program));
    ck_assert_int_eq(stat(r->program.log, &st), 0);
    ck_assert_msg(!must_fail || fault_has_struck(&r->program),
                  "%s is never called", r->fault->call);
    ck_assert_msg(st.st_size <= LOG_MAX, "%s: %ld bytes of log\n%s",
                  r->fault->call, (long)st.st_size,
                  program_log_end(&r->program));
    program_end(&r->program);
}

static void check_cpu(const struct run *r, double most_ms)
{
    ck_assert_msg(r->cpu_ms <= most_ms,
                  "%s (%s): %.0f ms of processor time\n%s", r->fault->call,
                  strerror(r->fault->error), r->cpu_ms,
                  program_log_end(&r->program));
}

/* Starts measuring, and has measured. */
static void measure(struct run *r)
{
    r->cpu_ms = cpu_ms(r) - r->cpu_ms;
}

static bool can_last(const struct fault *f)
{
    return f->error != EINTR;
}

/* The group's faults; how many. */
static size_t take_group(const struct fault **group, int index)
{
    size_t count = 0;
    size_t lasting = 0;
    for (size_t i = 0; i < num_faults; i++) {
        if (!can_last(&faults[i]))
            continue;
        if (lasting++ / GROUP == (size_t)index)
            group[count++] = &faults[i];
    }
    return count;
}

START_TEST(a_call_that_fails_from_the_start_costs_nothing)
{
    const struct fault *group[GROUP];
    struct run runs[GROUP];
    size_t count = take_group(group, _i);
    for (size_t i = 0; i < count; i++) {
        prepare(&runs[i], group[i]);
        fault_last(&runs[i].program, true);
        launch(&runs[i]);
    }
    fault_sleep_ms(1000); /* it may be collecting at first */
    for (size_t i = 0; i < count; i++)
        measure(&runs[i]);
    fault_sleep_ms(1000);
    for (size_t i = 0; i < count; i++)
        measure(&runs[i]);
    for (size_t i = 0; i < count; i++) {
        /* 20 % of a processor for each source is not a busy loop. */
        check_cpu(&runs[i], 5 * CPU_MAX_MS);
        if (!fault_has_ended(&runs[i].program)) {
            runs[i].fd = fault_connect(&runs[i].program);
            (void)ask(&runs[i], PING);
        }
        end(&runs[i], fault_can_be_tried(group[i]));
    }
}
END_TEST

/* How long a reply is waited for. */
static void set_patience(int fd, time_t seconds)
{
    const struct timeval patience = {.tv_sec = seconds};
    ck_assert_int_eq(
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)),
        0);
}

/* A client whose replies are due, however busy the machine is. */
static int connect_patiently(const struct run *r)
{
    int fd = fault_connect(&r->program);
    ck_assert_msg(fd >= 0, "%s", program_log_end(&r->program));
    set_patience(fd, PATIENCE_MS / 1000);
    return fd;
}

START_TEST(a_call_that_fails_from_now_on_costs_nothing)
{
    const struct fault *group[GROUP];
    struct run runs[GROUP];
    size_t count = take_group(group, _i);
    for (size_t i = 0; i < count; i++) {
        prepare(&runs[i], group[i]);
        launch(&runs[i]);
        runs[i].fd = connect_patiently(&runs[i]);
        ck_assert(ask(&runs[i], PING));
    }
    for (size_t i = 0; i < count; i++) {
        await_idle(&runs[i]);
        /* From here on a failing call may cost a reply. */
        set_patience(runs[i].fd, 3);
        fault_last(&runs[i].program, true);
        measure(&runs[i]);
        (void)ask(&runs[i], GET);
        (void)ask(&runs[i], "{\"jsonrpc\":\"2.0\",\"id\":5,"
                            "\"method\":\"selftest\"}");
        (void)ask(&runs[i], PING);
        int other = fault_connect(&runs[i].program); /* and is not waited for */
        if (other >= 0)
            close(other);
    }
    fault_sleep_ms(1000);
    for (size_t i = 0; i < count; i++) {
        measure(&runs[i]);
        check_cpu(&runs[i], 5 * CPU_MAX_MS);
        end(&runs[i], false);
    }
}
END_TEST

/* Asks for the status until it has `wanted` after `after`. */
static void await_status(const struct run *r, const char *after,
                         const char *wanted)
{
    for (int i = 0; i < PATIENCE_MS / 10; i++) {
        const char *reply = program_ask(r->fd, STATUS);
        const char *found = reply != NULL ? strstr(reply, after) : NULL;
        if (found != NULL && strstr(found, wanted) != NULL)
            return;
        fault_sleep_ms(10);
    }
    ck_abort_msg("%s: no %s:\n%s", r->fault->call, wanted,
                 program_log_end(&r->program));
}

/* Calls that the probe of one source makes before any other. */
static const struct shortage {
    struct fault fault;
    const char *source;
} shortages[] = {
    {{.call = "memfd_create", .error = EMFILE}, "unix_ipc"},
    {{.call = "memfd_create", .error = ENOMEM}, "unix_ipc"},
    {{.call = "timerfd_create", .error = EMFILE}, "epoll_events"},
    {{.call = "timerfd_create", .error = ENOMEM}, "epoll_events"},
};

START_TEST(a_shortage_at_the_start_that_passes_costs_no_source)
{
    const size_t count = sizeof(shortages) / sizeof(*shortages);
    struct run runs[sizeof(shortages) / sizeof(*shortages)];
    char name[sizeof(shortages) / sizeof(*shortages)][40];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(name[i], sizeof(name[i]), "\"name\":\"%s\"",
                       shortages[i].source);
        prepare(&runs[i], &shortages[i].fault);
        fault_last(&runs[i].program, true);
        launch(&runs[i]);
        runs[i].fd = connect_patiently(&runs[i]);
    }
    for (size_t i = 0; i < count; i++)
        await_status(&runs[i], name[i], "\"state\":\"stalled\"");
    for (size_t i = 0; i < count; i++)
        fault_last(&runs[i].program, false);
    for (size_t i = 0; i < count; i++) {
        await_status(&runs[i], "", "\"health\":\"ok\"");
        end(&runs[i], true);
    }
}
END_TEST

static const struct fault accept_faults[] = {
    {.call = "accept4", .error = EINVAL},
    {.call = "accept4", .error = EMFILE},
    {.call = "accept4", .error = ENFILE},
    {.call = "accept4", .error = ENOMEM},
    {.call = "accept4", .error = ENOBUFS},
    {.call = "accept4", .error = EOPNOTSUPP},
    {.call = "accept4", .error = ENOTSOCK},
    {.call = "accept4", .error = ECONNABORTED},
};

#define ACCEPT_FAULTS (sizeof(accept_faults) / sizeof(*accept_faults))

/* Makes accepting fail, with a client who waits for it. */
static int fail_to_accept(const struct run *r)
{
    fault_last(&r->program, true);
    int waiting = connect_patiently(r);
    await_status(r, "", "\"accepting\":false");
    return waiting;
}

/* The client who is connected is served as ever, and the log has one line. */
static void check_disturbs_none(const struct run *r)
{
    check_cpu(r, ACCEPT_CPU_MAX_MS);
    ck_assert(ask(r, PING));
    ck_assert(ask(r, GET));
    const char *log = program_log(&r->program);
    const char *line = strstr(log, "accept-failed");
    ck_assert_msg(line != NULL && strstr(line + 1, "accept-failed") == NULL,
                  "not one line: %s", log);
}

static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOMEM ||
           error == ENOBUFS;
}

/* A socket that fails for this long is made again, unless something is short,
 * for which it is not to blame. */
static void check_replaces_socket(const struct run *r)
{
    const char *log = program_log(&r->program);
    if (is_shortage(r->fault->error)) {
        ck_assert_msg(strstr(log, "listener-replaced") == NULL, "%s", log);
        return;
    }
    for (int i = 0; i < PATIENCE_MS / 10; i++) {
        if (strstr(program_log(&r->program), "listener-replaced") != NULL)
            return;
        fault_sleep_ms(10);
    }
    ck_abort_msg("%s: the socket is not replaced:\n%s",
                 strerror(r->fault->error), program_log_end(&r->program));
}

/* The fault is over. */
static void check_serves_new(const struct run *r, int waiting)
{
    close(waiting); /* a socket that was replaced has lost it */
    await_status(r, "", "\"accepting\":true");
    int fd = connect_patiently(r);
    const char *reply = program_ask(fd, PING);
    ck_assert_msg(reply != NULL && fault_is_reply(reply), "%s\n%s",
                  strerror(r->fault->error), program_log_end(&r->program));
    close(fd);
    ck_assert_ptr_nonnull(strstr(program_log(&r->program), "accept-resumed"));
}

START_TEST(a_permanent_failure_to_accept_disturbs_no_client)
{
    struct run runs[ACCEPT_FAULTS];
    int waiting[ACCEPT_FAULTS];
    for (size_t i = 0; i < ACCEPT_FAULTS; i++) {
        prepare(&runs[i], &accept_faults[i]);
        launch(&runs[i]);
        runs[i].fd = connect_patiently(&runs[i]);
        ck_assert(ask(&runs[i], PING));
    }
    for (size_t i = 0; i < ACCEPT_FAULTS; i++)
        await_idle(&runs[i]);
    for (size_t i = 0; i < ACCEPT_FAULTS; i++) {
        waiting[i] = fail_to_accept(&runs[i]);
        measure(&runs[i]);
    }
    fault_sleep_ms(ACCEPT_MS);
    for (size_t i = 0; i < ACCEPT_FAULTS; i++) {
        measure(&runs[i]);
        check_disturbs_none(&runs[i]);
    }
    for (size_t i = 0; i < ACCEPT_FAULTS; i++) {
        check_replaces_socket(&runs[i]);
        fault_last(&runs[i].program, false);
    }
    for (size_t i = 0; i < ACCEPT_FAULTS; i++)
        check_serves_new(&runs[i], waiting[i]);
    /* It is stopped while accepting fails. */
    for (size_t i = 0; i < ACCEPT_FAULTS; i++) {
        waiting[i] = fail_to_accept(&runs[i]);
        end(&runs[i], false);
        close(waiting[i]);
    }
}
END_TEST

#define CONDITIONED                                                            \
    "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"get\",\"params\":{"            \
    "\"bytes\":4096,\"quality\":\"conditioned\",\"timeout_ms\":60000}}\n"

/* Makes the sources wake the loop for as long as the test lasts: each request
 * takes ten rings. */
static void make_busy(const struct run *r, int fds[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fds[i] = connect_patiently(r);
        ck_assert_int_eq(send(fds[i], CONDITIONED, strlen(CONDITIONED), 0),
                         strlen(CONDITIONED));
    }
    /* Not all: the first may have been answered already. */
    for (size_t i = 0; i < PATIENCE_MS / 10; i++) {
        const char *reply = program_ask(r->fd, STATUS);
        ck_assert_ptr_nonnull(reply);
        if (strstr(reply, "\"waiting\":0") == NULL)
            return;
        fault_sleep_ms(10);
    }
    ck_abort_msg("no request waits:\n%s", program_log_end(&r->program));
}

static void await_abort(const struct run *r)
{
    siginfo_t how = {.si_pid = 0};
    for (int i = 0; i < PATIENCE_MS / 10 && !fault_has_ended(&r->program); i++)
        fault_sleep_ms(10);
    ck_assert_int_eq(
        waitid(P_PID, (id_t)r->program.pid, &how, WEXITED | WNOHANG | WNOWAIT),
        0);
    ck_assert_msg(how.si_code == CLD_KILLED && how.si_status == SIGABRT,
                  "code %d, status %d\n%s", how.si_code, how.si_status,
                  program_log_end(&r->program));
}

/* uv__async_io() calls abort() where the eventfd, by which threads wake the
 * loop, cannot be read. Nothing here could go on without it; the service
 * manager starts another one, which replaces the socket. There is no core. */
static void ends_by_libuvs_abort(int error)
{
    const struct fault fault = {.call = "read", .error = error};
    struct run r;
    int fds[8];
    prepare(&r, &fault);
    launch(&r);
    r.fd = connect_patiently(&r);
    make_busy(&r, fds, sizeof(fds) / sizeof(*fds));
    fault_last(&r.program, true);
    await_abort(&r);
    ck_assert_int_eq(program_wait_end(&r.program), -1);
    ck_assert_ptr_null(strstr(program_log(&r.program), "stopped"));
    for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
        close(fds[i]);
    close(r.fd);
    launch(&r); /* without the fault */
    r.fd = connect_patiently(&r);
    ck_assert(ask(&r, GET));
    end(&r, false);
}

START_TEST(where_libuv_cannot_read_its_eventfd_it_aborts_and_a_restart_serves)
{
    static const int errors[] = {EINVAL, EIO, EBADF};
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
        ends_by_libuvs_abort(errors[i]);
}
END_TEST

START_TEST(a_socket_that_cannot_be_removed_is_logged_and_replaced_later)
{
    const struct fault fault = {.call = "unlink", .error = EROFS};
    struct run r;
    prepare(&r, &fault);
    launch(&r);
    r.fd = connect_patiently(&r);
    ck_assert(ask(&r, PING));
    close(r.fd);
    fault_last(&r.program, true);
    ck_assert_int_eq(program_stop(&r.program, SIGTERM), 0);
    ck_assert_int_eq(access(r.program.socket, F_OK), 0);
    ck_assert_ptr_nonnull(strstr(program_log(&r.program), "socket-left"));
    launch(&r); /* without the fault */
    r.fd = connect_patiently(&r);
    ck_assert(ask(&r, PING));
    end(&r, false);
}
END_TEST

/* The log's reason for memory that is not locked, where mlock2() fails. */
static void check_says_why_not_locked(int error, const char *reason)
{
    const struct fault fault = {.call = "mlock2", .error = error};
    struct run r;
    prepare(&r, &fault);
    fault_last(&r.program, true);
    launch(&r);
    r.fd = connect_patiently(&r);
    await_status(&r, "", "\"memory_locked\":false");
    const char *log = program_log(&r.program);
    const char *line = strstr(log, "memory-not-locked");
    ck_assert_msg(line != NULL && strstr(line, reason) != NULL, "no %s: %s",
                  reason, log);
    end(&r, true);
}

START_TEST(memory_that_is_not_locked_has_the_true_reason)
{
    static const struct rlimit limit = {1 << 15, 1 << 15};
    ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
    check_says_why_not_locked(
        EPERM, "reason=\"locking memory: Operation not permitted\"");
    check_says_why_not_locked(
        ENOMEM, "reason=\"the limit of locked memory (RLIMIT_MEMLOCK) is too "
                "low: 32768 bytes\"");
}
END_TEST

int main(void)
{
    size_t lasting = 0;
    for (size_t i = 0; i < num_faults; i++)
        lasting += can_last(&faults[i]);
    int groups = (int)((lasting + GROUP - 1) / GROUP);
    Suite *suite = suite_create("lasting_faults");
    TCase *tcase = tcase_create("lasting_faults");
    tcase_set_timeout(tcase, 900);
    tcase_add_test(tcase, a_shortage_at_the_start_that_passes_costs_no_source);
    tcase_add_test(tcase, a_permanent_failure_to_accept_disturbs_no_client);
    tcase_add_test(
        tcase, a_socket_that_cannot_be_removed_is_logged_and_replaced_later);
    tcase_add_test(tcase, memory_that_is_not_locked_has_the_true_reason);
    tcase_add_test(
        tcase,
        where_libuv_cannot_read_its_eventfd_it_aborts_and_a_restart_serves);
    tcase_add_loop_test(tcase, a_call_that_fails_from_the_start_costs_nothing,
                        0, groups);
    tcase_add_loop_test(tcase, a_call_that_fails_from_now_on_costs_nothing, 0,
                        groups);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
