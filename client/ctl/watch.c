/* SPDX-License-Identifier: MIT */
/*
 * watch: the status repeatedly. On a terminal it is drawn over itself, with
 * rings as bars, and the rates and the last changes below; elsewhere one line
 * each time, for logs. A daemon that stops is waited for: seeing it come back
 * is what watching is for.
 */

#include "base/monotonic.h"
#include "client/ctl/commands.h"
#include "client/ctl/connect.h"
#include "client/ctl/interrupt.h"
#include "client/ctl/screen.h"
#include "client/ctl/text.h"
#include "client/ctl/trends.h"
#include "client/ctl/view.h"

#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* How soon a key, a signal or a new size of the terminal is noticed. Asking for
 * the size needs no handler of SIGWINCH, and works where that is not sent. */
#define KEY_MS 100

/* So many of the newest changes come before the rates. */
#define CHANGES_FIRST 3

struct watch {
    const struct ctl_arguments *arguments;
    struct view view;
    bool is_json;
    bool is_terminal; /* stdout understands escapes */
    uint64_t interval_ms;

    struct entropy_client *client;
    json_t *status; /* the last one; NULL: no reply */

    /* on a terminal */
    struct screen screen;
    struct trends trends;
    struct user_names names;
    bool has_keys;        /* stdin is a terminal, and signals are blocked */
    struct termios modes; /* of stdin, as they were */
    sigset_t signals;     /* blocked before */
};

/* One line: the health word, then each source with its state, samples in the
 * ring and alarms. */
static void print_line(const struct view *view, const json_t *status)
{
    char name[64];
    char clean[64];
    size_t i;
    const json_t *source;

    printf("uptime_ms=%" PRId64, integer_at(status, "uptime_ms"));
    printf(" health=%s", text_at(status, "health", clean, sizeof(clean)));
    json_array_foreach(json_object_get(status, "sources"), i, source)
    {
        if (!view_shows(view, text_at(source, "name", name, sizeof(name))))
            continue;
        printf(" %s=%s,%" PRId64 ",%" PRId64, name,
               text_at(source, "state", clean, sizeof(clean)),
               integer_at(json_object_get(source, "ring"), "used"),
               view_alarm_count(source));
    }
    printf("\n");
}

/* What a screen consists of, from the top. */
enum part { PART_HEADLINE, PART_DAEMON, PART_SOURCES, PART_TRENDS, PARTS };

static void write_part(FILE *out, struct watch *w, enum part part)
{
    if (part == PART_HEADLINE) {
        view_headline(out, w->status);
    } else if (part == PART_DAEMON && w->view.source == NULL) {
        view_parts(out, &w->names, w->status);
    } else if (part == PART_SOURCES) {
        fprintf(out, "\n");
        view_sources(out, &w->view, w->status);
    } else if (part == PART_TRENDS) {
        fprintf(out, "\n");
        trends_print(out, &w->trends, w->screen.columns);
    }
}

/* A part as text, for free(); NULL without memory. */
static char *compose(struct watch *w, enum part part)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    write_part(out, w, part);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* The newest changes that fit into `room` lines with a blank one above them, at
 * most `most` of them, oldest first, for free(). NULL if none fits. */
static char *compose_changes(const struct watch *w, size_t most, unsigned room)
{
    size_t count = view_change_count(w->status);

    for (count = count < most ? count : most; count > 0; count--) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        if (out == NULL)
            return NULL;
        fprintf(out, "\n");
        view_changes(out, &w->view, w->status, count);
        if (fclose(out) == 0 && size > 1 &&
            screen_lines(&w->screen, text) <= room)
            return text;
        free(text);
    }
    return NULL;
}

/* As many of the lines that are left as a part needs. */
static unsigned take_lines(unsigned *room, unsigned wanted)
{
    unsigned taken = wanted < *room ? wanted : *room;

    *room -= taken;
    return taken;
}

