/* SPDX-License-Identifier: MIT */
/* What the kernel refuses unix_ipc, and a receiver that dies or hangs. */

#include "collectors/ipc/ipc_tunables.h"

#include "base/reason.h"
#include "tests/collectors/ipc/ipc_pair.h"
#include "tests/support/neighbour.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define C (&unix_ipc_collector)
const struct collector *const ipc_pair_collector = C;

/* Calls that fail on demand: this many times from now on, with this error. The
 * receiver makes some of them. */
struct fault {
    atomic_int times;
    int error;
};

static struct fault sendmsg_fault;
static struct fault mmap_fault;
static struct fault create_fault;
static atomic_uint mappings; /* that were not refused */

static void arm(struct fault *fault, int times, int error)
{
    fault->error = error;
    fault->times = times;
}

static bool strikes(struct fault *fault)
{
    return fault->times > 0 && atomic_fetch_sub(&fault->times, 1) > 0;
}

ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (!strikes(&sendmsg_fault))
        return __real_sendmsg(fd, message, flags);
    errno = sendmsg_fault.error;
    return -1;
}

void *__real_mmap(void *at, size_t size, int access, int flags, int fd,
                  off_t from);
void *__wrap_mmap(void *at, size_t size, int access, int flags, int fd,
                  off_t from);
void *__wrap_mmap(void *at, size_t size, int access, int flags, int fd,
                  off_t from)
{
    if (!strikes(&mmap_fault)) {
        mappings += fd >= 0;
        return __real_mmap(at, size, access, flags, fd, from);
    }
    errno = mmap_fault.error;
    return MAP_FAILED;
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *arg), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *arg), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *arg), void *arg)
{
    if (strikes(&create_fault))
        return create_fault.error;
    return __real_pthread_create(thread, attributes, start, arg);
}

static void limit(int resource, rlim_t soft)
{
    struct rlimit now;
    ck_assert_int_eq(getrlimit((__rlimit_resource_t)resource, &now), 0);
    now.rlim_cur = soft;
    ck_assert_int_eq(setrlimit((__rlimit_resource_t)resource, &now), 0);
}

START_TEST(open_without_descriptors_says_so_and_leaves_nothing)
{
    struct resources before = ipc_pair_warm_resources();
    struct rlimit usual;
    getrlimit(RLIMIT_NOFILE, &usual);
    struct tunable_value values[IPC_TUNABLES_COUNT];
    ipc_pair_values(NULL, values);
    /* Room for one descriptor more each time, until all 21 are there. */
    int failed = 0;
    for (rlim_t n = 3;; n++) {
        struct reason why = {.text = ""};
        void *self = values;
        limit(RLIMIT_NOFILE, n);
        int result = C->open(&self, values, &why);
        limit(RLIMIT_NOFILE, usual.rlim_cur);
        if (result == 0) {
            C->close(self);
            break;
        }
        failed++;
        ck_assert_int_eq(result, -EMFILE);
        ck_assert_ptr_null(self);
        ck_assert_ptr_nonnull(strstr(why.text, "cannot make "));
        ipc_pair_holds_no_more_than(before);
    }
    ck_assert_int_ge(failed, 20);
    ipc_pair_holds_no_more_than(before);
}
END_TEST

START_TEST(open_without_memory_says_so)
{
    struct resources before = ipc_pair_warm_resources();
    arm(&mmap_fault, 1, ENOMEM);
    ipc_pair_refuses(-ENOMEM, "cannot make a memfd of 4096 bytes");
    signal(SIGXFSZ, SIG_IGN);
    limit(RLIMIT_FSIZE, 100);
    ipc_pair_refuses(-EFBIG, "cannot make a memfd of 4096 bytes");
    limit(RLIMIT_FSIZE, RLIM_INFINITY);
    ipc_pair_holds_no_more_than(before);
}
END_TEST

START_TEST(open_without_a_thread_says_so)
{
    struct resources before = ipc_pair_warm_resources();
    arm(&create_fault, 1, EAGAIN);
    ipc_pair_refuses(-EAGAIN, "cannot start the receiver");
    ipc_pair_holds_no_more_than(before);
}
END_TEST

