/* SPDX-License-Identifier: MIT */
/* Three files, whose digests are compared before anything is believed; or
 * one. */

#include "lab/dataset.h"

#include "base/reason.h"
#include "lab/record_options.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <sodium.h>

json_t *dataset_value(const struct dataset *data, const char *path)
{
    json_t *at = data->record;
    char name[32];
    while (at != NULL && path[0] != '\0') {
        size_t length = strcspn(path, ".");
        if (length >= sizeof(name))
            return NULL;
        memcpy(name, path, length);
        name[length] = '\0';
        at = json_object_get(at, name);
        path += length + (path[length] == '.' ? 1 : 0);
    }
    return at;
}

const char *dataset_text(const struct dataset *data, const char *path)
{
    const char *text = json_string_value(dataset_value(data, path));
    return text != NULL ? text : "";
}

double dataset_number(const struct dataset *data, const char *path)
{
    return json_number_value(dataset_value(data, path));
}

uint64_t dataset_integer(const struct dataset *data, const char *path)
{
    json_int_t value = json_integer_value(dataset_value(data, path));
    return value > 0 ? (uint64_t)value : 0;
}

/* The digest of `bytes` against the one that record.json has for `name`. */
static int compare_digest(const struct dataset *data, const char *name,
                          const unsigned char *bytes, size_t size,
                          struct reason *why)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof(digest) + 1];
    const json_t *file = json_object_get(dataset_value(data, "files"), name);
    const char *wanted = json_string_value(json_object_get(file, "sha256"));
    crypto_hash_sha256(digest, bytes, size);
    sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
    if (wanted != NULL && strcmp(wanted, hex) == 0)
        return 0;
    reason_set(why, "%s: its SHA-256 is not that of record.json", name);
    return -EBADMSG;
}

/* The file `name`, which has to have `size` bytes, in new memory. */
static int read_file(const struct dataset *data, const char *directory,
                     const char *name, size_t size, unsigned char **bytes,
                     struct reason *why)
{
    char path[PATH_MAX];
    struct stat info = {0};
    int length = snprintf(path, sizeof(path), "%s/%s", directory, name);
    if (length < 0 || (size_t)length >= sizeof(path))
        return reason_errno(ENAMETOOLONG, why, "%s", directory);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return reason_errno(errno, why, "%s", path);
    int rc = 0;
    if (fstat(fileno(file), &info) != 0)
        rc = reason_errno(errno, why, "%s", path);
    if (rc == 0 && (uint64_t)info.st_size != size) {
        reason_set(why, "%s has %lld bytes; by its record.json it has %zu",
                   path, (long long)info.st_size, size);
        rc = -EBADMSG;
    }
    *bytes = rc == 0 ? malloc(size) : NULL;
    if (rc == 0 && *bytes == NULL)
        rc = reason_errno(ENOMEM, why, "%s", path);
    if (rc == 0 && fread(*bytes, 1, size, file) != size)
        rc = reason_errno(ferror(file) ? errno : EIO, why, "%s", path);
    (void)fclose(file);
    return rc != 0 ? rc : compare_digest(data, name, *bytes, size, why);
}

/* Would no text in it do anything to a terminal? A recording may be somebody
 * else's. */
static bool is_printable(json_t *json) /* NOLINT(misc-no-recursion) */
{
    const char *key;
    json_t *value;
    size_t i;
    bool is_good = true;
    const char *text = json_is_string(json) ? json_string_value(json) : "";
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    }
    json_array_foreach(json, i, value) is_good = is_good && is_printable(value);
    json_object_foreach(json, key, value) is_good =
        is_good && is_printable(value);
    return is_good;
}

