/* SPDX-License-Identifier: MIT */
/* Options by getopt_long(), as in the daemon (base/options.h). */

#include "client/ctl/options.h"

#include "base/number.h"
#include "base/options.h"
#include "base/quote.h"
#include "client/ctl/connect.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct ctl_option_info ctl_options[OPTIONS_TOTAL] = {
#define X(enumerator, letter, name, value, choices, help)                      \
    [enumerator] = {letter, name, value, choices, help},
    CTL_OPTIONS(X)
#undef X
};

static int value_of(int option)
{
    return ctl_options[option].letter != '\0' ? ctl_options[option].letter
                                              : OPTION_LONG + option;
}

/* The options of `allowed` as getopt_long() wants them, each name once. */
static void list_options(uint32_t allowed, struct option *list)
{
    size_t count = 0;

    for (int i = 0; i < OPTIONS_TOTAL; i++) {
        bool is_listed = false;
        for (size_t k = 0; k < count; k++)
            is_listed |= strcmp(list[k].name, ctl_options[i].name) == 0;
        if ((allowed & OPTION_BIT(i)) == 0 || is_listed)
            continue;
        list[count++] = (struct option){
            .name = ctl_options[i].name,
            .has_arg =
                ctl_options[i].value != NULL ? required_argument : no_argument,
            .val = value_of(i),
        };
    }
    list[count] = (struct option){.name = NULL};
}

const char *ctl_find_command(int argc, char **argv)
{
    struct option list[OPTIONS_TOTAL + 1];
    struct reason ignored;
    /* getopt_long() moves words: an option without its value would find one
     * the next time. */
    char **words = calloc((size_t)argc + 1, sizeof(*words));

    if (words == NULL)
        return NULL;
    for (int i = 0; i < argc; i++)
        words[i] = argv[i];
    list_options(OPTIONS_ALL, list);
    option_rewind();
    while (option_next(argc, words, list, &ignored) != OPTION_END)
        ;
    const char *name = optind < argc ? words[optind] : NULL;
    free(words);
    return name;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t length = strlen(value);

    for (const char *at = choices; length > 0;) {
        size_t one = strcspn(at, "|");
        if (one == length && memcmp(at, value, length) == 0)
            return true;
        if (at[one] == '\0')
            break;
        at += one + 1;
    }
    return false;
}

/* Takes the option that option_next() found, with its value in optarg. */
static bool take(struct ctl_arguments *arguments, uint32_t allowed, int found,
                 struct reason *why)
{
    int i = 0;
    char quoted[80];

    while ((allowed & OPTION_BIT(i)) == 0 || value_of(i) != found)
        i++;
    const struct ctl_option_info *option = &ctl_options[i];
    const char *value = option->value != NULL && optarg != NULL ? optarg : "";
    if (arguments->values[i] != NULL) {
        reason_set(why, "option --%s is given twice", option->name);
        return false;
    }
    if (option->choices != NULL && !is_choice(option->choices, value)) {
        reason_set(why, "--%s must be %s, not %s", option->name,
                   option->choices, quote_text(value, quoted, sizeof(quoted)));
        return false;
    }
    arguments->values[i] = value;
    return true;
}

/* "-5" is refused as an option; what was meant is a number. */
static void explain_number(char *const *argv, struct reason *why)
{
    char quoted[80];

    if (optopt < '0' || optopt > '9')
        return;
    for (; *argv != NULL; argv++) {
        if ((*argv)[0] != '-' || (*argv)[1] != (char)optopt)
            continue;
        reason_set(why, "a number cannot be negative: %s",
                   quote_text(*argv, quoted, sizeof(quoted)));
        return;
    }
}

