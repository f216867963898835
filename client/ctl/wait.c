/* SPDX-License-Identifier: MIT */
/*
 * wait: for scripts that may start before the daemon. It polls, because there
 * is nothing to block on until the socket exists; then it asks for the status
 * until that says "seeded", and for a moment longer while another source is in
 * its start-up test: otherwise a script that goes on to ask for the health is
 * told "degraded" at every start.
 */

#include "base/monotonic.h"
#include "client/ctl/commands.h"
#include "client/ctl/connect.h"
#include "client/ctl/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* The polling interval: short against a boot, cheap for a daemon. */
#define POLL_MS 50

/* Timeout of one poll: a stopped daemon accepts but never replies, and must not
 * delay the end of --timeout by more than this. */
#define REPLY_MS 1000

/* How long access may be denied: a daemon binds its socket before it sets the
 * mode. */
#define DENIED_MS 1000

/* How long a daemon that is seeded may have sources that are starting. They
 * take some 30 ms, or longer on a busy machine. */
#define TESTS_MS 1000

/* CTL_OK if a status says that the generator is seeded; else CTL_STARTING or,
 * if no source can seed it at present, CTL_FAILED. */
static int judge(const json_t *status)
{
    char word[32];

    if (json_is_true(json_object_get(status, "seeded")))
        return CTL_OK;
    text_at(status, "health", word, sizeof(word));
    return strcmp(word, "failed") == 0 ? CTL_FAILED : CTL_STARTING;
}

static bool has_starting_source(const json_t *status)
{
    size_t i;
    const json_t *source;
    char state[32];

    json_array_foreach(json_object_get(status, "sources"), i, source)
    {
        text_at(source, "state", state, sizeof(state));
        if (strcmp(state, "starting") == 0)
            return true;
    }
    return false;
}

/* Is a call that failed with rc worth another try? The daemon may be stopping,
 * or not replying yet. */
static bool may_recover(int rc)
{
    int code = (int)ctl_exit_of(rc);

    return code == CTL_NOT_REACHABLE || code == CTL_BROKEN ||
           code == CTL_TIMED_OUT || rc == ENTROPY_CLIENT_BUSY ||
           rc == ENTROPY_CLIENT_SHUTTING_DOWN;
}

/* One poll: CTL_OK when seeded, and whether a source is starting all the same;
 * CTL_STARTING, CTL_FAILED, CTL_NOT_REACHABLE or CTL_NO_ACCESS when another one
 * may help; else what went wrong, printed. */
static int poll_once(const struct ctl_arguments *arguments,
                     struct entropy_client **client, bool *is_testing)
{
    char *json = NULL;
    json_t *status = NULL;

    *is_testing = false;
    if (*client == NULL) {
        int code = ctl_connect(arguments, REPLY_MS, true, client);
        if (code == CTL_TIMED_OUT)
            return CTL_NOT_REACHABLE;
        if (code == CTL_NOT_REACHABLE || code == CTL_NO_ACCESS)
            return code;
        if (code != CTL_OK) /* again, to print the reason */
            return ctl_connect(arguments, REPLY_MS, false, client);
    }
    int rc = entropy_client_status(*client, &json);
    if (rc < 0)
        return may_recover(rc) ? CTL_NOT_REACHABLE : ctl_fail(*client, rc);
    int code = ctl_load(json, &status);
    if (code == CTL_OK)
        code = judge(status);
    if (code == CTL_OK)
        *is_testing = has_starting_source(status);
    json_decref(status);
    return code;
}

/* Why there is no seed yet. */
static const char *reason_of(int code)
{
    if (code == CTL_STARTING)
        return "the daemon is starting";
    if (code == CTL_NO_ACCESS)
        return "permission denied on the daemon's socket";
    return code == CTL_FAILED ? "no usable entropy source"
                              : "cannot connect to the daemon";
}

int run_wait(const struct ctl_arguments *arguments)
{
    struct entropy_client *client = NULL;
    int64_t timeout_ms = 0;

    int code = ctl_option_duration(arguments, OPT_TIMEOUT, 1000, 0, 86400000, 0,
                                   &timeout_ms);
    if (code != CTL_OK)
        return code;
    bool has_end = ctl_is_given(arguments, OPT_TIMEOUT);
    uint64_t end_ms = monotonic_now_ms() + (uint64_t)timeout_ms;
    uint64_t denied_ms = 0; /* since when access is denied */
    uint64_t tests_end_ms = UINT64_MAX;
    for (;;) {
        bool is_testing;
        code = poll_once(arguments, &client, &is_testing);
        if (code == CTL_NO_ACCESS && denied_ms == 0)
            denied_ms = monotonic_now_ms();
        if (code == CTL_NO_ACCESS &&
            monotonic_now_ms() - denied_ms >= DENIED_MS) {
            code = ctl_connect(arguments, REPLY_MS, false, &client);
            if (code != CTL_OK)
                break;
            continue; /* it was set meanwhile */
        }
        uint64_t now_ms = monotonic_now_ms();
        bool is_over = has_end && now_ms >= end_ms;
        if (code == CTL_OK && is_testing && tests_end_ms == UINT64_MAX)
            tests_end_ms = now_ms + TESTS_MS;
        if (code == CTL_OK &&
            (!is_testing || now_ms >= tests_end_ms || is_over))
            break;
        if (code != CTL_OK && code != CTL_STARTING && code != CTL_FAILED &&
            code != CTL_NOT_REACHABLE && code != CTL_NO_ACCESS)
            break;
        if (code != CTL_NO_ACCESS)
            denied_ms = 0;
        if (is_over) {
            char time[32];
            fprintf(stderr, "entropyctl: not seeded within %s: %s\n",
                    text_duration(timeout_ms, time, sizeof(time)),
                    reason_of(code));
            code = CTL_TIMED_OUT;
            break;
        }
        struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
    entropy_client_close(client);
    return code;
}
