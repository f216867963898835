/* Columns that fit 80 characters: with bars, which change, goes the number of
 * samples in all. */

#include "client/ctl/view.h"
#include "client/ctl/text.h"

#include <inttypes.h>
#include <stdio.h>

int64_t ctl_alarm_count(const struct tree *source)
{
    int64_t sum = 0;
    void *cursor = NULL;
    const char *test;
    const struct tree *alarm;
    const struct tree *alarms = tree_at(source, "alarms");
    while (tree_member(alarms, &cursor, &test, &alarm)) {
        int64_t n = 0;
        if (tree_integer(alarm, "intermittent", &n))
            sum += n;
        if (tree_integer(alarm, "permanent", &n))
            sum += n;
    }
    return sum;
}

/* A number, or a dash where there is none. */
static const char *number_text(const struct tree *source, const char *path,
                               int decimals, char *text, size_t size)
{
    double value = 0;
    if (tree_number(source, path, &value))
        snprintf(text, size, "%.*f", decimals, value);
    else
        snprintf(text, size, "-");
    return text;
}

static void print_ring(const struct tree *source, bool has_bars)
{
    int64_t used = 0;
    int64_t size = 0;
    char text[48];
    if (!tree_integer(source, "ring.used", &used) ||
        !tree_integer(source, "ring.size", &size) || used < 0 || size < 1)
        snprintf(text, sizeof(text), "-");
    else if (has_bars)
        text_bar((uint64_t)used, (uint64_t)size, 20, text, sizeof(text));
    else
        snprintf(text, sizeof(text), "%" PRId64 "/%" PRId64, used, size);
    printf(has_bars ? " %-22s" : " %-11s", text);
}

/* A line for each test that has raised an alarm: how often at which level, and
 * when the last one was. */
static void print_alarms(const struct tree *source, int64_t uptime_ms)
{
    void *cursor = NULL;
    const char *test;
    const struct tree *alarm;
    const struct tree *alarms = tree_at(source, "alarms");
    while (tree_member(alarms, &cursor, &test, &alarm)) {
        char clean[32];
        char text[32];
        int64_t intermittent = 0;
        int64_t permanent = 0;
        int64_t last_ms = 0;
        (void)tree_integer(alarm, "intermittent", &intermittent);
        (void)tree_integer(alarm, "permanent", &permanent);
        if (!tree_integer(alarm, "last_ms", &last_ms))
            continue;
        printf("    %s: %" PRId64 " intermittent, %" PRId64
               " permanent; the last %s ago\n",
               text_clean(test, clean, sizeof(clean)), intermittent, permanent,
               text_duration(uptime_ms > last_ms ? uptime_ms - last_ms : 0,
                             text, sizeof(text)));
    }
}

static void print_source(const struct tree *source, int64_t uptime_ms,
                         bool has_bars)
{
    char clean[160];
    char text[32];
    const char *state = tree_text(source, "state", "?");
    printf("%-13s ",
           text_clean(tree_text(source, "name", "?"), clean, sizeof(clean)));
    const char *colour = text_colour(state);
    printf("%s%-11s%s", colour, text_clean(state, clean, sizeof(clean)),
           colour[0] != '\0' ? text_plain() : "");
    print_ring(source, has_bars);
    printf(" %5s", number_text(source, "claim_bits", 2, text, sizeof(text)));
    printf(" %8s", number_text(source, "estimate_bits", 2, text, sizeof(text)));
    printf(" %9s",
           number_text(source, "samples_per_second", 0, text, sizeof(text)));
    if (!has_bars)
        printf(" %10s",
               number_text(source, "samples_total", 0, text, sizeof(text)));
    printf(" %6" PRId64 "\n", ctl_alarm_count(source));
    const char *reason = tree_text(source, "reason", NULL);
    if (reason != NULL)
        printf("    %s\n", text_clean(reason, clean, sizeof(clean)));
    print_alarms(source, uptime_ms);
}

void ctl_print_sources(const struct tree *status, bool has_bars)
{
    printf(has_bars ? "%-13s %-11s %-22s" : "%-13s %-11s %-11s", "source",
           "state", "ring");
    printf(" %5s %8s %9s", "claim", "estimate", "samples/s");
    if (!has_bars)
        printf(" %10s", "samples");
    printf(" %6s\n", "alarms");
    int64_t uptime_ms = 0;
    (void)tree_integer(status, "uptime_ms", &uptime_ms);
    const struct tree *sources = tree_at(status, "sources");
    for (size_t i = 0; i < tree_count(sources); i++)
        print_source(tree_element(sources, i), uptime_ms, has_bars);
}
