/* SPDX-License-Identifier: MIT */
/* Users of a foreign user namespace are unknown; Linux only. */

#include "daemon/host/peer.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The kernel's default. */
#define OVERFLOW_UID 65534

START_TEST(the_overflow_uid_is_unknown)
{
    if (geteuid() != 0)
        SKIP("only root can become another user");
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        int pair[2];
        if (setuid(OVERFLOW_UID) < 0 ||
            socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
            _exit(1);
        struct peer peer = peer_of(pair[0]);
        /* Not even for a daemon that runs as this user itself. */
        if (peer.is_known || peer_is_privileged(&peer))
            _exit(2);
        /* Unknown users do not share root's connections. */
        _exit(peer.uid == (uid_t)-1 ? 0 : 3);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_overflow_uid_is_unknown),
        {0},
    };
    return run_tests("overflow_uid", tests);
}
