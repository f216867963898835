/* mach_ipc: on macOS against its kernel, on Linux against the fake one. */

#include "collectors/mach_ipc.h"

#include "tests/collectors/ipc_pair.h"
#include "tests/support/run.h"

#define C (&mach_ipc_collector)

START_TEST(options_have_the_documented_ranges)
{
    ipc_pair_describes_its_options(C);
}
END_TEST

START_TEST(two_kinds_of_size_are_refused)
{
    ipc_pair_refuses_two_kinds_of_size(C);
}
END_TEST

START_TEST(every_message_sent_is_received)
{
    ipc_pair_receives_what_it_sends(C);
}
END_TEST

START_TEST(the_ends_of_the_ranges_work)
{
    ipc_pair_works_at_the_ends_of_its_ranges(C);
}
END_TEST

START_TEST(port_operations_work)
{
    ipc_pair_works_without_memory(C);
}
END_TEST

START_TEST(two_at_a_time_do_not_meet)
{
    ipc_pair_works_twice_at_a_time(C);
}
END_TEST

START_TEST(a_paused_collector_costs_nothing)
{
    ipc_pair_costs_nothing_while_paused(C);
}
END_TEST

START_TEST(it_goes_on_after_a_pause)
{
    ipc_pair_goes_on_after_a_pause(C);
}
END_TEST

START_TEST(it_closes_with_messages_on_the_way)
{
    ipc_pair_closes_with_messages_on_the_way(C);
}
END_TEST

START_TEST(open_and_close_return_everything)
{
    ipc_pair_returns_all_after_open_and_close(C);
}
END_TEST

START_TEST(pause_and_resume_return_everything)
{
    ipc_pair_returns_all_after_pauses(C);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(options_have_the_documented_ranges),
        TEST(two_kinds_of_size_are_refused),
        TEST(every_message_sent_is_received),
        TEST(the_ends_of_the_ranges_work),
        TEST(port_operations_work),
        TEST(two_at_a_time_do_not_meet),
        TEST(a_paused_collector_costs_nothing),
        TEST(it_goes_on_after_a_pause),
        TEST(it_closes_with_messages_on_the_way),
        TEST(open_and_close_return_everything),
        TEST(pause_and_resume_return_everything),
        {0},
    };
    return run_tests("mach_ipc", tests);
}
