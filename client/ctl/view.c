/* SPDX-License-Identifier: MIT */
/* Sentences for the daemon, since each says something else; columns for the
 * sources, as many as fit. */

#include "client/ctl/view.h"

#include "base/number.h"
#include "base/progress.h"
#include "base/quote.h"
#include "client/ctl/text.h"

#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>

/* A source whose last sample is older takes none: a batch takes at most 100 ms,
 * and pauses between batches are far below a second. */
#define IDLE_MS 5000

/* The columns behind name and state, with the blank in front of each. */
enum {
    WIDTH_ALWAYS = 25,
    WIDTH_RING = 12,
    WIDTH_CLAIM = 6,
    WIDTH_ESTIMATE = 9,
    WIDTH_RATE = 10,
    WIDTH_SAMPLES = 11,
    WIDTH_ALARMS = 7,
    BAR_CELLS_MIN = 8,
    BAR_CELLS_MAX = 60,
};

/* Which of them there are. */
struct columns {
    bool has_ring, has_claim, has_estimate, has_rate, has_samples;
    unsigned bar_cells; /* 0: the ring as numbers */
};

static const char *name_of(const json_t *source)
{
    const char *name = json_string_value(json_object_get(source, "name"));

    return name != NULL ? name : "?";
}

json_t *view_find(const json_t *sources, const char *name)
{
    size_t i;
    json_t *source;

    json_array_foreach(sources, i, source)
    {
        if (strcmp(name_of(source), name) == 0)
            return source;
    }
    return NULL;
}

static int refuse_source(const struct view *view)
{
    size_t i;
    const json_t *source;
    char clean[80];

    fprintf(stderr, "entropyctl: unknown source %s (known: ",
            quote_text(view->source, clean, sizeof(clean)));
    json_array_foreach(view->sources, i, source)
        fprintf(stderr, "%s%s", i > 0 ? ", " : "",
                text_clean(name_of(source), clean, sizeof(clean)));
    fprintf(stderr, ")\n");
    return CTL_REFUSED;
}

int view_init(struct view *view, const struct ctl_arguments *arguments,
              struct entropy_client *client)
{
    char *json = NULL;
    json_t *result = NULL;

    *view = (struct view){
        .source = arguments->word_count > 1 ? arguments->words[1] : NULL,
        .is_all = ctl_is_given(arguments, OPT_ALL),
        .columns = 80,
    };
    int rc = entropy_client_sources(client, &json);
    int code = rc < 0 ? ctl_fail(client, rc) : ctl_load(json, &result);
    if (code != CTL_OK)
        return code;
    view->sources = json_incref(json_object_get(result, "sources"));
    json_decref(result);
    if (view->source != NULL && view_find(view->sources, view->source) == NULL)
        return refuse_source(view);
    return CTL_OK;
}

void view_fini(struct view *view)
{
    json_decref(view->sources);
}

/* Is the source unavailable because it is of another system? The daemon, behind
 * a Unix socket, runs on this one. */
static bool is_foreign(const json_t *source)
{
    const char *state = json_string_value(json_object_get(source, "state"));
    const char *platform =
        json_string_value(json_object_get(source, "platform"));
    struct utsname system;

    if (state == NULL || strcmp(state, "unavailable") != 0 ||
        platform == NULL || uname(&system) < 0)
        return false;
    return strcmp(platform,
                  strcmp(system.sysname, "Darwin") == 0 ? "macos" : "linux") !=
           0;
}

bool view_shows(const struct view *view, const char *name)
{
    if (view->source != NULL)
        return strcmp(name, view->source) == 0;
    return view->is_all || !is_foreign(view_find(view->sources, name));
}

void view_hidden(FILE *out, const struct view *view)
{
    size_t i;
    const json_t *source;
    char clean[80];
    unsigned count = 0;

    if (view->source != NULL || view->is_all)
        return;
    json_array_foreach(view->sources, i, source)
    {
        if (is_foreign(source))
            fprintf(out, "%s%s", count++ == 0 ? "not for this system: " : ", ",
                    text_clean(name_of(source), clean, sizeof(clean)));
    }
    if (count > 0)
        fprintf(out, " (--all shows %s)\n", count > 1 ? "them" : "it");
}

