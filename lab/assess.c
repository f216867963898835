/* The report of --assess: head, bounds, restarts, alarms, pictures. */

#include "lab/assess.h"

#include "base/reason.h"
#include "daemon/settings/config.h"
#include "lab/assess_estimates.h"
#include "lab/assess_load.h"
#include "lab/assess_pictures.h"
#include "lab/assess_predictors.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define SYMBOL_BITS 8

bool assess_has_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        /* One thread. */
        const char *value =
            getenv(names[i]); /* NOLINT(concurrency-mt-unsafe) */
        if (value != NULL && value[0] != '\0')
            return strstr(value, "UTF-8") != NULL ||
                   strstr(value, "utf8") != NULL ||
                   strstr(value, "UTF8") != NULL;
    }
    return false;
}

static void print_load(FILE *out, const struct assess_data *data,
                       const char *when, const char *path)
{
    const json_t *load = assess_value(data, path);
    if (json_is_array(load))
        (void)fprintf(out, "%s %.2f", when,
                      json_number_value(json_array_get(load, 0)));
    else
        (void)fprintf(out, "%s unknown", when);
}

static void print_head(FILE *out, const struct assess_data *data)
{
    (void)fprintf(out, "%s: %zu samples", assess_text(data, "source"), data->n);
    if (data->columns > 0)
        (void)fprintf(out, ", %zu restarts of %zu", data->rows, data->columns);
    (void)fprintf(out, ", %s\n  %s %s %s, %" PRIu64 " x %s%s%s\n",
                  assess_text(data, "run.began_utc"),
                  assess_text(data, "machine.kernel"),
                  assess_text(data, "machine.release"),
                  assess_text(data, "machine.architecture"),
                  assess_integer(data, "machine.processors"),
                  assess_text(data, "machine.processor"),
                  assess_text(data, "machine.virtual")[0] != '\0' ? ", " : "",
                  assess_text(data, "machine.virtual"));
    print_load(out, data, "  load", "run.load_before");
    print_load(out, data, " before,", "run.load_after");
    (void)fprintf(
        out,
        " after; %.0f samples/s; entropyd %s %s\n  clock %s, "
        "granularity %" PRIu64 " ns; symbols (ticks / %" PRIu64 ") & 255\n",
        assess_number(data, "run.samples_per_second"),
        assess_text(data, "program.version"),
        assess_text(data, "program.commit"), assess_text(data, "clock.name"),
        assess_integer(data, "clock.granularity_ns"),
        assess_integer(data, "symbols.gcd_ticks"));
    if (!json_is_true(assess_value(data, "complete")))
        (void)fprintf(out, "  INCOMPLETE: %s\n",
                      assess_text(data, "stopped_by"));
}

/* The lowest bound so far, and whose it is. */
struct lowest {
    double bits;
    const char *name, *of;
};

/* bits_symbols < 0 or bits_bits < 0: not defined for these. */
static void print_bound(FILE *out, const char *name, const char *section,
                        double symbols, double bits, struct lowest *lowest)
{
    (void)fprintf(out, "  %-20s %-6s", name, section);
    if (symbols >= 0)
        (void)fprintf(out, "  %9.4f", symbols);
    else
        (void)fprintf(out, "  %9s", "-");
    (void)fprintf(out, "  %9.4f  %9.4f\n", bits, bits * SYMBOL_BITS);
    if (symbols >= 0 && symbols < lowest->bits)
        *lowest = (struct lowest){symbols, name, "symbols"};
    if (bits * SYMBOL_BITS < lowest->bits)
        *lowest = (struct lowest){bits * SYMBOL_BITS, name, "bits"};
}

/* The symbols' bits, most significant first as NIST's tool takes them; new. */
static uint8_t *make_bits(const struct assess_data *data)
{
    uint8_t *bits = malloc(data->n * SYMBOL_BITS);
    for (size_t i = 0; bits != NULL && i < data->n * SYMBOL_BITS; i++)
        bits[i] = data->symbols[i / SYMBOL_BITS] >>
                      (SYMBOL_BITS - 1 - i % SYMBOL_BITS) &
                  1;
    return bits;
}

static unsigned count_alphabet(const struct assess_data *data)
{
    bool is_seen[256] = {false};
    unsigned count = 0;
    for (size_t i = 0; i < data->n; i++) {
        count += !is_seen[data->symbols[i]];
        is_seen[data->symbols[i]] = true;
    }
    return count;
}

