/* SPDX-License-Identifier: MIT */
/*
 * mach_ipc: times mach_msg() sends to a concurrent receiver.
 *
 * The worker sends round-robin; the receiver thread, blocked on the set of all
 * ports, takes each message, touches its memory and destroys it. It ends when a
 * message comes to the stop port, when it has been told to and its wait is
 * interrupted, or when its receive fails, which the worker sees before the next
 * send. Nothing sends while the collector is paused, so the receiver stays
 * blocked and costs nothing.
 *
 * With use_complex_messages false it uses neither messages nor a receiver: it
 * times the allocation of a port, a look-up of an existing one, and the
 * destruction of the first.
 */

#include "base/reason.h"
#include "base/ticks.h"
#include "collectors/ipc/ipc_tunables.h"
#include "collectors/ipc/mach_message.h"
#include "collectors/ipc/mach_ports.h"
#include "collectors/ipc/mach_selftest.h"
#include "collectors/ipc/receiver.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define NS_PER_MS UINT64_C(1000000)

/* The receiver returns from its wait within a millisecond or two, or never. */
#define STOP_LIMIT_MS 1000

/* How long a send waits for room. Shorter than the pair's common limit, because
 * XNU lets a timer of the utility class run over by four times its length, and
 * by twice that while the Mac is idle. */
#define SEND_TIMEOUT_MS 5
_Static_assert(IPC_LAST_START_MS + 9 * SEND_TIMEOUT_MS <= COLLECT_MAX_MS,
               "the last send of a collect() ends in time");

struct mach_ipc {
    /* worker */
    struct round_robin turns;
    bool is_complex; /* messages with memory; false: port operations */
    uint64_t counts[MACH_IPC_COUNTERS]; /* the sender's; see counters() */
    struct mach_message message;
    unsigned char *memory; /* what is sent: page-aligned, the largest size */
    size_t memory_bytes;
    /* worker and receiver, constant while the receiver runs */
    struct mach_ports ports;
    /* shared */
    struct receiver receiver;
};

static int probe(struct reason *why)
{
    mach_port_t port;
    kern_return_t kr = guarded_port_open(&port);
    if (kr != KERN_SUCCESS)
        return mach_reason(kr, why, "cannot create a Mach port");
    guarded_port_close(port);
    return 0;
}

static int make_memory(struct mach_ipc *m, struct reason *why)
{
    for (unsigned i = 0; i < m->turns.sizes; i++) {
        if (m->turns.size_bytes[i] > m->memory_bytes)
            m->memory_bytes = m->turns.size_bytes[i];
    }
    void *memory = mmap(NULL, m->memory_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANON, -1, 0);
    if (memory == MAP_FAILED)
        return reason_errno(errno, why, "cannot map %zu bytes",
                            m->memory_bytes);
    m->memory = memory;
    /* Differs from page to page, so that the self-test notices a swap. */
    for (size_t i = 0; i < m->memory_bytes; i++)
        m->memory[i] = (unsigned char)(i * 31 + (i >> 12) + 1);
    return 0;
}

/* What messages need beside the ports; mach_ipc_close() undoes it. */
static int start_messages(struct mach_ipc *m, struct reason *why)
{
    int rc = make_memory(m, why);
    if (rc == 0)
        rc = mach_selftest(&m->ports, &m->turns, m->memory, why);
    if (rc != 0)
        return rc;
    rc = receiver_start(&m->receiver, "mach_ipc recv", mach_ports_receive,
                        &m->ports);
    if (rc != 0)
        reason_errno(-rc, why, "cannot start the receiver");
    return rc;
}

static void mach_ipc_close(void *self)
{
    struct mach_ipc *m = self;
    if (m == NULL)
        return;
    /* A receiver that does not end keeps m; everything else is released all the
     * same. The set's destruction is one more thing that may wake it. */
    struct mach_ports ports = m->ports;
    unsigned char *memory = m->memory;
    size_t memory_bytes = m->memory_bytes;
    if (m->receiver.is_started)
        mach_ports_stop(&ports);
    if (receiver_join_within(&m->receiver, STOP_LIMIT_MS, mach_ports_interrupt,
                             m))
        free(m);
    mach_ports_close(&ports);
    if (memory != NULL)
        munmap(memory, memory_bytes);
}

static int mach_ipc_open(void **self, const struct tunable_value *values,
                         struct reason *why)
{
    *self = NULL;
    struct mach_ipc *m = calloc(1, sizeof(*m));
    if (m == NULL)
        return reason_errno(ENOMEM, why, "cannot open mach_ipc");
    round_robin_init(&m->turns, values);
    m->is_complex = values[IPC_USE_COMPLEX_MESSAGES].values[0] != 0;
    int rc = m->is_complex ? receiver_may_start(why) : 0;
    if (rc == 0)
        rc = mach_ports_open(&m->ports, m->turns.ports, m->is_complex, why);
    if (rc == 0 && m->is_complex)
        rc = start_messages(m, why);
    if (rc != 0) {
        mach_ipc_close(m);
        return rc;
    }
    *self = m;
    return 0;
}

