/* SPDX-License-Identifier: MIT */
/*
 * A client of the fuzzer's making against a live server. Claims, for every
 * input that the client sends and then half-closes:
 *
 *   - each request gets its one reply, in the order of the requests, to the
 *     same id; notifications get none; a batch gets one array;
 *   - a reply is framed as the requests were (by lines or by headers), and
 * valid JSON: a result where the request was good (or an error that the daemon
 * may give), the error that the parser found where it was not;
 *   - the reply line of a binary get is followed by exactly its bytes;
 *   - where the framing is lost, one error is the last reply;
 *   - nothing beyond that is sent, and then the connection is closed;
 *   - another client's pings are answered all along, and nothing is left over
 *     of the first one: no waiting request, no subscription, no connection.
 *
 * The first byte says how the bytes are handed over (in pieces, to a server
 * that is not seeded yet, by a client that leaves before it has read, or that
 * reads nothing until all is answered; each line as a content behind headers).
 */

#include "protocol/frame.h"
#include "protocol/request.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/live.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define INPUT_MAX 16384

/* Raw bytes that one input may ask for; more only takes time. */
#define BINARY_MAX ((uint64_t)1024 * 1024)

/* Turns in which a deaf client gives the workers time to add credit. */
#define DEAF_TURNS 8

enum manner {
    IN_PIECES = 7,    /* 0: at once; else that many bytes a piece, squared */
    UNSEEDED = 8,     /* a server of its own, not seeded yet */
    LEAVES = 16,      /* gone after the last byte, without reading */
    SLOW_READER = 32, /* reads a little a turn */
    DEAF = 64,        /* reads only when the server has nothing left to do */
    HEADERS = 128     /* puts each line behind headers of its own */
};

/* What came back. */
struct answer {
    char *bytes;
    size_t length, capacity;
    size_t at; /* looked at so far */
    enum frame_kind kind;
};

static void answer_grow(struct answer *a)
{
    if (a->capacity - a->length >= 65536)
        return;
    a->capacity = a->capacity > 0 ? 2 * a->capacity : 262144;
    a->bytes = realloc(a->bytes, a->capacity);
    MUST(a->bytes != NULL);
}

/* Reads what is there. False once the server has closed. */
static bool receive(struct answer *a, int fd, size_t most, bool *has_moved)
{
    answer_grow(a);
    ssize_t got = recv(fd, a->bytes + a->length, most, 0);
    *has_moved = got > 0;
    if (got > 0) {
        a->length += (size_t)got;
        return true;
    }
    if (got == 0)
        return false;
    if (errno == ECONNRESET) /* it has not read all that was sent */
        return false;
    MUST(errno == EAGAIN || errno == EINTR);
    return true;
}

/* With may_end the server may close before it has everything. */
static void send_all(struct rig *rig, int fd, struct bytes in, uint8_t manner,
                     bool may_end, struct answer *a)
{
    size_t piece = manner & IN_PIECES;
    piece = piece > 0 ? piece * piece : in.left;
    unsigned idle = 0;
    while (in.left > 0) {
        size_t n = piece < in.left ? piece : in.left;
        ssize_t sent = send(fd, in.at, n, MSG_NOSIGNAL);
        bool has_moved = sent > 0;
        if (sent < 0 && errno == EPIPE && may_end)
            return;
        MUST(sent > 0 || errno == EAGAIN);
        if (sent > 0) {
            in.at += sent;
            in.left -= (size_t)sent;
        }
        live_turn(rig);
        /* Where the server reads no more, even a deaf client must. */
        bool is_deaf = (manner & DEAF) && idle < DEAF_TURNS;
        if (!is_deaf && !receive(a, fd, 65536, &has_moved)) {
            MUST(may_end || in.left == 0);
            return;
        }
        if (!has_moved && sent < 0) {
            live_work(rig);
            MUST(++idle < LIVE_TURNS_MAX);
        }
    }
}

/* Lets the server answer all it can to a client that does not read. */
static void listen_not(struct rig *rig)
{
    for (unsigned i = 0; i < DEAF_TURNS; i++) {
        live_turn(rig);
        live_work(rig);
    }
}

