/* The group database, asked once a start. */

#include "daemon/host/group.h"

#include "base/reason.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>

/* Buffers are doubled up to this; a group of 20,000 members fits. */
#define GROUP_BYTES_MAX 1048576

int group_find(const char *name, gid_t *gid, struct reason *why)
{
    for (size_t size = 4096; size <= GROUP_BYTES_MAX; size *= 2) {
        char *bytes = malloc(size);
        if (bytes == NULL)
            return reason_errno(ENOMEM, why, "group \"%s\"", name);
        struct group entry;
        struct group *found = NULL;
        int error = getgrnam_r(name, &entry, bytes, size, &found);
        if (found != NULL)
            *gid = entry.gr_gid;
        free(bytes);
        if (error == ERANGE)
            continue;
        if (found != NULL)
            return 0;
        if (error != 0)
            return reason_errno(error, why, "group \"%s\"", name);
        reason_set(why, "there is no group \"%s\"", name);
        return -ENOENT;
    }
    return reason_errno(ERANGE, why, "group \"%s\"", name);
}