static void passes(int error, enum unix_ipc_counter counter)
{
    void *self = ipc_pair_open(NULL);
    ipc_pair_collect(self, 10);
    arm(&sendmsg_fault, 3, error);
    ipc_pair_collect(self, 90);
    ck_assert_uint_eq(ipc_pair_counter(self, (int)counter), 3);
    ck_assert(ipc_pair_reaches(self, UNIX_IPC_RECEIVED, 100));
    ck_assert_uint_eq(ipc_pair_counter(self, UNIX_IPC_RECEIVED), 100);
    C->close(self);
}

START_TEST(a_transient_failure_is_counted_and_is_not_a_sample)
{
    passes(EINTR, UNIX_IPC_INTERRUPTED);
    passes(ENOBUFS, UNIX_IPC_NO_BUFFERS);
    passes(ENOMEM, UNIX_IPC_NO_BUFFERS);
    passes(ETOOMANYREFS, UNIX_IPC_TOO_MANY_REFS);
}
END_TEST

START_TEST(a_permanent_failure_ends_the_source)
{
    void *self = ipc_pair_open(NULL);
    arm(&sendmsg_fault, 1, ECONNREFUSED);
    ipc_pair_ends(self, -ECONNREFUSED, "sendmsg: ");
    ck_assert_uint_eq(ipc_pair_counter(self, UNIX_IPC_OTHER_ERRORS), 1);
    C->close(self);
}
END_TEST

START_TEST(the_memory_of_every_fourth_pair_is_mapped)
{
    void *self = ipc_pair_open(NULL);
    unsigned before = mappings;
    ipc_pair_collect_in_step(self, 160);
    ck_assert_uint_eq(mappings - before, 40);
    C->close(self);
}
END_TEST

START_TEST(a_receiver_short_of_memory_goes_on)
{
    void *self = ipc_pair_open(NULL);
    arm(&mmap_fault, 3, ENOMEM);
    ipc_pair_collect(self, 100);
    ck_assert(ipc_pair_reaches(self, UNIX_IPC_RECEIVED, 97));
    ck_assert_uint_eq(ipc_pair_counter(self, UNIX_IPC_RECEIVER_ERRORS), 3);
    C->close(self);
}
END_TEST

START_TEST(a_receiver_short_of_descriptors_goes_on)
{
    struct resources before = ipc_pair_warm_resources();
    struct rlimit usual;
    getrlimit(RLIMIT_NOFILE, &usual);
    void *self = ipc_pair_open(NULL);
    limit(RLIMIT_NOFILE, 3);
    ipc_pair_collect(self, 100);
    ck_assert(ipc_pair_reaches(self, UNIX_IPC_RECEIVER_ERRORS, 100));
    limit(RLIMIT_NOFILE, usual.rlim_cur);
    ipc_pair_collect(self, 100);
    ck_assert(ipc_pair_reaches(self, UNIX_IPC_RECEIVED, 100));
    C->close(self);
    ipc_pair_holds_no_more_than(before);
}
END_TEST

