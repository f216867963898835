/* SPDX-License-Identifier: MIT */
/* Numbers and what goes with what. */

#include "lab/record_options.h"

#include "base/nearest.h"
#include "base/number.h"
#include "base/quote.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for a number, or for a name, of an option's value. */
#define WORD_MAX 64

/* Thousandths of a bit: of the claim. */
#define MILLIBITS 1000

#define refuse(...) (reason_set(__VA_ARGS__), -EINVAL)

void record_request_init(struct record_request *request,
                         const struct collector *c)
{
    assert(collector_tunable_count(c) <= RECORD_TUNABLES_MAX);
    *request = (struct record_request){
        .collector = c,
        .claim_millibits = c->info->claim_millibits,
        .stall_ms = RECORD_STALL_MS,
    };
    for (size_t i = 0; c->tunables[i].name != NULL; i++)
        request->tunables[i] = c->tunables[i].default_value;
}

/* The part of text up to `end` as a number; *rest is what follows `end`. */
static bool take_number(const char *text, char end, uint32_t min, uint32_t max,
                        uint32_t *number, const char **rest)
{
    char word[WORD_MAX];
    int64_t value;
    const char *stop = strchr(text, end);
    if (stop == NULL || (size_t)(stop - text) >= sizeof(word))
        return false;
    memcpy(word, text, (size_t)(stop - text));
    word[stop - text] = '\0';
    if (number_parse(word, min, max, &value) != 0)
        return false;
    *number = (uint32_t)value;
    *rest = end == '\0' ? stop : stop + 1;
    return true;
}

int record_take_samples(struct record_request *request, const char *text,
                        struct reason *why)
{
    char quoted[QUOTE_SIZE(WORD_MAX)];
    const char *rest;
    if (!take_number(text, '\0', RECORD_SAMPLES_MIN, RECORD_SAMPLES_MAX,
                     &request->samples, &rest))
        return refuse(why, "--samples %s: a whole number of samples, %u to %u",
                      quote_text(text, quoted, sizeof(quoted)),
                      RECORD_SAMPLES_MIN, RECORD_SAMPLES_MAX);
    return 0;
}

int record_take_restarts(struct record_request *request, const char *text,
                         struct reason *why)
{
    char quoted[QUOTE_SIZE(WORD_MAX)];
    const char *rest;
    if (!take_number(text, 'x', RECORD_RESTARTS_MIN, RECORD_RESTARTS_MAX,
                     &request->restarts, &rest) ||
        !take_number(rest, '\0', RECORD_ROW_MIN, RECORD_ROW_MAX,
                     &request->row_samples, &rest))
        return refuse(why,
                      "--restarts %s: RESTARTSxSAMPLES, %u to %u restarts of "
                      "%u to %u samples",
                      quote_text(text, quoted, sizeof(quoted)),
                      RECORD_RESTARTS_MIN, RECORD_RESTARTS_MAX, RECORD_ROW_MIN,
                      RECORD_ROW_MAX);
    return 0;
}

/* "0.5" or "1": a number of bits in thousandths, 1 to 1000. */
static int take_claim(struct record_request *request, const char *text,
                      struct reason *why)
{
    char quoted[QUOTE_SIZE(WORD_MAX)];
    size_t whole = strspn(text, "0123456789");
    size_t point = text[whole] == '.';
    size_t decimals = strspn(text + whole + point, "0123456789");
    bool is_number = whole > 0 && (point == 0) == (decimals == 0) &&
                     decimals <= 3 && text[whole + point + decimals] == '\0';
    double bits = is_number ? strtod(text, NULL) : 0;
    if (!(bits >= 1.0 / MILLIBITS && bits <= 1))
        return refuse(
            why,
            "claim_bits=%s: bits a sample, 0.001 to 1 with up to three "
            "decimals",
            quote_text(text, quoted, sizeof(quoted)));
    request->claim_millibits = (unsigned)(bits * MILLIBITS + 0.5);
    return 0;
}

static bool take_boolean(const char *text, struct tunable_value *value)
{
    bool is_true = strcmp(text, "true") == 0;
    if (!is_true && strcmp(text, "false") != 0)
        return false;
    value->values[0] = is_true;
    value->count = 1;
    return true;
}

/* One number, or where `most` is more several with commas between them. */
static bool take_list(const struct tunable *t, const char *text, unsigned most,
                      struct tunable_value *value)
{
    char word[WORD_MAX];
    for (value->count = 0; value->count < most;) {
        size_t length = strcspn(text, ",");
        if (length >= sizeof(word))
            return false;
        memcpy(word, text, length);
        word[length] = '\0';
        if (number_parse(word, t->min, t->max, &value->values[value->count]) !=
            0)
            return false;
        value->count++;
        if (text[length] == '\0')
            return true;
        text += length + 1;
    }
    return false;
}

