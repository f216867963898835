/* SPDX-License-Identifier: MIT */
/*
 * metrics: the status in the text exposition format of Prometheus, 0.0.4, for a
 * textfile collector or to be pulled by way of socat. Base units (seconds,
 * bytes; promtool wants entropy in bytes, too), counters end in _total, a state
 * is one gauge for each value it can have, of which one is 1. Rates are left to
 * rate(). Ages are not converted to times of day: the daemon's clock stops
 * while the machine sleeps.
 */

#include "base/quote.h"
#include "client/ctl/commands.h"
#include "client/ctl/connect.h"
#include "client/ctl/output.h"
#include "client/ctl/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct metric {
    const char *name, *type, *help;
    const char *section; /* of the status, or NULL for its top */
    const char *key;
    double scale;
};

/* One label; a name of NULL ends a list of them. */
struct metric_label {
    const char *name, *value;
};

#define BYTES_A_BIT 0.125

static const struct metric daemon_metrics[] = {
    {"entropyd_uptime_seconds", "gauge", "Time since the daemon started.", NULL,
     "uptime_ms", 0.001},
    {"entropyd_seeded", "gauge", "Whether the generator is seeded.", NULL,
     "seeded", 1},
    {"entropyd_memory_locked", "gauge",
     "Whether memory with secrets is locked.", NULL, "memory_locked", 1},
    {"entropyd_generator_reseeds_total", "counter",
     "Reseeds of the generator, credited or not.", "generator", "reseeds", 1},
    {"entropyd_generator_credited_reseeds_total", "counter",
     "Reseeds with credited entropy.", "generator", "credited_reseeds", 1},
    {"entropyd_generator_last_reseed_age_seconds", "gauge",
     "Time since the last reseed.", "generator", "last_reseed_age_ms", 0.001},
    {"entropyd_generator_last_credited_bytes", "gauge",
     "Credited entropy of the last credited reseed.", "generator",
     "last_credited_bits", BYTES_A_BIT},
    {"entropyd_generator_requests_total", "counter",
     "Requests for generator output.", "generator", "requests", 1},
    {"entropyd_generator_output_bytes_total", "counter",
     "Bytes of generator output.", "generator", "bytes", 1},
    {"entropyd_pool_credited_bytes", "gauge", "Credited entropy in the rings.",
     "pool", "credited_bits", BYTES_A_BIT},
    {"entropyd_pool_conditioned_blocks_total", "counter",
     "Conditioned blocks of 32 bytes made.", "pool", "conditioned_blocks", 1},
    {"entropyd_pool_ready_blocks", "gauge",
     "Conditioned blocks ready to be served.", "pool", "blocks_ready", 1},
    {"entropyd_server_connections", "gauge", "Open connections.", "server",
     "connections", 1},
    {"entropyd_server_accepted_connections_total", "counter",
     "Connections accepted since the start.", "server", "connections_total", 1},
    {"entropyd_server_accepting", "gauge",
     "Whether connections can be accepted.", "server", "accepting", 1},
    {"entropyd_server_accept_errors_total", "counter",
     "Failed attempts to accept a connection.", "server", "accept_errors_total",
     1},
    {"entropyd_server_requests_total", "counter", "Requests since the start.",
     "server", "requests_total", 1},
    {"entropyd_server_waiting_requests", "gauge",
     "Requests waiting for entropy.", "server", "waiting", 1},
    {"entropyd_server_subscriptions", "gauge", "Active subscriptions.",
     "server", "subscriptions", 1},
    {"entropyd_egd_listening", "gauge", "Whether EGD is served.", "egd",
     "listening", 1},
    {"entropyd_egd_connections", "gauge", "Open EGD connections.", "egd",
     "connections", 1},
    {"entropyd_egd_served_connections_total", "counter",
     "EGD connections served since the start.", "egd", "connections_total", 1},
    {"entropyd_egd_requests_total", "counter", "EGD requests since the start.",
     "egd", "requests_total", 1},
    {"entropyd_egd_refused_requests_total", "counter",
     "EGD requests that ended their connection.", "egd", "refused_total", 1},
    {"entropyd_egd_output_bytes_total", "counter",
     "Random bytes sent to EGD clients.", "egd", "bytes_total", 1},
    {"entropyd_egd_mixed_bytes_total", "counter",
     "Bytes of EGD clients mixed in without credit.", "egd",
     "mixed_bytes_total", 1},
};

