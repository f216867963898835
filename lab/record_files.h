/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_LAB_RECORD_FILES_H
#define ENTROPYD_LAB_RECORD_FILES_H

/*
 * The files of one recording:
 *
 *     ticks.bin     every sample, 64 bits, little endian
 *     symbols.bin   every symbol, one a byte: what NIST's ea_non_iid reads; of
 *                   restarts row by row: what its ea_restart reads
 *     record.json   what they are and how they came about
 *
 * While they are written they are called NAME.partial. They get their names
 * when they are whole, record.json last, so that a directory with a record.json
 * holds a whole set. One thread; writes block.
 */

#include "base/reason.h"
#include "daemon/health/startup_test.h"

#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

/* Room for a name in the directory. */
#define RECORD_NAME_MAX 32

struct record_file {
    const char *name; /* "ticks.bin" */
    int fd;           /* -1: closed */
    uint64_t bytes;
    crypto_hash_sha256_state sha256_state;
    crypto_hash_sha512_state sha512_state;
    unsigned char sha256[crypto_hash_sha256_BYTES]; /* once finished */
    unsigned char sha512[crypto_hash_sha512_BYTES];
};

struct record_files {
    const char *directory; /* borrowed */
    int directory_fd;      /* -1: closed */
    struct record_file ticks, symbols, json;
    /* the first samples, which wait for the step; as many as the daemon's
     * start-up test takes it from */
    uint64_t head[STARTUP_TEST_SAMPLES];
    size_t head_count;
    uint64_t step_q16; /* of the symbols, see source_symbol(); 0: not known */
};

/*
 * Makes the directory (mode 0700; its parent must be there) unless it exists,
 * and the partial files of samples and symbols. Any of the three files there,
 * or a partial one, is -EEXIST: nothing is ever overwritten. 0 or -errno with
 * the reason in `why`; then nothing new is left but an empty directory.
 */
int record_files_create(struct record_files *files, const char *directory,
                        struct reason *why);

/* Appends samples. 0, or -errno with the reason; then call
 * record_files_drop(). */
int record_files_add(struct record_files *files, const uint64_t *ticks,
                     size_t n, struct reason *why);

/* Writes out what is left, gives both files their names and knows their
 * digests. The same errors. */
int record_files_finish(struct record_files *files, struct reason *why);

/* Writes record.json. The same errors. */
int record_files_describe(struct record_files *files, const char *text,
                          struct reason *why);

/* Removes every file that was made. Idempotent. */
void record_files_drop(struct record_files *files);

/* Closes; what is there stays. Idempotent. */
void record_files_close(struct record_files *files);

#endif
