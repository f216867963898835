/* events: each change of a source's state, as it happens. */

#include "client/ctl/commands.h"
#include "client/ctl/connect.h"
#include "client/ctl/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* 2026-11-21T20:39:07Z unix_ipc healthy -> suspect (degraded): reason */
static void print_event(const json_t *event)
{
    char stamp[32] = "?";
    char source[64];
    char from[32];
    char to[32];
    char word[32];
    char reason[240];
    time_t now = time(NULL);
    struct tm utc;

    if (gmtime_r(&now, &utc) != NULL)
        strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &utc);
    printf("%s %s %s -> %s (%s)", stamp,
           text_at(event, "source", source, sizeof(source)),
           text_at(event, "from", from, sizeof(from)),
           text_at(event, "to", to, sizeof(to)),
           text_at(event, "health", word, sizeof(word)));
    if (json_is_string(json_object_get(event, "reason")))
        printf(": %s", text_at(event, "reason", reason, sizeof(reason)));
    if (integer_at(event, "skipped") > 0)
        printf(" [%" PRId64 " earlier ones skipped]",
               integer_at(event, "skipped"));
    printf("\n");
}

/* Waits for an event and prints it. An enum ctl_exit. */
static int follow_one(struct entropy_client *client, bool is_json)
{
    enum entropy_client_events what;
    char *json = NULL;
    json_t *event = NULL;
    int rc = entropy_client_next_event(client, -1, &what, &json);

    if (rc < 0)
        return ctl_fail(client, rc);
    if (is_json)
        printf("%s\n", json);
    int code = ctl_load(json, &event);
    if (code == CTL_OK && !is_json)
        print_event(event);
    json_decref(event);
    return code == CTL_OK && fflush(stdout) != 0 ? CTL_OUTPUT : code;
}

int run_events(const struct ctl_arguments *arguments)
{
    struct entropy_client *client = NULL;
    int64_t count = 0;

    int code =
        ctl_option_number(arguments, OPT_COUNT, 1, 1000000000, 0, &count);
    if (code == CTL_OK)
        code =
            ctl_connect(arguments, ENTROPY_CLIENT_TIMEOUT_MS, false, &client);
    if (code != CTL_OK)
        return code;
    int rc = entropy_client_subscribe(client, ENTROPY_CLIENT_EVENTS_HEALTH, 0);
    if (rc < 0)
        code = ctl_fail(client, rc);
    for (int64_t seen = 0; code == CTL_OK && (count == 0 || seen < count);
         seen++)
        code = follow_one(client, ctl_is_given(arguments, OPT_JSON));
    entropy_client_close(client);
    return code;
}
