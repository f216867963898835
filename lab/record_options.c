/* SPDX-License-Identifier: MIT */
/* Numbers and what goes with what. Settings are read as the daemon reads its
 * keys. */

#include "lab/record_options.h"

#include "base/nearest.h"
#include "base/number.h"
#include "base/quote.h"
#include "daemon/settings/keys.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Room for a number, or for a name, of an option's value. */
#define WORD_MAX 64

/* The one key of a source that is no tunable but a recording's setting too. */
static const char claim_key[] = "claim_bits";

#define refuse(...) (reason_set(__VA_ARGS__), -EINVAL)

void record_request_init(struct record_request *request,
                         const struct collector *c)
{
    assert(collector_tunable_count(c) <= CONFIG_TUNABLE_MAX);
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

static int refuse_key(const struct collector *c, const char *key,
                      struct reason *why)
{
    const char *names[CONFIG_TUNABLE_MAX + 1] = {claim_key};
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

/* The daemon's key of that name. Those of its duty and of whether it uses the
 * source mean nothing to a recording. */
static bool find_key(const struct collector *c, const char *name,
                     struct key *key)
{
    const struct config_collectors one = {&c, 1};
    char full[KEY_NAME_MAX];
    int length = snprintf(full, sizeof(full), "sources.%s.%s", c->name, name);
    return length > 0 && (size_t)length < sizeof(full) &&
           keys_find(&one, full, key) >= 0 &&
           (key->tunable >= 0 || strcmp(name, claim_key) == 0);
}

int record_take_setting(struct record_request *request, const char *text,
                        struct reason *why)
{
    const struct collector *c = request->collector;
    char name[WORD_MAX];
    char quoted[QUOTE_SIZE(WORD_MAX)];
    char allows[KEY_TEXT_MAX];
    struct key key;
    struct key_value value;
    const char *rest = without_prefix(c, text);
    size_t length = strcspn(rest, "=");
    if (rest[length] != '=')
        return refuse(why, "--set %s: not of the form KEY=VALUE",
                      quote_text(text, quoted, sizeof(quoted)));
    (void)snprintf(name, sizeof(name), "%.*s", (int)length, rest);
    if (!find_key(c, name, &key))
        return refuse_key(c, name, why);
    int rc = key_from_text(&key, rest + length + 1, &value);
    if (rc < 0)
        return reason_set(
                   why, "%s: must be %s, is %s", name,
                   key_allows(&key, allows, sizeof(allows)),
                   quote_text(rest + length + 1, quoted, sizeof(quoted))),
               rc;
    if (key.tunable < 0)
        request->claim_millibits = (unsigned)value.numbers[0];
    else
        request->tunables[key.tunable] = key_tunable(&value);
    return 0;
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
