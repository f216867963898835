/* SPDX-License-Identifier: MIT */
#include "tests/e2e/activator.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* SD_LISTEN_FDS_START. */
#define FIRST_FD 3

static int bound_socket(const char *path, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

void activator_open(struct activator *a)
{
    program_prepare(&a->program);
    (void)snprintf(a->notify_path, sizeof(a->notify_path), "%s/notify",
                   a->program.directory);
    a->listener = bound_socket(a->program.socket, SOCK_STREAM);
    ck_assert_int_eq(listen(a->listener, 512), 0);
    a->egd_listener = -1;
    a->notify = bound_socket(a->notify_path, SOCK_DGRAM);
}

void activator_add_egd(struct activator *a)
{
    char path[108];
    (void)snprintf(path, sizeof(path), "%s/egd", a->program.directory);
    a->egd_listener = bound_socket(path, SOCK_STREAM);
    ck_assert_int_eq(listen(a->egd_listener, 512), 0);
}

/* In the child: never comes back. What is set here is the daemon's alone. */
/* NOLINTBEGIN(concurrency-mt-unsafe) */
static void become(const struct activator *a, const char *path,
                   const char *const *arguments)
{
    const char *argv[64] = {path};
    char pid[16];
    for (size_t n = 1; arguments != NULL && *arguments != NULL && n < 63; n++)
        argv[n] = *arguments++;
    int log = open(a->program.log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    (void)dup2(log, STDOUT_FILENO);
    (void)dup2(log, STDERR_FILENO);
    bool has_egd = a->egd_listener >= 0;
    /* Out of the way first: each may be where the other one goes. */
    int listener = fcntl(a->listener, F_DUPFD_CLOEXEC, FIRST_FD + 2);
    int egd =
        has_egd ? fcntl(a->egd_listener, F_DUPFD_CLOEXEC, FIRST_FD + 2) : -1;
    (void)dup2(listener, FIRST_FD);
    if (has_egd)
        (void)dup2(egd, FIRST_FD + 1);
    (void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", has_egd ? "2" : "1", 1);
    setenv("LISTEN_FDNAMES", has_egd ? "Listeners:EGD" : "Listeners", 1);
    setenv("NOTIFY_SOCKET", a->notify_path, 1);
    (void)execv(path, (char *const *)argv);
    _exit(127);
}
/* NOLINTEND(concurrency-mt-unsafe) */

void activator_start(struct activator *a, const char *path,
                     const char *const *arguments)
{
    a->program.pid = fork();
    ck_assert_int_ge(a->program.pid, 0);
    if (a->program.pid == 0)
        become(a, path, arguments);
}

const char *activator_heard(struct activator *a, int ms)
{
    static char message[1024]; /* reused; a test process has one thread */
    struct pollfd entry = {.fd = a->notify, .events = POLLIN};
    if (poll(&entry, 1, ms) < 1)
        return NULL;
    ssize_t n = recv(a->notify, message, sizeof(message) - 1, 0);
    ck_assert_int_gt(n, 0);
    message[n] = '\0';
    return message;
}

int activator_stop(struct activator *a, int signal_number)
{
    return program_stop(&a->program, signal_number);
}

void activator_close(struct activator *a)
{
    close(a->listener);
    if (a->egd_listener >= 0)
        close(a->egd_listener);
    close(a->notify);
    program_end(&a->program);
}
