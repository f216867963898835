/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_E2E_ACTIVATOR_H
#define ENTROPYD_TESTS_E2E_ACTIVATOR_H

/*
 * A service manager for tests, as systemd is one: it holds the listening
 * sockets, hands them to the daemon that it starts, hears what the daemon has
 * to say, and keeps the socket when the daemon ends.
 */

#include "tests/support/program.h"

struct activator {
    struct program program; /* its socket is the manager's, not the daemon's */
    int listener;
    int egd_listener; /* -1: none is passed */
    int notify;       /* datagrams to NOTIFY_SOCKET */
    char notify_path[108];
};

/* Makes directory and sockets; clients may connect from now on. */
void activator_open(struct activator *a);

/* A socket of EGD's too, "egd" in the directory of the other one. */
void activator_add_egd(struct activator *a);

/* Starts the daemon at path with arguments, ended by NULL. */
void activator_start(struct activator *a, const char *path,
                     const char *const *arguments);

/* The next message of the daemon's, in memory that the next call reuses; NULL
 * where there is none within ms milliseconds. */
const char *activator_heard(struct activator *a, int ms);

/* Sends the signal and waits for the end; the socket stays. As
 * program_stop(). */
int activator_stop(struct activator *a, int signal_number);

/* Closes the sockets and removes the directory. */
void activator_close(struct activator *a);

#endif
