/* SPDX-License-Identifier: MIT */
/*
 * Runs the examples of docs/protocol.md against the real daemon: what follows
 * "> " is sent, what follows "< " must come, with "..." for anything. Each
 * fenced block has connections of its own; a block that begins with ```entropyd
 * and options has a daemon of its own, which the line (stopped) tells to stop.
 */

#include "tests/support/patience.h"
#include "tests/support/program.h"
#include "tests/support/run.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LINE_ROOM (128 * 1024)
#define OTHER_UID 65534

/* Who sends and receives in an example, by what precedes > and <. */
enum speaker { FIRST, OTHER, SPEAKERS };
static const char *const speakers[SPEAKERS] = {"", "other"};

struct connection {
    int fd; /* -1: not open */
    char in[LINE_ROOM];
    size_t length;
};

struct example {
    struct program *daemon;
    struct connection connections[SPEAKERS];
    int line; /* of the document */
};

static int checks;

/* Does text equal pattern, where "..." matches anything? */
static bool matches(const char *pattern, const char *text)
{
    const char *dots = strstr(pattern, "...");
    if (dots == NULL)
        return strcmp(pattern, text) == 0;
    size_t head = (size_t)(dots - pattern);
    if (strncmp(pattern, text, head) != 0)
        return false;
    for (text += head;; text++) {
        if (matches(dots + 3, text))
            return true;
        if (*text == '\0')
            return false;
    }
}

static struct connection *connection_of(struct example *e, enum speaker who)
{
    struct connection *c = &e->connections[who];
    if (c->fd >= 0)
        return c;
    /* Credentials are those of the moment of connecting. */
    if (who == OTHER)
        ck_assert_int_eq(seteuid(OTHER_UID), 0);
    c->fd = program_connect(e->daemon);
    if (who == OTHER)
        ck_assert_int_eq(seteuid(0), 0);
    return c;
}

/* Receives more; false at the end of the stream. */
static bool receive(struct example *e, struct connection *c)
{
    struct pollfd entry = {.fd = c->fd, .events = POLLIN};
    ck_assert_msg(poll(&entry, 1, PATIENCE_MS) == 1, "line %d: nothing comes",
                  e->line);
    ck_assert_uint_lt(c->length, sizeof(c->in) - 1);
    ssize_t got =
        recv(c->fd, c->in + c->length, sizeof(c->in) - 1 - c->length, 0);
    if (got <= 0)
        return false;
    c->length += (size_t)got;
    c->in[c->length] = '\0';
    return true;
}

static void consume(struct connection *c, size_t n)
{
    memmove(c->in, c->in + n, c->length - n + 1);
    c->length -= n;
}

static void expect(struct example *e, enum speaker who, const char *pattern)
{
    struct connection *c = connection_of(e, who);
    unsigned bytes = 0;
    checks++;
    if (strcmp(pattern, "(closed)") == 0) {
        ck_assert_msg(c->length == 0 && !receive(e, c),
                      "line %d: not closed, but %s", e->line, c->in);
        return;
    }
    if (sscanf(pattern, "(%u bytes)", &bytes) == 1) { /* NOLINT(cert-err34-c) */
        while (c->length < bytes)
            ck_assert_msg(receive(e, c), "line %d: closed", e->line);
        consume(c, bytes);
        return;
    }
    char *newline;
    while ((newline = memchr(c->in, '\n', c->length)) == NULL)
        ck_assert_msg(receive(e, c), "line %d: closed", e->line);
    *newline = '\0';
    ck_assert_msg(matches(pattern, c->in), "line %d:\n  wanted %s\n  got    %s",
                  e->line, pattern, c->in);
    consume(c, (size_t)(newline - c->in) + 1);
}

static void say(struct example *e, enum speaker who, const char *line)
{
    static char text[LINE_ROOM];
    unsigned count = 0;
    struct connection *c = connection_of(e, who);
    if (sscanf(line, "x*%u", &count) == 1) { /* NOLINT(cert-err34-c) */
        ck_assert_uint_lt(count, sizeof(text) - 1);
        memset(text, 'x', count);
        text[count] = '\0';
    } else {
        snprintf(text, sizeof(text), "%s", line);
    }
    size_t length = strlen(text);
    text[length++] = '\n';
    for (size_t done = 0; done < length;) {
        ssize_t sent = send(c->fd, text + done, length - done, MSG_NOSIGNAL);
        ck_assert_msg(sent > 0, "line %d cannot be sent", e->line);
        done += (size_t)sent;
    }
}

/* Runs one line of an example. False where it is none of sent or received. */
static bool run_line(struct example *e, const char *line)
{
    if (strcmp(line, "(stopped)") == 0) {
        /* What was sent before must wait there, not in the socket. */
        (void)usleep(50000);
        ck_assert_int_eq(kill(e->daemon->pid, SIGTERM), 0);
        return true;
    }
    for (enum speaker who = FIRST; who < SPEAKERS; who++) {
        size_t n = strlen(speakers[who]);
        if (strncmp(line, speakers[who], n) != 0 || line[n + 1] != ' ')
            continue;
        if (line[n] == '>')
            say(e, who, line + n + 2);
        else if (line[n] == '<')
            expect(e, who, line + n + 2);
        else
            continue;
        return true;
    }
    return false;
}

/* Starts a daemon with options (blank-separated; changed) and waits until its
 * sources are healthy, if it has any. */
