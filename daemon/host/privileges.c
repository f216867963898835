/* SPDX-License-Identifier: MIT */
/* Groups before user: once the user is gone, so is the right to change them. */

#include "daemon/host/privileges.h"

#include "base/reason.h"
#include "daemon/host/accounts.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <unistd.h>

/* More than one group do not fit, and are an error. */
static bool has_no_other_group(gid_t gid)
{
    gid_t group = gid;
    int count = getgroups(1, &group);
    return count >= 0 && group == gid;
}

/* Is it all gone? Asked of the kernel, not concluded from calls that returned
 * 0. */
static bool is_gone(uid_t uid, gid_t gid)
{
    return getuid() == uid && geteuid() == uid && getgid() == gid &&
           getegid() == gid && has_no_other_group(gid) && setuid(0) < 0 &&
           seteuid(0) < 0;
}

int privileges_drop(const char *name, struct reason *why)
{
    uid_t uid = 0;
    gid_t gid = 0;
    if (name[0] == '\0')
        return 0;
    int rc = accounts_find_user(name, &uid, &gid, why);
    if (rc < 0)
        return rc;
    if (uid == 0) {
        reason_set(why,
                   "user \"%s\" is root, so no privileges would be dropped",
                   name);
        return -EINVAL;
    }
    if (getuid() == uid && geteuid() == uid)
        return 0;
    if (geteuid() != 0) {
        reason_set(why,
                   "only root can become user \"%s\"; start as root, or as "
                   "that user",
                   name);
        return -EPERM;
    }
    if (setgroups(1, &gid) < 0)
        return reason_errno(errno, why, "setgroups");
    if (setgid(gid) < 0)
        return reason_errno(errno, why, "setgid");
    if (setuid(uid) < 0)
        return reason_errno(errno, why, "setuid");
    if (is_gone(uid, gid))
        return 0;
    reason_set(why, "could still regain root after setuid");
    return -EPERM;
}
