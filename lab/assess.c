/* SPDX-License-Identifier: MIT */
/* Tables for people. */

#include "lab/assess.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A claim should be at most this share of what was assessed: what a machine
 * does later may be worse than what was recorded. */
#define CLAIM_SHARE 0.5

static double claim_of(const struct findings *f)
{
    return dataset_number(f->data, "claim_bits"); /* 0: a plain file */
}

bool findings_refute(const struct findings *f)
{
    return claim_of(f) > f->assessment->min_entropy;
}

const char *findings_verdict(const struct findings *f, char *out, size_t size)
{
    const struct assessment *a = f->assessment;
    double claim = claim_of(f);
    double half = a->min_entropy * CLAIM_SHARE;
    char few[160] = "";
    if (a->n < ASSESS_SAMPLES_STANDARD)
        (void)snprintf(
            few, sizeof(few),
            "Preliminary, of %zu samples; SP 800-90B 3.1.1 wants %u. ", a->n,
            ASSESS_SAMPLES_STANDARD);
    if (a->alphabet < 2)
        (void)snprintf(out, size,
                       "%sAll symbols are equal: they contain no entropy.",
                       few);
    else if (claim <= 0)
        (void)snprintf(out, size,
                       "%sAssessed: %.4f bits of min-entropy a symbol; claim "
                       "at most %.4f, half of it, for what was not recorded.",
                       few, a->min_entropy, half);
    else if (findings_refute(f))
        (void)snprintf(out, size,
                       "%sREFUTED: the claim of %.3f bits a sample is more "
                       "than the assessed %.4f; set claim_bits to at most "
                       "%.3f.",
                       few, claim, a->min_entropy, half);
    else if (claim > half)
        (void)snprintf(out, size,
                       "%sTHIN: the claim of %.3f bits a sample is more than "
                       "half of the assessed %.4f; set claim_bits to at most "
                       "%.3f.",
                       few, claim, a->min_entropy, half);
    else
        (void)snprintf(out, size,
                       "%sHOLDS: the claim of %.3f bits a sample is at most "
                       "half of the assessed %.4f.",
                       few, claim, a->min_entropy);
    return out;
}

static void print_load(FILE *out, const struct dataset *data, const char *when,
                       const char *path)
{
    const json_t *load = dataset_value(data, path);
    if (json_is_array(load))
        (void)fprintf(out, "%s %.2f", when,
                      json_number_value(json_array_get(load, 0)));
    else
        (void)fprintf(out, "%s unknown", when);
}

static void print_recording(FILE *out, const struct dataset *data)
{
    const char *virtual = dataset_text(data, "machine.virtual");
    double step = dataset_number(data, "symbols.step_ticks");
    if (step == 0) /* recorded by an earlier version */
        step = dataset_number(data, "symbols.gcd_ticks");
    (void)fprintf(out, "%s: %zu samples", dataset_text(data, "source"),
                  data->n);
    if (data->columns > 0)
        (void)fprintf(out, ", %zu restarts of %zu", data->rows, data->columns);
    (void)fprintf(out, ", %s\n  %s %s %s, %" PRIu64 " x %s%s%s\n",
                  dataset_text(data, "run.began_utc"),
                  dataset_text(data, "machine.kernel"),
                  dataset_text(data, "machine.release"),
                  dataset_text(data, "machine.architecture"),
                  dataset_integer(data, "machine.processors"),
                  dataset_text(data, "machine.processor"),
                  virtual[0] != '\0' ? ", " : "", virtual);
    print_load(out, data, "  load", "run.load_before");
    print_load(out, data, " before,", "run.load_after");
    (void)fprintf(out,
                  " after; %.0f samples/s; %s %s %s\n  clock %s, "
                  "granularity %.4g ns; symbols ticks / %.7g, rounded, & 255\n",
                  dataset_number(data, "run.samples_per_second"),
                  dataset_text(data, "program.name"),
                  dataset_text(data, "program.version"),
                  dataset_text(data, "program.commit"),
                  dataset_text(data, "clock.name"),
                  dataset_number(data, "clock.granularity_ns"), step);
    if (!json_is_true(dataset_value(data, "complete")))
        (void)fprintf(out, "  INCOMPLETE: %s\n",
                      dataset_text(data, "stopped_by"));
}

