/* SPDX-License-Identifier: MIT */
/* What a test says to the rig's server, and what it hears. */

#include "base/monotonic.h"
#include "tests/daemon/server/rig.h"
#include "tests/support/patience.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Iterations of the loop in which everything that is due comes to its end. */
#define ITERATIONS_MIN 50

void rig_iterate(struct rig *r)
{
    if (uv_run(&r->loop, UV_RUN_NOWAIT) != 0)
        (void)usleep(200);
}

void rig_run(struct rig *r, unsigned ms)
{
    uint64_t until = monotonic_now_ms() + ms;
    /* On a busy machine the time may be over before the loop has run. */
    for (unsigned i = 0; i < ITERATIONS_MIN || monotonic_now_ms() < until; i++)
        rig_iterate(r);
}

void rig_send_bytes(struct rig *r, int fd, const char *bytes, size_t n)
{
    uint64_t until = monotonic_now_ms() + PATIENCE_MS;
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent < 0) {
            ck_assert_int_eq(errno, EAGAIN);
            ck_assert_msg(monotonic_now_ms() < until,
                          "the server reads nothing");
            rig_iterate(r);
            continue;
        }
        bytes += sent;
        n -= (size_t)sent;
    }
}

void rig_send(struct rig *r, int fd, const char *text)
{
    rig_send_bytes(r, fd, text, strlen(text));
}

bool rig_bytes(struct rig *r, int fd, void *out, size_t n)
{
    char *at = out;
    uint64_t until = monotonic_now_ms() + PATIENCE_MS;
    while (n > 0) {
        ssize_t got = recv(fd, at, n, 0);
        if (got > 0) {
            at += got;
            n -= (size_t)got;
            continue;
        }
        if (got == 0 || errno == ECONNRESET)
            return false;
        ck_assert_int_eq(errno, EAGAIN);
        ck_assert_msg(monotonic_now_ms() < until, "no answer");
        rig_iterate(r);
    }
    return true;
}

const char *rig_line(struct rig *r, int fd)
{
    static char *line; /* reused; a test process has one thread */
    static size_t capacity;
    size_t length = 0;
    for (;;) {
        if (length + 1 > capacity) {
            capacity = capacity > 0 ? 2 * capacity : 4096;
            line = realloc(line, capacity);
            ck_assert_ptr_nonnull(line);
        }
        if (!rig_bytes(r, fd, line + length, 1))
            return NULL;
        if (line[length] == '\n') {
            line[length] = '\0';
            return line;
        }
        length++;
    }
}

const char *rig_ask(struct rig *r, int fd, const char *line)
{
    rig_send(r, fd, line);
    rig_send(r, fd, "\n");
    const char *reply = rig_line(r, fd);
    ck_assert_msg(reply != NULL, "closed instead of an answer to %s", line);
    return reply;
}

bool rig_is_silent(struct rig *r, int fd)
{
    char byte;
    rig_run(r, 50);
    return recv(fd, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}
