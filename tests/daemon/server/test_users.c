/* SPDX-License-Identifier: MIT */
/* The users who are connected, as they come and go. */

#include "daemon/server/users.h"
#include "tests/support/run.h"

static struct users users;

/* A user of this id with so many more connections. */
static struct user *join(uid_t uid, unsigned connections)
{
    const struct peer peer = {.is_known = true, .uid = uid};
    struct user *user = NULL;

    for (unsigned i = 0; i < connections; i++)
        user = users_join(&users, &peer);
    ck_assert_ptr_nonnull(user);
    return user;
}

static void leave(struct user *user)
{
    while (user->num_connections > 0)
        users_leave(&users, user);
}

static void start(void)
{
    users_init(&users);
}

/* The list has these user ids, in this order. */
static void check_list(size_t max, const uid_t *uids, size_t count)
{
    const struct user *list[8];

    ck_assert_uint_eq(users_list(&users, list, max), count);
    for (size_t i = 0; i < count; i++)
        ck_assert_uint_eq(list[i]->uid, uids[i]);
}

START_TEST(users_are_listed_by_their_connections)
{
    start();
    check_list(8, NULL, 0);
    struct user *few = join(1, 1);
    struct user *most = join(2, 3);
    struct user *more = join(3, 2);
    check_list(8, (const uid_t[]){2, 3, 1}, 3);
    join(1, 3);
    check_list(8, (const uid_t[]){1, 2, 3}, 3);
    leave(few);
    leave(most);
    leave(more);
    users_fini(&users);
}
END_TEST

START_TEST(only_the_largest_are_listed_where_there_is_no_room_for_all)
{
    struct user *all[6];
    start();
    for (unsigned i = 0; i < 6; i++)
        all[i] = join(i, 1 + (i * 5) % 6); /* 1 6 5 4 3 2 */
    check_list(3, (const uid_t[]){1, 2, 3}, 3);
    check_list(1, (const uid_t[]){1}, 1);
    check_list(0, NULL, 0);
    for (unsigned i = 0; i < 6; i++)
        leave(all[i]);
    users_fini(&users);
}
END_TEST

START_TEST(who_has_left_is_not_listed)
{
    start();
    struct user *one = join(1, 2);
    struct user *two = join(2, 1);
    leave(one);
    check_list(8, (const uid_t[]){2}, 1);
    ck_assert_uint_eq(users.count, 1);
    leave(two);
    check_list(8, NULL, 0);
    users_fini(&users);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(users_are_listed_by_their_connections),
        TEST(only_the_largest_are_listed_where_there_is_no_room_for_all),
        TEST(who_has_left_is_not_listed),
        {0},
    };
    return run_tests("users", tests);
}
