/* SPDX-License-Identifier: MIT */
/* mach_port_*(): names and rights. */

#include "tests/fakes/mach/fake_internal.h"

#include <stdlib.h>

/* XNU raises EXC_GUARD, which a program notices or dies of. */
static kern_return_t violation(kern_return_t code)
{
    fake_mach_state.guard_violations++;
    return code;
}

static void check_task(ipc_space_t task)
{
    if (task != mach_task_self_)
        fake_unmodelled("another task");
}

static kern_return_t make_port(mach_port_name_t *name)
{
    struct fake_port *port = calloc(1, sizeof(*port));
    struct fake_entry *entry = fake_new_entry(name);
    if (port == NULL || entry == NULL) {
        free(port);
        return KERN_NO_SPACE;
    }
    port->name = *name;
    port->qlimit = MACH_PORT_QLIMIT_DEFAULT;
    entry->type = MACH_PORT_TYPE_RECEIVE;
    entry->port = port;
    return KERN_SUCCESS;
}

static kern_return_t make_set(mach_port_name_t *name)
{
    struct fake_set *set = calloc(1, sizeof(*set));
    struct fake_entry *entry = fake_new_entry(name);
    if (set == NULL || entry == NULL) {
        free(set);
        return KERN_NO_SPACE;
    }
    entry->type = MACH_PORT_TYPE_PORT_SET;
    entry->set = set;
    return KERN_SUCCESS;
}

kern_return_t mach_port_allocate(ipc_space_t task, mach_port_right_t right,
                                 mach_port_name_t *name)
{
    check_task(task);
    if (right != MACH_PORT_RIGHT_RECEIVE && right != MACH_PORT_RIGHT_PORT_SET)
        fake_unmodelled("the allocation of this right");
    fake_lock();
    kern_return_t kr = fake_fault(FAKE_ALLOCATE);
    if (kr == KERN_SUCCESS)
        kr =
            right == MACH_PORT_RIGHT_RECEIVE ? make_port(name) : make_set(name);
    fake_unlock();
    return kr;
}

kern_return_t mach_port_construct(ipc_space_t task,
                                  mach_port_options_ptr_t options,
                                  mach_port_context_t context,
                                  mach_port_name_t *name)
{
    check_task(task);
    uint32_t modelled =
        MPO_CONTEXT_AS_GUARD | MPO_QLIMIT | MPO_INSERT_SEND_RIGHT | MPO_STRICT;
    if ((options->flags & ~modelled) != 0)
        fake_unmodelled("these options of mach_port_construct");
    if ((options->flags & MPO_QLIMIT) != 0 &&
        options->mpl.mpl_qlimit > MACH_PORT_QLIMIT_MAX)
        return KERN_INVALID_VALUE;
    fake_lock();
    kern_return_t kr = fake_fault(FAKE_CONSTRUCT);
    if (kr == KERN_SUCCESS)
        kr = make_port(name);
    if (kr == KERN_SUCCESS) {
        struct fake_entry *entry = fake_entry(*name);
        struct fake_port *port = entry->port;
        port->is_guarded = (options->flags & MPO_CONTEXT_AS_GUARD) != 0;
        port->is_strict = (options->flags & MPO_STRICT) != 0;
        port->guard = context;
        if ((options->flags & MPO_QLIMIT) != 0)
            port->qlimit = options->mpl.mpl_qlimit;
        if ((options->flags & MPO_INSERT_SEND_RIGHT) != 0)
            fake_add_send(entry);
    }
    fake_unlock();
    return kr;
}

static kern_return_t destruct(mach_port_name_t name, mach_port_delta_t srdelta,
                              mach_port_context_t guard)
{
    struct fake_entry *entry = fake_entry(name);
    if (entry == NULL)
        return violation(KERN_INVALID_NAME);
    if ((entry->type & MACH_PORT_TYPE_RECEIVE) == 0 ||
        (srdelta != 0 && (entry->type & MACH_PORT_TYPE_SEND) == 0))
        return violation(KERN_INVALID_RIGHT);
    if (entry->port->is_guarded && entry->port->guard != guard)
        return violation(KERN_INVALID_ARGUMENT);
    if (srdelta > 0 || (unsigned)-srdelta > entry->references)
        return violation(KERN_INVALID_VALUE);
    for (; srdelta < 0; srdelta++)
        fake_drop_reference(entry);
    fake_kill_port(entry);
    return KERN_SUCCESS;
}

