/* SPDX-License-Identifier: MIT */
/* Defaults, the command line's settings, what must fit together, and what a
 * reload changes. */

#include "daemon/settings/config.h"

#include "base/quote.h"
#include "base/text.h"
#include "daemon/settings/keys.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void config_defaults(struct config *config, struct config_origins *origins,
                     const struct config_collectors *collectors)
{
    size_t count = keys_count(collectors);
    struct key key;

    assert(collectors->count <= COLLECTOR_MAX);
    *config = (struct config){.source_count = collectors->count};
    *origins = (struct config_origins){.file = ""};
    for (size_t i = 0; i < count; i++) {
        keys_get(collectors, i, &key);
        assert(key.tunable < CONFIG_TUNABLE_MAX);
        key_write(&key, config, &key.default_value);
    }
}

static void report(struct config_loader *l, enum config_severity severity,
                   const char *text)
{
    if (severity == CONFIG_ERROR)
        l->errors++;
    else
        l->warnings++;
    l->problem(l->context, severity, text);
}

void config_problem(struct config_loader *l, enum config_severity severity,
                    const char *format, ...)
{
    struct reason why;
    va_list arguments;

    va_start(arguments, format);
    /* The analyser does not see va_start(). */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    text_vformat(why.text, sizeof(why.text), format, arguments);
    va_end(arguments);
    report(l, severity, why.text);
}

void config_report(struct config_loader *l, enum config_severity severity,
                   const char *name, const char *format, ...)
{
    struct reason why;
    struct key key;
    int place = keys_find(l->collectors, name, &key);
    va_list arguments;

    va_start(arguments, format);
    /* The analyser does not see va_start(). */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    text_vformat(why.text, sizeof(why.text), format, arguments);
    va_end(arguments);
    enum config_origin origin =
        place >= 0 ? (enum config_origin)l->origins->of[place] : FROM_DEFAULT;
    if (origin == FROM_FILE)
        config_problem(l, severity, "%s:%u: %s: %s", l->origins->file,
                       l->origins->line[place], name, why.text);
    else if (origin == FROM_COMMAND_LINE)
        config_problem(l, severity, "command line: %s: %s", name, why.text);
    else
        config_problem(l, severity, "%s: %s", name, why.text);
}

void config_set_key(struct config_loader *l, const char *option,
                    const char *name, const char *value)
{
    struct key key;
    struct key_value parsed;
    int place = keys_find(l->collectors, name, &key);

    if (place < 0) {
        struct reason why;
        keys_describe_unknown(l->collectors, name, &why);
        config_problem(l, CONFIG_ERROR, "%s: %s", option, why.text);
        return;
    }
    if (key_from_text(&key, value, &parsed) < 0) {
        char allows[KEY_TEXT_MAX], quoted[160];
        config_problem(l, CONFIG_ERROR, "%s: must be %s, is %s", option,
                       key_allows(&key, allows, sizeof(allows)),
                       quote_text(value, quoted, sizeof(quoted)));
        return;
    }
    key_write(&key, l->config, &parsed);
    l->origins->of[place] = FROM_COMMAND_LINE;
}

void config_set(struct config_loader *l, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    char name[KEY_NAME_MAX], quoted[160];
    char option[sizeof(quoted) + 8];

    if (equals == NULL || equals == assignment ||
        (size_t)(equals - assignment) >= sizeof(name)) {
        config_problem(l, CONFIG_ERROR,
                       "--set %s: must be KEY=VALUE, as in "
                       "--set server.max_connections=64",
                       quote_text(assignment, quoted, sizeof(quoted)));
        return;
    }
    size_t length = (size_t)(equals - assignment);
    memcpy(name, assignment, length);
    name[length] = '\0';
    struct key key;
    bool is_known = keys_find(l->collectors, name, &key) >= 0;
    (void)snprintf(option, sizeof(option), "--set %s",
                   is_known ? name : quote_text(name, quoted, sizeof(quoted)));
    config_set_key(l, option, name, equals + 1);
}

