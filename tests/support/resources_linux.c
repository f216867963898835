/* SPDX-License-Identifier: MIT */
/* From /proc/self. */

#include "tests/support/resources.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* PF_EXITING, in the flags of proc(5)'s stat. */
#define IS_ENDING 0x4U

/* One that was joined may be listed for a moment longer; it does not count. */
static int count_threads(void)
{
    DIR *dir = opendir("/proc/self/task");
    ck_assert_ptr_nonnull(dir);
    int count = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of this thread's own. */
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[300];
        char stat[512];
        unsigned flags = IS_ENDING;
        (void)snprintf(path, sizeof(path), "/proc/self/task/%s/stat",
                       entry->d_name);
        FILE *file = entry->d_name[0] != '.' ? fopen(path, "re") : NULL;
        if (file == NULL)
            continue;
        const char *name_end =
            fgets(stat, sizeof(stat), file) != NULL ? strrchr(stat, ')') : NULL;
        if (name_end != NULL)
            (void)sscanf(name_end, ") %*c %*d %*d %*d %*d %*d %u", &flags);
        count += (flags & IS_ENDING) == 0;
        (void)fclose(file);
    }
    closedir(dir);
    return count;
}

struct resources resources_now(void)
{
    const char *temp = getenv("TMPDIR"); /* NOLINT(concurrency-mt-unsafe) */
    return (struct resources){
        .descriptors = resources_count("/proc/self/fd", "") - 1,
        .threads = count_threads(),
        .mappings = count_lines("/proc/self/maps"),
        .temp_files = resources_count(temp != NULL ? temp : "/tmp", "entropyd"),
    };
}
