/* sources: what each one is, why it is believed, how it is set. */

#include "client/ctl/connect.h"
#include "client/ctl/run.h"
#include "client/ctl/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void print_line(const struct tree *source, const char *key,
                       const char *title)
{
    char clean[400];
    const char *text = tree_text(source, key, NULL);
    if (text != NULL)
        printf("    %-16s %s\n", title, text_clean(text, clean, sizeof(clean)));
}

static void print_tunable(const char *name, const struct tree *tunable)
{
    char title[64];
    char unit[32];
    char help[240];
    char *value = tree_print(tree_at(tunable, "value"), 0);
    int64_t min = 0;
    int64_t max = 0;
    printf("    %-16s %s", text_clean(name, title, sizeof(title)),
           value != NULL ? value : "?");
    free(value);
    const char *of = tree_text(tunable, "unit", "");
    if (of[0] != '\0')
        printf(" %s", text_clean(of, unit, sizeof(unit)));
    const struct tree *range = tree_at(tunable, "range");
    if (tree_integer(tree_element(range, 0), "", &min) &&
        tree_integer(tree_element(range, 1), "", &max))
        printf(" (%" PRId64 "-%" PRId64 ")", min, max);
    printf(": %s\n",
           text_clean(tree_text(tunable, "help", ""), help, sizeof(help)));
}

static void print_source(const struct tree *source)
{
    char clean[160];
    const char *state = tree_text(source, "state", "?");
    double claim = 0;
    printf("%s: ",
           text_clean(tree_text(source, "name", "?"), clean, sizeof(clean)));
    printf("%s%s%s\n", text_colour(state),
           text_clean(state, clean, sizeof(clean)), text_plain());
    print_line(source, "reason", "reason");
    print_line(source, "summary", "what");
    print_line(source, "times", "times");
    print_line(source, "varies_because", "varies because");
    print_line(source, "platform", "platform");
    print_line(source, "evidence", "evidence");
    print_line(source, "measured", "measured");
    if (tree_number(source, "claim_bits", &claim))
        printf("    %-16s %g bits a sample\n", "claim", claim);
    void *cursor = NULL;
    const char *name;
    const struct tree *tunable;
    while (tree_member(tree_at(source, "tunables"), &cursor, &name, &tunable))
        print_tunable(name, tunable);
}

int run_sources(const struct ctl_arguments *arguments)
{
    struct tree *result = NULL;
    int code = ctl_ask_once(arguments, "sources", NULL, 0, &result);
    const struct tree *sources = tree_at(result, "sources");
    for (size_t i = 0; i < tree_count(sources); i++) {
        if (i > 0)
            printf("\n");
        print_source(tree_element(sources, i));
    }
    tree_free(result);
    return code;
}