static void print_value(FILE *out, const struct estimate *e, double scale)
{
    if (e->applies)
        (void)fprintf(out, "  %9.4f", e->min_entropy * scale);
    else
        (void)fprintf(out, "  %9s", "-");
}

static void print_figures(FILE *out, const char *of, const struct estimate *e)
{
    if (!e->applies && e->missing == NULL)
        return;
    (void)fprintf(out, "      %s:", of);
    if (!e->applies)
        (void)fprintf(out, " needs %s", e->missing);
    for (unsigned i = 0; i < e->figure_count; i++)
        (void)fprintf(out, "%s %s = %.10g", i > 0 ? "," : "",
                      e->figures[i].name, e->figures[i].value);
    (void)fputc('\n', out);
}

static void print_estimates(FILE *out, const struct findings *f)
{
    const struct assessment *a = f->assessment;
    (void)fprintf(out,
                  "\nMin-entropy by the estimators of SP 800-90B 6.3, each at "
                  "the pessimistic end of\nits 99 %% interval; %u different "
                  "symbols of %u bits%s:\n  %-32s %-6s  %9s  %9s  %7u x\n",
                  a->alphabet, a->width, a->is_translated ? ", translated" : "",
                  "", "", "a symbol", "a bit", a->width);
    for (unsigned i = 0; i < ESTIMATORS; i++) {
        const struct estimator_info *info = &estimator_infos[i];
        (void)fprintf(out, "%c %-32s %-6s", a->deciding == i ? '*' : ' ',
                      info->title, info->section);
        print_value(out, &a->literal[i], 1);
        print_value(out, &a->bits[i], 1);
        print_value(out, &a->bits[i], a->width);
        (void)fputc('\n', out);
        if (!f->is_verbose)
            continue;
        print_figures(out, "symbols", &a->literal[i]);
        print_figures(out, "bits", &a->bits[i]);
    }
    (void)fprintf(out, "  h_original %.6f", a->h_original);
    if (a->has_bits)
        (void)fprintf(out, ", h_bitstring %.6f", a->h_bitstring);
    (void)fprintf(out, "; assessed: %.6f, by %s of %s (*)\n", a->min_entropy,
                  estimator_infos[a->deciding].title,
                  a->is_decided_by_bits ? "bits" : "symbols");
}

/* How often the most frequent symbol occurs among `count` symbols that lie
 * `step` apart. */
static size_t most_frequent(const uint8_t *symbols, size_t count, size_t step)
{
    size_t counts[256] = {0};
    size_t most = 0;
    for (size_t i = 0; i < count; i++) {
        size_t now = ++counts[symbols[i * step]];
        most = now > most ? now : most;
    }
    return most;
}

static void print_restarts(FILE *out, const struct dataset *data)
{
    size_t row = 0;
    size_t column = 0;
    size_t column_at = 0;
    if (data->rows == 0)
        return;
    for (size_t i = 0; i < data->rows; i++) {
        size_t most =
            most_frequent(data->symbols + i * data->columns, data->columns, 1);
        row = most > row ? most : row;
    }
    for (size_t i = 0; i < data->columns; i++) {
        size_t most =
            most_frequent(data->symbols + i, data->rows, data->columns);
        column_at = most > column ? i : column_at;
        column = most > column ? most : column;
    }
    (void)fprintf(out,
                  "\nRestarts: one symbol at most %zu times in a row of %zu, "
                  "%zu times in a column\nof %zu (sample %zu after the "
                  "warm-up).\n",
                  row, data->columns, column, data->rows, column_at);
}

