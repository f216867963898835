/* Defaults, the command line's settings, what must fit together, and what a
 * reload changes. */

#include "daemon/settings/config.h"

#include "base/quote.h"
#include "base/reason.h"
#include "daemon/host/group.h"
#include "daemon/host/privileges.h"
#include "daemon/pool/pool.h"
#include "daemon/settings/key_text.h"
#include "daemon/settings/keys.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void config_defaults(struct config *config, struct config_origins *origins,
                     const struct config_collectors *collectors)
{
    assert(collectors->count <= SOURCE_MAX);
    *config = (struct config){.source_count = collectors->count};
    *origins = (struct config_origins){.file = ""};
    size_t count = keys_count(collectors);
    struct key key;
    for (size_t i = 0; i < count; i++) {
        keys_get(collectors, i, &key);
        assert(key.tunable < CONFIG_TUNABLE_MAX);
        key_write(&key, config, &key.standard);
    }
}

static int unknown_key(const struct config_collectors *collectors,
                       const char *name, struct reason *why)
{
    char nearest[KEY_NAME_MAX];
    char quoted[KEY_NAME_MAX];
    quote_text(name, quoted, sizeof(quoted));
    if (keys_have_section(collectors, name))
        reason_set(why, "--set %s: is a section; set one of its keys", quoted);
    else if (keys_nearest(collectors, name, nearest))
        reason_set(why, "--set %s: no such key; did you mean %s?", quoted,
                   nearest);
    else
        reason_set(why, "--set %s: no such key; --help lists them all", quoted);
    return -EINVAL;
}

int config_set_key(struct config *config, struct config_origins *origins,
                   const struct config_collectors *collectors,
                   const char *option, const char *name, const char *value,
                   struct reason *why)
{
    struct key key;
    int place = keys_find(collectors, name, &key);
    if (place < 0)
        return unknown_key(collectors, name, why);
    struct key_value parsed;
    int result = key_parse(&key, value, &parsed);
    if (result < 0) {
        char allows[KEY_TEXT_MAX];
        char quoted[160];
        reason_set(why, "%s: must be %s, is %s", option,
                   key_allows(&key, allows, sizeof(allows)),
                   quote_text(value, quoted, sizeof(quoted)));
        return result;
    }
    key_write(&key, config, &parsed);
    origins->of[place] = FROM_COMMAND_LINE;
    return 0;
}

int config_set(struct config *config, struct config_origins *origins,
               const struct config_collectors *collectors,
               const char *assignment, struct reason *why)
{
    const char *equals = strchr(assignment, '=');
    char name[KEY_NAME_MAX];
    if (equals == NULL || equals == assignment ||
        (size_t)(equals - assignment) >= sizeof(name)) {
        char quoted[160];
        reason_set(why,
                   "--set %s: must be KEY=VALUE, as in "
                   "--set server.max_connections=64",
                   quote_text(assignment, quoted, sizeof(quoted)));
        return -EINVAL;
    }
    size_t length = (size_t)(equals - assignment);
    memcpy(name, assignment, length);
    name[length] = '\0';
    char option[KEY_NAME_MAX + 8];
    (void)snprintf(option, sizeof(option), "--set %s", name);
    return config_set_key(config, origins, collectors, option, name, equals + 1,
                          why);
}

/* A full ring must hold what a first seed takes and, beside it, what one
 * conditioned block takes: less would never be enough, however long the daemon
 * runs. */
static int check_ring(const struct config *config, size_t i, const char *name,
                      struct reason *why)
{
    const uint64_t needed = POOL_SEED_BITS + POOL_BLOCK_BITS;
    uint64_t bits = (uint64_t)config->pool.ring_samples *
                    config->sources[i].claim_millibits / 1000;
    if (bits >= needed)
        return 0;
    reason_set(why,
               "pool.ring_samples %u at sources.%s.claim_bits 0.%03u is "
               "worth %" PRIu64 " bits, and seeding takes %" PRIu64
               ": keep more samples",
               config->pool.ring_samples, name,
               config->sources[i].claim_millibits, bits, needed);
    return -EINVAL;
}

static int check_sources(const struct config *config,
                         const struct config_collectors *collectors,
                         struct reason *why)
{
    bool any_enabled = collectors->count == 0;
    for (size_t i = 0; i < collectors->count; i++) {
        const struct collector *collector = collectors->list[i];
        const struct source_config *source = &config->sources[i];
        struct reason reason;
        if (collector->check(source->tunables, &reason) < 0) {
            reason_set(why, "sources.%s: %s", collector->name, reason.text);
            return -EINVAL;
        }
        if (!source->enabled)
            continue;
        any_enabled = true;
        int result = check_ring(config, i, collector->name, why);
        if (result < 0)
            return result;
    }
    if (any_enabled)
        return 0;
    reason_set(why, "sources: every source has enabled false, so that there "
                    "would be nothing to serve; enable one");
    return -EINVAL;
}

static int check_group(const struct config *config, struct reason *why)
{
    if (config->socket.group[0] == '\0')
        return 0;
    gid_t gid;
    struct reason reason;
    if (group_find(config->socket.group, &gid, &reason) < 0) {
        reason_set(why, "socket.group: %s", reason.text);
        return -EINVAL;
    }
    if ((config->socket.mode & 060) == 060)
        return 0;
    reason_set(why,
               "socket.group is \"%s\", but socket.mode \"%04o\" lets no "
               "group in; \"0660\" does",
               config->socket.group, config->socket.mode);
    return -EINVAL;
}

static int check_user(const struct config *config, struct reason *why)
{
    uid_t uid;
    gid_t gid;
    struct reason reason;
    if (config->process.user[0] == '\0')
        return 0;
    if (privileges_find_user(config->process.user, &uid, &gid, &reason) < 0)
        reason_set(why, "process.user: %s", reason.text);
    else if (uid == 0)
        reason_set(why,
                   "process.user: \"%s\" is root: there would be nothing "
                   "to drop",
                   config->process.user);
    else
        return 0;
    return -EINVAL;
}

static int check_path(const struct config *config, struct reason *why)
{
    size_t length = strlen(config->socket.path);
    if (length == 0 || config->socket.path[length - 1] != '/')
        return 0;
    reason_set(why,
               "socket.path: \"%s\" is the path of a directory: must be "
               "that of a socket in it",
               config->socket.path);
    return -EINVAL;
}

int config_check(const struct config *config,
                 const struct config_collectors *collectors, struct reason *why)
{
    int result = check_path(config, why);
    if (result == 0)
        result = check_group(config, why);
    if (result == 0)
        result = check_user(config, why);
    if (result < 0)
        return result;
    return check_sources(config, collectors, why);
}

bool config_next_change(const struct config *from, const struct config *to,
                        const struct config_collectors *collectors,
                        size_t *index, struct key *key)
{
    size_t count = keys_count(collectors);
    while (*index < count) {
        keys_get(collectors, (*index)++, key);
        struct key_value before, after;
        key_read(key, from, &before);
        key_read(key, to, &after);
        if (!key_value_equal(&before, &after))
            return true;
    }
    return false;
}

void config_take_running(struct config *config, const struct config *to,
                         const struct config_collectors *collectors)
{
    size_t index = 0;
    struct key key;
    while (config_next_change(config, to, collectors, &index, &key)) {
        if (!key.changes_running)
            continue;
        struct key_value value;
        key_read(&key, to, &value);
        key_write(&key, config, &value);
    }
}
