/* SPDX-License-Identifier: MIT */
/*
 * Happy path: on_read() -> the protocol's on_bytes() -> connection_flush() ->
 * settle(), which decides whether to read on. What the client does not take at
 * once becomes a backlog, which the loop writes as the client reads; nothing
 * more is read from it meanwhile.
 *
 * connection_close() takes it off every list and closes the handle. Writes
 * under way come back with UV_ECANCELED, then on_closed() frees it.
 */

#include "daemon/server/connection.h"

#include "base/monotonic.h"
#include "base/secret.h"
#include "base/wipe.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Requests, and bytes of them, that are handled between two looks at the clock.
 * A line of JSON takes up to 60 ns a byte. */
#define REQUESTS_A_LOOK 8
#define BYTES_A_LOOK    2048

/* A piece of a stream: large enough that the system call does not show, small
 * enough to stay in the processor's cache (64 to 256 KiB measured alike). */
#define STREAM_PIECE_BYTES (128 * 1024)

/* The rest of a write that the client did not take at once. There can be two:
 * the answer to a request that waits comes in its own time, and the replies
 * before it may still be unread. */
struct backlog {
    uv_write_t write;
    struct connection *connection;
    size_t size;
    char bytes[];
};

/* Raw bytes, generated a piece at a time in the memory that they are sent from,
 * so that 64 MiB take no more memory than one piece. It is locked where the
 * limit allows. Getting such memory costs more than a small reply, so one piece
 * that is not in use is kept in shared->spare. */
struct stream {
    uv_write_t write;
    uint32_t bytes_left;
    unsigned char piece[STREAM_PIECE_BYTES];
};

static uv_stream_t *handle_of(struct connection *c)
{
    return (uv_stream_t *)&c->pipe;
}

/* deadlines */

static uint64_t now_of(struct connections *shared)
{
    uint64_t loop_ms = uv_now(shared->loop);
    if (loop_ms != shared->loop_ms || shared->now_ms == 0) {
        shared->loop_ms = loop_ms;
        shared->now_ms = monotonic_now_ms();
    }
    return shared->now_ms;
}

void connections_set_deadline(struct connections *shared, uint64_t at_ms)
{
    if (at_ms < shared->armed_ms)
        shared->deadline_set(shared, at_ms);
}

/* What the kernel holds for the client: Linux lets the loop write again only
 * when three quarters of it are read, which a slow client takes a while for.
 * macOS lets it earlier, and does not tell: 0. */
static uint32_t held_by_kernel(struct connection *c)
{
    uv_os_fd_t fd;
    int n = 0;
    if (uv_fileno((uv_handle_t *)&c->pipe, &fd) < 0 ||
        ioctl(fd, TIOCOUTQ, &n) < 0 || n < 0)
        return 0;
    return (uint32_t)n;
}

/* What the client has not read: an iteration's output of 16 MiB, and a reply,
 * at most, and a socket's buffer. */
static uint32_t unread_now(struct connection *c)
{
    size_t queued = uv_stream_get_write_queue_size(handle_of(c));
    return (uint32_t)queued + held_by_kernel(c);
}

/* Sets the deadline that the present state asks for. */
static void set_deadline(struct connection *c)
{
    const struct config *config = c->shared->config;
    bool is_partial = c->input.length > 0 || c->is_unfinished;
    unsigned timeout_ms = 0;
    c->active_ms = now_of(c->shared);
    c->unread_looks = 0;
    c->unread = 0;
    if (c->num_backlogs > 0 || c->stream != NULL) {
        timeout_ms = config->server.write_timeout_ms;
        c->unread = unread_now(c);
    } else if (c->is_held || rounds_has(&c->entry)) {
        timeout_ms = 0;
    } else if (is_partial && c->has_partial) {
        return; /* each further byte of a request gives it no more time */
    } else if (is_partial) {
        timeout_ms = config->server.request_timeout_ms;
    } else if (!c->may_be_idle && !c->has_no_idle_timeout) {
        timeout_ms = config->server.idle_timeout_ms;
    }
    c->has_partial = is_partial && !connection_is_blocked(c);
    c->deadline_ms = timeout_ms > 0 ? c->active_ms + timeout_ms : UINT64_MAX;
    connections_set_deadline(c->shared, c->deadline_ms);
}

