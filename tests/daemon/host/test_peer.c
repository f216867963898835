/* SPDX-License-Identifier: MIT */
/* Who is at the other end. */

#include "daemon/host/peer.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Any user but us and root. */
#define SOMEBODY 4242

START_TEST(our_own_end_is_us)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct peer peer = peer_of(pair[0]);
    ck_assert(peer.is_known);
    ck_assert_uint_eq(peer.uid, geteuid());
    ck_assert_int_eq(peer.pid, getpid());
    ck_assert(peer_is_privileged(&peer));
    close(pair[0]);
    close(pair[1]);
}
END_TEST

START_TEST(what_is_not_a_socket_is_unknown)
{
    int pipe_ends[2];
    ck_assert_int_eq(pipe(pipe_ends), 0);
    const int fds[] = {pipe_ends[0], -1};
    for (size_t i = 0; i < 2; i++) {
        struct peer peer = peer_of(fds[i]);
        ck_assert(!peer.is_known);
        ck_assert(!peer_is_privileged(&peer));
    }
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}
END_TEST

START_TEST(only_root_and_our_own_user_are_privileged)
{
    struct peer root = {.is_known = true, .uid = 0};
    struct peer own = {.is_known = true, .uid = geteuid()};
    struct peer other = {.is_known = true, .uid = geteuid() + SOMEBODY};
    /* Unreadable credentials are zeroed, and zero is root's number. */
    struct peer unknown = {.is_known = false, .uid = 0};
    ck_assert(peer_is_privileged(&root));
    ck_assert(peer_is_privileged(&own));
    ck_assert(!peer_is_privileged(&other));
    ck_assert(!peer_is_privileged(&unknown));
}
END_TEST

/* The peer of a connection that was made by user `uid`, as told by a child
 * that becomes it: 0 unknown, 1 known, 2 known and privileged; plus 4 where the
 * uid told is another. */
static int peer_made_by(uid_t uid)
{
    int up[2];
    ck_assert_int_eq(pipe(up), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        int pair[2];
        char answer = 'x';
        if (setuid(uid) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
            _exit(1);
        struct peer peer = peer_of(pair[0]);
        /* Judged by a daemon that is root: the parent's question. */
        bool is_privileged = peer.is_known && peer.uid == 0;
        answer = (char)('0' + peer.is_known + is_privileged +
                        (peer.is_known && peer.uid != uid ? 4 : 0));
        _exit(write(up[1], &answer, 1) == 1 ? 0 : 1);
    }
    char answer = '?';
    int status;
    close(up[1]);
    ck_assert_int_eq((int)read(up[0], &answer, 1), 1);
    close(up[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return answer - '0';
}

START_TEST(another_user_is_known_and_not_privileged)
{
    if (geteuid() != 0)
        SKIP("only root can become another user");
    ck_assert_int_eq(peer_made_by(SOMEBODY), 1);
    ck_assert_int_eq(peer_made_by(0), 2);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(our_own_end_is_us),
        TEST(what_is_not_a_socket_is_unknown),
        TEST(only_root_and_our_own_user_are_privileged),
        TEST(another_user_is_known_and_not_privileged),
        {0},
    };
    return run_tests("peer", tests);
}
