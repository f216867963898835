#ifndef ENTROPYD_BASE_WIPE_H
#define ENTROPYD_BASE_WIPE_H

#include <stddef.h>

/* Overwrites n bytes with zeros in a way that no optimiser removes. Any
 * thread; does not block. */
void wipe(void *bytes, size_t n);

#endif
