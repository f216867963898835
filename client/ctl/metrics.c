/*
 * metrics: the status for Prometheus, for a textfile collector or a pull by
 * way of socat. Base units (seconds, bytes; promtool wants entropy in bytes,
 * too), counters end in _total, a state is one gauge a value it can have, of
 * which one is 1. Rates are left to rate().
 */

#include "client/ctl/connect.h"
#include "client/ctl/exit.h"
#include "client/ctl/metric_text.h"
#include "client/ctl/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct metric {
    const char *name, *type, *help, *path;
    double scale;
};

#define BYTES_A_BIT 0.125

static const struct metric daemon_metrics[] = {
    {"entropyd_uptime_seconds", "gauge", "Time since the daemon started.",
     "uptime_ms", 0.001},
    {"entropyd_seeded", "gauge", "Whether the generator is seeded.", "seeded",
     1},
    {"entropyd_memory_locked", "gauge",
     "Whether secrets are kept out of the swap.", "memory_locked", 1},
    {"entropyd_generator_reseeds_total", "counter",
     "Seeds of the generator, credited or not.", "generator.reseeds", 1},
    {"entropyd_generator_credited_reseeds_total", "counter",
     "Seeds that carried credited entropy.", "generator.credited_reseeds", 1},
    {"entropyd_generator_last_reseed_age_seconds", "gauge",
     "Time since the last seed.", "generator.last_reseed_age_ms", 0.001},
    {"entropyd_generator_last_credited_bytes", "gauge",
     "Credited entropy of the last credited seed.",
     "generator.last_credited_bits", BYTES_A_BIT},
    {"entropyd_generator_requests_total", "counter",
     "Requests for generator output.", "generator.requests", 1},
    {"entropyd_generator_output_bytes_total", "counter",
     "Bytes that the generator gave.", "generator.bytes", 1},
    {"entropyd_pool_credited_bytes", "gauge",
     "Credited entropy that waits in the rings.", "pool.credited_bits",
     BYTES_A_BIT},
    {"entropyd_pool_conditioned_blocks_total", "counter",
     "Conditioned blocks of 32 bytes that were made.",
     "pool.conditioned_blocks", 1},
    {"entropyd_pool_ready_blocks", "gauge",
     "Conditioned blocks that are ready.", "pool.blocks_ready", 1},
    {"entropyd_server_connections", "gauge", "Open connections.",
     "server.connections", 1},
    {"entropyd_server_accepted_connections_total", "counter",
     "Connections since the start.", "server.connections_total", 1},
    {"entropyd_server_requests_total", "counter", "Requests since the start.",
     "server.requests_total", 1},
    {"entropyd_server_waiting_requests", "gauge",
     "Requests that wait for entropy.", "server.waiting", 1},
    {"entropyd_server_subscriptions", "gauge", "Subscriptions that stand.",
     "server.subscriptions", 1},
};

static const struct metric source_metrics[] = {
    {"entropyd_source_enabled", "gauge",
     "Whether the source counts for the health word.", "enabled", 1},
    {"entropyd_source_parked", "gauge",
     "Whether the source rests because its ring is full.", "parked", 1},
    {"entropyd_source_state_age_seconds", "gauge",
     "Time that the source has been in its state.", "since_ms", 0.001},
    {"entropyd_source_last_sample_age_seconds", "gauge",
     "Time since the last sample.", "last_sample_age_ms", 0.001},
    {"entropyd_source_claim_bytes", "gauge",
     "Min-entropy that a sample is credited with.", "claim_bits", BYTES_A_BIT},
    {"entropyd_source_estimate_bytes", "gauge",
     "Live estimate of a sample's min-entropy.", "estimate_bits", BYTES_A_BIT},
    {"entropyd_source_samples_total", "counter", "Samples that were taken.",
     "samples_total", 1},
    {"entropyd_source_discarded_samples_total", "counter",
     "Samples that were thrown away.", "discarded_total", 1},
    {"entropyd_source_ring_samples", "gauge", "Samples in the ring.",
     "ring.used", 1},
    {"entropyd_source_ring_capacity_samples", "gauge",
     "Samples that the ring holds.", "ring.size", 1},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* One gauge for each word, 1 for the one that holds. */
static void print_words(const char *name, const struct metric_label *source,
                        const char *label, const char *const *words,
                        const char *current)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        struct metric_label labels[3] = {{NULL, NULL}};
        size_t count = 0;
        if (source != NULL)
            labels[count++] = *source;
        labels[count] = (struct metric_label){label, words[i]};
        metric_integer(name, labels, strcmp(words[i], current) == 0);
    }
}

