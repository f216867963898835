#ifndef ENTROPYD_DAEMON_SERVER_SUBSCRIBERS_H
#define ENTROPYD_DAEMON_SERVER_SUBSCRIBERS_H

/*
 * Who wants to be told: changes of health as they happen, status every so
 * often. A subscriber that does not read keeps only the latest change of each
 * source, with a count of those skipped; a status it cannot take is not sent
 * at all. Loop thread.
 */

#include "daemon/server/status.h"

#include <uv.h>

struct subscriber {
    /* Sends n bytes of whole lines if the connection can take them now. */
    bool (*deliver)(struct subscriber *s, const char *lines, size_t n);
    /* the list's own */
    bool to_health, to_status;
    uint32_t interval_ms;
    uint64_t due_ms;
    struct {
        bool is_set;
        struct source_move move;
        uint64_t skipped;
    } pending[SOURCE_MAX];
    struct subscriber *next;
};

struct subscribers {
    const struct status_view *view;
    struct server_counts *counts;
    struct subscriber *first;
    uv_timer_t timer; /* armed for the nearest due status */
};

/* Cannot fail. */
void subscribers_init(struct subscribers *list, uv_loop_t *loop,
                      const struct status_view *view,
                      struct server_counts *counts);

/* Begins, changes or (off) ends one kind of subscription of s; s leaves the
 * list with its last one. */
void subscribers_set(struct subscribers *list, struct subscriber *s,
                     const struct subscribe_params *params, bool on);

/* Ends all of s's subscriptions. */
void subscribers_remove(struct subscribers *list, struct subscriber *s);

/* Tells a change of the source `index`; serialised once for all. */
void subscribers_health(struct subscribers *list, size_t index,
                        const struct source_move *move);

/* s can take something again: delivers what it missed. */
void subscribers_catch_up(struct subscribers *list, struct subscriber *s);

/* Closes the timer; nobody is on the list any more. */
void subscribers_close(struct subscribers *list);

#endif
