/* From /proc/self. */

#include "tests/support/resources.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int count_entries(const char *path, const char *prefix)
{
    DIR *dir = opendir(path);
    ck_assert_msg(dir != NULL, "cannot read %s", path);
    int count = 0;
    /* Only this thread reads this directory stream. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] != '.' &&
            strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
            count++;
    }
    closedir(dir);
    return count;
}

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
        .descriptors = count_entries("/proc/self/fd", "") - 1,
        .threads = count_entries("/proc/self/task", ""),
        .mappings = count_lines("/proc/self/maps"),
        .temp_files = count_entries(temp != NULL ? temp : "/tmp", "entropyd"),
    };
}
