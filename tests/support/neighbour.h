/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_SUPPORT_NEIGHBOUR_H
#define ENTROPYD_TESTS_SUPPORT_NEIGHBOUR_H

/* Another process of an ordinary user that uses up one of that user's limits.
 */

#include <stdbool.h>
#include <sys/types.h>

struct neighbour {
    pid_t pid;
    int to;   /* a byte: hold; closed: end */
    int from; /* a byte: it holds */
};

/* Makes this process that of an ordinary user who has no other processes and no
 * home, whose temporary files go to /tmp, and who may have `descriptors`
 * descriptors. False, without a change, where this process may not. */
bool neighbour_become_user(unsigned descriptors);

/* Starts a neighbour, who holds nothing yet. */
void neighbour_start(struct neighbour *n, void (*hold)(void));

/* Makes it call hold(); returns when that has returned. */
void neighbour_hold(struct neighbour *n);

/* To hold: every inotify instance that the user may have, unless descriptors
 * end first; 1,265 descriptors in flight. */
void neighbour_holds_inotify(void);
void neighbour_holds_references(void);

/* Ends it: what it held is free again. */
void neighbour_end(struct neighbour *n);

/* The calling process's own limit of descriptors. */
void neighbour_limit_descriptors(unsigned descriptors);

#endif
