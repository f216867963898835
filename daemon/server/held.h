#ifndef ENTROPYD_DAEMON_SERVER_HELD_H
#define ENTROPYD_DAEMON_SERVER_HELD_H

/*
 * What a connection keeps while a line is not answered yet: a request that
 * waits, or a batch whose replies are still being gathered. Loop thread.
 */

#include "daemon/server/dispatch.h"
#include "daemon/server/wait_queue.h"

struct held {
    struct waiter waiter;              /* first: a waiter is its held */
    void *owner;                       /* the connection's, for its retry */
    struct dispatch_progress progress; /* of the request at index */
    struct request_list list;
    size_t index;          /* of the request that is next */
    struct request one;    /* where the list is no batch */
    struct buffer replies; /* of a batch, so far */
};

/* Takes over list, or copies *one if it is no batch. New; NULL without memory,
 * and list is the caller's still. */
struct held *held_create(const struct request_list *list);

/* Wipes and frees; NULL is allowed. It must not be waiting any more. */
void held_destroy(struct held *h);

/* The request whose turn it is; NULL when all are answered. */
const struct request *held_request(const struct held *h);

/* The request is answered: goes on to the next. */
void held_advance(struct held *h);

/* Appends the array of a finished batch and its newline to out; nothing, where
 * all were notifications. */
void held_finish_batch(struct held *h, struct buffer *out);

#endif
