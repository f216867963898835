/* SPDX-License-Identifier: MIT */
#include "collectors/ipc/mach_selftest.h"

#include "base/reason.h"
#include "base/ticks.h"
#include "collectors/ipc/mach_message.h"
#include "collectors/ipc/receiver.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A message that is there is received at once. */
#define ARRIVES_WITHIN_MS 1000

/* The clock of time-outs and that of samples may run apart by some ten parts
 * in a million, and are read at different moments. */
#define CLOCKS_DIFFER_MS 1

#define NS_PER_MS UINT64_C(1000000)

/* Sets the reason; returns -EIO. */
static int refuse(const char *words, struct reason *why)
{
    reason_set(why, "self-test: %s", words);
    return -EIO;
}

/* Compares what arrived with the bytes of memory that were sent. */
static int compare(const struct mach_message *m, const unsigned char *memory,
                   size_t bytes, struct reason *why)
{
    if ((m->header.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0 ||
        m->body.msgh_descriptor_count != 1)
        return refuse("a message arrived without its descriptor", why);
    if (m->ool.type != MACH_MSG_OOL_DESCRIPTOR || m->ool.size != bytes) {
        reason_set(why,
                   "self-test: sent %zu bytes of memory (descriptor type "
                   "%d), a descriptor of type %d arrived",
                   bytes, MACH_MSG_OOL_DESCRIPTOR, (int)m->ool.type);
        return -EIO;
    }
    if (memcmp(m->ool.address, memory, bytes) != 0)
        return refuse("the memory that arrived is not what was sent", why);
    if (!m->ool.deallocate)
        return refuse("the memory that arrived is not marked to be freed", why);
    return 0;
}

/* One message there and back. */
static int try_turn(const struct mach_ports *ports,
                    const struct round_robin *turns, struct turn turn,
                    unsigned char *memory, struct reason *why)
{
    struct mach_message message;
    size_t bytes = turns->size_bytes[turn.size];
    mach_message_fill(&message, ports->port[turn.port], memory, bytes);
    kern_return_t kr = mach_message_send(&message, IPC_SEND_TIMEOUT_MS);
    if (kr != MACH_MSG_SUCCESS) {
        mach_msg_destroy(&message.header);
        return mach_reason(kr, why, "self-test: sending over port %u",
                           turn.port);
    }
    struct mach_received received;
    kr = mach_message_receive_within(&received, ports->set, ARRIVES_WITHIN_MS);
    if (kr != MACH_MSG_SUCCESS) {
        if (mach_message_is_incomplete(kr))
            mach_msg_destroy(&received.message.header);
        return mach_reason(kr, why, "self-test: receiving");
    }
    int rc = compare(&received.message, memory, bytes, why);
    mach_msg_destroy(&received.message.header);
    return rc;
}

/* Two ports for the full queue: full is filled; done tells the watchdog that
 * the send into it has returned. */
struct full_queue {
    mach_port_t full;
    mach_port_t done;
    atomic_bool was_relieved; /* the watchdog made room */
};

/* The watchdog: if nothing comes to done, makes room in the full queue, so that
 * a send whose time-out does not work comes back nevertheless. */
static void watch(struct receiver *self, void *arg)
{
    (void)self;
    struct full_queue *q = arg;
    struct mach_received received;
    kern_return_t kr =
        mach_message_receive_within(&received, q->done, MACH_SELFTEST_LIMIT_MS);
    if (kr != MACH_MSG_SUCCESS) {
        /* Pairs with the acquire in overfill(). */
        atomic_store_explicit(&q->was_relieved, true, memory_order_release);
        kr = mach_message_receive_within(&received, q->full, 0);
    }
    if (kr == MACH_MSG_SUCCESS)
        mach_msg_destroy(&received.message.header);
}

/* The second of two sends into a queue for one. */
static int overfill(struct full_queue *q, unsigned char *memory,
                    struct reason *why)
{
    struct mach_message message;
    mach_message_fill(&message, q->full, memory, 1);
    kern_return_t kr = mach_message_send(&message, MACH_SELFTEST_TIMEOUT_MS);
    if (kr != MACH_MSG_SUCCESS) {
        mach_msg_destroy(&message.header);
        return mach_reason(kr, why, "self-test: filling a queue");
    }
    mach_message_fill(&message, q->full, memory, 1);
    uint64_t before = ticks_now();
    kr = mach_message_send(&message, MACH_SELFTEST_TIMEOUT_MS);
    uint64_t waited_ns = ticks_to_ns(ticks_now() - before);
    if (kr != MACH_MSG_SUCCESS)
        mach_msg_destroy(&message.header);
    /* Pairs with the release in watch(). */
    if (atomic_load_explicit(&q->was_relieved, memory_order_acquire))
        return refuse("a send into a full queue did not time out", why);
    if (kr == MACH_MSG_SUCCESS)
        return refuse("a full queue took another message", why);
    if (mach_message_base(kr) != MACH_SEND_TIMED_OUT)
        return mach_reason(kr, why, "self-test: sending into a full queue");
    if (waited_ns < (MACH_SELFTEST_TIMEOUT_MS - CLOCKS_DIFFER_MS) * NS_PER_MS)
        return refuse("a send timed out before its time", why);
    return 0;
}

static int test_full_queue(unsigned char *memory, struct reason *why)
{
    struct full_queue q = {.was_relieved = false};
    struct receiver watchdog = {.name = NULL};
    int rc = 0;
    kern_return_t kr = guarded_port_open(&q.full);
    if (kr == KERN_SUCCESS) {
        kr = guarded_port_open(&q.done);
        if (kr != KERN_SUCCESS)
            guarded_port_close(q.full);
    }
    if (kr != KERN_SUCCESS)
        return mach_reason(kr, why, "self-test: cannot create ports");
    rc = receiver_start(&watchdog, "mach_ipc test", watch, &q);
    if (rc != 0) {
        reason_errno(-rc, why, "self-test: cannot start a thread");
        goto close;
    }
    rc = overfill(&q, memory, why);
    /* Should this fail, the watchdog ends at its own time limit. */
    (void)mach_message_send_plain(q.done, MACH_SELFTEST_TIMEOUT_MS);
    receiver_join(&watchdog);
close:
    guarded_port_close(q.done);
    guarded_port_close(q.full);
    return rc;
}

int mach_selftest(const struct mach_ports *ports,
                  const struct round_robin *turns, unsigned char *memory,
                  struct reason *why)
{
    struct round_robin mine = *turns;
    unsigned most = mine.ports > mine.sizes ? mine.ports : mine.sizes;
    for (unsigned i = 0; i < 2 * most; i++) {
        struct turn turn = round_robin_next(&mine);
        int rc = try_turn(ports, &mine, turn, memory, why);
        if (rc != 0)
            return rc;
    }
    return test_full_queue(memory, why);
}
