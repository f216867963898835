/* SPDX-License-Identifier: MIT */
/* The commands health, ping and selftest. */

#include "base/ticks.h"
#include "client/ctl/commands.h"
#include "client/ctl/connect.h"
#include "client/ctl/text.h"
#include "client/ctl/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The exit code of a health word. */
static int exit_of_word(const char *word)
{
    static const struct {
        const char *word;
        int code;
    } codes[] = {{"ok", CTL_OK},
                 {"degraded", CTL_DEGRADED},
                 {"failed", CTL_FAILED},
                 {"starting", CTL_STARTING}};

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (strcmp(word, codes[i].word) == 0)
            return codes[i].code;
    }
    fprintf(stderr, "entropyctl: unknown health word\n");
    return CTL_BROKEN;
}

static void print_health(const struct view *view, const json_t *health)
{
    char word[64];
    char clean[64];
    const char *name;
    json_t *state;

    text_at(health, "health", word, sizeof(word));
    printf("%s%s%s\n", text_colour(word), word, text_plain());
    json_t *sources = json_object_get(health, "sources");
    json_object_foreach(sources, name, state)
    {
        if (!view_shows(view, name))
            continue;
        text_at(sources, name, word, sizeof(word));
        printf("%-14s %s%s%s\n", text_clean(name, clean, sizeof(clean)),
               text_colour(word), word, text_plain());
    }
    view_hidden(stdout, view);
}

int run_health(const struct ctl_arguments *arguments)
{
    struct entropy_client *client = NULL;
    struct view view = {.source = NULL};
    json_t *health = NULL;
    char word[64];

    int code =
        ctl_connect(arguments, ENTROPY_CLIENT_TIMEOUT_MS, false, &client);
    if (code == CTL_OK)
        code = ctl_ask(client, "health", NULL, 0, &health);
    if (code != CTL_OK)
        goto done;
    if (ctl_is_given(arguments, OPT_JSON))
        text_print_json(health);
    else
        code = view_init(&view, arguments, client);
    if (code != CTL_OK)
        goto done;
    if (!ctl_is_given(arguments, OPT_JSON))
        print_health(&view, health);
    code = exit_of_word(text_at(health, "health", word, sizeof(word)));
done:
    view_fini(&view);
    json_decref(health);
    entropy_client_close(client);
    return code;
}

int run_ping(const struct ctl_arguments *arguments)
{
    struct entropy_client *client = NULL;
    json_t *pong = NULL;

    if (ctl_is_given(arguments, OPT_JSON))
        return ctl_ask_once(arguments, "ping", NULL, 0, &pong);
    int code =
        ctl_connect(arguments, ENTROPY_CLIENT_TIMEOUT_MS, false, &client);
    if (code != CTL_OK)
        return code;
    uint64_t before = ticks_now();
    code = ctl_ask(client, "ping", NULL, 0, &pong);
    uint64_t took = ticks_now() - before;
    if (code == CTL_OK) {
        char version[64];
        char path[160];
        printf("entropyd %s, protocol %" PRId64 ", at %s: %.3f ms\n",
               text_at(pong, "version", version, sizeof(version)),
               integer_at(pong, "protocol"),
               text_clean(entropy_client_path(client), path, sizeof(path)),
               (double)ticks_to_ns(took) / 1e6);
    }
    json_decref(pong);
    entropy_client_close(client);
    return code;
}

/* Did every source of the reply pass? Prints a line for each if is_shown. */
static bool print_selftest(const json_t *result, bool is_shown)
{
    bool have_all_passed = true;
    size_t i;
    const json_t *source;

    json_array_foreach(json_object_get(result, "sources"), i, source)
    {
        char name[64];
        char state[32];
        char reason[160];
        bool has_passed = json_is_true(json_object_get(source, "passed"));
        have_all_passed = have_all_passed && has_passed;
        if (!is_shown)
            continue;
        text_at(source, "state", state, sizeof(state));
        printf("%-14s %-10s %s%s%s",
               text_at(source, "name", name, sizeof(name)),
               has_passed ? "passed" : "not passed", text_colour(state), state,
               text_plain());
        if (json_is_string(json_object_get(source, "reason")))
            printf(": %s", text_at(source, "reason", reason, sizeof(reason)));
        printf("\n");
    }
    return have_all_passed;
}

int run_selftest(const struct ctl_arguments *arguments)
{
    const char *source = arguments->word_count > 1 ? arguments->words[1] : NULL;
    struct entropy_client *client = NULL;
    char *json = NULL;
    json_t *result = NULL;
    bool is_json = ctl_is_given(arguments, OPT_JSON);

    int code =
        ctl_connect(arguments, ENTROPY_CLIENT_TIMEOUT_MS, false, &client);
    if (code != CTL_OK)
        return code;
    int rc = entropy_client_selftest(client, source, &json);
    if (rc < 0) {
        code = ctl_fail(client, rc);
    } else {
        if (is_json)
            printf("%s\n", json);
        code = ctl_load(json, &result);
        if (code == CTL_OK && !print_selftest(result, !is_json))
            code = CTL_DEGRADED;
    }
    json_decref(result);
    entropy_client_close(client);
    return code;
}
