/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_PROTOCOL_JSON_LINE_H
#define ENTROPYD_PROTOCOL_JSON_LINE_H

/* A line as a JSON value, where jansson alone would be too lax or too strict.
 * Any thread; no state. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Is a line (length bytes) too expensive to read: has it more than
 * PROTOCOL_MARKS_MAX of the characters { [ , : outside strings? Then *elements
 * is how many elements its array has at least, 0 where it is no array. One
 * pass, which ends where that is certain. What is nested deeper than jansson
 * allows is not expensive: jansson refuses it there.
 */
bool json_line_is_expensive(const char *line, size_t length, size_t *elements);

/*
 * Reads a line (length bytes, not terminated) by RFC 8259; a duplicate key is
 * an error. New; NULL with *why filled where it is not valid JSON or there is
 * no memory (json_error_code() tells which).
 *
 * A number beyond 64 bits or beyond a double does not spoil the rest of the
 * line: it becomes the nearest real, so that the request with it can be
 * refused on its own.
 */
json_t *json_line_load(const char *line, size_t length, json_error_t *why);

#endif
