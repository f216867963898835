/* SPDX-License-Identifier: MIT */
/* The tables of a source: names, legal moves, the health word. */

#include "daemon/source/source.h"

#include "tests/support/run.h"

/* Every pair, a row for each state it leaves: u d s h p t f, in the order of
 * enum source_state. */
static const char *const legal[SOURCE_STATE_COUNT] = {
    [SOURCE_UNAVAILABLE] = ".......", [SOURCE_DISABLED] = ".......",
    [SOURCE_STARTING] = "...hptf",    [SOURCE_HEALTHY] = "..s.ptf",
    [SOURCE_SUSPECT] = "..sh.tf",     [SOURCE_STALLED] = "..s....",
    [SOURCE_FAILED] = "..s....",
};

START_TEST(every_pair_of_states_is_legal_or_not_as_the_table_says)
{
    for (int from = 0; from < SOURCE_STATE_COUNT; from++)
        for (int to = 0; to < SOURCE_STATE_COUNT; to++)
            ck_assert_msg(source_move_is_legal((enum source_state)from,
                                               (enum source_state)to) ==
                              (legal[from][to] != '.'),
                          "%s -> %s",
                          source_state_name((enum source_state)from),
                          source_state_name((enum source_state)to));
}
END_TEST

START_TEST(names_are_those_of_the_protocol)
{
    ck_assert_str_eq(source_state_name(SOURCE_UNAVAILABLE), "unavailable");
    ck_assert_str_eq(source_state_name(SOURCE_DISABLED), "disabled");
    ck_assert_str_eq(source_state_name(SOURCE_STARTING), "starting");
    ck_assert_str_eq(source_state_name(SOURCE_HEALTHY), "healthy");
    ck_assert_str_eq(source_state_name(SOURCE_SUSPECT), "suspect");
    ck_assert_str_eq(source_state_name(SOURCE_STALLED), "stalled");
    ck_assert_str_eq(source_state_name(SOURCE_FAILED), "failed");
    ck_assert_str_eq(alarm_test_name(ALARM_RCT), "rct");
    ck_assert_str_eq(alarm_test_name(ALARM_APT), "apt");
    ck_assert_str_eq(alarm_test_name(ALARM_LAG), "lag");
    ck_assert_str_eq(alarm_test_name(ALARM_MARKOV), "markov");
    ck_assert_str_eq(alarm_test_name(ALARM_STALL), "stall");
    ck_assert_str_eq(alarm_level_name(ALARM_INTERMITTENT), "intermittent");
    ck_assert_str_eq(alarm_level_name(ALARM_PERMANENT), "permanent");
    ck_assert_str_eq(health_word_name(HEALTH_STARTING), "starting");
    ck_assert_str_eq(health_word_name(HEALTH_OK), "ok");
    ck_assert_str_eq(health_word_name(HEALTH_DEGRADED), "degraded");
    ck_assert_str_eq(health_word_name(HEALTH_FAILED), "failed");
}
END_TEST

/* Source states, and the words for a seeded daemon whose last reseed found
 * credit, and whose last reseed did not. */
struct health_case {
    size_t count;
    enum source_state states[3];
    enum health_word credited, uncredited;
};

