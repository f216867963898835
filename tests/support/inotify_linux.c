/* SPDX-License-Identifier: MIT */
/* Counts them by their names in /proc/PID/fd. */

#include "tests/support/inotify.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* Processes that are named: those with the most instances. */
#define HOLDERS 3

#define LIMIT_FILE "/proc/sys/fs/inotify/max_user_instances"

struct holder {
    unsigned count;
    long pid;
    char name[32];
};

/* A small file's first line; "" where it cannot be read. */
static void read_line(const char *path, char *line, int size)
{
    FILE *file = fopen(path, "re");
    line[0] = '\0';
    if (file == NULL)
        return;
    if (fgets(line, size, file) != NULL)
        line[strcspn(line, "\n")] = '\0';
    (void)fclose(file);
}

static unsigned count_instances(long pid)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%ld/fd", pid);
    DIR *dir = opendir(path);
    unsigned count = 0;
    if (dir == NULL)
        return 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of this thread's own. */
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char target[32] = "";
        ssize_t n =
            readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
        count += n > 0 && strcmp(target, "anon_inode:inotify") == 0;
    }
    closedir(dir);
    return count;
}

/* Keeps the largest, in descending order. */
static void note_holder(struct holder *holders, long pid, unsigned count)
{
    size_t i = HOLDERS;
    while (i > 0 && holders[i - 1].count < count)
        i--;
    if (i == HOLDERS)
        return;
    memmove(&holders[i + 1], &holders[i], (HOLDERS - 1 - i) * sizeof(*holders));
    char path[64];
    holders[i] = (struct holder){.count = count, .pid = pid};
    (void)snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
    read_line(path, holders[i].name, sizeof(holders[i].name));
}

/* Those of this user's processes with the most instances. */
static void find_holders(struct holder *holders)
{
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of this thread's own. */
    for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
        long pid = strtol(entry->d_name, NULL, 10); /* 0: no process's */
        struct stat st;
        if (pid <= 0 || fstatat(dirfd(proc), entry->d_name, &st, 0) < 0 ||
            st.st_uid != geteuid())
            continue;
        unsigned count = count_instances(pid);
        if (count > 0)
            note_holder(holders, pid, count);
    }
    closedir(proc);
}

bool inotify_is_left(char *why, size_t size)
{
    int fd = inotify_init1(IN_CLOEXEC);
    int error = errno;
    if (fd >= 0) {
        close(fd);
        return true;
    }
    if (error != EMFILE) {
        /* Tests have one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
        (void)snprintf(why, size, "inotify: %s", strerror(error));
        return false;
    }
    struct holder holders[HOLDERS] = {{.count = 0}};
    char limit[32];
    read_line(LIMIT_FILE, limit, sizeof(limit));
    find_holders(holders);
    size_t used = (size_t)snprintf(
        why, size, "all %s inotify instances of user %ld are in use", limit,
        (long)geteuid());
    for (size_t i = 0; i < HOLDERS && holders[i].count > 0 && used < size; i++)
        used +=
            (size_t)snprintf(why + used, size - used, "%s %u by %s (pid %ld)",
                             i == 0 ? "," : " and", holders[i].count,
                             holders[i].name, holders[i].pid);
    if (used < size)
        (void)snprintf(why + used, size - used,
                       "; end what holds them, or sudo sysctl "
                       "fs.inotify.max_user_instances=1024");
    return false;
}

bool inotify_is_left_for(const char *name)
{
    char why[512];
    if (inotify_is_left(why, sizeof(why)))
        return true;
    printf("SKIP %s: %s\n", name, why);
    return false;
}
