#ifndef ENTROPYD_DAEMON_SERVER_DISPATCH_H
#define ENTROPYD_DAEMON_SERVER_DISPATCH_H

/*
 * From a request to its reply, or to "not yet". It sees no stream and no
 * connection: who asks, what is asked, where the answer goes. Loop thread;
 * never blocks.
 */

#include "daemon/host/peer.h"
#include "daemon/server/status.h"
#include "protocol/request.h"

enum dispatch_result {
    DISPATCH_DONE,    /* the reply object, if any, stands in the buffer */
    DISPATCH_FRAMED,  /* so do its newline and the raw bytes behind it */
    DISPATCH_NOT_YET, /* credit must come first; ask again */
    DISPATCH_BULK,    /* the reply line stands there; then bulk->bytes bytes of
                       * generator output, by dispatch_bulk() */
};

/* What a request that was "not yet" remembers for the next time. Zeroed before
 * the first. */
struct dispatch_progress {
    bool has_begun;                 /* a selftest was started */
    uint64_t selftests[SOURCE_MAX]; /* selftests_done when it was */
};

/* Which raw bytes follow a reply line. */
struct dispatch_bulk {
    uint32_t bytes;
};

/* The last origin that a reply told, kept as text. */
struct dispatch_origin {
    enum quality quality;
    enum health_word health;
    struct pool_provenance receipt;
    struct provenance text; /* length 0: none yet */
};

struct dispatcher {
    const struct status_view *view;
    struct server_counts *counts;
    atomic_bool *is_credit_wanted; /* worker_wakeup's; set where credit may be
                                    * missing */
    bool is_stopping;              /* nothing may wait any more */
    bool has_queue;                /* others wait for credit before this one */
    uint64_t loop_ms;              /* the loop's time at the last turn */
    uint64_t now_ms;               /* of this turn */
    uint64_t slept_ms;             /* suspend_total_ms() when last looked at */
    struct dispatch_origin origin;
};

/* Before the requests of a connection's turn: what time is it, and did the
 * machine sleep? Then the generator reseeds before it gives out anything.
 * loop_ms is uv_now(): within the same millisecond of it nothing is looked at
 * again, which spares three readings of clocks a turn. */
void dispatch_turn(struct dispatcher *d, uint64_t loop_ms);

/*
 * Answers `request`, valid or not, of `peer`. A notification leaves `out` as
 * it was. Where the answer must wait, is_last_chance makes it an error now
 * (timeout, not_seeded). subscribe and unsubscribe are not dispatched here:
 * they are a connection's own (daemon/subscribers).
 */
enum dispatch_result dispatch(struct dispatcher *d, const struct peer *peer,
                              const struct request *request,
                              bool is_last_chance,
                              struct dispatch_progress *progress,
                              struct buffer *out, struct dispatch_bulk *bulk);

/* The next n bytes (<= POOL_CHUNK_MAX, <= bulk->bytes) of a bulk reply into
 * out. 0, or -errno: the connection can only be closed then. */
int dispatch_bulk(struct dispatcher *d, struct dispatch_bulk *bulk, void *out,
                  size_t n);

/* Appends the error reply to request and counts it; a notification gets
 * none. */
void dispatch_error(struct dispatcher *d, const struct request *request,
                    const struct protocol_error *error, struct buffer *out);

/* How long request may wait, in milliseconds. */
uint32_t dispatch_timeout_ms(const struct request *request);

#endif
