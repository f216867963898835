/* SPDX-License-Identifier: MIT */
/* What a Mac's C library does on the task's side of the interface. */

#include "tests/fakes/mach/fake_internal.h"

#include <string.h>
#include <sys/mman.h>

#define BODY_AT       24
#define DESCRIPTOR_AT 28

/* What libSystem sees to and the kernel never hears of. */
#define INTERRUPT_OPTIONS (MACH_SEND_INTERRUPT | MACH_RCV_INTERRUPT)

/* The name of any thread that waits in no receive; then those that do. */
#define THREAD_NAMES 0x7f000000U

mach_msg_return_t mach_msg(mach_msg_header_t *msg, mach_msg_option_t option,
                           mach_msg_size_t send_size, mach_msg_size_t rcv_size,
                           mach_port_name_t rcv_name,
                           mach_msg_timeout_t timeout, mach_port_name_t notify)
{
    bool sends = (option & MACH_SEND_MSG) != 0;
    bool receives = (option & MACH_RCV_MSG) != 0;
    if (sends == receives || notify != MACH_PORT_NULL)
        fake_unmodelled("this combination of mach_msg options");
    mach_msg_header_t header;
    memcpy(&header, msg, sizeof(header));
    bool is_again = false;
    kern_return_t kr;
    fake_lock();
    do {
        /* Since macOS 13 the header travels in registers, so that a send is
         * repeated with the one that the caller passed, although the kernel
         * has written another one over it. */
        if (is_again && sends)
            memcpy(msg, &header, sizeof(header));
        is_again = true;
        kr = sends ? fake_send(msg, option & ~INTERRUPT_OPTIONS, send_size,
                               timeout)
                   : fake_receive(msg, option & ~INTERRUPT_OPTIONS, rcv_size,
                                  rcv_name, timeout);
    } while (
        (kr == MACH_SEND_INTERRUPTED && (option & MACH_SEND_INTERRUPT) == 0) ||
        (kr == MACH_RCV_INTERRUPTED && (option & MACH_RCV_INTERRUPT) == 0));
    fake_unlock();
    return kr;
}

mach_port_t pthread_mach_thread_np(pthread_t thread)
{
    mach_port_t name = THREAD_NAMES;
    fake_lock();
    for (unsigned i = 0; i < FAKE_THREADS_MAX; i++) {
        const struct fake_thread *t = &fake_mach_state.threads[i];
        if (t->is_waiting && pthread_equal(t->thread, thread))
            name = THREAD_NAMES + 1 + i;
    }
    fake_unlock();
    return name;
}

kern_return_t thread_abort_safely(thread_act_t thread)
{
    /* One that does not wait forgets it on its way back from the kernel. */
    if (thread > THREAD_NAMES && thread <= THREAD_NAMES + FAKE_THREADS_MAX) {
        fake_lock();
        fake_mach_state.threads[thread - THREAD_NAMES - 1].is_aborted = true;
        fake_changed();
        fake_unlock();
    }
    return KERN_SUCCESS;
}

/* The local port of a received message holds no right: receiving consumed it.
 */
void mach_msg_destroy(mach_msg_header_t *msg)
{
    mach_msg_header_t header;
    memcpy(&header, msg, sizeof(header));
    if (MACH_MSGH_BITS_REMOTE(header.msgh_bits) == MACH_MSG_TYPE_MOVE_SEND)
        (void)mach_port_deallocate(mach_task_self(), header.msgh_remote_port);
    if ((header.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0)
        return;
    mach_msg_body_t body;
    memcpy(&body, (unsigned char *)msg + BODY_AT, sizeof(body));
    if (body.msgh_descriptor_count == 0)
        return;
    mach_msg_ool_descriptor_t ool;
    memcpy(&ool, (unsigned char *)msg + DESCRIPTOR_AT, sizeof(ool));
    if (ool.type == MACH_MSG_OOL_DESCRIPTOR && ool.deallocate && ool.size > 0)
        (void)vm_deallocate(mach_task_self(), (vm_address_t)ool.address,
                            ool.size);
}

kern_return_t vm_deallocate(mach_port_t task, vm_address_t address,
                            vm_size_t size)
{
    if (task != mach_task_self())
        fake_unmodelled("another task");
    /* The interface has addresses as integers. */
    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    if (address == 0 || munmap((void *)address, size) != 0)
        return KERN_INVALID_ADDRESS;
    fake_lock();
    fake_mach_state.memory_in_task--;
    fake_unlock();
    return KERN_SUCCESS;
}

char *mach_error_string(kern_return_t code)
{
    static char success[] = "success";
    static char shortage[] = "resource shortage";
    static char no_destination[] = "invalid destination port";
    static char timed_out[] = "timed out";
    static char unknown[] = "another error";
    switch (code) {
    case KERN_SUCCESS:
        return success;
    case KERN_NO_SPACE:
    case KERN_RESOURCE_SHORTAGE:
        return shortage;
    case MACH_SEND_INVALID_DEST:
        return no_destination;
    case MACH_SEND_TIMED_OUT:
    case MACH_RCV_TIMED_OUT:
        return timed_out;
    default:
        return unknown;
    }
}
