/* SPDX-License-Identifier: MIT */
/* Subscriptions and their events. */

#include "client/channel.h"
#include "client/connection.h"
#include "protocol/protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_kind(struct entropy_client *client,
                      enum entropy_client_events what)
{
    if (what == ENTROPY_CLIENT_EVENTS_HEALTH ||
        what == ENTROPY_CLIENT_EVENTS_STATUS)
        return 0;
    return connection_fail(client, ENTROPY_CLIENT_MISUSE,
                           "events must be health or status");
}

static int change(struct entropy_client *client, const char *method,
                  enum entropy_client_events what, int interval_ms,
                  bool is_subscribed)
{
    char params[96];
    const char *name = subscription_name((enum subscription)what);
    if (interval_ms > 0)
        snprintf(params, sizeof(params),
                 "{\"events\":\"%s\",\"interval_ms\":%d}", name, interval_ms);
    else
        snprintf(params, sizeof(params), "{\"events\":\"%s\"}", name);
    json_t *result = NULL;
    int rc = connection_ask(client, method, params,
                            connection_deadline(client, 0), &result);
    if (rc == 0)
        client->is_subscribed[what] = is_subscribed;
    json_decref(result);
    return rc;
}

int entropy_client_subscribe(struct entropy_client *client,
                             enum entropy_client_events what, int interval_ms)
{
    connection_begin(client);
    int rc = check_kind(client, what);
    if (rc < 0)
        return rc;
    if (interval_ms != 0 && (what != ENTROPY_CLIENT_EVENTS_STATUS ||
                             interval_ms < PROTOCOL_INTERVAL_MIN_MS ||
                             interval_ms > PROTOCOL_INTERVAL_MAX_MS))
        return connection_fail(
            client, ENTROPY_CLIENT_MISUSE,
            "interval_ms must be 0, or for status events from "
            "%d to %d",
            PROTOCOL_INTERVAL_MIN_MS, PROTOCOL_INTERVAL_MAX_MS);
    return change(client, "subscribe", what, interval_ms, true);
}

int entropy_client_unsubscribe(struct entropy_client *client,
                               enum entropy_client_events what)
{
    connection_begin(client);
    int rc = check_kind(client, what);
    if (rc < 0)
        return rc;
    if (!client->is_subscribed[what])
        return connection_fail(client, ENTROPY_CLIENT_MISUSE,
                               "not subscribed to these events");
    return change(client, "unsubscribe", what, 0, false);
}

/* Reads a notification. */
static int read_event(struct entropy_client *client, const char *line,
                      size_t length, enum entropy_client_events *what,
                      char **json)
{
    const char *method = "";
    const json_t *params = NULL;
    json_t *event =
        json_loadb(line, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    int rc =
        json_unpack(event, "{s:s, s:o}", "method", &method, "params", &params);
    bool is_health = strcmp(method, "health") == 0;
    if (rc < 0 || !json_is_object(params) ||
        (!is_health && strcmp(method, "status") != 0)) {
        connection_drop(client);
        rc = connection_fail(client, ENTROPY_CLIENT_BAD_REPLY,
                             "unknown event type");
    } else {
        *what = is_health ? ENTROPY_CLIENT_EVENTS_HEALTH
                          : ENTROPY_CLIENT_EVENTS_STATUS;
        *json = json_dumps(params, JSON_COMPACT);
        if (*json == NULL)
            rc = connection_fail(client, ENTROPY_CLIENT_NO_MEMORY,
                                 "out of memory");
    }
    json_decref(event);
    return rc;
}

int entropy_client_next_event(struct entropy_client *client, int timeout_ms,
                              enum entropy_client_events *what, char **json)
{
    *json = NULL;
    connection_begin(client);
    if (timeout_ms < -1)
        return connection_fail(client, ENTROPY_CLIENT_MISUSE,
                               "timeout_ms must be -1 or more, not %d",
                               timeout_ms);
    char *pending = connection_take_event(client);
    if (pending != NULL) {
        int rc = read_event(client, pending, strlen(pending), what, json);
        free(pending);
        return rc;
    }
    if (!connection_is_subscribed(client))
        return connection_fail(client, ENTROPY_CLIENT_MISUSE,
                               "not subscribed to any events");
    size_t length = 0;
    int rc =
        connection_receive_line(client, deadline_after(timeout_ms), &length);
    if (rc < 0)
        return rc;
    rc = read_event(client, client->in.data, length, what, json);
    if (client->fd >= 0)
        connection_consume(client, length + 1);
    return rc;
}

uint64_t entropy_client_events_lost(const struct entropy_client *client)
{
    return client->events_lost;
}
