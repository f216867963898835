#ifndef ENTROPYD_DAEMON_SERVER_DISPATCH_METHODS_H
#define ENTROPYD_DAEMON_SERVER_DISPATCH_METHODS_H

/*
 * What the methods share, one file each (dispatch_get.c, dispatch_raw.c,
 * dispatch_selftest.c; the short ones stand in dispatch_table.c). Nobody else
 * includes this.
 */

#include "daemon/server/dispatch.h"

/* How long a selftest may take: a start-up test lasts some 30 ms, a source
 * that opens anew up to ten seconds (collector.h). */
#define SELFTEST_TIMEOUT_MS 15000

/* One call of dispatch(). */
struct call {
    struct dispatcher *d;
    const struct peer *peer;
    const struct request *request;
    bool is_last_chance;
    struct dispatch_progress *progress;
    struct buffer *out;
    struct dispatch_bulk *bulk;
};

enum dispatch_result dispatch_get(const struct call *c);
enum dispatch_result dispatch_raw(const struct call *c);
enum dispatch_result dispatch_selftest(const struct call *c);

/* Appends the error; the request is done. Every refusal ends here, by
 * `return dispatch_refuse(...)`. */
enum dispatch_result dispatch_refuse(const struct call *c,
                                     const struct protocol_error *error);

/* Does anybody want the reply? A notification gets none. */
bool call_wants_reply(const struct call *c);

/* Is the peer not allowed to do this? Then error says so. */
bool call_is_forbidden(const struct call *c, struct protocol_error *error);

/* Is no source called `name`? Then error says so; else *index is its. */
bool call_names_no_source(const struct call *c, const char *name, int *index,
                          struct protocol_error *error);

#endif
