#ifndef ENTROPYD_DAEMON_SERVER_INPUT_H
#define ENTROPYD_DAEMON_SERVER_INPUT_H

/* What a connection sent and nobody has looked at yet. Memory is held only
 * while there is some, so that an idle connection costs none. */

#include <stdbool.h>
#include <stddef.h>

struct input {
    char *bytes;
    size_t start, length; /* what counts is bytes[start..start + length) */
    size_t capacity;
};

/* Keeps n more bytes behind those that are there. False without memory. */
bool input_append(struct input *in, const char *bytes, size_t n);

/* The first n bytes were used; frees when none is left. */
void input_consume(struct input *in, size_t n);

/* Wipes and frees; a zeroed input is allowed. */
void input_release(struct input *in);

#endif
