/* health, ping and selftest: short questions. */

#include "client/ctl/connect.h"
#include "client/ctl/exit.h"
#include "client/ctl/run.h"
#include "client/ctl/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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
    fprintf(stderr, "entropyctl: an unknown health word\n");
    return CTL_BROKEN;
}

static void print_health(const struct tree *health)
{
    char clean[64];
    const char *word = tree_text(health, "health", "?");
    printf("%s%s%s\n", text_colour(word),
           text_clean(word, clean, sizeof(clean)), text_plain());
    void *cursor = NULL;
    const char *name;
    const struct tree *state;
    while (tree_member(tree_at(health, "sources"), &cursor, &name, &state)) {
        printf("%-14s ", text_clean(name, clean, sizeof(clean)));
        word = tree_text(state, "", "?");
        printf("%s%s%s\n", text_colour(word),
               text_clean(word, clean, sizeof(clean)), text_plain());
    }
}

int run_health(const struct ctl_arguments *arguments)
{
    struct entropy_client *client = NULL;
    struct tree *health = NULL;
    int code = ctl_connect(arguments, false, &client);
    if (code != CTL_OK)
        return code;
    code = ctl_ask(client, "health", NULL, 0, &health);
    entropy_client_close(client);
    if (code != CTL_OK)
        return code;
    char *json = tree_print(health, 0);
    if (!ctl_is_given(arguments, OPTION_JSON))
        print_health(health);
    else if (json != NULL)
        printf("%s\n", json);
    code = exit_of_word(tree_text(health, "health", ""));
    entropy_client_free(json);
    tree_free(health);
    return code;
}

int run_ping(const struct ctl_arguments *arguments)
{
    struct timespec before;
    struct timespec after;
    struct entropy_client *client = NULL;
    struct tree *pong = NULL;
    if (ctl_is_given(arguments, OPTION_JSON))
        return ctl_ask_once(arguments, "ping", NULL, 0, &pong);
    int code = ctl_connect(arguments, false, &client);
    if (code != CTL_OK)
        return code;
    clock_gettime(CLOCK_MONOTONIC, &before);
    code = ctl_ask(client, "ping", NULL, 0, &pong);
    clock_gettime(CLOCK_MONOTONIC, &after);
    if (code == CTL_OK) {
        char version[64];
        char path[160];
        int64_t protocol = 0;
        tree_integer(pong, "protocol", &protocol);
        double ms = (double)(after.tv_sec - before.tv_sec) * 1e3 +
                    (double)(after.tv_nsec - before.tv_nsec) / 1e6;
        printf("entropyd %s, protocol %" PRId64 ", at %s: %.3f ms\n",
               text_clean(tree_text(pong, "version", "?"), version,
                          sizeof(version)),
               protocol,
               text_clean(entropy_client_path(client), path, sizeof(path)), ms);
    }
    tree_free(pong);
    entropy_client_close(client);
    return code;
}

/* Whether every source of the reply passed; prints a line a source. */
static bool print_selftest(const struct tree *result, bool is_shown)
{
    bool all = true;
    const struct tree *sources = tree_at(result, "sources");
    for (size_t i = 0; i < tree_count(sources); i++) {
        const struct tree *source = tree_element(sources, i);
        char name[64];
        char reason[160];
        const char *state = tree_text(source, "state", "?");
        bool passed = tree_is_true(source, "passed");
        all = all && passed;
        if (!is_shown)
            continue;
        printf("%-14s %-10s %s%s%s",
               text_clean(tree_text(source, "name", "?"), name, sizeof(name)),
               passed ? "passed" : "not passed", text_colour(state), state,
               text_plain());
        if (tree_text(source, "reason", NULL) != NULL)
            printf(": %s", text_clean(tree_text(source, "reason", ""), reason,
                                      sizeof(reason)));
        printf("\n");
    }
    return all;
}

static int show_selftest(const char *json, bool is_json)
{
    struct tree *result = tree_parse(json, strlen(json));
    if (result == NULL) {
        fprintf(stderr, "entropyctl: no memory for the answer\n");
        return CTL_NO_MEMORY;
    }
    if (is_json)
        printf("%s\n", json);
    int code = print_selftest(result, !is_json) ? CTL_OK : CTL_DEGRADED;
    tree_free(result);
    return code;
}

int run_selftest(const struct ctl_arguments *arguments)
{
    const char *source = arguments->word_count > 1 ? arguments->words[1] : NULL;
    struct entropy_client *client = NULL;
    char *json = NULL;
    int code = ctl_connect(arguments, false, &client);
    if (code != CTL_OK)
        return code;
    int rc = entropy_client_selftest(client, source, &json);
    code = rc < 0 ? ctl_fail(client, rc)
                  : show_selftest(json, ctl_is_given(arguments, OPTION_JSON));
    entropy_client_free(json);
    entropy_client_close(client);
    return code;
}
