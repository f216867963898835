/* SPDX-License-Identifier: MIT */
/*
 * Each kind is a function that opens a connection, does its worst or its best,
 * and closes it. Who asks properly checks each reply: the one to its request,
 * of the size it asked for, never served before.
 */

#include "tests/soak/clients.h"

#include "tests/soak/seen.h"
#include "tests/soak/wire.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

#define THREADS_MAX 256
#define BULK_MAX    (2 * 1024 * 1024)

struct tally tally;
static atomic_bool is_stopping;
static pthread_t threads[THREADS_MAX];
static unsigned thread_count;

static void nap_ms(unsigned ms)
{
    (void)usleep(ms * 1000);
}

static void count(atomic_uint_least64_t *what)
{
    (void)atomic_fetch_add_explicit(what, 1, memory_order_relaxed);
}

/* Refusals that a daemon may give to a good request: no entropy now. */
static void check_refusal(const json_t *error, const char *line)
{
    static const char *const allowed[] = {
        "not_seeded",         "timeout",       "entropy_failed", "busy",
        "source_unavailable", "unknown_source"};
    const char *name = json_string_value(
        json_object_get(json_object_get(error, "data"), "name"));
    count(&tally.errors);
    for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++) {
        if (name != NULL && strcmp(name, allowed[i]) == 0)
            return;
    }
    fail("%s was refused as %s", line, name != NULL ? name : "nothing");
}

/* The result of the reply to request `id`; NULL if it was refused. */
static const json_t *result_of(const json_t *reply, json_int_t id,
                               const char *line)
{
    const json_t *result = json_object_get(reply, "result");
    const json_t *error = json_object_get(reply, "error");
    count(&tally.replies);
    if (json_integer_value(json_object_get(reply, "id")) != id)
        fail("not the reply to %s: %s", line, json_dumps(reply, JSON_COMPACT));
    if ((result == NULL) == (error == NULL))
        fail("neither a result nor an error to %s", line);
    if (error != NULL)
        check_refusal(error, line);
    return result;
}

/* Checks the data of a get, which was never seen before. */
static void take_data(const json_t *result, unsigned n, bool is_hex)
{
    uint8_t bytes[4096];
    size_t length = 0;
    const char *data = json_string_value(json_object_get(result, "data"));
    int rc = data == NULL ? -1
             : is_hex ? sodium_hex2bin(bytes, sizeof(bytes), data, strlen(data),
                                       NULL, &length, NULL)
                      : sodium_base642bin(bytes, sizeof(bytes), data,
                                          strlen(data), NULL, &length, NULL,
                                          sodium_base64_VARIANT_ORIGINAL);
    if (rc != 0 || length != n)
        fail("%zu bytes instead of %u", length, n);
    seen_add(bytes, n);
}

static void take_binary(struct wire *w, unsigned n)
{
    uint8_t *bytes = malloc(n);
    if (bytes == NULL)
        fail("no memory");
    wire_bytes(w, bytes, n);
    seen_add(bytes, n);
    free(bytes);
}

static void make_get(char *line, size_t size, json_int_t id, unsigned n,
                     const char *encoding, const char *quality)
{
    (void)snprintf(line, size,
                   "{\"jsonrpc\":\"2.0\",\"id\":%" JSON_INTEGER_FORMAT
                   ",\"method\":\"get\",\"params\":{\"bytes\":%u,"
                   "\"encoding\":\"%s\",\"quality\":\"%s\","
                   "\"timeout_ms\":5000}}",
                   id, n, encoding, quality);
}

/* A simple request, which must be answered. */
static json_t *ask(struct wire *w, json_int_t id, const char *method,
                   const char *params)
{
    char line[256];
    (void)snprintf(line, sizeof(line),
                   "{\"jsonrpc\":\"2.0\",\"id\":%" JSON_INTEGER_FORMAT
                   ",\"method\":\"%s\",\"params\":%s}\n",
                   id, method, params);
    count(&tally.requests);
    if (!wire_send(w, line))
        fail("closed before %s", line);
    json_t *reply = wire_json(w);
    (void)result_of(reply, id, line);
    return reply;
}

static void ping(struct wire *w)
{
    json_t *reply = ask(w, 77, "ping", "{}");
    if (json_object_get(reply, "result") == NULL)
        fail("a ping was refused");
    json_decref(reply);
}

