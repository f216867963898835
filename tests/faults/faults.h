/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FAULTS_FAULTS_H
#define ENTROPYD_TESTS_FAULTS_FAULTS_H

/* The calls that are made to fail (shim.c), and a program in which they do. */

#include "tests/support/program.h"

#include <stdbool.h>
#include <stddef.h>

struct fault {
    const char *call;
    int error;
    bool library_aborts; /* libuv or libsodium abort on it, by design */
};

extern const struct fault faults[];
extern const size_t num_faults;

/* Files of the shim in the program's directory: one that is made when the first
 * call fails, one during whose existence calls fail. */
#define FAULT_STRUCK  "struck"
#define FAULT_LASTING "lasting"

/*
 * Programs that are started from now on have the fault: the nth call fails. If
 * it lasts all later ones fail too, but calls are counted and fail only while
 * the file FAULT_LASTING exists. What they leave in $TMPDIR is removed by
 * program_end().
 */
void fault_arm(const struct fault *f, unsigned nth, const struct program *p,
               bool lasts);
void fault_disarm(void);

/* Does the daemon come to make this call? Not where another process has taken
 * what a call before it needs; prints the reason. */
bool fault_can_be_tried(const struct fault *f);

void fault_sleep_ms(long ms);

/* Was the call made, and did it fail? */
bool fault_has_struck(const struct program *p);

/* Begins or ends the time in which calls fail. */
void fault_last(const struct program *p, bool on);

/* Has the program ended? It is not waited for. */
bool fault_has_ended(const struct program *p);

/* Connected, with a receive timeout of three seconds, or -1 where the daemon
 * has ended or does not listen within ten seconds. */
int fault_connect(const struct program *p);

/* Is this a whole reply, a result or an error? */
bool fault_is_reply(const char *reply);

/* Fails the test unless the program has ended as it may: with 0 or a status of
 * sysexits.h and a reason, or by a library that aborts. */
void fault_check_end(const struct fault *f, unsigned nth, int status,
                     const char *log);

#endif
