/* SPDX-License-Identifier: MIT */
/* A rate is the growth of a counter by the daemon's own clock, so that a late
 * update changes nothing. Each history is scaled to its own maximum. */

#include "client/ctl/trends.h"

#include "base/number.h"
#include "client/ctl/text.h"

#include <math.h>
#include <string.h>

/* Columns before the marks: a name and a rate, with a blank after each. */
enum { WIDTH_NAME = 15, WIDTH_RATE = 10, WIDTH_BEFORE = 27 };

#define LEVELS 8

static void push(struct trend *trend, double rate)
{
    if (trend->length == TREND_RATES)
        memmove(trend->rates, trend->rates + 1,
                --trend->length * sizeof(trend->rates[0]));
    trend->rates[trend->length++] = rate;
}

/* The trend of this name: known already, or new; NULL if there is no room. */
static struct trend *find(struct trends *trends, const char *name)
{
    for (size_t i = 0; i < trends->count; i++) {
        if (strcmp(trends->list[i].name, name) == 0)
            return &trends->list[i];
    }
    if (trends->count == TRENDS_MAX)
        return NULL;
    struct trend *trend = &trends->list[trends->count++];
    snprintf(trend->name, sizeof(trend->name), "%s", name);
    trend->count = -1;
    return trend;
}

/* elapsed_ms is 0 for the first status of a daemon: it gives no rate. */
static void add(struct trends *trends, const char *name, int64_t count,
                int64_t elapsed_ms, bool is_bytes)
{
    struct trend *trend = find(trends, name);

    if (trend == NULL)
        return;
    trend->is_bytes = is_bytes;
    if (elapsed_ms > 0 && trend->count >= 0 && count >= trend->count)
        push(trend, (double)(count - trend->count) * 1000 / (double)elapsed_ms);
    trend->count = count;
}

void trends_add(struct trends *trends, const struct view *view,
                const json_t *status)
{
    int64_t uptime_ms = integer_at(status, "uptime_ms");
    int64_t elapsed_ms = trends->uptime_ms > 0 && uptime_ms > trends->uptime_ms
                             ? uptime_ms - trends->uptime_ms
                             : 0;
    size_t i;
    const json_t *source;
    char name[64];

    if (view->source == NULL) {
        add(trends, "requests/s",
            integer_at(json_object_get(status, "server"), "requests_total"),
            elapsed_ms, false);
        add(trends, "output/s",
            integer_at(json_object_get(status, "generator"), "bytes"),
            elapsed_ms, true);
    }
    json_array_foreach(json_object_get(status, "sources"), i, source)
    {
        char label[sizeof(trends->list[0].name)];
        text_at(source, "name", name, sizeof(name));
        if (!view_shows(view, name))
            continue;
        snprintf(label, sizeof(label), "%.60s/s", name);
        add(trends, label, integer_at(source, "samples_total"), elapsed_ms,
            false);
    }
    trends->uptime_ms = uptime_ms;
}

void trends_skip(struct trends *trends)
{
    for (size_t i = 0; i < trends->count; i++)
        push(&trends->list[i], -1);
    trends->uptime_ms = 0;
}

/* 0 for nothing, so that a little differs from it; 7 for the maximum. */
static int level_of(double rate, double max)
{
    return rate > 0 ? (int)ceil(rate / max * (LEVELS - 1)) : 0;
}

static void print_marks(FILE *out, const struct trend *trend, size_t cells,
                        bool is_utf8)
{
    /* The eight lower blocks, U+2581 to U+2588. */
    static const char *const blocks[LEVELS] = {
        "\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83", "\xe2\x96\x84",
        "\xe2\x96\x85", "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88"};
    static const char *const ascii[LEVELS] = {"_", ".", "-", "=",
                                              "+", "*", "%", "#"};
    const char *const *marks = is_utf8 ? blocks : ascii;
    size_t from = trend->length > cells ? trend->length - cells : 0;
    double max = 0;

    for (size_t i = from; i < trend->length; i++)
        max = fmax(max, trend->rates[i]);
    for (size_t i = from; i < trend->length; i++) {
        double rate = trend->rates[i];
        fputs(rate < 0 ? " " : marks[level_of(rate, max)], out);
    }
}

static const char *rate_text(const struct trend *trend, char *text, size_t size)
{
    double rate = trend->length > 0 ? trend->rates[trend->length - 1] : -1;

    if (rate < 0)
        snprintf(text, size, "-");
    else if (trend->is_bytes)
        number_format_bytes((uint64_t)rate, text, size);
    else
        snprintf(text, size, rate < 10 ? "%.1f" : "%.0f", rate);
    return text;
}

void trends_print(FILE *out, const struct trends *trends, unsigned columns)
{
    char text[32];

    for (size_t i = 0; i < trends->count; i++) {
        const struct trend *trend = &trends->list[i];
        fprintf(out, "%-*s %*s ", WIDTH_NAME, trend->name, WIDTH_RATE,
                rate_text(trend, text, sizeof(text)));
        if (columns > WIDTH_BEFORE)
            print_marks(out, trend, columns - WIDTH_BEFORE, trends->is_utf8);
        fprintf(out, "\n");
    }
}
