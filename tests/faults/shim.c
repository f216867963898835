/* SPDX-License-Identifier: MIT */
/*
 * A library to be preloaded into the real program: it counts the calls of one
 * function and makes the nth fail, once or from then on. Everything calls
 * through it, libuv, jansson and libsodium included, and nothing is compiled
 * differently.
 *
 *     ENTROPYD_FAULT_CALL   the function's name
 *     ENTROPYD_FAULT_NTH    which call, from 1
 *     ENTROPYD_FAULT_ERROR  errno of the failure
 *     ENTROPYD_FAULT_STRUCK a file that is made when it first fails
 *     ENTROPYD_FAULT_WHILE  if set: it fails from the nth call on, and calls
 *                           are counted and fail only while this file exists
 *     ENTROPYD_FAULT_CONTROL  instead of all these: a file that holds a struct
 *                           fault_control, which may change at any time
 */

#include "tests/faults/control.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *call_name; /* NULL: nothing is armed */
static const char *struck_path;
static const char *while_path; /* NULL: one call fails */
static int call_error;
static atomic_long countdown;
static const struct fault_control *control; /* NULL: there is none */

static void map_control(const char *path)
{
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    long at =
        syscall(SYS_mmap, NULL, sizeof(*control), PROT_READ, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (at > 0)
        /* For life. syscall() returns pointers as numbers.
         * NOLINTNEXTLINE(performance-no-int-to-ptr) */
        control = (const struct fault_control *)at;
}

__attribute__((constructor)) static void arm(void)
{
    const char *nth = getenv("ENTROPYD_FAULT_NTH");
    const char *error = getenv("ENTROPYD_FAULT_ERROR");
    struck_path = getenv("ENTROPYD_FAULT_STRUCK");
    while_path = getenv("ENTROPYD_FAULT_WHILE");
    call_error = error != NULL ? atoi(error) : EIO;
    atomic_store(&countdown, nth != NULL ? atol(nth) : 0);
    call_name = getenv("ENTROPYD_FAULT_CALL");
    if (getenv("ENTROPYD_FAULT_CONTROL") != NULL)
        map_control(getenv("ENTROPYD_FAULT_CONTROL"));
}

/* Does this call fail? Leaves the mark, by system calls alone. */
static int fails(const char *name)
{
    if (control != NULL) {
        int error = atomic_load(&control->error);
        if (error == 0 || strcmp(control->call, name) != 0)
            return 0;
        errno = error;
        call_error = error; /* for calls that return it */
        return 1;
    }
    if (call_name == NULL || strcmp(call_name, name) != 0 ||
        (while_path != NULL &&
         syscall(SYS_faccessat, AT_FDCWD, while_path, F_OK) != 0))
        return 0;
    long left = atomic_fetch_sub(&countdown, 1);
    if (left > 1 || (left < 1 && while_path == NULL))
        return 0;
    errno = call_error;
    if (left < 1)
        return 1;
    long fd = syscall(SYS_openat, AT_FDCWD, struck_path,
                      O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        syscall(SYS_close, fd);
    errno = call_error;
    return 1;
}

/* The function behind ours. */
static void *behind(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

#define WRAP(type, name, failed, parameters, arguments)                        \
    __attribute__((visibility("default"))) type name parameters;               \
    type name parameters                                                       \
    {                                                                          \
        static type(*real) parameters;                                         \
        if (fails(#name))                                                      \
            return failed;                                                     \
        if (real == NULL)                                                      \
            *(void **)&real = behind(#name);                                   \
        return real arguments;                                                 \
    }

WRAP(int, socket, -1, (int a, int b, int c), (a, b, c))
WRAP(int, socketpair, -1, (int a, int b, int c, int d[2]), (a, b, c, d))
WRAP(int, bind, -1, (int a, const struct sockaddr *b, socklen_t c), (a, b, c))
WRAP(int, listen, -1, (int a, int b), (a, b))
WRAP(int, accept4, -1, (int a, struct sockaddr *b, socklen_t *c, int d),
     (a, b, c, d))
WRAP(int, connect, -1, (int a, const struct sockaddr *b, socklen_t c),
     (a, b, c))
WRAP(int, getsockopt, -1, (int a, int b, int c, void *d, socklen_t *e),
     (a, b, c, d, e))
WRAP(int, setsockopt, -1, (int a, int b, int c, const void *d, socklen_t e),
     (a, b, c, d, e))
WRAP(ssize_t, read, -1, (int a, void *b, size_t c), (a, b, c))
WRAP(ssize_t, write, -1, (int a, const void *b, size_t c), (a, b, c))
WRAP(ssize_t, send, -1, (int a, const void *b, size_t c, int d), (a, b, c, d))
WRAP(ssize_t, recv, -1, (int a, void *b, size_t c, int d), (a, b, c, d))
WRAP(ssize_t, sendmsg, -1, (int a, const struct msghdr *b, int c), (a, b, c))
WRAP(ssize_t, recvmsg, -1, (int a, struct msghdr *b, int c), (a, b, c))
WRAP(int, epoll_create1, -1, (int a), (a))
WRAP(int, epoll_wait, -1, (int a, struct epoll_event *b, int c, int d),
     (a, b, c, d))
WRAP(int, eventfd, -1, (unsigned a, int b), (a, b))
WRAP(int, pipe2, -1, (int a[2], int b), (a, b))
WRAP(int, timerfd_create, -1, (int a, int b), (a, b))
WRAP(int, timerfd_settime, -1,
     (int a, int b, const struct itimerspec *c, struct itimerspec *d),
     (a, b, c, d))
WRAP(int, inotify_init1, -1, (int a), (a))
WRAP(int, inotify_add_watch, -1, (int a, const char *b, uint32_t c), (a, b, c))
WRAP(int, memfd_create, -1, (const char *a, unsigned b), (a, b))
WRAP(int, ftruncate, -1, (int a, off_t b), (a, b))
WRAP(int, mlock2, -1, (const void *a, size_t b, unsigned c), (a, b, c))
WRAP(int, madvise, -1, (void *a, size_t b, int c), (a, b, c))
WRAP(void *, mmap, MAP_FAILED,
     (void *a, size_t b, int c, int d, int e, off_t f), (a, b, c, d, e, f))
WRAP(int, flock, -1, (int a, int b), (a, b))
WRAP(int, mkdir, -1, (const char *a, mode_t b), (a, b))
WRAP(int, fchmodat, -1, (int a, const char *b, mode_t c, int d), (a, b, c, d))
WRAP(int, unlink, -1, (const char *a), (a))
WRAP(int, unlinkat, -1, (int a, const char *b, int c), (a, b, c))
WRAP(int, getentropy, -1, (void *a, size_t b), (a, b))
WRAP(ssize_t, getrandom, -1, (void *a, size_t b, unsigned c), (a, b, c))
WRAP(int, setrlimit, -1, (__rlimit_resource_t a, const struct rlimit *b),
     (a, b))
WRAP(int, sigaction, -1,
     (int a, const struct sigaction *b, struct sigaction *c), (a, b, c))
WRAP(int, pthread_create, call_error,
     (pthread_t * a, const pthread_attr_t *b, void *(*c)(void *), void *d),
     (a, b, c, d))
WRAP(int, pthread_mutex_init, call_error,
     (pthread_mutex_t * a, const pthread_mutexattr_t *b), (a, b))
WRAP(int, pthread_cond_init, call_error,
     (pthread_cond_t * a, const pthread_condattr_t *b), (a, b))

/* The optional argument is an int or a pointer: as wide as a long at most. */
#define WRAP_VARIADIC(name, parameters, last, arguments)                       \
    __attribute__((visibility("default"))) int name parameters;                \
    int name parameters                                                        \
    {                                                                          \
        static int(*real) parameters;                                          \
        va_list list;                                                          \
        va_start(list, last);                                                  \
        long rest = va_arg(list, long);                                        \
        va_end(list);                                                          \
        if (fails(#name))                                                      \
            return -1;                                                         \
        if (real == NULL)                                                      \
            *(void **)&real = behind(#name);                                   \
        return real arguments;                                                 \
    }

WRAP_VARIADIC(open, (const char *a, int b, ...), b, (a, b, rest))
WRAP_VARIADIC(openat, (int a, const char *b, int c, ...), c, (a, b, c, rest))
WRAP_VARIADIC(fcntl, (int a, int b, ...), b, (a, b, rest))
WRAP_VARIADIC(ioctl, (int a, unsigned long b, ...), b, (a, b, rest))

/* glibc offers its allocator under these names, which spares us dlsym(), whose
 * own allocation would come back here. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t n);

__attribute__((visibility("default"))) void *malloc(size_t n)
{
    return fails("malloc") ? NULL : __libc_malloc(n);
}

__attribute__((visibility("default"))) void *calloc(size_t n, size_t size)
{
    return fails("calloc") ? NULL : __libc_calloc(n, size);
}

__attribute__((visibility("default"))) void *realloc(void *old, size_t n)
{
    return fails("realloc") ? NULL : __libc_realloc(old, n);
}
