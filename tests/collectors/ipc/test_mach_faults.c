/* SPDX-License-Identifier: MIT */
/* mach_ipc against the fake kernel: what fails, what leaks, what was slipped
 * in. */

#include "collectors/ipc/ipc_tunables.h"

#include "base/reason.h"
#include "collectors/ipc/mach_message.h"
#include "collectors/ipc/mach_ports.h"
#include "collectors/ipc/receiver.h"
#include "tests/collectors/ipc/ipc_pair.h"
#include "tests/fakes/mach/fake_mach.h"
#include "tests/support/patience.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define C (&mach_ipc_collector)
const struct collector *const ipc_pair_collector = C;

static const struct ipc_setting simple[] = {{IPC_USE_COMPLEX_MESSAGES, 0},
                                            {IPC_TUNABLES_COUNT, 0}};

/* The task holds nothing, and never held anything wrongly. */
static void holds_nothing(void)
{
    struct fake_mach_counts counts = fake_mach_counts();
    /* A receiver that close() left behind frees what it has when it runs. */
    for (int i = 0; i < PATIENCE_MS && counts.memory_in_task > 0; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        counts = fake_mach_counts();
    }
    ck_assert_uint_eq(counts.receive_rights, 0);
    ck_assert_uint_eq(counts.send_references, 0);
    ck_assert_uint_eq(counts.dead_names, 0);
    ck_assert_uint_eq(counts.port_sets, 0);
    ck_assert_uint_eq(counts.queued_messages, 0);
    ck_assert_uint_eq(counts.memory_in_task, 0);
    ck_assert_uint_eq(counts.memory_in_kernel, 0);
    ck_assert_uint_eq(counts.guard_violations, 0);
}

START_TEST(eight_ports_and_their_set_are_held)
{
    void *self = ipc_pair_open(NULL);
    struct fake_mach_counts counts = fake_mach_counts();
    ck_assert_uint_eq(counts.receive_rights, 9); /* and the stop port */
    ck_assert_uint_eq(counts.send_references, 9);
    ck_assert_uint_eq(counts.port_sets, 1);
    ck_assert_uint_eq(counts.dead_names, 0);
    C->close(self);
    holds_nothing();
}
END_TEST

START_TEST(port_operations_need_no_set_and_no_thread)
{
    struct resources before = ipc_pair_warm_resources();
    unsigned long sends = fake_mach_sends();
    void *self = ipc_pair_open(simple);
    struct fake_mach_counts counts = fake_mach_counts();
    ck_assert_uint_eq(counts.receive_rights, 8);
    ck_assert_uint_eq(counts.port_sets, 0);
    ipc_pair_holds_no_more_than(before);
    ipc_pair_collect(self, 1000);
    ck_assert_uint_eq(fake_mach_counts().receive_rights, 8);
    ck_assert_uint_eq(fake_mach_sends(), sends);
    C->close(self);
    holds_nothing();
}
END_TEST

/* Collects `samples` samples; rights, threads, descriptors and mappings must
 * then be as they were. */
static void leaves_all_as_it_was(const struct ipc_setting *settings,
                                 uint64_t samples)
{
    void *self = ipc_pair_open(settings);
    ipc_pair_collect(self, 100);
    ck_assert(ipc_pair_reaches(self, MACH_IPC_RECEIVED, 100));
    struct resources before = resources_now();
    ipc_pair_collect(self, (long)samples);
    ck_assert(ipc_pair_reaches(self, MACH_IPC_RECEIVED, 100 + samples));
    ipc_pair_holds_no_more_than(before);
    struct fake_mach_counts counts = fake_mach_counts();
    ck_assert_uint_eq(counts.receive_rights, 9);
    ck_assert_uint_eq(counts.send_references, 9);
    ck_assert_uint_eq(counts.dead_names, 0);
    ck_assert_uint_eq(counts.queued_messages, 0);
    ck_assert_uint_eq(counts.memory_in_task, 0);
    ck_assert_uint_eq(counts.memory_in_kernel, 0);
    C->close(self);
    holds_nothing();
}

/* With a page each, because the fake copies, and 69 KiB a round take long. */
START_TEST(a_hundred_thousand_samples_leave_all_as_it_was)
{
    static const struct ipc_setting small[] = {{IPC_OOL_SIZE, 1},
                                               {IPC_TUNABLES_COUNT, 0}};
    leaves_all_as_it_was(small, (uint64_t)scaled(100000));
}
END_TEST

