/* SPDX-License-Identifier: MIT */
/* entropylab assess PATH: options, and one after another. */

#include "lab/command.h"

#include "base/number.h"
#include "base/options.h"
#include "base/quote.h"
#include "lab/assess.h"
#include "lab/stop_signals.h"
#include "lab/work.h"

#include <errno.h>
#include <stdio.h>
#include <sysexits.h>

/* Room for a value in a message; most threads that may be asked for. */
#define VALUE_SHOWN 64
#define THREADS_MAX 64

static const char help[] =
    "Usage: entropylab assess PATH [OPTION]...\n"
    "Estimates the min-entropy of a recording, or of any file of one symbol a\n"
    "byte, by all ten estimators of SP 800-90B 6.3.\n"
    "\n"
    "  --bits N      bits of a symbol, 1 to 8 (default: as many as the "
    "largest\n"
    "                needs; 8 in a recording)\n"
    "  --iid         test whether they are IID as well (5.1, 5.2); a minute "
    "or\n"
    "                more where they are not\n"
    "  --all-statistics  with --iid: compute the compression statistic even\n"
    "                where another one has failed; many minutes\n"
    "  --seed N      of the permutations of --iid, 0 to 2^63 - 1 (0)\n"
    "  --json        print JSON\n"
    "  --verbose     print what each estimate was made of\n"
    "  --threads N   on at most N threads, 1 to 64 (as many as processors)\n"
    "  -h, --help    show this help\n"
    "\n"
    "Exit status 1: the recording's claim is higher than the assessment.\n"
    "75: a signal stopped --iid.\n";

struct request {
    const char *path;
    unsigned bits; /* 0: not given */
    unsigned threads;
    bool is_json, is_verbose, is_help, is_iid, is_complete;
    int64_t seed;
};

enum {
    OPTION_BITS = OPTION_LONG,
    OPTION_JSON,
    OPTION_VERBOSE,
    OPTION_THREADS,
    OPTION_IID,
    OPTION_ALL_STATISTICS,
    OPTION_SEED
};

static int take_number(const char *name, int64_t max, unsigned *value,
                       struct reason *why)
{
    char quoted[QUOTE_SIZE(VALUE_SHOWN)];
    int64_t number;
    if (number_parse(optarg, 1, max, &number) != 0) {
        reason_set(why, "--%s %s: a whole number, 1 to %d", name,
                   quote_text(optarg, quoted, sizeof(quoted)), (int)max);
        return -EINVAL;
    }
    *value = (unsigned)number;
    return 0;
}

static int take_seed(struct request *r, struct reason *why)
{
    char quoted[QUOTE_SIZE(VALUE_SHOWN)];
    if (number_parse(optarg, 0, INT64_MAX, &r->seed) == 0)
        return 0;
    reason_set(why, "--seed %s: a whole number, 0 to 2^63 - 1",
               quote_text(optarg, quoted, sizeof(quoted)));
    return -EINVAL;
}

