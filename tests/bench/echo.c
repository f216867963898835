/* SPDX-License-Identifier: MIT */
/*
 * The reference: a bare libuv server that answers every line with a fixed
 * reply of a given length, or with that many raw bytes. It does what any server
 * must (read, find the lines, write once) and nothing else, so the ratio of
 * processor time a request is what entropyd adds.
 *
 *     bench_echo SOCKET REPLY_BYTES [RAW_BYTES]
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

/* As the daemon's: one read buffer, raw bytes in pieces. */
#define READ_BYTES  65536
#define PIECE_BYTES (128 * 1024)

struct echo {
    uv_loop_t loop;
    uv_pipe_t listener;
    char read_bytes[READ_BYTES];
    char *reply;
    size_t reply_bytes;
    size_t raw_bytes;
    char out[READ_BYTES * 16];
};

struct client {
    uv_pipe_t pipe;
    uv_write_t write;
    size_t raw_left;
};

static struct echo echo; /* a program of one loop */

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void end(struct client *c)
{
    if (!uv_is_closing((uv_handle_t *)&c->pipe))
        uv_close((uv_handle_t *)&c->pipe, on_closed);
}

static void on_raw_written(uv_write_t *write, int status);

/* Sends raw bytes until the client must read first. */
static void send_raw(struct client *c)
{
    while (c->raw_left > 0) {
        size_t n = c->raw_left < PIECE_BYTES ? c->raw_left : PIECE_BYTES;
        uv_buf_t buf = uv_buf_init(echo.out, (unsigned)n);
        int sent = uv_try_write((uv_stream_t *)&c->pipe, &buf, 1);
        size_t done = sent > 0 ? (size_t)sent : 0;
        c->raw_left -= n;
        if (done == n)
            continue;
        buf = uv_buf_init(echo.out + done, (unsigned)(n - done));
        (void)uv_write(&c->write, (uv_stream_t *)&c->pipe, &buf, 1,
                       on_raw_written);
        return;
    }
}

static void on_raw_written(uv_write_t *write, int status)
{
    struct client *c = write->data;
    if (status < 0)
        end(c);
    else
        send_raw(c);
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    free(write->data);
    free(write);
}

static void write_rest(struct client *c, const char *bytes, size_t n)
{
    uv_write_t *write = malloc(sizeof(*write));
    char *copy = malloc(n);
    if (write == NULL || copy == NULL)
        abort();
    memcpy(copy, bytes, n);
    write->data = copy;
    uv_buf_t buf = uv_buf_init(copy, (unsigned)n);
    (void)uv_write(write, (uv_stream_t *)&c->pipe, &buf, 1, on_written);
}

static void send_replies(struct client *c, size_t lines)
{
    size_t n = 0;
    while (lines-- > 0 && n + echo.reply_bytes <= sizeof(echo.out)) {
        memcpy(echo.out + n, echo.reply, echo.reply_bytes);
        n += echo.reply_bytes;
    }
    uv_buf_t buf = uv_buf_init(echo.out, (unsigned)n);
    int sent = uv_try_write((uv_stream_t *)&c->pipe, &buf, 1);
    size_t done = sent > 0 ? (size_t)sent : 0;
    if (done < n)
        write_rest(c, echo.out + done, n - done);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)handle;
    (void)suggested;
    *buf = uv_buf_init(echo.read_bytes, sizeof(echo.read_bytes));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct client *c = stream->data;
    if (n < 0) {
        end(c);
        return;
    }
    size_t lines = 0;
    const char *at = buf->base;
    const char *limit = buf->base + n;
    while ((at = memchr(at, '\n', (size_t)(limit - at))) != NULL) {
        lines++;
        at++;
    }
    if (lines == 0)
        return;
    send_replies(c, lines);
    if (echo.raw_bytes > 0) {
        c->raw_left = echo.raw_bytes * lines;
        send_raw(c);
    }
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct client *c = status < 0 ? NULL : calloc(1, sizeof(*c));
    if (c == NULL)
        return;
    (void)uv_pipe_init(&echo.loop, &c->pipe, 0);
    c->pipe.data = c->write.data = c;
    if (uv_accept(listener, (uv_stream_t *)&c->pipe) < 0)
        end(c);
    else
        (void)uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);
}

int main(int argc, char *argv[])
{
    if (argc < 3) {
        (void)fprintf(stderr, "usage: %s SOCKET REPLY_BYTES [RAW_BYTES]\n",
                      argv[0]);
        return 64;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    echo.reply_bytes = strtoul(argv[2], NULL, 10);
    echo.raw_bytes = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
    echo.reply = malloc(echo.reply_bytes);
    if (echo.reply == NULL || echo.reply_bytes == 0)
        return 64;
    memset(echo.reply, 'x', echo.reply_bytes);
    echo.reply[echo.reply_bytes - 1] = '\n';
    if (uv_loop_init(&echo.loop) < 0 ||
        uv_pipe_init(&echo.loop, &echo.listener, 0) < 0 ||
        uv_pipe_bind(&echo.listener, argv[1]) < 0 ||
        uv_listen((uv_stream_t *)&echo.listener, 128, on_connection) < 0) {
        (void)fprintf(stderr, "%s: cannot listen at %s\n", argv[0], argv[1]);
        return 1;
    }
    return uv_run(&echo.loop, UV_RUN_DEFAULT);
}
