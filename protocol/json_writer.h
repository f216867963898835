/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_PROTOCOL_JSON_WRITER_H
#define ENTROPYD_PROTOCOL_JSON_WRITER_H

/*
 * Compact JSON straight into a buffer. The writer has no state of its own: it
 * sees in the buffer's last byte whether a comma is due, so members are just
 * written one after the other. Keys and names are plain ASCII of ours. (All
 * names that begin with json_ are jansson's.)
 */

#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

/* A key and what opens its value: { or [. put_close() takes } or ]. Without
 * a key (NULL) it is an element of an array. */
void put_open(struct buffer *b, const char *key, char bracket);
void put_close(struct buffer *b, char bracket);

/* Members. A NULL text is null. */
void put_text(struct buffer *b, const char *key, const char *text);
void put_bool(struct buffer *b, const char *key, bool value);
void put_unsigned(struct buffer *b, const char *key, uint64_t value);
void put_integer(struct buffer *b, const char *key, int64_t value);
void put_null(struct buffer *b, const char *key);

/* value rounded to `decimals` (0..6) places, without trailing zeros; null for
 * what is not a number or too large to be exact. */
void put_fixed(struct buffer *b, const char *key, double value,
               unsigned decimals);

/* Elements of an array. */
void put_text_element(struct buffer *b, const char *text);
void put_integer_element(struct buffer *b, int64_t value);

/* Most digits of 64 bits. */
#define DIGITS_MAX 20

/* Writes the digits of value, DIGITS_MAX at most; returns where they end. */
char *write_digits(char *at, uint64_t value);

#endif
