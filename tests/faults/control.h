/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FAULTS_CONTROL_H
#define ENTROPYD_TESTS_FAULTS_CONTROL_H

/* What a test writes into a file, and the preloaded library reads at every
 * call, to make a call fail for any length of time. */

#include <stdatomic.h>

struct fault_control {
    char call[32];    /* the function's name; changed only while error is 0 */
    atomic_int error; /* errno of its failures; 0: nothing fails */
};

#endif