static void print_conclusion(FILE *out, const struct assess_data *data,
                             const struct lowest *lowest)
{
    double claim = assess_number(data, "claim_bits");
    (void)fprintf(out,
                  "  A sample has at most %.4f bits of min-entropy (%s of %s), "
                  "and may have less:\n  these are upper bounds, no result. "
                  "The claim is %.3f bits: %s.\n",
                  lowest->bits, lowest->name, lowest->of, claim,
                  lowest->bits < claim ? "REFUTED"
                                       : "they do not speak against it");
    if (lowest->bits >= claim && lowest->bits < 2 * claim)
        (void)fprintf(out, "  It is more than half of the lowest bound, which "
                           "is more than it should be.\n");
}

static int print_bounds(FILE *out, const struct assess_data *data)
{
    const uint8_t *s = data->symbols;
    size_t n = data->n;
    struct lowest lowest = {.bits = SYMBOL_BITS + 1};
    if (n < ASSESS_SYMBOLS_MIN) {
        (void)fprintf(out, "\nToo few samples for a bound: %u at least.\n",
                      ASSESS_SYMBOLS_MIN);
        return 0;
    }
    uint8_t *bits = make_bits(data);
    if (bits == NULL)
        return -ENOMEM;
    size_t m = n * SYMBOL_BITS;
    unsigned alphabet = count_alphabet(data);
    (void)fprintf(out,
                  "\nUpper bounds of the min-entropy (SP 800-90B 6.3), %u "
                  "different symbols:\n  %-20s %-6s  %9s  %9s  %9s\n",
                  alphabet, "", "", "a symbol", "a bit", "8 x a bit");
    print_bound(out, "most common value", "6.3.1", assess_most_common(s, n),
                assess_most_common(bits, m), &lowest);
    print_bound(out, "collision", "6.3.2", -1, assess_collision(bits, m),
                &lowest);
    print_bound(out, "Markov", "6.3.3", -1, assess_markov(bits, m), &lowest);
    if (m >= (size_t)6 * (ASSESS_COMPRESSION_LEARN + 2))
        print_bound(out, "compression", "6.3.4", -1,
                    assess_compression(bits, m, ASSESS_COMPRESSION_LEARN),
                    &lowest);
    print_bound(out, "multi-MCW", "6.3.7",
                assess_multi_mcw(s, n, alphabet, assess_windows),
                assess_multi_mcw(bits, m, 2, assess_windows), &lowest);
    print_bound(out, "lag", "6.3.8", assess_lag(s, n, alphabet, ASSESS_LAGS),
                assess_lag(bits, m, 2, ASSESS_LAGS), &lowest);
    free(bits);
    print_conclusion(out, data, &lowest);
    return 0;
}

/* How often the most frequent symbol stands among `count` symbols that lie
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

static void print_restarts(FILE *out, const struct assess_data *data)
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
                  "warm-up). Whether that is too often at a claim, NIST's\n"
                  "ea_restart says.\n",
                  row, data->columns, column, data->rows, column_at);
}

static void print_alarms(FILE *out, const struct assess_data *data)
{
    const json_t *alarms = assess_value(data, "verdicts.alarms");
    uint64_t total = assess_integer(data, "verdicts.alarms_total");
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

static int report(const struct assess_data *data, FILE *out, bool with_utf8)
{
    print_head(out, data);
    int result = print_bounds(out, data);
    print_restarts(out, data);
    print_alarms(out, data);
    if (result == 0)
        result = assess_histogram(out, data, with_utf8);
    if (result == 0)
        result = assess_correlation(out, data, with_utf8);
    return result;
}

int assess_run(const char *directory, FILE *out, bool with_utf8)
{
    struct assess_data data;
    struct reason why;
    int result = assess_load(&data, directory, &why);
    if (result < 0)
        (void)fprintf(stderr, "entropyd: %s\n", why.text);
    else if (report(&data, out, with_utf8) < 0)
        (void)fprintf(stderr, "entropyd: %s: not enough memory\n", directory);
    assess_free(&data);
    if (result == -EINVAL || result == -EBADMSG)
        return EX_DATAERR;
    if (result < 0)
        return EX_NOINPUT;
    return fflush(out) != 0 || ferror(out) ? EX_IOERR : EX_OK;
}
