/* Subscriptions and what comes of them. */

#include "client/deadline.h"
#include "client/entropy_client.h"
#include "client/exchange.h"
#include "client/tree.h"
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
    return handle_fail(client, ENTROPY_CLIENT_MISUSE,
                       "events are health or status");
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
    struct tree *reply = NULL;
    int rc = exchange(client, method, params,
                      deadline_after(client->timeout_ms), &reply);
    if (rc == 0)
        client->is_subscribed[what] = is_subscribed;
    tree_free(reply);
    return rc;
}

int entropy_client_subscribe(struct entropy_client *client,
                             enum entropy_client_events what, int interval_ms)
{
    handle_begin(client);
    int rc = check_kind(client, what);
    if (rc < 0)
        return rc;
    if (interval_ms != 0 && (what != ENTROPY_CLIENT_EVENTS_STATUS ||
                             interval_ms < PROTOCOL_INTERVAL_MIN_MS ||
                             interval_ms > PROTOCOL_INTERVAL_MAX_MS))
        return handle_fail(client, ENTROPY_CLIENT_MISUSE,
                           "interval_ms must be 0, or for status events from "
                           "%d to %d",
                           PROTOCOL_INTERVAL_MIN_MS, PROTOCOL_INTERVAL_MAX_MS);
    return change(client, "subscribe", what, interval_ms, true);
}

int entropy_client_unsubscribe(struct entropy_client *client,
                               enum entropy_client_events what)
{
    handle_begin(client);
    int rc = check_kind(client, what);
    if (rc < 0)
        return rc;
    if (!client->is_subscribed[what])
        return handle_fail(client, ENTROPY_CLIENT_MISUSE,
                           "there is no such subscription");
    return change(client, "unsubscribe", what, 0, false);
}

/* Takes a notification apart. */
static int read_event(struct entropy_client *client, const char *line,
                      size_t length, enum entropy_client_events *what,
                      char **json)
{
    struct tree *tree = tree_parse(line, length);
    const char *method = tree_text(tree, "method", "");
    const struct tree *params = tree_at(tree, "params");
    bool is_health = strcmp(method, "health") == 0;
    int rc = 0;
    if (!tree_is_object(params) ||
        (!is_health && strcmp(method, "status") != 0)) {
        handle_drop(client);
        rc = handle_fail(client, ENTROPY_CLIENT_BAD_REPLY,
                         "an event that nobody knows");
    } else {
        *what = is_health ? ENTROPY_CLIENT_EVENTS_HEALTH
                          : ENTROPY_CLIENT_EVENTS_STATUS;
        *json = tree_print(params, 0);
        if (*json == NULL)
            rc = handle_fail(client, ENTROPY_CLIENT_NO_MEMORY,
                             "no memory for an event");
    }
    tree_free(tree);
    return rc;
}

int entropy_client_next_event(struct entropy_client *client, int timeout_ms,
                              enum entropy_client_events *what, char **json)
{
    *json = NULL;
    handle_begin(client);
    if (timeout_ms < -1)
        return handle_fail(client, ENTROPY_CLIENT_MISUSE,
                           "timeout_ms must be -1 or more, not %d", timeout_ms);
    char *kept = handle_take_event(client);
    if (kept != NULL) {
        int rc = read_event(client, kept, strlen(kept), what, json);
        free(kept);
        return rc;
    }
    if (!handle_has_subscription(client))
        return handle_fail(client, ENTROPY_CLIENT_MISUSE,
                           "there is no subscription");
    size_t length = 0;
    int rc = exchange_receive_line(client, deadline_after(timeout_ms), &length);
    if (rc < 0)
        return rc;
    rc = read_event(client, client->in.data, length, what, json);
    if (client->fd >= 0)
        exchange_consume(client, length + 1);
    return rc;
}

uint64_t entropy_client_events_lost(const struct entropy_client *client)
{
    return client->events_lost;
}
