/* The list is taken over before its entries run: one that is added meanwhile
 * has its next round after the loop has looked at everybody else. */

#include "daemon/server/rounds.h"

static void on_idle(uv_idle_t *idle)
{
    struct rounds *r = container_of(idle, struct rounds, idle);
    struct list now;
    struct list *node;
    list_init(&now);
    while ((node = list_first(&r->waiting)) != NULL) {
        list_remove(node);
        list_append(&now, node);
    }
    while ((node = list_first(&now)) != NULL) {
        struct round_entry *entry =
            container_of(node, struct round_entry, node);
        list_remove(node);
        entry->resume(entry);
    }
    if (list_is_empty(&r->waiting))
        uv_idle_stop(&r->idle);
}

void rounds_init(struct rounds *r, uv_loop_t *loop)
{
    list_init(&r->waiting);
    uv_idle_init(loop, &r->idle);
}

void rounds_add(struct rounds *r, struct round_entry *entry)
{
    if (rounds_has(entry))
        return;
    list_append(&r->waiting, &entry->node);
    uv_idle_start(&r->idle, on_idle);
}

void rounds_remove(struct round_entry *entry)
{
    list_remove(&entry->node);
}

void rounds_close(struct rounds *r)
{
    uv_close((uv_handle_t *)&r->idle, NULL);
}
