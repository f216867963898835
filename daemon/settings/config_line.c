/*
 * A walk over JSON text that was parsed before: it looks at brackets, strings
 * and commas only and trusts that the rest is in order.
 */

#include "daemon/settings/config_line.h"

#include "daemon/settings/keys.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct walk {
    const char *p;
    unsigned line;
    const char *key;
    unsigned found; /* the answer; 0 while there is none */
};

static void skip_space(struct walk *w)
{
    for (; *w->p != '\0' && strchr(" \t\r\n", *w->p) != NULL; w->p++)
        w->line += *w->p == '\n';
}

/* From an opening quote to behind the closing one. */
static void skip_string(struct walk *w)
{
    for (w->p++; *w->p != '"' && *w->p != '\0'; w->p++) {
        if (*w->p == '\\')
            w->p++;
    }
    w->p += *w->p == '"';
}

/* Any value that the key does not stand in. */
static void skip_value(struct walk *w)
{
    int depth = 0;
    do {
        skip_space(w);
        if (*w->p == '"') {
            skip_string(w);
        } else if (*w->p == '\0') {
            return;
        } else if (strchr("[]{},:", *w->p) != NULL) {
            depth += *w->p == '[' || *w->p == '{';
            depth -= *w->p == ']' || *w->p == '}';
            w->p++;
        } else {
            w->p += strcspn(w->p, " \t\r\n[]{},:\"");
        }
    } while (depth > 0);
}

/* Appends the string that starts at w->p to the name of length bytes, behind a
 * dot unless it is the first. Returns the length with it; 0 where it does not
 * fit (no key is that long). */
static size_t append_name(struct walk *w, char name[KEY_NAME_MAX],
                          size_t length)
{
    const char *start = w->p;
    skip_string(w);
    json_t *string =
        json_loadb(start, (size_t)(w->p - start), JSON_DECODE_ANY, NULL);
    const char *text = string != NULL ? json_string_value(string) : "";
    int n = snprintf(name + length, KEY_NAME_MAX - length, "%s%s",
                     length > 0 ? "." : "", text);
    json_decref(string);
    if (n < 0 || (size_t)n >= KEY_NAME_MAX - length)
        return 0;
    return length + (size_t)n;
}

/* The members of the object at w->p, whose own name stands in name. Names are
 * as deep as keys have dots, and so is the recursion. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void walk_object(struct walk *w, char name[KEY_NAME_MAX], size_t length)
{
    w->p++;
    for (;;) {
        skip_space(w);
        if (*w->p != '"') { /* the end, of the object or of the text */
            w->p += *w->p == '}';
            return;
        }
        unsigned line = w->line;
        size_t member = append_name(w, name, length);
        skip_space(w);
        w->p++; /* the colon */
        skip_space(w);
        if (member > 0 && strcmp(name, w->key) == 0) {
            w->found = line;
            return;
        }
        bool is_around = member > 0 && *w->p == '{' &&
                         strncmp(name, w->key, member) == 0 &&
                         w->key[member] == '.';
        if (is_around)
            walk_object(w, name, member);
        else
            skip_value(w);
        if (w->found > 0)
            return;
        skip_space(w);
        w->p += *w->p == ',';
    }
}

unsigned config_line(const char *text, const char *key)
{
    struct walk w = {.p = text, .line = 1, .key = key};
    char name[KEY_NAME_MAX];
    skip_space(&w);
    if (*w.p == '{')
        walk_object(&w, name, 0);
    return w.found;
}
