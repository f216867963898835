/* SPDX-License-Identifier: MIT */
/* The embedded list. */

#include "base/list.h"

#include "tests/support/run.h"

struct item {
    int number;
    struct list link;
};

static int sum_in_order(struct list *head)
{
    int sum = 0;
    struct list *node, *following;
    list_for_each(node, following, head) sum =
        sum * 10 + container_of(node, struct item, link)->number;
    return sum;
}

START_TEST(items_stay_in_the_order_of_appending)
{
    struct list head;
    struct item items[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
    list_init(&head);
    ck_assert(list_is_empty(&head));
    ck_assert_ptr_null(list_first(&head));
    for (int i = 0; i < 3; i++)
        list_append(&head, &items[i].link);
    ck_assert_int_eq(sum_in_order(&head), 123);
    ck_assert_ptr_eq(list_first(&head), &items[0].link);
}
END_TEST

START_TEST(an_item_is_taken_out_from_anywhere_and_more_than_once)
{
    struct list head;
    struct item items[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
    list_init(&head);
    list_remove(&items[1].link); /* zeroed: in no list */
    for (int i = 0; i < 3; i++)
        list_append(&head, &items[i].link);
    list_remove(&items[1].link);
    list_remove(&items[1].link);
    ck_assert_int_eq(sum_in_order(&head), 13);
    ck_assert(list_is_empty(&items[1].link));
    list_append(&head, &items[1].link);
    ck_assert_int_eq(sum_in_order(&head), 132);
}
END_TEST

START_TEST(a_walk_survives_the_removal_of_its_item)
{
    struct list head;
    struct item items[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
    struct list *node, *following;
    list_init(&head);
    for (int i = 0; i < 3; i++)
        list_append(&head, &items[i].link);
    list_for_each(node, following, &head) list_remove(node);
    ck_assert(list_is_empty(&head));
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(items_stay_in_the_order_of_appending),
        TEST(an_item_is_taken_out_from_anywhere_and_more_than_once),
        TEST(a_walk_survives_the_removal_of_its_item),
        {0},
    };
    return run_tests("list", tests);
}
