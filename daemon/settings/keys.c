/* SPDX-License-Identifier: MIT */
/* The table of keys, and what was meant by a name that is not in it. */

#include "daemon/settings/keys.h"

#include "base/nearest.h"
#include "base/quote.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* A key of the daemon, or one that every source has. */
struct fixed_key {
    const char *name;
    enum key_type type;
    bool changes_running;
    const char *unit, *help;
    int64_t min, max, default_number; /* the default of a text is "" */
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
    {"egd.path", KEY_PATH, false, "",
     "socket to serve EGD on; empty: EGD is off", 0, SOCKET_PATH_MAX - 1, 0,
     AT(egd.path)},
    {"egd.mode", KEY_MODE, false, "", "file mode of the EGD socket", 0600, 0777,
     0600, AT(egd.mode)},
    {"egd.group", KEY_GROUP, false, "",
     "group of the EGD socket; empty: the daemon's own group", 0, 63, 0,
     AT(egd.group)},
    /* Descriptors for this many are asked for at the start, once. */
    {"server.max_connections", KEY_INTEGER, false, "",
     "maximum number of connections", 1, 65536, 1024,
     AT(server.max_connections)},
    {"server.max_line_bytes", KEY_INTEGER, true, "bytes",
     "maximum length of a request line", 1024, CONFIG_LINE_BYTES_MAX,
     CONFIG_LINE_BYTES_MAX, AT(server.max_line_bytes)},
    {"server.max_batch", KEY_INTEGER, true, "",
     "maximum number of requests in a batch", 1, CONFIG_BATCH_MAX,
     CONFIG_BATCH_MAX, AT(server.max_batch)},
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
     "longest time in which a client with unread replies reads nothing", 100,
     DAY_MS, 30000, AT(server.write_timeout_ms)},
    {"server.requests_per_iteration", KEY_INTEGER, true, "",
     "requests served to one connection in one loop iteration", 1, 1024, 64,
     AT(server.requests_per_iteration)},
    {"server.output_per_iteration_bytes", KEY_INTEGER, true, "bytes",
     "output produced for one connection in one loop iteration", 4096, 16777216,
     131072, AT(server.output_per_iteration_bytes)},
    {"server.shutdown_ms", KEY_INTEGER, true, "ms",
     "time limit for finishing replies when stopping; a client that reads "
     "nothing has half a second",
     0, 60000, 2000, AT(server.shutdown_ms)},
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
    {"log.level", KEY_CHOICE, true, "", "most verbose level to log", 0, 3, 2,
     AT(log.level)},
    {"log.max_file_bytes", KEY_INTEGER, true, "bytes",
     "size at which a log file on stderr is renamed to FILE.old and a new one "
     "begun; 0 disables it",
     0, 1073741824, 0, AT(log.max_file_bytes)},
};

#define FIXED_COUNT (sizeof(fixed_keys) / sizeof(fixed_keys[0]))

/* enum log_level's names, in its order. */
static const char *const level_names[] = {"error", "warning", "info", "debug",
                                          NULL};

#define AT_SOURCE(field) offsetof(struct source_config, field)

/* What every source has; the default claim is its collector's. */
static const struct fixed_key source_keys[] = {
    {"enabled", KEY_BOOLEAN, false, "", "use this source where it can run", 0,
     1, 1, AT_SOURCE(enabled)},
    {"claim_bits", KEY_BITS, false, "bits", "min-entropy credited per sample",
     1, 1000, -1, AT_SOURCE(claim_millibits)},
    {"duty_percent", KEY_INTEGER, true, "percent",
     "share of one core the source may use once the daemon is seeded", 1, 100,
     20, AT_SOURCE(duty_percent)},
};

#define SOURCE_KEY_COUNT (sizeof(source_keys) / sizeof(source_keys[0]))

size_t keys_count(const struct config_collectors *collectors)
{
    size_t count = FIXED_COUNT;
    for (size_t i = 0; i < collectors->count; i++)
        count +=
            SOURCE_KEY_COUNT + collector_tunable_count(collectors->list[i]);
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
        .default_value = {.numbers = {fixed->default_number}, .count = 1},
        .changes_running = fixed->changes_running,
        .source = -1,
        .tunable = -1,
        .offset = fixed->offset,
    };
    if (fixed->type == KEY_PATH) /* sun_path is shorter on macOS */
        key->max = (int64_t)socket_path_limit();
    if (fixed->type == KEY_CHOICE)
        key->choices = level_names;
    (void)snprintf(key->name, sizeof(key->name), "%s", fixed->name);
}

static void get_tunable(const struct tunable *tunable, struct key *key)
{
    static const enum key_type types[] = {
        [TUNABLE_INTEGER] = KEY_INTEGER,
        [TUNABLE_BOOLEAN] = KEY_BOOLEAN,
        [TUNABLE_LIST] = KEY_LIST,
    };

    *key = (struct key){
        .type = types[tunable->type],
        .unit = tunable->unit,
        .help = tunable->help,
        .min = tunable->min,
        .max = tunable->max,
        .default_value = {.count = tunable->default_value.count},
    };
    memcpy(key->default_value.numbers, tunable->default_value.values,
           sizeof(key->default_value.numbers));
}

