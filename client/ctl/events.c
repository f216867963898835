/* SPDX-License-Identifier: MIT */
/* events: each change of a source's state, as it happens. */

#include "base/monotonic.h"
#include "client/ctl/commands.h"
#include "client/ctl/connect.h"
#include "client/ctl/text.h"
#include "client/ctl/view.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct follow {
    struct entropy_client *client;
    struct view view;
    bool is_json;
    uint64_t end_ms; /* UINT64_MAX: none */
};

/* Says on stderr what is watched and how things are now. */
static int introduce(struct follow *f)
{
    json_t *health = NULL;
    const char *name;
    json_t *state;
    char clean[160];
    char word[32];

    int code = ctl_ask(f->client, "health", NULL, 0, &health);
    if (code != CTL_OK)
        return code;
    json_t *sources = json_object_get(health, "sources");
    fprintf(stderr, "watching %s: %s",
            text_clean(entropy_client_path(f->client), clean, sizeof(clean)),
            text_at(health, "health", word, sizeof(word)));
    json_object_foreach(sources, name, state)
    {
        if (view_shows(&f->view, name))
            fprintf(stderr, ", %s %s", text_clean(name, clean, sizeof(clean)),
                    text_at(sources, name, word, sizeof(word)));
    }
    fprintf(stderr, "\n");
    json_decref(health);
    return CTL_OK;
}

/* Until end_ms, for entropy_client_next_event(). */
static int left_ms(uint64_t end_ms)
{
    uint64_t now_ms = monotonic_now_ms();

    if (end_ms == UINT64_MAX)
        return -1;
    if (now_ms >= end_ms)
        return 0;
    return end_ms - now_ms < INT_MAX ? (int)(end_ms - now_ms) : INT_MAX;
}

/* "on-demand test by uid 0 passed" */
static void print_selftest(const json_t *selftest)
{
    char result[32];

    text_at(selftest, "result", result, sizeof(result));
    printf("on-demand test by uid %" PRId64 " %s", integer_at(selftest, "uid"),
           strcmp(result, "timed_out") == 0 ? "timed out" : result);
}

/* 2026-11-21T20:39:07Z unix_ipc healthy -> suspect (degraded): reason */
static void print_event(const json_t *event)
{
    char now[32];
    char source[64];
    char word[32];
    char reason[320];

    printf("%s %s ", text_now(now, sizeof(now)),
           text_at(event, "source", source, sizeof(source)));
    if (json_is_object(json_object_get(event, "selftest")))
        print_selftest(json_object_get(event, "selftest"));
    else
        view_move(stdout, event);
    printf(" (%s)", text_at(event, "health", word, sizeof(word)));
    if (json_is_string(json_object_get(event, "reason")))
        printf(": %s", text_at(event, "reason", reason, sizeof(reason)));
    if (integer_at(event, "skipped") > 0)
        printf(" [%" PRId64 " earlier ones skipped]",
               integer_at(event, "skipped"));
}

/* Waits for an event and prints it, if it is of a source that is shown.
 * CTL_TIMED_OUT at the end of the time, else an enum ctl_exit with errors
 * printed. */
static int follow_one(struct follow *f, bool *is_shown)
{
    enum entropy_client_events what;
    char *json = NULL;
    json_t *event = NULL;
    char source[64];
    int rc =
        entropy_client_next_event(f->client, left_ms(f->end_ms), &what, &json);

    if (rc == ENTROPY_CLIENT_NO_ANSWER && left_ms(f->end_ms) == 0)
        return CTL_TIMED_OUT;
    if (rc < 0)
        return ctl_fail(f->client, rc);
    int code = ctl_load(json, &event);
    if (code != CTL_OK)
        return code;
    *is_shown =
        f->view.source == NULL ||
        view_shows(&f->view, text_at(event, "source", source, sizeof(source)));
    if (*is_shown && f->is_json)
        json_dumpf(event, stdout, JSON_COMPACT);
    else if (*is_shown)
        print_event(event);
    if (*is_shown)
        putchar('\n');
    json_decref(event);
    return fflush(stdout) != 0 ? CTL_OUTPUT : CTL_OK;
}

/* Prints `count` events, or all that come where that is 0. */
static int follow(struct follow *f, int64_t count)
{
    int64_t seen = 0;
    int code = CTL_OK;

    while (code == CTL_OK && (count == 0 || seen < count)) {
        bool is_shown = false;
        code = follow_one(f, &is_shown);
        seen += is_shown;
    }
    /* The time is over: what was expected to come by then did not. */
    if (code == CTL_TIMED_OUT && count == 0)
        return CTL_OK;
    if (code == CTL_TIMED_OUT)
        fprintf(stderr, "entropyctl: timed out after %d of %d events\n",
                (int)seen, (int)count);
    return code;
}

int run_events(const struct ctl_arguments *arguments)
{
    struct follow f = {.is_json = ctl_is_given(arguments, OPT_JSON),
                       .end_ms = UINT64_MAX};
    int64_t count = 0;
    int64_t timeout_ms = 0;

    int code =
        ctl_option_number(arguments, OPT_COUNT, 1, 1000000000, 0, &count);
    if (code == CTL_OK)
        code = ctl_option_duration(arguments, OPT_TIMEOUT, 1000, 0, 86400000, 0,
                                   &timeout_ms);
    if (code == CTL_OK)
        code =
            ctl_connect(arguments, ENTROPY_CLIENT_TIMEOUT_MS, false, &f.client);
    if (code != CTL_OK)
        return code;
    if (ctl_is_given(arguments, OPT_TIMEOUT))
        f.end_ms = monotonic_now_ms() + (uint64_t)timeout_ms;
    /* First, so that no change is missed between the states and the events. */
    int rc =
        entropy_client_subscribe(f.client, ENTROPY_CLIENT_EVENTS_HEALTH, 0);
    code = rc < 0 ? ctl_fail(f.client, rc)
                  : view_init(&f.view, arguments, f.client);
    if (code == CTL_OK)
        code = introduce(&f);
    if (code == CTL_OK)
        code = follow(&f, count);
    view_fini(&f.view);
    entropy_client_close(f.client);
    return code;
}
