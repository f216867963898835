/* SPDX-License-Identifier: MIT */
#include "collectors/ipc/mach_ports.h"

#include "base/reason.h"
#include "collectors/ipc/mach_message.h"

#include <errno.h>

/* A value that other code does not use by accident. */
#define GUARD ((mach_port_context_t)0x656e74726f707964)

kern_return_t guarded_port_open(mach_port_t *port)
{
    mach_port_options_t options = {
        .flags = MPO_INSERT_SEND_RIGHT | MPO_QLIMIT | MPO_CONTEXT_AS_GUARD |
                 MPO_STRICT,
        .mpl = {.mpl_qlimit = 1},
    };
    return mach_port_construct(mach_task_self(), &options, GUARD, port);
}

void guarded_port_close(mach_port_t port)
{
    if (port != MACH_PORT_NULL)
        (void)mach_port_destruct(mach_task_self(), port, -1, GUARD);
}

/* A port into *port, and into the set if there is one. */
static kern_return_t add_port(struct mach_ports *ports, mach_port_t *port)
{
    kern_return_t kr = guarded_port_open(port);
    if (kr != KERN_SUCCESS) {
        *port = MACH_PORT_NULL;
        return kr;
    }
    if (ports->set == MACH_PORT_NULL)
        return KERN_SUCCESS;
    return mach_port_insert_member(mach_task_self(), *port, ports->set);
}

static kern_return_t build(struct mach_ports *ports, unsigned count,
                           bool with_set)
{
    kern_return_t kr = KERN_SUCCESS;
    if (with_set) {
        kr = mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET,
                                &ports->set);
        if (kr != KERN_SUCCESS) {
            ports->set = MACH_PORT_NULL;
            return kr;
        }
        kr = add_port(ports, &ports->stop);
    }
    while (kr == KERN_SUCCESS && ports->count < count) {
        kr = add_port(ports, &ports->port[ports->count]);
        ports->count++; /* even if it failed half-way: close() cleans it up */
    }
    return kr;
}

int mach_ports_open(struct mach_ports *ports, unsigned count, bool with_set,
                    struct reason *why)
{
    *ports = (struct mach_ports){0};
    kern_return_t kr = build(ports, count, with_set);
    if (kr == KERN_SUCCESS)
        return 0;
    mach_ports_close(ports);
    return mach_reason(kr, why, "cannot create %u Mach ports", count);
}

void mach_ports_close(struct mach_ports *ports)
{
    for (unsigned i = 0; i < ports->count; i++)
        guarded_port_close(ports->port[i]);
    guarded_port_close(ports->stop);
    if (ports->set != MACH_PORT_NULL)
        (void)mach_port_mod_refs(mach_task_self(), ports->set,
                                 MACH_PORT_RIGHT_PORT_SET, -1);
    *ports = (struct mach_ports){0};
}

void mach_ports_stop(const struct mach_ports *ports)
{
    /* Nothing else is sent to that port, so its queue has room. */
    (void)mach_message_send_plain(ports->stop, 0);
}

/* Reads a byte of the out-of-line memory, so that it is mapped. */
static void touch(const struct mach_message *m)
{
    if ((m->header.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0 &&
        m->ool.type == MACH_MSG_OOL_DESCRIPTOR && m->ool.size > 0)
        (void)*(volatile unsigned char *)m->ool.address;
}

void mach_ports_receive(struct receiver *r, void *arg)
{
    const struct mach_ports *ports = arg;
    const mach_port_t set = ports->set;
    const mach_port_t stop = ports->stop;
    struct mach_received received;
    for (;;) {
        kern_return_t kr = mach_message_receive(&received, set);
        if (kr == MACH_MSG_SUCCESS) {
            if (received.message.header.msgh_local_port == stop)
                return;
            touch(&received.message);
            mach_msg_destroy(&received.message.header);
            atomic_fetch_add_explicit(&r->received, 1, memory_order_relaxed);
            continue;
        }
        if (kr == MACH_RCV_INTERRUPTED) {
            /* By mach_ports_interrupt() or by a debugger. */
            if (atomic_load_explicit(&r->should_stop, memory_order_relaxed))
                return;
            continue;
        }
        atomic_fetch_add_explicit(&r->errors, 1, memory_order_relaxed);
        if (mach_message_is_incomplete(kr)) {
            mach_msg_destroy(&received.message.header);
        } else {
            receiver_die(r, EIO, "receiving: %s (0x%x)", mach_error_string(kr),
                         (unsigned)kr);
            return;
        }
    }
}

void mach_ports_interrupt(pthread_t receiver)
{
    /* The name is borrowed from the pthread. Safely: only a wait that may be
     * aborted is, and mach_msg()'s may; an abort between two waits has no
     * effect, so the caller repeats it. */
    (void)thread_abort_safely(pthread_mach_thread_np(receiver));
}
