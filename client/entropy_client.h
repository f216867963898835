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
 * which is negative. entropy_client_message() then has a sentence for a person
 * and entropy_client_error_data() the daemon's data. No pointer may be NULL
 * unless its function says so.
 *
 * Connections are kept and mended. If the daemon was restarted since the last
 * call, or closed an idle connection, a call connects again and asks again, as
 * long as no byte of an answer had arrived. After fork() the child's first call
 * makes a connection of its own; neither process can read the other's bytes.
 * After a time-out or a broken answer the connection is given up, so that no
 * call ever sees the answer to another; the next call connects anew.
 *
 * No signal is raised (SIGPIPE included) and none interrupts a call for good:
 * after EINTR a call goes on within its time.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ENTROPY_CLIENT_API __attribute__((visibility("default")))

/* Room for a reason in words, terminating NUL included. */
#define ENTROPY_CLIENT_WHY_MAX 512

/* How long a call waits for the daemon unless told, in milliseconds. */
#define ENTROPY_CLIENT_TIMEOUT_MS 10000

/* How long the daemon may let a get wait for entropy unless told; at most
 * 60000. */
#define ENTROPY_CLIENT_WAIT_MS 5000

/* What went wrong. The daemon's errors have the codes that they have on the
 * wire; a newer daemon may return one that is not listed here, which is passed
 * on as it is, in -32768..-32000. entropy_client_error_name() names them. */
enum entropy_client_error {
    ENTROPY_CLIENT_OK = 0,

    /* Found by the client. */
    ENTROPY_CLIENT_MISUSE = -1,           /* an argument, or not possible now */
    ENTROPY_CLIENT_NO_MEMORY = -2,        /* malloc() found none */
    ENTROPY_CLIENT_BAD_PATH = -3,         /* too long, not absolute, no home */
    ENTROPY_CLIENT_NOT_REACHABLE = -4,    /* nobody listens at the socket */
    ENTROPY_CLIENT_UNTRUSTED_SERVER = -5, /* on a default path: directory or
                                           * server belong to somebody else */
    ENTROPY_CLIENT_NO_ANSWER = -6,        /* none in time */
    ENTROPY_CLIENT_DISCONNECTED = -7,     /* the connection ended within an
                                           * answer, or with a subscription */
    ENTROPY_CLIENT_BAD_REPLY = -8,        /* not what the protocol says */

    /* Said by the daemon. */
    ENTROPY_CLIENT_PARSE_ERROR = -32700,
    ENTROPY_CLIENT_INVALID_REQUEST = -32600,
    ENTROPY_CLIENT_METHOD_NOT_FOUND = -32601,
    ENTROPY_CLIENT_INVALID_PARAMS = -32602,
    ENTROPY_CLIENT_INTERNAL_ERROR = -32603,
    ENTROPY_CLIENT_NOT_SEEDED = -32001, /* not within the wait */
    ENTROPY_CLIENT_UNKNOWN_SOURCE = -32002,
    ENTROPY_CLIENT_SOURCE_UNAVAILABLE = -32003,
    ENTROPY_CLIENT_TIMEOUT = -32004,        /* of the daemon's wait */
    ENTROPY_CLIENT_ENTROPY_FAILED = -32005, /* no usable entropy source */
    ENTROPY_CLIENT_FORBIDDEN = -32006,
    ENTROPY_CLIENT_BUSY = -32007, /* a limit; try again later */
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
    ENTROPY_CLIENT_EVENTS_STATUS = 1, /* a whole status, again and again */
};

/* An open client; see the top of this file. */
struct entropy_client;

/* How to connect. Set it to ENTROPY_CLIENT_OPTIONS, then change members. */
struct entropy_client_options {
    size_t size;      /* sizeof(struct entropy_client_options) */
    const char *path; /* of the socket; NULL or "": $ENTROPYD_SOCKET, else
                       * $XDG_RUNTIME_DIR/entropyd/entropyd.sock, else
                       * ~/.entropyd/entropyd.sock, else
                       * /run/entropyd/entropyd.sock */
    int timeout_ms;   /* how long a call may wait for the daemon, besides the
                       * time that the call itself grants; -1: for ever */
};

#define ENTROPY_CLIENT_OPTIONS                                                 \
    {                                                                          \
        sizeof(struct entropy_client_options), NULL, ENTROPY_CLIENT_TIMEOUT_MS \
    }

/* How bytes are to be made. Set it to ENTROPY_CLIENT_GET_OPTIONS first. */
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
struct entropy_client_receipt {
    enum entropy_client_health health; /* when the last of them were made */
    enum entropy_client_quality quality;
    uint64_t credited_bits; /* ENTROPY_CLIENT_CONDITIONED: behind these bytes;
                             * ENTROPY_CLIENT_DRBG: behind the generator's last
                             * credited seed */
    char sources[512];      /* names of the sources that had a part in the
                             * credit, with commas between; "" for none */
};

/* What raw samples need to be read. */
struct entropy_client_raw_info {
    uint64_t gcd_ticks;          /* a symbol is (ticks / gcd_ticks) & 255 */
    uint32_t timebase_numerator; /* ns = ticks * numerator / denominator */
    uint32_t timebase_denominator;
    char clock[64]; /* the clock's name */
};

