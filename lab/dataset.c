/* Three files; the digests are compared before anything is believed. */

#include "lab/assess_load.h"

#include "base/reason.h"
#include "daemon/settings/config.h"
#include "lab/evidence_options.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

json_t *assess_value(const struct assess_data *data, const char *path)
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

const char *assess_text(const struct assess_data *data, const char *path)
{
    const char *text = json_string_value(assess_value(data, path));
    return text != NULL ? text : "";
}

double assess_number(const struct assess_data *data, const char *path)
{
    return json_number_value(assess_value(data, path));
}

uint64_t assess_integer(const struct assess_data *data, const char *path)
{
    json_int_t value = json_integer_value(assess_value(data, path));
    return value > 0 ? (uint64_t)value : 0;
}

/* The digest of `bytes` against the one that record.json has for `name`. */
static int compare_digest(const struct assess_data *data, const char *name,
                          const unsigned char *bytes, size_t size,
                          struct reason *why)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof(digest) + 1];
    const json_t *file = json_object_get(assess_value(data, "files"), name);
    const char *wanted = json_string_value(json_object_get(file, "sha256"));
    crypto_hash_sha256(digest, bytes, size);
    sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
    if (wanted != NULL && strcmp(wanted, hex) == 0)
        return 0;
    reason_set(why, "%s: its SHA-256 is not that of record.json", name);
    return -EBADMSG;
}

/* The file `name`, which has to have `size` bytes, in new memory. */
static int read_file(const struct assess_data *data, const char *directory,
                     const char *name, size_t size, unsigned char **bytes,
                     struct reason *why)
{
    char path[CONFIG_PATH_MAX];
    struct stat info = {0};
    int length = snprintf(path, sizeof(path), "%s/%s", directory, name);
    if (length < 0 || (size_t)length >= sizeof(path))
        return reason_errno(ENAMETOOLONG, why, "%s", directory);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return reason_errno(errno, why, "%s", path);
    int result = 0;
    if (fstat(fileno(file), &info) != 0)
        result = reason_errno(errno, why, "%s", path);
    if (result == 0 && (uint64_t)info.st_size != size) {
        reason_set(why, "%s has %lld bytes; by its record.json it has %zu",
                   path, (long long)info.st_size, size);
        result = -EBADMSG;
    }
    *bytes = result == 0 ? malloc(size) : NULL;
    if (result == 0 && *bytes == NULL)
        result = reason_errno(ENOMEM, why, "%s", path);
    if (result == 0 && fread(*bytes, 1, size, file) != size)
        result = reason_errno(ferror(file) ? errno : EIO, why, "%s", path);
    (void)fclose(file);
    return result != 0 ? result : compare_digest(data, name, *bytes, size, why);
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

static int load_record(struct assess_data *data, const char *directory,
                       struct reason *why)
{
    char path[CONFIG_PATH_MAX];
    json_error_t error;
    int length = snprintf(path, sizeof(path), "%s/record.json", directory);
    if (length < 0 || (size_t)length >= sizeof(path))
        return reason_errno(ENAMETOOLONG, why, "%s", directory);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return reason_errno(errno, why, "%s", path);
    data->record = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    (void)fclose(file);
    if (data->record == NULL) {
        reason_set(why, "%s:%d: %s", path, error.line, error.text);
        return -EINVAL;
    }
    uint64_t samples = assess_integer(data, "samples");
    uint64_t columns = assess_integer(data, "restarts.columns");
    uint64_t rows = assess_integer(data, "restarts.whole_rows");
    if (strcmp(assess_text(data, "format"), "entropyd-recording-1") != 0 ||
        samples == 0 || samples > EVIDENCE_SAMPLES_MAX ||
        columns > EVIDENCE_ROW_MAX || rows > EVIDENCE_RESTARTS_MAX ||
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

int assess_load(struct assess_data *data, const char *directory,
                struct reason *why)
{
    unsigned char *bytes = NULL;
    memset(data, 0, sizeof(*data));
    int result = load_record(data, directory, why);
    if (result == 0)
        result = read_file(data, directory, "symbols.bin", data->n,
                           &data->symbols, why);
    if (result == 0)
        result = read_file(data, directory, "ticks.bin",
                           data->n * sizeof(uint64_t), &bytes, why);
    if (result == 0 && bytes != NULL) {
        data->ticks = decode(bytes, data->n);
        if (data->ticks == NULL)
            result = reason_errno(ENOMEM, why, "%s", directory);
    }
    free(bytes);
    return result;
}

void assess_free(struct assess_data *data)
{
    json_decref(data->record);
    free(data->symbols);
    free(data->ticks);
    memset(data, 0, sizeof(*data));
}