static void print_alarms(FILE *out, const struct dataset *data)
{
    const json_t *alarms = dataset_value(data, "verdicts.alarms");
    uint64_t total = dataset_integer(data, "verdicts.alarms_total");
    (void)fprintf(
        out, "\nAlarms of the daemon's own tests at this claim: %" PRIu64 "\n",
        total);
    for (size_t i = 0; i < json_array_size(alarms); i++) {
        const json_t *alarm = json_array_get(alarms, i);
        const char *test = json_string_value(json_object_get(alarm, "test"));
        const char *why = json_string_value(json_object_get(alarm, "reason"));
        const char *level = json_string_value(json_object_get(alarm, "level"));
        (void)fprintf(out, "  sample %" JSON_INTEGER_FORMAT ": %s, %s: %s\n",
                      json_integer_value(json_object_get(alarm, "sample")),
                      test != NULL ? test : "?", level != NULL ? level : "?",
                      why != NULL ? why : "?");
    }
    if (total > json_array_size(alarms))
        (void)fprintf(out, "  ... and more that were only counted\n");
}

static const char *passed(bool is_passed)
{
    return is_passed ? "passed" : "FAILED";
}

static void print_permutations(FILE *out, const struct findings *f)
{
    const struct permutation_test *t = &f->iid->permutation;
    (void)fprintf(out, "  %u permutations%27s above equal below\n",
                  t->permutations, "");
    for (unsigned i = 0; i < PERMUTATION_STATISTICS; i++) {
        const struct permutation_result *one = &t->results[i];
        if (f->is_verbose || !one->is_passed)
            (void)fprintf(
                out, "    %-33s %.10g: %u %u %u: %s\n", permutation_names[i],
                one->value, one->above, one->equal, one->below,
                one->is_decided ? passed(one->is_passed) : "undecided");
    }
    if (t->stopped_by != NULL)
        (void)fprintf(out, "  stopped by %s\n", t->stopped_by);
    (void)fprintf(out, "  permutation tests: %s\n",
                  t->is_decided ? passed(t->is_passed) : "undecided");
}

static void print_iid(FILE *out, const struct findings *f)
{
    const struct iid_result *r = f->iid;
    (void)fprintf(out, "\nIndependent and identically distributed (SP 800-90B "
                       "5)?\n");
    (void)fprintf(out, "  chi-square, independence    p = %.6f: %s\n",
                  r->independence.p, passed(r->independence.is_passed));
    (void)fprintf(out, "  chi-square, goodness of fit p = %.6f: %s\n",
                  r->goodness.p, passed(r->goodness.is_passed));
    (void)fprintf(out, "  longest repeat, %" PRId64 " symbols   p = %.6f: %s\n",
                  r->repeat.length, r->repeat.p, passed(r->repeat.is_passed));
    print_permutations(out, f);
    if (!r->is_decided)
        (void)fprintf(out, "  UNDECIDED: the permutations were stopped\n");
    else
        (void)fprintf(
            out,
            r->is_passed
                ? "  The tests found nothing against IID; where the source is "
                  "IID for reasons of its design,\n  6.3.1 alone assesses "
                  "it: %.6f\n"
                : "  NOT IID: all estimators count; 6.3.1 alone would "
                  "say %.6f\n",
            findings_iid_entropy(f));
}

double findings_iid_entropy(const struct findings *f)
{
    const struct assessment *a = f->assessment;
    double h = a->literal[ESTIMATOR_MCV].min_entropy;
    if (a->has_bits)
        h = fmin(h, a->width * a->bits[ESTIMATOR_MCV].min_entropy);
    return fmin(h, a->width);
}

int findings_print(const struct findings *f, const struct canvas *canvas)
{
    char verdict[512];
    FILE *out = canvas->out;
    int rc = 0;
    if (f->data->record != NULL)
        print_recording(out, f->data);
    else
        (void)fprintf(out, "%s: %zu symbols\n", f->path, f->data->n);
    print_estimates(out, f);
    if (f->iid != NULL)
        print_iid(out, f);
    if (f->data->record != NULL) {
        print_restarts(out, f->data);
        print_alarms(out, f->data);
        rc = draw_histogram(canvas, f->data);
        if (rc == 0)
            rc = draw_correlation(canvas, f->data);
    }
    (void)fprintf(out, "\n%s\n", findings_verdict(f, verdict, sizeof(verdict)));
    return rc;
}

