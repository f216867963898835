/* The table of keys, and the way from a key to its field. */

#include "daemon/settings/keys.h"

#include "protocol/protocol.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* A key that does not depend on the collectors. */
struct fixed_key {
    const char *name;
    enum key_type type;
    bool changes_running;
    const char *unit, *help;
    int64_t min, max, standard; /* the standard of a text is "" */
    size_t offset;
};

#define AT(field) offsetof(struct config, field)
#define DAY_MS    86400000

/* Limits of the protocol are the upper ends of what the server may be given;
 * defaults are the design's. */
static const struct fixed_key fixed_keys[] = {
    {"socket.path", KEY_PATH, false, "",
     "socket to listen on; empty: the default path", 0, SOCKET_PATH_MAX - 1, 0,
     AT(socket.path)},
    {"socket.mode", KEY_MODE, false, "",
     "file mode of the socket: who may connect", 0600, 0777, 0600,
     AT(socket.mode)},
    {"socket.group", KEY_GROUP, false, "",
     "group of the socket; empty: the daemon's own group", 0, 63, 0,
     AT(socket.group)},
    /* Descriptors for this many are asked for at the start, once. */
    {"server.max_connections", KEY_INTEGER, false, "",
     "maximum number of connections", 1, 65536, 1024,
     AT(server.max_connections)},
    {"server.max_line_bytes", KEY_INTEGER, true, "bytes",
     "maximum length of a request line", 1024, PROTOCOL_LINE_MAX,
     PROTOCOL_LINE_MAX, AT(server.max_line_bytes)},
    {"server.max_batch", KEY_INTEGER, true, "",
     "maximum number of requests in a batch", 1, PROTOCOL_BATCH_MAX,
     PROTOCOL_BATCH_MAX, AT(server.max_batch)},
    {"server.max_waiting", KEY_INTEGER, true, "",
     "maximum number of requests waiting for entropy", 1, 65536, 1024,
     AT(server.max_waiting)},
    {"server.idle_timeout_ms", KEY_INTEGER, true, "ms",
     "idle timeout of a connection; 0 disables it", 0, DAY_MS, 600000,
     AT(server.idle_timeout_ms)},
    {"server.request_timeout_ms", KEY_INTEGER, true, "ms",
     "time limit for receiving a request, from its first byte", 100, DAY_MS,
     30000, AT(server.request_timeout_ms)},
    {"server.write_timeout_ms", KEY_INTEGER, true, "ms",
     "time limit for a client to read its replies", 100, DAY_MS, 30000,
     AT(server.write_timeout_ms)},
    {"server.requests_per_iteration", KEY_INTEGER, true, "",
     "requests served to one connection in one loop iteration", 1, 1024, 64,
     AT(server.requests_per_iteration)},
    {"server.output_per_iteration_bytes", KEY_INTEGER, true, "bytes",
     "output produced for one connection in one loop iteration", 4096, 16777216,
     131072, AT(server.output_per_iteration_bytes)},
    {"server.shutdown_ms", KEY_INTEGER, true, "ms",
     "time limit for finishing replies when stopping", 0, 60000, 2000,
     AT(server.shutdown_ms)},
    {"pool.ring_samples", KEY_POWER, false, "",
     "size of each source's ring of samples", 1024, 16777216, 65536,
     AT(pool.ring_samples)},
    {"pool.stall_ms", KEY_INTEGER, false, "ms",
     "time without a sample after which a source has stalled", 100, 60000, 1000,
     AT(pool.stall_ms)},
    {"process.user", KEY_USER, false, "",
     "user to switch to once the socket is bound, if started as root; "
     "empty: keep the current user",
     0, 63, 0, AT(process.user)},
    {"log.level", KEY_LEVEL, true, "", "most verbose level to log",
     LOG_LEVEL_ERROR, LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, AT(log_level)},
};

#define FIXED_COUNT (sizeof(fixed_keys) / sizeof(fixed_keys[0]))

/* What every source has, whatever its collector. */
enum source_key { SOURCE_ENABLED, SOURCE_CLAIM, SOURCE_DUTY, SOURCE_KEYS };

size_t keys_count(const struct config_collectors *collectors)
{
    size_t count = FIXED_COUNT;
    for (size_t i = 0; i < collectors->count; i++)
        count += SOURCE_KEYS + collector_tunable_count(collectors->list[i]);
    assert(count <= CONFIG_KEY_MAX);
    return count;
}

static void get_fixed(const struct fixed_key *fixed, struct key *key)
{
    *key = (struct key){
        .type = fixed->type,
        .unit = fixed->unit,
        .help = fixed->help,
        .min = fixed->min,
        .max = fixed->max,
        .standard = {.numbers = {fixed->standard}, .count = 1},
        .changes_running = fixed->changes_running,
        .source = -1,
        .tunable = -1,
        .offset = fixed->offset,
    };
    if (fixed->type == KEY_PATH) /* sun_path is shorter on macOS */
        key->max = (int64_t)socket_path_limit();
    (void)snprintf(key->name, sizeof(key->name), "%s", fixed->name);
}