static const struct health_case health_cases[] = {
    {0, {0}, HEALTH_FAILED, HEALTH_FAILED},
    {1, {SOURCE_UNAVAILABLE}, HEALTH_FAILED, HEALTH_FAILED},
    {2, {SOURCE_UNAVAILABLE, SOURCE_DISABLED}, HEALTH_FAILED, HEALTH_FAILED},
    {1, {SOURCE_HEALTHY}, HEALTH_OK, HEALTH_DEGRADED},
    {1, {SOURCE_STARTING}, HEALTH_FAILED, HEALTH_FAILED},
    {1, {SOURCE_SUSPECT}, HEALTH_FAILED, HEALTH_FAILED},
    {1, {SOURCE_FAILED}, HEALTH_FAILED, HEALTH_FAILED},
    {1, {SOURCE_STALLED}, HEALTH_FAILED, HEALTH_FAILED},
    {2, {SOURCE_STALLED, SOURCE_HEALTHY}, HEALTH_DEGRADED, HEALTH_DEGRADED},
    {2, {SOURCE_HEALTHY, SOURCE_HEALTHY}, HEALTH_OK, HEALTH_DEGRADED},
    {2, {SOURCE_HEALTHY, SOURCE_STARTING}, HEALTH_DEGRADED, HEALTH_DEGRADED},
    {2, {SOURCE_SUSPECT, SOURCE_HEALTHY}, HEALTH_DEGRADED, HEALTH_DEGRADED},
    {2, {SOURCE_FAILED, SOURCE_HEALTHY}, HEALTH_DEGRADED, HEALTH_DEGRADED},
    {2, {SOURCE_FAILED, SOURCE_SUSPECT}, HEALTH_FAILED, HEALTH_FAILED},
    {3,
     {SOURCE_HEALTHY, SOURCE_UNAVAILABLE, SOURCE_DISABLED},
     HEALTH_OK,
     HEALTH_DEGRADED},
    {3,
     {SOURCE_FAILED, SOURCE_UNAVAILABLE, SOURCE_DISABLED},
     HEALTH_FAILED,
     HEALTH_FAILED},
};

START_TEST(before_the_first_seed_it_is_starting_while_a_source_may_come)
{
    static struct source sources[2];

    for (int a = 0; a < SOURCE_STATE_COUNT; a++) {
        for (int b = 0; b < SOURCE_STATE_COUNT; b++) {
            bool may_come = a == SOURCE_STARTING || a == SOURCE_HEALTHY ||
                            a == SOURCE_SUSPECT || b == SOURCE_STARTING ||
                            b == SOURCE_HEALTHY || b == SOURCE_SUSPECT ||
                            a == SOURCE_STALLED || b == SOURCE_STALLED;

            atomic_store(&sources[0].state, a);
            atomic_store(&sources[1].state, b);
            ck_assert_int_eq(health_of(sources, 2, false, true),
                             may_come ? HEALTH_STARTING : HEALTH_FAILED);
        }
    }
    ck_assert_int_eq(health_of(sources, 0, false, true), HEALTH_FAILED);
}
END_TEST

START_TEST(an_estimate_below_the_claim_is_degraded)
{
    static struct source sources[2];
    atomic_store(&sources[0].state, SOURCE_HEALTHY);
    atomic_store(&sources[1].state, SOURCE_HEALTHY);
    atomic_store(&sources[1].is_below_claim, true);
    ck_assert_int_eq(health_of(sources, 2, true, true), HEALTH_DEGRADED);
    ck_assert_int_eq(health_of(sources + 1, 1, true, true), HEALTH_DEGRADED);
    atomic_store(&sources[1].is_below_claim, false);
    ck_assert_int_eq(health_of(sources, 2, true, true), HEALTH_OK);
}
END_TEST

START_TEST(the_health_word_is_as_the_table_says)
{
    static struct source sources[3];

    for (size_t i = 0; i < sizeof(health_cases) / sizeof(health_cases[0]);
         i++) {
        const struct health_case *c = &health_cases[i];

        for (size_t j = 0; j < c->count; j++)
            atomic_store(&sources[j].state, (int)c->states[j]);
        ck_assert_msg(health_of(sources, c->count, true, true) == c->credited,
                      "case %zu, credited", i);
        ck_assert_msg(health_of(sources, c->count, true, false) ==
                          c->uncredited,
                      "case %zu, uncredited", i);
    }
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(every_pair_of_states_is_legal_or_not_as_the_table_says),
        TEST(names_are_those_of_the_protocol),
        TEST(before_the_first_seed_it_is_starting_while_a_source_may_come),
        TEST(an_estimate_below_the_claim_is_degraded),
        TEST(the_health_word_is_as_the_table_says),
        {0},
    };
    return run_tests("states", tests);
}
