/* SPDX-License-Identifier: MIT */
/* One armed fault at a time; its fields are atomics because helper threads make
 * the same calls. */

#include "tests/collectors/call_faults.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/event.h>
#include <sys/types.h>
#include <time.h>

/* Sequentially consistent, as tests may be. */
static _Atomic int armed_call = FAULT_CALLS;
static _Atomic int armed_skip;
static _Atomic int armed_error;
static atomic_bool has_struck;
static atomic_bool must_hang;

const char *fault_name(enum fault_call call)
{
    static const char *const names[FAULT_CALLS] = {
        [FAULT_CALLOC] = "calloc",
        [FAULT_SOCKETPAIR] = "socketpair",
        [FAULT_FCNTL] = "fcntl",
        [FAULT_MKDTEMP] = "mkdtemp",
        [FAULT_OPEN] = "open",
        [FAULT_OPENAT] = "openat",
        [FAULT_UNLINKAT] = "unlinkat",
        [FAULT_RMDIR] = "rmdir",
        [FAULT_GETENTROPY] = "getentropy",
        [FAULT_PTHREAD_SIGMASK] = "pthread_sigmask",
        [FAULT_PTHREAD_CREATE] = "pthread_create",
        [FAULT_READ] = "read",
        [FAULT_WRITE] = "write",
        [FAULT_FUTIMENS] = "futimens",
        [FAULT_EPOLL_CREATE1] = "epoll_create1",
        [FAULT_EPOLL_CTL] = "epoll_ctl",
        [FAULT_EPOLL_WAIT] = "epoll_wait",
        [FAULT_TIMERFD_CREATE] = "timerfd_create",
        [FAULT_TIMERFD_SETTIME] = "timerfd_settime",
        [FAULT_INOTIFY_INIT1] = "inotify_init1",
        [FAULT_INOTIFY_ADD_WATCH] = "inotify_add_watch",
        [FAULT_KQUEUE] = "kqueue",
        [FAULT_KEVENT] = "kevent",
    };
    return names[call];
}

void fault_arm(enum fault_call call, unsigned skip, int error)
{
    has_struck = false;
    armed_skip = (int)skip;
    armed_error = error;
    armed_call = (int)call;
}

bool fault_struck(void)
{
    armed_call = FAULT_CALLS;
    return has_struck;
}

void fault_hang_sleepers(bool hang)
{
    must_hang = hang;
}

/* The error that this call is to fail with, or 0. */
static int strike(enum fault_call call)
{
    if (armed_call != (int)call || atomic_fetch_sub(&armed_skip, 1) != 0)
        return 0;
    has_struck = true;
    return armed_error;
}

/* A call that returns `failed` and sets errno. */
#define WRAP_OR(failed, fault, type, name, parameters, arguments)              \
    type __real_##name parameters;                                             \
    type __wrap_##name parameters;                                             \
    type __wrap_##name parameters                                              \
    {                                                                          \
        int error = strike(fault);                                             \
        if (error == 0)                                                        \
            return __real_##name arguments;                                    \
        errno = error;                                                         \
        return failed;                                                         \
    }

#define WRAP(fault, type, name, parameters, arguments)                         \
    WRAP_OR(-1, fault, type, name, parameters, arguments)

/* A call that returns the error. */
#define WRAP_PTHREAD(fault, name, parameters, arguments)                       \
    int __real_##name parameters;                                              \
    int __wrap_##name parameters;                                              \
    int __wrap_##name parameters                                               \
    {                                                                          \
        int error = strike(fault);                                             \
        return error != 0 ? error : __real_##name arguments;                   \
    }

/* A variadic call whose last argument, if there is one, is an int. */
#define WRAP_VARIADIC(fault, name, parameters, last, arguments)                \
    int __real_##name parameters;                                              \
    int __wrap_##name parameters;                                              \
    int __wrap_##name parameters                                               \
    {                                                                          \
        va_list rest;                                                          \
        va_start(rest, last);                                                  \
        int value = va_arg(rest, int);                                         \
        va_end(rest);                                                          \
        int error = strike(fault);                                             \
        if (error == 0)                                                        \
            return __real_##name arguments;                                    \
        errno = error;                                                         \
        return -1;                                                             \
    }

