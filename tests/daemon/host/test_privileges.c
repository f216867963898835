/* SPDX-License-Identifier: MIT */
/* Giving up root for good: each case in a process of its own, as root. */

#include "base/reason.h"
#include "daemon/host/accounts.h"
#include "daemon/host/privileges.h"
#include "tests/support/run.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define NOT_ROOT "only root has privileges to drop"

static struct reason why;

START_TEST(no_name_changes_nothing)
{
    uid_t before = geteuid();
    ck_assert_int_eq(privileges_drop("", &why), 0);
    ck_assert_uint_eq(geteuid(), before);
}
END_TEST

START_TEST(root_becomes_another_user_and_cannot_go_back)
{
    uid_t uid;
    gid_t gid;
    gid_t groups[64];
    if (geteuid() != 0)
        SKIP(NOT_ROOT);
    ck_assert_int_eq(accounts_find_user("nobody", &uid, &gid, &why), 0);
    ck_assert_msg(privileges_drop("nobody", &why) == 0, "%s", why.text);
    ck_assert(getuid() == uid && geteuid() == uid);
    ck_assert(getgid() == gid && getegid() == gid);
    int count = getgroups(64, groups);
    ck_assert_int_le(count, 1);
    ck_assert(count == 0 || groups[0] == gid);
    ck_assert_int_lt(setuid(0), 0);
    ck_assert_int_lt(setgid(0), 0);
    ck_assert_int_ne(access("/etc/shadow", R_OK), 0);
}
END_TEST

START_TEST(ones_own_user_is_there_already)
{
    if (geteuid() != 0)
        SKIP(NOT_ROOT);
    ck_assert_int_eq(privileges_drop("nobody", &why), 0);
    ck_assert_int_eq(privileges_drop("nobody", &why), 0);
}
END_TEST

START_TEST(only_root_becomes_another_user)
{
    if (geteuid() != 0)
        SKIP(NOT_ROOT);
    ck_assert_int_eq(privileges_drop("nobody", &why), 0);
    ck_assert_int_eq(privileges_drop("daemon", &why), -EPERM);
    ck_assert_ptr_nonnull(
        strstr(why.text, "only root can become user \"daemon\""));
}
END_TEST

START_TEST(root_is_refused_as_the_user_to_become)
{
    ck_assert_int_eq(privileges_drop("root", &why), -EINVAL);
    ck_assert_ptr_nonnull(strstr(why.text, "root"));
}
END_TEST

START_TEST(an_unknown_user_is_named)
{
    ck_assert_int_eq(privileges_drop("no-such-user", &why), -ENOENT);
    ck_assert_str_eq(why.text, "unknown user \"no-such-user\"");
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(no_name_changes_nothing),
        TEST(root_becomes_another_user_and_cannot_go_back),
        TEST(ones_own_user_is_there_already),
        TEST(only_root_becomes_another_user),
        TEST(root_is_refused_as_the_user_to_become),
        TEST(an_unknown_user_is_named),
        {0},
    };
    return run_tests("privileges", tests);
}
