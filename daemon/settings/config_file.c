/* The configuration file: found, read, and taken over key by key. */

#include "daemon/settings/config.h"

#include "base/quote.h"
#include "base/reason.h"
#include "daemon/settings/config_line.h"
#include "daemon/settings/key_text.h"
#include "daemon/settings/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One file while it is taken over. */
struct loader {
    struct config *config;
    struct config_origins *origins;
    const struct config_collectors *collectors;
    const char *path;
    const char *text;           /* the whole file, terminated */
    bool taken[CONFIG_KEY_MAX]; /* keys that stood in this file */
    struct reason *why;
};

/* "FILE:LINE: KEY " and room behind it for what is wrong. */
static int refuse(struct loader *l, const char *name, const char *problem)
{
    char quoted[KEY_NAME_MAX];
    const char *shown = quote_text(name, quoted, sizeof(quoted));
    unsigned line = config_line(l->text, name);
    if (line > 0)
        reason_set(l->why, "%s:%u: %s: %s", l->path, line, shown, problem);
    else
        reason_set(l->why, "%s: %s: %s", l->path, shown, problem);
    return -EINVAL;
}

static int refuse_unknown(struct loader *l, const char *name)
{
    char nearest[KEY_NAME_MAX];
    char problem[KEY_NAME_MAX + 64];
    if (keys_nearest(l->collectors, name, nearest))
        (void)snprintf(problem, sizeof(problem),
                       "no such key; did you mean %s?", nearest);
    else
        (void)snprintf(problem, sizeof(problem),
                       "no such key; entropyd --help lists them all");
    return refuse(l, name, problem);
}