void connection_end(struct connection *c)
{
    c->has_eof = true;
}

void connection_end_request(struct connection *c)
{
    c->has_partial = false;
}

/* A client that reads slowly is one thing, one that does not read another:
 * what it took since the last look renews its time. */
static bool has_taken_some(struct connection *c)
{
    return unread_now(c) < c->unread;
}

/* Has something arrived that the loop has not read yet? */
static bool has_unread(struct connection *c)
{
    uv_os_fd_t fd;
    if (!c->is_reading || uv_fileno((uv_handle_t *)&c->pipe, &fd) < 0)
        return false;
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    return poll(&poll_fd, 1, 0) > 0;
}

uint64_t connection_check_deadline(struct connection *c, uint64_t now_ms)
{
    if (c->is_closing)
        return UINT64_MAX;
    if (c->deadline_ms > now_ms)
        return c->deadline_ms;
    if (has_taken_some(c)) {
        set_deadline(c);
        return c->deadline_ms;
    }
    /* Where the daemon itself was late, a client is not idle whose request has
     * arrived: the loop reads it before it looks at deadlines again. Those of
     * requests that have begun do not wait for more. */
    if (!c->has_partial && has_unread(c)) {
        c->deadline_ms = now_ms + 1;
        return c->deadline_ms;
    }
    connection_close(c);
    return UINT64_MAX;
}

/* input */

static void release_input(struct connection *c)
{
    if (c->input.bytes != NULL)
        wipe(c->input.bytes, c->input.capacity);
    free(c->input.bytes);
    memset(&c->input, 0, sizeof(c->input));
}

/* Keeps n more bytes, at most CONNECTION_READ_BYTES. Without memory for them
 * the connection ends. */
static void keep_input(struct connection *c, const char *bytes, size_t n)
{
    if (c->input.start > 0) {
        memmove(c->input.bytes, c->input.bytes + c->input.start,
                c->input.length);
        c->input.start = 0;
    }
    uint32_t length = c->input.length + (uint32_t)n;
    if (length > c->input.capacity) {
        char *grown = realloc(c->input.bytes, length);
        if (grown == NULL) {
            connection_close(c);
            return;
        }
        c->input.bytes = grown;
        c->input.capacity = length;
    }
    memcpy(c->input.bytes + c->input.length, bytes, n);
    c->input.length = length;
}

static void consume_input(struct connection *c, size_t n)
{
    c->input.start += (uint32_t)n;
    c->input.length -= (uint32_t)n;
    if (c->input.length == 0)
        release_input(c);
}

/* reading */

static void settle(struct connection *c);

bool connection_is_blocked(const struct connection *c)
{
    return c->is_held || c->stream != NULL || c->num_backlogs > 0 ||
           rounds_has(&c->entry);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct connection *c = handle->data;
    struct connections *shared = c->shared;
    *buf = uv_buf_init(shared->read_bytes, sizeof(shared->read_bytes));
    if (!rounds_may_run(&shared->rounds, &c->user->round))
        *buf = uv_buf_init(NULL, 0); /* on_read() is told UV_ENOBUFS */
}

/* What the protocol does not use of the read buffer is kept. */
static void use_read_bytes(struct connection *c, const char *bytes, size_t n)
{
    size_t used = c->protocol->on_bytes(c, bytes, n);
    connection_flush(c);
    if (used < n && !c->is_closing)
        keep_input(c, bytes + used, n - used);
    settle(c);
}

