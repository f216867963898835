/* strtoul() would take "-1" and " 7": not here. */

#include "client/ctl/number.h"
#include "client/ctl/exit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Digits and, where units allow it, one unit letter. */
static bool read_text(const char *text, const char *units, uint64_t *number)
{
    uint64_t n = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        unsigned digit = (unsigned)(*at - '0');
        if (n > (UINT64_MAX - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    if (at == text)
        return false;
    const char *unit = *at != '\0' ? strchr(units, *at) : NULL;
    if (unit != NULL) {
        unsigned shift = 10 * (unsigned)(unit - units + 1);
        if (n > UINT64_MAX >> shift)
            return false;
        n <<= shift;
        at++;
    }
    *number = n;
    return *at == '\0';
}

static int read_checked(const char *what, const char *text, const char *units,
                        uint64_t min, uint64_t max, uint64_t *number)
{
    if (read_text(text, units, number) && *number >= min && *number <= max)
        return CTL_OK;
    fprintf(stderr,
            "entropyctl: %s must be a number from %" PRIu64 " to %" PRIu64
            "%s, not \"%s\"\n",
            what, min, max, units[0] != '\0' ? ", with k, M or G" : "", text);
    return CTL_USAGE;
}

int ctl_number_read(const char *what, const char *text, uint64_t min,
                    uint64_t max, uint64_t *number)
{
    return read_checked(what, text, "", min, max, number);
}

int ctl_size_read(const char *what, const char *text, uint64_t min,
                  uint64_t max, uint64_t *number)
{
    return read_checked(what, text, "kMG", min, max, number);
}

int ctl_option_number(const struct ctl_arguments *arguments,
                      enum ctl_option option, uint64_t min, uint64_t max,
                      uint64_t standard, uint64_t *number)
{
    *number = standard;
    if (!ctl_is_given(arguments, option))
        return CTL_OK;
    char what[32];
    snprintf(what, sizeof(what), "--%s", ctl_options[option].name);
    return ctl_number_read(what, arguments->values[option], min, max, number);
}
