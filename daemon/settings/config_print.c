/*
 * The configuration in force, as a file. Keys stand in the table section by
 * section, so that one pass over it opens and closes each object once.
 */

#include "daemon/settings/config.h"

#include "daemon/settings/key_text.h"
#include "daemon/settings/keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Deepest key: sources.NAME.key stands in two objects. */
#define DEPTH_MAX 4

struct printer {
    FILE *out;
    char section[KEY_NAME_MAX]; /* of the objects that are open, "a.b" */
    unsigned depth;             /* how many, the outermost included */
    bool is_first;              /* nothing stands in the innermost yet */
};

static void new_line(struct printer *p)
{
    fprintf(p->out, "%s\n%*s", p->is_first ? "" : ",", (int)p->depth * 2, "");
    p->is_first = false;
}

static void open_object(struct printer *p, const char *name, size_t length)
{
    new_line(p);
    fprintf(p->out, "\"%.*s\": {", (int)length, name);
    p->depth++;
    p->is_first = true;
}

static void close_object(struct printer *p)
{
    p->depth--;
    fprintf(p->out, "\n%*s}", (int)p->depth * 2, "");
    p->is_first = false;
}

/* Closes and opens objects until `name` belongs into the innermost. Returns
 * the last part of the name. */
static const char *enter_section(struct printer *p, const char *name)
{
    const char *last = strrchr(name, '.') + 1;
    size_t length = (size_t)(last - name) - 1;
    for (size_t open = strlen(p->section);
         open > 0 && (strncmp(p->section, name, open) != 0 ||
                      (name[open] != '.' || open > length));
         open = strlen(p->section)) {
        char *dot = strrchr(p->section, '.');
        *(dot != NULL ? dot : p->section) = '\0';
        close_object(p);
    }
    while (strlen(p->section) < length) {
        size_t open = strlen(p->section);
        const char *part = name + open + (open > 0);
        size_t part_length = strcspn(part, ".");
        open_object(p, part, part_length);
        size_t now = (size_t)(part - name) + part_length;
        memcpy(p->section, name, now);
        p->section[now] = '\0';
    }
    return last;
}

static void print_keys(struct printer *p, const struct config *config,
                       const struct config_origins *origins,
                       const struct config_collectors *collectors)
{
    size_t count = keys_count(collectors);
    for (size_t i = 0; i < count; i++) {
        struct key key;
        struct key_value value;
        char text[KEY_TEXT_MAX];
        keys_get(collectors, i, &key);
        key_read(&key, config, &value);
        const char *name = enter_section(p, key.name);
        new_line(p);
        fprintf(p->out, "\"%s%s\": %s",
                origins->of[i] == FROM_DEFAULT ? "//" : "", name,
                key_format(&key, &value, text));
    }
    while (p->depth > 1)
        close_object(p);
}

static void print_origins(struct printer *p,
                          const struct config_origins *origins,
                          const struct config_collectors *collectors)
{
    size_t count = keys_count(collectors);
    char file[KEY_QUOTE_SIZE(CONFIG_PATH_MAX)];
    key_quote(origins->file, file, sizeof(file));
    open_object(p, "//origins", strlen("//origins"));
    for (size_t i = 0; i < count; i++) {
        if (origins->of[i] == FROM_DEFAULT)
            continue;
        struct key key;
        keys_get(collectors, i, &key);
        new_line(p);
        fprintf(p->out, "\"%s\": %s", key.name,
                origins->of[i] == FROM_FILE ? file : "\"command line\"");
    }
    close_object(p);
}

int config_print(FILE *out, const struct config *config,
                 const struct config_origins *origins,
                 const struct config_collectors *collectors)
{
    struct printer p = {.out = out, .depth = 1, .is_first = true};
    fputc('{', out);
    new_line(&p);
    fprintf(out, "\"//\": \"what is a default begins with //\"");
    new_line(&p);
    char file[KEY_QUOTE_SIZE(CONFIG_PATH_MAX)];
    fprintf(out, "\"//file\": %s",
            origins->file[0] != '\0'
                ? key_quote(origins->file, file, sizeof(file))
                : "null");
    print_keys(&p, config, origins, collectors);
    print_origins(&p, origins, collectors);
    fprintf(out, "\n}\n");
    return fflush(out) == 0 && !ferror(out) ? 0 : -EIO;
}
