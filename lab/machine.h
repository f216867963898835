/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_MACHINE_H
#define ENTROPYD_LAB_MACHINE_H

/* What a recording was made on; one file a platform. Any thread. */

#include <stddef.h>

/* The processor's name as the system has it: "Apple M1", "Intel(R) Xeon(R)
 * Processor"; "" where it has none. Always terminated. */
void machine_processor(char *name, size_t size);

/* "linux" or "macos". */
const char *machine_platform(void);

/* What the system says of a virtual machine: "a virtual machine", "" where it
 * is none or does not say. */
const char *machine_virtual(void);

#endif
