/* SPDX-License-Identifier: MIT */
/* The sending half of mach_msg(). */

#include "tests/fakes/mach/fake_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define BODY_AT       24
#define DESCRIPTOR_AT 28
#define LATE_AT       32
#define COMPLEX_BYTES 44
#define BUFFER_BYTES  64

/* A message as the kernel parses it: by offsets, whatever struct the sender
 * believes in. */
struct parsed {
    mach_msg_header_t header;
    unsigned descriptors;
    mach_msg_ool_descriptor_t ool;
};

/* Makes of the caller's bytes what they would be with the planted mistake. */
static mach_msg_size_t plant(unsigned char *bytes, mach_msg_size_t size,
                             mach_msg_option_t *option)
{
    mach_msg_header_t header;
    memcpy(&header, bytes, sizeof(header));
    switch (fake_mach_state.mistake) {
    case FAKE_MOVES_SEND_RIGHT:
        header.msgh_bits &= ~MACH_MSGH_BITS_REMOTE_MASK;
        header.msgh_bits |= MACH_MSG_TYPE_MOVE_SEND;
        memcpy(bytes, &header, sizeof(header));
        break;
    case FAKE_DESCRIPTOR_AT_32:
        if ((header.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0)
            break;
        memmove(bytes + LATE_AT, bytes + DESCRIPTOR_AT, size - DESCRIPTOR_AT);
        memset(bytes + DESCRIPTOR_AT, 0, LATE_AT - DESCRIPTOR_AT);
        return size + LATE_AT - DESCRIPTOR_AT;
    case FAKE_NOTIFY_FOR_TIMEOUT:
        *option = (*option & ~MACH_SEND_TIMEOUT) | MACH_SEND_NOTIFY;
        break;
    default:
        break;
    }
    return size;
}

static kern_return_t parse(const unsigned char *bytes, mach_msg_size_t size,
                           struct parsed *p)
{
    *p = (struct parsed){.descriptors = 0};
    if (size < sizeof(p->header) || size % 4 != 0)
        return MACH_SEND_MSG_TOO_SMALL;
    memcpy(&p->header, bytes, sizeof(p->header));
    if (MACH_MSGH_BITS_REMOTE(p->header.msgh_bits) == 0)
        return MACH_SEND_INVALID_HEADER;
    if ((p->header.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0)
        return MACH_MSG_SUCCESS;
    if (size < DESCRIPTOR_AT)
        return MACH_SEND_MSG_TOO_SMALL;
    memcpy(&p->descriptors, bytes + BODY_AT, sizeof(p->descriptors));
    if (p->descriptors > 1)
        fake_unmodelled("several descriptors");
    if (p->descriptors == 1) {
        if (size < COMPLEX_BYTES)
            return MACH_SEND_MSG_TOO_SMALL;
        memcpy(&p->ool, bytes + DESCRIPTOR_AT, sizeof(p->ool));
    }
    return MACH_MSG_SUCCESS;
}

/* Copies the memory of p into m. */
static kern_return_t copy_in(const struct parsed *p, struct fake_message *m)
{
    m->descriptors = p->descriptors;
    m->type = (unsigned char)p->ool.type;
    m->copy = (unsigned char)p->ool.copy;
    if (p->descriptors == 0)
        return MACH_MSG_SUCCESS;
    if (p->ool.type == MACH_MSG_PORT_DESCRIPTOR) {
        mach_port_name_t name; /* where the address begins */
        memcpy(&name, &p->ool, sizeof(name));
        if (name != MACH_PORT_NULL)
            fake_unmodelled("port descriptors with a port");
        return MACH_MSG_SUCCESS;
    }
    if (p->ool.type != MACH_MSG_OOL_DESCRIPTOR || p->ool.copy > 1)
        return MACH_SEND_INVALID_TYPE;
    if (p->ool.deallocate)
        fake_unmodelled("sends that deallocate their memory");
    if (p->ool.size == 0)
        return MACH_MSG_SUCCESS;
    if (p->ool.address == NULL)
        return MACH_SEND_INVALID_MEMORY;
    m->memory = mmap(NULL, p->ool.size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (m->memory == MAP_FAILED) {
        m->memory = NULL;
        return MACH_MSG_VM_KERNEL;
    }
    m->memory_bytes = p->ool.size;
    fake_mach_state.last_size = p->ool.size;
    memcpy(m->memory, p->ool.address, p->ool.size);
    if (fake_mach_state.mistake == FAKE_CHANGES_MEMORY)
        ((unsigned char *)m->memory)[m->memory_bytes - 1] ^= 1;
    fake_mach_state.memory_in_kernel++;
    return MACH_MSG_SUCCESS;
}

/* The right that carries the message, taken as its disposition says. */
static kern_return_t take_right(const mach_msg_header_t *header,
                                struct fake_port **port)
{
    struct fake_entry *entry = fake_entry(header->msgh_remote_port);
    unsigned disposition = MACH_MSGH_BITS_REMOTE(header->msgh_bits);
    if (entry == NULL || entry->port == NULL)
        return MACH_SEND_INVALID_DEST;
    switch (disposition) {
    case MACH_MSG_TYPE_COPY_SEND:
    case MACH_MSG_TYPE_MOVE_SEND:
        if ((entry->type & MACH_PORT_TYPE_SEND) == 0)
            return MACH_SEND_INVALID_DEST;
        break;
    default:
        fake_unmodelled("this disposition of a destination");
    }
    *port = entry->port;
    if (disposition == MACH_MSG_TYPE_MOVE_SEND)
        fake_drop_reference(entry);
    return MACH_MSG_SUCCESS;
}

/* Waits for room. The port does not go while it is waited on. */
static kern_return_t wait_for_room(struct fake_port *port,
                                   mach_msg_option_t option,
                                   mach_msg_timeout_t timeout_ms)
{
    bool has_timeout = (option & MACH_SEND_TIMEOUT) != 0;
    if (fake_mach_state.mistake == FAKE_TIMES_OUT_EARLY)
        timeout_ms = 0;
    struct timespec deadline = fake_deadline(timeout_ms);
    bool is_in_time = true;
    while (!port->is_dead && port->queued >= port->qlimit &&
           fake_mach_state.mistake != FAKE_IGNORES_QLIMIT) {
        if (!is_in_time)
            return MACH_SEND_TIMED_OUT;
        is_in_time = fake_wait(has_timeout ? &deadline : NULL);
    }
    return MACH_MSG_SUCCESS;
}

/* XNU's pseudo-receive: what was copied in comes back to the sender, as a right
 * that it now holds and as new memory, in the buffer that it sent from. */
static void give_back(mach_msg_header_t *user, const struct parsed *p,
                      struct fake_message *m, const struct fake_port *port)
{
    mach_msg_header_t header = p->header;
    header.msgh_bits &= ~MACH_MSGH_BITS_REMOTE_MASK;
    header.msgh_bits |= MACH_MSG_TYPE_MOVE_SEND;
    fake_add_send(fake_entry(port->name));
    memcpy(user, &header, sizeof(header));
    if (m->memory != NULL) {
        mach_msg_ool_descriptor_t ool = p->ool;
        ool.address = m->memory;
        ool.deallocate = m->copy == MACH_MSG_VIRTUAL_COPY;
        memcpy((unsigned char *)user + DESCRIPTOR_AT, &ool, sizeof(ool));
        m->memory = NULL;
        fake_mach_state.memory_in_kernel--;
        fake_mach_state.memory_in_task++;
    }
}

static bool is_given_back_after(kern_return_t code)
{
    return code == MACH_SEND_TIMED_OUT || code == MACH_SEND_INTERRUPTED;
}

static void enqueue(struct fake_port *port, struct fake_message *m)
{
    if (port->last != NULL)
        port->last->next = m;
    else
        port->first = m;
    port->last = m;
    port->queued++;
    fake_changed();
}

kern_return_t fake_send(mach_msg_header_t *user, mach_msg_option_t option,
                        mach_msg_size_t size, mach_msg_timeout_t timeout_ms)
{
    unsigned char bytes[BUFFER_BYTES];
    if (size > BUFFER_BYTES - (LATE_AT - DESCRIPTOR_AT))
        fake_unmodelled("messages this long");
    memcpy(bytes, user, size);
    size = plant(bytes, size, &option);
    fake_mach_state.sends++;
    fake_mach_state.last_timeout_ms = timeout_ms;

    kern_return_t fault = fake_fault(FAKE_SEND);
    if (fault != KERN_SUCCESS && !is_given_back_after(fault))
        return fault;
    struct parsed p;
    kern_return_t kr = parse(bytes, size, &p);
    if (kr != MACH_MSG_SUCCESS)
        return kr;
    struct fake_port *port;
    kr = take_right(&p.header, &port);
    if (kr != MACH_MSG_SUCCESS)
        return kr;
    struct fake_message *m = calloc(1, sizeof(*m));
    if (m == NULL)
        fake_unmodelled("a test without memory");
    m->bits = p.header.msgh_bits & MACH_MSGH_BITS_COMPLEX;
    m->id = p.header.msgh_id;
    kr = copy_in(&p, m);
    if (kr != MACH_MSG_SUCCESS) {
        fake_free_message(m);
        return kr;
    }
    port->waiters++;
    kr =
        fault != KERN_SUCCESS ? fault : wait_for_room(port, option, timeout_ms);
    port->waiters--;
    if (kr == MACH_MSG_SUCCESS && !port->is_dead) {
        enqueue(port, m);
        return kr;
    }
    /* To a port that died meanwhile it is as good as sent. */
    if (kr != MACH_MSG_SUCCESS)
        give_back(user, &p, m, port);
    fake_free_message(m);
    fake_release_port(port);
    return kr;
}