/* Reads until the server closes, doing the workers' part when it waits. */
static void receive_all(struct rig *rig, int fd, uint8_t manner,
                        struct answer *a)
{
    size_t most = manner & SLOW_READER ? 1000 : 65536;
    bool has_moved = false;
    unsigned idle = 0;
    while (receive(a, fd, most, &has_moved)) {
        live_turn(rig);
        idle = has_moved ? 0 : idle + 1;
        if (idle > 4)
            live_work(rig);
        MUST(idle < LIVE_TURNS_MAX);
    }
}

/* Reads the header that a message begins with. */
static size_t take_header(struct answer *a)
{
    char expected[48];
    static const char name[] = "Content-Length: ";
    size_t left = a->length - a->at;
    MUST(left > sizeof(name) && memchr(a->bytes + a->at, '\n', left) != NULL);
    size_t content = strtoul(a->bytes + a->at + sizeof(name) - 1, NULL, 10);
    size_t n = (size_t)snprintf(expected, sizeof(expected), "%s%zu\r\n\r\n",
                                name, content);
    MUST(left >= n + content && memcmp(a->bytes + a->at, expected, n) == 0);
    a->at += n;
    return content;
}

/* The next message of what came back: where it begins; its length. */
static const char *next_message(struct answer *a, size_t *length)
{
    if (a->kind == FRAME_KIND_HEADERS) {
        *length = take_header(a);
        a->at += *length;
        return a->bytes + a->at - *length;
    }
    const char *line = a->bytes + a->at;
    MUST(a->at < a->length);
    const char *newline = memchr(line, '\n', a->length - a->at);
    MUST(newline != NULL);
    *length = (size_t)(newline - line);
    a->at += *length + 1;
    return line;
}

