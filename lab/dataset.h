#ifndef ENTROPYD_LAB_ASSESS_LOAD_H
#define ENTROPYD_LAB_ASSESS_LOAD_H

/* A recording of --record, read back and compared with its digests. One
 * thread. */

#include "base/reason.h"

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct assess_data {
    json_t *record;       /* record.json */
    size_t n;             /* samples */
    uint8_t *symbols;     /* n of them */
    uint64_t *ticks;      /* n of them */
    size_t rows, columns; /* of a restart matrix; 0: none */
};

/*
 * Reads all three files. 0; -ENOENT and other errors of open() and read() and
 * -ENOMEM; -EINVAL for a record.json that is none, -EBADMSG for files that are
 * not what it says; the reason in `why`. assess_free() comes after in any case.
 */
int assess_load(struct assess_data *data, const char *directory,
                struct reason *why);

/* Frees. A zeroed one is allowed. */
void assess_free(struct assess_data *data);

/* The text, number (0) or integer (0) at `path`, "machine.processor", in
 * record.json; "" where there is no text. Borrowed from data. */
const char *assess_text(const struct assess_data *data, const char *path);
double assess_number(const struct assess_data *data, const char *path);
uint64_t assess_integer(const struct assess_data *data, const char *path);

/* What stands at `path`, borrowed; NULL: nothing. */
json_t *assess_value(const struct assess_data *data, const char *path);

#endif
