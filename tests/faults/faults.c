/* SPDX-License-Identifier: MIT */
#include "tests/faults/faults.h"
#include "tests/support/inotify.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

/*
 * Each of them is called, and a call that is not is a failure of this test.
 * epoll_ctl() is not among them, and epoll waits fail with EINTR only: on
 * anything else libuv aborts, as it does where its own signal pipe or its table
 * of watchers cannot be had or a signal let go, and libsodium without the
 * kernel's generator. All of that is before the daemon serves a client, but for
 * read(): libuv aborts where its own eventfd, by which threads wake its loop,
 * cannot be read (test_lasting_faults.c: ends_by_libuvs_abort()).
 */
#define FAILS(name, number)                                                    \
    {                                                                          \
        .call = name, .error = number                                          \
    }
#define ABORTS(name, number)                                                   \
    {                                                                          \
        .call = name, .error = number, .library_aborts = true                  \
    }

const struct fault faults[] = {
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
    FAILS("send", ENOBUFS),
    FAILS("recv", EIO),
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

const size_t num_faults = sizeof(faults) / sizeof(*faults);

bool fault_can_be_tried(const struct fault *f)
{
    return strcmp(f->call, "inotify_add_watch") != 0 ||
           inotify_is_left_for(f->call);
}

void fault_sleep_ms(long ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

static const char *path_of(const struct program *p, const char *name,
                           char path[128])
{
    (void)snprintf(path, 128, "%s/%s", p->directory, name);
    return path;
}

void fault_arm(const struct fault *f, unsigned nth, const struct program *p,
               bool lasts)
{
    char number[16];
    char path[128];
    (void)setenv("ENTROPYD_FAULT_CALL", f->call, 1);
    (void)snprintf(number, sizeof(number), "%u", nth);
    (void)setenv("ENTROPYD_FAULT_NTH", number, 1);
    (void)snprintf(number, sizeof(number), "%d", f->error);
    (void)setenv("ENTROPYD_FAULT_ERROR", number, 1);
    (void)setenv("ENTROPYD_FAULT_STRUCK", path_of(p, FAULT_STRUCK, path), 1);
    if (lasts)
        (void)setenv("ENTROPYD_FAULT_WHILE", path_of(p, FAULT_LASTING, path),
                     1);
    (void)setenv("TMPDIR", p->directory, 1);
    (void)setenv("LD_PRELOAD", ENTROPYD_FAULT_SHIM, 1);
}

void fault_disarm(void)
{
    (void)unsetenv("LD_PRELOAD");
    (void)unsetenv("TMPDIR");
    (void)unsetenv("ENTROPYD_FAULT_CALL");
    (void)unsetenv("ENTROPYD_FAULT_WHILE");
}

bool fault_has_struck(const struct program *p)
{
    char path[128];
    return access(path_of(p, FAULT_STRUCK, path), F_OK) == 0;
}

void fault_last(const struct program *p, bool on)
{
    char path[128];
    path_of(p, FAULT_LASTING, path);
    if (!on) {
        ck_assert_int_eq(unlink(path), 0);
        return;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

bool fault_has_ended(const struct program *p)
{
    siginfo_t end = {.si_pid = 0};
    return waitid(P_PID, (id_t)p->pid, &end, WEXITED | WNOHANG | WNOWAIT) ==
               0 &&
           end.si_pid == p->pid;
}

int fault_connect(const struct program *p)
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
        if (fault_has_ended(p))
            return -1;
        fault_sleep_ms(2);
    }
    return -1;
}

bool fault_is_reply(const char *reply)
{
    return strncmp(reply, "{\"jsonrpc\":\"2.0\",\"id\":", 22) == 0 &&
           reply[strlen(reply) - 1] == '}' &&
           (strstr(reply, "\"result\":{") != NULL ||
            strstr(reply, "\"error\":{") != NULL);
}

void fault_check_end(const struct fault *f, unsigned nth, int status,
                     const char *log)
{
    ck_assert_msg(status == 0 || log[0] != '\0' || f->library_aborts,
                  "%s %u: exit %d without a word", f->call, nth, status);
    ck_assert_msg(status == 0 || (status >= EX__BASE && status <= EX__MAX) ||
                      (status == -1 && f->library_aborts),
                  "%s %u: exit %d\n%s", f->call, nth, status, log);
}
