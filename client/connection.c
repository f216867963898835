/* SPDX-License-Identifier: MIT */
/*
 * One connection; one line out, one line in.
 *
 * The happy path: already connected, the request goes out, the reply with its
 * id comes. What can come between:
 *  - the connection is dead because the daemon was restarted: sending fails or
 *    the stream ends before any byte. Asked again on a new connection, once,
 *    unless a subscription would be lost in silence;
 *  - notifications precede the reply: kept for entropy_client_next_event();
 *  - the deadline passes or the reply is malformed: the connection is dropped,
 *    so that what still comes never meets the next request.
 */

#include "client/connection.h"

#include "client/channel.h"
#include "client/locate.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Room to receive into, at least. */
#define RECEIVE_ROOM 4096

/* Longest line that is accepted: twice what 65536 raw samples need. */
#define LINE_MAX_BYTES  2097152
#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

/* Most events that are kept while other replies are waited for. */
#define EVENTS_MAX 64

int connection_fail(struct entropy_client *client, int error,
                    const char *format, ...)
{
    va_list args;

    va_start(args, format);
    /* clang-tidy 14 does not see va_start(). */
    /* NOLINTBEGIN(clang-analyzer-valist.Uninitialized) */
    if (vsnprintf(client->message, sizeof(client->message), format, args) < 0)
        client->message[0] = '\0';
    va_end(args);
    /* NOLINTEND(clang-analyzer-valist.Uninitialized) */
    client->data[0] = '\0';
    return error;
}

void connection_begin(struct entropy_client *client)
{
    client->message[0] = '\0';
    client->data[0] = '\0';
    if (client->fd >= 0 && client->pid != getpid())
        connection_drop(client);
}

int connection_open(struct entropy_client *client, uint64_t deadline,
                    bool *is_fresh)
{
    char path[SOCKET_PATH_MAX];
    struct reason why;

    *is_fresh = client->fd < 0;
    if (!*is_fresh)
        return 0;
    int rc = locate_daemon(client->given, deadline, &client->fd, path, &why);
    if (rc < 0)
        return connection_fail(client, rc, "%s", why.text);
    memcpy(client->path, path, strlen(path) + 1);
    client->pid = getpid();
    return 0;
}

char *connection_take_event(struct entropy_client *client)
{
    struct pending_event *event = client->events;

    if (event == NULL)
        return NULL;
    char *line = event->line;
    client->events = event->next;
    client->event_count--;
    free(event);
    return line;
}

void connection_drop(struct entropy_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    buffer_reset(&client->in);
    client->is_subscribed[ENTROPY_CLIENT_EVENTS_HEALTH] = false;
    client->is_subscribed[ENTROPY_CLIENT_EVENTS_STATUS] = false;
    for (char *line; (line = connection_take_event(client)) != NULL;)
        free(line);
}

bool connection_is_subscribed(const struct entropy_client *client)
{
    return client->is_subscribed[ENTROPY_CLIENT_EVENTS_HEALTH] ||
           client->is_subscribed[ENTROPY_CLIENT_EVENTS_STATUS];
}

uint64_t connection_deadline(const struct entropy_client *client, int wait_ms)
{
    if (client->timeout_ms < 0)
        return DEADLINE_NEVER;
    return deadline_after(client->timeout_ms < INT_MAX - wait_ms
                              ? client->timeout_ms + wait_ms
                              : INT_MAX);
}

void connection_consume(struct entropy_client *client, size_t n)
{
    struct buffer *in = &client->in;

    memmove(in->data, in->data + n, in->length - n);
    buffer_cut(in, in->length - n);
}

static int drop_and_fail(struct entropy_client *client, int error,
                         const char *message)
{
    connection_drop(client);
    return connection_fail(client, error, "%s", message);
}

/* `got` is what channel_receive() or channel_send() returned. */
static int fail_receive(struct entropy_client *client, ssize_t got)
{
    struct reason why;

    if (got == -ETIMEDOUT)
        return connection_fail(client, ENTROPY_CLIENT_NO_ANSWER,
                               "timed out waiting for a reply from %s",
                               client->path);
    client->was_cut = client->in.length > 0;
    if (got == 0 || got == -ECONNRESET || got == -EPIPE)
        reason_set(&why, "connection closed by %s", client->path);
    else
        reason_errno((int)-got, &why, "connection to %s lost", client->path);
    return drop_and_fail(client, ENTROPY_CLIENT_DISCONNECTED, why.text);
}

int connection_receive_line(struct entropy_client *client, uint64_t deadline,
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
        if (in->length > LINE_MAX_BYTES)
            return drop_and_fail(
                client, ENTROPY_CLIENT_BAD_REPLY,
                "reply is longer than " TEXT(LINE_MAX_BYTES) " bytes");
        char *to = buffer_reserve(in, RECEIVE_ROOM);
        if (to == NULL)
            return drop_and_fail(client, ENTROPY_CLIENT_NO_MEMORY,
                                 "out of memory");
        ssize_t got = channel_receive(client->fd, to, in->capacity - in->length,
                                      deadline);
        if (got <= 0)
            return fail_receive(client, got);
        in->length += (size_t)got;
    }
}

