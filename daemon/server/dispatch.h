/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SERVER_DISPATCH_H
#define ENTROPYD_DAEMON_SERVER_DISPATCH_H

/*
 * From a request to its reply, or to "not yet". A plain function that knows no
 * connection: it is told who asks, what is asked and where the reply goes. Loop
 * thread; never blocks.
 */

#include "daemon/host/peer.h"
#include "daemon/server/status.h"
#include "protocol/request.h"

enum dispatch_result {
    DISPATCH_DONE,    /* the reply object, if any, is in the buffer */
    DISPATCH_FRAMED,  /* so are its newline and the raw bytes after it */
    DISPATCH_NOT_YET, /* it needs credit or a test's end; try again later */
    DISPATCH_BULK,    /* the reply object is in the buffer; its newline and
                       * get.bytes bytes of dispatch_bulk() follow */
};

/* State of a request between two tries. Zeroed before the first. */
struct dispatch_progress {
    bool has_begun;                 /* an on-demand test was started: */
    uint32_t tested;                /* of the sources with these bits, */
    uid_t uid;                      /* for this user; */
    uint64_t deadline_ms;           /* it is to end before this, and */
    uint64_t selftests[SOURCE_MAX]; /* selftests_done was this */
    uint8_t *data;                  /* conditioned bytes so far; NULL: none */
    size_t done;                    /* how many */
    struct pool_provenance made;    /* theirs */
    uint64_t num_sleeps;            /* the dispatcher's when they were made */
};

/* The provenance of the last reply, kept as text. */
struct dispatch_provenance {
    enum quality quality;
    enum health_word health;
    struct pool_provenance pool;
    struct provenance text; /* length 0: none yet */
};

/* An on-demand test that runs although its request has been let go. */
struct left_test {
    uid_t uid;            /* who asked for it */
    uint64_t ends_before; /* selftests_done when he did */
    uint64_t deadline_ms; /* in now_ms; 0: there is no such test */
};

struct dispatcher {
    const struct status_view *view;
    struct server_counts *counts;
    atomic_bool *is_credit_wanted; /* worker_wakeup's; set where credit may be
                                    * missing */
    bool is_stopping;              /* no request may wait any more */
    size_t blocks_allowed;         /* how many conditioned blocks a request may
                                    * take now, unless it is its last chance */
    size_t blocks_taken;           /* by requests, in all */
    uint64_t loop_ms;              /* uv_now() when now_ms was read */
    uint64_t now_ms;               /* monotonic_now_ms() of this iteration */
    uint64_t num_sleeps;           /* suspensions of the machine */
    uint64_t slept_ms;             /* suspend_total_ms() when last read */
    struct dispatch_provenance provenance;
    struct left_test left_tests[SOURCE_MAX][2]; /* root's are the second */
    /* Told of each source that a selftest request tested, when that request is
     * over, or the test of a request that was let go. Requests are being tried
     * then: no connection may be touched. NULL: no one is told. */
    void (*selftest_ended)(void *context, size_t source,
                           const struct selftest_end *end);
    void *context;
};

/* To be called before requests are dispatched: reads the clock and looks
 * whether the machine was suspended, in which case the generator reseeds
 * first. loop_ms is uv_now(); while it is the same nothing is read again, which
 * saves three system calls for each read from a connection. */
void dispatch_update_time(struct dispatcher *d, uint64_t loop_ms);

/*
 * Answers `request`, valid or not, of `peer`. A notification leaves `out` as
 * it was. With is_last_chance an answer that would have to wait is an error
 * now (timeout, not_seeded).
 * subscribe and unsubscribe belong to the session and are not accepted here.
 */
enum dispatch_result dispatch(struct dispatcher *d, const struct peer *peer,
                              const struct request *request,
                              bool is_last_chance,
                              struct dispatch_progress *progress,
                              struct buffer *out);

/* Lets go of a request that was "not yet" and is not tried again; conditioned
 * bytes that were made for it go back to the pool, and an on-demand test that
 * it began is left to dispatch_look_at_tests(). To be called after the last
 * try, too. */
void dispatch_forget(struct dispatcher *d, struct dispatch_progress *progress);

/* Tells of the ends of on-demand tests whose requests were let go: to be called
 * when a worker has woken the loop, and at dispatch_tests_deadline(), which is
 * UINT64_MAX where there are none. A dispatcher that is stopping waits for none
 * of them. */
void dispatch_look_at_tests(struct dispatcher *d);
uint64_t dispatch_tests_deadline(const struct dispatcher *d);

/* Writes the next n bytes (<= POOL_CHUNK_MAX) of a bulk reply to out. 0, or
 * -errno; then the connection can only be closed. */
int dispatch_bulk(struct dispatcher *d, void *out, size_t n);

/*
 * n bytes (1..POOL_CHUNK_MAX) of the generator, as one request, to out: for a
 * protocol without replies in JSON. 0; -EAGAIN where waiting can help, never
 * with is_last_chance; another -errno where the request is to be refused. On
 * failure out is wiped.
 */
int dispatch_generate(struct dispatcher *d, void *out, size_t n,
                      bool is_last_chance);

/* Appends the error reply to request, and counts the error. A notification
 * gets no reply. */
void dispatch_error(struct dispatcher *d, const struct request *request,
                    const struct protocol_error *error, struct buffer *out);

/* How long the request may wait, in milliseconds. */
uint32_t dispatch_timeout_ms(const struct request *request);

#endif
