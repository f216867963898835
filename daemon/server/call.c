/* SPDX-License-Identifier: MIT */
/* What the methods share: refusals, and the checks that lead to them. */

#include "daemon/server/call.h"

void dispatch_error(struct dispatcher *d, const struct request *request,
                    const struct protocol_error *error, struct buffer *out)
{
    d->counts->errors_total[error->kind]++;
    if (request->id.length > 0)
        reply_error(out, &request->id, error);
}

enum dispatch_result call_refuse(const struct call *c,
                                 const struct protocol_error *error)
{
    dispatch_error(c->d, c->request, error, c->out);
    return DISPATCH_DONE;
}

bool call_wants_reply(const struct call *c)
{
    return c->request->id.length > 0;
}

/* The one check of who may see raw samples and start tests. */
bool call_is_forbidden(const struct call *c, struct protocol_error *error)
{
    if (peer_is_privileged(c->peer))
        return false;
    protocol_error_set(error, ERROR_FORBIDDEN,
                       "%s is for the daemon's own user and root",
                       method_name(c->request->method));
    protocol_error_add_string(error, "method", method_name(c->request->method));
    return true;
}

bool call_names_no_source(const struct call *c, const char *name, int *index,
                          struct protocol_error *error)
{
    *index = status_find_source(c->d->view, name);
    if (*index >= 0)
        return false;
    protocol_error_set(error, ERROR_UNKNOWN_SOURCE, "unknown source %s", name);
    protocol_error_add_string(error, "param", "source");
    protocol_error_add_string(error, "got", name);
    return true;
}
