/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_ENTROPY_CLIENT_H
#define ENTROPYD_CLIENT_ENTROPY_CLIENT_H

/*
 * entropy_client: random bytes and the health of their sources from entropyd,
 * by blocking calls.
 *
 *     struct entropy_client *client;
 *     char why[ENTROPY_CLIENT_WHY_MAX];
 *     if (entropy_client_connect(&client, NULL, why, sizeof(why)) != 0)
 *         errx(1, "%s", why);
 *     uint8_t key[32];
 *     if (entropy_client_get(client, key, sizeof(key), NULL, NULL) != 0)
 *         errx(1, "%s", entropy_client_message(client));
 *     entropy_client_close(client);
 *
 * Link with -lentropy_client (pkg-config entropy_client).
 *
 * A client is one connection with what belongs to it. It may be used by one
 * thread at a time; different clients know nothing of each other, and the
 * library has no state besides them.
 *
 * Every function that can fail returns 0, or an enum entropy_client_error,
 * which is negative. entropy_client_message() then has the reason as text and
 * entropy_client_error_data() the daemon's data. No pointer may be NULL unless
 * its function says so.
 *
 * Connections are kept and renewed. If the daemon was restarted since the last
 * call, or closed an idle connection, a call reconnects and asks again, as long
 * as no byte of a reply had arrived. After fork() the child's first call makes
 * a connection of its own; neither process can read the other's bytes. After a
 * timeout or a malformed reply the connection is dropped, so that no call ever
 * sees the reply to another; the next call reconnects.
 *
 * No signal is raised (SIGPIPE included) and none ends a call early: after
 * EINTR a call continues until its timeout.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ENTROPY_CLIENT_API __attribute__((visibility("default")))

/* Room for the text of a reason, terminating NUL included. */
#define ENTROPY_CLIENT_WHY_MAX 512

/* Default timeout of a call, in milliseconds. */
#define ENTROPY_CLIENT_TIMEOUT_MS 10000

/* Default time in ms that the daemon may let a get wait for entropy. */
#define ENTROPY_CLIENT_WAIT_MS 5000

/* The daemon's errors have the codes that they have on the wire; one of a newer
 * daemon that is not listed here is passed on as it is, in -32768..-32000.
 * entropy_client_error_name() names them. */
enum entropy_client_error {
    ENTROPY_CLIENT_OK = 0,

    /* Found by the client. */
    ENTROPY_CLIENT_MISUSE = -1,           /* invalid argument, or not possible
                                           * in this state */
    ENTROPY_CLIENT_NO_MEMORY = -2,        /* out of memory */
    ENTROPY_CLIENT_BAD_PATH = -3,         /* too long, not absolute, no home */
    ENTROPY_CLIENT_NOT_REACHABLE = -4,    /* cannot connect to the socket */
    ENTROPY_CLIENT_UNTRUSTED_SERVER = -5, /* on a default path: directory or
                                           * server belong to another user */
    ENTROPY_CLIENT_NO_ANSWER = -6,        /* timed out */
    ENTROPY_CLIENT_DISCONNECTED = -7,     /* connection lost within a reply, or
                                           * with a subscription */
    ENTROPY_CLIENT_BAD_REPLY = -8,        /* violates the protocol */
    ENTROPY_CLIENT_ACCESS_DENIED = -9,    /* the modes of the socket or its
                                           * directories keep this user out */

    /* Reported by the daemon. */
    ENTROPY_CLIENT_PARSE_ERROR = -32700,
    ENTROPY_CLIENT_INVALID_REQUEST = -32600,
    ENTROPY_CLIENT_METHOD_NOT_FOUND = -32601,
    ENTROPY_CLIENT_INVALID_PARAMS = -32602,
    ENTROPY_CLIENT_INTERNAL_ERROR = -32603,
    ENTROPY_CLIENT_NOT_SEEDED = -32001, /* not seeded within the wait */
    ENTROPY_CLIENT_UNKNOWN_SOURCE = -32002,
    ENTROPY_CLIENT_SOURCE_UNAVAILABLE = -32003,
    ENTROPY_CLIENT_TIMEOUT = -32004, /* not enough entropy within the wait */
    ENTROPY_CLIENT_ENTROPY_FAILED = -32005, /* no usable entropy source */
    ENTROPY_CLIENT_FORBIDDEN = -32006,
    ENTROPY_CLIENT_BUSY = -32007, /* a limit is reached; retry later */
    ENTROPY_CLIENT_TOO_LARGE = -32008,
    ENTROPY_CLIENT_SHUTTING_DOWN = -32009,
};

enum entropy_client_quality {
    ENTROPY_CLIENT_DRBG = 0,        /* the generator: fast, never waits once
                                     * it is seeded */
    ENTROPY_CLIENT_CONDITIONED = 1, /* each 32 bytes carry 320 fresh credited
                                     * bits; slow, and may wait */
};

