/* SPDX-License-Identifier: MIT */
#include "daemon/configuration.h"

#include "base/socket_path.h"
#include "base/text.h"
#include "daemon/host/accounts.h"
#include "daemon/host/log.h"
#include "daemon/host/log_sink.h"
#include "daemon/pool/pool.h"
#include "daemon/settings/keys.h"
#include "protocol/protocol.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What settings/ says with numbers of its own, since it knows neither. */
_Static_assert(CONFIG_LINE_BYTES_MAX == PROTOCOL_LINE_MAX, "the line's limit");
_Static_assert(CONFIG_BATCH_MAX == PROTOCOL_BATCH_MAX, "the batch's limit");
_Static_assert(LOG_LEVEL_ERROR == 0 && LOG_LEVEL_DEBUG == 3, "the levels");

/* A process that was given another user's environment (setpriv, su without a
 * dash) looks for its file in a home that it cannot enter. True: reported. */
static bool is_others_home(const char *path, struct config_loader *l)
{
    /* Before threads, or on the loop thread, and never written. */
    const char *home = getenv("HOME"); /* NOLINT(concurrency-mt-unsafe) */
    struct stat st;

    if (home == NULL || home[0] != '/' ||
        strncmp(path, home, strlen(home)) != 0 || stat(home, &st) < 0 ||
        st.st_uid == geteuid() || stat(path, &st) == 0 || errno != EACCES)
        return false;
    (void)stat(home, &st);
    config_problem(
        l, CONFIG_ERROR,
        "%s: Permission denied; HOME is %s, the home of user %u, and "
        "this process is user %u: set HOME, or name a file with "
        "--config",
        path, home, (unsigned)st.st_uid, (unsigned)geteuid());
    return true;
}

static void load_file(const struct options *options, struct config_loader *l)
{
    char path[CONFIG_PATH_MAX];
    struct reason why;

    if (options->config_path != NULL) {
        config_load_file(l, options->config_path);
        return;
    }
    int found = config_find_file(path, &why);
    if (found < 0)
        config_problem(l, CONFIG_ERROR, "%s", why.text);
    else if (found > 0 && !is_others_home(path, l))
        config_load_file(l, path);
}

static void set(const struct options_setting *setting, struct config_loader *l)
{
    if (setting->key == NULL)
        config_set(l, setting->value);
    else
        config_set_key(l, setting->option, setting->key, setting->value);
}

static void check_group(struct config_loader *l, const char *key,
                        const char *group)
{
    struct reason why;
    gid_t gid;

    if (group[0] != '\0' && accounts_find_group(group, &gid, &why) < 0)
        config_report(l, CONFIG_ERROR, key, "%s", why.text);
}

/* Is `longer` the other path's lock file? */
static bool is_lock_of(const char *longer, const char *path)
{
    size_t length = strlen(path);

    return strncmp(longer, path, length) == 0 &&
           strcmp(longer + length, ".lock") == 0;
}

/* The two sockets and their lock files are four files. */
static void check_paths(struct config_loader *l)
{
    const char *egd = l->config->egd.path;
    char path[SOCKET_PATH_MAX];
    bool is_default;
    struct reason ignored; /* a start says it, unless a socket is passed */

    if (egd[0] == '\0' ||
        socket_path(l->config->socket.path, path, &is_default, &ignored) < 0)
        return;
    if (strcmp(egd, path) == 0)
        config_report(l, CONFIG_ERROR, "egd.path",
                      "is \"%s\", which is the path of the JSON-RPC socket "
                      "(socket.path): must be another",
                      egd);
    else if (is_lock_of(egd, path) || is_lock_of(path, egd))
        config_report(l, CONFIG_ERROR, "egd.path",
                      "is \"%s\", but one of it and \"%s\" (socket.path) "
                      "is the other's lock file: must be another",
                      egd, path);
}