/* Gets of all sizes and encodings, several on their way at a time. */
static void getter(struct wire *w)
{
    static const char *const encodings[] = {"hex", "base64", "binary"};
    struct {
        unsigned n, encoding;
    } asked[8];
    char line[256];
    unsigned depth = 1 + wire_random(8);
    for (unsigned i = 0; i < depth; i++) {
        asked[i].n = 16 + wire_random(wire_random(4) == 0 ? 4000 : 50);
        asked[i].encoding = wire_random(3);
        make_get(line, sizeof(line), i, asked[i].n,
                 encodings[asked[i].encoding], "drbg");
        count(&tally.requests);
        if (!wire_send(w, line) || !wire_send(w, "\n"))
            fail("closed within pipelined gets");
    }
    for (unsigned i = 0; i < depth; i++) {
        json_t *reply = wire_json(w);
        const json_t *result = result_of(reply, i, "a get");
        if (result != NULL && asked[i].encoding == 2)
            take_binary(w, asked[i].n);
        else if (result != NULL)
            take_data(result, asked[i].n, asked[i].encoding == 0);
        json_decref(reply);
    }
    nap_ms(1);
}

static void conditioned(struct wire *w)
{
    char line[256];
    unsigned n = 16 + wire_random(100);
    make_get(line, sizeof(line), 5, n, "hex", "conditioned");
    count(&tally.requests);
    if (!wire_send(w, line) || !wire_send(w, "\n"))
        fail("closed before a conditioned get");
    json_t *reply = wire_json(w);
    const json_t *result = result_of(reply, 5, line);
    if (result != NULL)
        take_data(result, n, true);
    json_decref(reply);
    nap_ms(20);
}

static void batcher(struct wire *w)
{
    char line[4096] = "[";
    size_t length = 1;
    unsigned size = 1 + wire_random(8);
    for (unsigned i = 0; i < size; i++) {
        char one[256];
        make_get(one, sizeof(one), i, 32, "hex",
                 wire_random(8) == 0 ? "conditioned" : "drbg");
        length +=
            (size_t)snprintf(line + length, sizeof(line) - length,
                             "%s%s,{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}",
                             i > 0 ? "," : "", one);
        count(&tally.requests);
    }
    (void)snprintf(line + length, sizeof(line) - length, "]\n");
    if (!wire_send(w, line))
        fail("closed before a batch");
    json_t *replies = wire_json(w);
    if (json_array_size(replies) != size)
        fail("%zu replies to a batch of %u", json_array_size(replies), size);
    for (unsigned i = 0; i < size; i++) {
        const json_t *result =
            result_of(json_array_get(replies, i), i, "one of a batch");
        if (result != NULL)
            take_data(result, 32, true);
    }
    json_decref(replies);
    nap_ms(5);
}

static void bulk(struct wire *w)
{
    char line[256];
    unsigned n = 65537 + wire_random(BULK_MAX - 65537);
    make_get(line, sizeof(line), 6, n, "binary", "drbg");
    count(&tally.requests);
    if (!wire_send(w, line) || !wire_send(w, "\n"))
        fail("closed before bulk");
    json_t *reply = wire_json(w);
    if (result_of(reply, 6, line) != NULL)
        take_binary(w, n);
    json_decref(reply);
    ping(w);
    nap_ms(300);
}

/* Takes a few kilobytes, then a nap. */
static void slow_reader(struct wire *w)
{
    static const unsigned asked = 12;
    char line[256];
    uint8_t *bytes = malloc(65536);
    if (bytes == NULL)
        fail("no memory");
    for (unsigned i = 0; i < asked; i++) {
        make_get(line, sizeof(line), i, 65536, "binary", "drbg");
        count(&tally.requests);
        if (!wire_send(w, line) || !wire_send(w, "\n"))
            fail("closed while a client read slowly");
    }
    for (unsigned i = 0; i < asked; i++) {
        json_t *reply = wire_json(w);
        bool is_there = result_of(reply, i, "a slow get") != NULL;
        json_decref(reply);
        for (unsigned have = 0; is_there && have < 65536; have += 8192) {
            wire_bytes(w, bytes + have, 8192);
            nap_ms(5);
        }
        if (is_there)
            seen_add(bytes, 65536);
    }
    free(bytes);
}

static void subscriber(struct wire *w)
{
    json_decref(
        ask(w, 1, "subscribe", "{\"events\":\"status\",\"interval_ms\":1000}"));
    if (!wire_send(w, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"subscribe\","
                      "\"params\":{\"events\":\"health\"}}\n"))
        fail("closed before a subscription");
    bool has_reply = false;
    for (unsigned events = 0; events < 3 || !has_reply;) {
        json_t *line = wire_json(w);
        if (json_object_get(line, "method") != NULL)
            events++;
        else if (json_integer_value(json_object_get(line, "id")) == 2)
            has_reply = true;
        else
            fail("a subscriber got what it did not ask for");
        json_decref(line);
    }
}

static void half_liner(struct wire *w)
{
    static const char question[] =
        "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"health\"}\n";
    size_t half = 1 + wire_random(sizeof(question) - 3);
    if (!wire_send_bytes(w, question, half))
        fail("closed within a line");
    nap_ms(wire_random(200));
    if (wire_random(3) == 0)
        return; /* and never the rest */
    count(&tally.requests);
    if (!wire_send(w, question + half))
        fail("closed within a line");
    json_t *reply = wire_json(w);
    (void)result_of(reply, 9, question);
    json_decref(reply);
}

