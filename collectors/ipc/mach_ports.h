#ifndef ENTROPYD_COLLECTORS_IPC_MACH_POOL_H
#define ENTROPYD_COLLECTORS_IPC_MACH_POOL_H

/*
 * The ports that mach_ipc sends over: built once, torn down right for right.
 *
 * Each holds one receive right and one send right, both made by one call and
 * dropped by one call, so that no dead name can be left; and a guard, so that
 * no other code of this program can destroy it by mistake. Its queue takes one
 * message: the sender waits for the receiver, not for a queue.
 */

#include "base/reason.h"
#include "collectors/ipc/receiver.h"
#include "collectors/ipc/ipc.h"

#include <mach/mach.h>

struct mach_pool {
    mach_port_t set;  /* holds ports and stop; null in a pool without one */
    mach_port_t stop; /* a message to it ends the receiver */
    unsigned count;
    mach_port_t ports[ROUND_ROBIN_PORTS_MAX];
};

/* One port of that kind. KERN_SUCCESS or the kernel's code. */
kern_return_t mach_pool_port_open(mach_port_t *port);

/* Gives it back, its two rights and what waits in its queue; null is allowed.
 */
void mach_pool_port_close(mach_port_t port);

/* Builds count ports; with_set also the set that a receiver waits on. 0, or
 * -errno with the reason and nothing left behind. */
int mach_pool_open(struct mach_pool *pool, unsigned count, bool with_set,
                   struct reason *why);

/* Gives everything back; nobody receives any more. A zeroed pool is allowed. */
void mach_pool_close(struct mach_pool *pool);

/* The receiver's run function; arg is the struct mach_pool, which is read once,
 * at the beginning. Blocks on the set, takes every message, touches its memory
 * and destroys it whole. Returns after mach_pool_stop(), when should_stop is
 * set and its wait is interrupted, or when a receive failed for good. One that
 * came short for want of room counts as an error and is passed over. */
void mach_pool_receive(struct receiver *r, void *arg);

/* Interrupts a receiver's wait, whatever the kernel has woken it for or has
 * forgotten to; for receiver_join_within(). */
void mach_pool_interrupt(pthread_t receiver);

/* Makes mach_pool_receive() return, by a message to the stop port. Does not
 * wait, and says nothing of success: mach_pool_interrupt() is for the rest. */
void mach_pool_stop(const struct mach_pool *pool);

#endif