static int read_options(struct request *r, int argc, char *argv[],
                        struct reason *why)
{
    static const struct option options[] = {
        {"bits", required_argument, NULL, OPTION_BITS},
        {"iid", no_argument, NULL, OPTION_IID},
        {"all-statistics", no_argument, NULL, OPTION_ALL_STATISTICS},
        {"seed", required_argument, NULL, OPTION_SEED},
        {"json", no_argument, NULL, OPTION_JSON},
        {"verbose", no_argument, NULL, OPTION_VERBOSE},
        {"threads", required_argument, NULL, OPTION_THREADS},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option;
    int rc = 0;
    option_rewind();
    while (rc == 0 &&
           (option = option_next(argc, argv, options, why)) != OPTION_END) {
        if (option == OPTION_REFUSED)
            return -EINVAL;
        r->is_json |= option == OPTION_JSON;
        r->is_verbose |= option == OPTION_VERBOSE;
        r->is_help |= option == 'h';
        r->is_iid |= option == OPTION_IID;
        r->is_complete |= option == OPTION_ALL_STATISTICS;
        if (option == OPTION_SEED)
            rc = take_seed(r, why);
        if (option == OPTION_BITS)
            rc = take_number("bits", SYMBOL_BITS_MAX, &r->bits, why);
        if (option == OPTION_THREADS)
            rc = take_number("threads", THREADS_MAX, &r->threads, why);
    }
    if (rc < 0 || r->is_help)
        return rc;
    if (optind + 1 != argc) {
        reason_set(why, "expected one recording or file, got %d",
                   argc - optind);
        return -EINVAL;
    }
    if (!r->is_iid && r->is_complete) {
        reason_set(why, "--all-statistics: only with --iid");
        return -EINVAL;
    }
    r->path = argv[optind];
    return 0;
}

/* A signal that comes meanwhile ends the permutations, not the program, so that
 * what is known by then is printed. */
static int run_iid(struct iid_result *iid, const struct request *r,
                   const struct dataset *data, const struct symbols *symbols)
{
    const struct permutation_options options = {
        .seed = (uint64_t)r->seed,
        .threads = r->threads,
        .is_progress_shown = true,
        .is_complete = r->is_complete,
        .stopped_by = stop_signals_pending,
    };
    struct stop_signals signals;
    stop_signals_hold(&signals);
    int rc = iid_run(iid, &symbols->literal, data->symbols, &options);
    stop_signals_release(&signals);
    return rc;
}

/* Once the data are there. */
static int assess(const struct request *r, const struct dataset *data,
                  const struct symbols *symbols)
{
    struct assessment a;
    struct iid_result iid = {0};
    const struct findings f = {r->path, data, &a, r->is_iid ? &iid : NULL,
                               r->is_verbose};
    const struct canvas canvas = canvas_of(stdout);
    int rc = assessment_run(&a, symbols, r->threads, true);
    if (rc == 0 && r->is_iid)
        rc = run_iid(&iid, r, data, symbols);
    if (rc == 0)
        rc = r->is_json ? command_print_json(findings_json(&f))
                        : findings_print(&f, &canvas);
    if (rc < 0) {
        (void)fprintf(stderr, "entropylab: %s: not enough memory\n", r->path);
        return EX_OSERR;
    }
    if (iid.permutation.stopped_by != NULL) {
        (void)fprintf(stderr, "entropylab: %s: permutations stopped by %s\n",
                      r->path, iid.permutation.stopped_by);
        return EX_TEMPFAIL;
    }
    return findings_refute(&f) ? EXIT_REFUTED : EX_OK;
}

static int load_and_assess(const struct request *r)
{
    struct dataset data;
    struct symbols symbols;
    struct reason why;
    int status;
    int rc = dataset_load(&data, r->path, &why);
    unsigned bits =
        r->bits == 0 && data.record != NULL ? SYMBOL_BITS_MAX : r->bits;
    if (rc < 0) {
        (void)fprintf(stderr, "entropylab: %s\n", why.text);
        status = dataset_exit_status(rc);
        goto end;
    }
    rc = symbols_init(&symbols, data.symbols, data.n, bits, &why);
    if (rc < 0) {
        (void)fprintf(stderr, "entropylab: %s: %s\n", r->path, why.text);
        status = dataset_exit_status(rc);
        goto end;
    }
    status = assess(r, &data, &symbols);
    symbols_fini(&symbols);
end:
    dataset_free(&data);
    return command_finish(status);
}

int command_assess(int argc, char *argv[])
{
    struct request request = {.threads = work_processors()};
    struct reason why;
    if (read_options(&request, argc, argv, &why) < 0)
        return command_refuse("assess", &why);
    if (request.is_help) {
        (void)fputs(help, stdout);
        return command_finish(EX_OK);
    }
    return load_and_assess(&request);
}
