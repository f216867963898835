/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_COLLECTORS_CALL_FAULTS_H
#define ENTROPYD_TESTS_COLLECTORS_CALL_FAULTS_H

/*
 * System and library calls that fail on demand: a program that links with
 * -Wl,--wrap for each of them (tests/collectors/events/CMakeLists.txt) can make
 * the nth call from now fail. Any thread may make the calls; one arms.
 */

#include <stdbool.h>

enum fault_call {
    FAULT_CALLOC,
    FAULT_SOCKETPAIR,
    FAULT_FCNTL,
    FAULT_MKDTEMP,
    FAULT_OPEN,
    FAULT_OPENAT,
    FAULT_UNLINKAT,
    FAULT_RMDIR,
    FAULT_GETENTROPY,
    FAULT_PTHREAD_SIGMASK,
    FAULT_PTHREAD_CREATE,
    FAULT_READ,
    FAULT_WRITE,
    FAULT_FUTIMENS,
    FAULT_EPOLL_CREATE1,
    FAULT_EPOLL_CTL,
    FAULT_EPOLL_WAIT,
    FAULT_TIMERFD_CREATE,
    FAULT_TIMERFD_SETTIME,
    FAULT_INOTIFY_INIT1,
    FAULT_INOTIFY_ADD_WATCH,
    FAULT_KQUEUE,
    FAULT_KEVENT,
    FAULT_CALLS,
};

/* The call's name, for messages. */
const char *fault_name(enum fault_call call);

/* Makes one call fail with `error`, after `skip` that succeed. */
void fault_arm(enum fault_call call, unsigned skip, int error);

/* Disarms; true if the fault has struck. */
bool fault_struck(void);

/* While true, nanosleep() does not return: a thread that hangs. */
void fault_hang_sleepers(bool hang);

#endif