static void print_daemon(const struct tree *status)
{
    static const char *const words[] = {"ok", "degraded", "failed", "starting",
                                        NULL};
    char protocol[24];
    int64_t number = 0;
    tree_integer(status, "protocol", &number);
    snprintf(protocol, sizeof(protocol), "%" PRId64, number);
    const struct metric_label labels[] = {
        {"version", tree_text(status, "version", "")},
        {"platform", tree_text(status, "platform", "")},
        {"protocol", protocol},
        {NULL, NULL},
    };
    metric_head("entropyd_build_info", "gauge", "What runs; always 1.");
    metric_integer("entropyd_build_info", labels, 1);
    metric_head("entropyd_health", "gauge",
                "The health word: 1 for the one that holds.");
    print_words("entropyd_health", NULL, "health", words,
                tree_text(status, "health", ""));
    for (size_t i = 0; i < COUNT(daemon_metrics); i++) {
        const struct metric *m = &daemon_metrics[i];
        metric_head(m->name, m->type, m->help);
        metric_value(m->name, NULL, status, m->path, m->scale);
    }
}

static void print_errors(const struct tree *status)
{
    static const char name[] = "entropyd_server_errors_total";
    metric_head(name, "counter", "Requests answered with an error, by name.");
    void *cursor = NULL;
    const char *error;
    const struct tree *count;
    while (tree_member(tree_at(status, "server.errors_total"), &cursor, &error,
                       &count)) {
        const struct metric_label labels[] = {{"error", error}, {NULL, NULL}};
        metric_value(name, labels, count, "", 1);
    }
}

static struct metric_label label_of(const struct tree *source)
{
    return (struct metric_label){"source", tree_text(source, "name", "")};
}

static void print_states(const struct tree *sources)
{
    static const char name[] = "entropyd_source_state";
    static const char *const states[] = {"unavailable", "disabled", "starting",
                                         "healthy",     "suspect",  "failed",
                                         NULL};
    metric_head(name, "gauge", "A source's state: 1 for the one it is in.");
    for (size_t i = 0; i < tree_count(sources); i++) {
        const struct tree *source = tree_element(sources, i);
        struct metric_label label = label_of(source);
        print_words(name, &label, "state", states,
                    tree_text(source, "state", ""));
    }
}

static void print_source_alarms(const char *name, const struct tree *source)
{
    static const char *const levels[] = {"intermittent", "permanent"};
    void *cursor = NULL;
    const char *test;
    const struct tree *alarm;
    while (tree_member(tree_at(source, "alarms"), &cursor, &test, &alarm)) {
        for (size_t i = 0; i < COUNT(levels); i++) {
            const struct metric_label labels[] = {label_of(source),
                                                  {"test", test},
                                                  {"level", levels[i]},
                                                  {NULL, NULL}};
            metric_value(name, labels, alarm, levels[i], 1);
        }
    }
}

static void print_source_events(const char *name, const struct tree *source)
{
    void *cursor = NULL;
    const char *event;
    const struct tree *count;
    while (tree_member(tree_at(source, "counters"), &cursor, &event, &count)) {
        const struct metric_label labels[] = {
            label_of(source), {"event", event}, {NULL, NULL}};
        metric_value(name, labels, count, "", 1);
    }
}

static void print_sources(const struct tree *sources)
{
    static const char alarms[] = "entropyd_source_alarms_total";
    static const char events[] = "entropyd_source_events_total";
    print_states(sources);
    for (size_t k = 0; k < COUNT(source_metrics); k++) {
        const struct metric *m = &source_metrics[k];
        metric_head(m->name, m->type, m->help);
        for (size_t i = 0; i < tree_count(sources); i++) {
            const struct tree *source = tree_element(sources, i);
            const struct metric_label labels[] = {label_of(source),
                                                  {NULL, NULL}};
            metric_value(m->name, labels, source, m->path, m->scale);
        }
    }
    metric_head(alarms, "counter", "Alarms of the health tests.");
    for (size_t i = 0; i < tree_count(sources); i++)
        print_source_alarms(alarms, tree_element(sources, i));
    metric_head(events, "counter",
                "A collector's own counts: time-outs, errors, stimuli.");
    for (size_t i = 0; i < tree_count(sources); i++)
        print_source_events(events, tree_element(sources, i));
}

int run_metrics(const struct ctl_arguments *arguments)
{
    struct tree *status = NULL;
    int code = ctl_ask_once(arguments, "status", NULL, 0, &status);
    /* A daemon that is not there is a value, too, and the one to alert on. */
    metric_head("entropyd_up", "gauge", "Whether the daemon answered.");
    metric_integer("entropyd_up", NULL, status != NULL);
    if (status == NULL)
        return code;
    print_daemon(status);
    print_errors(status);
    print_sources(tree_at(status, "sources"));
    tree_free(status);
    return code;
}