/* `section` is "socket" or "egd". */
static void check_socket(struct config_loader *l, const char *section,
                         const struct config_socket *s)
{
    char path_key[KEY_NAME_MAX], group_key[KEY_NAME_MAX];
    size_t length = strlen(s->path);

    (void)snprintf(path_key, sizeof(path_key), "%s.path", section);
    (void)snprintf(group_key, sizeof(group_key), "%s.group", section);
    if (length > 0 && s->path[length - 1] == '/')
        config_report(l, CONFIG_ERROR, path_key,
                      "\"%s\" ends in a slash: must be the path of a socket",
                      s->path);
    if (s->group[0] != '\0' && (s->mode & 060) != 060)
        config_report(l, CONFIG_ERROR, group_key,
                      "is \"%s\", but %s.mode \"%04o\" does not let a "
                      "group connect; \"0660\" does",
                      s->group, section, s->mode);
}

static bool is_set(const struct config_loader *l, const char *name)
{
    struct key key;
    int place = keys_find(l->collectors, name, &key);

    return place >= 0 && l->origins->of[place] != FROM_DEFAULT;
}

/* Settings of a socket that is not made. */
static void check_egd_is_on(struct config_loader *l)
{
    static const char *const names[] = {"egd.mode", "egd.group"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (l->config->egd.path[0] == '\0' && is_set(l, names[i]))
            config_report(l, CONFIG_WARNING, names[i],
                          "has no effect without egd.path");
    }
}

static void check_log(struct config_loader *l)
{
    unsigned bytes = l->config->log.max_file_bytes;

    if (bytes > 0 && bytes < CONFIG_LOG_BYTES_MIN)
        config_report(l, CONFIG_ERROR, "log.max_file_bytes",
                      "must be 0 or at least %d, is %u", CONFIG_LOG_BYTES_MIN,
                      bytes);
}

/* What to name where a source's tunables do not fit together: the first of
 * them that was set, or the source's section. */
static void name_tunables(const struct config_loader *l, size_t i,
                          char name[KEY_NAME_MAX])
{
    size_t count = keys_count(l->collectors);
    struct key key;

    (void)snprintf(name, KEY_NAME_MAX, "sources.%s",
                   l->collectors->list[i]->name);
    for (size_t k = 0; k < count; k++) {
        keys_get(l->collectors, k, &key);
        if (key.source == (int)i && key.tunable >= 0 &&
            l->origins->of[k] != FROM_DEFAULT) {
            memcpy(name, key.name, KEY_NAME_MAX);
            return;
        }
    }
}

static void check_sources(struct config_loader *l)
{
    bool any_enabled = l->collectors->count == 0;
    char last_enabled_key[KEY_NAME_MAX] = "sources";

    for (size_t i = 0; i < l->collectors->count; i++) {
        struct reason why;
        char name[KEY_NAME_MAX];

        any_enabled = any_enabled || l->config->sources[i].enabled;
        (void)snprintf(last_enabled_key, sizeof(last_enabled_key),
                       "sources.%s.enabled", l->collectors->list[i]->name);
        if (l->collectors->list[i]->check(l->config->sources[i].tunables,
                                          &why) == 0)
            continue;
        name_tunables(l, i, name);
        config_report(l, CONFIG_ERROR, name, "%s", why.text);
    }
    if (!any_enabled)
        config_report(l, CONFIG_ERROR, last_enabled_key,
                      "all sources are disabled, so there would be nothing to "
                      "serve; enable at least one");
}

void config_check(struct config_loader *loader)
{
    check_socket(loader, "socket", &loader->config->socket);
    check_socket(loader, "egd", &loader->config->egd);
    check_egd_is_on(loader);
    check_log(loader);
    check_sources(loader);
}

bool config_next_change(const struct config *from, const struct config *to,
                        const struct config_collectors *collectors,
                        size_t *index, struct key *key)
{
    size_t count = keys_count(collectors);

    while (*index < count) {
        struct key_value before, after;

        keys_get(collectors, (*index)++, key);
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
    struct key_value value;

    while (config_next_change(config, to, collectors, &index, &key)) {
        if (!key.changes_running)
            continue;
        key_read(&key, to, &value);
        key_write(&key, config, &value);
    }
}
