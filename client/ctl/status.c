/* SPDX-License-Identifier: MIT */
/* The commands status and sources. */

#include "client/ctl/commands.h"
#include "client/ctl/connect.h"
#include "client/ctl/text.h"
#include "client/ctl/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many changes of state are shown unless asked for all. */
#define CHANGES_SHOWN 5

/* Did any source do more than start? */
static bool is_eventful(const json_t *status)
{
    size_t i;
    const json_t *change;

    json_array_foreach(json_object_get(status, "changes"), i, change)
    {
        char from[32];
        char to[32];
        text_at(change, "from", from, sizeof(from));
        text_at(change, "to", to, sizeof(to));
        if (strcmp(from, "starting") != 0 || strcmp(to, "healthy") != 0)
            return true;
    }
    return false;
}

static void show_status(const struct view *view, bool is_json,
                        const json_t *status)
{
    const json_t *sources = json_object_get(status, "sources");
    struct user_names names = {.count = 0};

    if (is_json) {
        text_print_json(view->source != NULL ? view_find(sources, view->source)
                                             : status);
        return;
    }
    if (view->source == NULL) {
        view_headline(stdout, status);
        view_parts(stdout, &names, status);
        printf("\n");
    }
    view_sources(stdout, view, status);
    if (view_change_count(status) > 0 &&
        (view->is_all || view->source != NULL || is_eventful(status))) {
        printf("\nlast changes:\n");
        view_changes(stdout, view, status,
                     view->is_all || view->source != NULL
                         ? view_change_count(status)
                         : CHANGES_SHOWN);
    }
}

int run_status(const struct ctl_arguments *arguments)
{
    struct entropy_client *client = NULL;
    struct view view = {.source = NULL};
    json_t *status = NULL;

    int code =
        ctl_connect(arguments, ENTROPY_CLIENT_TIMEOUT_MS, false, &client);
    if (code == CTL_OK)
        code = ctl_ask(client, "status", NULL, 0, &status);
    if (code == CTL_OK)
        code = view_init(&view, arguments, client);
    if (code == CTL_OK)
        show_status(&view, ctl_is_given(arguments, OPT_JSON), status);
    json_decref(status);
    view_fini(&view);
    entropy_client_close(client);
    return code;
}

static void print_member(const json_t *source, const char *key,
                         const char *title)
{
    char clean[400];

    if (json_is_string(json_object_get(source, key)))
        printf("    %-16s %s\n", title,
               text_at(source, key, clean, sizeof(clean)));
}

static void print_tunable(const char *name, const json_t *tunable)
{
    char clean[240];
    char *value = json_dumps(json_object_get(tunable, "value"),
                             JSON_COMPACT | JSON_ENCODE_ANY);
    const json_t *range = json_object_get(tunable, "range");

    printf("    %-16s %s", text_clean(name, clean, sizeof(clean)),
           value != NULL ? value : "?");
    free(value);
    if (text_at(tunable, "unit", clean, sizeof(clean))[0] != '\0')
        printf(" %s", clean);
    if (json_array_size(range) == 2)
        printf(" (%" PRId64 "-%" PRId64 ")",
               (int64_t)json_integer_value(json_array_get(range, 0)),
               (int64_t)json_integer_value(json_array_get(range, 1)));
    printf(": %s\n", text_at(tunable, "help", clean, sizeof(clean)));
}

static void print_source(const json_t *source)
{
    char clean[160];
    const json_t *claim = json_object_get(source, "claim_bits");
    const char *name;
    json_t *tunable;

    printf("%s: ", text_at(source, "name", clean, sizeof(clean)));
    text_at(source, "state", clean, sizeof(clean));
    printf("%s%s%s\n", text_colour(clean), clean, text_plain());
    print_member(source, "reason", "reason");
    print_member(source, "summary", "summary");
    print_member(source, "times", "times");
    print_member(source, "varies_because", "varies because");
    print_member(source, "platform", "platform");
    print_member(source, "evidence", "evidence");
    print_member(source, "measured", "measured");
    if (json_is_number(claim))
        printf("    %-16s %g bits a sample\n", "claim",
               json_number_value(claim));
    json_object_foreach(json_object_get(source, "tunables"), name, tunable)
        print_tunable(name, tunable);
}

static void show_sources(const struct view *view)
{
    size_t i;
    const json_t *source;

    json_array_foreach(view->sources, i, source)
    {
        const char *name = json_string_value(json_object_get(source, "name"));
        if (name == NULL || !view_shows(view, name))
            continue;
        print_source(source);
        if (view->source == NULL)
            printf("\n");
    }
    view_hidden(stdout, view);
}

int run_sources(const struct ctl_arguments *arguments)
{
    struct entropy_client *client = NULL;
    struct view view = {.source = NULL};
    json_t *result = NULL;
    bool is_json = ctl_is_given(arguments, OPT_JSON);

    if (is_json && arguments->word_count == 1)
        return ctl_ask_once(arguments, "sources", NULL, 0, &result);
    int code =
        ctl_connect(arguments, ENTROPY_CLIENT_TIMEOUT_MS, false, &client);
    if (code == CTL_OK)
        code = view_init(&view, arguments, client);
    if (code == CTL_OK && is_json)
        text_print_json(view_find(view.sources, view.source));
    else if (code == CTL_OK)
        show_sources(&view);
    view_fini(&view);
    entropy_client_close(client);
    return code;
}