/* An error, or a batch of errors: "[0]" is a batch, and comes by chance. */
static bool is_refusal(const json_t *reply)
{
    size_t i;
    json_t *member;
    json_array_foreach(reply, i, member)
    {
        if (json_object_get(member, "error") == NULL)
            return false;
    }
    return json_array_size(reply) > 0 ||
           json_object_get(reply, "error") != NULL;
}

/* Lines of anything, once a first one has said that it is lines: each is
 * answered once, and then a ping is. */
static void garbage(struct wire *w)
{
    static const char alphabet[] = "{}[]\":,0123456789.eE-+truefalsn ul\\x\t\r";
    unsigned lines = 1 + wire_random(10);
    ping(w);
    for (unsigned i = 0; i < lines; i++) {
        char line[2000];
        size_t n = 1 + wire_random(sizeof(line) - 2);
        for (size_t k = 0; k < n; k++) {
            line[k] = alphabet[wire_random(sizeof(alphabet) - 1)];
            if (wire_random(4) == 0)
                line[k] = (char)wire_random(256);
            if (line[k] == '\n')
                line[k] = '#';
        }
        line[n] = '\n';
        count(&tally.requests);
        if (!wire_send_bytes(w, line, n + 1))
            fail("closed by garbage");
    }
    for (unsigned i = 0; i < lines; i++) {
        json_t *reply = wire_json(w);
        if (!is_refusal(reply))
            fail("garbage was answered with %s",
                 json_dumps(reply, JSON_COMPACT));
        count(&tally.replies);
        count(&tally.errors);
        json_decref(reply);
    }
    ping(w);
    nap_ms(20);
}

/* Asks for much and goes, at once or after a few bytes. */
static void vanisher(struct wire *w)
{
    char line[256];
    for (unsigned i = 0; i < 1 + wire_random(6); i++) {
        make_get(line, sizeof(line), i,
                 1 + wire_random(wire_random(3) == 0 ? 4096 : 65536),
                 wire_random(2) == 0 ? "binary" : "hex",
                 wire_random(5) == 0 ? "conditioned" : "drbg");
        if (!wire_send(w, line) || !wire_send(w, "\n"))
            return;
    }
    char some[5000];
    if (wire_random(2) == 0)
        (void)recv(w->fd, some, wire_random(sizeof(some)), MSG_DONTWAIT);
    if (wire_random(2) == 0)
        (void)shutdown(w->fd, SHUT_WR);
    nap_ms(wire_random(30));
}

static void crowd(struct wire *w)
{
    struct wire others[20];
    for (unsigned i = 0; i < 20; i++)
        wire_open(&others[i]);
    ping(w);
    for (unsigned i = 0; i < 20; i++)
        wire_close(&others[i]);
    nap_ms(200);
}

/* What a monitor and an administrator do. */
static void poller(struct wire *w)
{
    static const char *const plain[] = {"status", "health", "sources"};
    json_decref(ask(w, 3, plain[wire_random(3)], "{}"));
    if (wire_random(20) == 0)
        json_decref(ask(w, 4, "selftest", "{}"));
    if (wire_random(10) == 0)
        json_decref(ask(w, 4, "raw",
                        "{\"source\":\"good\",\"samples\":100,\"format\":"
                        "\"symbols\"}"));
    nap_ms(100);
}

typedef void behaviour(struct wire *w);

static behaviour *const kinds[] = {
    getter,     conditioned, batcher, bulk,     slow_reader, subscriber,
    half_liner, garbage,     crowd,   vanisher, poller,
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static void *live(void *argument)
{
    behaviour *act = *(behaviour *const *)argument;
    while (!atomic_load(&is_stopping)) {
        struct wire w;
        /* A few rounds to a connection; who leaves in the middle has one. */
        unsigned rounds =
            act == vanisher || act == half_liner || act == subscriber
                ? 1
                : 1 + wire_random(50);
        wire_open(&w);
        for (; rounds > 0 && !atomic_load(&is_stopping); rounds--) {
            act(&w);
            count(&tally.rounds);
        }
        wire_close(&w);
    }
    return NULL;
}

void clients_start(unsigned each)
{
    for (unsigned i = 0; i < each * KINDS && i < THREADS_MAX; i++) {
        if (pthread_create(&threads[i], NULL, live,
                           (void *)&kinds[i % KINDS]) != 0)
            fail("no thread for a client");
        thread_count++;
    }
}

void clients_stop(void)
{
    atomic_store(&is_stopping, true);
    for (unsigned i = 0; i < thread_count; i++)
        (void)pthread_join(threads[i], NULL);
}
