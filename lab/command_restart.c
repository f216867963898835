/* SPDX-License-Identifier: MIT */
/* entropylab restart DIR: options and words. */

#include "lab/command.h"

#include "base/options.h"
#include "base/quote.h"
#include "lab/dataset.h"
#include "lab/restart.h"
#include "lab/work.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <sysexits.h>

static const char help[] =
    "Usage: entropylab restart DIR [OPTION]...\n"
    "The restart tests of SP 800-90B 3.1.4, on a recording of restarts.\n"
    "\n"
    "  --h-initial H  initial estimate, bits a sample (the recording's claim)\n"
    "  --json         print JSON\n"
    "  -h, --help     show this help\n"
    "\n"
    "Exit status 1: the tests fail at this estimate.\n";

enum { OPTION_INITIAL = OPTION_LONG, OPTION_JSON };

struct request {
    const char *path;
    double h_initial; /* 0: the claim */
    bool is_json, is_help;
};

static int read_options(struct request *r, int argc, char *argv[],
                        struct reason *why)
{
    static const struct option options[] = {
        {"h-initial", required_argument, NULL, OPTION_INITIAL},
        {"json", no_argument, NULL, OPTION_JSON},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option;
    option_rewind();
    while ((option = option_next(argc, argv, options, why)) != OPTION_END) {
        if (option == OPTION_REFUSED)
            return -EINVAL;
        r->is_json |= option == OPTION_JSON;
        r->is_help |= option == 'h';
        if (option == OPTION_INITIAL &&
            command_number("--h-initial", optarg, 0.001, SYMBOL_BITS_MAX,
                           &r->h_initial, why) < 0)
            return -EINVAL;
    }
    if (!r->is_help && optind + 1 != argc) {
        reason_set(why, "expected one recording, got %d", argc - optind);
        return -EINVAL;
    }
    r->path = argv[optind];
    return 0;
}

static void print_assessment(const char *what, const struct assessment *a)
{
    (void)printf("  %-8s %.6f, by %s\n", what, a->h_original,
                 estimator_infos[a->deciding].title);
}

static void print_most(const char *what, unsigned most, size_t at,
                       unsigned limit)
{
    (void)printf("  %-8s one symbol %u times in number %zu, at most %u: %s\n",
                 what, most, at, limit, most <= limit ? "passed" : "FAILED");
}

static void print_result(const struct restart_matrix *m,
                         const struct restart_result *r)
{
    (void)printf("Restart tests (SP 800-90B 3.1.4), %zu restarts of %zu "
                 "samples, at %.4f bits\n\nSanity check, alpha %.4g:\n",
                 m->rows, m->columns, r->h_initial, r->alpha);
    print_most("rows", r->row_most, r->row_at, r->row_limit);
    print_most("columns", r->column_most, r->column_at, r->column_limit);
    (void)printf("\nAssessed, at least %.4f wanted:\n", r->h_initial / 2);
    print_assessment("rows", &r->rows);
    print_assessment("columns", &r->columns);
    if (m->rows != RESTART_STANDARD || m->columns != RESTART_STANDARD)
        (void)printf("\nPreliminary: the standard wants %ux%u.\n",
                     RESTART_STANDARD, RESTART_STANDARD);
    if (r->is_valid)
        (void)printf("\nPASSED: min-entropy after restarts %.4f bits.\n",
                     r->min_entropy);
    else
        (void)printf("\nFAILED at %.4f bits: lower the claim, or look at what "
                     "repeats after restarts.\n",
                     r->h_initial);
}

static json_t *line_json(unsigned most, unsigned limit, size_t at,
                         const struct assessment *a)
{
    return json_pack("{s:i, s:i, s:I, s:f, s:s}", "most_frequent", (int)most,
                     "limit", (int)limit, "at", (json_int_t)at, "min_entropy",
                     a->h_original, "decided_by",
                     estimator_infos[a->deciding].name);
}

static int print_json(const struct restart_matrix *m,
                      const struct restart_result *r)
{
    json_t *all = json_pack(
        "{s:I, s:I, s:f, s:f, s:o, s:o, s:b, s:b, s:f}", "restarts",
        (json_int_t)m->rows, "samples_each", (json_int_t)m->columns,
        "h_initial", r->h_initial, "alpha", r->alpha, "rows",
        line_json(r->row_most, r->row_limit, r->row_at, &r->rows), "columns",
        line_json(r->column_most, r->column_limit, r->column_at, &r->columns),
        "sanity_check_passed", (int)r->is_sane, "passed", (int)r->is_valid,
        "min_entropy", r->min_entropy);
    return command_print_json(all);
}

static int test(const struct request *request, const struct dataset *data,
                struct reason *why)
{
    struct restart_result result;
    const struct restart_matrix matrix = {
        .symbols = data->symbols,
        .rows = data->rows,
        .columns = data->columns,
        .width = SYMBOL_BITS_MAX,
    };
    double h = request->h_initial > 0 ? request->h_initial
                                      : dataset_number(data, "claim_bits");
    if (data->rows < 2) {
        reason_set(why,
                   "%s has no two whole rows of restarts; entropylab record "
                   "--restarts 1000x1000 makes some",
                   request->path);
        return -EINVAL;
    }
    if (!(h >= 0.001 && h <= SYMBOL_BITS_MAX)) {
        reason_set(why,
                   "%s: its record.json has no claim_bits; give one by "
                   "--h-initial",
                   request->path);
        return -EINVAL;
    }
    int rc = restart_run(&result, &matrix, h, work_processors(), why);
    if (rc < 0)
        return rc;
    if (request->is_json)
        rc = print_json(&matrix, &result);
    else
        print_result(&matrix, &result);
    return rc < 0 ? rc : result.is_valid ? EX_OK : EXIT_REFUTED;
}

int command_restart(int argc, char *argv[])
{
    struct request request = {0};
    struct dataset data;
    struct reason why;
    if (read_options(&request, argc, argv, &why) < 0)
        return command_refuse("restart", &why);
    if (request.is_help) {
        (void)fputs(help, stdout);
        return command_finish(EX_OK);
    }
    int rc = dataset_load(&data, request.path, &why);
    int status = rc < 0 ? rc : test(&request, &data, &why);
    dataset_free(&data);
    if (status >= 0)
        return command_finish(status);
    (void)fprintf(stderr, "entropylab: %s\n", why.text);
    return dataset_exit_status(status);
}
