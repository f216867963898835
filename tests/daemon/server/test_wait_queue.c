/* The waiting list: turns by user, deadlines, and those nobody waits behind. */

#include "daemon/server/wait_queue.h"
#include "tests/support/run.h"

#include <string.h>

/* A waiter that is answered when `ready` says so, and writes its letter. */
struct probe {
    struct waiter waiter;
    struct waiting *q;
    const bool *ready;
    char letter;
    char *log;
};

static bool retry(struct waiter *w, bool is_last_chance)
{
    struct probe *p = (struct probe *)w;
    if (!*p->ready && !is_last_chance)
        return false;
    size_t n = strlen(p->log);
    p->log[n] = p->letter;
    p->log[n + 1] = '\0';
    waiting_remove(p->q, w);
    return true;
}

/* Everybody has gone whose letter is a capital. */
static void leave_if_gone(struct waiter *w)
{
    struct probe *p = (struct probe *)w;
    if (p->letter < 'a')
        waiting_remove(p->q, w);
}

/* The log is written by retry(). */
static void add(struct waiting *q, struct probe *p, char letter, uid_t uid,
                const bool *ready,
                char *log) /* NOLINT(readability-non-const-parameter) */
{
    *p = (struct probe){
        .waiter = {.uid = uid,
                   .deadline_ms = 1000 + (uint64_t)letter,
                   .needs_credit = true,
                   .retry = retry,
                   .leave_if_gone = leave_if_gone},
        .q = q,
        .ready = ready,
        .letter = letter,
        .log = log,
    };
    waiting_add(q, &p->waiter);
}

START_TEST(users_take_turns_and_each_users_requests_keep_their_order)
{
    struct waiting q;
    struct probe p[6];
    char log[8] = "";
    bool yes = true;
    waiting_init(&q);
    add(&q, &p[0], 'a', 1000, &yes, log);
    add(&q, &p[1], 'b', 1000, &yes, log);
    add(&q, &p[2], 'c', 1000, &yes, log);
    add(&q, &p[3], 'd', 1001, &yes, log);
    add(&q, &p[4], 'e', 7, &yes, log);
    waiting_run(&q);
    ck_assert_str_eq(log, "eadbc");
    ck_assert_uint_eq(q.count, 0);
    ck_assert_uint_eq(q.credit_count, 0);
}
END_TEST

START_TEST(the_turn_is_remembered_between_runs)
{
    struct waiting q;
    struct probe p[3];
    char log[8] = "";
    bool yes = true;
    waiting_init(&q);
    add(&q, &p[0], 'a', 1000, &yes, log);
    waiting_run(&q);
    add(&q, &p[1], 'b', 1000, &yes, log);
    add(&q, &p[2], 'c', 2000, &yes, log);
    waiting_run(&q);
    ck_assert_str_eq(log, "acb");
}
END_TEST

START_TEST(the_one_whose_turn_it_is_is_not_overtaken)
{
    struct waiting q;
    struct probe p[2];
    char log[8] = "";
    bool yes = true;
    bool no = false;
    waiting_init(&q);
    add(&q, &p[0], 'a', 1, &no, log);
    add(&q, &p[1], 'b', 2, &yes, log);
    waiting_run(&q);
    ck_assert_str_eq(log, "");
    no = true;
    waiting_run(&q);
    ck_assert_str_eq(log, "ab");
}
END_TEST

START_TEST(who_needs_no_credit_waits_behind_nobody)
{
    struct waiting q;
    struct probe p[2];
    char log[8] = "";
    bool yes = true;
    bool no = false;
    waiting_init(&q);
    add(&q, &p[0], 'a', 1, &no, log);
    add(&q, &p[1], 'b', 1, &yes, log);
    p[1].waiter.needs_credit = false;
    q.credit_count--;
    waiting_run(&q);
    ck_assert_str_eq(log, "b");
}
END_TEST

START_TEST(a_deadline_is_a_last_chance_for_that_one_only)
{
    struct waiting q;
    struct probe p[2];
    char log[8] = "";
    bool no = false;
    waiting_init(&q);
    add(&q, &p[0], 'a', 1, &no, log);
    add(&q, &p[1], 'b', 1, &no, log);
    ck_assert_uint_eq(waiting_next_deadline(&q), 1000 + 'a');
    waiting_expire(&q, 999 + 'a', false);
    ck_assert_str_eq(log, "");
    waiting_expire(&q, 1000 + 'a', false);
    ck_assert_str_eq(log, "a");
    waiting_expire(&q, 0, true);
    ck_assert_str_eq(log, "ab");
    ck_assert_uint_eq(waiting_next_deadline(&q), UINT64_MAX);
}
END_TEST

