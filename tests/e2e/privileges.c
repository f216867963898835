/* SPDX-License-Identifier: MIT */
/*
 * A daemon that root starts with --user: who its threads are once it serves,
 * and what became of the rest.
 */

#include "daemon/host/privileges.h"
#include "base/reason.h"
#include "daemon/host/accounts.h"
#include "tests/support/program.h"
#include "tests/support/run.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define GET                                                                    \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"            \
    "\"bytes\":32}}"
#define NOT_ROOT "only root can start it as another user"

static struct program daemon_program;

static void start(const char *user)
{
    const char *const arguments[] = {"--user", user, NULL};
    program_prepare(&daemon_program);
    program_start(&daemon_program, ENTROPYD_PROGRAM, arguments);
}

/* The line of a thread's status that begins with name. */
static void read_status(const char *thread, const char *name, char *line,
                        size_t size)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "/proc/%ld/task/%s/status",
                   (long)daemon_program.pid, thread);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    do
        ck_assert_ptr_nonnull(fgets(line, (int)size, file));
    while (strncmp(line, name, strlen(name)) != 0);
    (void)fclose(file);
}

static void check_line(const char *thread, const char *name, const char *want)
{
    char line[512];
    read_status(thread, name, line, sizeof(line));
    ck_assert_str_eq(line, want);
}

/* Real, effective, saved and file-system user of a thread are uid, and the
 * same with groups; there is no other group and no capability. */
static void check_thread(const char *thread, unsigned uid, unsigned gid)
{
    char want[128];
    (void)snprintf(want, sizeof(want), "Uid:\t%u\t%u\t%u\t%u\n", uid, uid, uid,
                   uid);
    check_line(thread, "Uid:", want);
    (void)snprintf(want, sizeof(want), "Gid:\t%u\t%u\t%u\t%u\n", gid, gid, gid,
                   gid);
    check_line(thread, "Gid:", want);
    (void)snprintf(want, sizeof(want), "Groups:\t%u \n", gid);
    check_line(thread, "Groups:", want);
    check_line(thread, "CapEff:", "CapEff:\t0000000000000000\n");
    check_line(thread, "CapPrm:", "CapPrm:\t0000000000000000\n");
}

START_TEST(every_thread_is_the_user_and_nothing_more)
{
    if (geteuid() != 0)
        SKIP(NOT_ROOT);
    struct reason why;
    uid_t uid;
    gid_t gid;
    ck_assert_int_eq(accounts_find_user("nobody", &uid, &gid, &why), 0);
    start("nobody");
    program_wait(&daemon_program);
    int fd = program_connect(&daemon_program);
    const char *reply = program_ask(fd, GET);
    ck_assert_msg(reply && strstr(reply, "\"data\":\""), "%s", reply);

    char path[64];
    unsigned threads = 0;
    (void)snprintf(path, sizeof(path), "/proc/%ld/task",
                   (long)daemon_program.pid);
    DIR *tasks = opendir(path);
    ck_assert_ptr_nonnull(tasks);
    // NOLINTNEXTLINE(concurrency-mt-unsafe)
    for (struct dirent *i; (i = readdir(tasks)) != NULL;) {
        if (i->d_name[0] == '.')
            continue;
        check_thread(i->d_name, uid, gid);
        threads++;
    }
    (void)closedir(tasks);
    ck_assert_uint_ge(threads, 3); /* the loop and two workers */

    /* A process that may be dumped belongs to its user there, one that may not
     * to root: the change of user has not undone what was forbidden. */
    struct stat owner;
    (void)snprintf(path, sizeof(path), "/proc/%ld/mem",
                   (long)daemon_program.pid);
    ck_assert_int_eq(stat(path, &owner), 0);
    ck_assert_uint_eq(owner.st_uid, 0);
    close(fd);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}
END_TEST

START_TEST(its_socket_is_replaced_at_the_next_start)
{
    if (geteuid() != 0)
        SKIP(NOT_ROOT);
    start("nobody");
    program_wait(&daemon_program);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    const char *const arguments[] = {"--user", "nobody", NULL};
    program_start(&daemon_program, ENTROPYD_PROGRAM, arguments);
    program_wait(&daemon_program);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}
END_TEST

START_TEST(a_user_who_does_not_exist_is_a_configuration_error)
{
    start("no-such-user");
    ck_assert_int_eq(program_wait_end(&daemon_program), EX_CONFIG);
    ck_assert_ptr_nonnull(
        strstr(program_log(&daemon_program),
               "process.user: unknown user \"no-such-user\""));
    program_end(&daemon_program);
}
END_TEST

START_TEST(root_does_not_become_root)
{
    start("root");
    ck_assert_int_eq(program_wait_end(&daemon_program), EX_CONFIG);
    ck_assert_ptr_nonnull(
        strstr(program_log(&daemon_program), "process.user: \"root\" is root"));
    ck_assert_int_ne(access(daemon_program.socket, F_OK), 0);
    program_end(&daemon_program);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(every_thread_is_the_user_and_nothing_more),
        TEST(its_socket_is_replaced_at_the_next_start),
        TEST(a_user_who_does_not_exist_is_a_configuration_error),
        TEST(root_does_not_become_root),
        {0},
    };
    return run_tests("e2e privileges", tests);
}
