/* mach_ipc's receiver: the other end of the timed sends. */

#include "collectors/mach_message.h"
#include "collectors/mach_pool.h"

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
    struct mach_received received;
    for (;;) {
        kern_return_t kr = mach_message_receive(&received, pool->set);
        if (kr == MACH_MSG_SUCCESS) {
            if (received.message.header.msgh_local_port == pool->stop)
                return;
            touch(&received.message);
            mach_msg_destroy(&received.message.header);
            atomic_fetch_add_explicit(&r->received, 1, memory_order_relaxed);
            continue;
        }
        atomic_fetch_add_explicit(&r->errors, 1, memory_order_relaxed);
        if (mach_message_is_short(kr)) {
            mach_msg_destroy(&received.message.header);
        } else if (mach_message_base(kr) != MACH_RCV_INTERRUPTED) {
            receiver_die(r, EIO, "receiving: %s (0x%x)", mach_error_string(kr),
                         (unsigned)kr);
            return;
        }
    }
}
