/* SPDX-License-Identifier: MIT */
/* From /proc/self. */

#include "tests/support/resources.h"

#include <check.h>
#include <dirent.h>
#include <stdbool.h>
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

/* PF_EXITING, in the flags of proc(5)'s stat, which are its ninth field: the
 * seventh after the name. */
#define IS_ENDING 0x4UL
#define FLAGS_AT  7

/* Is the thread, of this line of its stat file, ending? */
static bool is_ending(const char *stat)
{
    const char *at = strrchr(stat, ')');
    for (int i = 0; i < FLAGS_AT && at != NULL; i++)
        at = strchr(at + 1, ' ');
    return at == NULL || (strtoul(at, NULL, 10) & IS_ENDING) != 0;
}

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
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "/proc/self/task/%s/stat",
                       entry->d_name);
        FILE *file = fopen(path, "re");
        if (file == NULL)
            continue;
        count += fgets(stat, sizeof(stat), file) != NULL && !is_ending(stat);
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
