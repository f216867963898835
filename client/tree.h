#ifndef ENTROPYD_CLIENT_TREE_H
#define ENTROPYD_CLIENT_TREE_H

/*
 * JSON text as a tree to look things up in. Look-ups take NULL for a tree and
 * give nothing back then, so that they can be chained; whoever needs to know
 * asks tree_at() whether something is there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tree;

/* Reads length bytes of JSON: any value, no duplicate keys. New, for
 * tree_free(); NULL where it is no JSON or memory ends. */
struct tree *tree_parse(const char *text, size_t length);

/* Frees a tree that tree_parse() made; NULL is allowed. */
void tree_free(struct tree *tree);

/* The value at a dotted path of member names ("ring.used"), or NULL. Borrowed
 * from tree, like all that follows. */
const struct tree *tree_at(const struct tree *tree, const char *path);

/* The string at path ("" is the tree itself), or fallback. */
const char *tree_text(const struct tree *tree, const char *path,
                      const char *fallback);

/* The number at path in *number; false where there is none. An integer is
 * one that fits 64 bits. */
bool tree_integer(const struct tree *tree, const char *path, int64_t *number);
bool tree_number(const struct tree *tree, const char *path, double *number);

/* Whether true, or null, stands at path. */
bool tree_is_true(const struct tree *tree, const char *path);
bool tree_is_null(const struct tree *tree, const char *path);
bool tree_is_object(const struct tree *tree);

/* Elements of an array: how many, and which. 0 and NULL for what is none. */
size_t tree_count(const struct tree *tree);
const struct tree *tree_element(const struct tree *tree, size_t index);

/* Members of an object, in the order of the text: *cursor starts as NULL; true
 * as long as there was one more. */
bool tree_member(const struct tree *tree, void **cursor, const char **key,
                 const struct tree **value);

/* The tree as compact JSON text, terminated: new, for free(); NULL without
 * memory. `indent` spaces a level, 0 for one line. */
char *tree_print(const struct tree *tree, unsigned indent);

#endif
