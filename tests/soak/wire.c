/* SPDX-License-Identifier: MIT */
#include "tests/soak/wire.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address = {.sun_family = AF_UNIX};

void fail(const char *format, ...)
{
    va_list args;
    char text[1024];
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    (void)fprintf(stderr, "soak: FAILED: %s: %s\n", address.sun_path, text);
    _exit(EXIT_FAILURE); /* threads may be anywhere */
}

void wire_path(const char *path)
{
    if (strlen(path) >= sizeof(address.sun_path))
        fail("%s is too long for a socket", path);
    memcpy(address.sun_path, path, strlen(path) + 1);
}

void wire_open(struct wire *w)
{
    const struct timeval patience = {.tv_sec = WIRE_PATIENCE_S};
    *w = (struct wire){.fd = socket(AF_UNIX, SOCK_STREAM, 0)};
    if (w->fd < 0 ||
        connect(w->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        fail("cannot connect (errno %d)", errno);
    (void)setsockopt(w->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
                     sizeof(patience));
    (void)setsockopt(w->fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
                     sizeof(patience));
}

void wire_close(struct wire *w)
{
    (void)close(w->fd);
    free(w->in);
    *w = (struct wire){.fd = -1};
}

bool wire_send_bytes(struct wire *w, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t sent = send(w->fd, at, n, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return false;
        if (sent < 0)
            fail("cannot send (errno %d)", errno);
        at += sent;
        n -= (size_t)sent;
    }
    return true;
}

bool wire_send(struct wire *w, const char *text)
{
    return wire_send_bytes(w, text, strlen(text));
}

/* More bytes behind those that are there. */
static void receive(struct wire *w)
{
    if (w->start > 0) {
        memmove(w->in, w->in + w->start, w->length - w->start);
        w->length -= w->start;
        w->start = 0;
    }
    if (w->capacity - w->length < 65536) {
        w->capacity = 2 * w->capacity + 131072;
        w->in = realloc(w->in, w->capacity);
        if (w->in == NULL)
            fail("no memory for a reply");
    }
    ssize_t got = recv(w->fd, w->in + w->length, w->capacity - w->length, 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        fail("no answer within %d s", WIRE_PATIENCE_S);
    if (got < 0)
        fail("the daemon broke a connection off that it owed an answer (errno "
             "%d)",
             errno);
    if (got == 0)
        fail("the daemon closed a connection that it owed an answer");
    w->length += (size_t)got;
}

const char *wire_line(struct wire *w, size_t *length)
{
    size_t looked = 0;
    for (;;) {
        size_t n = w->length - w->start;
        char *newline =
            n > looked ? memchr(w->in + w->start + looked, '\n', n - looked)
                       : NULL;
        if (newline != NULL) {
            char *line = w->in + w->start;
            *newline = '\0';
            *length = (size_t)(newline - line);
            w->start += *length + 1;
            return line;
        }
        looked = n;
        receive(w);
    }
}

json_t *wire_json(struct wire *w)
{
    size_t length;
    const char *line = wire_line(w, &length);
    json_error_t why;
    json_t *json =
        json_loadb(line, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    if (json == NULL)
        fail("a line that is not JSON (%s): %.200s", why.text, line);
    return json;
}

void wire_bytes(struct wire *w, uint8_t *bytes, size_t n)
{
    while (n > 0) {
        size_t have = w->length - w->start;
        if (have == 0) {
            receive(w);
            continue;
        }
        size_t part = have < n ? have : n;
        memcpy(bytes, w->in + w->start, part);
        w->start += part;
        bytes += part;
        n -= part;
    }
}

unsigned wire_random(unsigned n)
{
    static _Thread_local uint64_t state;
    if (state == 0)
        state = (uint64_t)(uintptr_t)&state | 1;
    state =
        state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % n;
}