static const struct metric source_metrics[] = {
    {"entropyd_source_enabled", "gauge",
     "Whether the source counts for the health word.", NULL, "enabled", 1},
    {"entropyd_source_parked", "gauge",
     "Whether the source is parked because its ring is full.", NULL, "parked",
     1},
    {"entropyd_source_state_age_seconds", "gauge", "Time in the present state.",
     NULL, "since_ms", 0.001},
    {"entropyd_source_last_sample_age_seconds", "gauge",
     "Time since the last sample.", NULL, "last_sample_age_ms", 0.001},
    {"entropyd_source_claim_bytes", "gauge",
     "Min-entropy credited for each sample.", NULL, "claim_bits", BYTES_A_BIT},
    {"entropyd_source_estimate_bytes", "gauge",
     "Live upper bound of the min-entropy of a sample.", NULL, "estimate_bits",
     BYTES_A_BIT},
    {"entropyd_source_samples_total", "counter", "Samples taken.", NULL,
     "samples_total", 1},
    {"entropyd_source_discarded_samples_total", "counter", "Samples discarded.",
     NULL, "discarded_total", 1},
    {"entropyd_source_ring_samples", "gauge", "Samples in the ring.", "ring",
     "used", 1},
    {"entropyd_source_ring_capacity_samples", "gauge",
     "Capacity of the ring in samples.", "ring", "size", 1},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void print_head(FILE *out, const char *name, const char *type,
                       const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void print_name(FILE *out, const char *name,
                       const struct metric_label *labels)
{
    char value[256];

    fputs(name, out);
    if (labels == NULL || labels->name == NULL)
        return;
    for (size_t i = 0; labels[i].name != NULL; i++)
        fprintf(out, "%s%s=\"%s\"", i == 0 ? "{" : ",", labels[i].name,
                quote_label(labels[i].value, value, sizeof(value)));
    fputc('}', out);
}

static void print_integer(FILE *out, const char *name,
                          const struct metric_label *labels, int64_t value)
{
    print_name(out, name, labels);
    fprintf(out, " %" PRId64 "\n", value);
}

/* A number times scale, or a boolean as 0 or 1; nothing for null or NULL. */
static void print_value(FILE *out, const char *name,
                        const struct metric_label *labels, const json_t *value,
                        double scale)
{
    if (json_is_boolean(value)) {
        print_integer(out, name, labels, json_is_true(value));
    } else if (json_is_integer(value) && scale == 1) {
        print_integer(out, name, labels, json_integer_value(value));
    } else if (json_is_number(value)) {
        print_name(out, name, labels);
        fprintf(out, " %.15g\n", json_number_value(value) * scale);
    }
}

static void print_metric(FILE *out, const struct metric *m,
                         const struct metric_label *labels,
                         const json_t *object)
{
    if (m->section != NULL)
        object = json_object_get(object, m->section);
    print_value(out, m->name, labels, json_object_get(object, m->key),
                m->scale);
}

/* One gauge for each word, 1 for the present one. */
static void print_words(FILE *out, const char *name,
                        const struct metric_label *source, const char *label,
                        const char *const *words, const char *present)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        struct metric_label labels[3] = {{NULL, NULL}};
        size_t count = 0;
        if (source != NULL)
            labels[count++] = *source;
        labels[count] = (struct metric_label){label, words[i]};
        print_integer(out, name, labels, strcmp(words[i], present) == 0);
    }
}

/* The string at key as it is, or "". */
static const char *word_at(const json_t *object, const char *key)
{
    const char *word = json_string_value(json_object_get(object, key));

    return word != NULL ? word : "";
}

static void print_daemon(FILE *out, const json_t *status)
{
    static const char *const words[] = {"ok", "degraded", "failed", "starting",
                                        NULL};
    char protocol[24];

    snprintf(protocol, sizeof(protocol), "%" PRId64,
             integer_at(status, "protocol"));
    const struct metric_label labels[] = {
        {"version", word_at(status, "version")},
        {"platform", word_at(status, "platform")},
        {"protocol", protocol},
        {NULL, NULL},
    };
    print_head(out, "entropyd_build_info", "gauge",
               "Build information; always 1.");
    print_integer(out, "entropyd_build_info", labels, 1);
    print_head(out, "entropyd_health", "gauge",
               "The health word: 1 for the present one.");
    print_words(out, "entropyd_health", NULL, "health", words,
                word_at(status, "health"));
    for (size_t i = 0; i < COUNT(daemon_metrics); i++) {
        const struct metric *m = &daemon_metrics[i];
        print_head(out, m->name, m->type, m->help);
        print_metric(out, m, NULL, status);
    }
}

static void print_errors(FILE *out, const json_t *server)
{
    static const char metric[] = "entropyd_server_errors_total";
    const char *error;
    json_t *count;

    print_head(out, metric, "counter",
               "Requests answered with an error, by name.");
    json_object_foreach(json_object_get(server, "errors_total"), error, count)
    {
        const struct metric_label labels[] = {{"error", error}, {NULL, NULL}};
        print_value(out, metric, labels, count, 1);
    }
}

static struct metric_label label_of(const json_t *source)
{
    return (struct metric_label){"source", word_at(source, "name")};
}

static void print_state(FILE *out, const char *metric, const json_t *source)
{
    static const char *const states[] = {"unavailable", "disabled", "starting",
                                         "healthy",     "suspect",  "stalled",
                                         "failed",      NULL};
    struct metric_label label = label_of(source);

    print_words(out, metric, &label, "state", states, word_at(source, "state"));
}

