/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_DAEMON_SETTINGS_CONFIG_H
#define ENTROPYD_DAEMON_SETTINGS_CONFIG_H

/*
 * The daemon's configuration: a plain struct, filled from defaults, a JSON
 * file and the command line, in that order, through the one table of
 * daemon/settings/keys.h. Nothing here is looked up by name later on.
 *
 * These functions keep no state; they read files and allocate, so they are
 * called before the loop runs or on a reload.
 */

#include "base/reason.h"
#include "base/socket_path.h"
#include "collectors/collector.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Most tunables that a collector may have. */
#define CONFIG_TUNABLE_MAX 16

/* Room for every key: the fixed ones, and those of COLLECTOR_MAX sources. */
#define CONFIG_KEY_MAX 384

/* Room for the path of a configuration file. */
#define CONFIG_PATH_MAX 1024

/* Largest configuration file; every key with a page of comment fits. */
#define CONFIG_FILE_BYTES_MAX 1048576

/* The protocol's own limits, PROTOCOL_LINE_MAX and PROTOCOL_BATCH_MAX. */
#define CONFIG_LINE_BYTES_MAX 65536
#define CONFIG_BATCH_MAX      64

/* Smallest bound of a log file. */
#define CONFIG_LOG_BYTES_MIN 65536

/* The collectors that a daemon is built with: collector_registry in the
 * program, others in tests. */
struct config_collectors {
    const struct collector *const *list;
    size_t count; /* <= COLLECTOR_MAX */
};

struct source_config {
    bool enabled;
    unsigned claim_millibits; /* 1..1000 */
    unsigned duty_percent;    /* share of one core once seeded, 1..100 */
    struct tunable_value tunables[CONFIG_TUNABLE_MAX]; /* collector's order */
};

struct config_socket {
    char path[SOCKET_PATH_MAX];
    unsigned mode;  /* 0600; of the socket, not its directory */
    char group[64]; /* "": the process's own */
};

struct config {
    struct config_socket socket; /* path "": decided by socket_path() */
    struct config_socket egd;    /* path "": EGD is off */
    struct {
        unsigned max_connections;            /* 1..65536 */
        unsigned max_line_bytes;             /* 1024..CONFIG_LINE_BYTES_MAX */
        unsigned max_batch;                  /* 1..CONFIG_BATCH_MAX requests */
        unsigned max_waiting;                /* requests waiting for credit */
        unsigned idle_timeout_ms;            /* 0: none */
        unsigned request_timeout_ms;         /* to receive a request */
        unsigned write_timeout_ms;           /* for a client that does not
                                              * read */
        unsigned requests_per_iteration;     /* of the loop, a connection */
        unsigned output_per_iteration_bytes; /* likewise */
        unsigned shutdown_ms; /* bound on answering what is in flight */
    } server;
    struct {
        unsigned ring_samples; /* power of two */
        unsigned stall_ms;     /* collecting time without a sample */
    } pool;
    struct {
        char user[64]; /* to switch to after binding; "": none */
    } process;
    struct {
        unsigned level;          /* enum log_level: 0 error, 1 warning, 2 info,
                                  * 3 debug */
        unsigned max_file_bytes; /* 0: no bound */
    } log;
    size_t source_count;                         /* as many as collectors */
    struct source_config sources[COLLECTOR_MAX]; /* in the registry's order */
};

/* Where a value in force came from. */
enum config_origin { FROM_DEFAULT, FROM_FILE, FROM_COMMAND_LINE };

/* The origin of each key, by its place in the table of keys. */
struct config_origins {
    unsigned char of[CONFIG_KEY_MAX]; /* enum config_origin */
    unsigned line[CONFIG_KEY_MAX];    /* of FROM_FILE: in the file, from 1 */
    char file[CONFIG_PATH_MAX];       /* the file that was read; "": none */
};

enum config_severity {
    CONFIG_ERROR,  /* the configuration cannot be used */
    CONFIG_WARNING /* it can, but hardly as it was meant */
};

/*
 * A configuration while it is put together: config_defaults(), then
 * config_load_file(), config_set() and config_check() in this order, as far as
 * they are wanted. Each reports everything that is wrong, not the first thing
 * alone. With errors > 0 *config is incomplete: discard it.
 */
struct config_loader {
    const struct config_collectors *collectors;
    struct config *config;
    struct config_origins *origins;
    /* Called for each problem with one line of text that names file and line,
     * or the option; the key; and what is allowed. */
    void (*problem)(void *context, enum config_severity severity,
                    const char *text);
    void *context;
    unsigned errors, warnings; /* reported so far */
};

struct key;

/* Fills config with the defaults. */
void config_defaults(struct config *config, struct config_origins *origins,
                     const struct config_collectors *collectors);

/*
 * Takes over the JSON file at `path`: nested objects whose member names,
 * joined by dots, are keys; a member whose name begins with "//" is a comment.
 * A file that cannot be read, is not a regular file, is world-writable, too
 * long, or no JSON object is an error, and so is each unknown key, duplicate
 * key and value of the wrong type or out of range. Once at most.
 */
void config_load_file(struct config_loader *loader, const char *path);

/* Takes over "key=value" from the command line, values written as in the file
 * but without quotes, a list as 1,2,3. */
void config_set(struct config_loader *loader, const char *assignment);

/* The same with key and value apart; `option` is what the command line called
 * it ("--mode"), for messages. */
void config_set_key(struct config_loader *loader, const char *option,
                    const char *name, const char *value);

/* Checks values against each other: each collector's own check, a mode that
 * lets the group in, socket paths that do not end in a slash, at least one
 * source enabled. Asks nothing of the machine. */
void config_check(struct config_loader *loader);

/* Reports a problem in one line, for checks that are made elsewhere. */
void config_problem(struct config_loader *loader, enum config_severity severity,
                    const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reports a problem with the key `name`, preceded by where its value came
 * from: "FILE:LINE: NAME: ...", "command line: NAME: ..." or "NAME: ...". */
void config_report(struct config_loader *loader, enum config_severity severity,
                   const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * Prints config as JSON that config_load_file() takes again. A default is
 * printed as a comment (its name begins with "//"), so that a file read back
 * sets just what was set; "//origins" tells where each set value came from.
 * 0, -ENOMEM, or -EIO where `out` took less than all.
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
 * The file to read where --config names none: the first of
 * config_candidate()'s that exists. 1 and its path; 0 and "" where there is
 * none; -ENAMETOOLONG with the reason. One that exists but cannot be read is
 * found too: reading it says so.
 */
int config_find_file(char path[CONFIG_PATH_MAX], struct reason *why);

/*
 * The i-th place where this platform looks for entropyd.json (one file a
 * platform): 1 and its path; 0 where this user has no such place (no home
 * directory, say); -ENOENT after the last; -ENAMETOOLONG, never a cut path.
 */
int config_candidate(unsigned i, char path[CONFIG_PATH_MAX]);

#endif
