/* SPDX-License-Identifier: MIT */
/* Unlinked files in an unlinked directory. */

#include "collectors/events/watch_files.h"
#include "base/reason.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_NAME "watched"

/* Where temporary files go. */
static const char *temp_root(void)
{
    /* The environment does not change while threads run. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const char *root = getenv("TMPDIR");
    return root != NULL && root[0] != '\0' ? root : "/tmp";
}

/* Makes one file in the directory and takes its name away again. */
static int open_unlinked(int directory, struct reason *why)
{
    int fd = openat(
        directory, FILE_NAME,
        O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (fd < 0)
        return reason_errno(errno, why, "cannot make a watched file");
    if (unlinkat(directory, FILE_NAME, 0) != 0) {
        int error = errno;
        close(fd);
        return reason_errno(error, why, "cannot unlink a watched file");
    }
    return fd;
}

static int fill_directory(int directory, int *fds, unsigned count,
                          struct reason *why)
{
    for (unsigned i = 0; i < count; i++) {
        int fd = open_unlinked(directory, why);
        if (fd < 0) {
            watch_files_close(fds, i);
            return fd;
        }
        fds[i] = fd;
    }
    return 0;
}

int watch_files_open(int *fds, unsigned count, struct reason *why)
{
    for (unsigned i = 0; i < count; i++)
        fds[i] = -1;
    if (count == 0)
        return 0;
    char path[PATH_MAX];
    int length =
        snprintf(path, sizeof(path), "%s/entropyd-XXXXXX", temp_root());
    if (length < 0 || (size_t)length >= sizeof(path))
        return reason_errno(ENAMETOOLONG, why,
                            "cannot make a directory in $TMPDIR");
    if (mkdtemp(path) == NULL)
        return reason_errno(errno, why,
                            "cannot make a directory in "
                            "%s",
                            temp_root());
    int result;
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0) {
        result = reason_errno(errno, why, "cannot open %s", path);
    } else {
        result = fill_directory(directory, fds, count, why);
        close(directory);
    }
    if (rmdir(path) != 0 && result == 0) {
        result = reason_errno(errno, why, "cannot remove %s", path);
        watch_files_close(fds, count);
    }
    return result;
}

void watch_files_close(int *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}