/* Keeps a notification's line; the oldest goes if there are too many. */
static int keep_event(struct entropy_client *client, const char *line,
                      size_t length)
{
    struct pending_event *event = malloc(sizeof(*event));
    char *copy = malloc(length + 1);

    if (event == NULL || copy == NULL) {
        free(event);
        free(copy);
        return connection_fail(client, ENTROPY_CLIENT_NO_MEMORY,
                               "out of memory");
    }
    memcpy(copy, line, length);
    copy[length] = '\0';
    *event = (struct pending_event){.line = copy};
    if (client->event_count == EVENTS_MAX) {
        free(connection_take_event(client));
        client->events_lost++;
    }
    struct pending_event **last = &client->events;
    while (*last != NULL)
        last = &(*last)->next;
    *last = event;
    client->event_count++;
    return 0;
}

static int send_request(struct entropy_client *client, const char *method,
                        const char *params, uint64_t deadline)
{
    struct buffer line = {0};
    char head[64];
    int rc = -ENOMEM;

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
    if (!line.has_failed)
        rc = channel_send(client->fd, line.data, line.length, deadline);
    buffer_fini(&line);
    return rc;
}

/* Notes the error that the daemon sent and returns its code. */
static int take_error(struct entropy_client *client, json_t *error)
{
    json_int_t code = 0;
    const char *message = NULL;
    json_t *data = NULL;

    if (json_unpack(error, "{s:I, s:s, s?o}", "code", &code, "message",
                    &message, "data", &data) < 0 ||
        code < -32768 || code > -32000)
        return drop_and_fail(client, ENTROPY_CLIENT_BAD_REPLY,
                             "malformed error in the reply");
    int rc = connection_fail(client, (int)code, "%s", message);
    char *text =
        data != NULL ? json_dumps(data, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (text != NULL && strlen(text) < sizeof(client->data))
        memcpy(client->data, text, strlen(text) + 1);
    free(text);
    return rc;
}

/* Looks at one received line: 1 if it is the reply with a result, 0 if it was a
 * notification, else the failure. */
static int judge_reply(struct entropy_client *client, const json_t *reply)
{
    const json_t *id = json_object_get(reply, "id");
    json_t *error = json_object_get(reply, "error");
    bool is_ours = json_is_integer(id) &&
                   (uint64_t)json_integer_value(id) == client->last_id;

    /* A request that the daemon could not read is answered with id null; only
     * one is under way. */
    if (error != NULL && (is_ours || json_is_null(id)))
        return take_error(client, error);
    if (is_ours && json_object_get(reply, "result") != NULL)
        return 1;
    if (json_object_get(reply, "method") != NULL && id == NULL &&
        connection_is_subscribed(client))
        return 0;
    return drop_and_fail(client, ENTROPY_CLIENT_BAD_REPLY, "unexpected reply");
}

static int receive_reply(struct entropy_client *client, uint64_t deadline,
                         json_t **result)
{
    for (;;) {
        size_t length = 0;
        int rc = connection_receive_line(client, deadline, &length);
        if (rc < 0)
            return rc;
        json_t *reply =
            json_loadb(client->in.data, length,
                       JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
        if (reply == NULL)
            return drop_and_fail(client, ENTROPY_CLIENT_BAD_REPLY,
                                 "reply is not valid JSON");
        rc = judge_reply(client, reply);
        if (rc == 0)
            rc = keep_event(client, client->in.data, length);
        if (client->fd >= 0)
            connection_consume(client, length + 1);
        if (rc > 0)
            *result = json_incref(json_object_get(reply, "result"));
        json_decref(reply);
        if (rc != 0)
            return rc < 0 ? rc : 0;
    }
}

/* One attempt. *is_dead: the connection was dead before the request. */
static int attempt(struct entropy_client *client, const char *method,
                   const char *params, uint64_t deadline, json_t **result,
                   bool *is_dead)
{
    bool is_fresh = false;
    int rc = connection_open(client, deadline, &is_fresh);

    if (rc < 0)
        return rc;
    bool may_repeat = !is_fresh && !connection_is_subscribed(client);
    client->was_cut = false;
    rc = send_request(client, method, params, deadline);
    if (rc == -ENOMEM)
        return connection_fail(client, ENTROPY_CLIENT_NO_MEMORY,
                               "out of memory");
    /* A daemon that closes may have sent the reason before. */
    if (rc < 0 && rc != -EPIPE && rc != -ECONNRESET)
        rc = fail_receive(client, rc);
    else
        rc = receive_reply(client, deadline, result);
    if (rc == ENTROPY_CLIENT_NO_ANSWER)
        connection_drop(client);
    *is_dead =
        rc == ENTROPY_CLIENT_DISCONNECTED && may_repeat && !client->was_cut;
    return rc;
}

int connection_ask(struct entropy_client *client, const char *method,
                   const char *params, uint64_t deadline, json_t **result)
{
    bool is_dead = false;

    *result = NULL;
    int rc = attempt(client, method, params, deadline, result, &is_dead);
    if (!is_dead)
        return rc;
    connection_begin(client);
    return attempt(client, method, params, deadline, result, &is_dead);
}
