/* SPDX-License-Identifier: MIT */
/* The wait queue: turns by user, deadlines, and requests that delay no
 * other. */

#include "daemon/server/wait_queue.h"

#include "base/monotonic.h"
#include "daemon/host/log.h"
#include "tests/support/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char logged[1024]; /* all lines */
static uint64_t clock_ms = 1000;

/* In place of the daemon's. */
void log_event(enum log_level level, const char *event, const char *format, ...)
{
    char details[256];
    size_t n = strlen(logged);
    va_list arguments;
    (void)level;
    va_start(arguments, format);
    (void)vsnprintf(details, sizeof(details), format, arguments);
    va_end(arguments);
    (void)snprintf(logged + n, sizeof(logged) - n, "%s %s\n", event, details);
}

uint64_t monotonic_now_ms(void)
{
    return clock_ms;
}

/* A line that is answered when `ready` says so, and writes its letter. */
struct probe {
    struct waiter waiter;
    struct wait_queue *q;
    const bool *ready;
    char letter;
    unsigned blocks; /* that it needs, each by a retry */
    char *log;
};

static size_t retry(struct waiter *w, bool is_last_chance)
{
    struct probe *p = container_of(w, struct probe, waiter);
    if (!*p->ready && !is_last_chance)
        return 0;
    if (p->blocks > 1 && !is_last_chance) {
        p->blocks--;
        return 1;
    }
    size_t n = strlen(p->log);
    p->log[n] = p->letter;
    p->log[n + 1] = '\0';
    wait_queue_remove(p->q, w);
    return 1;
}

static void give_up(struct waiter *w)
{
    struct probe *p = container_of(w, struct probe, waiter);
    wait_queue_remove(p->q, w);
    p->blocks = 0;
}

/* Users of the tests, by number. */
static struct user *user(uid_t uid)
{
    static struct user users[8];
    for (size_t i = 0; i < 8; i++) {
        if (users[i].uid != 0 && users[i].uid != uid)
            continue;
        if (users[i].uid == 0)
            list_init(&users[i].waiting);
        users[i].uid = uid;
        return &users[i];
    }
    ck_abort_msg("too many users");
    return NULL;
}

/* The clients of capital letters have left. */
static void leave_if_gone(struct waiter *w)
{
    struct probe *p = container_of(w, struct probe, waiter);
    if (p->letter < 'a')
        wait_queue_remove(p->q, w);
}

/* The log is written by retry(). */
static void add(struct wait_queue *q, struct probe *p, char letter, uid_t uid,
                const bool *ready,
                char *log) /* NOLINT(readability-non-const-parameter) */
{
    *p = (struct probe){
        .waiter = {.user = user(uid),
                   .deadline_ms = 1000 + (uint64_t)letter,
                   .needs_credit = true,
                   .retry = retry,
                   .leave_if_gone = leave_if_gone,
                   .give_up = give_up},
        .blocks = 1,
        .q = q,
        .ready = ready,
        .letter = letter,
        .log = log,
    };
    wait_queue_add(q, &p->waiter);
}

static void become_free_of_credit(struct probe *p)
{
    wait_queue_remove(p->q, &p->waiter);
    p->waiter.needs_credit = false;
    wait_queue_add(p->q, &p->waiter);
}

/* Each run long after the last one, so that no user was served just now. */
static void run(struct wait_queue *q)
{
    static uint64_t now_ms;
    now_ms += UINT64_C(2) * WAIT_QUEUE_RECENT_MS;
    wait_queue_run(q, now_ms);
}

START_TEST(users_take_turns_and_each_users_requests_keep_their_order)
{
    struct wait_queue q;
    struct probe p[6];
    char log[8] = "";
    bool yes = true;
    wait_queue_init(&q);
    add(&q, &p[0], 'a', 1000, &yes, log);
    add(&q, &p[1], 'b', 1000, &yes, log);
    add(&q, &p[2], 'c', 1000, &yes, log);
    add(&q, &p[3], 'd', 1001, &yes, log);
    add(&q, &p[4], 'e', 7, &yes, log);
    run(&q);
    ck_assert_str_eq(log, "adebc");
    ck_assert_uint_eq(q.count, 0);
    ck_assert_uint_eq(q.credit_count, 0);
}
END_TEST

