#ifndef ENTROPYD_DAEMON_SERVER_READY_H
#define ENTROPYD_DAEMON_SERVER_READY_H

/*
 * Connections whose turn was cut short, so that the others get theirs: an idle
 * handle resumes each of them once a loop turn, in order. Loop thread.
 */

#include <stdbool.h>

#include <uv.h>

/* Embedded in what wants another turn. */
struct ready_entry {
    void (*resume)(struct ready_entry *entry);
    struct ready_entry *next;
    bool is_listed;
};

struct ready {
    uv_idle_t idle; /* active while the list is not empty */
    struct ready_entry *first, **last;
};

/* Cannot fail. */
void ready_init(struct ready *r, uv_loop_t *loop);

/* Lists entry for the next turn; once is enough. */
void ready_add(struct ready *r, struct ready_entry *entry);

/* Takes it off; one that is not listed is allowed. */
void ready_remove(struct ready *r, struct ready_entry *entry);

/* Closes the handle; nothing is listed any more. */
void ready_close(struct ready *r);

#endif