/* The next reply, which is not an event. */
static json_t *next_reply(struct answer *a)
{
    for (;;) {
        size_t length = 0;
        const char *line = next_message(a, &length);
        json_t *json = json_loadb(
            line, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
        MUST(json != NULL);
        if (!json_is_object(json) || json_object_get(json, "method") == NULL)
            return json;
        MUST(json_object_get(json, "id") == NULL); /* an event */
        json_decref(json);
    }
}

static void check_id(const json_t *reply, const struct request_id *id)
{
    char text[PROTOCOL_ID_MAX];
    size_t n = json_dumpb(json_object_get(reply, "id"), text, sizeof(text),
                          JSON_ENCODE_ANY | JSON_COMPACT);
    MUST(n == id->length && memcmp(text, id->text, n) == 0);
}

static void check_error(const json_t *error, const struct request *r)
{
    static const enum error_kind allowed[] = {
        ERROR_NOT_SEEDED, ERROR_UNKNOWN_SOURCE, ERROR_SOURCE_UNAVAILABLE,
        ERROR_TIMEOUT,    ERROR_BUSY,           ERROR_INVALID_PARAMS,
    };
    json_int_t code = json_integer_value(json_object_get(error, "code"));
    MUST(json_is_string(json_object_get(error, "message")));
    if (!r->is_valid) {
        MUST(code == error_code(r->error.kind));
        return;
    }
    bool is_allowed = false;
    for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
        is_allowed = is_allowed || code == error_code(allowed[i]);
    MUST(is_allowed);
}

static void check_get(const json_t *result, const struct get_params *get)
{
    const char *data = json_string_value(json_object_get(result, "data"));
    MUST(json_integer_value(json_object_get(result, "bytes")) == get->bytes);
    if (get->encoding == ENCODING_BINARY) {
        MUST(data == NULL);
        return;
    }
    MUST(data != NULL);
    size_t length = strlen(data);
    if (get->encoding == ENCODING_HEX)
        MUST(length == 2 * (size_t)get->bytes &&
             strspn(data, "0123456789abcdef") == length);
    else
        MUST(length == ((size_t)get->bytes + 2) / 3 * 4);
}

/* One reply object against its request; raw bytes behind it are skipped. */
static void check_reply(struct answer *a, const json_t *reply,
                        const struct request *r)
{
    MUST(json_is_object(reply));
    MUST(strcmp(json_string_value(json_object_get(reply, "jsonrpc")), "2.0") ==
         0);
    const json_t *result = json_object_get(reply, "result");
    const json_t *error = json_object_get(reply, "error");
    MUST((result != NULL) != (error != NULL));
    MUST(json_object_size(reply) == 3);
    check_id(reply, &r->id);
    if (error != NULL) {
        check_error(error, r);
        return;
    }
    MUST(r->is_valid);
    if (r->method != METHOD_GET)
        return;
    check_get(result, &r->get);
    if (r->get.encoding == ENCODING_BINARY) {
        MUST(a->kind == FRAME_KIND_LINES);
        MUST(a->length - a->at >= r->get.bytes);
        a->at += r->get.bytes;
    }
}

static void check_list(struct answer *a, const struct request_list *list)
{
    size_t due = 0;
    for (size_t i = 0; i < list->count; i++)
        due += list->requests[i].id.length > 0;
    if (due == 0)
        return;
    json_t *reply = next_reply(a);
    if (!list->is_batch) {
        check_reply(a, reply, &list->requests[0]);
    } else {
        size_t at = 0;
        MUST(json_array_size(reply) == due);
        for (size_t i = 0; i < list->count; i++) {
            if (list->requests[i].id.length > 0)
                check_reply(a, json_array_get(reply, at++), &list->requests[i]);
        }
    }
    json_decref(reply);
}

/* Called with each message as the protocol cuts them. */
typedef void with_list(void *context, const struct request_list *list);

static void refused(struct request *one, const struct protocol_error *error)
{
    *one =
        (struct request){.id = {.length = 4, .text = "null"}, .error = *error};
}

/* The framing by its first bytes; UNKNOWN: it is none. */
static enum frame_kind kind_of(struct bytes in)
{
    static const char name[] = "content-";
    if (in.left > 0 && in.at[0] != '\0' &&
        strchr("{[\"-0123456789tfn \t\r\n", in.at[0]) != NULL)
        return FRAME_KIND_LINES;
    if (in.left >= sizeof(name) - 1 &&
        strncasecmp((const char *)in.at, name, sizeof(name) - 1) == 0)
        return FRAME_KIND_HEADERS;
    return FRAME_KIND_UNKNOWN;
}

static void each_line(struct bytes in, with_list *act, void *context)
{
    while (in.left > 0) {
        const uint8_t *newline = memchr(in.at, '\n', in.left);
        size_t whole = newline != NULL ? (size_t)(newline - in.at) : in.left;
        size_t length = whole;
        struct request one;
        struct request_list list = {.count = 1, .requests = &one};
        if (length > 0 && newline != NULL && in.at[length - 1] == '\r')
            length--;
        /* Without its newline a line may yet have a return at its end. */
        bool has_return = newline == NULL && length == LIVE_LINE_MAX + 1 &&
                          in.at[length - 1] == '\r';
        if (length > LIVE_LINE_MAX && !has_return)
            refused(&one,
                    &(const struct protocol_error){.kind = ERROR_TOO_LARGE});
        else
            MUST(request_parse((const char *)in.at, length, LIVE_BATCH, &one,
                               &list) == 0);
        act(context, &list);
        request_list_fini(&list);
        in.at += newline != NULL ? whole + 1 : whole;
        in.left -= newline != NULL ? whole + 1 : whole;
    }
}

/* Everything at once, where the server had it in pieces. True: it is broken. */
static bool each_content(struct bytes in, with_list *act, void *context)
{
    struct framing framing = {0};
    bool is_broken = false;
    while (in.left > 0 && !is_broken) {
        struct frame frame;
        struct request one;
        struct request_list list = {.count = 1, .requests = &one};
        enum frame_result result =
            frame_next(&framing, (const char *)in.at, in.left, LIVE_LINE_MAX,
                       true, &frame);
        MUST(result != FRAME_PARTIAL);
        is_broken = result == FRAME_BROKEN;
        if (result == FRAME_MESSAGE)
            MUST(request_parse(frame.message, frame.length, LIVE_BATCH, &one,
                               &list) == 0);
        else if (result != FRAME_SKIPPED)
            refused(&one, &frame.error);
        if (result != FRAME_SKIPPED)
            act(context, &list);
        request_list_fini(&list);
        in.at += frame.used;
        in.left -= frame.used;
    }
    return is_broken;
}

/* True: the server must end the connection before the client does. */
static bool each_message(struct bytes in, with_list *act, void *context)
{
    struct request one;
    struct request_list list = {.count = 1, .requests = &one};
    enum frame_kind kind = kind_of(in);
    if (kind == FRAME_KIND_LINES)
        each_line(in, act, context);
    if (kind == FRAME_KIND_HEADERS)
        return each_content(in, act, context);
    if (kind != FRAME_KIND_UNKNOWN || in.left == 0)
        return false;
    refused(&one, &(const struct protocol_error){.kind = ERROR_PARSE});
    act(context, &list);
    return true;
}

/* The input, with each of its lines behind headers. New. */
static uint8_t *wrap(struct bytes *in)
{
    /* An empty line is the one that grows most. */
    static const size_t most = sizeof("Content-Length: 16384\r\n\r\n");
    uint8_t *wrapped = malloc((in->left + 1) * most + in->left);
    size_t length = 0;
    MUST(wrapped != NULL);
    while (in->left > 0) {
        const uint8_t *newline = memchr(in->at, '\n', in->left);
        size_t n = newline != NULL ? (size_t)(newline - in->at) : in->left;
        length += (size_t)snprintf((char *)wrapped + length, most,
                                   "Content-Length: %zu\r\n\r\n", n);
        memcpy(wrapped + length, in->at, n);
        length += n;
        in->at += n + (newline != NULL);
        in->left -= n + (newline != NULL);
    }
    *in = (struct bytes){wrapped, length};
    return wrapped;
}

static void compare(void *context, const struct request_list *list)
{
    check_list(context, list);
}

static void add_binary(void *context, const struct request_list *list)
{
    uint64_t *total = context;
    for (size_t i = 0; i < list->count; i++) {
        const struct request *r = &list->requests[i];
        if (r->is_valid && r->method == METHOD_GET)
            *total += r->get.bytes;
        if (r->is_valid && r->method == METHOD_RAW)
            *total += 16 * (uint64_t)r->raw.samples;
    }
}

static void run_client(struct rig *rig, struct bytes in, uint8_t manner,
                       int neighbour)
{
    struct answer a = {.kind = kind_of(in)};
    uint64_t bytes = 0;
    bool is_broken = each_message(in, add_binary, &bytes);
    int fd = rig_connect(rig);
    send_all(rig, fd, in, manner, is_broken, &a);
    if (manner & DEAF)
        listen_not(rig);
    if (manner & LEAVES) {
        (void)close(fd);
        live_ping(rig, neighbour);
    } else {
        MUST(shutdown(fd, SHUT_WR) == 0);
        live_turn(rig);
        live_ping(rig, neighbour);
        receive_all(rig, fd, manner, &a);
        (void)close(fd);
        (void)each_message(in, compare, &a);
        /* Events may still follow the last reply. */
        while (a.at < a.length) {
            size_t length = 0;
            const char *line = next_message(&a, &length);
            json_t *event = json_loadb(line, length, 0, NULL);
            MUST(json_is_string(json_object_get(event, "method")));
            json_decref(event);
        }
    }
    for (unsigned turns = 0; rig->counts.connections > 1; turns++) {
        live_turn(rig);
        if (turns > 4)
            live_work(rig);
        MUST(turns < LIVE_TURNS_MAX);
    }
    MUST(rig->counts.waiting == 0 && rig->counts.subscriptions == 0);
    free(a.bytes);
}

/* The server of all inputs but the UNSEEDED; it ends with the process. */
static struct rig seeded;

static void remove_socket(void)
{
    rig_remove(&seeded);
}

static void run_input(struct bytes in, uint8_t manner)
{
    static int neighbour = -1;
    if (manner & UNSEEDED) {
        struct rig *fresh = malloc(sizeof(*fresh));
        MUST(fresh != NULL);
        live_start(fresh);
        int other = rig_connect(fresh);
        run_client(fresh, in, manner, other);
        (void)close(other);
        rig_close(fresh);
        free(fresh);
        return;
    }
    if (neighbour < 0) {
        live_start(&seeded);
        live_work(&seeded);
        neighbour = rig_connect(&seeded);
        (void)atexit(remove_socket);
    }
    run_client(&seeded, in, manner, neighbour);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {data, size};
    uint8_t manner = take_byte(&in);
    uint8_t *wrapped = NULL;
    uint64_t binary = 0;
    if (in.left > INPUT_MAX)
        return 0;
    if (manner & HEADERS)
        wrapped = wrap(&in);
    (void)each_message(in, add_binary, &binary);
    if (binary <= BINARY_MAX)
        run_input(in, manner);
    free(wrapped);
    return 0;
}
