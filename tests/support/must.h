/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_SUPPORT_MUST_H
#define ENTROPYD_TESTS_SUPPORT_MUST_H

/* Claims of code that serves check's programs and fuzz targets alike. */

/* Says what does not hold, with its place, and ends the test as failed
 * (tests/support/run.c), or a fuzz target by abort() (tests/fuzz/fuzz.c). */
void must_fail(const char *file, int line, const char *claim)
    __attribute__((noreturn));

#define MUST(claim)                                                            \
    do {                                                                       \
        if (!(claim))                                                          \
            must_fail(__FILE__, __LINE__, #claim);                             \
    } while (0)

#endif
