#ifndef ENTROPYD_DAEMON_SERVER_ROUNDS_H
#define ENTROPYD_DAEMON_SERVER_ROUNDS_H

/*
 * Connections that have used up their share of a loop iteration: an idle handle
 * resumes each of them in the next one, in order, so that the loop looks at
 * everybody else in between. Loop thread.
 */

#include "base/list.h"

#include <uv.h>

/* Embedded in what is to go on in the next round. */
struct round_entry {
    void (*resume)(struct round_entry *entry);
    struct list node;
};

struct rounds {
    uv_idle_t idle; /* active while the list is not empty */
    struct list waiting;
};

/* Cannot fail. */
void rounds_init(struct rounds *r, uv_loop_t *loop);

/* Is entry waiting for its round? */
static inline bool rounds_has(const struct round_entry *entry)
{
    return !list_is_empty(&entry->node);
}

/* Resumes entry in the next round; adding it twice is the same as once. */
void rounds_add(struct rounds *r, struct round_entry *entry);

/* Takes it out; one that is not waiting is allowed. */
void rounds_remove(struct round_entry *entry);

/* Closes the handle; nothing is waiting any more. */
void rounds_close(struct rounds *r);

#endif
