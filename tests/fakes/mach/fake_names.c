/* SPDX-License-Identifier: MIT */
/* The task's names, and what dies when the last of them goes. */

#include "tests/fakes/mach/fake_internal.h"

#include <stdlib.h>
#include <sys/mman.h>

/* A name is a place in the table and a generation: XNU's scheme, so that the
 * name of a port that is gone does not soon mean another one. */
#define GENERATION_BITS 8
#define GENERATION_MASK ((1U << GENERATION_BITS) - 1)

struct fake_entry *fake_entry(mach_port_name_t name)
{
    unsigned place = name >> GENERATION_BITS;
    if (place == 0 || place >= FAKE_NAMES_MAX)
        return NULL;
    struct fake_entry *entry = &fake_mach_state.names[place];
    bool is_it = entry->type != MACH_PORT_TYPE_NONE &&
                 entry->generation == (name & GENERATION_MASK);
    return is_it ? entry : NULL;
}

struct fake_entry *fake_new_entry(mach_port_name_t *name)
{
    for (unsigned i = 1; i < FAKE_NAMES_MAX; i++) {
        struct fake_entry *entry = &fake_mach_state.names[i];
        if (entry->type != MACH_PORT_TYPE_NONE)
            continue;
        unsigned generation = (entry->generation + 1) & GENERATION_MASK;
        *entry = (struct fake_entry){.generation = generation};
        *name = i << GENERATION_BITS | generation;
        return entry;
    }
    return NULL;
}

void fake_add_send(struct fake_entry *entry)
{
    entry->type |= MACH_PORT_TYPE_SEND;
    entry->references++;
}

void fake_drop_reference(struct fake_entry *entry)
{
    if (--entry->references > 0)
        return;
    entry->type &= ~(MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_DEAD_NAME);
    if (entry->type == MACH_PORT_TYPE_NONE)
        entry->port = NULL;
}

void fake_free_memory(struct fake_message *message)
{
    if (message->memory == NULL)
        return;
    munmap(message->memory, message->memory_bytes);
    message->memory = NULL;
    message->memory_bytes = 0;
    fake_mach_state.memory_in_kernel--;
}

void fake_free_message(struct fake_message *message)
{
    fake_free_memory(message);
    free(message);
}

void fake_release_port(struct fake_port *port)
{
    if (port->is_dead && port->waiters == 0)
        free(port);
}

void fake_release_set(struct fake_set *set)
{
    if (set->is_dead && set->waiters == 0)
        free(set);
}

void fake_kill_port(struct fake_entry *entry)
{
    struct fake_port *port = entry->port;
    while (port->first != NULL) {
        struct fake_message *message = port->first;
        port->first = message->next;
        fake_free_message(message);
    }
    port->last = NULL;
    port->queued = 0;
    port->is_dead = true;
    /* A send right that stays behind becomes a dead name. */
    entry->type = (entry->type & MACH_PORT_TYPE_SEND) != 0
                      ? MACH_PORT_TYPE_DEAD_NAME
                      : MACH_PORT_TYPE_NONE;
    entry->port = NULL;
    fake_changed();
    fake_release_port(port);
}

void fake_kill_set(struct fake_entry *entry)
{
    struct fake_set *set = entry->set;
    for (unsigned i = 0; i < FAKE_NAMES_MAX; i++) {
        struct fake_port *port = fake_mach_state.names[i].port;
        if (port != NULL && port->set == set)
            port->set = NULL;
    }
    set->is_dead = true;
    entry->type = MACH_PORT_TYPE_NONE;
    entry->set = NULL;
    fake_changed();
    fake_release_set(set);
}
