/* SPDX-License-Identifier: MIT */
/* The receiving half of mach_msg(). */

#include "tests/fakes/mach/fake_internal.h"

#include <stdlib.h>
#include <string.h>

#define BODY_AT       24
#define DESCRIPTOR_AT 28
#define COMPLEX_BYTES 44
#define TRAILER_BYTES 8

/* Where messages are taken from: a port, or a set. */
struct place {
    struct fake_port *port;
    struct fake_set *set;
};

static bool find_place(mach_port_name_t name, struct place *place)
{
    *place = (struct place){NULL, NULL};
    const struct fake_entry *entry = fake_entry(name);
    if (entry == NULL)
        return false;
    if ((entry->type & MACH_PORT_TYPE_RECEIVE) != 0)
        place->port = entry->port;
    else if ((entry->type & MACH_PORT_TYPE_PORT_SET) != 0)
        place->set = entry->set;
    return place->port != NULL || place->set != NULL;
}

/* The port whose turn it is among those with a message, or NULL. */
static struct fake_port *ready_port(const struct place *place)
{
    if (fake_mach_state.are_receivers_held)
        return NULL;
    if (place->port != NULL)
        return place->port->queued > 0 ? place->port : NULL;
    for (unsigned i = 0; i < FAKE_NAMES_MAX; i++) {
        unsigned at = (place->set->next + i) % FAKE_NAMES_MAX;
        const struct fake_entry *entry = &fake_mach_state.names[at];
        if ((entry->type & MACH_PORT_TYPE_RECEIVE) != 0 &&
            entry->port->set == place->set && entry->port->queued > 0) {
            place->set->next = at + 1;
            return entry->port;
        }
    }
    return NULL;
}

static bool is_dead(const struct place *place)
{
    return place->port != NULL ? place->port->is_dead : place->set->is_dead;
}

/* Waits for a message. The place does not go while it is waited on. */
static kern_return_t wait_for_message(const struct place *place,
                                      const struct timespec *deadline,
                                      const struct fake_thread *self,
                                      struct fake_port **port)
{
    bool is_in_time = true;
    for (;;) {
        while (deadline == NULL && fake_mach_state.mistake == FAKE_NEVER_WAKES)
            (void)fake_wait(NULL);
        if (is_dead(place))
            return MACH_RCV_PORT_CHANGED;
        *port = ready_port(place);
        if (*port != NULL)
            return MACH_MSG_SUCCESS;
        if (self->is_aborted)
            return MACH_RCV_INTERRUPTED;
        if (!is_in_time)
            return MACH_RCV_TIMED_OUT;
        is_in_time = fake_wait(deadline);
    }
}

/* Lists the calling thread as one that can be aborted. */
static struct fake_thread *enlist(void)
{
    for (unsigned i = 0; i < FAKE_THREADS_MAX; i++) {
        struct fake_thread *t = &fake_mach_state.threads[i];
        if (t->is_waiting)
            continue;
        *t = (struct fake_thread){.is_waiting = true, .thread = pthread_self()};
        return t;
    }
    fake_unmodelled("this many receivers");
}

static struct fake_message *dequeue(struct fake_port *port)
{
    struct fake_message *m = port->first;
    port->first = m->next;
    if (port->first == NULL)
        port->last = NULL;
    port->queued--;
    fake_changed();
    return m;
}

/* Writes m as the task is to see it. */
static void copy_out(struct fake_message *m, const struct fake_port *port,
                     unsigned char *user)
{
    mach_msg_size_t size =
        m->descriptors > 0 ? COMPLEX_BYTES : sizeof(mach_msg_header_t);
    mach_msg_header_t header = {
        /* The destination is now local; its right was consumed. */
        .msgh_bits = m->bits | MACH_MSGH_BITS(0, MACH_MSG_TYPE_MOVE_SEND),
        .msgh_size = size,
        .msgh_local_port = port->name,
        .msgh_id = m->id,
    };
    memcpy(user, &header, sizeof(header));
    if (m->descriptors > 0) {
        mach_msg_ool_descriptor_t ool = {
            .address = m->memory,
            .deallocate = m->copy == MACH_MSG_VIRTUAL_COPY,
            .copy = m->copy,
            .type = m->type,
            .size = m->memory_bytes,
        };
        if (fake_mach_state.mistake == FAKE_FORGETS_TO_MARK)
            ool.deallocate = 0;
        memcpy(user + BODY_AT, &m->descriptors, sizeof(m->descriptors));
        memcpy(user + DESCRIPTOR_AT, &ool, sizeof(ool));
    }
    if (m->memory != NULL) {
        m->memory = NULL;
        fake_mach_state.memory_in_kernel--;
        fake_mach_state.memory_in_task++;
    }
    mach_msg_trailer_t trailer = {.msgh_trailer_size = TRAILER_BYTES};
    memcpy(user + size, &trailer, sizeof(trailer));
}

kern_return_t fake_receive(mach_msg_header_t *user, mach_msg_option_t option,
                           mach_msg_size_t room, mach_port_name_t name,
                           mach_msg_timeout_t timeout_ms)
{
    kern_return_t fault = fake_fault(FAKE_RECEIVE);
    if (fault != KERN_SUCCESS && fault != MACH_RCV_BODY_ERROR)
        return fault;
    struct place place;
    if (!find_place(name, &place))
        return MACH_RCV_INVALID_NAME;
    struct timespec deadline = fake_deadline(timeout_ms);
    bool has_timeout = (option & MACH_RCV_TIMEOUT) != 0;
    unsigned *waiters =
        place.port != NULL ? &place.port->waiters : &place.set->waiters;
    (*waiters)++;
    struct fake_thread *self = enlist();
    struct fake_port *port = NULL;
    kern_return_t kr =
        wait_for_message(&place, has_timeout ? &deadline : NULL, self, &port);
    self->is_waiting = false;
    (*waiters)--;
    if (kr != MACH_MSG_SUCCESS) {
        if (place.port != NULL)
            fake_release_port(place.port);
        else
            fake_release_set(place.set);
        return kr;
    }
    struct fake_message *m = dequeue(port);
    if (room < COMPLEX_BYTES + TRAILER_BYTES) {
        fake_free_message(m);
        return MACH_RCV_TOO_LARGE;
    }
    if (fault == MACH_RCV_BODY_ERROR && m->memory != NULL) {
        /* There was no room for the memory; the rest arrives. */
        fake_free_memory(m);
        copy_out(m, port, (unsigned char *)user);
        fake_free_message(m);
        return MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE;
    }
    copy_out(m, port, (unsigned char *)user);
    fake_free_message(m);
    return MACH_MSG_SUCCESS;
}