void view_headline(FILE *out, const json_t *status)
{
    char version[64];
    char platform[32];
    char word[32];
    char uptime[32];

    text_at(status, "health", word, sizeof(word));
    fprintf(
        out, "entropyd %s on %s, pid %" PRId64 ", up %s: %s%s%s\n",
        text_at(status, "version", version, sizeof(version)),
        text_at(status, "platform", platform, sizeof(platform)),
        integer_at(status, "pid"),
        text_duration(integer_at(status, "uptime_ms"), uptime, sizeof(uptime)),
        text_colour(word), word, text_plain());
}

static void print_generator(FILE *out, const json_t *generator, bool is_seeded)
{
    char text[48];
    const json_t *age_ms = json_object_get(generator, "last_reseed_age_ms");

    if (!is_seeded || !json_is_integer(age_ms)) {
        fprintf(out, "generator  not seeded yet\n");
        return;
    }
    fprintf(out, "generator  %s",
            text_count(integer_at(generator, "reseeds"), "reseed", text,
                       sizeof(text)));
    fprintf(out, " (%" PRId64 " credited), last one %s ago\n",
            integer_at(generator, "credited_reseeds"),
            text_duration(json_integer_value(age_ms), text, sizeof(text)));
    fprintf(out, "           last credit %" PRId64 " bits; %s",
            integer_at(generator, "last_credited_bits"),
            text_count(integer_at(generator, "requests"), "request", text,
                       sizeof(text)));
    fprintf(out, ", %s generated\n",
            number_format_bytes((uint64_t)integer_at(generator, "bytes"), text,
                                sizeof(text)));
}

/* Errors by name, if there were any. */
static void print_errors(FILE *out, json_t *errors)
{
    const char *name;
    json_t *count;
    bool is_first = true;

    json_object_foreach(errors, name, count)
    {
        char clean[40];
        if (json_integer_value(count) <= 0)
            continue;
        fprintf(out, "%s%" PRId64 " %s", is_first ? "errors     " : ", ",
                (int64_t)json_integer_value(count),
                text_clean(name, clean, sizeof(clean)));
        is_first = false;
    }
    if (!is_first)
        fprintf(out, "\n");
}

/* The clients of a socket, and how many requests are as `word` says. */
static void print_clients(FILE *out, const char *label, const json_t *of,
                          const char *key, const char *word)
{
    char text[48];

    fprintf(out, "%-10s %s open, %" PRId64 " since start; ", label,
            text_count(integer_at(of, "connections"), "connection", text,
                       sizeof(text)),
            integer_at(of, "connections_total"));
    fprintf(out, "%s, %" PRId64 " %s\n",
            text_count(integer_at(of, "requests_total"), "request", text,
                       sizeof(text)),
            integer_at(of, key), word);
}

