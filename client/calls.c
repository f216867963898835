/* SPDX-License-Identifier: MIT */
/* Opening and closing a client, and the calls that return text. */

#include "base/wipe.h"
#include "client/channel.h"
#include "client/connection.h"
#include "client/names.h"
#include "protocol/version.h"

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
    static const struct entropy_client_options default_options =
        ENTROPY_CLIENT_OPTIONS;
    if (client == NULL)
        return refuse(ENTROPY_CLIENT_MISUSE, "client must not be NULL", why,
                      why_size);
    *client = NULL;
    if (options == NULL)
        options = &default_options;
    if (options->size < sizeof(*options) || options->timeout_ms < -1)
        return refuse(ENTROPY_CLIENT_MISUSE,
                      "options: size or timeout_ms is not valid", why,
                      why_size);
    struct entropy_client *made = create(options->path, options->timeout_ms);
    if (made == NULL)
        return refuse(ENTROPY_CLIENT_NO_MEMORY, "out of memory", why, why_size);
    bool is_fresh = false;
    int rc = connection_open(made, deadline_after(made->timeout_ms), &is_fresh);
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
    connection_drop(client);
    buffer_fini(&client->in);
    free(client->given);
    free(client);
}

int entropy_client_call(struct entropy_client *client, const char *method,
                        const char *params, int wait_ms, char **json)
{
    *json = NULL;
    connection_begin(client);
    if (method == NULL || wait_ms < 0)
        return connection_fail(client, ENTROPY_CLIENT_MISUSE,
                               "method must not be NULL, nor wait_ms negative");
    /* is_subscribed would not be true of the connection any more. */
    if (strcmp(method, "subscribe") == 0 || strcmp(method, "unsubscribe") == 0)
        return connection_fail(client, ENTROPY_CLIENT_MISUSE,
                               "use entropy_client_%s()", method);
    if (params != NULL && strchr(params, '\n') != NULL)
        return connection_fail(client, ENTROPY_CLIENT_MISUSE,
                               "params must not contain a newline");
    json_t *result = NULL;
    int rc = connection_ask(client, method, params,
                            connection_deadline(client, wait_ms), &result);
    if (rc < 0)
        return rc;
    const char *encoding =
        json_string_value(json_object_get(result, "encoding"));
    /* Raw bytes would follow and be taken for the next reply. */
    if (encoding != NULL && strcmp(encoding, "binary") == 0) {
        connection_drop(client);
        rc = connection_fail(client, ENTROPY_CLIENT_MISUSE,
                             "use entropy_client_get() for binary");
    } else {
        *json = json_dumps(result, JSON_COMPACT | JSON_ENCODE_ANY);
        if (*json == NULL)
            rc = connection_fail(client, ENTROPY_CLIENT_NO_MEMORY,
                                 "out of memory");
    }
    json_decref(result);
    return rc;
}

int entropy_client_health(struct entropy_client *client,
                          enum entropy_client_health *health)
{
    connection_begin(client);
    json_t *result = NULL;
    int rc = connection_ask(client, "health", NULL,
                            connection_deadline(client, 0), &result);
    if (rc < 0)
        return rc;
    const char *word = json_string_value(json_object_get(result, "health"));
    if (word == NULL || health_parse(word, health) < 0)
        rc = connection_fail(client, ENTROPY_CLIENT_BAD_REPLY,
                             "unknown health word");
    json_decref(result);
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
        rc = connection_fail(client, ENTROPY_CLIENT_NO_MEMORY, "out of memory");
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
