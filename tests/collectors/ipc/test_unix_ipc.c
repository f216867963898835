/* SPDX-License-Identifier: MIT */
/* unix_ipc on the real kernel. */

#include "collectors/ipc/ipc_tunables.h"

#include "tests/collectors/ipc/ipc_pair.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define C (&unix_ipc_collector)
const struct collector *const ipc_pair_collector = C;

START_TEST(a_hundred_thousand_samples_hold_no_more)
{
    void *self = ipc_pair_open(NULL);
    ipc_pair_collect(self, 100);
    ipc_pair_settle(self, 100);
    struct resources before = resources_now();
    long samples = scaled(100000);
    ipc_pair_collect(self, samples);
    ipc_pair_settle(self, 100 + samples);
    ipc_pair_holds_no_more_than(before);
    C->close(self);
}
END_TEST

/* Calls visit for each descriptor of this process with what it points to. */
static int each_descriptor(int (*visit)(int fd, const char *target))
{
    DIR *dir = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(dir);
    int found = 0;
    /* Only this thread reads this directory stream. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char target[256] = "";
        int fd = (int)strtol(entry->d_name, NULL, 10);
        if (!isdigit((unsigned char)entry->d_name[0]) || fd == dirfd(dir))
            continue;
        ssize_t length =
            readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
        ck_assert_int_ge((int)length, 0);
        found += visit(fd, target);
    }
    closedir(dir);
    return found;
}

static off_t wanted_size;

/* 1 for a sealed memfd of the wanted size. */
static int is_wanted_memory(int fd, const char *target)
{
    struct stat status;
    if (strncmp(target, "/memfd:entropyd", 15) != 0)
        return 0;
    ck_assert_int_eq(fstat(fd, &status), 0);
    int seals = fcntl(fd, F_GET_SEALS);
    ck_assert_int_eq(seals & F_SEAL_WRITE, F_SEAL_WRITE);
    ck_assert_int_eq(seals & F_SEAL_SHRINK, F_SEAL_SHRINK);
    return status.st_size == wanted_size;
}

/* Descriptors of the test program itself are not looked at. */
static int stays_open_over_exec(int fd, const char *target)
{
    bool is_ours = strncmp(target, "/memfd:entropyd", 15) == 0 ||
                   strncmp(target, "socket:", 7) == 0 ||
                   strncmp(target, "anon_inode:", 11) == 0;
    return is_ours && (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0;
}

static int is_socket(int fd, const char *target)
{
    (void)fd;
    return strncmp(target, "socket:", 7) == 0;
}

START_TEST(memory_has_exactly_the_size_that_is_set)
{
    static const struct ipc_setting odd[] = {{IPC_OOL_SIZE, 12345},
                                             {IPC_TUNABLES_COUNT, 0}};
    void *self = ipc_pair_open(odd);
    wanted_size = 12345;
    ck_assert_int_eq(each_descriptor(is_wanted_memory), 1);
    wanted_size = 4096;
    ck_assert_int_eq(each_descriptor(is_wanted_memory), 0);
    C->close(self);

    self = ipc_pair_open(NULL);
    static const off_t standard[] = {4096, 16384, 49152};
    for (int i = 0; i < 3; i++) {
        wanted_size = standard[i];
        ck_assert_int_eq(each_descriptor(is_wanted_memory), 1);
    }
    C->close(self);
}
END_TEST

START_TEST(there_are_as_many_pairs_as_were_asked_for)
{
    static const struct ipc_setting five[] = {{IPC_NUM_PORTS, 5},
                                              {IPC_TUNABLES_COUNT, 0}};
    int before = each_descriptor(is_socket);
    void *self = ipc_pair_open(five);
    ck_assert_int_eq(each_descriptor(is_socket), before + 10);
    C->close(self);
    ck_assert_int_eq(each_descriptor(is_socket), before);
}
END_TEST

START_TEST(no_descriptor_stays_open_over_exec)
{
    int before = each_descriptor(stays_open_over_exec);
    void *self = ipc_pair_open(NULL);
    ck_assert_int_eq(each_descriptor(stays_open_over_exec), before);
    C->close(self);
}
END_TEST

/* The blocked-signals line of the thread of that name, "" if there is none. */
static void blocked_signals(const char *name, char *line, size_t size)
{
    DIR *dir = opendir("/proc/self/task");
    ck_assert_ptr_nonnull(dir);
    line[0] = '\0';
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): as above */
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[300];
        char text[2048];
        (void)snprintf(path, sizeof(path), "/proc/self/task/%s/status",
                       entry->d_name);
        FILE *file = fopen(path, "re");
        if (file == NULL)
            continue;
        size_t length = fread(text, 1, sizeof(text) - 1, file);
        text[length] = '\0';
        fclose(file);
        const char *mask = strstr(text, "SigBlk:\t");
        if (strstr(text, name) != NULL && mask != NULL)
            (void)snprintf(line, size, "%.16s", mask + strlen("SigBlk:\t"));
    }
    closedir(dir);
}

START_TEST(the_receiver_is_named_and_takes_no_signal)
{
    void *self = ipc_pair_open(NULL);
    ipc_pair_collect(self, 10);
    ck_assert(ipc_pair_reaches(self, UNIX_IPC_RECEIVED, 10));
    char line[32];
    blocked_signals("unix_ipc recv", line, sizeof(line));
    unsigned long long mask = strtoull(line, NULL, 16);
    C->close(self);
    /* All but KILL and STOP, which cannot be, and 32 and 33, which the C
     * library keeps for itself. */
    unsigned long long cannot =
        1ULL << 8 | 1ULL << 18 | 1ULL << 31 | 1ULL << 32;
    ck_assert_uint_eq(mask | cannot, ~0ULL);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TESTS(ipc_pair_tests),
        TEST(a_hundred_thousand_samples_hold_no_more),
        TEST(memory_has_exactly_the_size_that_is_set),
        TEST(there_are_as_many_pairs_as_were_asked_for),
        TEST(no_descriptor_stays_open_over_exec),
        TEST(the_receiver_is_named_and_takes_no_signal),
        {0},
    };
    return run_tests("unix_ipc", tests);
}
