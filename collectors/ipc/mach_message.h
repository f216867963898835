/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_COLLECTORS_IPC_MACH_MESSAGE_H
#define ENTROPYD_COLLECTORS_IPC_MACH_MESSAGE_H

/*
 * The message that mach_ipc sends, and how it is sent, received and destroyed.
 *
 * A send that fails may return the message ("pseudo-receive"): after
 * MACH_SEND_TIMED_OUT and the like it holds a new send right and a new copy of
 * the memory, which leak unless it is destroyed. One that was not returned
 * holds nothing that mach_msg_destroy() would free, because it copies its send
 * right and does not ask for its memory to be deallocated. So every message
 * whose send failed is destroyed by mach_msg_destroy(), and every received one
 * is, whatever it holds.
 */

#include "base/reason.h"

#include <mach/mach.h>
#include <stdbool.h>
#include <stddef.h>

/* What the kernel parses: descriptors follow the body at once, packed to four
 * bytes. A descriptor elsewhere is not refused but read as another type. */
struct mach_message {
    mach_msg_header_t header;
    mach_msg_body_t body;
    mach_msg_ool_descriptor_t ool;
};

_Static_assert(offsetof(struct mach_message, body) == 24,
               "the kernel finds the descriptor count at 24");
_Static_assert(offsetof(struct mach_message, ool) == 28,
               "the kernel finds the descriptor at 28");
_Static_assert(sizeof(struct mach_message) == 44,
               "the kernel's message with one descriptor has 44 bytes");

/* Room for a message and the trailer that the kernel adds. */
struct mach_received {
    _Alignas(8) struct mach_message message;
    mach_msg_max_trailer_t trailer;
};

/* Makes m a complex message to port that carries bytes of memory (only read,
 * and borrowed until it is sent) as a copy. */
void mach_message_fill(struct mach_message *m, mach_port_t port, void *memory,
                       size_t bytes);

/* Sends m, filled, and waits at most timeout_ms for room in the queue. A send
 * that was interrupted says so: libSystem would repeat it with a message that
 * the kernel has meanwhile given back, and a send right would be left over. */
kern_return_t mach_message_send(struct mach_message *m,
                                mach_msg_timeout_t timeout_ms);

/* Sends a message without memory to port, with the same bound. */
kern_return_t mach_message_send_plain(mach_port_t port,
                                      mach_msg_timeout_t timeout_ms);

/* Receives from a port or set; waits without limit, or until it is
 * interrupted. After success, and after an error for which
 * mach_message_is_incomplete(), the message must be destroyed. */
kern_return_t mach_message_receive(struct mach_received *r, mach_port_t from);

/* The same, waiting at most timeout_ms. */
kern_return_t mach_message_receive_within(struct mach_received *r,
                                          mach_port_t from,
                                          mach_msg_timeout_t timeout_ms);

/* Does kr say that a message was dequeued but its memory or its rights could
 * not be handed over (MACH_RCV_BODY_ERROR, MACH_RCV_HEADER_ERROR)? */
bool mach_message_is_incomplete(kern_return_t kr);

/* kr without the bits that say which space ran out (MACH_MSG_MASK). */
kern_return_t mach_message_base(kern_return_t kr);

/* Sets why to "<what>: <the code's text> (0x...)" and returns -ENOMEM for a
 * shortage, else -EIO. `what` is a printf format. */
int mach_reason(kern_return_t kr, struct reason *why, const char *what, ...)
    __attribute__((format(printf, 3, 4)));

#endif
