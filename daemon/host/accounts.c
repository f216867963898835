/* SPDX-License-Identifier: MIT */
#include "daemon/host/accounts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>

/* The buffer for an entry is doubled up to this; a group of 20,000 members
 * fits. */
#define ENTRY_BYTES_MAX 1048576

/* What a look-up found. */
struct entry {
    bool is_found;
    uid_t uid; /* of a user */
    gid_t gid; /* of a group; a user's primary one */
};

/* One look-up with a buffer of `size` bytes. 0 or an errno. */
typedef int look_up(const char *name, char *bytes, size_t size,
                    struct entry *found);

static int look_up_user(const char *name, char *bytes, size_t size,
                        struct entry *found)
{
    struct passwd entry;
    struct passwd *result = NULL;
    int error = getpwnam_r(name, &entry, bytes, size, &result);

    if (result != NULL)
        *found = (struct entry){true, entry.pw_uid, entry.pw_gid};
    return error;
}

static int look_up_group(const char *name, char *bytes, size_t size,
                         struct entry *found)
{
    struct group entry;
    struct group *result = NULL;
    int error = getgrnam_r(name, &entry, bytes, size, &result);

    if (result != NULL)
        *found = (struct entry){.is_found = true, .gid = entry.gr_gid};
    return error;
}

static int find(const char *kind, const char *name, look_up *ask,
                struct entry *found, struct reason *why)
{
    int error = ERANGE;

    *found = (struct entry){.is_found = false};
    for (size_t size = 4096; error == ERANGE && size <= ENTRY_BYTES_MAX;
         size *= 2) {
        char *bytes = malloc(size);
        if (bytes == NULL)
            return reason_errno(ENOMEM, why, "%s \"%s\"", kind, name);
        error = ask(name, bytes, size, found);
        free(bytes);
        if (found->is_found)
            return 0;
    }
    if (error != 0)
        return reason_errno(error, why, "%s \"%s\"", kind, name);
    reason_set(why, "unknown %s \"%s\"", kind, name);
    return -ENOENT;
}

int accounts_find_user(const char *name, uid_t *uid, gid_t *gid,
                       struct reason *why)
{
    struct entry found;
    int rc = find("user", name, look_up_user, &found, why);

    if (rc == 0) {
        *uid = found.uid;
        *gid = found.gid;
    }
    return rc;
}

int accounts_find_group(const char *name, gid_t *gid, struct reason *why)
{
    struct entry found;
    int rc = find("group", name, look_up_group, &found, why);

    if (rc == 0)
        *gid = found.gid;
    return rc;
}
