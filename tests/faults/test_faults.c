/*
 * Every call on the paths of start, collecting, serving and stopping fails
 * once, in turn: the real program, a client that asks for all kinds of things,
 * a stop. Whatever failed, the program ends by itself with a value of its own,
 * answers nothing wrong, and says why where it gave up.
 *
 *     test_faults [--all]   every call, not only the first of each kind
 */

#include "tests/support/program.h"
#include "tests/support/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

/* Calls of one function that are tried in an ordinary run. */
#define CALLS_TRIED 12

/* With --all: a function that is called more often is tried so many times. */
#define CALLS_MAX 600

struct fault {
    const char *call;
    int error;
    bool library_aborts; /* libuv or libsodium abort on it, by design */
};

/*
 * Each of them is called, and a call that is not is a failure of this test.
 * epoll_ctl() is not among them, and epoll waits fail with EINTR only: on
 * anything else libuv aborts, as it does where its own signal pipe or its table
 * of watchers cannot be had or a signal let go, and libsodium without the
 * kernel's generator. All of that is before the daemon serves anybody.
 */
#define FAILS(name, number)                                                    \
    {                                                                          \
        .call = name, .error = number                                          \
    }
#define ABORTS(name, number)                                                   \
    {                                                                          \
        .call = name, .error = number, .library_aborts = true                  \
    }

static const struct fault faults[] = {
    FAILS("malloc", ENOMEM),
    FAILS("calloc", ENOMEM),
    ABORTS("realloc", ENOMEM),
    FAILS("mmap", ENOMEM),
    FAILS("mlock2", EPERM),
    FAILS("madvise", EINVAL),
    FAILS("socket", EMFILE),
    FAILS("socketpair", EMFILE),
    FAILS("bind", EADDRINUSE),
    FAILS("listen", EADDRINUSE),
    FAILS("accept4", ECONNABORTED),
    FAILS("accept4", EMFILE),
    FAILS("getsockopt", ENOTCONN),
    FAILS("setsockopt", EINVAL),
    ABORTS("read", EINTR),
    ABORTS("read", EIO),
    FAILS("write", EINTR),
    FAILS("sendmsg", EINTR),
    FAILS("sendmsg", ENOBUFS),
    FAILS("recvmsg", EINTR),
    FAILS("epoll_create1", EMFILE),
    FAILS("epoll_wait", EINTR),
    FAILS("eventfd", EMFILE),
    ABORTS("pipe2", EMFILE),
    FAILS("timerfd_create", EMFILE),
    FAILS("timerfd_settime", EINVAL),
    FAILS("inotify_init1", EMFILE),
    FAILS("inotify_add_watch", ENOSPC),
    FAILS("memfd_create", EMFILE),
    FAILS("ftruncate", ENOSPC),
    FAILS("flock", EWOULDBLOCK),
    FAILS("mkdir", EROFS),
    FAILS("fchmodat", EPERM),
    FAILS("unlink", EROFS),
    FAILS("unlinkat", EROFS),
    FAILS("getentropy", EIO),
    ABORTS("getrandom", ENOSYS),
    FAILS("setrlimit", EPERM),
    ABORTS("sigaction", EINVAL),
    FAILS("pthread_create", EAGAIN),
    FAILS("pthread_mutex_init", ENOMEM),
    FAILS("pthread_cond_init", ENOMEM),
    FAILS("open", EMFILE),
    FAILS("openat", EMFILE),
    FAILS("fcntl", EINVAL),
    FAILS("ioctl", EINVAL),
};

/* A run of the scenario with one call failing. */
struct life {
    int status;      /* the program's, -1: a signal ended it */
    bool has_struck; /* the call was made, and failed */
};

static bool is_thorough;

static void sleep_ms(long ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

static void arm(const struct fault *f, unsigned nth, const char *struck)
{
    char number[16];
    (void)setenv("ENTROPYD_FAULT_CALL", f->call, 1);
    (void)snprintf(number, sizeof(number), "%u", nth);
    (void)setenv("ENTROPYD_FAULT_NTH", number, 1);
    (void)snprintf(number, sizeof(number), "%d", f->error);
    (void)setenv("ENTROPYD_FAULT_ERROR", number, 1);
    (void)setenv("ENTROPYD_FAULT_STRUCK", struck, 1);
    (void)setenv("LD_PRELOAD", ENTROPYD_FAULT_SHIM, 1);
}

static void disarm(void)
{
    (void)unsetenv("LD_PRELOAD");
    (void)unsetenv("ENTROPYD_FAULT_CALL");
}

static bool has_ended(const struct program *p)
{
    siginfo_t end = {.si_pid = 0};
    return waitid(P_PID, (id_t)p->pid, &end, WEXITED | WNOHANG | WNOWAIT) ==
               0 &&
           end.si_pid == p->pid;
}

/* Connected, or -1 where the daemon has ended or does not listen within ten
 * seconds. */
static int try_connect(const struct program *p)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = 3};
    memcpy(address.sun_path, p->socket, strlen(p->socket) + 1);
    for (int i = 0; i < 5000; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        ck_assert_int_ge(fd, 0);
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
                         sizeof(patience));
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
            return fd;
        close(fd);
        if (has_ended(p))
            return -1;
        sleep_ms(2);
    }
    return -1;
}