static json_t *estimate_json(const struct estimate *e)
{
    return e->applies ? json_real(e->min_entropy) : json_null();
}

static json_t *figures_json(const struct estimate *e)
{
    json_t *all = json_object();
    for (unsigned i = 0; i < e->figure_count; i++)
        json_object_set_new(all, e->figures[i].name,
                            json_real(e->figures[i].value));
    if (!e->applies && e->missing != NULL)
        json_object_set_new(all, "missing", json_string(e->missing));
    return all;
}

static json_t *estimator_json(const struct findings *f, unsigned i)
{
    const struct assessment *a = f->assessment;
    json_t *one = json_pack(
        "{s:s, s:s, s:o, s:o}", "name", estimator_infos[i].name, "section",
        estimator_infos[i].section, "symbols", estimate_json(&a->literal[i]),
        "bits", estimate_json(&a->bits[i]));
    if (f->is_verbose)
        json_object_set_new(one, "figures",
                            json_pack("{s:o, s:o}", "symbols",
                                      figures_json(&a->literal[i]), "bits",
                                      figures_json(&a->bits[i])));
    return one;
}

static json_t *chi_square_json(const struct chi_square *c)
{
    return json_pack("{s:f, s:f, s:f, s:b}", "score", c->score, "degrees",
                     c->degrees, "p", c->p, "passed", (int)c->is_passed);
}

/* null: it is not known. */
static json_t *verdict_json(bool is_decided, bool is_passed)
{
    return is_decided ? json_boolean(is_passed) : json_null();
}

static json_t *iid_json(const struct findings *f)
{
    const struct iid_result *r = f->iid;
    if (r == NULL)
        return json_null();
    json_t *statistics = json_array();
    for (unsigned i = 0; i < PERMUTATION_STATISTICS; i++) {
        const struct permutation_result *one = &r->permutation.results[i];
        json_array_append_new(
            statistics,
            json_pack("{s:s, s:f, s:i, s:i, s:i, s:o}", "name",
                      permutation_names[i], "value", one->value, "above",
                      (int)one->above, "equal", (int)one->equal, "below",
                      (int)one->below, "passed",
                      verdict_json(one->is_decided, one->is_passed)));
    }
    return json_pack(
        "{s:o, s:f, s:o, s:o, s:{s:I, s:f, s:b}, s:s?, s:i, s:o}", "passed",
        verdict_json(r->is_decided, r->is_passed), "min_entropy",
        findings_iid_entropy(f), "chi_square_independence",
        chi_square_json(&r->independence), "chi_square_goodness",
        chi_square_json(&r->goodness), "longest_repeat", "length",
        (json_int_t)r->repeat.length, "p", r->repeat.p, "passed",
        (int)r->repeat.is_passed, "stopped_by", r->permutation.stopped_by,
        "permutations", (int)r->permutation.permutations, "statistics",
        statistics);
}

json_t *findings_json(const struct findings *f)
{
    const struct assessment *a = f->assessment;
    char verdict[512];
    json_t *estimators = json_array();
    for (unsigned i = 0; i < ESTIMATORS; i++)
        json_array_append_new(estimators, estimator_json(f, i));
    return json_pack(
        "{s:s, s:I, s:i, s:i, s:b, s:f, s:o, s:f, s:{s:s, s:s}, s:o, s:o, s:o, "
        "s:s}",
        "path", f->path, "samples", (json_int_t)a->n, "bits_per_symbol",
        (int)a->width, "alphabet", (int)a->alphabet, "translated",
        (int)a->is_translated, "h_original", a->h_original, "h_bitstring",
        a->has_bits ? json_real(a->h_bitstring) : json_null(), "min_entropy",
        a->min_entropy, "decided_by", "name", estimator_infos[a->deciding].name,
        "of", a->is_decided_by_bits ? "bits" : "symbols", "claim_bits",
        claim_of(f) > 0 ? json_real(claim_of(f)) : json_null(), "estimators",
        estimators, "iid", iid_json(f), "verdict",
        findings_verdict(f, verdict, sizeof(verdict)));
}