START_TEST(large_samples_leave_all_as_it_was)
{
    leaves_all_as_it_was(NULL, (uint64_t)scaled(50000));
}
END_TEST

START_TEST(open_and_close_leave_no_right)
{
    for (long i = 0; i < scaled(200); i++) {
        void *self = ipc_pair_open(i % 2 == 0 ? NULL : simple);
        ipc_pair_collect(self, 1 + i % 20);
        C->close(self);
        holds_nothing();
    }
}
END_TEST

START_TEST(memory_has_exactly_the_size_that_is_set)
{
    static const struct ipc_setting odd[] = {{IPC_OOL_SIZE, 12345},
                                             {IPC_TUNABLES_COUNT, 0}};
    void *self = ipc_pair_open(odd);
    for (int i = 0; i < 20; i++) {
        ipc_pair_collect_in_step(self, 1);
        ck_assert_uint_eq(fake_mach_last_size(), 12345);
    }
    C->close(self);
    self = ipc_pair_open(NULL);
    static const mach_msg_size_t standard[] = {4096, 16384, 49152};
    for (int i = 0; i < 24; i++) {
        ipc_pair_collect_in_step(self, 1);
        ck_assert_uint_eq(fake_mach_last_size(), standard[i % 3]);
    }
    C->close(self);
}
END_TEST

/* open() with the nth of these calls failing, for each n until it succeeds. */
static void fails_at_every(enum fake_mach_call call, kern_return_t code,
                           int error, const char *words)
{
    unsigned n = 0;
    for (;; n++) {
        struct tunable_value values[IPC_TUNABLES_COUNT];
        ipc_pair_values(NULL, values);
        fake_mach_fail(call, n, 1, code);
        struct reason why = {.text = ""};
        void *self = NULL;
        int result = C->open(&self, values, &why);
        fake_mach_fail(call, 0, 0, KERN_SUCCESS);
        if (result == 0) {
            C->close(self);
            break;
        }
        ck_assert_int_eq(result, error);
        ck_assert_ptr_null(self);
        ck_assert_msg(strstr(why.text, words) != NULL, "\"%s\"", why.text);
        holds_nothing();
    }
    ck_assert_uint_gt(n, 0);
    holds_nothing();
}

START_TEST(a_failed_port_fails_open_and_leaves_nothing)
{
    fails_at_every(FAKE_ALLOCATE, KERN_NO_SPACE, -ENOMEM, "Mach ports");
    fails_at_every(FAKE_CONSTRUCT, KERN_NO_SPACE, -ENOMEM, "ports");
    fails_at_every(FAKE_INSERT_MEMBER, KERN_INVALID_RIGHT, -EIO, "Mach ports");
}
END_TEST

START_TEST(a_failed_message_fails_the_self_test_and_leaves_nothing)
{
    /* The last of the sends wakes the watchdog, and may fail: the watchdog then
     * ends at its time limit, so only the sends before it are counted here. */
    struct fake_mach_counts counts;
    for (unsigned n = 0; n < 17; n++) {
        fake_mach_fail(FAKE_SEND, n, 1, MACH_SEND_NO_BUFFER);
        ipc_pair_refuses(-ENOMEM, "self-test");
        fake_mach_fail(FAKE_SEND, n, 1, MACH_SEND_TIMED_OUT);
        ipc_pair_refuses(-EIO, "self-test");
        fake_mach_fail(FAKE_SEND, n, 1, MACH_SEND_INVALID_DEST);
        ipc_pair_refuses(-EIO, "self-test");
        holds_nothing();
    }
    for (unsigned n = 0; n < 16; n++) {
        fake_mach_fail(FAKE_RECEIVE, n, 1, MACH_RCV_TOO_LARGE);
        ipc_pair_refuses(-EIO, "self-test: receiving");
        fake_mach_fail(FAKE_RECEIVE, n, 1, MACH_RCV_BODY_ERROR);
        ipc_pair_refuses(-EIO, "self-test: receiving");
        counts = fake_mach_counts();
        ck_assert_uint_eq(counts.memory_in_kernel, 0);
        holds_nothing();
    }
}
END_TEST

START_TEST(a_moved_send_right_is_caught)
{
    fake_mach_plant(FAKE_MOVES_SEND_RIGHT);
    ipc_pair_refuses(-EIO, "self-test: sending over port");
}
END_TEST