/* The line with the time, below all. */
static void put_last(struct watch *w)
{
    char now[32];
    char last[96];
    char interval[32];

    snprintf(last, sizeof(last), "%s, every %s; %sCtrl-C quits",
             text_now(now, sizeof(now)),
             text_duration((int64_t)w->interval_ms, interval, sizeof(interval)),
             w->has_keys ? "q or " : "");
    if (strlen(last) > w->screen.columns)
        snprintf(last, sizeof(last), "%s%s", now,
                 w->has_keys ? "; q quits" : "");
    screen_end(&w->screen, last);
}

/* Where not everything fits, what matters most does: health, sources, the
 * newest changes, the rates, then the rest about the daemon, then older
 * changes. */
static void draw_parts(struct watch *w, char *const texts[PARTS])
{
    unsigned lines[PARTS];
    unsigned room = w->screen.rows - 1;

    for (int i = 0; i < PARTS; i++)
        lines[i] = screen_lines(&w->screen, texts[i]);
    unsigned headline = take_lines(&room, lines[PART_HEADLINE]);
    unsigned sources = take_lines(&room, lines[PART_SOURCES]);
    char *changes = compose_changes(w, CHANGES_FIRST, room);
    unsigned kept = changes != NULL ? screen_lines(&w->screen, changes) : 0;
    free(changes);
    room -= kept;
    unsigned trends = take_lines(&room, lines[PART_TRENDS]);
    unsigned daemon = take_lines(&room, lines[PART_DAEMON]);
    changes = compose_changes(w, SIZE_MAX, room + kept);

    screen_begin(&w->screen);
    screen_put(&w->screen, texts[PART_HEADLINE], headline);
    screen_put(&w->screen, texts[PART_DAEMON], daemon);
    screen_put(&w->screen, texts[PART_SOURCES], sources);
    screen_put(&w->screen, texts[PART_TRENDS], trends);
    if (changes != NULL)
        screen_put(&w->screen, changes, UINT_MAX);
    free(changes);
    put_last(w);
}

static void draw_status(struct watch *w)
{
    char *texts[PARTS];
    bool has_all = true;

    w->view.columns = w->screen.columns;
    for (int i = 0; i < PARTS; i++) {
        texts[i] = compose(w, (enum part)i);
        has_all &= texts[i] != NULL;
    }
    if (has_all)
        draw_parts(w, texts);
    for (int i = 0; i < PARTS; i++)
        free(texts[i]);
}

/* Why there is no status. */
static const char *absence(const struct watch *w, char *clean, size_t size)
{
    return text_clean(entropy_client_message(w->client), clean, size);
}

/* Draws what was asked last in the terminal's present size. */
static void draw(struct watch *w)
{
    char clean[ENTROPY_CLIENT_WHY_MAX];

    screen_measure(&w->screen);
    if (w->status != NULL) {
        draw_status(w);
        return;
    }
    screen_begin(&w->screen);
    screen_put(&w->screen, absence(w, clean, sizeof(clean)), UINT_MAX);
    put_last(w);
}

static void show(struct watch *w)
{
    char clean[ENTROPY_CLIENT_WHY_MAX];
    const json_t *sources = json_object_get(w->status, "sources");

    if (w->status != NULL)
        trends_add(&w->trends, &w->view, w->status);
    else
        trends_skip(&w->trends);
    if (w->is_terminal) {
        draw(w);
    } else if (w->is_json && w->status != NULL) {
        json_dumpf(view_find(sources, w->view.source), stdout, JSON_COMPACT);
        printf("\n");
    } else if (w->is_json) {
        printf("null\n");
    } else if (w->status != NULL) {
        print_line(&w->view, w->status);
    } else {
        printf("health=none %s\n", absence(w, clean, sizeof(clean)));
    }
}

