/* SPDX-License-Identifier: MIT */
/*
 * Snapshots: each field is read once, so a report may mix instants a few
 * nanoseconds apart, never halves of a number.
 */

#include "daemon/server/status.h"

#include "base/monotonic.h"
#include "base/ticks.h"
#include "daemon/host/process.h"
#include "daemon/source/ring.h"
#include "protocol/version.h"

#include <string.h>
#include <unistd.h>

/* As many users are named; there are few unless somebody makes them many. */
#define STATUS_USERS_MAX 16

/* All that the pointers of a status_report point at. */
struct snapshot {
    struct status_report report;
    struct source_report sources[SOURCE_MAX];
    struct named_count counters[SOURCE_MAX][SOURCE_COUNTER_MAX];
    char reasons[SOURCE_MAX][SOURCE_REASON_MAX];
    struct named_count limits[16];
    struct change_report changes[HISTORY_MAX];
    struct user_report users[STATUS_USERS_MAX];
};

static uint64_t load(const atomic_uint_least64_t *fact)
{
    return atomic_load_explicit(fact, memory_order_relaxed);
}

/* Age of an instant of monotonic_now_ms(), 0 meaning never. */
static int64_t age_ms(uint64_t at_ms)
{
    uint64_t now = monotonic_now_ms();
    if (at_ms == 0)
        return -1;
    return now > at_ms ? (int64_t)(now - at_ms) : 0;
}

uint64_t status_uptime_ms(const struct status_view *view)
{
    return monotonic_now_ms() - view->started_ms;
}

const char *status_health(const struct status_view *view)
{
    return health_word_name(pool_health(view->pool));
}

int status_find_source(const struct status_view *view, const char *name)
{
    for (size_t i = 0; i < view->source_count; i++) {
        if (strcmp(view->sources[i].collector->name, name) == 0)
            return (int)i;
    }
    return -1;
}

static struct alarm_report alarm_of(const struct status_view *view,
                                    const struct source *s,
                                    enum alarm_test test)
{
    const struct alarm_count *count = &s->alarms[test];
    uint64_t last = load(&count->last_ms);
    return (struct alarm_report){
        .intermittent = load(&count->raised[ALARM_INTERMITTENT]),
        .permanent = load(&count->raised[ALARM_PERMANENT]),
        .last_ms =
            last > view->started_ms ? last - view->started_ms : last != 0,
    };
}

static const char *reason_of(struct source *s, char reason[SOURCE_REASON_MAX])
{
    source_reason(s, reason, SOURCE_REASON_MAX);
    return reason[0] != '\0' ? reason : NULL;
}

static size_t counters_of(const struct source *s, struct named_count *out)
{
    size_t count = collector_counter_count(s->collector);
    for (size_t i = 0; i < count; i++) {
        out[i].name = s->collector->info->counters[i];
        out[i].count = load(&s->counters[i]);
    }
    return count;
}

static void report_source(const struct status_view *view, size_t i,
                          struct snapshot *snap)
{
    struct source *s = &view->sources[i];
    enum source_state state = source_state(s);
    unsigned estimate =
        atomic_load_explicit(&s->estimate_millibits, memory_order_relaxed);
    snap->sources[i] = (struct source_report){
        .name = s->collector->name,
        .state = source_state_name(state),
        .reason = reason_of(s, snap->reasons[i]),
        .since_ms = (uint64_t)age_ms(load(&s->since_ms)),
        .is_enabled = state != SOURCE_UNAVAILABLE && state != SOURCE_DISABLED,
        .parked = atomic_load_explicit(&s->is_parked, memory_order_relaxed),
        .last_sample_age_ms = age_ms(load(&s->last_sample_ms)),
        .claim_bits = s->claim_millibits / 1000.0,
        .estimate_bits = estimate > 0 ? estimate / 1000.0 : -1,
        .granularity_ticks =
            (double)load(&s->granularity_q16) / SOURCE_STEP_ONE,
        .samples_total = load(&s->samples_total),
        .discarded_total = load(&s->discarded_total),
        .samples_per_second = (double)load(&s->rate_millihertz) / 1000,
        .counters = snap->counters[i],
        .counter_count = counters_of(s, snap->counters[i]),
        .ring_used = source_available(s),
        .ring_size = s->ring != NULL ? ring_size(s->ring) : 0,
        .rct = alarm_of(view, s, ALARM_RCT),
        .apt = alarm_of(view, s, ALARM_APT),
        .lag = alarm_of(view, s, ALARM_LAG),
        .markov = alarm_of(view, s, ALARM_MARKOV),
        .stall = alarm_of(view, s, ALARM_STALL),
    };
}

