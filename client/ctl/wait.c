/*
 * wait: for scripts that start before the daemon does. It looks again and
 * again, because there is nothing to wait on while nobody listens; once
 * somebody does, it asks for the status until that says "seeded".
 */

#include "client/ctl/connect.h"
#include "client/ctl/exit.h"
#include "client/ctl/number.h"
#include "client/ctl/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Between two looks: soon enough for a boot, seldom enough for a daemon. */
#define LOOK_MS 50

/* How long one look may take: a daemon that was stopped answers nobody, and
 * must not hold up the end of --timeout by more than this. */
#define ANSWER_MS 1000

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* CTL_OK if a status says that the generator is seeded; else CTL_STARTING or,
 * where no source can seed it as things are, CTL_FAILED. */
static int judge(const char *json)
{
    struct tree *status = tree_parse(json, strlen(json));
    int code = CTL_STARTING;
    if (tree_is_true(status, "seeded"))
        code = CTL_OK;
    else if (strcmp(tree_text(status, "health", ""), "failed") == 0)
        code = CTL_FAILED;
    tree_free(status);
    return code;
}

/* One look: CTL_OK when seeded; CTL_STARTING, CTL_FAILED or CTL_NOT_REACHABLE
 * when it is worth another one; else what went wrong, said. */
static int look(const struct ctl_arguments *arguments,
                struct entropy_client **client)
{
    if (*client == NULL) {
        int code = ctl_connect_within(arguments, ANSWER_MS, true, client);
        /* Anything but a daemon that is not there is worth its words. */
        if (code != CTL_OK && code != CTL_NOT_REACHABLE &&
            code != CTL_TIMED_OUT)
            return ctl_connect_within(arguments, ANSWER_MS, false, client);
        if (code != CTL_OK)
            return CTL_NOT_REACHABLE;
    }
    char *json = NULL;
    int rc = entropy_client_status(*client, &json);
    int code = rc == 0 ? judge(json) : (int)ctl_exit_of(rc);
    entropy_client_free(json);
    if (rc == 0)
        return code;
    /* A daemon that is just going, or not answering yet, may come back. */
    if (code == CTL_NOT_REACHABLE || code == CTL_BROKEN ||
        code == CTL_TIMED_OUT || rc == ENTROPY_CLIENT_BUSY ||
        rc == ENTROPY_CLIENT_SHUTTING_DOWN)
        return CTL_NOT_REACHABLE;
    return ctl_fail(*client, rc);
}

/* Why there is no seed yet. */
static const char *reason_of(int code)
{
    if (code == CTL_STARTING)
        return "the daemon is starting";
    return code == CTL_FAILED ? "no usable entropy source"
                              : "no daemon can be reached";
}

int run_wait(const struct ctl_arguments *arguments)
{
    uint64_t seconds = 0;
    int code =
        ctl_option_number(arguments, OPTION_TIMEOUT_S, 0, 86400, 0, &seconds);
    if (code != CTL_OK)
        return code;
    bool has_end = ctl_is_given(arguments, OPTION_TIMEOUT_S);
    int64_t end = now_ms() + (int64_t)seconds * 1000;
    struct entropy_client *client = NULL;
    for (;;) {
        code = look(arguments, &client);
        if (code != CTL_STARTING && code != CTL_FAILED &&
            code != CTL_NOT_REACHABLE)
            break;
        if (has_end && now_ms() >= end) {
            fprintf(stderr, "entropyctl: not seeded within %" PRIu64 " s: %s\n",
                    seconds, reason_of(code));
            code = CTL_TIMED_OUT;
            break;
        }
        struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
    entropy_client_close(client);
    return code;
}