/* n bytes were read, or n is libuv's error. */
static void take_read(struct connection *c, const char *bytes, ssize_t n)
{
    if (n == UV_EOF) {
        c->has_eof = true;
        connection_go_on(c);
    } else if (n < 0) {
        connection_close(c);
    } else if (c->input.length > 0) {
        keep_input(c, bytes, (size_t)n);
        connection_go_on(c);
    } else {
        use_read_bytes(c, bytes, (size_t)n);
    }
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct connection *c = stream->data;
    struct rounds *rounds = &c->shared->rounds;
    if (n == UV_ENOBUFS) { /* on_alloc(): its user has no time left */
        c->is_deferred = true;
        connection_yield(c);
        settle(c);
    } else if (n != 0) { /* libuv's EAGAIN */
        rounds_note_input(rounds, n > 0 ? (size_t)n : 0);
        rounds_begin(rounds);
        take_read(c, buf->base, n);
        rounds_end(rounds, &c->user->round);
    }
}

/* Reads in its round what libuv was not allowed to read. */
static void read_deferred(struct connection *c)
{
    uv_os_fd_t fd;
    c->is_deferred = false;
    rounds_note_input(&c->shared->rounds, sizeof(c->shared->read_bytes));
    if (connection_is_blocked(c) || c->is_closing ||
        uv_fileno((uv_handle_t *)&c->pipe, &fd) < 0)
        return;
    ssize_t n = read(fd, c->shared->read_bytes, sizeof(c->shared->read_bytes));
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        connection_close(c);
    else if (n < 0)
        settle(c);
    else
        take_read(c, c->shared->read_bytes, n == 0 ? UV_EOF : n);
}

/* Reads if nothing is in the way; closes after the end of input. */
static void settle(struct connection *c)
{
    if (c->is_closing)
        return;
    bool is_blocked = connection_is_blocked(c);
    if (c->has_eof && !is_blocked) {
        connection_close(c);
        return;
    }
    bool wants_input = !is_blocked && !c->has_eof;
    if (wants_input && !c->is_reading)
        c->is_reading = uv_read_start(handle_of(c), on_alloc, on_read) == 0;
    else if (!wants_input && c->is_reading)
        c->is_reading = uv_read_stop(handle_of(c)) != 0;
    set_deadline(c);
    if (!is_blocked && c->protocol->on_idle != NULL)
        c->protocol->on_idle(c);
}

/* writing */

/* The client took what lay unread. */
static void on_taken(struct connection *c, int status)
{
    if (status < 0)
        connection_close(c);
    else
        connection_go_on(c);
}

static void free_backlog(struct backlog *backlog)
{
    backlog->connection->num_backlogs--;
    secret_free(backlog, sizeof(*backlog) + backlog->size);
}

static void on_written(uv_write_t *write, int status)
{
    struct backlog *backlog = container_of(write, struct backlog, write);
    struct connection *c = backlog->connection;
    free_backlog(backlog);
    on_taken(c, status);
}

static void write_later(struct connection *c, const char *bytes, size_t n)
{
    bool is_locked = true; /* if not, it is sent all the same */
    struct backlog *backlog = secret_alloc(sizeof(*backlog) + n, &is_locked);
    if (backlog == NULL) {
        connection_close(c);
        return;
    }
    backlog->connection = c;
    backlog->size = n;
    memcpy(backlog->bytes, bytes, n);
    c->num_backlogs++;
    uv_buf_t buf = uv_buf_init(backlog->bytes, (unsigned)n);
    if (uv_write(&backlog->write, handle_of(c), &buf, 1, on_written) < 0) {
        free_backlog(backlog);
        connection_close(c);
    }
}

/* Sends n bytes, or what the client takes of them now, and the rest later. */
static void send_bytes(struct connection *c, const char *bytes, size_t n)
{
    uv_buf_t buf = uv_buf_init((char *)bytes, (unsigned)n); /* only read */
    int sent = uv_try_write(handle_of(c), &buf, 1);
    if (sent < 0 && sent != UV_EAGAIN) {
        connection_close(c);
        return;
    }
    size_t done = sent > 0 ? (size_t)sent : 0;
    if (done < n)
        write_later(c, bytes + done, n - done);
}

