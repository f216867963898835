/* jansson behind a name of our own: a struct tree is its json_t. */

#include "client/tree.h"

#include <jansson.h>
#include <string.h>

/* Longest member name that tree_at() looks for. */
#define KEY_MAX 64

static const json_t *json_of(const struct tree *tree)
{
    return (const json_t *)tree;
}

static const struct tree *tree_of(const json_t *json)
{
    return (const struct tree *)json;
}

struct tree *tree_parse(const char *text, size_t length)
{
    return (struct tree *)json_loadb(
        text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL,
        NULL);
}

void tree_free(struct tree *tree)
{
    json_decref((json_t *)tree);
}

const struct tree *tree_at(const struct tree *tree, const char *path)
{
    const json_t *json = json_of(tree);
    while (json != NULL && *path != '\0') {
        size_t length = strcspn(path, ".");
        char key[KEY_MAX];
        if (length >= sizeof(key))
            return NULL;
        memcpy(key, path, length);
        key[length] = '\0';
        json = json_object_get(json, key);
        path += length + (path[length] == '.');
    }
    return tree_of(json);
}

const char *tree_text(const struct tree *tree, const char *path,
                      const char *fallback)
{
    const char *text = json_string_value(json_of(tree_at(tree, path)));
    return text != NULL ? text : fallback;
}

bool tree_integer(const struct tree *tree, const char *path, int64_t *number)
{
    const json_t *json = json_of(tree_at(tree, path));
    if (!json_is_integer(json))
        return false;
    *number = json_integer_value(json);
    return true;
}

bool tree_number(const struct tree *tree, const char *path, double *number)
{
    const json_t *json = json_of(tree_at(tree, path));
    if (!json_is_number(json))
        return false;
    *number = json_number_value(json);
    return true;
}

bool tree_is_true(const struct tree *tree, const char *path)
{
    return json_is_true(json_of(tree_at(tree, path)));
}

bool tree_is_null(const struct tree *tree, const char *path)
{
    return json_is_null(json_of(tree_at(tree, path)));
}

bool tree_is_object(const struct tree *tree)
{
    return json_is_object(json_of(tree));
}

size_t tree_count(const struct tree *tree)
{
    return json_array_size(json_of(tree));
}

const struct tree *tree_element(const struct tree *tree, size_t index)
{
    return tree_of(json_array_get(json_of(tree), index));
}

bool tree_member(const struct tree *tree, void **cursor, const char **key,
                 const struct tree **value)
{
    json_t *json = (json_t *)tree;
    *cursor = *cursor == NULL ? json_object_iter(json)
                              : json_object_iter_next(json, *cursor);
    if (*cursor == NULL)
        return false;
    *key = json_object_iter_key(*cursor);
    *value = tree_of(json_object_iter_value(*cursor));
    return true;
}

char *tree_print(const struct tree *tree, unsigned indent)
{
    size_t flags = JSON_ENCODE_ANY;
    flags |= indent > 0 ? JSON_INDENT(indent) : JSON_COMPACT;
    return json_dumps(json_of(tree), flags);
}
