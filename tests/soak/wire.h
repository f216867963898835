/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_SOAK_WIRE_H
#define ENTROPYD_TESTS_SOAK_WIRE_H

/* A connection of the soak: blocking, and the end of the soak where anything
 * but the agreed happens. One thread each. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest that a reply may take: the longest wait that a client of the soak
 * allows, the time for which the daemon may be stopped, and many times that:
 * beside a load of 40, a daemon with sanitizers and a dozen sources has been
 * seen to take 30 seconds. One that hangs does so for ever. */
#define WIRE_PATIENCE_S 180

struct wire {
    int fd;
    char *in; /* received, from start on not looked at */
    size_t start, length, capacity;
};

/* Says why (printf format) and ends the soak with failure. Any thread. */
void fail(const char *format, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

/* Where wire_open() connects; call it before any thread starts. */
void wire_path(const char *path);

void wire_open(struct wire *w);
void wire_close(struct wire *w);

/* Sends text, or n bytes. False where the daemon has closed the connection. */
bool wire_send(struct wire *w, const char *text);
bool wire_send_bytes(struct wire *w, const void *bytes, size_t n);

/* The next line, terminated, until the next call. */
const char *wire_line(struct wire *w, size_t *length);

/* The next line as JSON: new. */
json_t *wire_json(struct wire *w);

/* Exactly n bytes. */
void wire_bytes(struct wire *w, uint8_t *bytes, size_t n);

/* A little pseudo-random number below n, of this thread's own. */
unsigned wire_random(unsigned n);

#endif
