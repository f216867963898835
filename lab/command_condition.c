/* SPDX-License-Identifier: MIT */
/* entropylab condition: options and words. */

#include "lab/command.h"

#include "base/number.h"
#include "base/options.h"
#include "base/quote.h"
#include "lab/conditioning.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <sysexits.h>

static const char help[] =
    "Usage: entropylab condition --n-in N --n-out N --nw N --h-in H "
    "[OPTION]...\n"
    "The min-entropy of a conditioning function's output, SP 800-90B 3.1.5.\n"
    "\n"
    "  --n-in N     bits in, 1 to 4294967295\n"
    "  --n-out N    bits out, likewise\n"
    "  --nw N       narrowest internal width in bits, likewise (256 of "
    "SHA-256)\n"
    "  --h-in H     bits of min-entropy in, up to N bits in\n"
    "  --h-bit H    the function is not vetted: assessed min-entropy of a bit\n"
    "               of its output, 0 to 1\n"
    "  --json       print JSON\n"
    "  -h, --help   show this help\n";

enum {
    OPTION_N_IN = OPTION_LONG,
    OPTION_N_OUT,
    OPTION_NW,
    OPTION_H_IN,
    OPTION_H_BIT,
    OPTION_JSON
};

struct request {
    struct conditioning c;
    double h_bit; /* less than 0: vetted */
    bool is_json, is_help;
};

/* Most bits: what a chance of 2^-bits is computed for. */
#define BITS_MAX 4294967295.0

static int take_width(const char *name, uint32_t *value, struct reason *why)
{
    double number = 0;
    int rc = command_number(name, optarg, 1, BITS_MAX, &number, why);
    if (rc == 0 && number != floor(number)) {
        reason_set(why, "%s %s: a whole number of bits", name, optarg);
        return -EINVAL;
    }
    if (rc == 0)
        *value = (uint32_t)number;
    return rc;
}

static int take(struct request *r, int option, struct reason *why)
{
    switch (option) {
    case OPTION_N_IN:
        return take_width("--n-in", &r->c.n_in, why);
    case OPTION_N_OUT:
        return take_width("--n-out", &r->c.n_out, why);
    case OPTION_NW:
        return take_width("--nw", &r->c.nw, why);
    case OPTION_H_IN:
        return command_number("--h-in", optarg, 1e-9, BITS_MAX, &r->c.h_in,
                              why);
    case OPTION_H_BIT:
        return command_number("--h-bit", optarg, 0, 1, &r->h_bit, why);
    case OPTION_JSON:
        r->is_json = true;
        return 0;
    case 'h':
        r->is_help = true;
        return 0;
    default: /* OPTION_REFUSED */
        return -EINVAL;
    }
}

static int check(const struct request *r, int operands, struct reason *why)
{
    const char *missing = r->c.n_in == 0    ? "--n-in"
                          : r->c.n_out == 0 ? "--n-out"
                          : r->c.nw == 0    ? "--nw"
                          : r->c.h_in == 0  ? "--h-in"
                                            : NULL;
    if (operands > 0)
        reason_set(why, "expected options only, got %d other words", operands);
    else if (missing != NULL)
        reason_set(why, "%s is missing", missing);
    else if (r->c.h_in > r->c.n_in)
        reason_set(why, "--h-in %.10g is more than --n-in %u", r->c.h_in,
                   r->c.n_in);
    else
        return 0;
    return -EINVAL;
}

static int read_options(struct request *r, int argc, char *argv[],
                        struct reason *why)
{
    static const struct option options[] = {
        {"n-in", required_argument, NULL, OPTION_N_IN},
        {"n-out", required_argument, NULL, OPTION_N_OUT},
        {"nw", required_argument, NULL, OPTION_NW},
        {"h-in", required_argument, NULL, OPTION_H_IN},
        {"h-bit", required_argument, NULL, OPTION_H_BIT},
        {"json", no_argument, NULL, OPTION_JSON},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option;
    option_rewind();
    while ((option = option_next(argc, argv, options, why)) != OPTION_END) {
        if (take(r, option, why) < 0)
            return -EINVAL;
    }
    return r->is_help ? 0 : check(r, argc - optind, why);
}

static int print_json(const struct request *r, const struct conditioned *out)
{
    return command_print_json(
        json_pack("{s:I, s:I, s:I, s:f, s:b, s:f, s:f, s:f}", "n_in",
                  (json_int_t)r->c.n_in, "n_out", (json_int_t)r->c.n_out, "nw",
                  (json_int_t)r->c.nw, "h_in", r->c.h_in, "vetted",
                  r->h_bit < 0, "h_out", out->h_out, "missing", out->missing,
                  "epsilon_exponent", conditioning_epsilon(&r->c, out)));
}

static void print_text(const struct request *r, const struct conditioned *out)
{
    (void)printf("h_out = %.12f of %u bits, by a %s function\n"
                 "missing: %.6g bits; h_out = (1 - 2^-%.4f) x n_out\n",
                 out->h_out, r->c.n_out, r->h_bit < 0 ? "vetted" : "not vetted",
                 out->missing, conditioning_epsilon(&r->c, out));
    /* SP 800-90C 2.2. */
    if (r->h_bit >= 0)
        (void)printf("Not full entropy: that takes a vetted function.\n");
    else if (conditioning_epsilon(&r->c, out) >= 32)
        (void)printf("Full entropy (SP 800-90C: epsilon at most 2^-32), if "
                     "h_in is right.\n");
    else
        (void)printf("Not full entropy; with %.1f bits in it would be.\n",
                     fmin(r->c.n_out, r->c.nw) + 64.0);
}

int command_condition(int argc, char *argv[])
{
    struct request r = {.h_bit = -1};
    struct reason why;
    if (read_options(&r, argc, argv, &why) < 0)
        return command_refuse("condition", &why);
    if (r.is_help) {
        (void)fputs(help, stdout);
        return command_finish(EX_OK);
    }
    struct conditioned out = r.h_bit < 0 ? conditioning_output(&r.c)
                                         : conditioning_unvetted(&r.c, r.h_bit);
    if (r.is_json && print_json(&r, &out) < 0)
        return EX_OSERR;
    if (!r.is_json)
        print_text(&r, &out);
    return command_finish(EX_OK);
}
