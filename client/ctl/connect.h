/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_CTL_CONNECT_H
#define ENTROPYD_CLIENT_CTL_CONNECT_H

/* A client as the command line asks for it, its errors on stderr, and the exit
 * codes that they become. */

#include "client/ctl/options.h"
#include "client/entropy_client.h"

#include <jansson.h>

/* X(enumerator, code, meaning): stable, in --help and in entropyctl(1). */
#define CTL_EXITS(X)                                                           \
    X(CTL_OK, 0, "success; health: every source is healthy")                   \
    X(CTL_DEGRADED, 1,                                                         \
      "health: some sources are not healthy; selftest: a source failed")       \
    X(CTL_FAILED, 2, "health: no source is healthy")                           \
    X(CTL_NOT_REACHABLE, 3, "cannot connect to the daemon")                    \
    X(CTL_STARTING, 4, "health: the generator is not seeded yet")              \
    X(CTL_REFUSED, 5, "the daemon returned an error")                          \
    X(CTL_TIMED_OUT, 6,                                                        \
      "timed out: no reply, not seeded, or not enough entropy")                \
    X(CTL_BROKEN, 7, "connection lost, or malformed reply")                    \
    X(CTL_NO_ACCESS, 8, "permission denied on the daemon's socket")            \
    X(CTL_USAGE, 64, "usage error")                                            \
    X(CTL_NO_MEMORY, 71, "out of memory")                                      \
    X(CTL_OUTPUT, 74, "cannot write the output")                               \
    X(CTL_UNTRUSTED, 77, "the server is not trusted")

enum ctl_exit {
#define X(enumerator, code, meaning) enumerator = (code),
    CTL_EXITS(X)
#undef X
};

/* The exit code for an enum entropy_client_error. */
enum ctl_exit ctl_exit_of(int error);

/* Connects; timeout_ms is that of each call. *client is for
 * entropy_client_close(), or NULL. An enum ctl_exit; a failure is printed
 * unless is_quiet. */
int ctl_connect(const struct ctl_arguments *arguments, int timeout_ms,
                bool is_quiet, struct entropy_client **client);

/* Prints an enum entropy_client_error with its message; returns the exit
 * code. */
int ctl_fail_text(int error, const char *message);

/* Prints what the client's last call failed with; returns the exit code. */
int ctl_fail(const struct entropy_client *client, int error);

/* Reads JSON text that the library returned and frees it with
 * entropy_client_free(); *value is new. CTL_OK, or CTL_NO_MEMORY, printed. */
int ctl_load(char *json, json_t **value);

/* Calls method with params (JSON text or NULL), which may take wait_ms beyond
 * the client's timeout; *result is new. An enum ctl_exit; errors are
 * printed. */
int ctl_ask(struct entropy_client *client, const char *method,
            const char *params, int wait_ms, json_t **result);

/* Connects, asks, and closes again. With --json the result is printed as it is
 * and *result is NULL. */
int ctl_ask_once(const struct ctl_arguments *arguments, const char *method,
                 const char *params, int wait_ms, json_t **result);

#endif
