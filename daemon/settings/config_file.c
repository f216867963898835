/* SPDX-License-Identifier: MIT */
/*
 * The configuration as a file: found, read, taken over key by key, and
 * printed.
 *
 * jansson's values do not know the line they came from, and a message without
 * it sends people searching. So the whole text is parsed once to see whether
 * it is JSON at all; then its objects are walked by hand, where only names,
 * colons, commas and braces can follow each other, and jansson reads each name
 * and value in its place and tells where it ended.
 */

#include "daemon/settings/config.h"

#include "base/quote.h"
#include "daemon/settings/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A text that is known to be JSON, on the way through it. */
struct walk {
    struct config_loader *loader;
    const char *path; /* of the file */
    const char *p;    /* what comes next; the text is terminated */
    unsigned line;    /* of p, from 1 */
};

static void skip_space(struct walk *w)
{
    for (; *w->p != '\0' && strchr(" \t\r\n", *w->p) != NULL; w->p++)
        w->line += *w->p == '\n';
}

/* The value at w->p, new; leaves w->p after it and blanks. NULL without
 * memory, with the walk at its end. */
static json_t *take_json(struct walk *w)
{
    json_error_t error;
    json_t *json =
        json_loads(w->p, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &error);
    const char *end = w->p + error.position;

    if (json == NULL) {
        config_problem(w->loader, CONFIG_ERROR, "%s: out of memory", w->path);
        w->p += strlen(w->p);
        return NULL;
    }
    for (; w->p < end; w->p++)
        w->line += *w->p == '\n';
    skip_space(w);
    return json;
}

static void refuse_type(struct walk *w, unsigned line, const struct key *key,
                        const json_t *json)
{
    char allows[KEY_TEXT_MAX];
    char *got = json_dumps(json, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));

    config_problem(w->loader, CONFIG_ERROR, "%s:%u: %s: must be %s, is %.80s%s",
                   w->path, line, key->name,
                   key_allows(key, allows, sizeof(allows)),
                   got != NULL ? got : "something else",
                   got != NULL && strlen(got) > 80 ? "..." : "");
    free(got);
}

/* The member `name`, which stood on this line, has the value json. */
static void take_value(struct walk *w, const char *name, unsigned line,
                       const json_t *json)
{
    struct config_loader *l = w->loader;
    struct key key;
    struct key_value value;
    struct reason why;
    int place = keys_find(l->collectors, name, &key);

    if (place < 0 && keys_have_section(l->collectors, name)) {
        config_problem(l, CONFIG_ERROR,
                       "%s:%u: %s: is a section, must be an object {...}",
                       w->path, line, name);
    } else if (place < 0) {
        keys_describe_unknown(l->collectors, name, &why);
        config_problem(l, CONFIG_ERROR, "%s:%u: %s", w->path, line, why.text);
    } else if (l->origins->line[place] != 0) {
        config_problem(l, CONFIG_ERROR,
                       "%s:%u: %s: duplicate key, first set on line %u",
                       w->path, line, name, l->origins->line[place]);
    } else if (key_from_json(&key, json, &value) < 0) {
        refuse_type(w, line, &key, json);
    } else {
        key_write(&key, l->config, &value);
        l->origins->of[place] = FROM_FILE;
        l->origins->line[place] = line;
    }
}

/* Appends a member's name to its section's. False: no key is that long. */
static bool join(char name[KEY_NAME_MAX], const char *section,
                 const char *member)
{
    int n = snprintf(name, KEY_NAME_MAX, "%s%s%s", section,
                     section[0] != '\0' ? "." : "", member);

    return n >= 0 && n < KEY_NAME_MAX;
}

/* The object at w->p, whose name is `section` ("": the whole file). Only
 * sections that exist are entered, so that it never goes deep. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void take_object(struct walk *w, const char *section)
{
    w->p++; /* the brace */
    skip_space(w);
    while (*w->p == '"') {
        unsigned line = w->line;
        json_t *string = take_json(w);
        const char *member = string != NULL ? json_string_value(string) : "";
        char name[KEY_NAME_MAX], quoted[80];
        bool fits = join(name, section, member);

        w->p += *w->p == ':';
        skip_space(w);
        if (*w->p == '{' && fits && strncmp(member, "//", 2) != 0 &&
            keys_have_section(w->loader->collectors, name)) {
            take_object(w, name);
        } else {
            json_t *json = *w->p != '\0' ? take_json(w) : NULL;
            if (json == NULL || strncmp(member, "//", 2) == 0)
                ; /* out of memory, or a comment */
            else if (!fits)
                config_problem(w->loader, CONFIG_ERROR,
                               "%s:%u: unknown key %s: no key is that long",
                               w->path, line,
                               quote_text(member, quoted, sizeof(quoted)));
            else
                take_value(w, name, line, json);
            json_decref(json);
        }
        json_decref(string);
        w->p += *w->p == ',';
        skip_space(w);
    }
    w->p += *w->p == '}';
    skip_space(w);
}

static void take_text(struct config_loader *l, const char *path,
                      const char *text, size_t length)
{
    struct walk w = {.loader = l, .path = path, .p = text, .line = 1};
    json_error_t error;

    skip_space(&w);
    if (*w.p == '\0' && w.p == text + length) {
        config_problem(l, CONFIG_ERROR,
                       "%s: is empty: must hold an object, {} at least", path);
        return;
    }
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        config_problem(l, CONFIG_ERROR, "%s:%d:%d: not valid JSON: %s", path,
                       error.line, error.column, error.text);
    } else if (!json_is_object(json)) {
        config_problem(l, CONFIG_ERROR, "%s:%u: must be an object {...}", path,
                       w.line);
    } else {
        memcpy(l->origins->file, path, strlen(path) + 1);
        take_object(&w, "");
    }
    json_decref(json);
}

