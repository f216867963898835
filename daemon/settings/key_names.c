/* What somebody meant who wrote a key that there is not. */

#include "daemon/settings/keys.h"

#include "base/nearest.h"

#include <string.h>

/* Every key, every source's section, and the sections at the top. */
#define NAMES_MAX (CONFIG_KEY_MAX + SOURCE_MAX + 8)

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

bool keys_nearest(const struct config_collectors *collectors, const char *name,
                  char nearest[KEY_NAME_MAX])
{
    struct names names;
    names.count = 0;
    size_t count = keys_count(collectors);
    struct key key;
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
