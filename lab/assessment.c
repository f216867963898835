/* SPDX-License-Identifier: MIT */
/* Twelve pieces of work, the lowest of twenty values. */

#include "lab/assessment.h"

#include "lab/work.h"

#include <math.h>

const struct estimator_info estimator_infos[ESTIMATORS] = {
    [ESTIMATOR_MCV] = {"mcv", "most common value", "6.3.1"},
    [ESTIMATOR_COLLISION] = {"collision", "collision", "6.3.2"},
    [ESTIMATOR_MARKOV] = {"markov", "Markov", "6.3.3"},
    [ESTIMATOR_COMPRESSION] = {"compression", "compression", "6.3.4"},
    [ESTIMATOR_T_TUPLE] = {"t_tuple", "t-tuple", "6.3.5"},
    [ESTIMATOR_LRS] = {"lrs", "longest repeated substring", "6.3.6"},
    [ESTIMATOR_MULTI_MCW] = {"multi_mcw", "multi most common in window",
                             "6.3.7"},
    [ESTIMATOR_LAG] = {"lag", "lag", "6.3.8"},
    [ESTIMATOR_MULTI_MMC] = {"multi_mmc", "multi Markov model with counting",
                             "6.3.9"},
    [ESTIMATOR_LZ78Y] = {"lz78y", "LZ78Y", "6.3.10"},
};

static int do_statistics(const struct sequence *s, struct estimate *all)
{
    estimate_mcv(s, &all[ESTIMATOR_MCV]);
    estimate_collision(s, &all[ESTIMATOR_COLLISION]);
    estimate_markov(s, &all[ESTIMATOR_MARKOV]);
    estimate_compression(s, ESTIMATE_LEARN, &all[ESTIMATOR_COMPRESSION]);
    return 0;
}

static int do_tuples(const struct sequence *s, struct estimate *all)
{
    return estimate_tuples(s, &all[ESTIMATOR_T_TUPLE], &all[ESTIMATOR_LRS]);
}

static int do_windows(const struct sequence *s, struct estimate *all)
{
    estimate_multi_mcw(s, estimate_windows, &all[ESTIMATOR_MULTI_MCW]);
    return 0;
}

static int do_lag(const struct sequence *s, struct estimate *all)
{
    estimate_lag(s, ESTIMATE_LAGS, &all[ESTIMATOR_LAG]);
    return 0;
}

static int do_multi_mmc(const struct sequence *s, struct estimate *all)
{
    return estimate_multi_mmc(s, &all[ESTIMATOR_MULTI_MMC]);
}

static int do_lz78y(const struct sequence *s, struct estimate *all)
{
    return estimate_lz78y(s, &all[ESTIMATOR_LZ78Y]);
}

/* What takes long first; what takes much memory (tuples of bits; dictionaries
 * of symbols) apart from each other. */
static const struct {
    int (*run)(const struct sequence *s, struct estimate *all);
    bool is_of_bits;
} pieces[] = {
    {do_tuples, true},  {do_multi_mmc, true},  {do_windows, true},
    {do_lz78y, false},  {do_multi_mmc, false}, {do_lz78y, true},
    {do_lag, true},     {do_statistics, true}, {do_windows, false},
    {do_tuples, false}, {do_lag, false},       {do_statistics, false},
};

#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

struct job {
    struct assessment *assessment;
    const struct symbols *symbols;
};

static int do_piece(void *context, size_t i)
{
    const struct job *job = context;
    struct assessment *a = job->assessment;
    if (!pieces[i].is_of_bits)
        return pieces[i].run(&job->symbols->literal, a->literal);
    return a->has_bits ? pieces[i].run(&job->symbols->bits, a->bits) : 0;
}

/* The lowest of `all`, each times `scale`, into *lowest; whose it is where it
 * decides. */
static void take_lowest(struct assessment *a, const struct estimate *all,
                        double scale, bool is_of_bits, double *lowest)
{
    for (unsigned i = 0; i < ESTIMATORS; i++) {
        if (!all[i].applies)
            continue;
        *lowest = fmin(*lowest, all[i].min_entropy);
        if (all[i].min_entropy * scale >= a->min_entropy)
            continue;
        a->min_entropy = all[i].min_entropy * scale;
        a->deciding = (enum estimator)i;
        a->is_decided_by_bits = is_of_bits;
    }
}

int assessment_run(struct assessment *a, const struct symbols *s,
                   unsigned threads, bool is_progress_shown)
{
    *a = (struct assessment){
        .n = s->literal.n,
        .width = s->width,
        .alphabet = s->literal.alphabet,
        .is_translated = s->is_translated,
        .has_bits = s->bits.n > 0,
        .h_original = s->width,
        .h_bitstring = 1,
        .min_entropy = INFINITY,
    };
    struct job job = {a, s};
    const struct work work = {
        .piece = do_piece,
        .context = &job,
        .count = PIECES,
        .threads = threads,
        .unit = is_progress_shown ? "estimates" : NULL,
    };
    int rc = work_run(&work);
    if (rc < 0)
        return rc;
    take_lowest(a, a->literal, 1, false, &a->h_original);
    take_lowest(a, a->bits, s->width, true, &a->h_bitstring);
    a->min_entropy = fmin(a->min_entropy, s->width);
    return 0;
}
