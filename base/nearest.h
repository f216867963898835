/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_NEAREST_H
#define ENTROPYD_BASE_NEAREST_H

/* "Did you mean ...?" for unknown names. Any thread; no state. */

#include <stddef.h>

/*
 * The one of `count` names that takes the fewest single-letter changes from
 * text, if that is at most a third of text's length, rounded up; else NULL.
 * Borrowed from names; of equals, the first. A text of more than 63 bytes is
 * near to nothing.
 */
const char *nearest_name(const char *text, const char *const *names,
                         size_t count);

#endif
