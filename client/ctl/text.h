#ifndef ENTROPYD_CLIENT_CTL_TEXT_H
#define ENTROPYD_CLIENT_CTL_TEXT_H

/* Text for people: colours where there is a terminal, units, and nothing that
 * a terminal would obey. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* text with each control character as "?", in clean, which it returns. */
const char *text_clean(const char *text, char *clean, size_t size);

/* Whether stdout is a terminal that obeys escapes: not a "dumb" one. */
bool text_has_terminal(void);

/* Whether stdout takes colours: such a terminal, and no NO_COLOR. */
bool text_has_colour(void);

/* The escape that begins the colour of a state or a health word, and the one
 * that ends it; both "" without colours. */
const char *text_colour(const char *word);
const char *text_plain(void);

/* 7384000 ms as "2 h 03 min", 1500 as "1.5 s". */
const char *text_duration(int64_t ms, char *text, size_t size);

/* 65536 as "64.0 KiB". */
const char *text_bytes(uint64_t bytes, char *text, size_t size);

/* A bar of width cells, filled for used of size: "[####......]". */
const char *text_bar(uint64_t used, uint64_t size, unsigned width, char *text,
                     size_t text_size);

#endif
