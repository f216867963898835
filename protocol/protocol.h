/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_PROTOCOL_PROTOCOL_H
#define ENTROPYD_PROTOCOL_PROTOCOL_H

/*
 * The protocol's names and numbers, each in one place: methods, errors, limits
 * and the plain structs that requests become. JSON-RPC 2.0; docs/protocol.md is
 * the normative text.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "protocol" in status and ping: raised when a name changes or goes. */
#define PROTOCOL_VERSION 1

/* Longest line without its newline, longest id as JSON text, most requests in
 * a batch. */
#define PROTOCOL_LINE_MAX  65536
#define PROTOCOL_ID_MAX    256
#define PROTOCOL_BATCH_MAX 64

/* Longest header block before a message, with the empty line at its end:
 * clients send one or two lines of at most 70 bytes. */
#define PROTOCOL_HEADER_MAX 1024

/* Most of the characters { [ , : outside strings in a line, which is what makes
 * parsing it expensive: a batch of 64 requests with all their params has
 * 1,088. */
#define PROTOCOL_MARKS_MAX 2048

/* Most bytes of a get: as text, as raw bytes, conditioned; and of all gets of
 * one batch together. */
#define PROTOCOL_BYTES_MAX       65536
#define PROTOCOL_BINARY_MAX      67108864
#define PROTOCOL_CONDITIONED_MAX 4096
#define PROTOCOL_BATCH_BYTES_MAX 65536

/* Most samples of a raw request. */
#define PROTOCOL_SAMPLES_MAX 65536

/* How long a get may wait, and does unless told. */
#define PROTOCOL_TIMEOUT_MAX_MS     60000
#define PROTOCOL_TIMEOUT_DEFAULT_MS 5000

/* How often a status subscription may report, and does unless told. */
#define PROTOCOL_INTERVAL_MIN_MS     1000
#define PROTOCOL_INTERVAL_MAX_MS     3600000
#define PROTOCOL_INTERVAL_DEFAULT_MS 1000

/* Longest name of a source, and most sources in a reply. */
#define PROTOCOL_NAME_MAX    32
#define PROTOCOL_SOURCES_MAX 16

/* X(enumerator, name) */
#define PROTOCOL_METHODS(X)                                                    \
    X(METHOD_GET, "get")                                                       \
    X(METHOD_RAW, "raw")                                                       \
    X(METHOD_STATUS, "status")                                                 \
    X(METHOD_HEALTH, "health")                                                 \
    X(METHOD_SOURCES, "sources")                                               \
    X(METHOD_SUBSCRIBE, "subscribe")                                           \
    X(METHOD_UNSUBSCRIBE, "unsubscribe")                                       \
    X(METHOD_SELFTEST, "selftest")                                             \
    X(METHOD_PING, "ping")

enum method {
#define X(enumerator, name) enumerator,
    PROTOCOL_METHODS(X)
#undef X
        METHOD_COUNT
};

/* X(enumerator, code, name, message): -327xx and -326xx are JSON-RPC's own,
 * the others lie in the range that it leaves to servers. */
#define PROTOCOL_ERRORS(X)                                                     \
    X(ERROR_PARSE, -32700, "parse_error", "not valid JSON")                    \
    X(ERROR_INVALID_REQUEST, -32600, "invalid_request", "not a valid request") \
    X(ERROR_METHOD_NOT_FOUND, -32601, "method_not_found", "no such method")    \
    X(ERROR_INVALID_PARAMS, -32602, "invalid_params", "invalid params")        \
    X(ERROR_INTERNAL, -32603, "internal_error", "internal error")              \
    X(ERROR_NOT_SEEDED, -32001, "not_seeded",                                  \
      "the generator is not seeded yet")                                       \
    X(ERROR_UNKNOWN_SOURCE, -32002, "unknown_source", "no such source")        \
    X(ERROR_SOURCE_UNAVAILABLE, -32003, "source_unavailable",                  \
      "the source is not available now")                                       \
    X(ERROR_TIMEOUT, -32004, "timeout", "timed out")                           \
    X(ERROR_ENTROPY_FAILED, -32005, "entropy_failed",                          \
      "no usable entropy source")                                              \
    X(ERROR_FORBIDDEN, -32006, "forbidden", "permission denied")               \
    X(ERROR_BUSY, -32007, "busy", "too busy; try again later")                 \
    X(ERROR_TOO_LARGE, -32008, "too_large", "the request is too large")        \
    X(ERROR_SHUTTING_DOWN, -32009, "shutting_down",                            \
      "the daemon is shutting down")

enum error_kind {
#define X(enumerator, code, name, message) enumerator,
    PROTOCOL_ERRORS(X)
#undef X
        ERROR_KIND_COUNT
};

enum encoding { ENCODING_HEX, ENCODING_BASE64, ENCODING_BINARY };
enum quality { QUALITY_DRBG, QUALITY_CONDITIONED };
enum raw_format { RAW_TICKS, RAW_SYMBOLS };
enum subscription { SUBSCRIBE_HEALTH, SUBSCRIBE_STATUS };

/* The names above as they are on the wire. */
const char *method_name(enum method method);
const char *error_name(enum error_kind kind);
const char *error_message(enum error_kind kind);
int error_code(enum error_kind kind);
const char *encoding_name(enum encoding encoding);
const char *quality_name(enum quality quality);
const char *raw_format_name(enum raw_format format);
const char *subscription_name(enum subscription what);

/* A request's id as JSON text ("1", "null", "\"a\""), not terminated. */
struct request_id {
    uint16_t length; /* 0: a notification, which gets no reply */
    char text[PROTOCOL_ID_MAX];
};

/* What went wrong with one request. */
struct protocol_error {
    enum error_kind kind;
    char message[256]; /* one sentence for a person, no full stop */
    char data[512];    /* further members of "data" as JSON text, without
                        * braces: "\"param\":\"bytes\",\"got\":-1"; or "" */
};

struct get_params {
    uint32_t bytes;
    uint32_t timeout_ms;
    enum encoding encoding;
    enum quality quality;
};

struct raw_params {
    char source[PROTOCOL_NAME_MAX];
    uint32_t samples;
    enum raw_format format;
    enum encoding encoding; /* hex or base64 */
};

struct subscribe_params {
    enum subscription events;
    uint32_t interval_ms; /* of SUBSCRIBE_STATUS */
};

struct selftest_params {
    char source[PROTOCOL_NAME_MAX]; /* "": every source */
};

/* One request, or what is wrong with it. */
struct request {
    struct request_id id;
    bool is_valid; /* false: error holds, nothing else but id does */
    enum method method;
    union {
        struct get_params get;
        struct raw_params raw;
        struct subscribe_params subscribe; /* unsubscribe: events only */
        struct selftest_params selftest;
    };
    struct protocol_error error;
};

#endif
