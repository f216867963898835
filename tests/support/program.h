/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_SUPPORT_PROGRAM_H
#define ENTROPYD_TESTS_SUPPORT_PROGRAM_H

/*
 * Programs of ours, run as a person would run them: a daemon on a socket in a
 * directory of its own, and clients that talk to it or are run to their end.
 * What a daemon logs goes to a file beside its socket.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct program {
    pid_t pid;
    char directory[64]; /* private; removed by program_end() */
    char socket[96];    /* in it */
    char log[96];       /* in it: stdout and stderr of the daemon */
};

/* Makes the directory; nothing runs yet. */
void program_prepare(struct program *p);

/* Starts `path --socket SOCKET` with further arguments, ended by NULL. */
void program_start(struct program *p, const char *path,
                   const char *const *arguments);

/* Waits until the socket takes connections; fails the test, showing the log,
 * after PATIENCE_MS. */
void program_wait(struct program *p);

/* Sends the signal and waits for the end; the exit status, or -1 where a
 * signal ended it. Fails the test after PATIENCE_MS. */
int program_stop(struct program *p, int signal_number);

/* Waits for the end; as program_stop(). */
int program_wait_end(struct program *p);

/* Removes the directory and what is in it; kills what still runs. */
void program_end(struct program *p);

/* The log so far, in memory that the next call reuses. */
const char *program_log(const struct program *p);

/* Its last lines, for a message: check aborts the test program, without saying
 * of which test, where a message is longer than it takes. */
const char *program_log_end(const struct program *p);

/* A blocking connection with a receive time-out of PATIENCE_MS. */
int program_connect(const struct program *p);

/* Sends line and a newline, returns the reply line (reused memory); NULL
 * where the connection was closed. */
const char *program_ask(int fd, const char *line);

/* Runs argv to its end with stdout and stderr into output (terminated; the
 * rest is read and dropped); the exit status, or -1. */
int program_run(const char *const *argv, char *output, size_t size);

#endif
