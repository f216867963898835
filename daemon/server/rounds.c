/* The list is taken whole before its entries run, so one that lists itself
 * again gets its next turn after the loop has looked at everybody else. */

#include "daemon/server/rounds.h"

#include <stddef.h>

static void on_idle(uv_idle_t *idle)
{
    struct ready *r = idle->data;
    struct ready_entry *stop = NULL;
    while (r->first != NULL && r->first != stop) {
        struct ready_entry *entry = r->first;
        ready_remove(r, entry);
        entry->resume(entry);
        if (stop == NULL && entry->is_listed)
            stop = entry; /* the first of the next turn */
    }
    if (r->first == NULL)
        uv_idle_stop(&r->idle);
}

void ready_init(struct ready *r, uv_loop_t *loop)
{
    *r = (struct ready){.first = NULL};
    r->last = &r->first;
    uv_idle_init(loop, &r->idle);
    r->idle.data = r;
}

void ready_add(struct ready *r, struct ready_entry *entry)
{
    if (entry->is_listed)
        return;
    entry->is_listed = true;
    entry->next = NULL;
    *r->last = entry;
    r->last = &entry->next;
    uv_idle_start(&r->idle, on_idle);
}

void ready_remove(struct ready *r, struct ready_entry *entry)
{
    if (!entry->is_listed)
        return;
    struct ready_entry **at = &r->first;
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    if (r->last == &entry->next)
        r->last = at;
    entry->is_listed = false;
}

void ready_close(struct ready *r)
{
    uv_close((uv_handle_t *)&r->idle, NULL);
}
