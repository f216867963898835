/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_CLIENT_CTL_TERMINAL_H
#define ENTROPYD_TESTS_CLIENT_CTL_TERMINAL_H

/* A program on a pseudo-terminal of its own, which a test reads, types into and
 * resizes as a person would. A failure fails the test. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct terminal {
    int fd; /* the person's end */
    pid_t pid;
    char text[262144]; /* what the program wrote so far, terminated */
    size_t length;
};

/* Starts argv (ended by NULL) with its three streams on a new terminal. */
void terminal_start(struct terminal *t, unsigned columns, unsigned rows,
                    const char *const *argv);

/* Reads until the text from offset `from` on has this part. */
void terminal_expect(struct terminal *t, size_t from, const char *part);

void terminal_type(struct terminal *t, const char *keys);
void terminal_resize(struct terminal *t, unsigned columns, unsigned rows);

/* Is the terminal as it was: lines at a time, and echoed? While it runs. */
bool terminal_is_cooked(const struct terminal *t);

/* Reads to the program's end; its exit status as waitpid() has it. */
int terminal_end(struct terminal *t);

/* The columns that a line of n bytes takes: escapes take none, a character of
 * UTF-8 one. */
size_t terminal_columns(const char *line, size_t n);

#endif