START_TEST(a_descriptor_at_32_is_caught)
{
    fake_mach_plant(FAKE_DESCRIPTOR_AT_32);
    ipc_pair_refuses(-EIO, "a descriptor of type 0 arrived");
    fake_mach_plant(FAKE_NO_MISTAKE);
    holds_nothing();
}
END_TEST

START_TEST(another_flag_in_place_of_the_time_out_is_caught)
{
    fake_mach_plant(FAKE_NOTIFY_FOR_TIMEOUT);
    struct timespec before;
    struct timespec after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    ipc_pair_refuses(-EIO, "a full queue did not time out");
    clock_gettime(CLOCK_MONOTONIC, &after);
    ck_assert_int_ge((int)(after.tv_sec - before.tv_sec), 4);
    holds_nothing();
}
END_TEST

/* On a loaded machine the self-test may be kept from its clock for as long as
 * the time-out should have taken, and see nothing: it is tried again. */
START_TEST(a_time_out_before_its_time_is_caught)
{
    struct tunable_value values[IPC_TUNABLES_COUNT];
    ipc_pair_values(NULL, values);
    fake_mach_plant(FAKE_TIMES_OUT_EARLY);
    struct reason why = {.text = ""};
    int result = 0;
    for (int i = 0; i < 100 && result == 0; i++) {
        void *self = NULL;
        result = C->open(&self, values, &why);
        C->close(self);
    }
    ck_assert_int_eq(result, -EIO);
    ck_assert_msg(strstr(why.text, "before its time") != NULL, "\"%s\"",
                  why.text);
    holds_nothing();
}
END_TEST

START_TEST(other_surprises_are_caught)
{
    fake_mach_plant(FAKE_CHANGES_MEMORY);
    ipc_pair_refuses(-EIO, "not what was sent");
    fake_mach_plant(FAKE_IGNORES_QLIMIT);
    ipc_pair_refuses(-EIO, "a full queue took another");
    holds_nothing();
    fake_mach_plant(FAKE_FORGETS_TO_MARK);
    ipc_pair_refuses(-EIO, "not marked to be freed");
}
END_TEST

/* A send that fails once with code is counted there and is not a sample. */
static void passes(kern_return_t code, enum mach_ipc_counter counter)
{
    void *self = ipc_pair_open(NULL);
    fake_mach_fail(FAKE_SEND, 10, 3, code);
    ipc_pair_collect(self, 100);
    /* A loaded machine adds time-outs of its own. */
    if (counter == MACH_IPC_TIMEOUTS)
        ck_assert_uint_ge(ipc_pair_counter(self, (int)counter), 3);
    else
        ck_assert_uint_eq(ipc_pair_counter(self, (int)counter), 3);
    ck_assert(ipc_pair_reaches(self, MACH_IPC_RECEIVED, 100));
    ck_assert_uint_eq(ipc_pair_counter(self, MACH_IPC_RECEIVED), 100);
    ck_assert_uint_eq(fake_mach_counts().send_references, 9);
    C->close(self);
    holds_nothing();
}

START_TEST(a_transient_failure_is_counted_and_is_not_a_sample)
{
    passes(MACH_SEND_TIMED_OUT, MACH_IPC_TIMEOUTS);
    passes(MACH_SEND_TIMED_OUT | MACH_MSG_VM_SPACE, MACH_IPC_TIMEOUTS);
    passes(MACH_SEND_INTERRUPTED, MACH_IPC_INTERRUPTED);
    passes(MACH_SEND_NO_BUFFER, MACH_IPC_NO_BUFFER);
    passes(MACH_MSG_VM_KERNEL, MACH_IPC_NO_BUFFER);
}
END_TEST

static void ends(kern_return_t code, enum mach_ipc_counter counter)
{
    void *self = ipc_pair_open(NULL);
    fake_mach_fail(FAKE_SEND, 10, 1, code);
    ipc_pair_ends(self, -EIO, "sending: ");
    ck_assert_uint_eq(ipc_pair_counter(self, (int)counter), 1);
    C->close(self);
    holds_nothing();
}

START_TEST(a_permanent_failure_ends_the_source)
{
    ends(MACH_SEND_INVALID_DEST, MACH_IPC_INVALID_DEST);
    ends(MACH_SEND_INVALID_MEMORY, MACH_IPC_INVALID_MEMORY);
    ends(MACH_SEND_INVALID_HEADER, MACH_IPC_OTHER_SEND_ERRORS);
}
END_TEST