/* This process's descriptor for the collector's epoll. */
static int find_epoll(void)
{
    DIR *dir = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(dir);
    int found = -1;
    /* Only this thread reads this directory stream. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char target[64] = "";
        if (readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1) >
                0 &&
            strcmp(target, "anon_inode:[eventpoll]") == 0)
            found = (int)strtol(entry->d_name, NULL, 10);
    }
    closedir(dir);
    ck_assert_int_ge(found, 0);
    return found;
}

/* Puts another file behind the collector's epoll descriptor; the receiver
 * meets it at its next wait, after one more message. */
static int replace_epoll(int epoll_fd, int with)
{
    int saved = fcntl(epoll_fd, F_DUPFD_CLOEXEC, 0);
    ck_assert_int_ge(saved, 0);
    ck_assert_int_eq(dup2(with, epoll_fd), epoll_fd);
    close(with);
    return saved;
}

START_TEST(a_dead_receiver_ends_the_source)
{
    void *self = ipc_pair_open(NULL);
    ipc_pair_collect(self, 100);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int saved = replace_epoll(find_epoll(), null);
    ipc_pair_ends(self, -EINVAL, "the receiver ended: epoll_wait");
    struct reason why = {.text = ""};
    ck_assert_int_eq(C->resume(self, &why), -EINVAL);
    uint64_t helper_ns = C->helper_cpu_ns(self);
    ck_assert_uint_ge(C->helper_cpu_ns(self), helper_ns);
    C->close(self);
    close(saved);
}
END_TEST

START_TEST(a_stuck_receiver_does_not_hang_its_caller)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair),
                     0);
    void *self = ipc_pair_open(NULL);
    ipc_pair_collect(self, 100);
    int epoll_fd = find_epoll();
    int saved = replace_epoll(epoll_fd, epoll_create1(EPOLL_CLOEXEC));
    uint64_t ticks[256];
    struct reason why = {.text = ""};
    int got = 1;
    for (int i = 0; i < 100 && got > 0; i++)
        got = C->collect(self, ticks, 256, &why);
    ck_assert_int_eq(got, 0);
    ck_assert_uint_gt(ipc_pair_counter(self, UNIX_IPC_TIMEOUTS), 0);

    /* The receiver waits on the empty one: an event there lets it go on to the
     * real one, and everything works again. */
    struct epoll_event event = {.events = EPOLLIN, .data.fd = pair[0]};
    ck_assert_int_eq(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, pair[0], &event), 0);
    ck_assert_int_eq(dup2(saved, epoll_fd), epoll_fd);
    size_t memory_bytes = 0;
    ck_assert_int_eq(write(pair[1], &memory_bytes, sizeof(memory_bytes)),
                     sizeof(memory_bytes));
    ipc_pair_collect(self, 1000);
    C->close(self);
    close(pair[0]);
    close(pair[1]);
    close(saved);
}
END_TEST

START_TEST(an_ordinary_user_is_not_short_of_references)
{
    if (geteuid() != 0)
        printf("as the user who runs the test\n");
    else
        ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
    static const struct ipc_setting most[] = {{IPC_NUM_PORTS, 64},
                                              {IPC_TUNABLES_COUNT, 0}};
    limit(RLIMIT_NOFILE, 1024);
    void *self = ipc_pair_open(most);
    ipc_pair_collect(self, scaled(20000));
    ck_assert_uint_eq(ipc_pair_counter(self, UNIX_IPC_TOO_MANY_REFS), 0);
    C->close(self);
}
END_TEST

START_TEST(goes_on_when_a_neighbour_gives_its_references_back)
{
    if (!neighbour_become_user(4096))
        SKIP("only root can become another user");
    struct neighbour neighbour;
    neighbour_start(&neighbour, neighbour_holds_references);
    neighbour_hold(&neighbour);
    neighbour_limit_descriptors(1024);
    void *self = ipc_pair_open(NULL);
    uint64_t ticks[16];
    struct reason why = {.text = ""};
    ck_assert_int_eq(C->collect(self, ticks, 16, &why), 0);
    ck_assert_uint_gt(ipc_pair_counter(self, UNIX_IPC_TOO_MANY_REFS), 0);
    ck_assert_uint_eq(ipc_pair_counter(self, UNIX_IPC_RECEIVED), 0);
    neighbour_end(&neighbour);
    ipc_pair_collect(self, 100);
    C->close(self);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(open_without_descriptors_says_so_and_leaves_nothing),
        TEST(open_without_memory_says_so),
        TEST(open_without_a_thread_says_so),
        TEST(a_transient_failure_is_counted_and_is_not_a_sample),
        TEST(a_permanent_failure_ends_the_source),
        TEST(the_memory_of_every_fourth_pair_is_mapped),
        TEST(a_receiver_short_of_memory_goes_on),
        TEST(a_receiver_short_of_descriptors_goes_on),
        TEST(a_dead_receiver_ends_the_source),
        TEST(a_stuck_receiver_does_not_hang_its_caller),
        TEST(an_ordinary_user_is_not_short_of_references),
        TEST(goes_on_when_a_neighbour_gives_its_references_back),
        {0},
    };
    return run_tests("unix_faults", tests);
}