kern_return_t mach_port_destruct(ipc_space_t task, mach_port_name_t name,
                                 mach_port_delta_t srdelta,
                                 mach_port_context_t guard)
{
    check_task(task);
    fake_lock();
    kern_return_t kr = destruct(name, srdelta, guard);
    fake_unlock();
    return kr;
}

kern_return_t mach_port_deallocate(ipc_space_t task, mach_port_name_t name)
{
    check_task(task);
    if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD)
        return KERN_SUCCESS;
    fake_lock();
    kern_return_t kr = KERN_SUCCESS;
    struct fake_entry *entry = fake_entry(name);
    if (entry == NULL)
        kr = violation(KERN_INVALID_NAME);
    else if (entry->references == 0)
        kr = violation(KERN_INVALID_RIGHT);
    else
        fake_drop_reference(entry);
    fake_unlock();
    return kr;
}

static kern_return_t drop_right(mach_port_name_t name, mach_port_right_t right)
{
    struct fake_entry *entry = fake_entry(name);
    if (entry == NULL)
        return violation(KERN_INVALID_NAME);
    if ((entry->type & MACH_PORT_TYPE(right)) == 0)
        return violation(KERN_INVALID_RIGHT);
    switch (right) {
    case MACH_PORT_RIGHT_RECEIVE:
        if (entry->port->is_guarded)
            return violation(KERN_INVALID_RIGHT);
        fake_kill_port(entry);
        break;
    case MACH_PORT_RIGHT_PORT_SET:
        fake_kill_set(entry);
        break;
    default:
        fake_drop_reference(entry);
    }
    return KERN_SUCCESS;
}

kern_return_t mach_port_mod_refs(ipc_space_t task, mach_port_name_t name,
                                 mach_port_right_t right,
                                 mach_port_delta_t delta)
{
    check_task(task);
    if (delta != -1)
        fake_unmodelled("mach_port_mod_refs by anything but -1");
    fake_lock();
    kern_return_t kr = fake_fault(FAKE_MOD_REFS);
    if (kr == KERN_SUCCESS)
        kr = drop_right(name, right);
    fake_unlock();
    return kr;
}

static kern_return_t insert(mach_port_name_t name, mach_port_name_t pset)
{
    struct fake_entry *port = fake_entry(name);
    struct fake_entry *set = fake_entry(pset);
    if (port == NULL || set == NULL)
        return KERN_INVALID_NAME;
    if ((port->type & MACH_PORT_TYPE_RECEIVE) == 0 ||
        (set->type & MACH_PORT_TYPE_PORT_SET) == 0)
        return KERN_INVALID_RIGHT;
    if (port->port->set == set->set)
        return KERN_ALREADY_IN_SET;
    if (port->port->set != NULL)
        fake_unmodelled("a port in two sets");
    port->port->set = set->set;
    fake_changed();
    return KERN_SUCCESS;
}

kern_return_t mach_port_insert_member(ipc_space_t task, mach_port_name_t name,
                                      mach_port_name_t pset)
{
    check_task(task);
    fake_lock();
    kern_return_t kr = fake_fault(FAKE_INSERT_MEMBER);
    if (kr == KERN_SUCCESS)
        kr = insert(name, pset);
    fake_unlock();
    return kr;
}

kern_return_t mach_port_type(ipc_space_t task, mach_port_name_t name,
                             mach_port_type_t *ptype)
{
    check_task(task);
    fake_lock();
    kern_return_t kr = fake_fault(FAKE_TYPE);
    if (kr == KERN_SUCCESS) {
        const struct fake_entry *entry = fake_entry(name);
        if (entry == NULL)
            kr = KERN_INVALID_NAME;
        else
            *ptype = entry->type;
    }
    fake_unlock();
    return kr;
}
