/* SPDX-License-Identifier: MIT */
/*
 * The client library against a server that sends what the fuzzer chooses. It
 * is sent before the client asks, then the stream ends; a client that
 * connects again gets no answer. Claims: no call writes beyond the
 * room that it was given; after a failure all of it is zero; what a get returns
 * stood on the wire just so; text comes back exactly with success; a failure is
 * one of the documented ones and says something.
 *
 * The first byte chooses the calls, the second one how much they ask for.
 */

#include "client/entropy_client.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Guards on both sides of what a call may write. */
#define GUARD  64
#define FILL   0xa5
#define ROOM   8192
#define SCRIPT 65536

static int listener = -1;
static char path[sizeof(((struct sockaddr_un *)0)->sun_path)];

static void listen_once(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (listener >= 0)
        return;
    char directory[] = "/tmp/entropyd-fuzz-XXXXXX";
    MUST(mkdtemp(directory) != NULL);
    (void)snprintf(path, sizeof(path), "%s/s", directory);
    memcpy(address.sun_path, path, sizeof(path));
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    MUST(listener >= 0);
    MUST(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    MUST(listen(listener, 64) == 0);
    MUST(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
}

static void remove_socket(void)
{
    if (listener < 0)
        return;
    (void)unlink(path);
    *strrchr(path, '/') = '\0';
    (void)rmdir(path);
}

/* A connected client whose server has said everything already. */
static struct entropy_client *open_client(const struct bytes *script, int *peer)
{
    struct entropy_client *client = NULL;
    struct entropy_client_options options = ENTROPY_CLIENT_OPTIONS;
    char why[ENTROPY_CLIENT_WHY_MAX];
    options.path = path;
    options.timeout_ms = 0; /* what does not lie ready never comes */
    MUST(entropy_client_connect(&client, &options, why, sizeof(why)) == 0);
    *peer = accept(listener, NULL, NULL);
    MUST(*peer >= 0);
    int size = 2 * SCRIPT;
    MUST(setsockopt(*peer, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) == 0);
    MUST(send(*peer, script->at, script->left, MSG_DONTWAIT) ==
         (ssize_t)script->left);
    MUST(shutdown(*peer, SHUT_WR) == 0);
    return client;
}

static void check_code(const struct entropy_client *client, int rc)
{
    if (rc == 0)
        return;
    MUST((rc <= ENTROPY_CLIENT_MISUSE && rc >= ENTROPY_CLIENT_BAD_REPLY) ||
         (rc >= -32768 && rc <= -32000));
    const char *message = entropy_client_message(client);
    MUST(strnlen(message, ENTROPY_CLIENT_WHY_MAX) < ENTROPY_CLIENT_WHY_MAX);
    MUST(entropy_client_error_name(rc)[0] != '\0');
    (void)strlen(entropy_client_error_data(client));
}

struct room {
    _Alignas(uint64_t) uint8_t bytes[GUARD + ROOM + GUARD];
};

static uint8_t *room_open(struct room *room)
{
    memset(room->bytes, FILL, sizeof(room->bytes));
    return room->bytes + GUARD;
}

/* Nothing beyond the n bytes was touched; after a failure they are zero. */
static void room_check(const struct room *room, size_t n, int rc)
{
    for (size_t i = 0; i < sizeof(room->bytes); i++) {
        if (i < GUARD || i >= GUARD + n)
            MUST(room->bytes[i] == FILL);
        else if (rc != 0)
            MUST(room->bytes[i] == 0);
    }
}

static void call_get(struct entropy_client *client, size_t n, bool conditioned,
                     const struct bytes *script)
{
    struct entropy_client_get_options options = ENTROPY_CLIENT_GET_OPTIONS;
    struct entropy_client_provenance provenance;
    struct entropy_client_provenance before;
    struct room room;
    uint8_t *bytes = room_open(&room);
    memset(&provenance, FILL, sizeof(provenance));
    before = provenance;
    options.wait_ms = 0;
    if (conditioned)
        options.quality = ENTROPY_CLIENT_CONDITIONED;
    int rc = entropy_client_get(client, bytes, n, &options, &provenance);
    check_code(client, rc);
    room_check(&room, n, rc);
    if (rc != 0) {
        MUST(memcmp(&provenance, &before, sizeof(provenance)) == 0);
        return;
    }
    MUST(strnlen(provenance.sources, sizeof(provenance.sources)) <
         sizeof(provenance.sources));
    MUST(provenance.quality == options.quality);
    /* One piece stood on the wire as it is. */
    MUST((conditioned && n > 4096) || n == 0 ||
         memmem(script->at, script->left, bytes, n) != NULL);
}

static void call_raw(struct entropy_client *client, size_t n, bool is_ticks)
{
    struct entropy_client_raw_info info;
    struct room room;
    uint8_t *bytes = room_open(&room);
    int rc;
    if (is_ticks)
        rc = entropy_client_raw_ticks(client, "unix_ipc",
                                      (uint64_t *)(void *)bytes, n, &info);
    else
        rc = entropy_client_raw_symbols(client, "unix_ipc", bytes, n, &info);
    check_code(client, rc);
    room_check(&room, n * (is_ticks ? sizeof(uint64_t) : 1), rc);
    if (rc == 0)
        MUST(strnlen(info.clock, sizeof(info.clock)) < sizeof(info.clock));
}

static void check_text(struct entropy_client *client, int rc, char *json)
{
    check_code(client, rc);
    MUST((rc == 0) == (json != NULL));
    entropy_client_free(json);
}

static void call_events(struct entropy_client *client, unsigned count)
{
    enum entropy_client_events what = ENTROPY_CLIENT_EVENTS_HEALTH;
    char *json = NULL;
    int rc = entropy_client_subscribe(client, ENTROPY_CLIENT_EVENTS_HEALTH, 0);
    check_code(client, rc);
    for (unsigned i = 0; i < count; i++) {
        rc = entropy_client_next_event(client, 0, &what, &json);
        check_text(client, rc, json);
    }
    rc = entropy_client_unsubscribe(client, ENTROPY_CLIENT_EVENTS_HEALTH);
    check_code(client, rc);
}

static void one_call(struct entropy_client *client, unsigned which, size_t n,
                     const struct bytes *script)
{
    enum entropy_client_health health;
    char *json = NULL;
    int rc;
    switch (which) {
    case 0:
    case 1:
        call_get(client, n % (ROOM + 1), which == 1, script);
        break;
    case 2:
    case 3:
        call_raw(client, 1 + n % (ROOM / sizeof(uint64_t)), which == 2);
        break;
    case 4:
        check_code(client, entropy_client_health(client, &health));
        break;
    case 5:
        rc = entropy_client_call(client, "status", "{}", 0, &json);
        check_text(client, rc, json);
        break;
    case 6:
        call_events(client, (unsigned)n % 4);
        break;
    default:
        rc = entropy_client_ping(client, &json);
        check_text(client, rc, json);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {data, size};
    uint8_t choice = take_byte(&in);
    size_t n = take_byte(&in);
    int peer;
    if (in.left > SCRIPT)
        return 0;
    if (listener < 0) {
        listen_once();
        (void)atexit(remove_socket);
    }
    if (n > 200)
        n = (n - 200) * 97; /* up to 5335: two pieces of a conditioned get */
    struct entropy_client *client = open_client(&in, &peer);
    one_call(client, choice % 8, n, &in);
    one_call(client, choice / 8 % 8, n, &in);
    entropy_client_close(client);
    (void)close(peer);
    /* A client that connected again is still in the backlog. */
    int again;
    while ((again = accept(listener, NULL, NULL)) >= 0)
        (void)close(again);
    return 0;
}
