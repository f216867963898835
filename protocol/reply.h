/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_PROTOCOL_REPLY_H
#define ENTROPYD_PROTOCOL_REPLY_H

/*
 * Replies and notifications: plain structs to JSON text. Each function appends
 * one JSON object without a newline, so that a batch can put it into an array.
 * Where memory runs out buffer->has_failed says so. Any thread; no state.
 */

#include "base/buffer.h"
#include "protocol/protocol.h"

/* How bytes were made, as the end of a get reply: the same for thousands of
 * replies in a row, so it is written once and copied. */
struct provenance {
    char text[1024]; /* not terminated */
    size_t length;
};

/* source_count is at most PROTOCOL_SOURCES_MAX; each name is a plain word of
 * at most PROTOCOL_NAME_MAX bytes; health is the health word. */
void provenance_write(struct provenance *provenance, enum quality quality,
                      const char *health, const char *const *sources,
                      size_t source_count, uint64_t credited_bits);

/* The result of a get, but for its data. */
struct get_result {
    uint32_t bytes;
    enum encoding encoding;
    const struct provenance *provenance; /* borrowed */
};

struct raw_result {
    const uint8_t *data;
    size_t bytes;
    const char *source;
    uint32_t samples;
    enum raw_format format;
    enum encoding encoding;
    double step_ticks; /* divides ticks into symbols, 5 digits are shown */
    const char *clock; /* the clock's name */
    uint32_t timebase_numerator, timebase_denominator;
};

struct named_count {
    const char *name;
    uint64_t count;
};

struct alarm_report {
    uint64_t intermittent, permanent;
    uint64_t last_ms; /* 0: never, null on the wire; uptime of the alarm */
};

struct source_report {
    const char *name, *state;
    const char *reason; /* NULL: null */
    uint64_t since_ms;  /* how long it has been in this state */
    bool is_enabled;    /* false: disabled or unavailable */
    bool parked;
    int64_t last_sample_age_ms; /* -1: never, null on the wire */
    double claim_bits;
    double estimate_bits;     /* negative: none yet, null */
    double granularity_ticks; /* 0: not known yet, null */
    uint64_t samples_total, discarded_total;
    double samples_per_second;
    const struct named_count *counters;
    size_t counter_count;
    uint64_t ring_used, ring_size;
    struct alarm_report rct, apt, lag, markov, stall;
};

/* A change of a source's state. */
struct change_report {
    int64_t time_ms; /* since 1970, UTC */
    const char *source, *from, *to;
    const char *reason; /* NULL: null */
};

/* A user with connections. */
struct user_report {
    int64_t uid; /* -1: unknown, null */
    uint64_t connections, waiting;
};

struct status_report {
    const char *version, *platform, *health;
    const char *clock;
    uint32_t timebase_numerator, timebase_denominator;
    int64_t pid;
    uint64_t uptime_ms;
    bool seeded, memory_locked;
    struct {
        uint64_t reseeds, credited_reseeds;
        int64_t last_reseed_age_ms; /* -1: never, null */
        uint64_t last_credited_bits, requests, bytes;
    } generator;
    struct {
        uint64_t credited_bits, conditioned_blocks, blocks_ready;
    } pool;
    const struct source_report *sources;
    size_t source_count;
    const struct change_report *changes; /* oldest first */
    size_t change_count;
    struct {
        uint64_t connections, connections_total, requests_total;
        uint64_t errors_total[ERROR_KIND_COUNT];
        bool is_accepting;
        uint64_t accept_errors_total;
        uint64_t waiting, subscriptions;
        const struct user_report *users; /* some of users_total */
        size_t user_count;
        uint64_t users_total;
        const struct named_count *limits;
        size_t limit_count;
    } server;
    struct {
        bool is_listening;
        uint64_t connections, connections_total, requests_total;
        uint64_t refused_total, bytes_total, mixed_bytes_total;
    } egd;
};

/* One tunable in force. */
struct tunable_report {
    const char *name, *unit, *help;
    bool is_boolean, is_list;
    int64_t min, max;
    int64_t values[8];
    unsigned count;
};

struct source_info_report {
    const char *name, *state;
    const char *reason; /* NULL: null */
    const char *platform, *summary, *times, *varies_because;
    const char *evidence; /* "measured", "emulated", "compiled" */
    const char *measured;
    double claim_bits;
    const struct tunable_report *tunables;
    size_t tunable_count;
};

/* What a health notification tells. */
struct health_notice {
    const char *health, *source, *from, *to;
    const char *reason; /* NULL: null */
    uint64_t uptime_ms, skipped;
    const char *selftest; /* result of an on-demand test; NULL: a change */
    int64_t uid;          /* who asked for that test */
};

struct selftest_report {
    const char *name, *state, *reason;
    bool passed;
};

void reply_error(struct buffer *out, const struct request_id *id,
                 const struct protocol_error *error);

/* The reply to a get in three steps, so that its data need not be in one piece:
 * begin, which reserves room for all of it; data, any number of times, with
 * result->bytes of it in all and each piece but the last of a multiple of 3
 * bytes (base64 has no padding inside); end. With ENCODING_BINARY there is no
 * data: the bytes follow the line. */
void reply_get_begin(struct buffer *out, const struct request_id *id,
                     const struct get_result *result);
void reply_get_data(struct buffer *out, const struct get_result *result,
                    const uint8_t *data, size_t n);
void reply_get_end(struct buffer *out, const struct get_result *result);
void reply_raw(struct buffer *out, const struct request_id *id,
               const struct raw_result *result);
void reply_status(struct buffer *out, const struct request_id *id,
                  const struct status_report *report);

/* {"health":WORD,"sources":{NAME:STATE,...}} */
void reply_health(struct buffer *out, const struct request_id *id,
                  const struct status_report *report);
void reply_sources(struct buffer *out, const struct request_id *id,
                   const struct source_info_report *sources, size_t count);

/* {"version":...,"protocol":1} */
void reply_ping(struct buffer *out, const struct request_id *id,
                const char *version);

/* {"subscribed":["health",...]} after subscribe or unsubscribe. */
void reply_subscribed(struct buffer *out, const struct request_id *id,
                      bool to_health, bool to_status, uint32_t interval_ms);
void reply_selftest(struct buffer *out, const struct request_id *id,
                    const struct selftest_report *sources, size_t count);

/* The notification of a change of state; skipped is how many earlier ones of
 * this source were left out. */
void notify_health(struct buffer *out, const struct health_notice *notice);

/* The notification that carries a whole status. */
void notify_status(struct buffer *out, const struct status_report *report);

#endif
