/* SPDX-License-Identifier: MIT */
/*
 * watch: the status repeatedly. On a terminal it is drawn over itself, with
 * rings as bars and the last changes below; elsewhere one line each time, for
 * logs. A daemon that stops is waited for: seeing it come back is what watching
 * is for.
 */

#include "base/monotonic.h"
#include "client/ctl/commands.h"
#include "client/ctl/connect.h"
#include "client/ctl/text.h"
#include "client/ctl/view.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* How soon a key or a signal is noticed. */
#define KEY_MS 100

struct watch {
    const struct ctl_arguments *arguments;
    struct view view;
    bool is_json;
    bool is_terminal; /* stdout understands escapes */
    uint64_t interval_ms;

    struct entropy_client *client;

    bool has_keys;        /* stdin is a terminal, and signals are blocked */
    struct termios modes; /* of stdin, as they were */
    sigset_t signals;     /* blocked before */
};

/* A screen that is being filled. */
struct screen {
    unsigned columns, rows;
    unsigned row; /* lines written */
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

static void measure(struct screen *screen)
{
    struct winsize size;

    *screen = (struct screen){.columns = 80, .rows = 24};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
        size.ws_row > 0) {
        screen->columns = size.ws_col;
        screen->rows = size.ws_row;
    }
}

/* Bytes of the escape sequence that text begins with; 0 if it does not. */
static size_t escape_length(const char *text)
{
    if (text[0] != '\033')
        return 0;
    size_t length = strcspn(text, "mK");
    return text[length] != '\0' ? length + 1 : length;
}

/* How many bytes of a line fit into `columns`, broken between words: its length
 * if all do. Only a word that is longer than that is broken itself. */
static size_t fitting(const char *line, size_t length, unsigned columns)
{
    unsigned column = 0;
    size_t blank = 0; /* the last place to break at */

    for (size_t i = 0; i < length; i++) {
        size_t escape = escape_length(line + i);
        if (escape > 0) {
            i += escape - 1;
            continue;
        }
        if (line[i] == ' ' && column > 0)
            blank = i;
        /* Further bytes of a UTF-8 character take no column. */
        if (((unsigned char)line[i] & 0xc0) != 0x80 && column++ == columns)
            return blank > 0 ? blank : i;
    }
    return length;
}

/* Prints text, broken between words, until the screen is full but for one
 * line. */
static void put(struct screen *screen, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        size_t shown = fitting(text, length, screen->columns);
        if (screen->row + 1 < screen->rows) {
            printf("%.*s\033[K\n", (int)shown, text);
            screen->row++;
        }
        text += shown;
        text += strspn(text, shown < length ? " " : "");
        text += shown == length && *text == '\n';
    }
}

/* Lines that put() makes of text. */
static unsigned count_lines(const struct screen *screen, const char *text)
{
    unsigned count = 0;

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        size_t shown = fitting(text, length, screen->columns);
        count++;
        text += shown;
        text += strspn(text, shown < length ? " " : "");
        text += shown == length && *text == '\n';
    }
    return count;
}

/* The newest changes that fit above the last line, oldest first. */
static void put_changes(const struct view *view, struct screen *screen,
                        const json_t *status)
{
    unsigned room =
        screen->rows > screen->row + 3 ? screen->rows - screen->row - 3 : 0;

    for (size_t count = view_change_count(status); count > 0; count--) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        if (out == NULL)
            return;
        view_changes(out, view, status, count);
        bool fits = fclose(out) == 0 && count_lines(screen, text) <= room;
        if (fits && size > 0) {
            put(screen, "\n");
            put(screen, text);
        }
        free(text);
        if (fits)
            return;
    }
}

/* The line with the time, below all. */
static void put_last(const struct watch *w, struct screen *screen)
{
    char now[32];
    char last[96];
    char interval[32];

    snprintf(last, sizeof(last), "%s, every %s; %sCtrl-C quits",
             text_now(now, sizeof(now)),
             text_duration((int64_t)w->interval_ms, interval, sizeof(interval)),
             w->has_keys ? "q or " : "");
    if (strlen(last) > screen->columns)
        snprintf(last, sizeof(last), "%s", now);
    screen->rows++; /* the line that put() leaves */
    put(screen, last);
    printf("\033[J");
}

static void show_status(struct watch *w, const json_t *status)
{
    struct screen screen;
    char *text = NULL;
    size_t size = 0;

    if (!w->is_terminal) {
        print_line(&w->view, status);
        return;
    }
    measure(&screen);
    w->view.columns = screen.columns;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return;
    view_headline(out, status);
    if (w->view.source == NULL)
        view_parts(out, status);
    fprintf(out, "\n");
    view_sources(out, &w->view, status);
    if (fclose(out) == 0) {
        printf("\033[H");
        put(&screen, text);
        put_changes(&w->view, &screen, status);
        put_last(w, &screen);
    }
    free(text);
}

/* A daemon that does not reply, in the same form. */
static void show_absence(const struct watch *w)
{
    char clean[ENTROPY_CLIENT_WHY_MAX];
    struct screen screen;

    text_clean(entropy_client_message(w->client), clean, sizeof(clean));
    if (w->is_json) {
        printf("null\n");
    } else if (w->is_terminal) {
        measure(&screen);
        printf("\033[H");
        put(&screen, clean);
        put_last(w, &screen);
    } else {
        printf("health=none %s\n", clean);
    }
}

/* Asks once; a failure is shown, and the next time may be better. */
static void look(struct watch *w)
{
    char *json = NULL;
    json_t *status = NULL;

    if (entropy_client_status(w->client, &json) < 0) {
        show_absence(w);
    } else if (w->is_json && w->view.source == NULL) {
        printf("%s\n", json);
        entropy_client_free(json);
    } else if (ctl_load(json, &status) == CTL_OK) {
        if (w->is_json)
            json_dumpf(
                view_find(json_object_get(status, "sources"), w->view.source),
                stdout, JSON_COMPACT);
        if (w->is_json)
            printf("\n");
        else
            show_status(w, status);
    }
    json_decref(status);
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
    sigset_t ending;

    w->has_keys = w->is_terminal && isatty(STDIN_FILENO) &&
                  tcgetattr(STDIN_FILENO, &w->modes) == 0;
    if (!w->has_keys)
        return;
    /* They wait until the terminal is as it was. */
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGHUP);
    /* entropyctl has one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    sigprocmask(SIG_BLOCK, &ending, &w->signals);
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

static bool is_interrupted(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0 && (sigismember(&pending, SIGINT) == 1 ||
                                         sigismember(&pending, SIGTERM) == 1 ||
                                         sigismember(&pending, SIGHUP) == 1);
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
        if (w->has_keys && left_ms > KEY_MS)
            left_ms = KEY_MS;
        int ready = poll(&keys, 1, (int)left_ms);
        if (ready > 0 &&
            (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q'))
            return false;
        if (w->has_keys && is_interrupted())
            return false;
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
            printf("\033[H\033[J");
        for (int64_t seen = 1;; seen++) {
            look(&w);
            if (ferror(stdout) || seen == count || !pause_watch(&w))
                break;
        }
        end_keys(&w);
    }
    view_fini(&w.view);
    entropy_client_close(w.client);
    return code;
}