static int refuse_value(struct loader *l, const struct key *key,
                        const json_t *json)
{
    char allows[KEY_TEXT_MAX];
    char problem[KEY_TEXT_MAX + 128];
    char *got = json_dumps(json, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    (void)snprintf(problem, sizeof(problem), "must be %s, is %.80s%s",
                   key_allows(key, allows, sizeof(allows)),
                   got != NULL ? got : "something else",
                   got != NULL && strlen(got) > 80 ? "..." : "");
    free(got);
    return refuse(l, key->name, problem);
}

/* A list as --set would have it, "1,2,3". False where it is none of whole
 * numbers, or too long to be right. */
static bool list_text(const json_t *json, char *text, size_t size)
{
    if (!json_is_array(json) || json_array_size(json) > TUNABLE_LIST_MAX)
        return false;
    size_t n = 0;
    size_t i;
    const json_t *element;
    text[0] = '\0';
    json_array_foreach(json, i, element)
    {
        if (!json_is_integer(element))
            return false;
        n += (size_t)snprintf(text + n, size - n, "%s%" JSON_INTEGER_FORMAT,
                              i > 0 ? "," : "", json_integer_value(element));
    }
    return true;
}

/* A string without NUL bytes, if it fits. */
static bool string_text(const json_t *json, char *text, size_t size)
{
    const char *string = json_string_value(json);
    if (string == NULL || strlen(string) >= size)
        return false;
    memcpy(text, string, strlen(string) + 1);
    return true;
}

/* The value as --set would have it; false where its JSON type is not the
 * key's. "32" is no number here, and 1 is no truth. */
static bool value_text(const struct key *key, const json_t *json, char *text,
                       size_t size)
{
    switch (key->type) {
    case KEY_INTEGER:
    case KEY_POWER:
        if (!json_is_integer(json))
            return false;
        (void)snprintf(text, size, "%" JSON_INTEGER_FORMAT,
                       json_integer_value(json));
        return true;
    case KEY_BITS:
        if (!json_is_number(json))
            return false;
        /* 15 digits: what was written, not its nearest binary fraction. */
        (void)snprintf(text, size, "%.15g", json_number_value(json));
        return true;
    case KEY_BOOLEAN:
        (void)snprintf(text, size, "%s", json_is_true(json) ? "true" : "false");
        return json_is_boolean(json);
    case KEY_LIST:
        return list_text(json, text, size);
    case KEY_MODE:
    case KEY_LEVEL:
    case KEY_PATH:
    case KEY_GROUP:
    case KEY_USER:
        return string_text(json, text, size);
    }
    return false;
}

static int take_value(struct loader *l, const char *name, const json_t *json)
{
    struct key key;
    int place = keys_find(l->collectors, name, &key);
    if (place < 0)
        return keys_have_section(l->collectors, name)
                   ? refuse(l, name, "is a section: must be an object {...}")
                   : refuse_unknown(l, name);
    if (l->taken[place])
        return refuse(l, name, "stands in this file twice, here first");
    char text[KEY_TEXT_MAX];
    struct key_value value;
    if (!value_text(&key, json, text, sizeof(text)) ||
        key_parse(&key, text, &value) < 0)
        return refuse_value(l, &key, json);
    key_write(&key, l->config, &value);
    l->taken[place] = true;
    l->origins->of[place] = FROM_FILE;
    return 0;
}

/* The members of an object whose name is `section` ("": the whole file). Only
 * sections that there are are entered, so that it never goes deep. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static int take_object(struct loader *l, const char *section, json_t *object)
{
    const char *member;
    json_t *json;
    json_object_foreach(object, member, json)
    {
        if (strncmp(member, "//", 2) == 0)
            continue;
        char name[KEY_NAME_MAX];
        int n = snprintf(name, sizeof(name), "%s%s%s", section,
                         section[0] != '\0' ? "." : "", member);
        int result;
        if (n < 0 || (size_t)n >= sizeof(name))
            result = refuse(l, member, "no such key: no key is that long");
        else if (json_is_object(json) && keys_have_section(l->collectors, name))
            result = take_object(l, name, json);
        else
            result = take_value(l, name, json);
        if (result < 0)
            return result;
    }
    return 0;
}

/* Opens a regular file that is not everybody's to change; whoever may write
 * it decides what is credited and who may connect. */
static int open_file(const char *path, size_t *size, struct reason *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return reason_errno(errno, why, "%s", path);
    struct stat st;
    int result = 0;
    if (fstat(fd, &st) < 0) {
        result = reason_errno(errno, why, "%s", path);
    } else if (!S_ISREG(st.st_mode)) {
        reason_set(why, "%s: must be a regular file", path);
        result = -EINVAL;
    } else if (st.st_mode & S_IWOTH) {
        reason_set(why, "%s: anybody may write it; chmod o-w it first", path);
        result = -EACCES;
    } else if (st.st_size > CONFIG_FILE_BYTES_MAX) {
        reason_set(why, "%s: must be at most %d bytes, is %lld", path,
                   CONFIG_FILE_BYTES_MAX, (long long)st.st_size);
        result = -EFBIG;
    }
    if (result < 0) {
        close(fd);
        return result;
    }
    *size = (size_t)st.st_size;
    return fd;
}

/* The file's text, new and terminated; NULL with *result set. */
static char *read_file(const char *path, size_t *length, int *result,
                       struct reason *why)
{
    size_t size = 0;
    int fd = open_file(path, &size, why);
    if (fd < 0) {
        *result = fd;
        return NULL;
    }
    char *text = malloc(size + 1);
    ssize_t n = 0;
    *length = 0;
    while (text != NULL && *length < size &&
           (n = read(fd, text + *length, size - *length)) > 0)
        *length += (size_t)n;
    int error = text == NULL ? ENOMEM : n < 0 ? errno : 0;
    close(fd);
    if (error != 0) {
        free(text);
        *result = reason_errno(error, why, "%s", path);
        return NULL;
    }
    text[*length] = '\0';
    return text;
}

int config_load_file(struct config *config, struct config_origins *origins,
                     const struct config_collectors *collectors,
                     const char *path, struct reason *why)
{
    if (strlen(path) >= sizeof(origins->file)) {
        reason_set(why,
                   "the configuration's path is longer than "
                   "%zu bytes",
                   sizeof(origins->file) - 1);
        return -ENAMETOOLONG;
    }
    size_t length = 0;
    int result = 0;
    char *text = read_file(path, &length, &result, why);
    if (text == NULL)
        return result;
    json_error_t error;
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    struct loader l = {.config = config,
                       .origins = origins,
                       .collectors = collectors,
                       .path = path,
                       .text = text,
                       .why = why};
    if (json == NULL) {
        reason_set(why, "%s:%d:%d: not valid JSON: %s", path, error.line,
                   error.column, error.text);
        result = -EINVAL;
    } else if (!json_is_object(json)) {
        reason_set(why, "%s:1: must be an object {...}", path);
        result = -EINVAL;
    } else {
        memcpy(origins->file, path, strlen(path) + 1);
        result = take_object(&l, "", json);
    }
    json_decref(json);
    free(text);
    return result;
}

int config_find_file(char path[CONFIG_PATH_MAX], struct reason *why)
{
    for (unsigned i = 0;; i++) {
        int result = config_candidate(i, path);
        if (result == -ENOENT) {
            path[0] = '\0';
            return 0;
        }
        if (result < 0)
            return reason_errno(-result, why, "the path of entropyd.json");
        struct stat st;
        if (result == 0)
            continue;
        if (stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR))
            return 1;
    }
}