void connection_flush(struct connection *c)
{
    struct buffer *out = &c->shared->out;
    if (out->has_failed)
        connection_close(c);
    else if (out->length > 0 && !c->is_closing)
        send_bytes(c, out->data, out->length);
    buffer_fini(out); /* back to the locked memory, where it grew out of it */
}

bool connection_send(struct connection *c, const char *bytes, size_t n)
{
    if (c->is_closing || connection_is_blocked(c))
        return false;
    send_bytes(c, bytes, n);
    if (connection_is_blocked(c))
        settle(c);
    return true;
}

/* streams */

static void end_stream(struct connection *c)
{
    struct stream *stream = c->stream;
    if (stream == NULL)
        return;
    c->stream = NULL;
    if (c->shared->spare != NULL) {
        secret_free(stream, sizeof(*stream));
        return;
    }
    wipe(stream->piece, sizeof(stream->piece));
    c->shared->spare = stream;
}

static void on_drained(uv_write_t *write, int status)
{
    struct connection *c = write->data;
    c->is_draining = false;
    if (!c->is_closing) /* else on_closed() frees the stream */
        on_taken(c, status);
}

/* Generates and sends the next piece. */
static void step_stream(struct connection *c)
{
    struct stream *stream = c->stream;
    size_t n = stream->bytes_left < sizeof(stream->piece)
                   ? stream->bytes_left
                   : sizeof(stream->piece);
    if (n > 0 && c->protocol->on_fill(c, stream->piece, n) < 0) {
        connection_close(c);
        return;
    }
    uv_buf_t buf = uv_buf_init((char *)stream->piece, (unsigned)n);
    int sent = n > 0 ? uv_try_write(handle_of(c), &buf, 1) : 0;
    if (sent < 0 && sent != UV_EAGAIN) {
        connection_close(c);
        return;
    }
    stream->bytes_left -= (uint32_t)n;
    size_t done = sent > 0 ? (size_t)sent : 0;
    if (done < n) {
        buf = uv_buf_init((char *)stream->piece + done, (unsigned)(n - done));
        c->is_draining = true;
        if (uv_write(&stream->write, handle_of(c), &buf, 1, on_drained) < 0)
            connection_close(c);
    } else if (stream->bytes_left > 0) {
        connection_yield(c);
    } else {
        end_stream(c);
    }
}

void connection_stream(struct connection *c, uint32_t n)
{
    bool is_locked = true; /* if not, it is sent all the same */
    struct stream *stream = c->shared->spare;
    if (stream == NULL)
        stream = secret_alloc(sizeof(*stream), &is_locked);
    if (stream == NULL) {
        connection_close(c);
        return;
    }
    c->shared->spare = NULL;
    stream->bytes_left = n;
    stream->write.data = c;
    c->stream = stream;
    connection_yield(c); /* until what comes before it is sent */
}

/* going on */

void connection_yield(struct connection *c)
{
    rounds_add(&c->shared->rounds, &c->user->round, &c->entry);
}

bool connection_may_continue(struct connection *c,
                             struct connection_share *share, size_t used)
{
    struct connections *shared = c->shared;
    const struct config *config = shared->config;
    bool has_read_much = used - share->looked >= BYTES_A_LOOK;
    bool looks_at_clock =
        share->requests % REQUESTS_A_LOOK == REQUESTS_A_LOOK - 1 ||
        has_read_much;
    if (share->requests == config->server.requests_per_iteration ||
        shared->out.length >= config->server.output_per_iteration_bytes ||
        (looks_at_clock && shared->rounds.is_shared &&
         rounds_is_over(&shared->rounds, &c->user->round))) {
        connection_yield(c);
        return false;
    }
    if (has_read_much)
        share->looked = used;
    share->requests++;
    return true;
}

