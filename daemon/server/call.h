/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SERVER_CALL_H
#define ENTROPYD_DAEMON_SERVER_CALL_H

/*
 * One call of a method, what the methods share, and the methods that have files
 * of their own. dispatch.c chooses among them.
 */

#include "daemon/server/dispatch.h"

/* How long an on-demand test may take: a start-up test lasts some 30 ms, a
 * source that is opened again up to ten seconds (collector.h). */
#define SELFTEST_TIMEOUT_MS 15000

/* One call of dispatch(). */
struct call {
    struct dispatcher *d;
    const struct peer *peer;
    const struct request *request;
    bool is_last_chance;
    struct dispatch_progress *progress;
    struct buffer *out;
};

/* dispatch_get.c, dispatch_raw.c, dispatch_selftest.c */
enum dispatch_result dispatch_get(const struct call *c);
enum dispatch_result dispatch_raw(const struct call *c);
enum dispatch_result dispatch_selftest(const struct call *c);

/* The test that the request has begun runs without it from now on. */
void dispatch_leave_selftest(struct dispatcher *d,
                             struct dispatch_progress *progress);

/* Appends the error and returns DISPATCH_DONE. Every refusal ends here, by
 * `return call_refuse(...)`. */
enum dispatch_result call_refuse(const struct call *c,
                                 const struct protocol_error *error);

/* Is a reply wanted? Not for a notification. */
bool call_wants_reply(const struct call *c);

/* Is the peer not allowed to call this? Then *error says so. */
bool call_is_forbidden(const struct call *c, struct protocol_error *error);

/* Is there no source called `name`? Then *error says so; else *index is
 * its index. */
bool call_names_no_source(const struct call *c, const char *name, int *index,
                          struct protocol_error *error);

#endif
