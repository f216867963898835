/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_CTL_TEXT_H
#define ENTROPYD_CLIENT_CTL_TEXT_H

/* Text for people: colours on a terminal, units, and no control characters. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* text with each control character replaced by "?", in clean, which it
 * returns. */
const char *text_clean(const char *text, char *clean, size_t size);

/* The string at key of object, cleaned; "?" where there is none. */
const char *text_at(const json_t *object, const char *key, char *clean,
                    size_t size);

/* The integer at key of object; 0 where there is none. */
int64_t integer_at(const json_t *object, const char *key);

/* Is stdout a terminal that understands escapes, not a "dumb" one? */
bool text_has_terminal(void);

/* Does the locale of the environment write text as UTF-8? */
bool text_is_utf8(void);

/* The escape that starts the colour of a state or a health word, and the one
 * that ends it; both "" without a terminal or with NO_COLOR. */
const char *text_colour(const char *word);
const char *text_plain(void);

/* 7384000 ms as "2 h 03 min", 1500 as "1.5 s". */
const char *text_duration(int64_t ms, char *text, size_t size);

/* 1 and "reseed" as "1 reseed", 2 as "2 reseeds". */
const char *text_count(int64_t n, const char *thing, char *text, size_t size);

/* A time of day for people, "2026-11-21T20:39:07Z": ms since 1970, and now. */
const char *text_time(int64_t ms, char *text, size_t size);
const char *text_now(char *text, size_t size);

/* Prints value (borrowed) as JSON on a line of its own. */
void text_print_json(const json_t *value);

#endif
