/* When a reseed is due, and when the generator must be refused. */

#include "daemon/pool/reseed.h"

#include "daemon/pool/pool.h"

#include "tests/support/run.h"

START_TEST(a_reseed_is_due_by_time)
{
    struct reseed r = {0};

    reseed_done(&r, true, 5000);
    ck_assert(!reseed_is_due(&r, 5000));
    ck_assert(!reseed_is_due(&r, 4000)); /* an older time does no harm */
    ck_assert(!reseed_is_due(&r, 64999));
    ck_assert(reseed_is_due(&r, 65000));
}
END_TEST

START_TEST(a_reseed_is_due_by_bytes)
{
    struct reseed r = {0};

    reseed_done(&r, true, 1);
    reseed_count(&r, POOL_RESEED_BYTES - 1, true);
    ck_assert(!reseed_is_due(&r, 1));
    reseed_count(&r, 1, false);
    ck_assert(reseed_is_due(&r, 1));
    reseed_done(&r, false, 1);
    ck_assert(!reseed_is_due(&r, 1));
}
END_TEST

START_TEST(a_reseed_is_due_when_wanted)
{
    struct reseed r = {.is_wanted = true, .last_ms = 10};

    ck_assert(reseed_is_due(&r, 10));
    reseed_done(&r, false, 10);
    ck_assert(!reseed_is_due(&r, 10));
    ck_assert(r.is_credit_owed);
    reseed_done(&r, true, 10);
    ck_assert(!r.is_credit_owed);
}
END_TEST

START_TEST(only_a_credited_reseed_puts_off_the_end)
{
    struct reseed r = {0};

    reseed_done(&r, true, 1000);
    reseed_done(&r, false, POOL_UNCREDITED_MS);
    ck_assert(!reseed_is_overdue(&r, POOL_UNCREDITED_MS + 999));
    ck_assert(reseed_is_overdue(&r, POOL_UNCREDITED_MS + 1000));
    reseed_done(&r, true, POOL_UNCREDITED_MS + 1000);
    ck_assert(!reseed_is_overdue(&r, POOL_UNCREDITED_MS + 1000));
}
END_TEST

START_TEST(requests_without_credit_end_at_2_to_the_48)
{
    struct reseed r = {0};

    reseed_done(&r, true, 1);
    r.requests = POOL_UNCREDITED_REQUESTS - 1;
    reseed_count(&r, 10, false); /* a further chunk is no request */
    ck_assert(!reseed_is_overdue(&r, 1));
    reseed_count(&r, 10, true);
    ck_assert(reseed_is_overdue(&r, 1));
    reseed_done(&r, false, 1);
    ck_assert(reseed_is_overdue(&r, 1));
    reseed_done(&r, true, 1);
    ck_assert(!reseed_is_overdue(&r, 1));
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_reseed_is_due_by_time),
        TEST(a_reseed_is_due_by_bytes),
        TEST(a_reseed_is_due_when_wanted),
        TEST(only_a_credited_reseed_puts_off_the_end),
        TEST(requests_without_credit_end_at_2_to_the_48),
        {0},
    };
    return run_tests("reseed", tests);
}
