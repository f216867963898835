#ifndef ENTROPYD_BASE_NUMBER_H
#define ENTROPYD_BASE_NUMBER_H

/* Whole numbers as text. Any thread; no state, no locale. */

#include <stdint.h>

/*
 * Reads a decimal integer that is all of `text`: digits, after a "-" where min
 * is negative; no blanks, no "+", no unit. 0 and *value in min..max; -EINVAL
 * where text is not of that form; -ERANGE where the number is outside. *value
 * is left alone on failure.
 */
int number_parse(const char *text, int64_t min, int64_t max, int64_t *value);

#endif