/* The health word. */
enum entropy_client_health {
    ENTROPY_CLIENT_HEALTH_OK = 0,       /* every source is healthy */
    ENTROPY_CLIENT_HEALTH_DEGRADED = 1, /* some are */
    ENTROPY_CLIENT_HEALTH_FAILED = 2,   /* none is */
    ENTROPY_CLIENT_HEALTH_STARTING = 4, /* the generator is not seeded yet */
};

enum entropy_client_events {
    ENTROPY_CLIENT_EVENTS_HEALTH = 0, /* a source changed its state */
    ENTROPY_CLIENT_EVENTS_STATUS = 1, /* the whole status, periodically */
};

/* An open client. */
struct entropy_client;

/* How to connect. Set it to ENTROPY_CLIENT_OPTIONS, then change members. */
struct entropy_client_options {
    size_t size;      /* sizeof(struct entropy_client_options) */
    const char *path; /* of the socket; NULL or "": $ENTROPYD_SOCKET, else
                       * $XDG_RUNTIME_DIR/entropyd/entropyd.sock, else
                       * ~/.entropyd/entropyd.sock, else
                       * /run/entropyd/entropyd.sock */
    int timeout_ms;   /* how long a call may wait for the daemon, besides the
                       * time that the call itself grants; -1: no limit */
};

#define ENTROPY_CLIENT_OPTIONS                                                 \
    {                                                                          \
        sizeof(struct entropy_client_options), NULL, ENTROPY_CLIENT_TIMEOUT_MS \
    }

/* How bytes are to be made. Set it to ENTROPY_CLIENT_GET_OPTIONS, then change
 * members. */
struct entropy_client_get_options {
    size_t size; /* sizeof(struct entropy_client_get_options) */
    enum entropy_client_quality quality;
    int wait_ms; /* how long the daemon may let each request wait, 0..60000 */
};

#define ENTROPY_CLIENT_GET_OPTIONS                                             \
    {                                                                          \
        sizeof(struct entropy_client_get_options), ENTROPY_CLIENT_DRBG,        \
            ENTROPY_CLIENT_WAIT_MS                                             \
    }

/* How bytes were made. */
struct entropy_client_provenance {
    enum entropy_client_health health; /* when the last of them were made */
    enum entropy_client_quality quality;
    uint64_t credited_bits; /* ENTROPY_CLIENT_CONDITIONED: behind these bytes;
                             * ENTROPY_CLIENT_DRBG: behind the generator's last
                             * credited seed */
    char sources[512];      /* names of the sources that were credited,
                             * separated by commas; "" for none */
};

/* What is needed to interpret raw samples. */
struct entropy_client_raw_info {
    double step_ticks; /* a symbol is ticks / step_ticks, rounded, & 255 */
    uint32_t timebase_numerator; /* ns = ticks * numerator / denominator */
    uint32_t timebase_denominator;
    char clock[64]; /* the clock's name */
};

/*
 * Connects to the daemon. *client is new, for entropy_client_close(); NULL on
 * failure. options may be NULL. On a default path (neither a path
 * in options nor $ENTROPYD_SOCKET) the socket's directory and the server must
 * belong to this process's user, to root or to the user "entropyd"; if both
 * directory and socket are root's, any server is trusted, because root handed
 * it the socket. The environment is read here and whenever the client
 * reconnects.
 *
 * Fails with ENTROPY_CLIENT_MISUSE, NO_MEMORY, BAD_PATH, NOT_REACHABLE,
 * ACCESS_DENIED, UNTRUSTED_SERVER, NO_ANSWER; why (if why_size > 0) then holds
 * the reason as text. Blocks for at most options->timeout_ms.
 */
ENTROPY_CLIENT_API int
entropy_client_connect(struct entropy_client **client,
                       const struct entropy_client_options *options, char *why,
                       size_t why_size);

/* Closes the connection, wipes and frees; NULL is allowed. */
ENTROPY_CLIENT_API void entropy_client_close(struct entropy_client *client);

/*
 * Fills bytes[0..n) with random bytes. n has no limit; more than 64 MiB (of
 * conditioned bytes, more than 4096) take several requests. options
 * may be NULL; provenance, if not NULL, is filled on success. After any failure
 * all n bytes are zero.
 *
 * Fails as any call may (MISUSE, NOT_REACHABLE, ACCESS_DENIED,
 * UNTRUSTED_SERVER, NO_ANSWER,
 * DISCONNECTED, BAD_REPLY, NO_MEMORY) and with the daemon's NOT_SEEDED,
 * TIMEOUT, ENTROPY_FAILED, BUSY, SHUTTING_DOWN. MISUSE also on a client
 * with a subscription: use another client for bytes. Blocks for at most the
 * client's timeout_ms and options->wait_ms a request, then as long as bytes
 * keep arriving within timeout_ms.
 */
