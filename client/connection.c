/*
 * One line out, one line in.
 *
 * The happy path: connected already, the request goes out, the answer with its
 * id comes. What can come between:
 *  - the connection is dead because the daemon was restarted: sending fails or
 *    the stream ends before any byte. Asked again on a new connection, once,
 *    unless a subscription would be lost in silence;
 *  - notifications stand before the answer: kept for entropy_client_next_event;
 *  - the deadline passes or the answer is no answer: the connection is given
 *    up, so that what still comes never meets the next request.
 */

#include "client/exchange.h"
#include "client/channel.h"
#include "client/deadline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much room to receive into, at least. */
#define RECEIVE_ROOM 4096

void exchange_consume(struct entropy_client *client, size_t n)
{
    struct buffer *in = &client->in;
    memmove(in->data, in->data + n, in->length - n);
    buffer_cut(in, in->length - n);
}

static int fail_receive(struct entropy_client *client, ssize_t got)
{
    if (got == -ETIMEDOUT)
        return handle_fail(client, ENTROPY_CLIENT_NO_ANSWER,
                           "no answer from %s in time", client->path);
    client->was_cut = client->in.length > 0;
    handle_drop(client);
    if (got == 0 || got == -ECONNRESET || got == -EPIPE)
        return handle_fail(client, ENTROPY_CLIENT_DISCONNECTED,
                           "%s closed the connection", client->path);
    return handle_fail(client, ENTROPY_CLIENT_DISCONNECTED,
                       "the connection to %s broke (errno %d)", client->path,
                       (int)-got);
}

int exchange_receive_line(struct entropy_client *client, int64_t deadline,
                          size_t *length)
{
    struct buffer *in = &client->in;
    size_t searched = 0;
    for (;;) {
        char *newline =
            in->length > searched
                ? memchr(in->data + searched, '\n', in->length - searched)
                : NULL;
        if (newline != NULL) {
            *length = (size_t)(newline - in->data);
            return 0;
        }
        searched = in->length;
        if (in->length > EXCHANGE_LINE_MAX) {
            handle_drop(client);
            return handle_fail(client, ENTROPY_CLIENT_BAD_REPLY,
                               "an answer of more than %zu bytes",
                               EXCHANGE_LINE_MAX);
        }
        char *to = buffer_reserve(in, RECEIVE_ROOM);
        if (to == NULL) {
            handle_drop(client);
            return handle_fail(client, ENTROPY_CLIENT_NO_MEMORY,
                               "no memory for an answer");
        }
        ssize_t got = channel_receive(client->fd, to, in->capacity - in->length,
                                      deadline);
        if (got <= 0)
            return fail_receive(client, got);
        in->length += (size_t)got;
    }
}

static int send_request(struct entropy_client *client, const char *method,
                        const char *params, int64_t deadline)
{
    struct buffer line = {0};
    char head[64];
    snprintf(head, sizeof(head), "{\"jsonrpc\":\"2.0\",\"id\":%" PRIu64,
             ++client->last_id);
    buffer_append_text(&line, head);
    buffer_append_text(&line, ",\"method\":");
    buffer_append_json_string(&line, method);
    if (params != NULL) {
        buffer_append_text(&line, ",\"params\":");
        buffer_append_text(&line, params);
    }
    buffer_append_text(&line, "}\n");
    int rc = -ENOMEM;
    if (!line.has_failed)
        rc = channel_send(client->fd, line.data, line.length, deadline);
    buffer_fini(&line);
    return rc;
}

/* Notes the error that the daemon sent and returns its code. */
static int take_error(struct entropy_client *client, const struct tree *error)
{
    int64_t code = 0;
    const char *message = tree_text(error, "message", NULL);
    if (!tree_integer(error, "code", &code) || message == NULL ||
        code < -32768 || code > -32000) {
        handle_drop(client);
        return handle_fail(client, ENTROPY_CLIENT_BAD_REPLY,
                           "an error without code or message");
    }
    int rc = handle_fail(client, (int)code, "%s", message);
    char *data = NULL;
    if (tree_at(error, "data") != NULL)
        data = tree_print(tree_at(error, "data"), 0);
    if (data != NULL && strlen(data) < sizeof(client->data))
        memcpy(client->data, data, strlen(data) + 1);
    free(data);
    return rc;
}

/* Looks at one received tree: 1 if it is the answer with a result, 0 if it was
 * a notification, else the failure. */
static int judge_reply(struct entropy_client *client, const struct tree *reply)
{
    int64_t id = 0;
    const struct tree *error = tree_at(reply, "error");
    bool is_ours =
        tree_integer(reply, "id", &id) && (uint64_t)id == client->last_id;
    /* What the daemon could not read, it answers with id null: one request is
     * under way, so it is meant. */
    if (error != NULL && (is_ours || tree_is_null(reply, "id")))
        return take_error(client, error);
    if (is_ours && tree_at(reply, "result") != NULL)
        return 1;
    if (tree_at(reply, "method") != NULL && tree_at(reply, "id") == NULL &&
        handle_has_subscription(client))
        return 0;
    handle_drop(client);
    return handle_fail(client, ENTROPY_CLIENT_BAD_REPLY,
                       "an answer to something that was not asked");
}

static int receive_reply(struct entropy_client *client, int64_t deadline,
                         struct tree **reply)
{
    for (;;) {
        size_t length = 0;
        int rc = exchange_receive_line(client, deadline, &length);
        if (rc < 0)
            return rc;
        struct tree *tree = tree_parse(client->in.data, length);
        if (tree == NULL) {
            handle_drop(client);
            return handle_fail(client, ENTROPY_CLIENT_BAD_REPLY,
                               "an answer that is not JSON");
        }
        rc = judge_reply(client, tree);
        if (rc == 0)
            rc = handle_keep_event(client, client->in.data, length);
        if (client->fd >= 0)
            exchange_consume(client, length + 1);
        if (rc > 0) {
            *reply = tree;
            return 0;
        }
        tree_free(tree);
        if (rc < 0)
            return rc;
    }
}

/* One attempt. *is_dead: the connection was dead before the request. */
static int attempt(struct entropy_client *client, const char *method,
                   const char *params, int64_t deadline, struct tree **reply,
                   bool *is_dead)
{
    bool is_fresh = false;
    int rc = handle_connect(client, deadline, &is_fresh);
    if (rc < 0)
        return rc;
    bool may_repeat = !is_fresh && !handle_has_subscription(client);
    client->was_cut = false;
    rc = send_request(client, method, params, deadline);
    if (rc == -ENOMEM)
        return handle_fail(client, ENTROPY_CLIENT_NO_MEMORY,
                           "no memory for a request");
    /* A daemon that closes may have said why: look before giving up. */
    if (rc < 0 && rc != -EPIPE && rc != -ECONNRESET)
        rc = fail_receive(client, rc);
    else
        rc = receive_reply(client, deadline, reply);
    if (rc == ENTROPY_CLIENT_NO_ANSWER)
        handle_drop(client);
    *is_dead =
        rc == ENTROPY_CLIENT_DISCONNECTED && may_repeat && !client->was_cut;
    return rc;
}

int exchange(struct entropy_client *client, const char *method,
             const char *params, int64_t deadline, struct tree **reply)
{
    *reply = NULL;
    bool is_dead = false;
    int rc = attempt(client, method, params, deadline, reply, &is_dead);
    if (!is_dead)
        return rc;
    handle_begin(client);
    return attempt(client, method, params, deadline, reply, &is_dead);
}
