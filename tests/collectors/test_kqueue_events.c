/* kqueue_events on the kernel's kqueue, or on the fake one where there is none.
 */

#include "collectors/kqueue_events.h"
#include "tests/collectors/event_pair.h"
#include "tests/support/run.h"

START_TEST(sees_every_kind_of_event)
{
    event_pair_sees_every_kind_of_event(&kqueue_events_collector);
}
END_TEST

START_TEST(counts_each_sample_once)
{
    event_pair_counts_each_sample_once(&kqueue_events_collector);
}
END_TEST

START_TEST(takes_no_sample_from_a_time_out)
{
    event_pair_takes_no_sample_from_a_time_out(&kqueue_events_collector);
}
END_TEST

START_TEST(times_the_wait_itself)
{
    event_pair_times_the_wait_itself(&kqueue_events_collector);
}
END_TEST

START_TEST(returns_without_events)
{
    event_pair_returns_without_events(&kqueue_events_collector);
}
END_TEST

START_TEST(works_with_one_kind_alone)
{
    event_pair_works_with_one_kind_alone(&kqueue_events_collector);
}
END_TEST

START_TEST(works_at_the_ends_of_its_ranges)
{
    event_pair_works_at_the_ends_of_its_ranges(&kqueue_events_collector);
}
END_TEST

START_TEST(refuses_nothing_to_wait_for)
{
    event_pair_refuses_nothing_to_wait_for(&kqueue_events_collector);
}
END_TEST

START_TEST(refuses_crossed_periods)
{
    event_pair_refuses_crossed_periods(&kqueue_events_collector);
}
END_TEST

START_TEST(costs_nothing_while_paused)
{
    event_pair_costs_nothing_while_paused(&kqueue_events_collector);
}
END_TEST

START_TEST(goes_on_after_a_pause)
{
    event_pair_goes_on_after_a_pause(&kqueue_events_collector);
}
END_TEST

START_TEST(returns_all_after_open_and_close)
{
    event_pair_returns_all_after_open_and_close(&kqueue_events_collector);
}
END_TEST

START_TEST(returns_all_after_pauses)
{
    event_pair_returns_all_after_pauses(&kqueue_events_collector);
}
END_TEST

START_TEST(holds_no_more_after_a_million)
{
    event_pair_holds_no_more_after_a_million(&kqueue_events_collector);
}
END_TEST

START_TEST(leaves_no_file_behind)
{
    event_pair_leaves_no_file_behind(&kqueue_events_collector);
}
END_TEST

START_TEST(opens_private_descriptors)
{
    event_pair_opens_private_descriptors(&kqueue_events_collector);
}
END_TEST

START_TEST(names_a_missing_directory)
{
    event_pair_names_a_missing_directory(&kqueue_events_collector);
}
END_TEST

START_TEST(can_run_here)
{
    char why[COLLECTOR_WHY_MAX] = "";
    int result = kqueue_events_collector.probe(why, sizeof(why));
    ck_assert_msg(result == 0, "probe: %d, %s", result, why);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(sees_every_kind_of_event),
        TEST(counts_each_sample_once),
        TEST(takes_no_sample_from_a_time_out),
        TEST(times_the_wait_itself),
        TEST(returns_without_events),
        TEST(works_with_one_kind_alone),
        TEST(works_at_the_ends_of_its_ranges),
        TEST(refuses_nothing_to_wait_for),
        TEST(refuses_crossed_periods),
        TEST(costs_nothing_while_paused),
        TEST(goes_on_after_a_pause),
        TEST(returns_all_after_open_and_close),
        TEST(returns_all_after_pauses),
        TEST(holds_no_more_after_a_million),
        TEST(leaves_no_file_behind),
        TEST(opens_private_descriptors),
        TEST(names_a_missing_directory),
        TEST(can_run_here),
        {0},
    };
    return run_tests("kqueue_events", tests);
}
