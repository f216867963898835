/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/live.h"

#include "tests/support/must.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* The smallest ring that can hold a first seed and a block at 0.5 bit. */
#define RING_SAMPLES 8192

void live_start(struct rig *r)
{
    rig_init_with(r, RING_SAMPLES);
    r->config.server.max_connections = 16;
    r->config.server.max_line_bytes = LIVE_LINE_MAX;
    r->config.server.max_batch = LIVE_BATCH;
    r->config.server.max_waiting = 4;
    r->config.server.requests_per_iteration = 3;
    r->config.server.output_per_iteration_bytes = 4096;
    rig_start(r);
}

void live_work(struct rig *r)
{
    for (size_t i = 0; i < RIG_SOURCES; i++) {
        struct source *s = &r->sources[i];
        if (source_take_commands(s) & SOURCE_SELFTEST)
            (void)atomic_fetch_add(&s->selftests_done, 1);
        source_sweep(s);
        rig_feed(r, i, source_space(s));
    }
}

void live_turn(struct rig *r)
{
    (void)uv_run(&r->loop, UV_RUN_NOWAIT);
}

void live_ping(struct rig *r, int fd)
{
    static const char question[] =
        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}\n";
    static const char begin[] = "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{";
    char reply[512];
    size_t length = 0;
    MUST(send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL) ==
         (ssize_t)sizeof(question) - 1);
    for (unsigned turns = 0; length == 0 || reply[length - 1] != '\n';) {
        live_turn(r);
        ssize_t got = recv(fd, reply + length, sizeof(reply) - length, 0);
        MUST(got > 0 || (got < 0 && errno == EAGAIN));
        length += got > 0 ? (size_t)got : 0;
        MUST(++turns < LIVE_TURNS_MAX);
    }
    MUST(length > sizeof(begin) &&
         memcmp(reply, begin, sizeof(begin) - 1) == 0);
}
