/* SPDX-License-Identifier: MIT */
/* Bytes, digests and names. */

#include "lab/record_files.h"

#include "base/reason.h"
#include "daemon/health/granularity.h"
#include "daemon/source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Samples that are turned into bytes at a time. */
#define PORTION 4096u

static int complain(const struct record_files *files, const char *name,
                    int error, struct reason *why)
{
    return reason_errno(error, why, "%s%s%s", files->directory,
                        name[0] != '\0' ? "/" : "", name);
}

static const char *partial_name(const struct record_file *file,
                                char name[RECORD_NAME_MAX])
{
    (void)snprintf(name, RECORD_NAME_MAX, "%s.partial", file->name);
    return name;
}

static int create_file(struct record_files *files, struct record_file *file,
                       const char *name, struct reason *why)
{
    char partial[RECORD_NAME_MAX];
    *file = (struct record_file){.name = name, .fd = -1};
    crypto_hash_sha256_init(&file->sha256_state);
    crypto_hash_sha512_init(&file->sha512_state);
    file->fd =
        openat(files->directory_fd, partial_name(file, partial),
               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file->fd < 0)
        return complain(files, partial, errno, why);
    return 0;
}

static int refuse_present(struct record_files *files, struct reason *why)
{
    static const char *const names[] = {"record.json", "ticks.bin",
                                        "symbols.bin"};
    struct stat info;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (fstatat(files->directory_fd, names[i], &info,
                    AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        reason_set(why,
                   "%s holds a %s already; a recording is never "
                   "overwritten",
                   files->directory, names[i]);
        return -EEXIST;
    }
    return 0;
}

int record_files_create(struct record_files *files, const char *directory,
                        struct reason *why)
{
    memset(files, 0, sizeof(*files));
    files->directory = directory;
    files->ticks.fd = files->symbols.fd = files->json.fd = -1;
    files->directory_fd = -1;
    if (mkdir(directory, 0700) != 0 && errno != EEXIST)
        return complain(files, "", errno, why);
    files->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (files->directory_fd < 0)
        return complain(files, "", errno, why);
    int rc = refuse_present(files, why);
    if (rc == 0)
        rc = create_file(files, &files->ticks, "ticks.bin", why);
    if (rc == 0)
        rc = create_file(files, &files->symbols, "symbols.bin", why);
    if (rc != 0)
        record_files_drop(files);
    return rc;
}

static int write_all(struct record_files *files, struct record_file *file,
                     const unsigned char *bytes, size_t n, struct reason *why)
{
    crypto_hash_sha256_update(&file->sha256_state, bytes, n);
    crypto_hash_sha512_update(&file->sha512_state, bytes, n);
    while (n > 0) {
        ssize_t written = write(file->fd, bytes, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return complain(files, file->name, errno, why);
        bytes += written;
        n -= (size_t)written;
        file->bytes += (size_t)written;
    }
    return 0;
}

static int write_samples(struct record_files *files, const uint64_t *ticks,
                         size_t n, struct reason *why)
{
    unsigned char bytes[PORTION * sizeof(uint64_t)];
    unsigned char symbols[PORTION];
    while (n > 0) {
        size_t portion = n < PORTION ? n : PORTION;
        for (size_t i = 0; i < portion; i++) {
            for (size_t k = 0; k < sizeof(uint64_t); k++)
                bytes[i * sizeof(uint64_t) + k] =
                    (unsigned char)(ticks[i] >> 8 * k);
            symbols[i] = source_symbol(ticks[i], files->step_q16);
        }
        int rc = write_all(files, &files->ticks, bytes,
                           portion * sizeof(uint64_t), why);
        if (rc == 0)
            rc = write_all(files, &files->symbols, symbols, portion, why);
        if (rc != 0)
            return rc;
        ticks += portion;
        n -= portion;
    }
    return 0;
}

/* Fixes the step and writes what waited for it. */
static int settle_head(struct record_files *files, struct reason *why)
{
    files->step_q16 = granularity_step_q16(files->head, files->head_count);
    return write_samples(files, files->head, files->head_count, why);
}

int record_files_add(struct record_files *files, const uint64_t *ticks,
                     size_t n, struct reason *why)
{
    size_t at = 0;
    while (at < n && files->head_count < STARTUP_TEST_SAMPLES)
        files->head[files->head_count++] = ticks[at++];
    if (files->head_count < STARTUP_TEST_SAMPLES)
        return 0;
    int rc = 0;
    if (files->step_q16 == 0)
        rc = settle_head(files, why);
    if (rc == 0)
        rc = write_samples(files, ticks + at, n - at, why);
    return rc;
}

/* Makes a whole file out of a partial one. */
static int finish_file(struct record_files *files, struct record_file *file,
                       struct reason *why)
{
    char partial[RECORD_NAME_MAX];
    crypto_hash_sha256_final(&file->sha256_state, file->sha256);
    crypto_hash_sha512_final(&file->sha512_state, file->sha512);
    int error = fsync(file->fd) != 0 ? errno : 0;
    if (close(file->fd) != 0 && error == 0)
        error = errno;
    file->fd = -1;
    if (error == 0 && renameat(files->directory_fd, partial_name(file, partial),
                               files->directory_fd, file->name) != 0)
        error = errno;
    return error != 0 ? complain(files, file->name, error, why) : 0;
}

int record_files_finish(struct record_files *files, struct reason *why)
{
    int rc = 0;
    if (files->step_q16 == 0)
        rc = settle_head(files, why);
    if (rc == 0)
        rc = finish_file(files, &files->ticks, why);
    if (rc == 0)
        rc = finish_file(files, &files->symbols, why);
    return rc;
}

int record_files_describe(struct record_files *files, const char *text,
                          struct reason *why)
{
    int rc = create_file(files, &files->json, "record.json", why);
    if (rc == 0)
        rc = write_all(files, &files->json, (const unsigned char *)text,
                       strlen(text), why);
    if (rc == 0)
        rc = finish_file(files, &files->json, why);
    return rc;
}

static void drop_file(struct record_files *files, struct record_file *file)
{
    char partial[RECORD_NAME_MAX];
    if (file->name == NULL)
        return;
    /* One that could not be created is somebody else's. */
    if (file->fd >= 0)
        (void)unlinkat(files->directory_fd, partial_name(file, partial), 0);
    else if (file->bytes > 0) {
        (void)unlinkat(files->directory_fd, partial_name(file, partial), 0);
        (void)unlinkat(files->directory_fd, file->name, 0);
    }
    if (file->fd >= 0)
        (void)close(file->fd);
    *file = (struct record_file){.fd = -1};
}

void record_files_drop(struct record_files *files)
{
    drop_file(files, &files->json);
    drop_file(files, &files->symbols);
    drop_file(files, &files->ticks);
    record_files_close(files);
}

static void close_file(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

void record_files_close(struct record_files *files)
{
    close_file(&files->json.fd);
    close_file(&files->symbols.fd);
    close_file(&files->ticks.fd);
    close_file(&files->directory_fd);
}