static int load_record(struct dataset *data, const char *directory,
                       struct reason *why)
{
    char path[PATH_MAX];
    json_error_t error;
    int length = snprintf(path, sizeof(path), "%s/record.json", directory);
    if (length < 0 || (size_t)length >= sizeof(path))
        return reason_errno(ENAMETOOLONG, why, "%s", directory);
    FILE *file = fopen(path, "re");
    if (file == NULL && errno == ENOENT) {
        reason_set(why, "%s is not a recording: it has no record.json",
                   directory);
        return -ENOENT;
    }
    if (file == NULL)
        return reason_errno(errno, why, "%s", path);
    data->record = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    (void)fclose(file);
    if (data->record == NULL) {
        reason_set(why, "%s:%d: %s", path, error.line, error.text);
        return -EINVAL;
    }
    uint64_t samples = dataset_integer(data, "samples");
    uint64_t columns = dataset_integer(data, "restarts.columns");
    uint64_t rows = dataset_integer(data, "restarts.whole_rows");
    if (strcmp(dataset_text(data, "format"), "entropyd-recording-1") != 0 ||
        samples == 0 || samples > RECORD_SAMPLES_MAX ||
        columns > RECORD_ROW_MAX || rows > RECORD_RESTARTS_MAX ||
        rows * columns > samples || !is_printable(data->record)) {
        reason_set(why, "%s: no recording that this program knows", path);
        return -EINVAL;
    }
    data->n = (size_t)samples;
    data->rows = (size_t)rows;
    data->columns = (size_t)columns;
    return 0;
}

/* The samples out of their bytes, in new memory; NULL without. */
static uint64_t *decode(const unsigned char *bytes, size_t n)
{
    uint64_t *all = malloc(n * sizeof(*all));
    for (size_t i = 0; all != NULL && i < n; i++) {
        uint64_t ticks = 0;
        for (size_t k = 0; k < sizeof(ticks); k++)
            ticks |= (uint64_t)bytes[i * sizeof(ticks) + k] << 8 * k;
        all[i] = ticks;
    }
    return all;
}

static int load_recording(struct dataset *data, const char *directory,
                          struct reason *why)
{
    unsigned char *bytes = NULL;
    int rc = load_record(data, directory, why);
    if (rc == 0)
        rc = read_file(data, directory, "symbols.bin", data->n, &data->symbols,
                       why);
    if (rc == 0)
        rc = read_file(data, directory, "ticks.bin", data->n * sizeof(uint64_t),
                       &bytes, why);
    if (rc == 0 && bytes != NULL) {
        data->ticks = decode(bytes, data->n);
        if (data->ticks == NULL)
            rc = reason_errno(ENOMEM, why, "%s", directory);
    }
    free(bytes);
    return rc;
}

/* Room for a plain file: the next size, or -ENOMEM. */
static int make_room(struct dataset *data, size_t *room)
{
    size_t more = *room > 0 ? 2 * *room : (size_t)1 << 20;
    if (more > RECORD_SAMPLES_MAX)
        more = (size_t)RECORD_SAMPLES_MAX + 1;
    uint8_t *symbols = realloc(data->symbols, more);
    if (symbols == NULL)
        return -ENOMEM;
    data->symbols = symbols;
    *room = more;
    return 0;
}

/* The whole of a file whose size is not known: a pipe will do. */
static int load_plain(struct dataset *data, const char *path, FILE *file,
                      struct reason *why)
{
    size_t room = 0;
    while (!feof(file) && data->n <= RECORD_SAMPLES_MAX) {
        if (data->n == room && make_room(data, &room) < 0)
            return reason_errno(ENOMEM, why, "%s", path);
        errno = 0;
        data->n += fread(data->symbols + data->n, 1, room - data->n, file);
        if (ferror(file))
            return reason_errno(errno != 0 ? errno : EIO, why, "%s", path);
    }
    if (data->n > 0 && data->n <= RECORD_SAMPLES_MAX)
        return 0;
    if (data->n == 0)
        reason_set(why, "%s is empty", path);
    else
        reason_set(why,
                   "%s has more than %u symbols, one a byte; assess a "
                   "part of it",
                   path, RECORD_SAMPLES_MAX);
    return -EINVAL;
}

int dataset_load(struct dataset *data, const char *path, struct reason *why)
{
    struct stat info;
    *data = (struct dataset){0};
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return reason_errno(errno, why, "%s", path);
    int rc = fstat(fileno(file), &info) != 0
                 ? reason_errno(errno, why, "%s", path)
                 : 0;
    if (rc == 0)
        rc = S_ISDIR(info.st_mode) ? load_recording(data, path, why)
                                   : load_plain(data, path, file, why);
    (void)fclose(file);
    return rc;
}

int dataset_exit_status(int rc)
{
    return rc == -EINVAL || rc == -EBADMSG ? EX_DATAERR
           : rc == -ENOMEM                 ? EX_OSERR
                                           : EX_NOINPUT;
}

void dataset_free(struct dataset *data)
{
    json_decref(data->record);
    free(data->symbols);
    free(data->ticks);
    memset(data, 0, sizeof(*data));
}
