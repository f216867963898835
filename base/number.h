/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_BASE_NUMBER_H
#define ENTROPYD_BASE_NUMBER_H

/* Whole numbers as text. Any thread; no state, no locale. */

#include <stddef.h>
#include <stdint.h>

/*
 * Reads a decimal integer that is all of `text`: digits, after a "-" where min
 * is negative; no blanks, no "+", no unit. 0 and *value in min..max; -EINVAL
 * where text is not of that form; -ERANGE where the number is outside. *value
 * is left alone on failure.
 */
int number_parse(const char *text, int64_t min, int64_t max, int64_t *value);

/* The same for a size: digits, then nothing or one of k, K, M and G (times
 * 1024, 1024^2, 1024^3). min is at least 0. */
int number_parse_size(const char *text, int64_t min, int64_t max,
                      int64_t *value);

/* The same for a duration in milliseconds: digits, then ms, s, m or h, or
 * nothing for plain_ms each. min_ms is at least 0. */
int number_parse_duration(const char *text, int64_t plain_ms, int64_t min_ms,
                          int64_t max_ms, int64_t *ms);

/* 65536 as "64.0 KiB", in text, which it returns; 16 bytes are enough. */
const char *number_format_bytes(uint64_t bytes, char *text, size_t size);

#endif