/* clang-format off */
WRAP_OR(NULL, FAULT_CALLOC, void *, calloc, (size_t n, size_t size), (n, size))
WRAP_OR(NULL, FAULT_MKDTEMP, char *, mkdtemp, (char *path), (path))
WRAP_PTHREAD(FAULT_PTHREAD_SIGMASK, pthread_sigmask,
             (int how, const sigset_t *set, sigset_t *old), (how, set, old))
WRAP_PTHREAD(FAULT_PTHREAD_CREATE, pthread_create,
             (pthread_t *thread, const pthread_attr_t *attributes,
              void *(*start)(void *), void *argument),
             (thread, attributes, start, argument))
WRAP_VARIADIC(FAULT_FCNTL, fcntl, (int fd, int command, ...), command,
              (fd, command, value))
WRAP_VARIADIC(FAULT_OPEN, open, (const char *path, int flags, ...), flags,
              (path, flags, value))
WRAP_VARIADIC(FAULT_OPENAT, openat,
              (int directory, const char *path, int flags, ...), flags,
              (directory, path, flags, value))
WRAP(FAULT_SOCKETPAIR, int, socketpair,
     (int domain, int type, int protocol, int pair[2]),
     (domain, type, protocol, pair))
WRAP(FAULT_UNLINKAT, int, unlinkat, (int directory, const char *path, int flag),
     (directory, path, flag))
WRAP(FAULT_RMDIR, int, rmdir, (const char *path), (path))
WRAP(FAULT_GETENTROPY, int, getentropy, (void *out, size_t size), (out, size))
WRAP(FAULT_READ, ssize_t, read, (int fd, void *out, size_t size),
     (fd, out, size))
WRAP(FAULT_WRITE, ssize_t, write, (int fd, const void *in, size_t size),
     (fd, in, size))
WRAP(FAULT_FUTIMENS, int, futimens, (int fd, const struct timespec *times),
     (fd, times))
WRAP(FAULT_EPOLL_CREATE1, int, epoll_create1, (int flags), (flags))
WRAP(FAULT_EPOLL_CTL, int, epoll_ctl,
     (int epoll, int operation, int fd, struct epoll_event *event),
     (epoll, operation, fd, event))
WRAP(FAULT_EPOLL_WAIT, int, epoll_wait,
     (int epoll, struct epoll_event *events, int max, int timeout_ms),
     (epoll, events, max, timeout_ms))
WRAP(FAULT_TIMERFD_CREATE, int, timerfd_create, (int clock, int flags),
     (clock, flags))
WRAP(FAULT_TIMERFD_SETTIME, int, timerfd_settime,
     (int fd, int flags, const struct itimerspec *to, struct itimerspec *from),
     (fd, flags, to, from))
WRAP(FAULT_INOTIFY_INIT1, int, inotify_init1, (int flags), (flags))
WRAP(FAULT_INOTIFY_ADD_WATCH, int, inotify_add_watch,
     (int fd, const char *path, unsigned mask), (fd, path, mask))
WRAP(FAULT_KQUEUE, int, kqueue, (void), ())
WRAP(FAULT_KEVENT, int, kevent,
     (int queue, const struct kevent *changes, int num_changes,
      struct kevent *events, int num_events, const struct timespec *timeout),
     (queue, changes, num_changes, events, num_events, timeout))
/* clang-format on */

int __real_nanosleep(const struct timespec *pause, struct timespec *left);
int __wrap_nanosleep(const struct timespec *pause, struct timespec *left);
int __wrap_nanosleep(const struct timespec *pause, struct timespec *left)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    while (must_hang)
        __real_nanosleep(&moment, NULL);
    return __real_nanosleep(pause, left);
}
