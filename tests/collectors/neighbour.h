#ifndef ENTROPYD_TESTS_COLLECTORS_NEIGHBOUR_H
#define ENTROPYD_TESTS_COLLECTORS_NEIGHBOUR_H

/* Another process of an ordinary user that uses up one of that user's limits.
 */

#include <stdbool.h>
#include <sys/types.h>

struct neighbour {
    pid_t pid;
    int release; /* closed: it ends */
};

/* Makes this process that of an ordinary user who has no other processes, whose
 * temporary files go to /tmp and who may have `descriptors` descriptors. False,
 * without a change, where that takes root's rights. */
bool neighbour_become_user(unsigned descriptors);

/* Starts a neighbour, which calls hold() and then waits. Returns when hold()
 * has returned. */
void neighbour_start(struct neighbour *n, void (*hold)(void));

/* Ends it: what it held is free again. */
void neighbour_end(struct neighbour *n);

/* The calling process's own limit of descriptors. */
void neighbour_limit_descriptors(unsigned descriptors);

#endif
