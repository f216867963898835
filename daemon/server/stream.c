/* Happy path: step, step, ..., end. A short write turns the rest of the piece
 * into a uv_write(); its callback reports, and the next step begins the next
 * piece. When the connection closes meanwhile, the callback reports
 * UV_ECANCELED before the close callback, and the owner destroys the stream
 * there. */

#include "daemon/server/stream.h"

#include "base/secret.h"
#include "base/wipe.h"

struct stream {
    uv_write_t write;
    uv_stream_t *to;
    struct dispatcher *dispatcher;
    struct dispatch_bulk bulk;
    void (*on_drained)(void *context, int status);
    void *context;
    unsigned char piece[STREAM_PIECE_BYTES];
};

struct stream *stream_create(struct stream **spare, uv_stream_t *to,
                             struct dispatcher *dispatcher,
                             struct dispatch_bulk bulk,
                             void (*on_drained)(void *context, int status),
                             void *context)
{
    bool is_locked = true; /* if not, it is sent all the same */
    struct stream *s = *spare;
    if (s == NULL)
        s = secret_alloc(sizeof(*s), &is_locked);
    if (s == NULL)
        return NULL;
    *spare = NULL;
    s->to = to;
    s->dispatcher = dispatcher;
    s->bulk = bulk;
    s->on_drained = on_drained;
    s->context = context;
    s->write.data = s;
    return s;
}

static void on_written(uv_write_t *write, int status)
{
    struct stream *s = write->data;
    s->on_drained(s->context, status);
}

enum stream_step stream_step(struct stream *s)
{
    size_t n =
        s->bulk.bytes < sizeof(s->piece) ? s->bulk.bytes : sizeof(s->piece);
    if (n == 0)
        return STREAM_END;
    if (dispatch_bulk(s->dispatcher, &s->bulk, s->piece, n) < 0)
        return STREAM_FAILED;
    uv_buf_t buf = uv_buf_init((char *)s->piece, (unsigned)n);
    int sent = uv_try_write(s->to, &buf, 1);
    if (sent == (int)n)
        return s->bulk.bytes > 0 ? STREAM_MORE : STREAM_END;
    if (sent < 0 && sent != UV_EAGAIN)
        return STREAM_FAILED;
    size_t done = sent > 0 ? (size_t)sent : 0;
    buf = uv_buf_init((char *)s->piece + done, (unsigned)(n - done));
    if (uv_write(&s->write, s->to, &buf, 1, on_written) < 0)
        return STREAM_FAILED;
    return STREAM_BLOCKED;
}

void stream_destroy(struct stream *s, struct stream **spare)
{
    if (s == NULL)
        return;
    if (*spare != NULL) {
        secret_free(s, sizeof(*s));
        return;
    }
    wipe(s->piece, sizeof(s->piece));
    *spare = s;
}

void stream_free_spare(struct stream *spare)
{
    secret_free(spare, sizeof(*spare));
}