ENTROPY_CLIENT_API int
entropy_client_get(struct entropy_client *client, void *bytes, size_t n,
                   const struct entropy_client_get_options *options,
                   struct entropy_client_provenance *provenance);

/* The health word, in *health. */
ENTROPY_CLIENT_API int
entropy_client_health(struct entropy_client *client,
                      enum entropy_client_health *health);

/*
 * Results as JSON text, as docs/protocol.md describes them: *json is new, a
 * terminated string for entropy_client_free(); NULL on failure. selftest
 * takes a source's name, or NULL for all sources, and may fail with FORBIDDEN
 * and UNKNOWN_SOURCE.
 */
ENTROPY_CLIENT_API int entropy_client_status(struct entropy_client *client,
                                             char **json);
ENTROPY_CLIENT_API int entropy_client_sources(struct entropy_client *client,
                                              char **json);
ENTROPY_CLIENT_API int entropy_client_ping(struct entropy_client *client,
                                           char **json);
ENTROPY_CLIENT_API int entropy_client_selftest(struct entropy_client *client,
                                               const char *source, char **json);

/*
 * Any other request: params is JSON text, an object or an array, or NULL.
 * wait_ms is how long the daemon may take beyond the client's timeout_ms.
 * MISUSE for "binary" and subscriptions, which have functions of their own.
 */
ENTROPY_CLIENT_API int entropy_client_call(struct entropy_client *client,
                                           const char *method,
                                           const char *params, int wait_ms,
                                           char **json);

/*
 * n raw samples (1..65536) out of a source's ring, oldest first, as ticks of
 * the clock or as 8-bit symbols. No sample is handed out twice. info may be
 * NULL. May fail with FORBIDDEN (only the daemon's user and root may ask),
 * UNKNOWN_SOURCE, SOURCE_UNAVAILABLE (it is not healthy) and BUSY (too few
 * samples can be spared now); the buffer is then zero.
 */
ENTROPY_CLIENT_API int
entropy_client_raw_ticks(struct entropy_client *client, const char *source,
                         uint64_t *ticks, size_t n,
                         struct entropy_client_raw_info *info);
ENTROPY_CLIENT_API int
entropy_client_raw_symbols(struct entropy_client *client, const char *source,
                           uint8_t *symbols, size_t n,
                           struct entropy_client_raw_info *info);

/*
 * Asks for events on this client's connection. interval_ms is how often a
 * status comes, 1000..3600000, 0 for the daemon's default; it must be 0 for
 * health events. While subscribed, a lost connection is not silently renewed:
 * calls fail with DISCONNECTED and the subscription is over. Unsubscribing
 * without a subscription is MISUSE.
 */
ENTROPY_CLIENT_API int entropy_client_subscribe(struct entropy_client *client,
                                                enum entropy_client_events what,
                                                int interval_ms);
ENTROPY_CLIENT_API int
entropy_client_unsubscribe(struct entropy_client *client,
                           enum entropy_client_events what);

/*
 * Waits up to timeout_ms (-1: no limit) for the next event: *what is its kind,
 * *json is new and holds its params. NO_ANSWER on timeout (the subscription
 * goes on), DISCONNECTED when the connection is lost (the subscription is
 * over), MISUSE without a subscription. Up to 64 events that arrive during
 * other calls are kept; beyond that the oldest are dropped, and
 * entropy_client_events_lost() counts them.
 */
ENTROPY_CLIENT_API int
entropy_client_next_event(struct entropy_client *client, int timeout_ms,
                          enum entropy_client_events *what, char **json);
ENTROPY_CLIENT_API uint64_t
entropy_client_events_lost(const struct entropy_client *client);

/* Wipes and frees text that a call returned; NULL is allowed. */
ENTROPY_CLIENT_API void entropy_client_free(char *text);

/* Why the last call of client failed; "" if it did not. Borrowed until the next
 * call. */
ENTROPY_CLIENT_API const char *
entropy_client_message(const struct entropy_client *client);

/* If the last call failed with an error that the daemon reported: its "data" as
 * JSON text, for example
 * {"name":"invalid_params","param":"bytes","got":0,"range":[1,65536]}; else "".
 * Borrowed until the next call. */
ENTROPY_CLIENT_API const char *
entropy_client_error_data(const struct entropy_client *client);

/* The stable name of an error ("not_reachable", "not_seeded"), or
 * "unknown_error". Constant. */
ENTROPY_CLIENT_API const char *entropy_client_error_name(int error);

/* The health word on the wire ("ok"). Constant. */
ENTROPY_CLIENT_API const char *
entropy_client_health_name(enum entropy_client_health health);

/* The path of the socket of the current or last connection. Borrowed until the
 * next call. */
ENTROPY_CLIENT_API const char *
entropy_client_path(const struct entropy_client *client);

/* The library's version, "0.1.0". Constant. */
ENTROPY_CLIENT_API const char *entropy_client_version(void);

#ifdef __cplusplus
}
#endif

#endif
