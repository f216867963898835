/* SPDX-License-Identifier: MIT */
/* Where Linux programs look: the XDG base directory, then /etc. */

#include "daemon/settings/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int fits(int length)
{
    return length > 0 && length < CONFIG_PATH_MAX ? 1 : -ENAMETOOLONG;
}

static int users_own(char path[CONFIG_PATH_MAX])
{
    /* Before threads, or on the loop thread, which alone reads and never
     * writes the environment. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME"); /* NOLINT(concurrency-mt-unsafe) */
    /* The specification ignores a relative one. */
    if (config != NULL && config[0] == '/')
        return fits(snprintf(path, CONFIG_PATH_MAX, "%s/entropyd/entropyd.json",
                             config));
    if (home != NULL && home[0] == '/')
        return fits(snprintf(path, CONFIG_PATH_MAX,
                             "%s/.config/entropyd/entropyd.json", home));
    return 0;
}

int config_candidate(unsigned i, char path[CONFIG_PATH_MAX])
{
    switch (i) {
    case 0:
        return users_own(path);
    case 1:
        return fits(snprintf(path, CONFIG_PATH_MAX, "%s",
                             "/etc/entropyd/entropyd.json"));
    default:
        return -ENOENT;
    }
}