/* Times one send. */
static kern_return_t time_send(struct mach_ipc *m, struct turn turn,
                               uint64_t *ticks)
{
    mach_message_fill(&m->message, m->ports.port[turn.port], m->memory,
                      m->turns.size_bytes[turn.size]);
    uint64_t before = ticks_now();
    kern_return_t kr = mach_message_send(&m->message, SEND_TIMEOUT_MS);
    *ticks = ticks_now() - before;
    if (kr != MACH_MSG_SUCCESS)
        mach_msg_destroy(&m->message.header);
    return kr;
}

/* Times one round of port operations. */
static kern_return_t time_port(struct mach_ipc *m, struct turn turn,
                               uint64_t *ticks)
{
    mach_port_t port;
    mach_port_type_t type;
    uint64_t before = ticks_now();
    kern_return_t kr =
        mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);
    if (kr != KERN_SUCCESS)
        return kr;
    kern_return_t looked =
        mach_port_type(mach_task_self(), m->ports.port[turn.port], &type);
    /* It has no send right, so no dead name is left. */
    kr =
        mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1);
    *ticks = ticks_now() - before;
    return kr != KERN_SUCCESS ? kr : looked;
}

/* Counts a failed operation. 0 if it may pass, else -errno with the reason. */
static int count_failure(struct mach_ipc *m, kern_return_t kr,
                         struct reason *why)
{
    struct timespec pause = {.tv_nsec = IPC_SHORTAGE_PAUSE_NS};
    switch (mach_message_base(kr)) {
    case MACH_SEND_TIMED_OUT:
        m->counts[MACH_IPC_TIMEOUTS]++;
        return 0;
    case MACH_SEND_INTERRUPTED:
        m->counts[MACH_IPC_INTERRUPTED]++;
        return 0;
    case MACH_SEND_NO_BUFFER:
    case 0: /* MACH_MSG_VM_KERNEL alone: no memory for the copy */
        m->counts[MACH_IPC_NO_BUFFER]++;
        break;
    case KERN_NO_SPACE:
    case KERN_RESOURCE_SHORTAGE:
        m->counts[MACH_IPC_PORT_ERRORS]++;
        break;
    case MACH_SEND_INVALID_DEST:
        m->counts[MACH_IPC_INVALID_DEST]++;
        return mach_reason(kr, why, "sending");
    case MACH_SEND_INVALID_MEMORY:
        m->counts[MACH_IPC_INVALID_MEMORY]++;
        return mach_reason(kr, why, "sending");
    default:
        m->counts[m->is_complex ? MACH_IPC_OTHER_SEND_ERRORS
                                : MACH_IPC_PORT_ERRORS]++;
        return mach_reason(kr, why, "%s",
                           m->is_complex ? "sending" : "creating a port");
    }
    (void)nanosleep(&pause, NULL);
    return 0;
}

static int collect(void *self, uint64_t *ticks, size_t n, struct reason *why)
{
    struct mach_ipc *m = self;
    const uint64_t begin = ticks_now();
    size_t count = 0;
    while (count < n &&
           ticks_to_ns(ticks_now() - begin) < IPC_LAST_START_MS * NS_PER_MS) {
        int rc = receiver_failure(&m->receiver, why);
        if (rc != 0)
            return rc;
        struct turn turn = round_robin_next(&m->turns);
        kern_return_t kr = m->is_complex ? time_send(m, turn, &ticks[count])
                                         : time_port(m, turn, &ticks[count]);
        if (kr == MACH_MSG_SUCCESS) {
            count++;
            continue;
        }
        rc = count_failure(m, kr, why);
        if (rc != 0)
            return rc;
    }
    return (int)count;
}

static void mach_ipc_pause(void *self)
{
    /* Only sends wake the receiver, and only collect() sends. */
    (void)self;
}

static int resume(void *self, struct reason *why)
{
    /* The receiver has long taken what was in flight: nothing is stale. */
    struct mach_ipc *m = self;
    return receiver_failure(&m->receiver, why);
}

static uint64_t helper_cpu_ns(void *self)
{
    struct mach_ipc *m = self;
    return receiver_cpu_ns(&m->receiver);
}

static void counters(void *self, uint64_t *out)
{
    struct mach_ipc *m = self;
    for (int i = 0; i < MACH_IPC_COUNTERS; i++)
        out[i] = m->counts[i];
    out[MACH_IPC_RECEIVED] =
        atomic_load_explicit(&m->receiver.received, memory_order_relaxed);
    out[MACH_IPC_RECEIVER_ERRORS] =
        atomic_load_explicit(&m->receiver.errors, memory_order_relaxed);
}

/* Ports are none. */
static unsigned descriptors(const struct tunable_value *values)
{
    (void)values;
    return 0;
}

const struct collector mach_ipc_collector = {
    .name = "mach_ipc",
    .info = &mach_ipc_info,
    .tunables = ipc_tunables,
    .check = ipc_check,
    .period = ipc_period,
    .descriptors = descriptors,
    .probe = probe,
    .open = mach_ipc_open,
    .collect = collect,
    .pause = mach_ipc_pause,
    .resume = resume,
    .helper_cpu_ns = helper_cpu_ns,
    .counters = counters,
    .close = mach_ipc_close,
};