static void report_changes(const struct status_view *view,
                           struct snapshot *snap)
{
    size_t count = view->history != NULL ? history_count(view->history) : 0;

    for (size_t i = 0; i < count; i++) {
        const struct history_entry *entry = history_get(view->history, i);
        snap->changes[i] = (struct change_report){
            .time_ms = entry->time_ms,
            .source = entry->collector->name,
            .from = source_state_name(entry->from),
            .to = source_state_name(entry->to),
            .reason = entry->reason[0] != '\0' ? entry->reason : NULL,
        };
    }
    snap->report.changes = snap->changes;
    snap->report.change_count = count;
}

static void report_pool(const struct status_view *view,
                        struct status_report *report)
{
    struct pool_stats stats;
    pool_stats(view->pool, &stats);
    report->generator.reseeds = stats.reseeds;
    report->generator.credited_reseeds = stats.credited_reseeds;
    report->generator.last_reseed_age_ms = age_ms(stats.last_reseed_ms);
    report->generator.last_credited_bits = stats.last_credited_bits;
    report->generator.requests = stats.requests;
    report->generator.bytes = stats.bytes;
    report->pool.credited_bits = stats.waiting_bits;
    report->pool.conditioned_blocks = stats.conditioned_blocks;
    report->pool.blocks_ready = stats.blocks_ready;
}

static size_t limits_of(const struct status_view *view, struct named_count *out)
{
    const struct config *c = view->config;
    const struct named_count limits[] = {
        {"max_connections", view->max_connections},
        {"max_line_bytes", c->server.max_line_bytes},
        {"max_batch", c->server.max_batch},
        {"max_waiting", c->server.max_waiting},
        {"idle_timeout_ms", c->server.idle_timeout_ms},
        {"request_timeout_ms", c->server.request_timeout_ms},
        {"write_timeout_ms", c->server.write_timeout_ms},
        {"requests_per_iteration", c->server.requests_per_iteration},
        {"output_per_iteration_bytes", c->server.output_per_iteration_bytes},
    };
    memcpy(out, limits, sizeof(limits));
    return sizeof(limits) / sizeof(*limits);
}

static void report_users(const struct status_view *view, struct snapshot *snap)
{
    const struct user *list[STATUS_USERS_MAX];
    size_t count = users_list(view->users, list, STATUS_USERS_MAX);

    for (size_t i = 0; i < count; i++) {
        snap->users[i] = (struct user_report){
            .uid = list[i]->is_known ? (int64_t)list[i]->uid : -1,
            .connections = list[i]->num_connections,
            .waiting = list[i]->num_waiting,
        };
    }
    snap->report.server.users = snap->users;
    snap->report.server.user_count = count;
    snap->report.server.users_total = view->users->count;
}

static void report_server(const struct status_view *view, struct snapshot *snap)
{
    struct status_report *report = &snap->report;
    const struct server_counts *counts = view->counts;
    report->server.connections = counts->connections;
    report->server.connections_total = counts->connections_total;
    report->server.is_accepting = counts->accept_failing == 0;
    report->server.accept_errors_total = counts->accept_errors_total;
    report->server.requests_total = counts->requests_total;
    memcpy(report->server.errors_total, counts->errors_total,
           sizeof(counts->errors_total));
    report->server.waiting = counts->waiting;
    report->server.subscriptions = counts->subscriptions;
    if (view->users != NULL)
        report_users(view, snap);
    report->server.limits = snap->limits;
    report->server.limit_count = limits_of(view, snap->limits);
}