START_TEST(failed_port_operations_are_counted)
{
    void *self = ipc_pair_open(simple);
    fake_mach_fail(FAKE_ALLOCATE, 5, 2, KERN_RESOURCE_SHORTAGE);
    ipc_pair_collect(self, 100);
    ck_assert_uint_eq(ipc_pair_counter(self, MACH_IPC_PORT_ERRORS), 2);
    fake_mach_fail(FAKE_TYPE, 5, 1, KERN_INVALID_NAME);
    ipc_pair_ends(self, -EIO, "creating a port");
    ck_assert_uint_eq(ipc_pair_counter(self, MACH_IPC_PORT_ERRORS), 3);
    C->close(self);
    holds_nothing();
}
END_TEST

START_TEST(a_dead_receiver_ends_the_source)
{
    void *self = ipc_pair_open(NULL);
    ipc_pair_collect(self, 100);
    fake_mach_fail(FAKE_RECEIVE, 0, 1, MACH_RCV_INVALID_NAME);
    ipc_pair_ends(self, -EIO, "the receiver ended: receiving");
    struct reason why = {.text = ""};
    ck_assert_int_eq(C->resume(self, &why), -EIO);
    uint64_t helper_ns = C->helper_cpu_ns(self);
    ck_assert_uint_ge(C->helper_cpu_ns(self), helper_ns);
    ck_assert_uint_eq(ipc_pair_counter(self, MACH_IPC_RECEIVER_ERRORS), 1);
    C->close(self);
    holds_nothing();
}
END_TEST

START_TEST(a_stuck_receiver_does_not_hang_its_caller)
{
    void *self = ipc_pair_open(NULL);
    ipc_pair_collect(self, 100);
    fake_mach_hold_receivers(1);
    uint64_t ticks[64];
    struct reason why = {.text = ""};
    int got = 64;
    for (int i = 0; i < 4 && got > 0; i++)
        got = C->collect(self, ticks, 64, &why);
    ck_assert_int_eq(got, 0);
    ck_assert_uint_gt(ipc_pair_counter(self, MACH_IPC_TIMEOUTS), 0);
    fake_mach_hold_receivers(0);
    ipc_pair_collect(self, 100);
    C->close(self);
    holds_nothing();
}
END_TEST

START_TEST(a_short_message_is_counted_and_skipped)
{
    void *self = ipc_pair_open(NULL);
    fake_mach_fail(FAKE_RECEIVE, 5, 2, MACH_RCV_BODY_ERROR);
    ipc_pair_collect(self, 100);
    ck_assert(ipc_pair_reaches(self, MACH_IPC_RECEIVED, 98));
    ck_assert_uint_eq(ipc_pair_counter(self, MACH_IPC_RECEIVER_ERRORS), 2);
    C->close(self);
    holds_nothing();
}
END_TEST

/* The kernel wakes the receiver neither for the messages that wait nor for the
 * one that ends it. */
START_TEST(a_lost_wake_up_does_not_keep_close_waiting)
{
    for (long i = 0; i < scaled(20); i++) {
        void *self = ipc_pair_open(NULL);
        ipc_pair_collect(self, 1 + i);
        fake_mach_hold_receivers(1);
        C->close(self);
        fake_mach_hold_receivers(0);
        holds_nothing();
    }
}
END_TEST

