/* SPDX-License-Identifier: MIT */
/* From /proc/self. */

#include "tests/support/resources.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static int count_lines(const char *path)
{
    FILE *file = fopen(path, "re");
    ck_assert_msg(file != NULL, "cannot read %s", path);
    int lines = 0;
    for (int c; (c = getc(file)) != EOF;)
        lines += c == '\n';
    fclose(file);
    return lines;
}

struct resources resources_now(void)
{
    const char *temp = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe) */
    return (struct resources){
        .descriptors = resources_count("/proc/self/fd", "") - 1,
        .threads = resources_count("/proc/self/task", ""),
        .mappings = count_lines("/proc/self/maps"),
        .temp_files = resources_count(temp != NULL ? temp : "/tmp", "entropyd"),
    };
}
