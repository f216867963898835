/* Opening and closing a client, and the calls that return text. */

#include "base/wipe.h"
#include "client/deadline.h"
#include "client/entropy_client.h"
#include "client/exchange.h"
#include "client/connection.h"
#include "client/names.h"
#include "client/tree.h"
#include "protocol/version.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int refuse(int error, const char *reason, char *why, size_t why_size)
{
    if (why_size > 0)
        snprintf(why, why_size, "%s", reason);
    return error;
}

static struct entropy_client *create(const char *path, int timeout_ms)
{
    struct entropy_client *client = calloc(1, sizeof(*client));
    if (client == NULL)
        return NULL;
    client->fd = -1;
    client->timeout_ms = timeout_ms;
    if (path == NULL || path[0] == '\0')
        return client;
    client->given = strdup(path);
    if (client->given != NULL)
        return client;
    free(client);
    return NULL;
}

int entropy_client_connect(struct entropy_client **client,
                           const struct entropy_client_options *options,
                           char *why, size_t why_size)
{
    static const struct entropy_client_options standard =
        ENTROPY_CLIENT_OPTIONS;
    if (client == NULL)
        return refuse(ENTROPY_CLIENT_MISUSE, "no place for the client", why,
                      why_size);
    *client = NULL;
    if (options == NULL)
        options = &standard;
    if (options->size < sizeof(*options) || options->timeout_ms < -1)
        return refuse(ENTROPY_CLIENT_MISUSE,
                      "options: size must be set, timeout_ms -1 or more", why,
                      why_size);
    struct entropy_client *made = create(options->path, options->timeout_ms);
    if (made == NULL)
        return refuse(ENTROPY_CLIENT_NO_MEMORY, "no memory for a client", why,
                      why_size);
    bool is_fresh = false;
    int rc = handle_connect(made, deadline_after(made->timeout_ms), &is_fresh);
    if (rc < 0) {
        refuse(rc, made->message, why, why_size);
        entropy_client_close(made);
        return rc;
    }
    *client = made;
    return 0;
}

void entropy_client_close(struct entropy_client *client)
{
    if (client == NULL)
        return;
    handle_drop(client);
    buffer_fini(&client->in);
    free(client->given);
    free(client);
}

/* The deadline of a call that the daemon may let wait for wait_ms. */
static int64_t call_deadline(const struct entropy_client *client, int wait_ms)
{
    if (client->timeout_ms < 0)
        return DEADLINE_NEVER;
    return deadline_after(client->timeout_ms < INT_MAX - wait_ms
                              ? client->timeout_ms + wait_ms
                              : INT_MAX);
}

int entropy_client_call(struct entropy_client *client, const char *method,
                        const char *params, int wait_ms, char **json)
{
    *json = NULL;
    handle_begin(client);
    if (method == NULL || wait_ms < 0)
        return handle_fail(client, ENTROPY_CLIENT_MISUSE,
                           "a method and a wait_ms of 0 or more are needed");
    /* is_subscribed would not be true of the connection any more. */
    if (strcmp(method, "subscribe") == 0 || strcmp(method, "unsubscribe") == 0)
        return handle_fail(client, ENTROPY_CLIENT_MISUSE,
                           "for this there is entropy_client_%s()", method);
    if (params != NULL && strchr(params, '\n') != NULL)
        return handle_fail(client, ENTROPY_CLIENT_MISUSE,
                           "params must not hold a newline");
    struct tree *reply = NULL;
    int rc = exchange(client, method, params, call_deadline(client, wait_ms),
                      &reply);
    if (rc < 0)
        return rc;
    /* Raw bytes would follow and be taken for the next answer. */
    if (strcmp(tree_text(reply, "result.encoding", ""), "binary") == 0) {
        tree_free(reply);
        handle_drop(client);
        return handle_fail(client, ENTROPY_CLIENT_MISUSE,
                           "binary goes with entropy_client_get() only");
    }
    *json = tree_print(tree_at(reply, "result"), 0);
    tree_free(reply);
    if (*json == NULL)
        return handle_fail(client, ENTROPY_CLIENT_NO_MEMORY,
                           "no memory for a result");
    return 0;
}

int entropy_client_health(struct entropy_client *client,
                          enum entropy_client_health *health)
{
    handle_begin(client);
    struct tree *reply = NULL;
    int rc = exchange(client, "health", NULL, call_deadline(client, 0), &reply);
    if (rc < 0)
        return rc;
    if (health_word_parse(tree_text(reply, "result.health", NULL), health) < 0)
        rc = handle_fail(client, ENTROPY_CLIENT_BAD_REPLY,
                         "an unknown health word");
    tree_free(reply);
    return rc;
}

int entropy_client_status(struct entropy_client *client, char **json)
{
    return entropy_client_call(client, "status", NULL, 0, json);
}

int entropy_client_sources(struct entropy_client *client, char **json)
{
    return entropy_client_call(client, "sources", NULL, 0, json);
}

int entropy_client_ping(struct entropy_client *client, char **json)
{
    return entropy_client_call(client, "ping", NULL, 0, json);
}

int entropy_client_selftest(struct entropy_client *client, const char *source,
                            char **json)
{
    /* A start-up test takes as long as 1024 samples take. */
    static const int wait_ms = 30000;
    if (source == NULL)
        return entropy_client_call(client, "selftest", NULL, wait_ms, json);
    struct buffer params = {0};
    buffer_append_text(&params, "{\"source\":");
    buffer_append_json_string(&params, source);
    buffer_append(&params, "}", 2);
    int rc;
    *json = NULL;
    if (!params.has_failed)
        rc =
            entropy_client_call(client, "selftest", params.data, wait_ms, json);
    else
        rc = handle_fail(client, ENTROPY_CLIENT_NO_MEMORY,
                         "no memory for a request");
    buffer_fini(&params);
    return rc;
}

void entropy_client_free(char *text)
{
    if (text != NULL)
        wipe(text, strlen(text));
    free(text);
}

const char *entropy_client_message(const struct entropy_client *client)
{
    return client->message;
}

const char *entropy_client_error_data(const struct entropy_client *client)
{
    return client->data;
}

const char *entropy_client_path(const struct entropy_client *client)
{
    return client->path;
}

const char *entropy_client_version(void)
{
    return ENTROPYD_VERSION;
}
