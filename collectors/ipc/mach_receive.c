/* mach_ipc's receiver: the other end of the timed sends. */

#include "collectors/ipc/mach_message.h"
#include "collectors/ipc/mach_ports.h"

#include <errno.h>

/* Reads a byte of what came out of line, so that its mapping is made. */
static void touch(const struct mach_message *m)
{
    if ((m->header.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0 &&
        m->ool.type == MACH_MSG_OOL_DESCRIPTOR && m->ool.size > 0)
        (void)*(volatile unsigned char *)m->ool.address;
}

void mach_pool_receive(struct receiver *r, void *arg)
{
    const struct mach_pool *pool = arg;
    const mach_port_t set = pool->set;
    const mach_port_t stop = pool->stop;
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
            /* By mach_pool_interrupt(), or by a debugger's hand. */
            if (atomic_load_explicit(&r->should_stop, memory_order_relaxed))
                return;
            continue;
        }
        atomic_fetch_add_explicit(&r->errors, 1, memory_order_relaxed);
        if (mach_message_is_short(kr)) {
            mach_msg_destroy(&received.message.header);
        } else {
            receiver_die(r, EIO, "receiving: %s (0x%x)", mach_error_string(kr),
                         (unsigned)kr);
            return;
        }
    }
}

void mach_pool_interrupt(pthread_t receiver)
{
    /* The name is borrowed from the pthread. Safely: only a wait that may end
     * so is ended, and mach_msg()'s is one; an abort that meets the thread
     * between two waits is forgotten, so the caller comes again. */
    (void)thread_abort_safely(pthread_mach_thread_np(receiver));
}