START_TEST(the_last_user_is_remembered_between_runs)
{
    struct wait_queue q;
    struct probe p[3];
    char log[8] = "";
    bool yes = true;
    wait_queue_init(&q);
    add(&q, &p[0], 'a', 1000, &yes, log);
    run(&q);
    add(&q, &p[1], 'b', 1000, &yes, log);
    add(&q, &p[2], 'c', 2000, &yes, log);
    run(&q);
    ck_assert_str_eq(log, "acb");
}
END_TEST

/* 'a' needs five blocks, and then 'b' of the same user one. */
START_TEST(users_share_blocks_whatever_their_requests_need)
{
    struct wait_queue q;
    struct probe p[4];
    char log[8] = "";
    bool yes = true;
    wait_queue_init(&q);
    add(&q, &p[0], 'a', 1, &yes, log);
    p[0].blocks = 5;
    add(&q, &p[1], 'b', 1, &yes, log);
    add(&q, &p[2], 'c', 2, &yes, log);
    add(&q, &p[3], 'd', 2, &yes, log);
    wait_queue_run(&q, 1000);
    ck_assert_str_eq(log, "cd");
    /* 2 was served just now, and may be about to ask again */
    ck_assert_uint_eq(q.resume_ms, 1000 + WAIT_QUEUE_RECENT_MS);
    wait_queue_run(&q, q.resume_ms - 1);
    ck_assert_str_eq(log, "cd");
    wait_queue_run(&q, q.resume_ms);
    ck_assert_str_eq(log, "cdab");
    ck_assert_uint_eq(q.resume_ms, UINT64_MAX);
}
END_TEST

START_TEST(a_user_who_was_served_just_now_is_not_far_behind_when_he_asks_again)
{
    struct wait_queue q;
    struct probe p[2];
    char log[16] = "";
    bool yes = true;
    wait_queue_init(&q);
    add(&q, &p[0], 'a', 1, &yes, log);
    p[0].blocks = 100;
    for (uint64_t now_ms = 1000; now_ms < 1010; now_ms++) {
        add(&q, &p[1], 'b', 2, &yes, log);
        wait_queue_run(&q, now_ms);
        ck_assert_uint_eq(q.count, 1); /* his was answered */
    }
    ck_assert_str_eq(log, "bbbbbbbbbb");
    ck_assert_uint_ge(p[0].blocks, 100 - 10 - WAIT_QUEUE_LEAD - 1);
    ck_assert_uint_le(p[0].blocks, 100 - 10);
    wait_queue_remove(&q, &p[0].waiter);
}
END_TEST

/* 'a' is made to wait for user 2, though there is credit: he goes on as soon as
 * that user is back, however he is served. */
START_TEST(who_waits_for_a_user_served_just_now_goes_on_when_he_is_back)
{
    struct wait_queue q;
    struct probe p[2];
    char log[16] = "";
    bool yes = true;
    wait_queue_init(&q);
    add(&q, &p[0], 'a', 1, &yes, log);
    p[0].blocks = 100;
    ck_assert_uint_eq(q.resume_ms, UINT64_MAX);
    add(&q, &p[1], 'b', 2, &yes, log);
    ck_assert_uint_eq(q.resume_ms, UINT64_MAX);
    wait_queue_run(&q, 1000);
    ck_assert_uint_eq(q.resume_ms, 1000 + WAIT_QUEUE_RECENT_MS);
    wait_queue_charge(&q, user(2), 1, 1001);
    ck_assert_uint_eq(q.resume_ms, 0);
    wait_queue_run(&q, 1002);
    ck_assert_uint_eq(q.resume_ms, 1001 + WAIT_QUEUE_RECENT_MS);
    add(&q, &p[1], 'b', 2, &yes, log);
    ck_assert_uint_eq(q.resume_ms, 0);
    wait_queue_run(&q, 1003);
    ck_assert_str_eq(log, "bb");
    wait_queue_remove(&q, &p[0].waiter);
}
END_TEST

