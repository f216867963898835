/* Turns over channels and sizes. */

#include "collectors/ipc/ipc.h"

#include "base/reason.h"

#include <errno.h>
#include <stdio.h>

int ipc_check(const struct tunable_value *values, struct reason *why)
{
    if (values[IPC_OOL_SIZE].is_set && values[IPC_OOL_SIZES].is_set) {
        reason_set(why, "ool_size and ool_sizes are both set; set one of them");
        return -EINVAL;
    }
    return 0;
}

static unsigned common_multiple(unsigned a, unsigned b)
{
    unsigned x = a;
    unsigned y = b;
    while (y != 0) {
        unsigned rest = x % y;
        x = y;
        y = rest;
    }
    return a / x * b;
}

void round_robin_init(struct round_robin *rr,
                      const struct tunable_value *values)
{
    const struct tunable_value *from = values[IPC_OOL_SIZE].is_set
                                           ? &values[IPC_OOL_SIZE]
                                           : &values[IPC_OOL_SIZES];
    *rr = (struct round_robin){
        .ports = (unsigned)values[IPC_NUM_PORTS].values[0],
        .sizes = from->count,
    };
    for (unsigned i = 0; i < from->count; i++)
        rr->size_bytes[i] = (size_t)from->values[i];
    rr->until_shift = common_multiple(rr->ports, rr->sizes);
}

struct turn round_robin_next(struct round_robin *rr)
{
    struct turn turn = {.port = rr->port, .size = rr->size};
    rr->port = (rr->port + 1) % rr->ports;
    rr->size = (rr->size + 1) % rr->sizes;
    if (--rr->until_shift == 0) {
        rr->size = (rr->size + 1) % rr->sizes;
        rr->until_shift = common_multiple(rr->ports, rr->sizes);
    }
    return turn;
}