/* The i-th key of the source at place `source`. */
static void get_of_source(const struct collector *collector, int source,
                          size_t i, struct key *key)
{
    const char *name;

    if (i < SOURCE_KEY_COUNT) {
        get_fixed(&source_keys[i], key);
        if (key->default_value.numbers[0] < 0)
            key->default_value.numbers[0] = collector->info->claim_millibits;
        name = source_keys[i].name;
    } else {
        const struct tunable *tunable =
            &collector->tunables[i - SOURCE_KEY_COUNT];
        get_tunable(tunable, key);
        key->tunable = (int)(i - SOURCE_KEY_COUNT);
        name = tunable->name;
    }
    key->source = source;
    (void)snprintf(key->name, sizeof(key->name), "sources.%s.%s",
                   collector->name, name);
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
    size_t s = 0;
    for (;; s++) {
        size_t own =
            SOURCE_KEY_COUNT + collector_tunable_count(collectors->list[s]);
        if (i < own)
            break;
        i -= own;
    }
    get_of_source(collectors->list[s], (int)s, i, key);
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

bool keys_have_section(const struct config_collectors *collectors,
                       const char *name)
{
    size_t length = strlen(name);
    size_t count = keys_count(collectors);
    struct key key;

    for (size_t i = 0; i < count; i++) {
        keys_get(collectors, i, &key);
        if (strncmp(key.name, name, length) == 0 && key.name[length] == '.')
            return true;
    }
    return false;
}

/* Every key, every source's section, and the sections at the top. */
#define NAMES_MAX (CONFIG_KEY_MAX + COLLECTOR_MAX + 8)

struct names {
    size_t count;
    char text[NAMES_MAX][KEY_NAME_MAX];
    const char *list[NAMES_MAX]; /* of text */
};

/* Adds a name unless it is there. */
static void add(struct names *names, const char *name)
{
    for (size_t i = names->count; i > 0; i--) {
        if (strcmp(names->text[i - 1], name) == 0)
            return;
    }
    if (names->count == NAMES_MAX)
        return;
    memcpy(names->text[names->count], name, strlen(name) + 1);
    names->list[names->count] = names->text[names->count];
    names->count++;
}

/* Does key end in ".name"? */
static bool ends_in(const char *key, const char *name)
{
    size_t key_length = strlen(key);
    size_t length = strlen(name);

    return length > 0 && key_length > length &&
           key[key_length - length - 1] == '.' &&
           strcmp(key + key_length - length, name) == 0;
}

/* The key, or section, that `name` was most likely meant to be: one that ends
 * in it or one few letters away. False where nothing comes near. */
static bool find_nearest(const struct config_collectors *collectors,
                         const char *name, char nearest[KEY_NAME_MAX])
{
    struct names names;
    size_t count = keys_count(collectors);
    struct key key;

    names.count = 0;
    for (size_t i = 0; i < count; i++) {
        keys_get(collectors, i, &key);
        if (ends_in(key.name, name)) {
            memcpy(nearest, key.name, KEY_NAME_MAX);
            return true;
        }
        add(&names, key.name);
        for (char *dot = strrchr(key.name, '.'); dot != NULL;
             dot = strrchr(key.name, '.')) {
            *dot = '\0';
            add(&names, key.name);
        }
    }
    const char *best = nearest_name(name, names.list, names.count);
    if (best == NULL)
        return false;
    memcpy(nearest, best, strlen(best) + 1);
    return true;
}

/* The source in "sources.NAME" or "sources.NAME.key"; NULL where `name` is not
 * of that form or NAME is one. */
static const char *unknown_source(const struct config_collectors *collectors,
                                  const char *name)
{
    static const char section[] = "sources.";

    if (strncmp(name, section, strlen(section)) != 0)
        return NULL;
    const char *source = name + strlen(section);
    size_t length = strcspn(source, ".");
    for (size_t i = 0; i < collectors->count; i++) {
        const char *known = collectors->list[i]->name;
        if (strlen(known) == length && memcmp(known, source, length) == 0)
            return NULL;
    }
    return source;
}

static void list_sources(const struct config_collectors *collectors, char *out,
                         size_t size)
{
    size_t n = 0;

    out[0] = '\0';
    for (size_t i = 0; i < collectors->count && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s", i > 0 ? ", " : "",
                              collectors->list[i]->name);
}

void keys_describe_unknown(const struct config_collectors *collectors,
                           const char *name, struct reason *why)
{
    char quoted[KEY_NAME_MAX], nearest[KEY_NAME_MAX], sources[KEY_TEXT_MAX];
    const char *source = unknown_source(collectors, name);

    quote_text(name, quoted, sizeof(quoted));
    if (keys_have_section(collectors, name)) {
        reason_set(why, "is a section; set one of its keys");
    } else if (source != NULL) {
        char shown[KEY_NAME_MAX];
        (void)snprintf(shown, sizeof(shown), "%.*s", (int)strcspn(source, "."),
                       source);
        quote_text(shown, quoted, sizeof(quoted));
        list_sources(collectors, sources, sizeof(sources));
        reason_set(why, "unknown source %s (known: %s)", quoted, sources);
    } else if (find_nearest(collectors, name, nearest)) {
        reason_set(why, "unknown key %s (did you mean %s?)", quoted, nearest);
    } else {
        reason_set(why, "unknown key %s (entropyd --help lists all keys)",
                   quoted);
    }
}