/*
 * Connects to the daemon. *client is new, given back by entropy_client_close();
 * NULL after a failure. options may be NULL. On a default path (neither a path
 * in options nor $ENTROPYD_SOCKET) the socket's directory and the server must
 * belong to this process's user, to root or to the user "entropyd"; a socket of
 * root's in a directory of root's may be served by anybody, to whom root must
 * have handed it. The environment is read here and at each later connection.
 *
 * Fails with ENTROPY_CLIENT_MISUSE, NO_MEMORY, BAD_PATH, NOT_REACHABLE,
 * UNTRUSTED_SERVER, NO_ANSWER; why (if why_size > 0) then holds the reason in
 * words. Blocks for at most options->timeout_ms.
 */
ENTROPY_CLIENT_API int
entropy_client_connect(struct entropy_client **client,
                       const struct entropy_client_options *options, char *why,
                       size_t why_size);

/* Closes the connection, wipes and frees; NULL is allowed. */
ENTROPY_CLIENT_API void entropy_client_close(struct entropy_client *client);

/*
 * Fills bytes[0..n) with random bytes. n may be anything; more than 64 MiB (of
 * conditioned bytes, more than 4096) are asked for in several requests. options
 * may be NULL; receipt, if not NULL, is filled on success. After any failure
 * all n bytes are zero.
 *
 * Fails as any call may (MISUSE, NOT_REACHABLE, UNTRUSTED_SERVER, NO_ANSWER,
 * DISCONNECTED, BAD_REPLY, NO_MEMORY) and with the daemon's NOT_SEEDED,
 * TIMEOUT, ENTROPY_FAILED, BUSY, SHUTTING_DOWN. MISUSE also where the client
 * has a subscription: use another client for bytes. Blocks for at most the
 * client's timeout_ms and options->wait_ms a request, then as long as bytes
 * keep coming within timeout_ms.
 */
ENTROPY_CLIENT_API int
entropy_client_get(struct entropy_client *client, void *bytes, size_t n,
                   const struct entropy_client_get_options *options,
                   struct entropy_client_receipt *receipt);

/* The health word, in *health. */
ENTROPY_CLIENT_API int
entropy_client_health(struct entropy_client *client,
                      enum entropy_client_health *health);

/*
 * Results as JSON text, as docs/protocol.md describes them: *json is new, a
 * terminated string for entropy_client_free(); NULL after a failure. selftest
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
 * MISUSE where functions of their own are needed: for "binary" and for
 * subscriptions.
 */
ENTROPY_CLIENT_API int entropy_client_call(struct entropy_client *client,
                                           const char *method,
                                           const char *params, int wait_ms,
                                           char **json);

/*
 * n raw samples (1..65536) out of a source's ring, oldest first, as ticks of
 * the clock or as 8-bit symbols. No sample is handed out twice. info may be
 * NULL. May fail with FORBIDDEN (they are for the daemon's user and root),
 * UNKNOWN_SOURCE, SOURCE_UNAVAILABLE (it is not healthy) and BUSY (fewer can
 * be spared now); the buffer is then zero.
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
 * health events. While subscribed, a lost connection is not mended in silence:
 * calls fail with DISCONNECTED and the subscription is over. To end one that
 * does not stand is MISUSE.
 */
ENTROPY_CLIENT_API int entropy_client_subscribe(struct entropy_client *client,
                                                enum entropy_client_events what,
                                                int interval_ms);
ENTROPY_CLIENT_API int
entropy_client_unsubscribe(struct entropy_client *client,
                           enum entropy_client_events what);

/*
 * Waits up to timeout_ms (-1: for ever) for the next event: *what says of which
 * kind, *json is new and holds its params. NO_ANSWER when the time passed
 * without one (the subscription goes on), DISCONNECTED when the daemon went
 * (it is over), MISUSE without a subscription. Up to 64 events that arrive
 * during other calls are kept; older ones then go, and
 * entropy_client_events_lost() counts them.
 */
ENTROPY_CLIENT_API int
entropy_client_next_event(struct entropy_client *client, int timeout_ms,
                          enum entropy_client_events *what, char **json);
ENTROPY_CLIENT_API uint64_t
entropy_client_events_lost(const struct entropy_client *client);

/* Wipes and frees text that a call returned; NULL is allowed. */
ENTROPY_CLIENT_API void entropy_client_free(char *text);

/* Why the last call of client failed, in words; "" if it did not. Borrowed
 * until the next call. */
ENTROPY_CLIENT_API const char *
entropy_client_message(const struct entropy_client *client);

/* If the last call failed with an error of the daemon's: its "data" as JSON
 * text, say
 * {"name":"invalid_params","param":"bytes","got":0,"range":[1,65536]}; else "".
 * Borrowed until the next call. */
ENTROPY_CLIENT_API const char *
entropy_client_error_data(const struct entropy_client *client);

/* The stable name of an error ("not_reachable", "not_seeded"), or
 * "unknown_error". Constant. */
ENTROPY_CLIENT_API const char *entropy_client_error_name(int error);

/* The health word as the daemon writes it ("ok"). Constant. */
ENTROPY_CLIENT_API const char *
entropy_client_health_name(enum entropy_client_health health);

/* The path of the socket that the client is, or was last, connected to.
 * Borrowed until the next call. */
ENTROPY_CLIENT_API const char *
entropy_client_path(const struct entropy_client *client);

/* The library's version, "0.1.0". Constant. */
ENTROPY_CLIENT_API const char *entropy_client_version(void);

#ifdef __cplusplus
}
#endif

#endif