static void print_alarms(FILE *out, const char *metric, const json_t *source)
{
    static const char *const levels[] = {"intermittent", "permanent"};
    const char *test;
    json_t *alarm;

    json_object_foreach(json_object_get(source, "alarms"), test, alarm)
    {
        for (size_t i = 0; i < COUNT(levels); i++) {
            const struct metric_label labels[] = {label_of(source),
                                                  {"test", test},
                                                  {"level", levels[i]},
                                                  {NULL, NULL}};
            print_value(out, metric, labels, json_object_get(alarm, levels[i]),
                        1);
        }
    }
}

static void print_counters(FILE *out, const char *metric, const json_t *source)
{
    const char *event;
    json_t *count;

    json_object_foreach(json_object_get(source, "counters"), event, count)
    {
        const struct metric_label labels[] = {
            label_of(source), {"event", event}, {NULL, NULL}};
        print_value(out, metric, labels, count, 1);
    }
}

/* A source that cannot run here, as those of the other system, has a state and
 * nothing else to tell: its other series would be zeros for ever. */
static bool has_details(const json_t *source)
{
    return strcmp(word_at(source, "state"), "unavailable") != 0;
}

/* A head, then what `print` prints for each source that has details. */
static void print_for_each(FILE *out, const json_t *sources, const char *metric,
                           const char *type, const char *help,
                           void (*print)(FILE *, const char *, const json_t *))
{
    size_t i;
    const json_t *source;

    print_head(out, metric, type, help);
    json_array_foreach(sources, i, source)
    {
        if (has_details(source))
            print(out, metric, source);
    }
}

static void print_sources(FILE *out, const json_t *sources)
{
    size_t i;
    const json_t *source;

    print_head(out, "entropyd_source_state", "gauge",
               "The state of a source: 1 for the present one.");
    json_array_foreach(sources, i, source)
        print_state(out, "entropyd_source_state", source);
    for (size_t k = 0; k < COUNT(source_metrics); k++) {
        const struct metric *m = &source_metrics[k];
        print_head(out, m->name, m->type, m->help);
        json_array_foreach(sources, i, source)
        {
            const struct metric_label labels[] = {label_of(source),
                                                  {NULL, NULL}};
            if (has_details(source))
                print_metric(out, m, labels, source);
        }
    }
    print_for_each(out, sources, "entropyd_source_alarms_total", "counter",
                   "Alarms of the health tests.", print_alarms);
    print_for_each(out, sources, "entropyd_source_events_total", "counter",
                   "A collector's own counts: time-outs, errors, stimuli.",
                   print_counters);
}

/* Asks for the status, and says on stderr why there is none. Returns an error
 * of the client library or a code of the protocol; 0 with *status new. */
static int ask(const struct ctl_arguments *arguments, json_t **status)
{
    struct entropy_client_options options = ENTROPY_CLIENT_OPTIONS;
    struct entropy_client *client = NULL;
    char *json = NULL;
    char why[ENTROPY_CLIENT_WHY_MAX];

    *status = NULL;
    options.path = arguments->values[OPT_SOCKET];
    int error = entropy_client_connect(&client, &options, why, sizeof(why));
    if (error < 0) {
        (void)ctl_fail_text(error, why);
        return error;
    }
    error = entropy_client_call(client, "status", NULL, 0, &json);
    if (error < 0)
        (void)ctl_fail(client, error);
    else if (ctl_load(json, status) != CTL_OK)
        error = ENTROPY_CLIENT_NO_MEMORY;
    entropy_client_close(client);
    return error;
}

static void print_all(FILE *out, int error, const json_t *status)
{
    /* That the daemon is down is a value, too, and the one to alert on. */
    print_head(out, "entropyd_up", "gauge", "Whether the daemon replied.");
    print_integer(out, "entropyd_up", NULL, status != NULL);
    if (status == NULL) {
        const struct metric_label labels[] = {
            {"error", entropy_client_error_name(error)}, {NULL, NULL}};
        print_head(out, "entropyd_status_error", "gauge",
                   "Why the daemon did not reply; always 1.");
        print_integer(out, "entropyd_status_error", labels, 1);
        return;
    }
    print_daemon(out, status);
    print_errors(out, json_object_get(status, "server"));
    print_sources(out, json_object_get(status, "sources"));
}

int run_metrics(const struct ctl_arguments *arguments)
{
    const char *file = arguments->values[OPT_TEXTFILE];
    json_t *status = NULL;
    char *text = NULL;
    size_t length = 0;

    int error = ask(arguments, &status);
    FILE *out = open_memstream(&text, &length);
    if (out != NULL)
        print_all(out, error, status);
    json_decref(status);
    if (out == NULL || fclose(out) != 0) {
        free(text);
        fprintf(stderr, "entropyctl: out of memory\n");
        return CTL_NO_MEMORY;
    }
    /* Other users' programs read a textfile. */
    int code = ctl_output_replace(file, 0644, text, length);
    free(text);
    /* A timer that writes the file has done its work even if the daemon is
     * down; it has not if the command was wrong. */
    enum ctl_exit asked = ctl_exit_of(error);
    if (code != CTL_OK)
        return code;
    return file != NULL && asked != CTL_USAGE && asked != CTL_NO_MEMORY
               ? CTL_OK
               : (int)asked;
}
