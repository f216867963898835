/*
 * wait: for scripts that start before the daemon does. It looks again and
 * again, because there is nothing to wait on while nobody listens; once
 * somebody does, it asks for the health word until that is not "starting".
 */

#include "client/ctl_connect.h"
#include "client/ctl_exit.h"
#include "client/ctl_number.h"
#include "client/ctl_run.h"

#include <inttypes.h>
#include <stdio.h>
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

/* One look: CTL_OK when seeded; CTL_STARTING or CTL_NOT_REACHABLE when it is
 * worth another one; else what went wrong, said. */
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
    enum entropy_client_health health;
    int rc = entropy_client_health(*client, &health);
    if (rc == 0)
        return health == ENTROPY_CLIENT_HEALTH_STARTING ? CTL_STARTING : CTL_OK;
    int code = (int)ctl_exit_of(rc);
    /* A daemon that is just going, or not answering yet, may come back. */
    if (code == CTL_NOT_REACHABLE || code == CTL_BROKEN ||
        code == CTL_TIMED_OUT || rc == ENTROPY_CLIENT_BUSY ||
        rc == ENTROPY_CLIENT_SHUTTING_DOWN)
        return CTL_NOT_REACHABLE;
    return ctl_fail(*client, rc);
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
        if (code != CTL_STARTING && code != CTL_NOT_REACHABLE)
            break;
        if (has_end && now_ms() >= end) {
            fprintf(stderr, "entropyctl: not seeded within %" PRIu64 " s: %s\n",
                    seconds,
                    code == CTL_STARTING ? "the daemon is starting"
                                         : "no daemon can be reached");
            code = CTL_TIMED_OUT;
            break;
        }
        struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
    entropy_client_close(client);
    return code;
}