/* Opens a regular file that is not world-writable: a user who can write it
 * decides what is credited and who may connect. */
static int open_file(const char *path, size_t *size, struct reason *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    int rc = 0;

    if (fd < 0)
        return reason_errno(errno, why, "%s", path);
    if (fstat(fd, &st) < 0) {
        rc = reason_errno(errno, why, "%s", path);
    } else if (!S_ISREG(st.st_mode)) {
        reason_set(why, "%s: must be a regular file", path);
        rc = -EINVAL;
    } else if (st.st_mode & S_IWOTH) {
        reason_set(why, "%s: is world-writable; run chmod o-w on it", path);
        rc = -EACCES;
    } else if (st.st_size > CONFIG_FILE_BYTES_MAX) {
        reason_set(why, "%s: must be at most %d bytes, is %lld", path,
                   CONFIG_FILE_BYTES_MAX, (long long)st.st_size);
        rc = -EFBIG;
    }
    if (rc < 0) {
        close(fd);
        return rc;
    }
    *size = (size_t)st.st_size;
    return fd;
}

/* The file's text, new and terminated; NULL with the reason. */
static char *read_file(const char *path, size_t *length, struct reason *why)
{
    size_t size = 0;
    ssize_t n = 0;
    int fd = open_file(path, &size, why);

    if (fd < 0)
        return NULL;
    char *text = malloc(size + 1);
    *length = 0;
    while (text != NULL && *length < size &&
           (n = read(fd, text + *length, size - *length)) > 0)
        *length += (size_t)n;
    int error = text == NULL ? ENOMEM : n < 0 ? errno : 0;
    close(fd);
    if (error != 0) {
        (void)reason_errno(error, why, "%s", path);
        free(text);
        return NULL;
    }
    text[*length] = '\0';
    return text;
}

void config_load_file(struct config_loader *l, const char *path)
{
    struct reason why;
    size_t length = 0;

    if (strlen(path) >= sizeof(l->origins->file)) {
        config_problem(l, CONFIG_ERROR,
                       "the path of the configuration is longer than %zu bytes",
                       sizeof(l->origins->file) - 1);
        return;
    }
    char *text = read_file(path, &length, &why);
    if (text == NULL)
        config_problem(l, CONFIG_ERROR, "%s", why.text);
    else
        take_text(l, path, text, length);
    free(text);
}

int config_find_file(char path[CONFIG_PATH_MAX], struct reason *why)
{
    for (unsigned i = 0;; i++) {
        int rc = config_candidate(i, path);
        struct stat st;

        if (rc == -ENOENT) {
            path[0] = '\0';
            return 0;
        }
        if (rc < 0)
            return reason_errno(-rc, why, "the path of entropyd.json");
        if (rc == 0)
            continue;
        if (stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR))
            return 1;
    }
}

/* The object of a key's section, made where it is missing; NULL without
 * memory. *member is the rest of the name. Borrowed from root. */
static json_t *section_of(json_t *root, char *name, char **member)
{
    json_t *section = root;
    char *dot;

    for (; section != NULL && (dot = strchr(name, '.')) != NULL;
         name = dot + 1) {
        *dot = '\0';
        json_t *inner = json_object_get(section, name);
        if (inner == NULL) {
            inner = json_object();
            if (json_object_set_new(section, name, inner) < 0)
                inner = NULL;
        }
        section = inner;
    }
    *member = name;
    return section;
}

/* Adds one key to the printed configuration. 0 or -ENOMEM. */
static int add_key(json_t *root, json_t *from, const struct config *config,
                   const struct config_origins *origins, size_t i,
                   struct key *key)
{
    struct key_value value;
    char member[KEY_NAME_MAX + 2];
    char *last;
    int rc = 0;

    key_read(key, config, &value);
    if (origins->of[i] != FROM_DEFAULT)
        rc = json_object_set_new(
            from, key->name,
            origins->of[i] == FROM_FILE
                ? json_sprintf("%s:%u", origins->file, origins->line[i])
                : json_string("command line"));
    json_t *section = section_of(root, key->name, &last);
    (void)snprintf(member, sizeof(member), "%s%s",
                   origins->of[i] == FROM_DEFAULT ? "//" : "", last);
    if (json_object_set_new(section, member, key_to_json(key, &value)) < 0)
        rc = -1;
    return rc < 0 ? -ENOMEM : 0;
}

int config_print(FILE *out, const struct config *config,
                 const struct config_origins *origins,
                 const struct config_collectors *collectors)
{
    json_t *root = json_object();
    json_t *from = json_object();
    size_t count = keys_count(collectors);
    int rc = -ENOMEM;

    if (json_object_set_new(
            root, "//", json_string("defaults are commented out by //")) < 0 ||
        json_object_set_new(root, "//file",
                            origins->file[0] != '\0'
                                ? json_string(origins->file)
                                : json_null()) < 0)
        goto done;
    for (size_t i = 0; i < count; i++) {
        struct key key;

        keys_get(collectors, i, &key);
        if (add_key(root, from, config, origins, i, &key) < 0)
            goto done;
    }
    if (json_object_set(root, "//origins", from) < 0)
        goto done;
    rc = json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) < 0 ||
                 fputc('\n', out) == EOF || fflush(out) != 0
             ? -EIO
             : 0;
done:
    json_decref(root);
    json_decref(from);
    return rc;
}
