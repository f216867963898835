/* events: each change of a source's state, as it happens. */

#include "client/ctl/connect.h"
#include "client/ctl/exit.h"
#include "client/ctl/number.h"
#include "client/ctl/run.h"
#include "client/ctl/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* 2026-11-21T20:39:07Z unix_ipc healthy -> suspect (degraded): reason */
static void print_event(const char *json)
{
    struct tree *event = tree_parse(json, strlen(json));
    char stamp[32] = "?";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc) != NULL)
        strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &utc);
    char source[64];
    char from[32];
    char to[32];
    char word[32];
    char reason[240];
    int64_t skipped = 0;
    const char *why = tree_text(event, "reason", NULL);
    printf("%s %s %s -> %s (%s)", stamp,
           text_clean(tree_text(event, "source", "?"), source, sizeof(source)),
           text_clean(tree_text(event, "from", "?"), from, sizeof(from)),
           text_clean(tree_text(event, "to", "?"), to, sizeof(to)),
           text_clean(tree_text(event, "health", "?"), word, sizeof(word)));
    if (why != NULL)
        printf(": %s", text_clean(why, reason, sizeof(reason)));
    if (tree_integer(event, "skipped", &skipped) && skipped > 0)
        printf(" [%" PRId64 " earlier ones skipped]", skipped);
    printf("\n");
    tree_free(event);
}

/* Prints events until count of them were seen (0: for ever). */
static int follow(struct entropy_client *client, bool is_json, uint64_t count)
{
    int rc = entropy_client_subscribe(client, ENTROPY_CLIENT_EVENTS_HEALTH, 0);
    for (uint64_t seen = 0; rc == 0 && (count == 0 || seen < count); seen++) {
        enum entropy_client_events what;
        char *json = NULL;
        rc = entropy_client_next_event(client, -1, &what, &json);
        if (rc < 0)
            break;
        if (is_json)
            printf("%s\n", json);
        else
            print_event(json);
        entropy_client_free(json);
        /* Whoever cannot read on is not worth waiting for. */
        if (fflush(stdout) != 0)
            return CTL_OUTPUT;
    }
    return rc < 0 ? ctl_fail(client, rc) : CTL_OK;
}

int run_events(const struct ctl_arguments *arguments)
{
    uint64_t count = 0;
    int code =
        ctl_option_number(arguments, OPTION_COUNT, 1, 1000000000, 0, &count);
    if (code != CTL_OK)
        return code;
    struct entropy_client *client = NULL;
    code = ctl_connect(arguments, false, &client);
    if (code != CTL_OK)
        return code;
    code = follow(client, ctl_is_given(arguments, OPTION_JSON), count);
    entropy_client_close(client);
    return code;
}
