/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_SUPPORT_INOTIFY_H
#define ENTROPYD_TESTS_SUPPORT_INOTIFY_H

/*
 * Inotify instances of this user. All processes of a user share a limit (128
 * unless it was raised), so those of others can leave a test without one: a
 * desktop, or containers whose root is the same user.
 *
 * A test that needs an instance is then skipped, like one that lacks a right or
 * a program: it would tell of the machine and not of entropyd. The reason names
 * who holds the instances and the command that allows more, and
 * tests/skipped.sh lists it at the end of the run.
 */

#include <stdbool.h>
#include <stddef.h>

/* The exit status of a test program that CTest takes for skipped. */
#define INOTIFY_SKIPPED 77

/* Is an instance left? If not, why says who holds them, as far as /proc tells.
 */
bool inotify_is_left(char *why, size_t size);

/* The same; prints why `name` is skipped. */
bool inotify_is_left_for(const char *name);

#endif
