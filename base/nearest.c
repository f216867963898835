/* SPDX-License-Identifier: MIT */
/* Levenshtein's distance with one row, over names that are short. */

#include "base/nearest.h"

#include <string.h>

#define TEXT_MAX 63

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

static size_t distance(const char *text, size_t length, const char *name)
{
    size_t row[TEXT_MAX + 1];
    for (size_t i = 0; i <= length; i++)
        row[i] = i;
    for (size_t j = 0; name[j] != '\0'; j++) {
        size_t diagonal = row[0];
        row[0] = j + 1;
        for (size_t i = 1; i <= length; i++) {
            size_t change = diagonal + (text[i - 1] != name[j]);
            diagonal = row[i];
            row[i] = least(row[i] + 1, row[i - 1] + 1, change);
        }
    }
    return row[length];
}

const char *nearest_name(const char *text, const char *const *names,
                         size_t count)
{
    size_t length = strlen(text);
    if (length > TEXT_MAX)
        return NULL;
    size_t best = (length + 2) / 3 + 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t d = distance(text, length, names[i]);
        if (d < best) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}