START_TEST(a_user_who_did_not_wait_has_saved_up_nothing)
{
    struct wait_queue q;
    struct probe p[8];
    char log[8] = "";
    bool yes = true;
    wait_queue_init(&q);
    add(&q, &p[0], 'a', 1, &yes, log);
    p[0].blocks = 100;
    run(&q);
    add(&q, &p[1], 'b', 1, &yes, log);
    add(&q, &p[2], 'c', 2, &yes, log);
    add(&q, &p[3], 'd', 2, &yes, log);
    add(&q, &p[4], 'e', 2, &yes, log);
    add(&q, &p[5], 'f', 1, &yes, log);
    run(&q);
    ck_assert_str_eq(log, "acbdfe");
}
END_TEST

START_TEST(a_place_is_given_up_by_the_newest_line_of_the_largest_holder)
{
    struct wait_queue q;
    struct probe p[6];
    char log[8] = "";
    bool no = false;
    wait_queue_init(&q);
    add(&q, &p[0], 'a', 1, &no, log);
    add(&q, &p[1], 'b', 2, &no, log);
    add(&q, &p[2], 'c', 1, &no, log);
    add(&q, &p[3], 'd', 1, &no, log);
    add(&q, &p[4], 'e', 2, &no, log);
    ck_assert(!wait_queue_find_place(&q, 0, user(1), 1));
    ck_assert(!wait_queue_find_place(&q, 0, user(2), 1));
    ck_assert(wait_queue_find_place(&q, 0, user(3), 1));
    ck_assert_uint_eq(p[3].blocks, 0);
    ck_assert_uint_eq(q.count, 4);
    ck_assert(wait_queue_find_place(&q, 0, user(3), 1));
    add(&q, &p[5], 'f', 3, &no, log);
    ck_assert(!wait_queue_find_place(&q, 0, user(3), 1));
    wait_queue_expire(&q, 0, true);
    ck_assert_uint_eq(q.count, 0);
    ck_assert_uint_eq(user(1)->num_waiting + user(2)->num_waiting, 0);
}
END_TEST

/* Fills a queue of four places, three of them with requests of user 1, and is
 * refused `refusals` times. */
static void fill(struct wait_queue *q, struct probe p[4], unsigned refusals)
{
    static const bool no = false;
    static char log[8];
    for (unsigned i = 0; i < 4; i++)
        add(q, &p[i], 'a', i == 2 ? 2 : 1, &no, log);
    for (unsigned i = 0; i < refusals; i++)
        ck_assert(!wait_queue_find_place(q, 4, user(1), clock_ms));
}

static void empty(struct wait_queue *q, struct probe p[4])
{
    for (unsigned i = 0; i < 4; i++)
        wait_queue_remove(q, &p[i].waiter);
}

START_TEST(the_log_has_a_line_when_it_is_full_and_one_when_it_is_free_again)
{
    struct wait_queue q;
    struct probe p[4];
    wait_queue_init(&q);
    user(1)->is_known = true;
    fill(&q, p, 3);
    ck_assert_str_eq(logged, "wait-queue-full max_waiting=4 refused=1 "
                             "largest_uid=1 largest_waiting=3\n");
    logged[0] = '\0';
    clock_ms += 50;
    /* One place more or less does not end it. */
    wait_queue_remove(&q, &p[0].waiter);
    wait_queue_remove(&q, &p[1].waiter);
    ck_assert_str_eq(logged, "");
    wait_queue_remove(&q, &p[2].waiter);
    ck_assert_str_eq(logged,
                     "wait-queue-free refused=2 after_ms=50 largest_uid=1\n");
    empty(&q, p);
}
END_TEST

