/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_PROTOCOL_PROTOCOL_ERROR_H
#define ENTROPYD_PROTOCOL_PROTOCOL_ERROR_H

/* The error object of a reply: a sentence for a person, and members of "data"
 * for a program. Any thread; no state. */

#include "protocol/protocol.h"

/* Sets kind and message (printf format), data "". A message that is too long
 * ends in "...". */
void protocol_error_set(struct protocol_error *error, enum error_kind kind,
                        const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends "key":value to data: a string, which is escaped, an integer, or the
 * array [min,max]. A member that does not fit is left out whole. */
void protocol_error_add_string(struct protocol_error *error, const char *key,
                               const char *value);
void protocol_error_add_integer(struct protocol_error *error, const char *key,
                                int64_t value);
void protocol_error_add_range(struct protocol_error *error, const char *key,
                              int64_t min, int64_t max);

/* The same for an array of strings, ended by NULL, and for JSON text. */
void protocol_error_add_names(struct protocol_error *error, const char *key,
                              const char *const *names);
void protocol_error_add_json(struct protocol_error *error, const char *key,
                             const char *json);

/* Text of the client's as a message quotes it: whole, or its beginning and
 * "...". Returns out. */
#define ERROR_EXCERPT_MAX 48
const char *protocol_error_excerpt(const char *text,
                                   char out[ERROR_EXCERPT_MAX]);

#endif
