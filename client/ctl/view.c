/* Sentences for the daemon, since each says something else; columns of 80
 * characters for the sources. Bars, which change, replace the total of
 * samples. */

#include "client/ctl/view.h"

#include "base/number.h"
#include "base/progress.h"
#include "client/ctl/text.h"

#include <inttypes.h>
#include <stdio.h>

void view_headline(const json_t *status)
{
    char version[64];
    char platform[32];
    char word[32];
    char uptime[32];

    text_at(status, "health", word, sizeof(word));
    printf(
        "entropyd %s on %s, pid %" PRId64 ", up %s: %s%s%s\n",
        text_at(status, "version", version, sizeof(version)),
        text_at(status, "platform", platform, sizeof(platform)),
        integer_at(status, "pid"),
        text_duration(integer_at(status, "uptime_ms"), uptime, sizeof(uptime)),
        text_colour(word), word, text_plain());
}

static void print_generator(const json_t *generator, bool is_seeded)
{
    char age[32];
    char bytes[32];
    const json_t *last = json_object_get(generator, "last_reseed_age_ms");

    if (!is_seeded || !json_is_integer(last)) {
        printf("generator  not seeded yet\n");
        return;
    }
    printf("generator  %" PRId64 " reseeds, %" PRId64
           " credited; the last %s ago; last credit %" PRId64 " bits\n",
           integer_at(generator, "reseeds"),
           integer_at(generator, "credited_reseeds"),
           text_duration(json_integer_value(last), age, sizeof(age)),
           integer_at(generator, "last_credited_bits"));
    printf("           %" PRId64 " requests, %s\n",
           integer_at(generator, "requests"),
           number_format_bytes((uint64_t)integer_at(generator, "bytes"), bytes,
                               sizeof(bytes)));
}

static int64_t error_count(const json_t *server)
{
    int64_t sum = 0;
    const char *name;
    json_t *count;

    json_object_foreach(json_object_get(server, "errors_total"), name, count)
        sum += json_integer_value(count);
    return sum;
}

void view_parts(const json_t *status)
{
    const json_t *pool = json_object_get(status, "pool");
    const json_t *server = json_object_get(status, "server");

    print_generator(json_object_get(status, "generator"),
                    json_is_true(json_object_get(status, "seeded")));
    printf("pool       %" PRId64 " credited bits; %" PRId64
           " conditioned blocks made, %" PRId64 " ready\n",
           integer_at(pool, "credited_bits"),
           integer_at(pool, "conditioned_blocks"),
           integer_at(pool, "blocks_ready"));
    printf("server     %" PRId64 " connected, %" PRId64 " so far; %" PRId64
           " requests, %" PRId64 " errors, %" PRId64 " waiting\n",
           integer_at(server, "connections"),
           integer_at(server, "connections_total"),
           integer_at(server, "requests_total"), error_count(server),
           integer_at(server, "waiting"));
    printf("memory     %s\n",
           json_is_true(json_object_get(status, "memory_locked"))
               ? "locked"
               : "not locked: secrets could be swapped out");
}

int64_t view_alarm_count(const json_t *source)
{
    int64_t sum = 0;
    const char *test;
    json_t *alarm;

    json_object_foreach(json_object_get(source, "alarms"), test, alarm) sum +=
        integer_at(alarm, "intermittent") + integer_at(alarm, "permanent");
    return sum;
}

/* A number, or a dash where there is none. */
static const char *number_text(const json_t *source, const char *key,
                               int decimals, char *text, size_t size)
{
    const json_t *value = json_object_get(source, key);

    if (json_is_number(value))
        snprintf(text, size, "%.*f", decimals, json_number_value(value));
    else
        snprintf(text, size, "-");
    return text;
}

static void print_ring(const json_t *ring, bool has_bars)
{
    int64_t used = integer_at(ring, "used");
    int64_t size = integer_at(ring, "size");
    char text[48];

    if (used < 0 || size < 1)
        snprintf(text, sizeof(text), "-");
    else if (has_bars)
        progress_bar((uint64_t)used, (uint64_t)size, 20, text, sizeof(text));
    else
        snprintf(text, sizeof(text), "%" PRId64 "/%" PRId64, used, size);
    printf(has_bars ? " %-22s" : " %-11s", text);
}

/* A line for each test that has raised an alarm. */
static void print_alarms(const json_t *source, int64_t uptime_ms)
{
    const char *test;
    json_t *alarm;

    json_object_foreach(json_object_get(source, "alarms"), test, alarm)
    {
        char clean[32];
        char text[32];
        const json_t *last = json_object_get(alarm, "last_ms");
        if (!json_is_integer(last))
            continue;
        int64_t age_ms = uptime_ms - json_integer_value(last);
        printf("    %s: %" PRId64 " intermittent, %" PRId64
               " permanent; the last %s ago\n",
               text_clean(test, clean, sizeof(clean)),
               integer_at(alarm, "intermittent"),
               integer_at(alarm, "permanent"),
               text_duration(age_ms > 0 ? age_ms : 0, text, sizeof(text)));
    }
}

static void print_source(const json_t *source, int64_t uptime_ms, bool has_bars)
{
    char clean[160];
    char text[32];

    printf("%-13s ", text_at(source, "name", clean, sizeof(clean)));
    text_at(source, "state", clean, sizeof(clean));
    const char *colour = text_colour(clean);
    printf("%s%-11s%s", colour, clean, colour[0] != '\0' ? text_plain() : "");
    print_ring(json_object_get(source, "ring"), has_bars);
    printf(" %5s", number_text(source, "claim_bits", 2, text, sizeof(text)));
    printf(" %8s", number_text(source, "estimate_bits", 2, text, sizeof(text)));
    printf(" %9s",
           number_text(source, "samples_per_second", 0, text, sizeof(text)));
    if (!has_bars)
        printf(" %10s",
               number_text(source, "samples_total", 0, text, sizeof(text)));
    printf(" %6" PRId64 "\n", view_alarm_count(source));
    if (json_is_string(json_object_get(source, "reason")))
        printf("    %s\n", text_at(source, "reason", clean, sizeof(clean)));
    print_alarms(source, uptime_ms);
}

void view_sources(const json_t *status, bool has_bars)
{
    size_t i;
    const json_t *source;

    printf(has_bars ? "%-13s %-11s %-22s" : "%-13s %-11s %-11s", "source",
           "state", "ring");
    printf(" %5s %8s %9s", "claim", "estimate", "samples/s");
    if (!has_bars)
        printf(" %10s", "samples");
    printf(" %6s\n", "alarms");
    json_array_foreach(json_object_get(status, "sources"), i, source)
        print_source(source, integer_at(status, "uptime_ms"), has_bars);
}
