#include "base/number.h"

#include <errno.h>
#include <stdbool.h>

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
