/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SERVER_SUBSCRIPTIONS_H
#define ENTROPYD_DAEMON_SERVER_SUBSCRIPTIONS_H

/*
 * Notifications: changes of health as they happen, status at intervals. A
 * subscriber that does not read keeps only the latest change, and the latest
 * end of an on-demand test, of each source, with a count of those skipped; a
 * status that it cannot take is not sent at all. Loop thread.
 */

#include "base/list.h"
#include "daemon/server/connection.h"
#include "daemon/server/status.h"
#include "protocol/frame.h"

#include <uv.h>

/* What one connection subscribed to. */
struct subscriber;

struct subscriptions {
    const struct status_view *view;
    struct server_counts *counts;
    struct list active; /* subscriptions to anything */
    bool has_pending;   /* events that are to be sent at the next tick */
    uv_timer_t timer;   /* armed for that, or for the nearest due status */
};

/* Cannot fail. */
void subscriptions_init(struct subscriptions *list, uv_loop_t *loop,
                        const struct status_view *view,
                        struct server_counts *counts);

/*
 * Begins, changes or (off) ends one kind of subscription of c. *s is NULL
 * before the first; it becomes new then, the caller's, to be cancelled before c
 * closes and destroyed afterwards. `framing` is c's, borrowed until then. False
 * without memory, with nothing changed.
 */
bool subscriptions_change(struct subscriptions *list, struct subscriber **s,
                          struct connection *c, const struct framing *framing,
                          const struct subscribe_params *params, bool on);

/* Ends all that s is subscribed to. NULL is allowed. */
void subscriptions_cancel(struct subscriptions *list, struct subscriber *s);

/* Is s subscribed to anything? NULL is not. */
bool subscriber_is_active(const struct subscriber *s);

/* Appends the reply to subscribe and unsubscribe. */
void subscriber_reply(const struct subscriber *s, struct buffer *out,
                      const struct request_id *id);

/* Frees it; NULL is allowed. */
void subscriber_destroy(struct subscriber *s);

/* Notifies of a change of the source `index`; serialised once for all. */
void subscriptions_health(struct subscriptions *list, size_t index,
                          const struct source_move *move);

/* Notifies of the end of an on-demand test of the source `index`, in the next
 * loop iteration: no connection is touched before. */
void subscriptions_selftest(struct subscriptions *list, size_t index,
                            const struct selftest_end *end);

/* s can take something again: sends what it missed. NULL is allowed. */
void subscriptions_catch_up(struct subscriptions *list, struct subscriber *s);

/* Closes the timer; no subscription is left. */
void subscriptions_close(struct subscriptions *list);

#endif
