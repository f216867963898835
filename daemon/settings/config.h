#ifndef ENTROPYD_DAEMON_SETTINGS_CONFIG_H
#define ENTROPYD_DAEMON_SETTINGS_CONFIG_H

/*
 * The daemon's configuration: a plain struct, filled from defaults, a JSON
 * file and the command line, in that order, through the one table of
 * daemon/keys. Nothing here is looked up by name later on.
 *
 * Functions that can fail return -errno and say in `why` what is wrong, where,
 * and what is allowed, in words for a person. Plain functions without state;
 * they read files and may allocate, so call them before the loop runs or on a
 * reload.
 */

#include "base/reason.h"
#include "base/socket_path.h"
#include "collectors/collector.h"
#include "daemon/host/log.h"
#include "daemon/source/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Most tunables that a collector may have. */
#define CONFIG_TUNABLE_MAX 16

/* Room for every key: the fixed ones, and those of SOURCE_MAX sources. */
#define CONFIG_KEY_MAX 384

/* Room for the path of a configuration file. */
#define CONFIG_PATH_MAX 1024

/* Largest configuration file; every key with a page of comment fits. */
#define CONFIG_FILE_BYTES_MAX 1048576

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
        unsigned
            requests_per_iteration; /* a connection's share of a loop turn */
        unsigned output_per_iteration_bytes;
        unsigned shutdown_ms; /* bound on answering what is in flight */
    } server;
    struct {
        unsigned ring_samples; /* power of two */
        unsigned stall_ms;     /* collecting time without a sample */
    } pool;
    struct {
        char user[64]; /* whom to become after the bind; "": nobody else */
    } process;
    enum log_level log_level;
    size_t source_count;                      /* as many as collectors */
    struct source_config sources[SOURCE_MAX]; /* in the registry's order */
};

/* Where a value in force came from. */
enum config_origin { FROM_DEFAULT, FROM_FILE, FROM_COMMAND_LINE };

/* The origin of each key, by its place in the table of daemon/keys. */
struct config_origins {
    unsigned char of[CONFIG_KEY_MAX]; /* enum config_origin */
    char file[CONFIG_PATH_MAX];       /* the file that was read; "": none */
};

struct key;

/* Fills config with the defaults. */
void config_defaults(struct config *config, struct config_origins *origins,
                     const struct config_collectors *collectors);

/*
 * Takes over what stands in the JSON file at `path`: nested objects whose
 * member names, joined by dots, are keys; a member whose name begins with "//"
 * is a comment. Every value is checked by itself; config_check() comes after.
 * 0, or -errno: -ENOENT and other errors of open(), -EACCES for a file that
 * anybody may write, -EFBIG, -EINVAL for what stands in it (file, line, key
 * and range are named). On failure config is half filled: throw it away.
 */
int config_load_file(struct config *config, struct config_origins *origins,
                     const struct config_collectors *collectors,
                     const char *path, struct reason *why);

/* Takes over "key=value" from the command line, values written as in the file
 * but without quotes, a list as 1,2,3. 0 or -EINVAL. */
int config_set(struct config *config, struct config_origins *origins,
               const struct config_collectors *collectors,
               const char *assignment, struct reason *why);

/* The same with key and value apart; option is what stood before the value, as
 * `why` calls it. */
int config_set_key(struct config *config, struct config_origins *origins,
                   const struct config_collectors *collectors,
                   const char *option, const char *name, const char *value,
                   struct reason *why);

/*
 * Checks values against each other: each collector's own check, rings that can
 * hold a first seed at the claim, a group that exists and that the mode lets
 * in, at least one source enabled. 0, or -EINVAL.
 */
int config_check(const struct config *config,
                 const struct config_collectors *collectors,
                 struct reason *why);

/*
 * Prints config as JSON that config_load_file() takes again. What is a default
 * stands there as a comment (its name begins with "//"), so that a file read
 * back sets just what was set; "//origins" tells where each set value came
 * from. 0, -ENOMEM, or -EIO where `out` took less than all.
 */
int config_print(FILE *out, const struct config *config,
                 const struct config_origins *origins,
                 const struct config_collectors *collectors);

/* The next key at or after *index whose value differs: its description in
 * *key, *index behind it. False: no more. Start with *index = 0. */
bool config_next_change(const struct config *from, const struct config *to,
                        const struct config_collectors *collectors,
                        size_t *index, struct key *key);

/* Takes over from `to` every value that may change while the daemon runs
 * (key.changes_running), and no other. */
void config_take_running(struct config *config, const struct config *to,
                         const struct config_collectors *collectors);

/*
 * The file to read where --config names none: the first that is there of
 * config_candidate(). 1 and its path; 0 and "" where there is none; -errno
 * with the reason. One that is there but cannot be read is found too: reading
 * it says so.
 */
int config_find_file(char path[CONFIG_PATH_MAX], struct reason *why);

/*
 * The i-th place where this platform looks for entropyd.json (one file a
 * platform): 1 and its path; 0 where this user has no such place (no home
 * directory, say); -ENOENT behind the last; -ENAMETOOLONG, never a cut path.
 */
int config_candidate(unsigned i, char path[CONFIG_PATH_MAX]);

#endif
