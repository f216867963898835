/* SPDX-License-Identifier: MIT */
/*
 * Untrusted files for entropylab. An input is (its first byte is even) a
 * record.json beside samples that never change, or symbols: what is assessed of
 * them is a number of bits that a symbol can have.
 */

#include "lab/assess.h"
#include "lab/comparison.h"
#include "lab/correlation.h"
#include "lab/report.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_MAX 8192

/* Samples of every recording here. */
#define SAMPLES 64

static void write_file(const char *path, const void *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    MUST(fd >= 0);
    MUST(write(fd, bytes, n) == (ssize_t)n);
    MUST(close(fd) == 0);
}

/* One directory for all inputs, emptied when the program ends. */
static char directory[] = "/tmp/entropylab-fuzz-XXXXXX";
static char record_path[64], symbols_path[64], ticks_path[64];

static void remove_directory(void)
{
    (void)unlink(record_path);
    (void)unlink(symbols_path);
    (void)unlink(ticks_path);
    (void)rmdir(directory);
}

static void make_directory(void)
{
    static const unsigned char zeros[8 * SAMPLES];
    if (record_path[0] != '\0')
        return;
    MUST(mkdtemp(directory) != NULL);
    (void)snprintf(record_path, sizeof(record_path), "%s/record.json",
                   directory);
    (void)snprintf(symbols_path, sizeof(symbols_path), "%s/symbols.bin",
                   directory);
    (void)snprintf(ticks_path, sizeof(ticks_path), "%s/ticks.bin", directory);
    write_file(symbols_path, zeros, SAMPLES);
    write_file(ticks_path, zeros, sizeof(zeros));
    MUST(atexit(remove_directory) == 0);
}

static void check_estimates(const struct estimate *all, double most)
{
    for (unsigned i = 0; i < ESTIMATORS; i++) {
        if (!all[i].applies)
            continue;
        MUST(isfinite(all[i].min_entropy));
        MUST(all[i].min_entropy >= 0 && all[i].min_entropy <= most + 1e-9);
    }
}

/* What a person and a program are told of it. */
static void print_all(const struct findings *f)
{
    FILE *out = fopen("/dev/null", "we");
    MUST(out != NULL);
    const struct canvas canvas = {out, 64, true};
    MUST(findings_print(f, &canvas) == 0);
    json_t *json = findings_json(f);
    MUST(json != NULL);
    json_decref(json);
    report_begin(out);
    MUST(report_findings(out, f, 1) == 0);
    static struct compared compared[2];
    struct correlation correlation;
    struct reason why;
    MUST(compared_init(&compared[0], f, report_tick_ns(f->data)) == 0);
    compared[1] = compared[0];
    comparison_write(out, compared, 2);
    int rc = correlation_run(&correlation, f->data, f->data, &why);
    MUST(rc == 0 || rc == -EINVAL);
    report_end(out);
    MUST(fclose(out) == 0);
}

static void assess(const struct dataset *data)
{
    struct symbols symbols;
    struct assessment a;
    struct reason why;
    const struct findings f = {"fuzz", data, &a, NULL, true};
    int rc = symbols_init(&symbols, data->symbols, data->n, 0, &why);
    if (rc < 0) {
        MUST(data->n < 2);
        return;
    }
    MUST(assessment_run(&a, &symbols, 1, false) == 0);
    check_estimates(a.literal, symbols.width);
    check_estimates(a.bits, 1);
    MUST(a.min_entropy >= 0 && a.min_entropy <= symbols.width);
    print_all(&f);
    symbols_fini(&symbols);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {data, size};
    struct dataset set = {0};
    struct reason why = {.text = ""};
    uint8_t kind = take_byte(&in);
    if (in.left > INPUT_MAX)
        return 0;
    make_directory();
    if (kind % 2 == 0) {
        write_file(record_path, in.at, in.left);
        int rc = dataset_load(&set, directory, &why);
        MUST(rc == 0 || why.text[0] != '\0');
        MUST(strchr(why.text, '\n') == NULL);
        if (rc == 0)
            assess(&set);
    } else if (in.left > 0) {
        set.n = in.left;
        set.symbols = malloc(in.left);
        MUST(set.symbols != NULL);
        memcpy(set.symbols, in.at, in.left);
        assess(&set);
    }
    dataset_free(&set);
    return 0;
}
