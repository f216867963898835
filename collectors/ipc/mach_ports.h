/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_COLLECTORS_IPC_MACH_PORTS_H
#define ENTROPYD_COLLECTORS_IPC_MACH_PORTS_H

/*
 * The ports that mach_ipc sends over, and the thread that receives from them.
 *
 * Each port holds one receive right and one send right, created by one call and
 * released by one call, so that no dead name can be left; and a guard, so that
 * no other code of this program can destroy it by mistake. Its queue takes one
 * message: the sender waits for the receiver, not for a queue.
 */

#include "base/reason.h"
#include "collectors/ipc/ipc_tunables.h"
#include "collectors/ipc/receiver.h"

#include <mach/mach.h>

struct mach_ports {
    mach_port_t set;  /* all ports and stop are members; may be null */
    mach_port_t stop; /* a message to it ends the receiver */
    unsigned count;
    mach_port_t port[IPC_PORTS_MAX];
};

/* Creates one such port. KERN_SUCCESS or the kernel's code. */
kern_return_t guarded_port_open(mach_port_t *port);

/* Destroys it with its two rights and what is queued; null is allowed. */
void guarded_port_close(mach_port_t port);

/* Creates count ports; with_set also the set that a receiver waits on. 0, or
 * -errno with the reason and nothing left behind. */
int mach_ports_open(struct mach_ports *ports, unsigned count, bool with_set,
                    struct reason *why);

/* Destroys them all; no thread receives from them any more. A zeroed struct is
 * allowed. */
void mach_ports_close(struct mach_ports *ports);

/* The receiver's run function; arg is the struct mach_ports, which is read
 * once, at the beginning. Waits on the set, takes every message, touches its
 * memory and destroys it. Returns after mach_ports_stop(), when should_stop is
 * set and its wait is interrupted, or when a receive failed for good. An
 * incomplete message counts as an error and is dropped. */
void mach_ports_receive(struct receiver *r, void *arg);

/* Interrupts a receiver's wait, even one that the kernel would not have woken;
 * for receiver_join_within(). */
void mach_ports_interrupt(pthread_t receiver);

/* Makes mach_ports_receive() return, by a message to the stop port. Does not
 * wait and may fail; then mach_ports_interrupt() is needed. */
void mach_ports_stop(const struct mach_ports *ports);

#endif
