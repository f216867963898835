/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_DATASET_H
#define ENTROPYD_LAB_DATASET_H

/* What is assessed: a recording of `entropylab record`, read back and compared
 * with its digests, or any file of one symbol a byte. One thread. */

#include "base/reason.h"

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct dataset {
    json_t *record;       /* record.json; NULL: a plain file */
    size_t n;             /* samples, at least 1 */
    uint8_t *symbols;     /* n of them */
    uint64_t *ticks;      /* n of them; NULL: a plain file */
    size_t rows, columns; /* of a restart matrix, whole rows; 0: none */
};

/*
 * Reads it. 0; -ENOENT and other errors of open() and read() and -ENOMEM;
 * -EINVAL for an empty file, too large a one or a record.json that is none,
 * -EBADMSG for files that are not what it says; the reason in `why`.
 * dataset_free() comes after in any case.
 */
int dataset_load(struct dataset *data, const char *path, struct reason *why);

/* Frees. A zeroed one is allowed. */
void dataset_free(struct dataset *data);

/* EX_DATAERR, EX_NOINPUT or EX_OSERR: what a program ends with where
 * dataset_load() returned rc. */
int dataset_exit_status(int rc);

/* The text, number (0) or integer (0) at `path`, "machine.processor", in
 * record.json; "" where there is no text. Borrowed from data. */
const char *dataset_text(const struct dataset *data, const char *path);
double dataset_number(const struct dataset *data, const char *path);
uint64_t dataset_integer(const struct dataset *data, const char *path);

/* The value at `path`, borrowed; NULL: none. */
json_t *dataset_value(const struct dataset *data, const char *path);

#endif
