/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_E2E_FAULTS_FAULTY_H
#define ENTROPYD_TESTS_E2E_FAULTS_FAULTY_H

/* The daemon with fault sources, started, and asked over its real socket. */

#include "tests/support/program.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

struct faulty {
    struct program program;
    int fd; /* a connection */
};

/* Starts it with these sources enabled (names with blanks between) and further
 * settings, "KEY=VALUE" each, ended by NULL; rings are small. */
void faulty_start(struct faulty *f, const char *sources,
                  const char *const *settings);

/* Turns its switch: all sources but the good ones are faulty, or none is. */
void faulty_turn_on(struct faulty *f);
void faulty_turn_off(struct faulty *f);

/* Stops it; it must have lived until now and end with 0. */
void faulty_stop(struct faulty *f);

/* The whole reply to a request, new; params is JSON text. */
json_t *faulty_ask(struct faulty *f, const char *method, const char *params);

/* The result of a request that must succeed, new. */
json_t *faulty_result(struct faulty *f, const char *method, const char *params);

/* The error name of a request that must fail, new text for free(). */
char *faulty_error(struct faulty *f, const char *method, const char *params);

/* The health word, a constant of this program's. */
const char *faulty_health(struct faulty *f);

/* What status says of one source, new. */
json_t *faulty_source(struct faulty *f, const char *name);

/* Takes samples of the source out of its ring as a raw request would: up to
 * 256 of them, in ticks; returns how many there were. */
size_t faulty_take(struct faulty *f, const char *source, uint64_t *ticks);

/* Waits until the source is in the state, taking its samples meanwhile so that
 * its worker has something to do; returns how many of them were equal to
 * `never`. Fails the test after 20 seconds. */
size_t faulty_await(struct faulty *f, const char *source, const char *state,
                    uint64_t never);

/* The same for the health word, nothing taken. */
void faulty_await_health(struct faulty *f, const char *word);

/* Follows a path of member names, with blanks between, which must be there. */
json_t *faulty_at(json_t *object, const char *path);
json_int_t faulty_number(json_t *object, const char *path);
const char *faulty_text(json_t *object, const char *path);

#endif