static void await_threads(int wanted)
{
    for (int i = 0; i < PATIENCE_MS && resources_now().threads > wanted; i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

START_TEST(a_receiver_that_never_wakes_is_left_behind_without_rights)
{
    struct resources before = ipc_pair_warm_resources();
    void *self = ipc_pair_open(NULL);
    ipc_pair_collect(self, 100);
    fake_mach_plant(FAKE_NEVER_WAKES);
    C->close(self);
    holds_nothing();
    ck_assert_int_eq(resources_now().threads, before.threads + 1);
    /* What it still used goes when it wakes after all. */
    fake_mach_plant(FAKE_NO_MISTAKE);
    await_threads(before.threads);
    ipc_pair_holds_no_more_than(before);
    holds_nothing();
}
END_TEST

/* Each attempt to open it again would leave one more thread. */
START_TEST(receivers_that_are_left_behind_are_counted_and_bounded)
{
    char limit[64];
    struct resources before = ipc_pair_warm_resources();
    fake_mach_plant(FAKE_NEVER_WAKES);
    for (int i = 0; i < RECEIVER_ABANDONED_MAX; i++)
        C->close(ipc_pair_open(NULL));
    (void)snprintf(limit, sizeof(limit), "%d receivers",
                   RECEIVER_ABANDONED_MAX);
    for (int i = 0; i < 3; i++) {
        ipc_pair_refuses(-EBUSY, limit);
        holds_nothing();
    }
    ck_assert_int_eq(resources_now().threads,
                     before.threads + RECEIVER_ABANDONED_MAX);
    /* Without messages it needs no receiver. */
    void *self = ipc_pair_open(simple);
    ipc_pair_collect(self, 100);
    C->close(self);
    /* They end after all. */
    fake_mach_plant(FAKE_NO_MISTAKE);
    await_threads(before.threads);
    ipc_pair_holds_no_more_than(before);
    self = ipc_pair_open(NULL);
    ipc_pair_collect(self, 100);
    C->close(self);
    holds_nothing();
}
END_TEST

/* What libSystem repeats automatically, it repeats with a right too many. */
START_TEST(an_interrupted_receive_goes_on)
{
    void *self = ipc_pair_open(NULL);
    fake_mach_fail(FAKE_RECEIVE, 5, 2, MACH_RCV_INTERRUPTED);
    ipc_pair_collect(self, 100);
    ck_assert(ipc_pair_reaches(self, MACH_IPC_RECEIVED, 100));
    ck_assert_uint_eq(ipc_pair_counter(self, MACH_IPC_RECEIVER_ERRORS), 0);
    C->close(self);
    holds_nothing();
}
END_TEST

/* A timer of the utility class may run over by four times its length, and by
 * twice that while the Mac is idle. */
START_TEST(a_send_into_a_full_queue_fits_into_what_a_collect_may_take)
{
    void *self = ipc_pair_open(NULL);
    ipc_pair_collect(self, 1);
    ck_assert_uint_le(IPC_LAST_START_MS + 9 * fake_mach_last_timeout(),
                      COLLECT_MAX_MS);
    C->close(self);
}
END_TEST

START_TEST(the_receiver_stops_even_when_the_stop_message_fails)
{
    for (long i = 0; i < scaled(50); i++) {
        void *self = ipc_pair_open(NULL);
        ipc_pair_collect(self, i % 3);
        fake_mach_fail(FAKE_SEND, 0, 1, MACH_SEND_NO_BUFFER);
        C->close(self);
        holds_nothing();
    }
}
END_TEST

START_TEST(probe_says_why_there_are_no_ports)
{
    struct reason why = {.text = ""};
    fake_mach_fail(FAKE_CONSTRUCT, 0, 1, KERN_NO_SPACE);
    ck_assert_int_eq(C->probe(&why), -ENOMEM);
    ck_assert_ptr_nonnull(strstr(why.text, "cannot create a Mach port"));
    ck_assert_int_eq(C->probe(&why), 0);
    holds_nothing();
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(eight_ports_and_their_set_are_held),
        TEST(port_operations_need_no_set_and_no_thread),
        TEST(a_hundred_thousand_samples_leave_all_as_it_was),
        TEST(large_samples_leave_all_as_it_was),
        TEST(open_and_close_leave_no_right),
        TEST(memory_has_exactly_the_size_that_is_set),
        TEST(a_failed_port_fails_open_and_leaves_nothing),
        TEST(a_failed_message_fails_the_self_test_and_leaves_nothing),
        TEST(a_moved_send_right_is_caught),
        TEST(a_descriptor_at_32_is_caught),
        TEST(another_flag_in_place_of_the_time_out_is_caught),
        TEST(a_time_out_before_its_time_is_caught),
        TEST(other_surprises_are_caught),
        TEST(a_transient_failure_is_counted_and_is_not_a_sample),
        TEST(a_permanent_failure_ends_the_source),
        TEST(failed_port_operations_are_counted),
        TEST(a_dead_receiver_ends_the_source),
        TEST(a_stuck_receiver_does_not_hang_its_caller),
        TEST(a_short_message_is_counted_and_skipped),
        TEST(a_lost_wake_up_does_not_keep_close_waiting),
        TEST(a_receiver_that_never_wakes_is_left_behind_without_rights),
        TEST(receivers_that_are_left_behind_are_counted_and_bounded),
        TEST(an_interrupted_receive_goes_on),
        TEST(a_send_into_a_full_queue_fits_into_what_a_collect_may_take),
        TEST(the_receiver_stops_even_when_the_stop_message_fails),
        TEST(probe_says_why_there_are_no_ports),
        {0},
    };
    return run_tests("mach_faults", tests);
}
