/* SPDX-License-Identifier: MIT */
/* Random bytes into the caller's buffer: "binary" requests, so that nothing is
 * decoded and nothing but a line's tail passes through a buffer of ours. */

#include "base/wipe.h"
#include "client/channel.h"
#include "client/connection.h"
#include "client/names.h"
#include "protocol/protocol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int check_options(struct entropy_client *client, const void *bytes,
                         size_t n,
                         const struct entropy_client_get_options *options)
{
    if (bytes == NULL && n > 0)
        return connection_fail(client, ENTROPY_CLIENT_MISUSE,
                               "bytes must not be NULL");
    if (options->size < sizeof(*options) ||
        (options->quality != ENTROPY_CLIENT_DRBG &&
         options->quality != ENTROPY_CLIENT_CONDITIONED))
        return connection_fail(client, ENTROPY_CLIENT_MISUSE,
                               "options: size or quality is not valid");
    if (options->wait_ms < 0 || options->wait_ms > PROTOCOL_TIMEOUT_MAX_MS)
        return connection_fail(client, ENTROPY_CLIENT_MISUSE,
                               "wait_ms must be from 0 to %d, not %d",
                               PROTOCOL_TIMEOUT_MAX_MS, options->wait_ms);
    if (connection_is_subscribed(client))
        return connection_fail(client, ENTROPY_CLIENT_MISUSE,
                               "a subscribed client cannot get bytes; use "
                               "another client");
    return 0;
}

/* Receives the bytes behind a reply's line: first those that came with the
 * line, then the rest. */
static int receive_bytes(struct entropy_client *client, uint8_t *bytes,
                         size_t n)
{
    size_t have = client->in.length < n ? client->in.length : n;
    if (have > 0) {
        memcpy(bytes, client->in.data, have);
        connection_consume(client, have);
    }
    while (have < n) {
        ssize_t got = channel_receive(client->fd, bytes + have, n - have,
                                      deadline_after(client->timeout_ms));
        if (got <= 0) {
            connection_drop(client);
            return connection_fail(client,
                                   got == -ETIMEDOUT
                                       ? ENTROPY_CLIENT_NO_ANSWER
                                       : ENTROPY_CLIENT_DISCONNECTED,
                                   "received only %zu of %zu bytes from %s",
                                   have, n, client->path);
        }
        have += (size_t)got;
    }
    return 0;
}

static void join_sources(const json_t *sources, char *list, size_t size)
{
    size_t length = 0;
    size_t i;
    const json_t *source;

    list[0] = '\0';
    json_array_foreach(sources, i, source)
    {
        const char *name = json_string_value(source);
        int more = snprintf(list + length, size - length, "%s%s",
                            i > 0 ? "," : "", name != NULL ? name : "");
        if (more < 0 || (size_t)more >= size - length) {
            /* A name that does not fit whole is left out whole. */
            list[length] = '\0';
            return;
        }
        length += (size_t)more;
    }
}

/* Reads how the bytes were made; -1 where the reply is not what was asked. */
static int read_provenance(json_t *result, size_t n,
                           enum entropy_client_quality quality,
                           struct entropy_client_provenance *provenance)
{
    json_int_t bytes = 0;
    json_int_t credited = 0;
    const char *encoding = NULL;
    const char *made = NULL;
    const char *health = NULL;
    const json_t *sources = NULL;

    if (json_unpack(result, "{s:I, s:I, s:s, s:s, s:s, s:o}", "bytes", &bytes,
                    "credited_bits", &credited, "encoding", &encoding,
                    "quality", &made, "health", &health, "sources",
                    &sources) < 0 ||
        (uint64_t)bytes != n || credited < 0 ||
        strcmp(encoding, encoding_name(ENCODING_BINARY)) != 0 ||
        strcmp(made, quality_name((enum quality)quality)) != 0 ||
        health_parse(health, &provenance->health) < 0)
        return -1;
    provenance->quality = quality;
    /* Each conditioned request has the credit of its own bytes; the generator's
     * is that of its last seed, whatever was asked before. */
    if (quality == ENTROPY_CLIENT_CONDITIONED)
        provenance->credited_bits += (uint64_t)credited;
    else
        provenance->credited_bits = (uint64_t)credited;
    join_sources(sources, provenance->sources, sizeof(provenance->sources));
    return 0;
}

static int get_piece(struct entropy_client *client, uint8_t *bytes, size_t n,
                     const struct entropy_client_get_options *options,
                     struct entropy_client_provenance *provenance)
{
    char params[160];
    json_t *result = NULL;

    snprintf(params, sizeof(params),
             "{\"bytes\":%zu,\"encoding\":\"binary\",\"quality\":\"%s\","
             "\"timeout_ms\":%d}",
             n, quality_name((enum quality)options->quality), options->wait_ms);
    int rc =
        connection_ask(client, "get", params,
                       connection_deadline(client, options->wait_ms), &result);
    if (rc < 0)
        return rc;
    rc = read_provenance(result, n, options->quality, provenance);
    json_decref(result);
    if (rc < 0) {
        connection_drop(client);
        return connection_fail(client, ENTROPY_CLIENT_BAD_REPLY,
                               "reply does not match the request");
    }
    return receive_bytes(client, bytes, n);
}

int entropy_client_get(struct entropy_client *client, void *bytes, size_t n,
                       const struct entropy_client_get_options *options,
                       struct entropy_client_provenance *provenance)
{
    static const struct entropy_client_get_options default_options =
        ENTROPY_CLIENT_GET_OPTIONS;

    if (options == NULL)
        options = &default_options;
    connection_begin(client);
    struct entropy_client_provenance made = {.quality = options->quality};
    int rc = check_options(client, bytes, n, options);
    size_t piece_max = options->quality == ENTROPY_CLIENT_CONDITIONED
                           ? PROTOCOL_CONDITIONED_MAX
                           : PROTOCOL_BINARY_MAX;
    for (size_t done = 0; rc == 0 && done < n;) {
        size_t piece = n - done < piece_max ? n - done : piece_max;
        rc = get_piece(client, (uint8_t *)bytes + done, piece, options, &made);
        done += piece;
    }
    if (rc < 0 && bytes != NULL)
        wipe(bytes, n);
    if (rc == 0 && provenance != NULL)
        *provenance = made;
    return rc;
}