static void check_user(struct config_loader *l)
{
    const char *user = l->config->process.user;
    struct reason why;
    uid_t uid;
    gid_t gid;

    if (user[0] == '\0')
        return;
    if (accounts_find_user(user, &uid, &gid, &why) < 0)
        config_report(l, CONFIG_ERROR, "process.user", "%s", why.text);
    else if (uid == 0)
        config_report(l, CONFIG_ERROR, "process.user",
                      "\"%s\" is root, so no privileges would be dropped",
                      user);
}

/* A full ring must hold what a first seed takes and, beside it, what one
 * conditioned block takes: less would never be enough, however long the daemon
 * runs. Of the sources that can run here, the one with the smallest claim
 * decides. */
static void check_rings(struct config_loader *l)
{
    const unsigned needed = POOL_SEED_BITS + POOL_BLOCK_BITS;
    unsigned samples = l->config->pool.ring_samples;
    unsigned claim = UINT_MAX;
    const char *name = NULL;
    struct reason why;

    for (size_t i = 0; i < l->collectors->count; i++) {
        const struct source_config *source = &l->config->sources[i];

        if (source->enabled && source->claim_millibits < claim &&
            collector_can_run(l->collectors->list[i], &why)) {
            claim = source->claim_millibits;
            name = l->collectors->list[i]->name;
        }
    }
    uint64_t bits = (uint64_t)samples * claim / 1000;
    if (name != NULL && bits < needed)
        config_report(l, CONFIG_ERROR, "pool.ring_samples",
                      "%u samples of %s at a claim of %u.%03u bits are worth "
                      "%" PRIu64 " bits, fewer than the %u that seeding needs; "
                      "set a larger ring",
                      samples, name, claim / 1000, claim % 1000, bits, needed);
}

/* Appends to a list in `out`, separated by `separator`. */
static void append(char *out, size_t size, const char *separator,
                   const char *text)
{
    size_t n = strlen(out);

    text_format(out + n, size - n, "%s%s", n > 0 ? separator : "", text);
}

/* Where every enabled source needs another machine the daemon would start and
 * never serve. */
static void check_available(struct config_loader *l)
{
    char unavailable[REASON_MAX / 2] = "", disabled[REASON_MAX / 8] = "";
    char key[KEY_NAME_MAX] = "sources";
    struct reason why, entry;

    for (size_t i = 0; i < l->collectors->count; i++) {
        const struct collector *collector = l->collectors->list[i];
        bool can_run = collector_can_run(collector, &why);

        if (l->config->sources[i].enabled && can_run)
            return;
        if (l->config->sources[i].enabled) {
            reason_set(&entry, "%s: %s", collector->name, why.text);
            append(unavailable, sizeof(unavailable), ", ", entry.text);
        } else if (can_run) {
            append(disabled, sizeof(disabled), " or ", collector->name);
            (void)snprintf(key, sizeof(key), "sources.%s.enabled",
                           collector->name);
        }
    }
    if (unavailable[0] != '\0')
        config_report(l, CONFIG_WARNING, key,
                      "no enabled source can run on this machine (%s)%s%s",
                      unavailable, disabled[0] != '\0' ? "; enable " : "",
                      disabled);
}

int configuration_load(const struct options *options, struct config_loader *l)
{
    l->errors = l->warnings = 0;
    config_defaults(l->config, l->origins, l->collectors);
    load_file(options, l);
    for (unsigned i = 0; i < options->setting_count; i++)
        set(&options->settings[i], l);
    config_check(l);
    check_group(l, "socket.group", l->config->socket.group);
    check_group(l, "egd.group", l->config->egd.group);
    check_paths(l);
    check_user(l);
    check_rings(l);
    check_available(l);
    return l->errors == 0 ? 0 : -EINVAL;
}

void configuration_print_problem(void *context, enum config_severity severity,
                                 const char *text)
{
    bool is_warning = severity == CONFIG_WARNING;
    (void)context;
    (void)fprintf(
        stderr, "%sentropyd: %s%s\n",
        log_sink_prefix(is_warning ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR),
        is_warning ? "warning: " : "", text);
}
