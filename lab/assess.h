/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_ASSESS_H
#define ENTROPYD_LAB_ASSESS_H

/* An assessment and what it means, as text and as JSON. One thread. */

#include "lab/assessment.h"
#include "lab/dataset.h"
#include "lab/iid.h"
#include "lab/pictures.h"

/* Samples that SP 800-90B 3.1.1 wants at least. */
#define ASSESS_SAMPLES_STANDARD 1000000u

/* What is known when the estimators are done. */
struct findings {
    const char *path;
    const struct dataset *data;
    const struct assessment *assessment;
    const struct iid_result *iid; /* NULL: not asked for */
    bool is_verbose;
};

/* Does the assessment speak against the claim of the recording? */
bool findings_refute(const struct findings *f);

/* What 6.3.1 says of symbols and bits: the assessment of an IID source. */
double findings_iid_entropy(const struct findings *f);

/* One sentence that a person can act on. Returns out. */
const char *findings_verdict(const struct findings *f, char *out, size_t size);

/* Everything, pictures included; the verdict comes last. 0 or -ENOMEM. */
int findings_print(const struct findings *f, const struct canvas *canvas);

/* The same as an object, new; NULL without memory. */
json_t *findings_json(const struct findings *f);

#endif