static void report_egd(const struct status_view *view,
                       struct status_report *report)
{
    const struct egd_counts *counts = &view->counts->egd;
    report->egd.is_listening = counts->is_listening;
    report->egd.connections = counts->connections;
    report->egd.connections_total = counts->connections_total;
    report->egd.requests_total = counts->requests_total;
    report->egd.refused_total = counts->refused_total;
    report->egd.bytes_total = counts->bytes_total;
    report->egd.mixed_bytes_total = counts->mixed_bytes_total;
}

static void take_snapshot(const struct status_view *view, struct snapshot *snap)
{
    memset(snap, 0, sizeof(*snap));
    struct status_report *report = &snap->report;
    report->version = ENTROPYD_VERSION;
    report->platform = process_platform();
    report->health = status_health(view);
    report->clock = ticks_clock_name();
    ticks_timebase(&report->timebase_numerator, &report->timebase_denominator);
    report->pid = getpid();
    report->uptime_ms = status_uptime_ms(view);
    report->seeded = pool_is_seeded(view->pool);
    report->memory_locked = view->memory_locked;
    report->sources = snap->sources;
    report->source_count = view->source_count;
    for (size_t i = 0; i < view->source_count; i++)
        report_source(view, i, snap);
    report_changes(view, snap);
    report_pool(view, report);
    report_server(view, snap);
    report_egd(view, report);
}

void status_reply(const struct status_view *view, struct buffer *out,
                  const struct request_id *id)
{
    struct snapshot snap;
    take_snapshot(view, &snap);
    reply_status(out, id, &snap.report);
}

void status_reply_health(const struct status_view *view, struct buffer *out,
                         const struct request_id *id)
{
    struct snapshot snap;
    take_snapshot(view, &snap);
    reply_health(out, id, &snap.report);
}

void status_notify(const struct status_view *view, struct buffer *out)
{
    struct snapshot snap;
    take_snapshot(view, &snap);
    notify_status(out, &snap.report);
}

static size_t tunables_of(const struct collector *c,
                          const struct tunable_value *values,
                          struct tunable_report *out)
{
    size_t count = collector_tunable_count(c);
    for (size_t i = 0; i < count; i++) {
        const struct tunable *t = &c->tunables[i];
        out[i] = (struct tunable_report){
            .name = t->name,
            .unit = t->unit,
            .help = t->help,
            .is_boolean = t->type == TUNABLE_BOOLEAN,
            .is_list = t->type == TUNABLE_LIST,
            .min = t->min,
            .max = t->max,
            .count = values[i].count,
        };
        memcpy(out[i].values, values[i].values,
               values[i].count * sizeof(*values[i].values));
    }
    return count;
}

static const char *evidence_name(enum collector_evidence evidence)
{
    static const char *const names[] = {
        [EVIDENCE_MEASURED] = "measured",
        [EVIDENCE_EMULATED] = "emulated",
        [EVIDENCE_COMPILED] = "compiled",
    };
    return names[evidence];
}

void status_reply_sources(const struct status_view *view, struct buffer *out,
                          const struct request_id *id)
{
    struct source_info_report reports[SOURCE_MAX];
    struct tunable_report tunables[SOURCE_MAX][CONFIG_TUNABLE_MAX];
    char reasons[SOURCE_MAX][SOURCE_REASON_MAX];
    for (size_t i = 0; i < view->source_count; i++) {
        struct source *s = &view->sources[i];
        const struct collector *c = s->collector;
        reports[i] = (struct source_info_report){
            .name = c->name,
            .state = source_state_name(source_state(s)),
            .reason = reason_of(s, reasons[i]),
            .platform = c->info->platform,
            .summary = c->info->summary,
            .times = c->info->times,
            .varies_because = c->info->varies_because,
            .evidence = evidence_name(c->info->evidence),
            .measured = c->info->measured_where,
            .claim_bits = s->claim_millibits / 1000.0,
            .tunables = tunables[i],
            .tunable_count =
                tunables_of(c, view->config->sources[i].tunables, tunables[i]),
        };
    }
    reply_sources(out, id, reports, view->source_count);
}
