/* SPDX-License-Identifier: MIT */
/* Where the socket is, for every setting of the environment. */

#include "base/reason.h"
#include "base/socket_path.h"
#include "tests/support/run.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each case runs in a process of its own: its environment is its own. */
/* NOLINTBEGIN(concurrency-mt-unsafe) */
static void environment(const char *socket, const char *runtime,
                        const char *home)
{
    const char *const names[] = {"ENTROPYD_SOCKET", "XDG_RUNTIME_DIR", "HOME"};
    const char *const values[] = {socket, runtime, home};
    for (size_t i = 0; i < 3; i++) {
        if (values[i] != NULL)
            setenv(names[i], values[i], 1);
        else
            unsetenv(names[i]);
    }
}
/* NOLINTEND(concurrency-mt-unsafe) */

static void check(const char *given, const char *expected,
                  bool expected_default)
{
    char path[SOCKET_PATH_MAX];
    struct reason why = {.text = ""};
    bool is_default = !expected_default;
    ck_assert_int_eq(socket_path(given, path, &is_default, &why), 0);
    ck_assert_str_eq(path, expected);
    ck_assert(is_default == expected_default);
}

static void check_fails(const char *given, int error, const char *part)
{
    char path[SOCKET_PATH_MAX];
    struct reason why = {.text = ""};
    bool is_default;
    ck_assert_int_eq(socket_path(given, path, &is_default, &why), error);
    ck_assert_msg(strstr(why.text, part) != NULL, "%s", why.text);
}

START_TEST(the_given_path_wins)
{
    environment("/b", "/c", "/d");
    check("/a", "/a", false);
}
END_TEST

START_TEST(then_the_variable)
{
    environment("/b", "/c", "/d");
    check(NULL, "/b", false);
    check("", "/b", false);
}
END_TEST

START_TEST(then_the_runtime_directory)
{
    environment(NULL, "/c", "/d");
    check(NULL, "/c/entropyd/entropyd.sock", true);
    environment("", "/c", "/d");
    check(NULL, "/c/entropyd/entropyd.sock", true);
}
END_TEST

START_TEST(then_the_home_directory)
{
    environment(NULL, NULL, "/d");
    check(NULL, "/d/.entropyd/entropyd.sock", true);
    environment(NULL, "", "/d");
    check(NULL, "/d/.entropyd/entropyd.sock", true);
}
END_TEST

START_TEST(without_home_the_user_data_base_knows_it)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const struct passwd *user = getpwuid(getuid());
    if (user == NULL || user->pw_dir[0] == '\0')
        SKIP("this user has no entry in the user data base");
    char expected[256];
    snprintf(expected, sizeof(expected), "%s/.entropyd/entropyd.sock",
             user->pw_dir);
    environment(NULL, NULL, NULL);
    check(NULL, expected, true);
}
END_TEST

START_TEST(the_longest_path_fits_and_no_longer_one)
{
    char path[SOCKET_PATH_MAX + 8];
    size_t limit = socket_path_limit();
    environment(NULL, NULL, "/d");
    memset(path, 'x', sizeof(path));
    path[0] = '/';
    path[limit] = '\0';
    check(path, path, false);
    path[limit] = 'x';
    path[limit + 1] = '\0';
    char number[32];
    snprintf(number, sizeof(number), "may have %zu", limit);
    check_fails(path, -ENAMETOOLONG, number);
    check_fails(path, -ENAMETOOLONG, path);
}
END_TEST

START_TEST(a_long_directory_is_named_and_never_cut)
{
    char home[SOCKET_PATH_MAX];
    memset(home, 'h', sizeof(home));
    home[0] = '/';
    home[sizeof(home) - 10] = '\0';
    environment(NULL, NULL, home);
    check_fails(NULL, -ENAMETOOLONG, home);
    environment(NULL, home, "/d");
    check_fails(NULL, -ENAMETOOLONG, "XDG_RUNTIME_DIR");
}
END_TEST

START_TEST(a_relative_path_is_refused)
{
    environment(NULL, NULL, "/d");
    check_fails("entropyd.sock", -EINVAL, "\"entropyd.sock\"");
    environment("x/y", NULL, "/d");
    check_fails(NULL, -EINVAL, "ENTROPYD_SOCKET");
    environment(NULL, "run", "/d");
    check_fails(NULL, -EINVAL, "XDG_RUNTIME_DIR");
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(the_given_path_wins),
        TEST(then_the_variable),
        TEST(then_the_runtime_directory),
        TEST(then_the_home_directory),
        TEST(without_home_the_user_data_base_knows_it),
        TEST(the_longest_path_fits_and_no_longer_one),
        TEST(a_long_directory_is_named_and_never_cut),
        TEST(a_relative_path_is_refused),
        {0},
    };
    return run_tests("socket_path", tests);
}
