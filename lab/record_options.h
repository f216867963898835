#ifndef ENTROPYD_LAB_EVIDENCE_OPTIONS_H
#define ENTROPYD_LAB_EVIDENCE_OPTIONS_H

/* What --record, --assess and the options that belong to them ask for. Pure
 * functions; text is borrowed from argv. */

#include "base/reason.h"

#include <stddef.h>
#include <stdint.h>

/* Samples of a recording: what a start-up test takes, to as many as
 * --assess can hold in memory at nine bytes each and one a bit. */
#define EVIDENCE_SAMPLES_MIN 1024u
#define EVIDENCE_SAMPLES_MAX 100000000u

/* What NIST's tool wants at least. */
#define EVIDENCE_SAMPLES_STANDARD 1000000u

/* Restarts, and samples after each. */
#define EVIDENCE_RESTARTS_MIN 2u
#define EVIDENCE_RESTARTS_MAX 100000u
#define EVIDENCE_ROW_MIN      32u
#define EVIDENCE_ROW_MAX      100000u

struct evidence_request {
    const char *source;    /* of --record; NULL: not asked for */
    const char *assessed;  /* directory of --assess; NULL: not asked for */
    const char *directory; /* -o; NULL: not given */
    uint32_t samples;      /* -n, or restarts x row_samples; 0: not given */
    uint32_t restarts;     /* --restarts; 0: not given */
    uint32_t row_samples;
};

/* Takes over the value of the option `name`: "record", "assess", "samples",
 * "output" or "restarts". 0, or -EINVAL with the reason in `why`. */
int evidence_option(struct evidence_request *request, const char *name,
                    const char *value, struct reason *why);

/* Do the options fit together? Fills in what was left out. 0, or -EINVAL with
 * the reason in `why`. */
int evidence_check(struct evidence_request *request, struct reason *why);

#endif