bool ctl_arguments_read(struct ctl_arguments *arguments, int argc, char **argv,
                        uint32_t allowed, struct reason *why)
{
    struct option list[OPTIONS_TOTAL + 1];
    int found;

    arguments->word_count = 0;
    memset(arguments->values, 0, sizeof(arguments->values));
    list_options(allowed, list);
    option_rewind();
    while ((found = option_next(argc, argv, list, why)) != OPTION_END) {
        if (found == OPTION_REFUSED)
            explain_number(argv, why);
        if (found == OPTION_REFUSED || !take(arguments, allowed, found, why))
            return false;
    }
    for (; optind < argc; optind++) {
        char quoted[80];
        if (arguments->word_count == CTL_WORDS_MAX) {
            reason_set(why, "unexpected argument %s",
                       quote_text(argv[optind], quoted, sizeof(quoted)));
            return false;
        }
        arguments->words[arguments->word_count++] = argv[optind];
    }
    return true;
}

int ctl_usage(const struct ctl_arguments *arguments, const char *format, ...)
{
    va_list values;

    fputs("entropyctl: ", stderr);
    va_start(values, format);
    /* clang-tidy 14 does not see va_start(). */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    vfprintf(stderr, format, values);
    va_end(values);
    if (arguments->word_count > 0)
        fprintf(stderr, "\nTry \"entropyctl %s --help\".\n",
                arguments->words[0]);
    else
        fputs("\nTry \"entropyctl --help\".\n", stderr);
    return CTL_USAGE;
}

int ctl_read_number(const struct ctl_arguments *arguments, const char *what,
                    const char *text, int64_t min, int64_t max, int64_t *number)
{
    char quoted[80];

    if (number_parse(text, min, max, number) == 0)
        return CTL_OK;
    return ctl_usage(arguments,
                     "%s must be a number from %" PRId64 " to %" PRId64
                     ", not %s",
                     what, min, max, quote_text(text, quoted, sizeof(quoted)));
}

int ctl_read_size(const struct ctl_arguments *arguments, const char *what,
                  const char *text, int64_t min, int64_t max, int64_t *number)
{
    char quoted[80];

    if (number_parse_size(text, min, max, number) == 0)
        return CTL_OK;
    return ctl_usage(arguments,
                     "%s must be a number from %" PRId64 " to %" PRId64
                     ", optionally with k, M or G, not %s",
                     what, min, max, quote_text(text, quoted, sizeof(quoted)));
}

/* A bound of a duration in its largest unit: "500ms", "1h". */
static const char *bound_text(int64_t ms, char *text, size_t size)
{
    if (ms == 0)
        snprintf(text, size, "0");
    else if (ms % 3600000 == 0)
        snprintf(text, size, "%" PRId64 "h", ms / 3600000);
    else if (ms % 60000 == 0)
        snprintf(text, size, "%" PRId64 "m", ms / 60000);
    else if (ms % 1000 == 0)
        snprintf(text, size, "%" PRId64 "s", ms / 1000);
    else
        snprintf(text, size, "%" PRId64 "ms", ms);
    return text;
}

int ctl_option_duration(const struct ctl_arguments *arguments,
                        enum ctl_option option, int64_t plain_ms,
                        int64_t min_ms, int64_t max_ms, int64_t default_ms,
                        int64_t *ms)
{
    const char *text = arguments->values[option];
    char min[24];
    char max[24];
    char quoted[80];

    *ms = default_ms;
    if (text == NULL ||
        number_parse_duration(text, plain_ms, min_ms, max_ms, ms) == 0)
        return CTL_OK;
    return ctl_usage(
        arguments,
        "--%s must be a time from %s to %s (units ms, s, m, h; a "
        "plain number is in %s), not %s",
        ctl_options[option].name, bound_text(min_ms, min, sizeof(min)),
        bound_text(max_ms, max, sizeof(max)), plain_ms == 1 ? "ms" : "s",
        quote_text(text, quoted, sizeof(quoted)));
}

int ctl_option_number(const struct ctl_arguments *arguments,
                      enum ctl_option option, int64_t min, int64_t max,
                      int64_t default_value, int64_t *number)
{
    char what[32];

    *number = default_value;
    if (!ctl_is_given(arguments, option))
        return CTL_OK;
    snprintf(what, sizeof(what), "--%s", ctl_options[option].name);
    return ctl_read_number(arguments, what, arguments->values[option], min, max,
                           number);
}