void connection_go_on(struct connection *c)
{
    if (c->is_closing)
        return;
    if (c->stream != NULL && c->num_backlogs == 0 && !c->is_draining &&
        !rounds_has(&c->entry))
        step_stream(c);
    if (c->input.length > 0 && !connection_is_blocked(c) && !c->is_closing) {
        size_t used = c->protocol->on_bytes(c, c->input.bytes + c->input.start,
                                            c->input.length);
        connection_flush(c);
        if (c->is_closing)
            return;
        consume_input(c, used);
    }
    settle(c);
}

static void on_round(struct round_entry *entry)
{
    struct connection *c = container_of(entry, struct connection, entry);
    if (c->is_deferred)
        read_deferred(c);
    else if (c->is_held)
        c->protocol->on_round(c);
    else
        connection_go_on(c);
}

/* life */

void connection_start(struct connection *c, struct connections *shared,
                      const struct connection_protocol *protocol,
                      struct user *user, const struct peer *peer, int fd)
{
    c->shared = shared;
    c->protocol = protocol;
    c->user = user;
    c->peer = *peer;
    c->deadline_ms = UINT64_MAX;
    list_append(&user->connections, &c->node);
    rounds_share(&shared->rounds, shared->users.count > 1);
    uv_pipe_init(shared->loop, &c->pipe, 0); /* cannot fail without ipc */
    c->pipe.data = c;
    int rc = uv_pipe_open(&c->pipe, fd);
    if (rc < 0) {
        close(fd);
        connection_close(c);
        return;
    }
    settle(c);
}

bool connection_is_gone(const struct connection *c)
{
    uv_os_fd_t fd;
    if (uv_fileno((const uv_handle_t *)&c->pipe, &fd) < 0)
        return true;
    struct pollfd poll_fd = {.fd = fd};
    return poll(&poll_fd, 1, 0) > 0 &&
           (poll_fd.revents & (POLLHUP | POLLERR)) != 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *c = handle->data;
    struct connections *shared = c->shared;
    end_stream(c);
    release_input(c);
    c->protocol->on_closed(c);
    shared->closed(shared);
}

void connection_close(struct connection *c)
{
    if (c->is_closing)
        return;
    c->is_closing = true;
    c->protocol->on_closing(c);
    rounds_remove(&c->shared->rounds, &c->user->round, &c->entry);
    list_remove(&c->node);
    users_leave(&c->shared->users, c->user);
    rounds_share(&c->shared->rounds, c->shared->users.count > 1);
    uv_close((uv_handle_t *)&c->pipe, on_closed);
}

/* Looks are counted and not milliseconds: those in which the daemon itself had
 * no processor are none of the client's. */
static bool is_unread(struct connection *c)
{
    if (c->num_backlogs == 0 && !c->is_draining)
        return false;
    if (has_taken_some(c))
        set_deadline(c);
    else
        c->unread_looks++;
    return c->unread_looks >= CONNECTION_UNREAD_LOOKS;
}

void connection_close_if_done(struct connection *c, uint64_t now_ms)
{
    bool is_fresh =
        !c->has_asked &&
        (now_ms < c->active_ms + CONNECTION_FRESH_MS || has_unread(c));
    if (connection_is_blocked(c) ? is_unread(c) : !is_fresh)
        connection_close(c);
}

bool connection_is_idle(const struct connection *c)
{
    return !connection_is_blocked(c) && c->input.length == 0 &&
           !c->is_unfinished && !c->may_be_idle;
}

void connections_init(struct connections *shared, uv_loop_t *loop)
{
    shared->loop = loop;
    shared->armed_ms = UINT64_MAX; /* never */
    users_init(&shared->users);
    rounds_init(&shared->rounds, loop, on_round);
}

void connections_fini(struct connections *shared)
{
    users_fini(&shared->users);
    buffer_fini(&shared->out);
    if (shared->spare != NULL)
        secret_free(shared->spare, sizeof(*shared->spare));
    shared->spare = NULL;
}