static void start(struct program *daemon, char *options)
{
    const char *arguments[16] = {NULL};
    bool has_sources = strstr(options, "enabled=false") == NULL;
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(options, " ", &rest); word != NULL && count < 15;
         word = strtok_r(NULL, " ", &rest))
        arguments[count++] = word;
    program_prepare(daemon);
    ck_assert_int_eq(chmod(daemon->directory, 0755), 0);
    program_start(daemon, ENTROPYD_PROGRAM, arguments);
    program_wait(daemon);
    int fd = program_connect(daemon);
    bool is_ready = !has_sources;
    for (int i = 0; i < PATIENCE_MS / 10 && !is_ready; i++) {
        const char *reply = program_ask(
            fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"health\"}");
        ck_assert_ptr_nonnull(reply);
        is_ready = strstr(reply, "\"health\":\"ok\"") != NULL;
        usleep(10000);
    }
    ck_assert_msg(is_ready, "the sources are not healthy:\n%s",
                  program_log_end(daemon));
    close(fd);
    usleep(50000); /* the daemon sees that end before the next connection */
}

/* Waits until unix_ipc has samples to spare for the examples of raw: what the
 * generator needs is kept back. */
static void wait_for_samples(struct program *daemon)
{
    int fd = program_connect(daemon);
    long used = 0;
    for (int i = 0; i < 2000 && used < 4096; i++) {
        const char *reply = program_ask(
            fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}");
        ck_assert_ptr_nonnull(reply);
        const char *source = strstr(reply, "\"name\":\"unix_ipc\"");
        ck_assert_ptr_nonnull(source);
        const char *ring = strstr(source, "\"used\":");
        ck_assert_ptr_nonnull(ring);
        used = strtol(ring + strlen("\"used\":"), NULL, 10);
        usleep(10000);
    }
    ck_assert_int_ge(used, 4096);
    close(fd);
    usleep(50000); /* the daemon sees that end before the next connection */
}

/* Runs one block of the document, from behind its first fence; returns behind
 * its last line. */
static char *run_block(char *text, struct program *daemon, int *line)
{
    static struct example e;
    e = (struct example){.daemon = daemon};
    for (enum speaker who = FIRST; who < SPEAKERS; who++)
        e.connections[who].fd = -1;
    while (strncmp(text, "```", 3) != 0) {
        char *end = strchr(text, '\n');
        ck_assert_msg(end != NULL, "a block without an end");
        *end = '\0';
        e.line = (*line)++;
        ck_assert_msg(run_line(&e, text), "line %d: %s", e.line, text);
        text = end + 1;
    }
    for (enum speaker who = FIRST; who < SPEAKERS; who++) {
        struct connection *c = &e.connections[who];
        ck_assert_msg(c->length == 0, "line %d: more came: %s", e.line, c->in);
        if (c->fd >= 0)
            close(c->fd);
    }
    return text;
}

static char *read_document(void)
{
    static char text[256 * 1024];
    FILE *file = fopen(PROTOCOL_DOCUMENT, "re");
    ck_assert_ptr_nonnull(file);
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    ck_assert_uint_lt(length, sizeof(text) - 1);
    text[length] = '\0';
    fclose(file);
    return text;
}

/* Runs a block with options of its own, unless it needs another user and
 * there is none to be had. */
static char *run_own(char *text, char *options, int *line)
{
    struct program own;
    char *end = strstr(text, "\n```");
    char *other = strstr(text, "other> ");
    if (geteuid() != 0 && other != NULL && other < end) {
        printf("SKIP line %d: another user needs root\n", *line);
        for (; text < end + 1; text = strchr(text, '\n') + 1)
            (*line)++;
        return text;
    }
    start(&own, options);
    text = run_block(text, &own, line);
    ck_assert_int_eq(program_stop(&own, SIGTERM), 0);
    program_end(&own);
    return text;
}

/* A block in another language is somebody else's to run. */
static char *skip_block(char *text, int *line)
{
    while (strncmp(text, "```", 3) != 0) {
        text = strchr(text, '\n');
        ck_assert_msg(text != NULL, "a block without an end");
        text++;
        (*line)++;
    }
    return text;
}

START_TEST(every_example_of_the_document_holds)
{
    struct program shared;
    char none[1] = "";
    start(&shared, none);
    wait_for_samples(&shared);
    char *text = read_document();
    int line = 1;
    while (*text != '\0') {
        char *end = strchr(text, '\n');
        ck_assert_ptr_nonnull(end);
        *end = '\0';
        line++;
        if (strcmp(text, "```") == 0)
            text = run_block(end + 1, &shared, &line);
        else if (strncmp(text, "```entropyd ", 12) == 0)
            text = run_own(end + 1, text + 12, &line);
        else if (strncmp(text, "```", 3) == 0)
            text = skip_block(end + 1, &line);
        else
            text = end + 1;
        /* The fence that ends a block must not begin another. */
        if (strncmp(text, "```\n", 4) == 0 && text != end + 1) {
            text += 4;
            line++;
        }
    }
    ck_assert_int_eq(program_stop(&shared, SIGTERM), 0);
    program_end(&shared);
    printf("%d replies as documented\n", checks);
    ck_assert_int_gt(checks, 40);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(every_example_of_the_document_holds),
        {0},
    };
    return run_tests("protocol_examples", tests);
}
