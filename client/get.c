/* Random bytes into the caller's buffer: "binary" requests, so that nothing is
 * decoded and nothing but a line's tail passes through a buffer of ours. */

#include "base/wipe.h"
#include "client/channel.h"
#include "client/deadline.h"
#include "client/entropy_client.h"
#include "client/exchange.h"
#include "client/names.h"
#include "client/tree.h"
#include "protocol/protocol.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static int check_options(struct entropy_client *client, const void *bytes,
                         size_t n,
                         const struct entropy_client_get_options *options)
{
    if (bytes == NULL && n > 0)
        return handle_fail(client, ENTROPY_CLIENT_MISUSE,
                           "no place for %zu bytes", n);
    if (options->size < sizeof(*options) ||
        (options->quality != ENTROPY_CLIENT_DRBG &&
         options->quality != ENTROPY_CLIENT_CONDITIONED))
        return handle_fail(client, ENTROPY_CLIENT_MISUSE,
                           "get options: size and a quality must be set");
    if (options->wait_ms < 0 || options->wait_ms > PROTOCOL_TIMEOUT_MAX_MS)
        return handle_fail(client, ENTROPY_CLIENT_MISUSE,
                           "wait_ms must be from 0 to %d, not %d",
                           PROTOCOL_TIMEOUT_MAX_MS, options->wait_ms);
    if (handle_has_subscription(client))
        return handle_fail(client, ENTROPY_CLIENT_MISUSE,
                           "this client has a subscription: use another one "
                           "for bytes");
    return 0;
}

/* Moves the bytes behind an answer's line to where they belong: first those
 * that came with the line, then the rest as it comes. */
static int receive_bytes(struct entropy_client *client, uint8_t *bytes,
                         size_t n)
{
    size_t have = client->in.length < n ? client->in.length : n;
    if (have > 0) {
        memcpy(bytes, client->in.data, have);
        exchange_consume(client, have);
    }
    while (have < n) {
        ssize_t got = channel_receive(client->fd, bytes + have, n - have,
                                      deadline_after(client->timeout_ms));
        if (got <= 0) {
            handle_drop(client);
            return handle_fail(client,
                               got == -ETIMEDOUT ? ENTROPY_CLIENT_NO_ANSWER
                                                 : ENTROPY_CLIENT_DISCONNECTED,
                               "only %zu of %zu bytes came from %s", have, n,
                               client->path);
        }
        have += (size_t)got;
    }
    return 0;
}

static void join_sources(const struct tree *sources, char *list, size_t size)
{
    size_t length = 0;
    list[0] = '\0';
    for (size_t i = 0; i < tree_count(sources); i++) {
        const char *name = tree_text(tree_element(sources, i), "", "");
        int more = snprintf(list + length, size - length, "%s%s",
                            i > 0 ? "," : "", name);
        if (more < 0 || (size_t)more >= size - length) {
            /* What does not fit whole is left out whole. */
            list[length] = '\0';
            return;
        }
        length += (size_t)more;
    }
}

/* Reads how the bytes were made; -1 where the answer is not what was asked. */
static int read_receipt(const struct tree *result, size_t n,
                        enum entropy_client_quality quality,
                        struct entropy_client_receipt *receipt)
{
    int64_t bytes = 0;
    int64_t credited = 0;
    const char *expected = quality_name((enum quality)quality);
    if (!tree_integer(result, "bytes", &bytes) || (uint64_t)bytes != n ||
        strcmp(tree_text(result, "encoding", ""), "binary") != 0 ||
        strcmp(tree_text(result, "quality", ""), expected) != 0 ||
        !tree_integer(result, "credited_bits", &credited) || credited < 0 ||
        health_word_parse(tree_text(result, "health", NULL), &receipt->health) <
            0)
        return -1;
    receipt->quality = quality;
    /* Each request's credit stands for its own bytes; the generator's is that
     * of its last seed, whatever was asked before. */
    if (quality == ENTROPY_CLIENT_CONDITIONED)
        receipt->credited_bits += (uint64_t)credited;
    else
        receipt->credited_bits = (uint64_t)credited;
    join_sources(tree_at(result, "sources"), receipt->sources,
                 sizeof(receipt->sources));
    return 0;
}

static int get_piece(struct entropy_client *client, uint8_t *bytes, size_t n,
                     const struct entropy_client_get_options *options,
                     struct entropy_client_receipt *receipt)
{
    char params[160];
    snprintf(params, sizeof(params),
             "{\"bytes\":%zu,\"encoding\":\"binary\",\"quality\":\"%s\","
             "\"timeout_ms\":%d}",
             n, quality_name((enum quality)options->quality), options->wait_ms);
    int64_t deadline = DEADLINE_NEVER;
    if (client->timeout_ms >= 0)
        deadline =
            deadline_after(client->timeout_ms < INT_MAX - options->wait_ms
                               ? client->timeout_ms + options->wait_ms
                               : INT_MAX);
    struct tree *reply = NULL;
    int rc = exchange(client, "get", params, deadline, &reply);
    if (rc < 0)
        return rc;
    rc = read_receipt(tree_at(reply, "result"), n, options->quality, receipt);
    tree_free(reply);
    if (rc < 0) {
        handle_drop(client);
        return handle_fail(client, ENTROPY_CLIENT_BAD_REPLY,
                           "the answer is not what was asked for");
    }
    return receive_bytes(client, bytes, n);
}

int entropy_client_get(struct entropy_client *client, void *bytes, size_t n,
                       const struct entropy_client_get_options *options,
                       struct entropy_client_receipt *receipt)
{
    static const struct entropy_client_get_options standard =
        ENTROPY_CLIENT_GET_OPTIONS;
    if (options == NULL)
        options = &standard;
    handle_begin(client);
    struct entropy_client_receipt made = {.quality = options->quality};
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
    if (rc == 0 && receipt != NULL)
        *receipt = made;
    return rc;
}
