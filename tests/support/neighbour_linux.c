/* SPDX-License-Identifier: MIT */
#include "tests/support/neighbour.h"

#include "tests/support/run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* No user has this number or more, and each process that becomes a user becomes
 * another. */
#define FIRST_USER 2000000000u

void neighbour_limit_descriptors(unsigned descriptors)
{
    const struct rlimit most = {descriptors, descriptors};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &most), 0);
}

bool neighbour_become_user(unsigned descriptors)
{
    const uid_t user = FIRST_USER + (uid_t)getpid();
    /* A container may map fewer. */
    if (geteuid() != 0 || setregid(user, user) != 0)
        return false;
    neighbour_limit_descriptors(descriptors);
    ck_assert_int_eq(setreuid(user, user), 0);
    /* There is no other thread yet. NOLINTBEGIN(concurrency-mt-unsafe) */
    ck_assert_int_eq(setenv("TMPDIR", "/tmp", 1), 0);
    ck_assert_int_eq(unsetenv("HOME"), 0);
    ck_assert_int_eq(unsetenv("XDG_CONFIG_HOME"), 0);
    /* NOLINTEND(concurrency-mt-unsafe) */
    return true;
}

/* The neighbour's own life; it never comes back. */
static void live(int from, int to, void (*hold)(void))
{
    char byte;
    if (read(from, &byte, 1) == 1) {
        hold();
        if (write(to, &byte, 1) == 1)
            (void)!read(from, &byte, 1);
    }
    _exit(0);
}

void neighbour_start(struct neighbour *n, void (*hold)(void))
{
    int down[2];
    int up[2];
    ck_assert_int_eq(pipe(down), 0);
    ck_assert_int_eq(pipe(up), 0);
    n->pid = fork();
    ck_assert_int_ge(n->pid, 0);
    if (n->pid == 0) {
        close(down[1]);
        close(up[0]);
        live(down[0], up[1], hold);
    }
    close(down[0]);
    close(up[1]);
    n->to = down[1];
    n->from = up[0];
    /* Programs that are started meanwhile must not keep it alive. */
    ck_assert_int_eq(fcntl(n->to, F_SETFD, FD_CLOEXEC), 0);
    ck_assert_int_eq(fcntl(n->from, F_SETFD, FD_CLOEXEC), 0);
}

void neighbour_hold(struct neighbour *n)
{
    char byte = 0;
    ck_assert_int_eq(write(n->to, &byte, 1), 1);
    ck_assert_int_eq(read(n->from, &byte, 1), 1);
}

void neighbour_end(struct neighbour *n)
{
    close(n->to);
    ck_assert_int_eq(waitpid(n->pid, NULL, 0), n->pid);
    close(n->from);
}

void neighbour_holds_inotify(void)
{
    while (inotify_init1(IN_CLOEXEC) >= 0)
        ;
}

void neighbour_holds_references(void)
{
    enum { MESSAGES = 5, DESCRIPTORS = 253 /* SCM_MAX_FD */ };
    int pair[2];
    int fds[DESCRIPTORS];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    for (int i = 0; i < DESCRIPTORS; i++)
        fds[i] = pair[0];
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(fds))] = {0};
    char byte = 0;
    struct iovec iov = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &iov,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof(control),
    };
    struct cmsghdr *part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(fds));
    memcpy(CMSG_DATA(part), fds, sizeof(fds));
    for (int i = 0; i < MESSAGES; i++)
        ck_assert_int_eq(sendmsg(pair[1], &message, 0), 1);
}
