#ifndef ENTROPYD_DAEMON_CONFIG_H
#define ENTROPYD_DAEMON_CONFIG_H

/*
 * The daemon's configuration: a plain struct, filled from defaults, a JSON
 * file and the command line, in that order, through the one table of
 * daemon/keys. Nothing here is looked up by name later on.
 */

#include "collectors/collector.h"
#include "daemon/log.h"
#include "daemon/pool/source.h"
#include "protocol/socket_path.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most tunables that a collector may have. */
#define CONFIG_TUNABLE_MAX 16

/* The collectors that a daemon is built with: collector_registry in the
 * program, others in tests. */
struct config_collectors {
    const struct collector *const *list;
    size_t count; /* <= SOURCE_MAX */
};

struct source_config {
    bool enabled;
    unsigned claim_millibits; /* 1..1000 */
    unsigned duty_percent;    /* share of one core once seeded, 1..100 */
    struct tunable_value tunables[CONFIG_TUNABLE_MAX]; /* collector's order */
};

struct config {
    struct {
        char path[SOCKET_PATH_MAX]; /* "": decided by socket_path() */
        unsigned mode;              /* 0600; of the socket, not its directory */
        char group[64];             /* "": the process's own */
    } socket;
    struct {
        unsigned max_connections;    /* 1..65536 */
        unsigned max_line_bytes;     /* 1024..65536 */
        unsigned max_batch;          /* requests in a batch, 1..64 */
        unsigned max_waiting;        /* requests that wait for credit */
        unsigned idle_timeout_ms;    /* 0: never */
        unsigned request_timeout_ms; /* for a request that began to arrive */
        unsigned write_timeout_ms;   /* for a client that does not read */
        unsigned frames_per_turn;    /* a connection's share of a loop turn */
        unsigned output_per_turn_bytes;
        unsigned shutdown_ms;        /* bound on answering what is in flight */
    } server;
    struct {
        unsigned ring_samples; /* power of two */
        unsigned stall_ms;     /* collecting time without a sample */
    } pool;
    enum log_level log_level;
    size_t source_count;                      /* as many as collectors */
    struct source_config sources[SOURCE_MAX]; /* in the registry's order */
};

/* Where a value in force came from. */
enum config_origin { FROM_DEFAULT, FROM_FILE, FROM_COMMAND_LINE };

#endif
