/* Guarded ports in a set. */

#include "collectors/ipc/mach_ports.h"

#include "base/reason.h"
#include "collectors/ipc/mach_message.h"

/* Any value that other code would not guess by accident. */
#define GUARD ((mach_port_context_t)0x656e74726f707964)

kern_return_t mach_pool_port_open(mach_port_t *port)
{
    mach_port_options_t options = {
        .flags = MPO_INSERT_SEND_RIGHT | MPO_QLIMIT | MPO_CONTEXT_AS_GUARD |
                 MPO_STRICT,
        .mpl = {.mpl_qlimit = 1},
    };
    return mach_port_construct(mach_task_self(), &options, GUARD, port);
}

void mach_pool_port_close(mach_port_t port)
{
    if (port != MACH_PORT_NULL)
        (void)mach_port_destruct(mach_task_self(), port, -1, GUARD);
}

/* A port into *port, and into the set if there is one. */
static kern_return_t add_port(struct mach_pool *pool, mach_port_t *port)
{
    kern_return_t kr = mach_pool_port_open(port);
    if (kr != KERN_SUCCESS) {
        *port = MACH_PORT_NULL;
        return kr;
    }
    if (pool->set == MACH_PORT_NULL)
        return KERN_SUCCESS;
    return mach_port_insert_member(mach_task_self(), *port, pool->set);
}

static kern_return_t build(struct mach_pool *pool, unsigned count,
                           bool with_set)
{
    kern_return_t kr = KERN_SUCCESS;
    if (with_set) {
        kr = mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET,
                                &pool->set);
        if (kr != KERN_SUCCESS) {
            pool->set = MACH_PORT_NULL;
            return kr;
        }
        kr = add_port(pool, &pool->stop);
    }
    while (kr == KERN_SUCCESS && pool->count < count) {
        kr = add_port(pool, &pool->ports[pool->count]);
        pool->count++; /* also one that is half done: close() sees to it */
    }
    return kr;
}

int mach_pool_open(struct mach_pool *pool, unsigned count, bool with_set,
                   struct reason *why)
{
    *pool = (struct mach_pool){0};
    kern_return_t kr = build(pool, count, with_set);
    if (kr == KERN_SUCCESS)
        return 0;
    mach_pool_close(pool);
    return mach_reason(kr, why, "cannot make %u Mach ports", count);
}

void mach_pool_close(struct mach_pool *pool)
{
    for (unsigned i = 0; i < pool->count; i++)
        mach_pool_port_close(pool->ports[i]);
    mach_pool_port_close(pool->stop);
    if (pool->set != MACH_PORT_NULL)
        (void)mach_port_mod_refs(mach_task_self(), pool->set,
                                 MACH_PORT_RIGHT_PORT_SET, -1);
    *pool = (struct mach_pool){0};
}

void mach_pool_stop(const struct mach_pool *pool)
{
    /* Nothing else is sent to that port, so its queue has room. */
    (void)mach_message_send_plain(pool->stop, 0);
}
