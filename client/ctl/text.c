/* SPDX-License-Identifier: MIT */
/* How numbers and names look. */

#include "client/ctl/text.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *text_clean(const char *text, char *clean, size_t size)
{
    size_t length = 0;
    for (const unsigned char *at = (const unsigned char *)text;
         *at != '\0' && length + 1 < size; at++) {
        /* C0, DEL, and C1 as UTF-8 writes it (0xc2 0x80..0x9f). */
        bool is_control = *at < ' ' || *at == 0x7f ||
                          (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0);
        if (*at == 0xc2 && is_control)
            at++;
        if (is_control)
            clean[length++] = '?';
        else
            memcpy(&clean[length++], at, 1);
    }
    clean[length] = '\0';
    return clean;
}

const char *text_at(const json_t *object, const char *key, char *clean,
                    size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text_clean(text != NULL ? text : "?", clean, size);
}

int64_t integer_at(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* entropyctl has one thread. */
/* NOLINTBEGIN(concurrency-mt-unsafe) */

bool text_has_terminal(void)
{
    const char *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}

bool text_is_utf8(void)
{
    return setlocale(LC_CTYPE, "") != NULL &&
           strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static bool has_colour(void)
{
    const char *no_colour = getenv("NO_COLOR");
    return text_has_terminal() && (no_colour == NULL || no_colour[0] == '\0');
}

/* NOLINTEND(concurrency-mt-unsafe) */

const char *text_colour(const char *word)
{
    static const struct {
        const char *word, *escape;
    } colours[] = {
        {"ok", "\033[32m"},       {"healthy", "\033[32m"},
        {"degraded", "\033[33m"}, {"suspect", "\033[33m"},
        {"starting", "\033[36m"}, {"stalled", "\033[33m"},
        {"failed", "\033[31m"},
    };
    for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++) {
        if (strcmp(word, colours[i].word) == 0 && has_colour())
            return colours[i].escape;
    }
    return "";
}

const char *text_plain(void)
{
    return has_colour() ? "\033[0m" : "";
}

const char *text_count(int64_t n, const char *thing, char *text, size_t size)
{
    snprintf(text, size, "%" PRId64 " %s%s", n, thing, n == 1 ? "" : "s");
    return text;
}

const char *text_duration(int64_t ms, char *text, size_t size)
{
    int64_t seconds = ms / 1000;
    if (ms < 1000)
        snprintf(text, size, "%" PRId64 " ms", ms);
    else if (seconds < 60)
        snprintf(text, size, "%" PRId64 ".%" PRId64 " s", seconds,
                 ms % 1000 / 100);
    else if (seconds < 3600)
        snprintf(text, size, "%" PRId64 " min %02" PRId64 " s", seconds / 60,
                 seconds % 60);
    else if (seconds < 86400)
        snprintf(text, size, "%" PRId64 " h %02" PRId64 " min", seconds / 3600,
                 seconds % 3600 / 60);
    else
        snprintf(text, size, "%" PRId64 " d %02" PRId64 " h", seconds / 86400,
                 seconds % 86400 / 3600);
    return text;
}

const char *text_time(int64_t ms, char *text, size_t size)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm utc;

    if (gmtime_r(&seconds, &utc) == NULL ||
        strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        snprintf(text, size, "?");
    return text;
}

const char *text_now(char *text, size_t size)
{
    return text_time((int64_t)time(NULL) * 1000, text, size);
}

void text_print_json(const json_t *value)
{
    json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    printf("\n");
}