/* A reload leaves one place of four: what is left is more than half of it. */
START_TEST(a_queue_is_free_again_by_the_places_that_there_are_now)
{
    struct wait_queue q;
    struct probe p[4];
    wait_queue_init(&q);
    fill(&q, p, 1);
    logged[0] = '\0';
    ck_assert(!wait_queue_find_place(&q, 1, user(1), clock_ms));
    for (unsigned i = 0; i < 3; i++)
        wait_queue_remove(&q, &p[i].waiter);
    ck_assert_str_eq(logged, "");
    wait_queue_remove(&q, &p[3].waiter);
    ck_assert_str_eq(logged,
                     "wait-queue-free refused=1 after_ms=0 largest_uid=-1\n");
}
END_TEST

START_TEST(a_queue_that_is_full_again_and_again_is_logged_once_a_minute)
{
    struct wait_queue q;
    struct probe p[4];
    wait_queue_init(&q);
    for (unsigned i = 0; i < 600; i++) {
        fill(&q, p, 2);
        empty(&q, p);
        clock_ms += 100;
    }
    ck_assert_str_eq(logged, "wait-queue-full max_waiting=4 refused=1 "
                             "largest_uid=-1 largest_waiting=3\n"
                             "wait-queue-free refused=1 after_ms=0 "
                             "largest_uid=-1\n");
    logged[0] = '\0';
    fill(&q, p, 2); /* the minute is over; nothing was forgotten */
    ck_assert_str_eq(logged, "wait-queue-full max_waiting=4 refused=1199 "
                             "largest_uid=-1 largest_waiting=3\n");
    empty(&q, p);
}
END_TEST

START_TEST(the_request_whose_turn_it_is_is_not_overtaken)
{
    struct wait_queue q;
    struct probe p[2];
    char log[8] = "";
    bool yes = true;
    bool no = false;
    wait_queue_init(&q);
    add(&q, &p[0], 'a', 1, &no, log);
    add(&q, &p[1], 'b', 2, &yes, log);
    run(&q);
    ck_assert_str_eq(log, "");
    no = true;
    run(&q);
    ck_assert_str_eq(log, "ab");
}
END_TEST

START_TEST(a_request_that_needs_no_credit_waits_behind_no_other)
{
    struct wait_queue q;
    struct probe p[2];
    char log[8] = "";
    bool yes = true;
    bool no = false;
    wait_queue_init(&q);
    add(&q, &p[0], 'a', 1, &no, log);
    add(&q, &p[1], 'b', 1, &yes, log);
    become_free_of_credit(&p[1]);
    run(&q);
    ck_assert_str_eq(log, "b");
}
END_TEST

START_TEST(a_deadline_is_a_last_chance_for_that_request_only)
{
    struct wait_queue q;
    struct probe p[2];
    char log[8] = "";
    bool no = false;
    wait_queue_init(&q);
    add(&q, &p[0], 'a', 1, &no, log);
    add(&q, &p[1], 'b', 1, &no, log);
    ck_assert_uint_eq(wait_queue_next_deadline(&q), 1000 + 'a');
    wait_queue_expire(&q, 999 + 'a', false);
    ck_assert_str_eq(log, "");
    wait_queue_expire(&q, 1000 + 'a', false);
    ck_assert_str_eq(log, "a");
    wait_queue_expire(&q, 0, true);
    ck_assert_str_eq(log, "ab");
    ck_assert_uint_eq(wait_queue_next_deadline(&q), UINT64_MAX);
}
END_TEST

START_TEST(a_sweep_drops_clients_that_left_but_not_all_the_time)
{
    struct wait_queue q;
    struct probe p[4];
    char log[8] = "";
    bool yes = true;
    wait_queue_init(&q);
    add(&q, &p[0], 'A', 1, &yes, log);
    add(&q, &p[1], 'b', 1, &yes, log);
    add(&q, &p[2], 'C', 2, &yes, log);
    wait_queue_sweep(&q, 5000);
    ck_assert_uint_eq(q.count, 1);
    add(&q, &p[3], 'D', 2, &yes, log);
    wait_queue_sweep(&q, 5000 + WAIT_QUEUE_SWEEP_MS - 1);
    ck_assert_uint_eq(q.count, 2);
    wait_queue_sweep(&q, 5000 + WAIT_QUEUE_SWEEP_MS);
    ck_assert_uint_eq(q.count, 1);
    run(&q);
    ck_assert_str_eq(log, "b");
}
END_TEST