void view_parts(FILE *out, struct user_names *names, const json_t *status)
{
    const json_t *pool = json_object_get(status, "pool");
    const json_t *server = json_object_get(status, "server");
    const json_t *egd = json_object_get(status, "egd");
    char text[48];

    print_generator(out, json_object_get(status, "generator"),
                    json_is_true(json_object_get(status, "seeded")));
    fprintf(out,
            "pool       %" PRId64 " bits credited; %s made, %" PRId64
            " ready\n",
            integer_at(pool, "credited_bits"),
            text_count(integer_at(pool, "conditioned_blocks"),
                       "conditioned block", text, sizeof(text)),
            integer_at(pool, "blocks_ready"));
    print_clients(out, "server", server, "waiting", "waiting");
    users_print(out, names, status);
    print_errors(out, json_object_get(server, "errors_total"));
    /* Only where it is served; a daemon of an older version does not tell. */
    if (json_is_true(json_object_get(egd, "listening")))
        print_clients(out, "egd", egd, "refused_total", "refused");
    fprintf(out, "memory     %s\n",
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
                               const char *prefix, int decimals, char *text,
                               size_t size)
{
    const json_t *value = json_object_get(source, key);

    if (json_is_number(value))
        snprintf(text, size, "%s%.*f", prefix, decimals,
                 json_number_value(value));
    else
        snprintf(text, size, "-");
    return text;
}

static void print_ring(FILE *out, const json_t *ring, unsigned bar_cells)
{
    int64_t used = integer_at(ring, "used");
    int64_t size = integer_at(ring, "size");
    int width = bar_cells > 0 ? (int)bar_cells + 2 : WIDTH_RING - 1;
    char text[BAR_CELLS_MAX + 3];

    if (used < 0 || size < 1)
        snprintf(text, sizeof(text), "-");
    else if (bar_cells > 0)
        progress_bar((uint64_t)used, (uint64_t)size, bar_cells, text,
                     sizeof(text));
    else
        snprintf(text, sizeof(text), "%" PRId64 "/%" PRId64, used, size);
    fprintf(out, " %-*s", width, text);
}

/* The rate, while samples are taken: the daemon's is that of the last ones. */
static const char *rate_text(const json_t *source, const char *state,
                             char *text, size_t size)
{
    bool is_running = strcmp(state, "starting") == 0 ||
                      strcmp(state, "healthy") == 0 ||
                      strcmp(state, "suspect") == 0;

    if (!is_running)
        return "-";
    if (json_is_true(json_object_get(source, "parked")) ||
        integer_at(source, "last_sample_age_ms") > IDLE_MS)
        return "idle";
    return number_text(source, "samples_per_second", "", 0, text, size);
}

/* A line for each test that has raised an alarm. */
static void print_alarms(FILE *out, const json_t *source, int64_t uptime_ms)
{
    const char *test;
    json_t *alarm;

    json_object_foreach(json_object_get(source, "alarms"), test, alarm)
    {
        char clean[32];
        char text[32];
        const json_t *last_ms = json_object_get(alarm, "last_ms");
        if (!json_is_integer(last_ms))
            continue;
        int64_t age_ms = uptime_ms - json_integer_value(last_ms);
        fprintf(out,
                "    %s: %" PRId64 " intermittent, %" PRId64
                " permanent; last one %s ago\n",
                text_clean(test, clean, sizeof(clean)),
                integer_at(alarm, "intermittent"),
                integer_at(alarm, "permanent"),
                text_duration(age_ms > 0 ? age_ms : 0, text, sizeof(text)));
    }
}

/* Wide terminals get longer bars and totals, narrow ones fewer columns. */
static struct columns choose_columns(const struct view *view)
{
    const unsigned ring =
        view->has_bars ? BAR_CELLS_MIN + 3 : (unsigned)WIDTH_RING;
    struct columns c = {.has_ring = false};
    unsigned used = WIDTH_ALWAYS + WIDTH_ALARMS;
    const struct {
        bool *has;
        unsigned width;
    } wanted[] = {
        {&c.has_ring, ring},
        {&c.has_rate, WIDTH_RATE},
        {&c.has_claim, WIDTH_CLAIM},
        {&c.has_estimate, WIDTH_ESTIMATE},
        /* Before totals, which change nothing, bars of 20 cells. */
        {&c.has_samples, WIDTH_SAMPLES + (view->has_bars ? 12 : 0)},
    };

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (used + wanted[i].width > view->columns)
            break;
        *wanted[i].has = true;
        used += wanted[i].width;
    }
    if (view->has_bars && c.has_ring) {
        unsigned spare = view->columns - used + (c.has_samples ? 12 : 0);
        c.bar_cells = BAR_CELLS_MIN + spare;
        if (c.bar_cells > BAR_CELLS_MAX)
            c.bar_cells = BAR_CELLS_MAX;
    }
    return c;
}

