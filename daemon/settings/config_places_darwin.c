/* SPDX-License-Identifier: MIT */
/* Where macOS programs look: Application Support, the user's and the
 * machine's, then /etc. */

#include "daemon/settings/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PLACE "/Library/Application Support/entropyd/entropyd.json"

static int fits(int length)
{
    return length > 0 && length < CONFIG_PATH_MAX ? 1 : -ENAMETOOLONG;
}

int config_candidate(unsigned i, char path[CONFIG_PATH_MAX])
{
    /* Before threads, or on the loop thread, which alone reads and never
     * writes the environment. */
    const char *home = getenv("HOME"); /* NOLINT(concurrency-mt-unsafe) */
    switch (i) {
    case 0:
        if (home == NULL || home[0] != '/')
            return 0;
        return fits(snprintf(path, CONFIG_PATH_MAX, "%s" PLACE, home));
    case 1:
        return fits(snprintf(path, CONFIG_PATH_MAX, "%s", PLACE));
    case 2:
        return fits(snprintf(path, CONFIG_PATH_MAX, "%s",
                             "/etc/entropyd/entropyd.json"));
    default:
        return -ENOENT;
    }
}
