/* SPDX-License-Identifier: MIT */
/*
 * The driver without libFuzzer: runs a target over every file of the
 * directories that are named, so that a corpus is an ordinary test with any
 * compiler. Each input also runs cut short at a few places, since what a
 * fuzzer found first is often near to one.
 */

#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define INPUT_MAX ((size_t)1024 * 1024)

/* How many pieces an input is cut into for its shorter versions. */
#define CUTS 4

static void run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(INPUT_MAX);
    MUST(file != NULL && bytes != NULL);
    size_t n = fread(bytes, 1, INPUT_MAX, file);
    MUST(n < INPUT_MAX && ferror(file) == 0);
    (void)fclose(file);
    for (size_t cut = 1; cut <= CUTS; cut++) {
        size_t length = n * cut / CUTS;
        uint8_t *input = exact_copy(bytes, length);
        MUST(LLVMFuzzerTestOneInput(input, length) == 0);
        free(input);
    }
    free(bytes);
}

static unsigned run_directory(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    unsigned files = 0;
    if (count < 0) {
        perror(path);
        _exit(EXIT_FAILURE);
    }
    for (int i = 0; i < count; i++) {
        char name[1024];
        if (entries[i]->d_name[0] != '.') {
            (void)snprintf(name, sizeof(name), "%s/%s", path,
                           entries[i]->d_name);
            run_file(name);
            files++;
        }
        free(entries[i]);
    }
    free(entries);
    return files;
}

int main(int argc, char *argv[])
{
    unsigned files = 0;
    for (int i = 1; i < argc; i++)
        files += run_directory(argv[i]);
    if (files == 0) {
        (void)fprintf(stderr, "replay: no inputs found\n");
        return EXIT_FAILURE;
    }
    printf("%u inputs replayed, each whole and cut short\n", files);
    return EXIT_SUCCESS;
}
