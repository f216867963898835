/* SPDX-License-Identifier: MIT */
/* entropylab report PATH...: options, and a file that is whole or not there. */

#include "lab/command.h"

#include "base/options.h"
#include "lab/comparison.h"
#include "lab/report.h"
#include "lab/work.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

static const char help[] =
    "Usage: entropylab report PATH... -o FILE\n"
    "Assesses recordings, or files of one symbol a byte, and writes one HTML "
    "page\n"
    "with tables and pictures, which needs nothing else. It begins with a\n"
    "comparison where there are several.\n"
    "\n"
    "  -o, --output FILE  the page\n"
    "  -h, --help         show this help\n";

/* Assesses one, writes about it and takes what is compared. EX_OK, or what the
 * program ends with. */
static int add(FILE *out, const char *path, unsigned number,
               struct compared *compared)
{
    struct dataset data;
    struct symbols symbols;
    struct assessment a;
    struct reason why;
    const struct findings f = {path, &data, &a, NULL, false};
    int rc = dataset_load(&data, path, &why);
    if (rc == 0)
        rc = symbols_init(&symbols, data.symbols, data.n,
                          data.record != NULL ? SYMBOL_BITS_MAX : 0, &why);
    if (rc < 0) {
        (void)fprintf(stderr, "entropylab: %s\n", why.text);
        dataset_free(&data);
        return dataset_exit_status(rc);
    }
    rc = assessment_run(&a, &symbols, work_processors(), true);
    if (rc == 0)
        rc = report_findings(out, &f, number);
    if (rc == 0)
        rc = compared_init(compared, &f, report_tick_ns(&data));
    if (rc < 0)
        (void)fprintf(stderr, "entropylab: %s: not enough memory\n", path);
    symbols_fini(&symbols);
    dataset_free(&data);
    return rc < 0 ? EX_OSERR : EX_OK;
}

/* Copies what was written to `from`. 0 or -errno. */
static int copy(FILE *out, FILE *from)
{
    char buffer[16384];
    size_t n;
    rewind(from);
    while ((n = fread(buffer, 1, sizeof(buffer), from)) > 0)
        (void)fwrite(buffer, 1, n, out);
    return ferror(from) ? -EIO : 0;
}

/* What is compared is known last and comes first, so what is written about each
 * one waits in a file without a name. */
static int write_page(FILE *out, char *const paths[], int count)
{
    int status = EX_OK;
    struct compared *all = calloc((size_t)count, sizeof(*all));
    FILE *sections = tmpfile();
    if (all == NULL || sections == NULL) {
        (void)fprintf(stderr, "entropylab: %s\n",
                      all == NULL ? "not enough memory"
                                  : "no temporary file can be made");
        status = EX_OSERR;
    }
    report_begin(out);
    for (int i = 0; i < count && status == EX_OK; i++)
        status = add(sections, paths[i], (unsigned)i + 1, &all[i]);
    if (status == EX_OK && count > 1)
        comparison_write(out, all, (size_t)count);
    if (status == EX_OK && (ferror(sections) || copy(out, sections) < 0)) {
        (void)fprintf(stderr, "entropylab: a temporary file cannot be written "
                              "or read\n");
        status = EX_IOERR;
    }
    report_end(out);
    if (sections != NULL)
        (void)fclose(sections);
    free(all);
    return status;
}

static int fail(const char *path, int error, int status)
{
    struct reason why;
    (void)reason_errno(error, &why, "%s", path);
    (void)fprintf(stderr, "entropylab: %s\n", why.text);
    return status;
}

/* The page gets its name when it is whole; until then it is NAME.partial. */
static int write_file(const char *path, char *const paths[], int count)
{
    char partial[PATH_MAX];
    int length = snprintf(partial, sizeof(partial), "%s.partial", path);
    if (length < 0 || (size_t)length >= sizeof(partial))
        return fail(path, ENAMETOOLONG, EX_CANTCREAT);
    int fd = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (out == NULL)
        return fail(partial, errno, EX_CANTCREAT);
    int status = write_page(out, paths, count);
    errno = 0;
    bool is_bad = fflush(out) != 0 || ferror(out);
    if (fclose(out) != 0 || is_bad) {
        if (status == EX_OK)
            status = fail(partial, errno != 0 ? errno : EIO, EX_IOERR);
    } else if (status == EX_OK && rename(partial, path) != 0) {
        status = fail(path, errno, EX_CANTCREAT);
    }
    if (status != EX_OK)
        (void)unlink(partial);
    return status;
}

int command_report(int argc, char *argv[])
{
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    const char *path = NULL;
    bool is_help = false;
    struct reason why;
    int option;
    option_rewind();
    while ((option = option_next(argc, argv, options, &why)) != OPTION_END) {
        if (option == OPTION_REFUSED)
            return command_refuse("report", &why);
        if (option == 'o')
            path = optarg;
        is_help |= option == 'h';
    }
    if (is_help) {
        (void)fputs(help, stdout);
        return command_finish(EX_OK);
    }
    if (optind == argc || path == NULL || path[0] == '\0') {
        reason_set(&why, optind == argc ? "expected recordings or files, got 0"
                                        : "--output FILE is missing");
        return command_refuse("report", &why);
    }
    return write_file(path, argv + optind, argc - optind);
}
