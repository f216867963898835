/* SPDX-License-Identifier: MIT */
/* Width, translation, bits. */

#include "lab/symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static unsigned width_of(unsigned value)
{
    unsigned width = 1;
    while (value >> width != 0)
        width++;
    return width;
}

static int check(const uint8_t *values, size_t n, unsigned *width,
                 struct reason *why)
{
    uint8_t all = 0;
    if (n < 2 || n > ESTIMATE_SYMBOLS_MAX) {
        reason_set(why, "%zu symbols; 2 to %u can be assessed", n,
                   ESTIMATE_SYMBOLS_MAX);
        return -EINVAL;
    }
    for (size_t i = 0; i < n; i++)
        all |= values[i];
    if (*width == 0)
        *width = width_of(all);
    if (width_of(all) > *width) {
        reason_set(why, "its symbols have %u bits, not %u", width_of(all),
                   *width);
        return -EINVAL;
    }
    return 0;
}

static void translate(struct symbols *s, const uint8_t *values, size_t n)
{
    bool is_seen[256] = {false};
    uint8_t codes[256] = {0};
    unsigned alphabet = 0;
    unsigned largest = 0;
    for (size_t i = 0; i < n; i++)
        is_seen[values[i]] = true;
    for (unsigned value = 0; value < 256; value++) {
        if (!is_seen[value])
            continue;
        codes[value] = (uint8_t)alphabet++;
        largest = value;
    }
    for (size_t i = 0; i < n; i++)
        s->literal_values[i] = codes[values[i]];
    s->literal = (struct sequence){s->literal_values, n, alphabet};
    s->is_translated = largest + 1 > alphabet;
}

static void split(struct symbols *s, const uint8_t *values, size_t n)
{
    uint8_t *bit = s->bit_values;
    for (size_t i = 0; i < n; i++) {
        for (unsigned k = s->width; k-- > 0;)
            *bit++ = values[i] >> k & 1;
    }
    s->bits = (struct sequence){s->bit_values, n * s->width, 2};
}

int symbols_init(struct symbols *s, const uint8_t *values, size_t n,
                 unsigned width, struct reason *why)
{
    *s = (struct symbols){.width = width};
    int rc = check(values, n, &s->width, why);
    if (rc < 0)
        return rc;
    s->literal_values = malloc(n);
    if (s->literal_values == NULL)
        return reason_errno(ENOMEM, why, "%zu symbols", n);
    translate(s, values, n);
    if (s->literal.alphabet <= 2)
        return 0;
    s->bit_values = malloc(n * s->width);
    if (s->bit_values == NULL) {
        symbols_fini(s);
        return reason_errno(ENOMEM, why, "the bits of %zu symbols", n);
    }
    split(s, values, n);
    return 0;
}

void symbols_fini(struct symbols *s)
{
    free(s->literal_values);
    free(s->bit_values);
    *s = (struct symbols){0};
}