START_TEST(a_sweep_lets_go_of_who_has_gone_but_not_all_the_time)
{
    struct waiting q;
    struct probe p[4];
    char log[8] = "";
    bool yes = true;
    waiting_init(&q);
    add(&q, &p[0], 'A', 1, &yes, log);
    add(&q, &p[1], 'b', 1, &yes, log);
    add(&q, &p[2], 'C', 2, &yes, log);
    waiting_sweep(&q, 5000);
    ck_assert_uint_eq(q.count, 1);
    add(&q, &p[3], 'D', 2, &yes, log);
    waiting_sweep(&q, 5000 + WAITING_SWEEP_MS - 1);
    ck_assert_uint_eq(q.count, 2);
    waiting_sweep(&q, 5000 + WAITING_SWEEP_MS);
    ck_assert_uint_eq(q.count, 1);
    waiting_run(&q);
    ck_assert_str_eq(log, "b");
}
END_TEST

/* Answered; then the connection's next request finds the list full. */
static bool retry_and_sweep(struct waiter *w, bool is_last_chance)
{
    struct probe *p = (struct probe *)w;
    (void)retry(w, is_last_chance);
    waiting_sweep(p->q, 5000);
    return true;
}

START_TEST(a_sweep_in_the_middle_of_a_run_takes_nobody_from_under_it)
{
    struct waiting q;
    struct probe p[3];
    char log[8] = "";
    bool yes = true;
    for (int expire = 0; expire <= 1; expire++) {
        log[0] = '\0';
        waiting_init(&q);
        add(&q, &p[0], 'a', 1, &yes, log);
        add(&q, &p[1], 'B', 1, &yes, log);
        add(&q, &p[2], 'c', 1, &yes, log);
        p[0].waiter.retry = retry_and_sweep;
        for (int i = 0; i < 3; i++)
            p[i].waiter.needs_credit = false;
        q.credit_count = 0;
        if (expire)
            waiting_expire(&q, 0, true);
        else
            waiting_run(&q);
        ck_assert_str_eq(log, "aBc");
        ck_assert_uint_eq(q.count, 0);
    }
}
END_TEST

START_TEST(others_are_those_who_wait_for_credit_too)
{
    struct waiting q;
    struct probe p[2];
    struct waiter unlisted = {.needs_credit = true};
    char log[8] = "";
    bool no = false;
    waiting_init(&q);
    ck_assert(!waiting_has_others(&q, &unlisted));
    add(&q, &p[0], 'a', 1, &no, log);
    ck_assert(waiting_has_others(&q, &unlisted));
    ck_assert(!waiting_has_others(&q, &p[0].waiter));
    add(&q, &p[1], 'b', 1, &no, log);
    ck_assert(waiting_has_others(&q, &p[0].waiter));
    waiting_remove(&q, &p[0].waiter);
    p[1].waiter.needs_credit = false;
    q.credit_count--;
    ck_assert(!waiting_has_others(&q, &p[0].waiter));
    waiting_remove(&q, &p[1].waiter);
}
END_TEST

START_TEST(removing_twice_is_allowed)
{
    struct waiting q;
    struct probe p;
    char log[8] = "";
    bool no = false;
    waiting_init(&q);
    add(&q, &p, 'a', 1, &no, log);
    waiting_remove(&q, &p.waiter);
    waiting_remove(&q, &p.waiter);
    ck_assert_uint_eq(q.count, 0);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(users_take_turns_and_each_users_requests_keep_their_order),
        TEST(the_turn_is_remembered_between_runs),
        TEST(the_one_whose_turn_it_is_is_not_overtaken),
        TEST(who_needs_no_credit_waits_behind_nobody),
        TEST(a_deadline_is_a_last_chance_for_that_one_only),
        TEST(a_sweep_lets_go_of_who_has_gone_but_not_all_the_time),
        TEST(a_sweep_in_the_middle_of_a_run_takes_nobody_from_under_it),
        TEST(others_are_those_who_wait_for_credit_too),
        TEST(removing_twice_is_allowed),
        {0},
    };
    return run_tests("waiting", tests);
}
