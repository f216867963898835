/* The conditioner against SHA-512 computed elsewhere (known_answers.py). */

#include "daemon/pool/conditioner.h"

#include "tests/support/run.h"

#include <string.h>

static void check(struct conditioner *c, const char *want)
{
    static const struct conditioner wiped;
    uint8_t out[CONDITIONER_BYTES];
    char hex[2 * CONDITIONER_BYTES + 1];

    conditioner_end(c, out);
    sodium_bin2hex(hex, sizeof(hex), out, sizeof(out));
    ck_assert_str_eq(hex, want);
    ck_assert_mem_eq(c, &wiped, sizeof(wiped));
}

START_TEST(known_answer_without_pieces)
{
    struct conditioner c;

    conditioner_begin(&c, "block", 0);
    check(&c,
          "dab507d52481e767b5389ba85d792104a54b60a7e86b666fc99ac859b185623a");
}
END_TEST

START_TEST(known_answer_with_pieces)
{
    struct conditioner c;
    uint8_t bytes[256];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    conditioner_begin(&c, "seed", 7);
    conditioner_add(&c, "alpha", bytes, sizeof(bytes));
    conditioner_add(&c, "b", "", 0);
    check(&c,
          "31636e447964565f8f3bc78ae0282f24007067f47517b272045f1cfaa44dde21");
}
END_TEST

START_TEST(the_same_bytes_cut_elsewhere_give_another_answer)
{
    struct conditioner c;

    conditioner_begin(&c, "seed", 7);
    conditioner_add(&c, "a", "xy", 2);
    conditioner_add(&c, "a", "z", 1);
    check(&c,
          "a1b41682869e0ae99f6b38d569736ad1a9ac15ace9a1fa743275f6745a23ba59");
    conditioner_begin(&c, "seed", 7);
    conditioner_add(&c, "a", "x", 1);
    conditioner_add(&c, "a", "yz", 2);
    check(&c,
          "14bcfd41abd993c63c8fa653972e5222da5f24c5ee9de982019ce79fd012dfa6");
}
END_TEST

START_TEST(an_abandoned_one_is_wiped)
{
    static const struct conditioner wiped;
    struct conditioner c;

    conditioner_begin(&c, "seed", 1);
    conditioner_add(&c, "a", "secret", 6);
    conditioner_abandon(&c);
    ck_assert_mem_eq(&c, &wiped, sizeof(wiped));
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(known_answer_without_pieces),
        TEST(known_answer_with_pieces),
        TEST(the_same_bytes_cut_elsewhere_give_another_answer),
        TEST(an_abandoned_one_is_wiped),
        {0},
    };
    return run_tests("conditioner", tests);
}
