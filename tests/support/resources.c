/* SPDX-License-Identifier: MIT */
#include "tests/support/resources.h"
#include "tests/support/patience.h"

#include <check.h>
#include <dirent.h>
#include <string.h>
#include <time.h>

struct resources resources_after(const struct resources *before)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    struct resources after = resources_now();
    for (int i = 0; i < PATIENCE_MS && after.threads > before->threads; i++) {
        (void)nanosleep(&pause, NULL);
        after = resources_now();
    }
    return after;
}

int resources_count(const char *path, const char *prefix)
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
