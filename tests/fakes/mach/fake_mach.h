/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FAKES_MACH_FAKE_MACH_H
#define ENTROPYD_TESTS_FAKES_MACH_FAKE_MACH_H

/*
 * A fake of XNU's IPC for one task, in user space: rights with their counts,
 * dead names, port sets, queue limits with real blocking and time-outs, and
 * out-of-line memory that is really mapped and must be freed. Behind the real
 * interface, so that collectors/ipc/mach_ipc.c is compiled unchanged.
 *
 * The rules were checked against XNU (xnu-11417, osfmk/ipc). What a collector
 * of ours does not use is not modelled: the fake aborts and says what. Any
 * thread.
 */

#include <mach/mach.h>

/* What the task holds now, and what it did wrong so far. */
struct fake_mach_counts {
    unsigned receive_rights;
    unsigned send_references; /* user references, of all names */
    unsigned dead_names;
    unsigned port_sets;
    unsigned queued_messages;
    unsigned memory_in_task;   /* out-of-line regions received, not freed */
    unsigned memory_in_kernel; /* ... on the way */
    unsigned guard_violations; /* calls that raise EXC_GUARD: soft or fatal */
};

struct fake_mach_counts fake_mach_counts(void);

/* Which call is to fail. */
enum fake_mach_call {
    FAKE_ALLOCATE,
    FAKE_CONSTRUCT,
    FAKE_INSERT_MEMBER,
    FAKE_TYPE,
    FAKE_MOD_REFS,
    FAKE_SEND,    /* mach_msg with MACH_SEND_MSG */
    FAKE_RECEIVE, /* mach_msg with MACH_RCV_MSG, before it waits */
    FAKE_CALLS,   /* how many there are */
};

/* Lets the next `after` calls of that kind pass and fails the `times` after
 * them with code. A send failed with MACH_SEND_TIMED_OUT or _INTERRUPTED gives
 * the message back, as XNU's does; a receive failed with MACH_RCV_BODY_ERROR
 * hands out a message without its memory. */
void fake_mach_fail(enum fake_mach_call call, unsigned after, unsigned times,
                    kern_return_t code);

/* Mistakes that a collector could make, or a kernel. The first three change
 * what mach_ipc hands to the kernel into what it would have handed over had it
 * made them. */
enum fake_mach_mistake {
    FAKE_NO_MISTAKE,
    FAKE_MOVES_SEND_RIGHT,   /* disposition 17 in place of 19 */
    FAKE_DESCRIPTOR_AT_32,   /* four bytes late, in a longer message */
    FAKE_NOTIFY_FOR_TIMEOUT, /* option 0x80 in place of 0x10 */
    FAKE_CHANGES_MEMORY,     /* what arrives differs in its last byte */
    FAKE_TIMES_OUT_EARLY,    /* at once */
    FAKE_IGNORES_QLIMIT,     /* queues are never full */
    FAKE_FORGETS_TO_MARK,    /* memory arrives not marked to be freed */
    FAKE_NEVER_WAKES, /* no receive without a time-out comes back, whatever
                       * is sent, destroyed or aborted */
};

void fake_mach_plant(enum fake_mach_mistake mistake);

/* Receives fail to take anything for as long as this is set: the receiver
 * stays blocked though messages wait, until it is aborted. */
void fake_mach_hold_receivers(int hold);

/* How many sends were asked for so far. */
unsigned long fake_mach_sends(void);

/* Bytes of memory in the message sent last. */
mach_msg_size_t fake_mach_last_size(void);

/* How long the send asked for last would have waited for room, in ms. */
mach_msg_timeout_t fake_mach_last_timeout(void);

#endif
