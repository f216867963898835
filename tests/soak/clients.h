/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_SOAK_CLIENTS_H
#define ENTROPYD_TESTS_SOAK_CLIENTS_H

/* Every kind of client that a daemon may meet, a thread each, again and again
 * until they are told to stop. */

#include <stdatomic.h>
#include <stdint.h>

struct tally {
    atomic_uint_least64_t requests; /* sent by clients that wait for answers */
    atomic_uint_least64_t replies;  /* to those; the same in the end */
    atomic_uint_least64_t errors;   /* of these, refusals */
    atomic_uint_least64_t rounds;   /* of all clients */
};

extern struct tally tally;

/* Starts `each` threads of every kind. */
void clients_start(unsigned each);

/* Tells them to stop and waits until all have. */
void clients_stop(void);

#endif
