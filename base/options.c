/* SPDX-License-Identifier: MIT */
/* getopt_long()'s findings, put into words. */

#include "base/options.h"

#include "base/nearest.h"
#include "base/quote.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* More options than a program of ours has. */
#define OPTIONS_MAX 64

static bool has_letter(const struct option *option)
{
    return option->val > 0 && option->val < OPTION_LONG;
}

/* getopt's string of letters. The colon in front keeps it silent and lets it
 * tell a missing argument from an unknown option. */
static void list_letters(const struct option *options,
                         char letters[2 * OPTIONS_MAX + 2])
{
    size_t n = 0;

    letters[n++] = ':';
    for (; options->name != NULL; options++) {
        if (!has_letter(options))
            continue;
        letters[n++] = (char)options->val;
        if (options->has_arg == required_argument)
            letters[n++] = ':';
    }
    letters[n] = '\0';
}

/* How many options begin with the first `length` bytes of name. */
static size_t count_matches(const struct option *options, const char *name,
                            size_t length)
{
    size_t count = 0;

    for (; options->name != NULL; options++)
        count += strncmp(options->name, name, length) == 0;
    return count;
}

/* The word "--name" or "--name=value" is not a known option. */
static void refuse_word(const char *word, const struct option *options,
                        struct reason *why)
{
    const char *names[OPTIONS_MAX];
    size_t count = 0;
    char shown[64];
    char quoted[80];
    size_t length = strcspn(word, "=");

    if (length >= sizeof(shown))
        length = sizeof(shown) - 1;
    memcpy(shown, word, length);
    shown[length] = '\0';
    quote_text(shown, quoted, sizeof(quoted));
    for (const struct option *o = options; o->name != NULL; o++)
        names[count++] = o->name;
    const char *name = shown + strspn(shown, "-");
    const char *nearest = nearest_name(name, names, count);

    if (count_matches(options, name, strlen(name)) > 1)
        reason_set(why, "option %s is ambiguous", quoted);
    else if (nearest != NULL)
        reason_set(why, "unknown option %s (did you mean --%s?)", quoted,
                   nearest);
    else
        reason_set(why, "unknown option %s", quoted);
}

/* optopt tells the option: 0 is an unknown or ambiguous word, a letter without
 * an option an unknown letter; else its argument is the trouble. */
static void refuse(char *const argv[], const struct option *options,
                   struct reason *why)
{
    char letter[3] = {'-', (char)optopt, '\0'};
    char quoted[16];

    if (optopt == 0) {
        refuse_word(argv[optind - 1], options, why);
        return;
    }
    for (const struct option *o = options; o->name != NULL; o++) {
        if (o->val != optopt)
            continue;
        reason_set(why,
                   o->has_arg == no_argument ? "option --%s takes no value"
                                             : "option --%s needs a value",
                   o->name);
        return;
    }
    reason_set(why, "unknown option %s",
               quote_text(letter, quoted, sizeof(quoted)));
}

void option_rewind(void)
{
    optind = 0; /* 1 would keep the place in a bundle of letters */
}

int option_next(int argc, char *const argv[], const struct option *options,
                struct reason *why)
{
    char letters[2 * OPTIONS_MAX + 2];
    size_t count = count_matches(options, "", 0);

    assert(count <= OPTIONS_MAX);
    list_letters(options, letters);
    opterr = 0;
    optopt = 0; /* BSD's leaves it alone where a word is ambiguous */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the header says when */
    int found = getopt_long(argc, argv, letters, options, NULL);
    if (found != ':' && found != '?')
        return found;
    refuse(argv, options, why);
    return OPTION_REFUSED;
}