static void print_heading(FILE *out, const struct columns *c)
{
    fprintf(out, "%-13s %-11s", "source", "state");
    if (c->has_ring)
        fprintf(out, " %-*s",
                c->bar_cells > 0 ? (int)c->bar_cells + 2 : WIDTH_RING - 1,
                "ring");
    if (c->has_claim)
        fprintf(out, " %5s", "claim");
    if (c->has_estimate)
        fprintf(out, " %8s", "estimate");
    if (c->has_rate)
        fprintf(out, " %9s", "samples/s");
    if (c->has_samples)
        fprintf(out, " %10s", "samples");
    fprintf(out, " %6s\n", "alarms");
}

static void print_source(FILE *out, const struct columns *c,
                         const json_t *source, int64_t uptime_ms)
{
    char clean[160];
    char state[32];
    char text[32];

    text_at(source, "state", state, sizeof(state));
    const char *colour = text_colour(state);
    fprintf(out, "%-13s %s%-11s%s",
            text_at(source, "name", clean, sizeof(clean)), colour, state,
            colour[0] != '\0' ? text_plain() : "");
    if (c->has_ring)
        print_ring(out, json_object_get(source, "ring"), c->bar_cells);
    if (c->has_claim)
        fprintf(out, " %5s",
                number_text(source, "claim_bits", "", 2, text, sizeof(text)));
    if (c->has_estimate)
        fprintf(
            out, " %8s",
            number_text(source, "estimate_bits", "<=", 2, text, sizeof(text)));
    if (c->has_rate)
        fprintf(out, " %9s", rate_text(source, state, text, sizeof(text)));
    if (c->has_samples)
        fprintf(
            out, " %10s",
            number_text(source, "samples_total", "", 0, text, sizeof(text)));
    fprintf(out, " %6" PRId64 "\n", view_alarm_count(source));
    if (json_is_string(json_object_get(source, "reason")))
        fprintf(out, "    %s\n",
                text_at(source, "reason", clean, sizeof(clean)));
    print_alarms(out, source, uptime_ms);
}

void view_sources(FILE *out, const struct view *view, const json_t *status)
{
    const struct columns columns = choose_columns(view);
    size_t i;
    const json_t *source;

    print_heading(out, &columns);
    json_array_foreach(json_object_get(status, "sources"), i, source)
    {
        if (view_shows(view, name_of(source)))
            print_source(out, &columns, source,
                         integer_at(status, "uptime_ms"));
    }
    if (columns.has_claim && columns.has_estimate)
        fprintf(out, "claim and estimate are in bits per sample; the estimate "
                     "is an upper bound\n");
    view_hidden(out, view);
}

void view_move(FILE *out, const json_t *change)
{
    char from[32];
    char to[32];

    text_at(change, "from", from, sizeof(from));
    text_at(change, "to", to, sizeof(to));
    /* A further alarm may leave the state as it is. */
    if (strcmp(from, to) == 0)
        fprintf(out, "still %s", to);
    else
        fprintf(out, "%s -> %s", from, to);
}

size_t view_change_count(const json_t *status)
{
    return json_array_size(json_object_get(status, "changes"));
}

void view_changes(FILE *out, const struct view *view, const json_t *status,
                  size_t count)
{
    size_t size = view_change_count(status);
    size_t i;
    const json_t *change;

    json_array_foreach(json_object_get(status, "changes"), i, change)
    {
        char time[32];
        char source[64];
        char reason[320];
        text_at(change, "source", source, sizeof(source));
        if (i + count < size || !view_shows(view, source))
            continue;
        fprintf(out, "%s %s ",
                text_time(integer_at(change, "time_ms"), time, sizeof(time)),
                source);
        view_move(out, change);
        if (json_is_string(json_object_get(change, "reason")))
            fprintf(out, ": %s",
                    text_at(change, "reason", reason, sizeof(reason)));
        fprintf(out, "\n");
    }
}
