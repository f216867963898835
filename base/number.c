/* SPDX-License-Identifier: MIT */
#include "base/number.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int number_parse(const char *text, int64_t min, int64_t max, int64_t *value)
{
    bool is_negative = min < 0 && text[0] == '-';
    const char *digit = text + is_negative;
    bool is_out = false;
    int64_t number = 0; /* negative all along: INT64_MIN has no positive twin */

    if (*digit == '\0')
        return -EINVAL;
    for (; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9')
            return -EINVAL;
        int d = *digit - '0';
        is_out = is_out || number < (INT64_MIN + d) / 10;
        if (!is_out)
            number = number * 10 - d;
    }
    is_out = is_out || (!is_negative && number == INT64_MIN);
    if (is_out)
        return -ERANGE;
    number = is_negative ? number : -number;
    if (number < min || number > max)
        return -ERANGE;
    *value = number;
    return 0;
}

struct unit {
    const char *name;
    int64_t factor;
};

/* Digits and one of the units, the last of which has no name. */
static int parse_unit(const char *text, const struct unit *units, int64_t min,
                      int64_t max, int64_t *value)
{
    size_t length = strspn(text, "0123456789");
    char digits[24];
    int64_t number = 0;

    while (strcmp(text + length, units->name) != 0) {
        if (units->name[0] == '\0')
            return -EINVAL;
        units++;
    }
    if (length >= sizeof(digits))
        return -ERANGE;
    memcpy(digits, text, length);
    digits[length] = '\0';
    int rc = number_parse(digits, 0, INT64_MAX, &number);
    if (rc < 0)
        return rc;
    if (number > INT64_MAX / units->factor || number * units->factor < min ||
        number * units->factor > max)
        return -ERANGE;
    *value = number * units->factor;
    return 0;
}

int number_parse_size(const char *text, int64_t min, int64_t max,
                      int64_t *value)
{
    static const struct unit units[] = {
        {"k", INT64_C(1) << 10},
        {"K", INT64_C(1) << 10},
        {"M", INT64_C(1) << 20},
        {"G", INT64_C(1) << 30},
        {"", 1},
    };

    return parse_unit(text, units, min, max, value);
}

int number_parse_duration(const char *text, int64_t plain_ms, int64_t min_ms,
                          int64_t max_ms, int64_t *ms)
{
    const struct unit units[] = {
        {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"", plain_ms},
    };

    return parse_unit(text, units, min_ms, max_ms, ms);
}

const char *number_format_bytes(uint64_t bytes, char *text, size_t size)
{
    static const char *const units[] = {"B",   "KiB", "MiB", "GiB",
                                        "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;

    while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        value /= 1024;
        unit++;
    }
    (void)snprintf(text, size, unit == 0 ? "%.0f %s" : "%.1f %s", value,
                   units[unit]);
    return text;
}
