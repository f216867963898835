/* SPDX-License-Identifier: MIT */
/* record.json: plain facts, each under a name that says its unit. */

#include "base/commit.h"
#include "base/ticks.h"
#include "daemon/health/judge.h"
#include "lab/machine.h"
#include "lab/record.h"
#include "protocol/version.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Significant digits of a measured number. */
#define DIGITS 9

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *text_or_null(const char *text)
{
    return text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *describe_machine(void)
{
    char processor[128];
    struct utsname system = {0};
    (void)uname(&system);
    machine_processor(processor, sizeof(processor));
    return json_pack("{s:s, s:o, s:I, s:o, s:s, s:s, s:s, s:s}", "platform",
                     machine_platform(), "processor", text_or_null(processor),
                     "processors", (json_int_t)sysconf(_SC_NPROCESSORS_ONLN),
                     "virtual", text_or_null(machine_virtual()), "architecture",
                     system.machine, "kernel", system.sysname, "release",
                     system.release, "build", system.version);
}

/* The step of the samples, as in the daemon's status. */
static double step_ticks(const struct recording *r)
{
    return (double)r->files.step_q16 / SOURCE_STEP_ONE;
}

static json_t *describe_clock(const struct recording *r)
{
    uint32_t numerator;
    uint32_t denominator;
    double step = step_ticks(r);
    ticks_timebase(&numerator, &denominator);
    return json_pack("{s:s, s:[I,I], s:o, s:f, s:f}", "name",
                     ticks_clock_name(), "tick_ns_ratio", (json_int_t)numerator,
                     (json_int_t)denominator, "smallest_step_ticks",
                     number(r->clock_step_ticks), "granularity_ticks", step,
                     "granularity_ns", step * numerator / denominator);
}

static json_t *describe_tunables(const struct recording *r)
{
    json_t *all = json_object();
    for (size_t i = 0; i < collector_tunable_count(r->request->collector);
         i++) {
        const struct tunable *t = &r->request->collector->tunables[i];
        const struct tunable_value *value = &r->request->tunables[i];
        json_t *json = NULL;
        if (t->type == TUNABLE_BOOLEAN)
            json = json_boolean(value->values[0] != 0);
        else if (t->type == TUNABLE_INTEGER)
            json = json_integer(value->values[0]);
        else
            json = json_array();
        for (unsigned k = 0; t->type == TUNABLE_LIST && k < value->count; k++)
            json_array_append_new(json, json_integer(value->values[k]));
        json_object_set_new(all, t->name, json);
    }
    return all;
}

static json_t *describe_counters(const struct recording *r)
{
    json_t *all = json_object();
    for (size_t i = 0; i < collector_counter_count(r->request->collector); i++)
        json_object_set_new(all, r->request->collector->info->counters[i],
                            number(r->counters[i]));
    return all;
}

static json_t *describe_load(const double load[3])
{
    return load[0] < 0 ? json_null()
                       : json_pack("[f,f,f]", load[0], load[1], load[2]);
}

/* When so many samples of one sequence had been taken, by the clock. */
static json_t *describe_marks(const struct recording *r)
{
    if (r->request->restarts != 0)
        return json_null();
    json_t *samples = json_array();
    json_t *ticks = json_array();
    for (unsigned i = 0; i < r->marks.count; i++) {
        json_array_append_new(samples, number(r->marks.all[i].samples));
        json_array_append_new(ticks, number(r->marks.all[i].ticks));
    }
    return json_pack("{s:o, s:o}", "samples", samples, "ticks", ticks);
}

static json_t *describe_run(const struct recording *r)
{
    char date[32] = "";
    struct tm utc;
    if (gmtime_r(&r->began, &utc) != NULL)
        (void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return json_pack(
        "{s:s, s:f, s:f, s:f, s:o, s:o, s:o}", "began_utc", date, "seconds",
        r->seconds, "cpu_seconds", r->cpu_seconds, "samples_per_second",
        r->seconds > 0 ? (double)r->taken / r->seconds : 0.0, "load_before",
        describe_load(r->load_before), "load_after",
        describe_load(r->load_after), "time_marks", describe_marks(r));
}

static json_t *describe_restarts(const struct recording *r)
{
    const struct record_request *request = r->request;
    if (request->restarts == 0)
        return json_null();
    return json_pack("{s:I, s:I, s:I}", "rows", (json_int_t)request->restarts,
                     "columns", (json_int_t)request->row_samples, "whole_rows",
                     (json_int_t)(r->taken / request->row_samples));
}

static json_t *describe_alarms(const struct record_verdicts *v)
{
    json_t *all = json_array();
    for (size_t i = 0; i < v->alarm_total && i < RECORD_ALARMS_MAX; i++) {
        const struct record_alarm *alarm = &v->alarms[i];
        json_array_append_new(all, json_pack("{s:o, s:s, s:s, s:s}", "sample",
                                             number(alarm->sample), "test",
                                             alarm->test, "level", alarm->level,
                                             "reason", alarm->why));
    }
    return all;
}

static json_t *describe_verdicts(const struct record_verdicts *v)
{
    json_t *estimate = v->estimate_millibits > 0
                           ? json_real(v->estimate_millibits / 1000.0)
                           : json_null();
    return json_pack("{s:o, s:o, s:o, s:o}", "start_up_tests_passed",
                     number(v->starts), "lowest_live_estimate_bits", estimate,
                     "alarms_total", number(v->alarm_total), "alarms",
                     describe_alarms(v));
}

static json_t *describe_file(const struct record_file *file)
{
    char sha256[2 * crypto_hash_sha256_BYTES + 1];
    char sha512[2 * crypto_hash_sha512_BYTES + 1];
    sodium_bin2hex(sha256, sizeof(sha256), file->sha256, sizeof(file->sha256));
    sodium_bin2hex(sha512, sizeof(sha512), file->sha512, sizeof(file->sha512));
    return json_pack("{s:o, s:s, s:s}", "bytes", number(file->bytes), "sha256",
                     sha256, "sha512", sha512);
}

static json_t *describe_symbols(const struct recording *r)
{
    return json_pack("{s:s, s:i, s:f}", "rule",
                     "ticks / step_ticks, rounded to the nearest integer, & "
                     "255",
                     "bits", 8, "step_ticks", step_ticks(r));
}

static json_t *describe_all(const struct recording *r)
{
    json_t *all = json_pack(
        "{s:s, s:b, s:o, s:s, s:s, s:f}", "format", "entropyd-recording-1",
        "complete", r->stopped.text[0] == '\0', "stopped_by",
        text_or_null(r->stopped.text), "source", r->request->collector->name,
        "times", r->request->collector->info->times, "claim_bits",
        r->request->claim_millibits / 1000.0);
    if (all == NULL)
        return NULL;
    json_object_set_new(all, "samples", number(r->taken));
    json_object_set_new(all, "samples_wanted", number(r->request->samples));
    json_object_set_new(all, "warm_up_discarded", json_integer(JUDGE_WARM_UP));
    json_object_set_new(all, "restarts", describe_restarts(r));
    json_object_set_new(all, "symbols", describe_symbols(r));
    json_object_set_new(all, "clock", describe_clock(r));
    json_object_set_new(all, "tunables", describe_tunables(r));
    json_object_set_new(all, "counters", describe_counters(r));
    json_object_set_new(all, "run", describe_run(r));
    json_object_set_new(all, "machine", describe_machine());
    json_object_set_new(all, "verdicts", describe_verdicts(&r->verdicts));
    json_object_set_new(all, "program",
                        json_pack("{s:s, s:s, s:o}", "name", "entropylab",
                                  "version", ENTROPYD_VERSION, "commit",
                                  text_or_null(ENTROPYD_COMMIT)));
    json_object_set_new(all, "files",
                        json_pack("{s:o, s:o}", r->files.symbols.name,
                                  describe_file(&r->files.symbols),
                                  r->files.ticks.name,
                                  describe_file(&r->files.ticks)));
    return all;
}

char *record_describe(const struct recording *recording)
{
    json_t *all = describe_all(recording);
    if (all == NULL)
        return NULL;
    char *text = json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(DIGITS));
    json_decref(all);
    if (text == NULL)
        return NULL;
    size_t length = strlen(text);
    char *line = realloc(text, length + 2);
    if (line == NULL) {
        free(text);
        return NULL;
    }
    line[length] = '\n';
    line[length + 1] = '\0';
    return line;
}