/* Asks once; a failure is shown, and the next time may be better. */
static void look(struct watch *w)
{
    char *json = NULL;
    bool is_there = entropy_client_status(w->client, &json) == 0;

    json_decref(w->status);
    w->status = NULL;
    if (is_there && w->is_json && w->view.source == NULL) {
        printf("%s\n", json);
        entropy_client_free(json);
    } else {
        if (is_there)
            (void)ctl_load(json, &w->status);
        show(w);
    }
    fflush(stdout);
}

/* Lets keys come one by one, if the terminal is ours and not the shell's. Again
 * each time: a shell changes the modes when it stops and continues a job. */
static void set_keys(struct watch *w)
{
    struct termios modes = w->modes;

    if (!w->has_keys || tcgetpgrp(STDIN_FILENO) != getpgrp())
        return;
    modes.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

static void begin_keys(struct watch *w)
{
    w->has_keys = w->is_terminal && isatty(STDIN_FILENO) &&
                  tcgetattr(STDIN_FILENO, &w->modes) == 0;
    if (!w->has_keys)
        return;
    interrupt_block(&w->signals); /* until the terminal is as it was */
}

static void end_keys(struct watch *w)
{
    if (!w->has_keys)
        return;
    if (tcgetpgrp(STDIN_FILENO) == getpgrp())
        tcsetattr(STDIN_FILENO, TCSANOW, &w->modes);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    sigprocmask(SIG_SETMASK, &w->signals, NULL);
}

static bool has_resized(const struct watch *w)
{
    struct screen now;

    screen_measure(&now);
    return now.columns != w->screen.columns || now.rows != w->screen.rows;
}

/* Waits for the interval; false if a key or a signal asks to end. */
static bool pause_watch(struct watch *w)
{
    uint64_t end_ms = monotonic_now_ms() + w->interval_ms;

    set_keys(w);
    for (uint64_t now_ms; (now_ms = monotonic_now_ms()) < end_ms;) {
        uint64_t left_ms = end_ms - now_ms;
        struct pollfd keys = {.fd = w->has_keys ? STDIN_FILENO : -1,
                              .events = POLLIN};
        char key = 0;
        if (w->is_terminal && left_ms > KEY_MS)
            left_ms = KEY_MS;
        int ready = poll(&keys, 1, (int)left_ms);
        if (ready > 0 &&
            (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q'))
            return false;
        if (w->has_keys && interrupt_is_pending())
            return false;
        if (w->is_terminal && has_resized(w)) {
            screen_clear();
            draw(w);
        }
    }
    return true;
}

static int begin(struct watch *w)
{
    int64_t interval_ms = 0;

    int code = ctl_option_duration(w->arguments, OPT_INTERVAL, 1000, 100,
                                   3600000, 1000, &interval_ms);
    if (code != CTL_OK)
        return code;
    w->interval_ms = (uint64_t)interval_ms;
    /* A daemon that is not there at the start is probably a wrong path. */
    code =
        ctl_connect(w->arguments, ENTROPY_CLIENT_TIMEOUT_MS, false, &w->client);
    if (code != CTL_OK)
        return code;
    code = view_init(&w->view, w->arguments, w->client);
    w->view.has_bars = true;
    w->trends.is_utf8 = text_is_utf8();
    return code;
}

int run_watch(const struct ctl_arguments *arguments)
{
    static struct watch w;
    int64_t count = 0;

    w.arguments = arguments;
    w.is_json = ctl_is_given(arguments, OPT_JSON);
    w.is_terminal = !w.is_json && text_has_terminal();
    int code =
        ctl_option_number(arguments, OPT_COUNT, 1, 1000000000, 0, &count);
    if (code == CTL_OK)
        code = begin(&w);
    if (code == CTL_OK) {
        begin_keys(&w);
        if (w.is_terminal)
            screen_clear();
        for (int64_t seen = 1;; seen++) {
            look(&w);
            if (ferror(stdout) || seen == count || !pause_watch(&w))
                break;
        }
        end_keys(&w);
    }
    json_decref(w.status);
    view_fini(&w.view);
    entropy_client_close(w.client);
    return code;
}
