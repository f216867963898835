/*
 * watch: the status again and again. On a terminal it is drawn over itself,
 * with rings as bars; elsewhere a line a look, for logs. A daemon that goes is
 * waited for: seeing it come back is what watching is for.
 */

#include "client/ctl/connect.h"
#include "client/ctl/exit.h"
#include "client/ctl/number.h"
#include "client/ctl/run.h"
#include "client/ctl/view.h"
#include "client/ctl/status_head.h"
#include "client/ctl/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct view {
    bool is_json;
    bool is_terminal; /* stdout takes escapes */
};

/* A picture begins in the corner of an empty screen. Lines are not wrapped: in
 * a narrow terminal they are cut. */
#define PICTURE_BEGIN "\033[H\033[J\033[?7l"
#define PICTURE_END   "\033[?7h"

/* Holds a whole picture, so that it is drawn, and its end restored, at once. */
#define PICTURE_ROOM 16384

/* One line: the word, then each source with its state, ring and alarms. */
static void print_line(const struct tree *status)
{
    char clean[64];
    int64_t uptime = 0;
    tree_integer(status, "uptime_ms", &uptime);
    printf("uptime_ms=%" PRId64 " health=%s", uptime,
           text_clean(tree_text(status, "health", "?"), clean, sizeof(clean)));
    const struct tree *sources = tree_at(status, "sources");
    for (size_t i = 0; i < tree_count(sources); i++) {
        const struct tree *source = tree_element(sources, i);
        int64_t used = 0;
        tree_integer(source, "ring.used", &used);
        printf(" %s=", text_clean(tree_text(source, "name", "?"), clean,
                                  sizeof(clean)));
        printf(
            "%s,%" PRId64 ",%" PRId64,
            text_clean(tree_text(source, "state", "?"), clean, sizeof(clean)),
            used, ctl_alarm_count(source));
    }
    printf("\n");
}

/* A daemon that does not answer, in the same form. */
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

static void print_status(const struct view *view, const char *json)
{
    if (view->is_json) {
        printf("%s\n", json);
    } else {
        struct tree *status = tree_parse(json, strlen(json));
        if (view->is_terminal) {
            printf(PICTURE_BEGIN);
            ctl_print_headline(status);
            ctl_print_parts(status);
            printf("\n");
            ctl_print_sources(status, true);
            printf(PICTURE_END);
        } else {
            print_line(status);
        }
        tree_free(status);
    }
    fflush(stdout);
}

/* One look; what goes wrong is shown and looked at again next time. */
static void look(const struct ctl_arguments *arguments, const struct view *view,
                 struct entropy_client **client)
{
    char *json = NULL;
    if (*client == NULL && ctl_connect(arguments, true, client) != CTL_OK) {
        print_absence(view, "no daemon can be reached");
        return;
    }
    int rc = entropy_client_status(*client, &json);
    if (rc < 0)
        print_absence(view, entropy_client_message(*client));
    else
        print_status(view, json);
    entropy_client_free(json);
}

int run_watch(const struct ctl_arguments *arguments)
{
    uint64_t interval = 0;
    uint64_t count = 0;
    int code =
        ctl_option_number(arguments, OPTION_INTERVAL, 1, 3600, 1, &interval);
    if (code == CTL_OK)
        code = ctl_option_number(arguments, OPTION_COUNT, 1, 1000000000, 0,
                                 &count);
    if (code != CTL_OK)
        return code;
    struct view view = {.is_json = ctl_is_given(arguments, OPTION_JSON),
                        .is_terminal = text_has_terminal()};
    static char room[PICTURE_ROOM];
    (void)setvbuf(stdout, room, _IOFBF, sizeof(room));
    /* Whoever is not there at the start was probably spelt wrong. */
    struct entropy_client *client = NULL;
    code = ctl_connect(arguments, false, &client);
    if (code != CTL_OK)
        return code;
    for (uint64_t seen = 1;; seen++) {
        look(arguments, &view, &client);
        if (ferror(stdout) || seen == count)
            break;
        struct timespec pause = {.tv_sec = (time_t)interval};
        nanosleep(&pause, NULL);
    }
    entropy_client_close(client);
    return CTL_OK;
}