/* Answered; then the connection's next request finds the list full. */
static size_t retry_and_sweep(struct waiter *w, bool is_last_chance)
{
    struct probe *p = container_of(w, struct probe, waiter);
    (void)retry(w, is_last_chance);
    wait_queue_sweep(p->q, 5000);
    return true;
}

START_TEST(a_sweep_in_the_middle_of_a_run_changes_nothing)
{
    struct wait_queue q;
    struct probe p[3];
    char log[8] = "";
    bool yes = true;
    for (int expire = 0; expire <= 1; expire++) {
        log[0] = '\0';
        wait_queue_init(&q);
        add(&q, &p[0], 'a', 1, &yes, log);
        add(&q, &p[1], 'B', 1, &yes, log);
        add(&q, &p[2], 'c', 1, &yes, log);
        p[0].waiter.retry = retry_and_sweep;
        for (int i = 0; i < 3; i++)
            become_free_of_credit(&p[i]);
        if (expire)
            wait_queue_expire(&q, 0, true);
        else
            run(&q);
        ck_assert_str_eq(log, "aBc");
        ck_assert_uint_eq(q.count, 0);
    }
}
END_TEST

START_TEST(others_are_requests_that_wait_for_credit_too)
{
    struct wait_queue q;
    struct probe p[2];
    struct waiter unlisted = {.needs_credit = true};
    char log[8] = "";
    bool no = false;
    wait_queue_init(&q);
    ck_assert(!wait_queue_has_others(&q, &unlisted));
    add(&q, &p[0], 'a', 1, &no, log);
    ck_assert(wait_queue_has_others(&q, &unlisted));
    ck_assert(!wait_queue_has_others(&q, &p[0].waiter));
    add(&q, &p[1], 'b', 1, &no, log);
    ck_assert(wait_queue_has_others(&q, &p[0].waiter));
    wait_queue_remove(&q, &p[0].waiter);
    become_free_of_credit(&p[1]);
    ck_assert(!wait_queue_has_others(&q, &p[0].waiter));
    wait_queue_remove(&q, &p[1].waiter);
}
END_TEST

START_TEST(removing_twice_is_allowed)
{
    struct wait_queue q;
    struct probe p;
    char log[8] = "";
    bool no = false;
    wait_queue_init(&q);
    add(&q, &p, 'a', 1, &no, log);
    wait_queue_remove(&q, &p.waiter);
    wait_queue_remove(&q, &p.waiter);
    ck_assert_uint_eq(q.count, 0);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(users_take_turns_and_each_users_requests_keep_their_order),
        TEST(the_last_user_is_remembered_between_runs),
        TEST(users_share_blocks_whatever_their_requests_need),
        TEST(
            a_user_who_was_served_just_now_is_not_far_behind_when_he_asks_again),
        TEST(who_waits_for_a_user_served_just_now_goes_on_when_he_is_back),
        TEST(a_user_who_did_not_wait_has_saved_up_nothing),
        TEST(a_place_is_given_up_by_the_newest_line_of_the_largest_holder),
        TEST(the_log_has_a_line_when_it_is_full_and_one_when_it_is_free_again),
        TEST(a_queue_is_free_again_by_the_places_that_there_are_now),
        TEST(a_queue_that_is_full_again_and_again_is_logged_once_a_minute),
        TEST(the_request_whose_turn_it_is_is_not_overtaken),
        TEST(a_request_that_needs_no_credit_waits_behind_no_other),
        TEST(a_deadline_is_a_last_chance_for_that_request_only),
        TEST(a_sweep_drops_clients_that_left_but_not_all_the_time),
        TEST(a_sweep_in_the_middle_of_a_run_changes_nothing),
        TEST(others_are_requests_that_wait_for_credit_too),
        TEST(removing_twice_is_allowed),
        {0},
    };
    return run_tests("wait_queue", tests);
}
