/* SPDX-License-Identifier: MIT */
/* entropylab correlate A B: options and words. */

#include "lab/command.h"

#include "base/options.h"
#include "lab/correlation.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <sysexits.h>

static const char help[] =
    "Usage: entropylab correlate A B [OPTION]...\n"
    "Looks whether two recordings that were made at the same time depend on\n"
    "each other: their durations in slots of 10 ms, and their symbols.\n"
    "\n"
    "      --json  print JSON\n"
    "  -h, --help  show this help\n"
    "\n"
    "Exit status 1: a symbol of the one tells of those of the other.\n";

enum { OPTION_JSON = OPTION_LONG };

struct request {
    const char *paths[2];
    bool is_json, is_help;
};

static int read_options(struct request *r, int argc, char *argv[],
                        struct reason *why)
{
    static const struct option options[] = {
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
    }
    if (r->is_help)
        return 0;
    if (optind + 2 != argc) {
        reason_set(why, "expected two recordings, got %d", argc - optind);
        return -EINVAL;
    }
    r->paths[0] = argv[optind];
    r->paths[1] = argv[optind + 1];
    return 0;
}

static double largest_r(const struct correlation *c)
{
    return c->durations[c->duration_lag + CORRELATION_SLOTS];
}

static double most_bits(const struct correlation *c)
{
    return c->bits[c->symbol_lag + CORRELATION_PAIRS];
}

static const char *verdict(const struct correlation *c)
{
    if (c->are_symbols_dependent)
        return "DEPENDENT: symbols tell of each other; credit one of the two.";
    if (c->are_durations_correlated)
        return "SHARED LOAD: durations rise and fall together, symbols tell "
               "nothing of each other; credit one of the two.";
    return "No dependence found; that is no proof of independence.";
}

static void print_text(const struct request *r, const struct correlation *c)
{
    (void)printf("%s and %s, %.1f s together\n\n", r->paths[0], r->paths[1],
                 c->seconds);
    (void)printf("Durations, means of %d ms, lags to %d ms either way:\n"
                 "  largest correlation %+.4f, of B %d ms behind A; bound "
                 "%.4f: %s\n",
                 CORRELATION_SLOT_MS, CORRELATION_SLOT_MS * CORRELATION_SLOTS,
                 largest_r(c), c->duration_lag * CORRELATION_SLOT_MS, c->bound,
                 c->are_durations_correlated ? "correlated" : "not correlated");
    (void)printf("Symbols, %zu pairs, lags to %d samples either way:\n"
                 "  one tells at most %.5f bits of another, at lag %d; by "
                 "chance %.5f: %s\n\n%s\n",
                 c->pairs, CORRELATION_PAIRS, most_bits(c), c->symbol_lag,
                 c->chance_bits,
                 c->are_symbols_dependent ? "DEPENDENT" : "not dependent",
                 verdict(c));
}

static json_t *array_of(const double *values, size_t count)
{
    json_t *all = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(all, json_real(values[i]));
    return all;
}

static int print_json(const struct correlation *c)
{
    return command_print_json(json_pack(
        "{s:f, s:{s:i, s:I, s:f, s:i, s:f, s:b, s:o}, s:{s:I, s:f, s:i, s:f, "
        "s:b, s:o}, s:s}",
        "seconds", c->seconds, "durations", "slot_ms", CORRELATION_SLOT_MS,
        "slots", (json_int_t)c->slots, "largest", largest_r(c), "lag_ms",
        c->duration_lag * CORRELATION_SLOT_MS, "bound", c->bound, "correlated",
        (int)c->are_durations_correlated, "correlations",
        array_of(c->durations, 2 * CORRELATION_SLOTS + 1), "symbols", "pairs",
        (json_int_t)c->pairs, "most_bits", most_bits(c), "lag", c->symbol_lag,
        "chance_bits", c->chance_bits, "dependent",
        (int)c->are_symbols_dependent, "bits",
        array_of(c->bits, 2 * CORRELATION_PAIRS + 1), "verdict", verdict(c)));
}

int command_correlate(int argc, char *argv[])
{
    struct request request = {.is_json = false};
    struct dataset data[2] = {{0}};
    struct correlation c = {0};
    struct reason why;
    if (read_options(&request, argc, argv, &why) < 0)
        return command_refuse("correlate", &why);
    if (request.is_help) {
        (void)fputs(help, stdout);
        return command_finish(EX_OK);
    }
    int rc = 0;
    for (size_t i = 0; i < 2 && rc == 0; i++)
        rc = dataset_load(&data[i], request.paths[i], &why);
    if (rc == 0)
        rc = correlation_run(&c, &data[0], &data[1], &why);
    if (rc < 0)
        (void)fprintf(stderr, "entropylab: %s\n", why.text);
    else if (request.is_json)
        rc = print_json(&c);
    else
        print_text(&request, &c);
    for (size_t i = 0; i < 2; i++)
        dataset_free(&data[i]);
    if (rc < 0)
        return dataset_exit_status(rc);
    return command_finish(c.are_symbols_dependent ? EXIT_REFUTED : EX_OK);
}
