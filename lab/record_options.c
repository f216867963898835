/* Numbers and what goes with what. */

#include "lab/evidence_options.h"

#include "base/quote.h"
#include "base/reason.h"
#include "daemon/host/log.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define refuse(...) (reason_set(__VA_ARGS__), -EINVAL)

/* A plain decimal number in min..max that ends at `end`. */
static bool read_number(const char *text, char end, uint32_t min, uint32_t max,
                        uint32_t *number, const char **rest)
{
    if (!isdigit((unsigned char)text[0]))
        return false;
    char *stop;
    errno = 0;
    unsigned long long value = strtoull(text, &stop, 10);
    if (errno != 0 || *stop != end || value < min || value > max)
        return false;
    *number = (uint32_t)value;
    *rest = end == '\0' ? stop : stop + 1;
    return true;
}

static int read_samples(struct evidence_request *request, const char *value,
                        struct reason *why)
{
    char quoted[80];
    const char *rest;
    if (!read_number(value, '\0', EVIDENCE_SAMPLES_MIN, EVIDENCE_SAMPLES_MAX,
                     &request->samples, &rest))
        return refuse(why, "--samples %s: a whole number of samples, %u to %u",
                      quote_text(value, quoted, sizeof(quoted)),
                      EVIDENCE_SAMPLES_MIN, EVIDENCE_SAMPLES_MAX);
    return 0;
}

static int read_restarts(struct evidence_request *request, const char *value,
                         struct reason *why)
{
    char quoted[80];
    const char *rest;
    if (!read_number(value, 'x', EVIDENCE_RESTARTS_MIN, EVIDENCE_RESTARTS_MAX,
                     &request->restarts, &rest) ||
        !read_number(rest, '\0', EVIDENCE_ROW_MIN, EVIDENCE_ROW_MAX,
                     &request->row_samples, &rest))
        return refuse(why,
                      "--restarts %s: RESTARTSxSAMPLES, %u to %u restarts of "
                      "%u to %u samples",
                      quote_text(value, quoted, sizeof(quoted)),
                      EVIDENCE_RESTARTS_MIN, EVIDENCE_RESTARTS_MAX,
                      EVIDENCE_ROW_MIN, EVIDENCE_ROW_MAX);
    return 0;
}

int evidence_option(struct evidence_request *request, const char *name,
                    const char *value, struct reason *why)
{
    if (strcmp(name, "samples") == 0)
        return read_samples(request, value, why);
    if (strcmp(name, "restarts") == 0)
        return read_restarts(request, value, why);
    if (value[0] == '\0')
        return refuse(why, "--%s needs a name, not \"\"", name);
    if (strcmp(name, "record") == 0)
        request->source = value;
    else if (strcmp(name, "assess") == 0)
        request->assessed = value;
    else
        request->directory = value;
    return 0;
}

/* How many samples the rows hold together. */
static int count_matrix(struct evidence_request *request, struct reason *why)
{
    uint64_t samples = (uint64_t)request->restarts * request->row_samples;
    if (request->samples != 0)
        return refuse(why,
                      "--samples and --restarts both say how many samples; "
                      "give one of them");
    if (samples < EVIDENCE_SAMPLES_MIN || samples > EVIDENCE_SAMPLES_MAX)
        return refuse(why,
                      "--restarts %ux%u makes %llu samples; %u to %u in all",
                      request->restarts, request->row_samples,
                      (unsigned long long)samples, EVIDENCE_SAMPLES_MIN,
                      EVIDENCE_SAMPLES_MAX);
    request->samples = (uint32_t)samples;
    return 0;
}

int evidence_check(struct evidence_request *request, struct reason *why)
{
    if (request->source == NULL) {
        const char *lone = request->directory != NULL ? "--output"
                           : request->restarts != 0   ? "--restarts"
                           : request->samples != 0    ? "--samples"
                                                      : NULL;
        if (lone != NULL)
            return refuse(why, "%s belongs to --record", lone);
        return 0;
    }
    if (request->directory == NULL)
        return refuse(why,
                      "--record needs a directory for its files: --output");
    if (request->restarts != 0)
        return count_matrix(request, why);
    if (request->samples == 0)
        request->samples = EVIDENCE_SAMPLES_STANDARD;
    return 0;
}
