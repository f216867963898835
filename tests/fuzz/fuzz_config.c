/* SPDX-License-Identifier: MIT */
/*
 * Configuration files and --set. A refusal says why, in one line; what is
 * taken over and checked prints as a file that leads to the same values again.
 *
 * An input is a file, or (its first byte is odd) assignments, one a line.
 */

#include "daemon/settings/config.h"

#include "base/reason.h"
#include "daemon/settings/keys.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_MAX 16384

static const struct config_collectors *collectors(void)
{
    static struct config_collectors all;
    all.list = collector_registry;
    all.count = collector_registry_count;
    return &all;
}

/* One file for all inputs; its name goes once it is open, and /dev/fd leads
 * to it. */
static const char *file_of(const void *bytes, size_t n)
{
    static char path[64];
    static int fd = -1;
    if (fd < 0) {
        char name[] = "/tmp/entropyd-fuzz-XXXXXX";
        fd = mkstemp(name);
        MUST(fd >= 0 && unlink(name) == 0);
        (void)snprintf(path, sizeof(path), "/dev/fd/%d", fd);
    }
    MUST(ftruncate(fd, 0) == 0);
    MUST(pwrite(fd, bytes, n, 0) == (ssize_t)n);
    MUST(lseek(fd, 0, SEEK_SET) == 0);
    return path;
}

static void check_problem(void *context, enum config_severity severity,
                          const char *text)
{
    size_t length = strnlen(text, REASON_MAX);

    (void)context;
    MUST(severity == CONFIG_ERROR || severity == CONFIG_WARNING);
    MUST(length > 0 && length < REASON_MAX);
    MUST(strchr(text, '\n') == NULL);
}

static void check_same(const struct config *a, const struct config *b)
{
    size_t index = 0;
    struct key key;
    MUST(!config_next_change(a, b, collectors(), &index, &key));
}

static void check_round_trip(const struct config *config,
                             const struct config_origins *origins)
{
    struct config again;
    struct config_origins again_origins;
    struct config_loader loader = {.collectors = collectors(),
                                   .config = &again,
                                   .origins = &again_origins,
                                   .problem = check_problem};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    MUST(out != NULL);
    MUST(config_print(out, config, origins, collectors()) == 0);
    MUST(fclose(out) == 0);
    config_defaults(&again, &again_origins, collectors());
    config_load_file(&loader, file_of(text, size));
    MUST(loader.errors == 0);
    check_same(config, &again);
    free(text);
}

static void set_all(struct config_loader *loader, char *text)
{
    for (char *next = text; next != NULL;)
        config_set(loader, strsep(&next, "\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {data, size};
    struct config config;
    struct config_origins origins;
    struct config_loader loader = {.collectors = collectors(),
                                   .config = &config,
                                   .origins = &origins,
                                   .problem = check_problem};
    uint8_t kind = take_byte(&in);
    if (in.left > INPUT_MAX)
        return 0;
    config_defaults(&config, &origins, collectors());
    if (kind % 2 == 0) {
        config_load_file(&loader, file_of(in.at, in.left));
    } else {
        char *text = malloc(in.left + 1);
        MUST(text != NULL);
        if (in.left > 0)
            memcpy(text, in.at, in.left);
        text[in.left] = '\0';
        set_all(&loader, text);
        free(text);
    }
    config_check(&loader);
    if (loader.errors == 0)
        check_round_trip(&config, &origins);
    return 0;
}