static int take_tunable(const struct tunable *t, const char *text,
                        struct tunable_value *value, struct reason *why)
{
    char quoted[QUOTE_SIZE(WORD_MAX)];
    struct tunable_value taken = {.is_set = true};
    quote_text(text, quoted, sizeof(quoted));
    if (t->type == TUNABLE_BOOLEAN && !take_boolean(text, &taken))
        return refuse(why, "%s=%s: true or false", t->name, quoted);
    if (t->type == TUNABLE_INTEGER && !take_list(t, text, 1, &taken))
        return refuse(why, "%s=%s: a whole number from %" PRId64 " to %" PRId64,
                      t->name, quoted, t->min, t->max);
    if (t->type == TUNABLE_LIST &&
        !take_list(t, text, TUNABLE_LIST_MAX, &taken))
        return refuse(why,
                      "%s=%s: 1 to %d whole numbers from %" PRId64
                      " to %" PRId64 ", with commas between them",
                      t->name, quoted, TUNABLE_LIST_MAX, t->min, t->max);
    *value = taken;
    return 0;
}

static int refuse_key(const struct collector *c, const char *key,
                      struct reason *why)
{
    const char *names[RECORD_TUNABLES_MAX + 1] = {"claim_bits"};
    char quoted[QUOTE_SIZE(WORD_MAX)];
    size_t count = collector_tunable_count(c);
    for (size_t i = 0; i < count; i++)
        names[i + 1] = c->tunables[i].name;
    const char *nearest = nearest_name(key, names, count + 1);
    return refuse(why, "%s has no setting %s%s%s%s", c->name,
                  quote_text(key, quoted, sizeof(quoted)),
                  nearest != NULL ? " (did you mean " : "",
                  nearest != NULL ? nearest : "", nearest != NULL ? "?)" : "");
}

/* What follows the prefix "sources.<name>." of the daemon's keys, or all. */
static const char *without_prefix(const struct collector *c, const char *text)
{
    char prefix[WORD_MAX];
    int length = snprintf(prefix, sizeof(prefix), "sources.%s.", c->name);
    bool has_prefix = strncmp(text, prefix, (size_t)length) == 0;
    return has_prefix ? text + length : text;
}

int record_take_setting(struct record_request *request, const char *text,
                        struct reason *why)
{
    const struct collector *c = request->collector;
    char key[WORD_MAX];
    char quoted[QUOTE_SIZE(WORD_MAX)];
    const char *name = without_prefix(c, text);
    size_t length = strcspn(name, "=");
    if (name[length] != '=')
        return refuse(why, "--set %s: not of the form KEY=VALUE",
                      quote_text(text, quoted, sizeof(quoted)));
    (void)snprintf(key, sizeof(key), "%.*s", (int)length, name);
    if (strcmp(key, "claim_bits") == 0)
        return take_claim(request, name + length + 1, why);
    for (size_t i = 0; c->tunables[i].name != NULL; i++) {
        if (strcmp(c->tunables[i].name, key) == 0)
            return take_tunable(&c->tunables[i], name + length + 1,
                                &request->tunables[i], why);
    }
    return refuse_key(c, key, why);
}

/* How many samples the rows hold together. */
static int count_matrix(struct record_request *request, struct reason *why)
{
    uint64_t samples = (uint64_t)request->restarts * request->row_samples;
    if (request->samples != 0)
        return refuse(why,
                      "--samples and --restarts both say how many samples; "
                      "give one of them");
    if (samples < RECORD_SAMPLES_MIN || samples > RECORD_SAMPLES_MAX)
        return refuse(why,
                      "--restarts %" PRIu32 "x%" PRIu32 " makes %" PRIu64
                      " samples; %u to %u in all",
                      request->restarts, request->row_samples, samples,
                      RECORD_SAMPLES_MIN, RECORD_SAMPLES_MAX);
    request->samples = (uint32_t)samples;
    return 0;
}

int record_check(struct record_request *request, struct reason *why)
{
    if (request->directory == NULL)
        return refuse(why, "a recording needs a directory for its files: "
                           "--output");
    if (request->directory[0] == '\0')
        return refuse(why, "--output needs a name, not \"\"");
    int rc = request->collector->check(request->tunables, why);
    if (rc == 0 && request->restarts != 0)
        rc = count_matrix(request, why);
    if (request->samples == 0)
        request->samples = RECORD_SAMPLES_STANDARD;
    return rc;
}
