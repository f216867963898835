/*
 * watch: the status repeatedly. On a terminal it is drawn over itself, with
 * rings as bars; elsewhere one line each time, for logs. A daemon that stops
 * is waited for: seeing it come back is what watching is for.
 */

#include "client/ctl/commands.h"
#include "client/ctl/connect.h"
#include "client/ctl/text.h"
#include "client/ctl/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

struct view {
    bool is_json;
    bool is_terminal; /* stdout understands escapes */
};

/* Clears the screen; lines are cut in a narrow terminal, not wrapped. */
#define PICTURE_BEGIN "\033[H\033[J\033[?7l"
#define PICTURE_END   "\033[?7h"

/* Holds a whole picture, so that it is drawn at once. */
#define PICTURE_ROOM 16384

/* One line: the health word, then each source with its state, samples in the
 * ring and alarms. */
static void print_line(const json_t *status)
{
    char clean[64];
    size_t i;
    const json_t *source;

    printf("uptime_ms=%" PRId64, integer_at(status, "uptime_ms"));
    printf(" health=%s", text_at(status, "health", clean, sizeof(clean)));
    json_array_foreach(json_object_get(status, "sources"), i, source)
    {
        printf(" %s=", text_at(source, "name", clean, sizeof(clean)));
        printf("%s,%" PRId64 ",%" PRId64,
               text_at(source, "state", clean, sizeof(clean)),
               integer_at(json_object_get(source, "ring"), "used"),
               view_alarm_count(source));
    }
    printf("\n");
}

/* A daemon that does not reply, in the same form. */
static void print_absence(const struct view *view, const char *why)
{
    char clean[ENTROPY_CLIENT_WHY_MAX];
    text_clean(why, clean, sizeof(clean));
    if (view->is_json)
        printf("null\n");
    else
        printf("%s%s\n%s", view->is_terminal ? PICTURE_BEGIN : "health=none ",
               clean, view->is_terminal ? PICTURE_END : "");
    fflush(stdout);
}

static void print_status(const struct view *view, const json_t *status)
{
    if (view->is_terminal) {
        printf(PICTURE_BEGIN);
        view_headline(status);
        view_parts(status);
        printf("\n");
        view_sources(status, true);
        printf(PICTURE_END);
    } else {
        print_line(status);
    }
}

/* Asks once; a failure is shown, and the next time may be better. */
static void look(const struct ctl_arguments *arguments, const struct view *view,
                 struct entropy_client **client)
{
    char *json = NULL;
    json_t *status = NULL;

    if (*client == NULL && ctl_connect(arguments, ENTROPY_CLIENT_TIMEOUT_MS,
                                       true, client) != CTL_OK) {
        print_absence(view, "cannot connect to the daemon");
        return;
    }
    if (entropy_client_status(*client, &json) < 0) {
        print_absence(view, entropy_client_message(*client));
        return;
    }
    if (view->is_json)
        printf("%s\n", json);
    if (ctl_load(json, &status) == CTL_OK && !view->is_json)
        print_status(view, status);
    json_decref(status);
    fflush(stdout);
}

int run_watch(const struct ctl_arguments *arguments)
{
    int64_t interval = 0;
    int64_t count = 0;
    int code =
        ctl_option_number(arguments, OPT_INTERVAL, 1, 3600, 1, &interval);
    if (code == CTL_OK)
        code =
            ctl_option_number(arguments, OPT_COUNT, 1, 1000000000, 0, &count);
    if (code != CTL_OK)
        return code;
    struct view view = {.is_json = ctl_is_given(arguments, OPT_JSON),
                        .is_terminal = text_has_terminal()};
    static char room[PICTURE_ROOM];
    (void)setvbuf(stdout, room, _IOFBF, sizeof(room));
    /* A daemon that is not there at the start is probably a wrong path. */
    struct entropy_client *client = NULL;
    code = ctl_connect(arguments, ENTROPY_CLIENT_TIMEOUT_MS, false, &client);
    if (code != CTL_OK)
        return code;
    for (int64_t seen = 1;; seen++) {
        look(arguments, &view, &client);
        if (ferror(stdout) || seen == count)
            break;
        struct timespec pause = {.tv_sec = (time_t)interval};
        nanosleep(&pause, NULL);
    }
    entropy_client_close(client);
    return CTL_OK;
}
