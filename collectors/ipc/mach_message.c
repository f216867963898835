/* SPDX-License-Identifier: MIT */
/* Mach messages with out-of-line memory. */

#include "collectors/ipc/mach_message.h"

#include "base/reason.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define SEND_OPTIONS (MACH_SEND_MSG | MACH_SEND_TIMEOUT | MACH_SEND_INTERRUPT)

void mach_message_fill(struct mach_message *m, mach_port_t port, void *memory,
                       size_t bytes)
{
    *m = (struct mach_message){
        .header =
            {
                /* COPY_SEND leaves our send right where it is. */
                .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) |
                             MACH_MSGH_BITS_COMPLEX,
                .msgh_size = sizeof(*m),
                .msgh_remote_port = port,
                .msgh_local_port = MACH_PORT_NULL,
            },
        .body = {.msgh_descriptor_count = 1},
        .ool =
            {
                .address = memory,
                .size = (mach_msg_size_t)bytes,
                .deallocate = 0,
                /* Virtual, not physical: XNU marks only what was sent as a
                 * virtual copy for mach_msg_destroy() to free. */
                .copy = MACH_MSG_VIRTUAL_COPY,
                .type = MACH_MSG_OOL_DESCRIPTOR,
            },
    };
}

kern_return_t mach_message_send(struct mach_message *m,
                                mach_msg_timeout_t timeout_ms)
{
    return mach_msg(&m->header, SEND_OPTIONS, m->header.msgh_size, 0,
                    MACH_PORT_NULL, timeout_ms, MACH_PORT_NULL);
}

kern_return_t mach_message_send_plain(mach_port_t port,
                                      mach_msg_timeout_t timeout_ms)
{
    mach_msg_header_t header = {
        .msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0),
        .msgh_size = sizeof(header),
        .msgh_remote_port = port,
    };
    kern_return_t kr = mach_msg(&header, SEND_OPTIONS, sizeof(header), 0,
                                MACH_PORT_NULL, timeout_ms, MACH_PORT_NULL);
    if (kr != MACH_MSG_SUCCESS)
        mach_msg_destroy(&header);
    return kr;
}

kern_return_t mach_message_receive(struct mach_received *r, mach_port_t from)
{
    return mach_msg(&r->message.header, MACH_RCV_MSG | MACH_RCV_INTERRUPT, 0,
                    sizeof(*r), from, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
}

kern_return_t mach_message_receive_within(struct mach_received *r,
                                          mach_port_t from,
                                          mach_msg_timeout_t timeout_ms)
{
    return mach_msg(&r->message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
                    sizeof(*r), from, timeout_ms, MACH_PORT_NULL);
}

bool mach_message_is_incomplete(kern_return_t kr)
{
    kern_return_t base = mach_message_base(kr);
    return base == MACH_RCV_BODY_ERROR || base == MACH_RCV_HEADER_ERROR;
}

kern_return_t mach_message_base(kern_return_t kr)
{
    return kr & ~MACH_MSG_MASK;
}

int mach_reason(kern_return_t kr, struct reason *why, const char *what, ...)
{
    char text[96];
    va_list arguments;
    va_start(arguments, what);
    (void)vsnprintf(text, sizeof(text), what, arguments);
    va_end(arguments);
    reason_set(why, "%s: %s (0x%x)", text, mach_error_string(kr), (unsigned)kr);
    bool is_shortage = kr == KERN_NO_SPACE || kr == KERN_RESOURCE_SHORTAGE ||
                       kr == MACH_SEND_NO_BUFFER;
    return is_shortage ? -ENOMEM : -EIO;
}