static bool is_answer(const char *reply)
{
    return strncmp(reply, "{\"jsonrpc\":\"2.0\",\"id\":", 22) == 0 &&
           reply[strlen(reply) - 1] == '}' &&
           (strstr(reply, "\"result\":{") != NULL ||
            strstr(reply, "\"error\":{") != NULL);
}

/* Asks for this and that. A connection may end; no answer may be wrong. False
 * where nobody answers. */
static bool use(const struct program *p, const struct fault *f, unsigned nth)
{
    static const char *const requests[] = {
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"
        "\"bytes\":32,\"timeout_ms\":1500}}",
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"get\",\"params\":{"
        "\"bytes\":600,\"encoding\":\"base64\",\"timeout_ms\":100}}",
        "{\"jsonrpc\": \"2.0\", \"id\": 3, \"method\": \"status\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"get\",\"params\":{"
        "\"bytes\":32,\"quality\":\"conditioned\",\"timeout_ms\":100}}",
        "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"selftest\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"nope\"}",
    };
    bool is_answered = false;
    int fd = try_connect(p);
    for (size_t i = 0; fd >= 0 && i < sizeof(requests) / sizeof(*requests);
         i++) {
        const char *reply = program_ask(fd, requests[i]);
        if (reply == NULL)
            break;
        ck_assert_msg(is_answer(reply), "%s %u: %s answers %s", f->call, nth,
                      requests[i], reply);
        is_answered = true;
    }
    if (fd >= 0)
        close(fd);
    return is_answered;
}

/* One call failed, once: those who come later are served, unless the program
 * has ended. */
static void assert_serves_on(const struct program *p, const struct fault *f,
                             unsigned nth)
{
    for (int i = 0; i < 2; i++) { /* the first may meet the failing call */
        int fd = try_connect(p);
        const char *reply =
            fd >= 0 ? program_ask(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,"
                                      "\"method\":\"ping\"}")
                    : NULL;
        if (fd >= 0)
            close(fd);
        if (reply != NULL)
            return;
    }
    ck_assert_msg(has_ended(p), "%s %u: it serves nobody any more\n%s", f->call,
                  nth, program_log(p));
}

/* One life of the program. */
static struct life live(const struct fault *f, unsigned nth)
{
    static const char *const small[] = {"--set", "pool.ring_samples=8192",
                                        NULL};
    struct program p;
    char struck[128];
    program_prepare(&p);
    (void)snprintf(struck, sizeof(struck), "%s/struck", p.directory);
    arm(f, nth, struck);
    program_start(&p, ENTROPYD_PROGRAM, small);
    disarm();
    /* One that is giving up ends by itself; before it watches for signals,
     * SIGTERM would end it. */
    if (!use(&p, f, nth))
        sleep_ms(300);
    assert_serves_on(&p, f, nth);
    (void)kill(p.pid, SIGTERM);
    struct life life = {.status = program_wait_end(&p)};
    life.has_struck = access(struck, F_OK) == 0;
    ck_assert_msg(life.status == 0 || program_log(&p)[0] != '\0' ||
                      f->library_aborts,
                  "%s %u: exit %d without a word", f->call, nth, life.status);
    ck_assert_msg(life.status == 0 ||
                      (life.status >= EX__BASE && life.status <= EX__MAX) ||
                      (life.status == -1 && f->library_aborts),
                  "%s %u: exit %d\n%s", f->call, nth, life.status,
                  program_log(&p));
    program_end(&p);
    return life;
}

static void try_all(const struct fault *f)
{
    unsigned most = is_thorough ? CALLS_MAX : (unsigned)scaled(CALLS_TRIED);
    unsigned nth = 1;
    ck_assert_msg(live(f, nth).has_struck, "%s is never called", f->call);
    /* Beyond the first few, wider and wider apart: what is called a thousand
     * times is called in the same place. */
    do
        nth += is_thorough || nth < most / 2 ? 1 : 1 + nth / 2;
    while (nth <= CALLS_MAX && live(f, nth).has_struck);
}

START_TEST(a_failing_call_neither_kills_it_nor_makes_it_lie)
{
    (void)_i;
    try_all(&faults[_i]);
}
END_TEST

int main(int argc, char *argv[])
{
    is_thorough = argc > 1 && strcmp(argv[1], "--all") == 0;
    Suite *suite = suite_create("faults");
    TCase *tcase = tcase_create("faults");
    tcase_set_timeout(tcase, is_thorough ? 3600 : 120);
    tcase_add_loop_test(tcase, a_failing_call_neither_kills_it_nor_makes_it_lie,
                        0, (int)(sizeof(faults) / sizeof(*faults)));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