/* One of the keys that every source has. */
static void get_common(const struct collector *collector, enum source_key which,
                       struct key *key)
{
    const char *name = NULL;
    switch (which) {
    case SOURCE_ENABLED:
        name = "enabled";
        key->type = KEY_BOOLEAN;
        key->help = "use this source where it can run";
        key->max = 1;
        key->standard.numbers[0] = 1;
        key->offset = offsetof(struct source_config, enabled);
        break;
    case SOURCE_CLAIM:
        name = "claim_bits";
        key->type = KEY_BITS;
        key->unit = "bits";
        key->help = "min-entropy credited per sample";
        key->min = 1;
        key->max = 1000;
        key->standard.numbers[0] = collector->info->claim_millibits;
        key->offset = offsetof(struct source_config, claim_millibits);
        break;
    case SOURCE_DUTY:
    case SOURCE_KEYS:
        name = "duty_percent";
        key->type = KEY_INTEGER;
        key->unit = "percent";
        key->help =
            "share of one core the source may use once the daemon is seeded";
        key->min = 1;
        key->max = 100;
        key->standard.numbers[0] = 20;
        key->changes_running = true;
        key->offset = offsetof(struct source_config, duty_percent);
        break;
    }
    (void)snprintf(key->name, sizeof(key->name), "sources.%s.%s",
                   collector->name, name);
}

static void get_tunable(const struct collector *collector, int which,
                        struct key *key)
{
    const struct tunable *tunable = &collector->tunables[which];
    static const enum key_type types[] = {
        [TUNABLE_INTEGER] = KEY_INTEGER,
        [TUNABLE_BOOLEAN] = KEY_BOOLEAN,
        [TUNABLE_LIST] = KEY_LIST,
    };
    key->type = types[tunable->type];
    key->unit = tunable->unit;
    key->help = tunable->help;
    key->min = tunable->min;
    key->max = tunable->max;
    key->standard.count = tunable->standard.count;
    memcpy(key->standard.numbers, tunable->standard.values,
           sizeof(key->standard.numbers));
    key->tunable = which;
    (void)snprintf(key->name, sizeof(key->name), "sources.%s.%s",
                   collector->name, tunable->name);
}

void keys_get(const struct config_collectors *collectors, size_t i,
              struct key *key)
{
    assert(i < keys_count(collectors));
    if (i < FIXED_COUNT) {
        get_fixed(&fixed_keys[i], key);
        return;
    }
    i -= FIXED_COUNT;
    for (size_t s = 0; s < collectors->count; s++) {
        const struct collector *collector = collectors->list[s];
        size_t own = SOURCE_KEYS + collector_tunable_count(collector);
        if (i >= own) {
            i -= own;
            continue;
        }
        *key = (struct key){
            .unit = "", .standard = {.count = 1}, .source = (int)s};
        key->tunable = -1;
        if (i < SOURCE_KEYS)
            get_common(collector, (enum source_key)i, key);
        else
            get_tunable(collector, (int)(i - SOURCE_KEYS), key);
        return;
    }
}

int keys_find(const struct config_collectors *collectors, const char *name,
              struct key *key)
{
    size_t count = keys_count(collectors);
    for (size_t i = 0; i < count; i++) {
        keys_get(collectors, i, key);
        if (strcmp(key->name, name) == 0)
            return (int)i;
    }
    return -1;
}

/* Where the key's value stands, tunables aside. */
static void *field_of(const struct key *key, struct config *config)
{
    char *base = (char *)config;
    if (key->source >= 0)
        base = (char *)&config->sources[key->source];
    return base + key->offset;
}

static bool is_text(const struct key *key)
{
    return key->type == KEY_PATH || key->type == KEY_GROUP ||
           key->type == KEY_USER;
}

void key_read(const struct key *key, const struct config *config,
              struct key_value *value)
{
    *value = (struct key_value){.count = 1};
    if (key->tunable >= 0) {
        const struct tunable_value *tunable =
            &config->sources[key->source].tunables[key->tunable];
        memcpy(value->numbers, tunable->values, sizeof(value->numbers));
        value->count = tunable->count;
        value->is_set = tunable->is_set;
        return;
    }
    const void *field = field_of(key, (struct config *)config);
    if (is_text(key))
        (void)snprintf(value->text, sizeof(value->text), "%s",
                       (const char *)field);
    else if (key->type == KEY_BOOLEAN)
        value->numbers[0] = *(const bool *)field;
    else if (key->type == KEY_LEVEL)
        value->numbers[0] = *(const enum log_level *)field;
    else
        value->numbers[0] = *(const unsigned *)field;
}

void key_write(const struct key *key, struct config *config,
               const struct key_value *value)
{
    if (key->tunable >= 0) {
        struct tunable_value *tunable =
            &config->sources[key->source].tunables[key->tunable];
        memcpy(tunable->values, value->numbers, sizeof(tunable->values));
        tunable->count = value->count;
        tunable->is_set = value->is_set;
        return;
    }
    void *field = field_of(key, config);
    if (is_text(key))
        memcpy(field, value->text, (size_t)strlen(value->text) + 1);
    else if (key->type == KEY_BOOLEAN)
        *(bool *)field = value->numbers[0] != 0;
    else if (key->type == KEY_LEVEL)
        *(enum log_level *)field = (enum log_level)value->numbers[0];
    else
        *(unsigned *)field = (unsigned)value->numbers[0];
}

bool key_value_equal(const struct key_value *a, const struct key_value *b)
{
    return a->count == b->count && a->is_set == b->is_set &&
           memcmp(a->numbers, b->numbers, a->count * sizeof(a->numbers[0])) ==
               0 &&
           strcmp(a->text, b->text) == 0;
}
