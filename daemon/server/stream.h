#ifndef ENTROPYD_DAEMON_SERVER_STREAM_H
#define ENTROPYD_DAEMON_SERVER_STREAM_H

/*
 * The raw bytes behind the reply line of a binary get: generated a piece at a
 * time straight into the buffer they are sent from, so that 64 MiB take no
 * more memory than one piece. Loop thread.
 */

#include "daemon/server/dispatch.h"

#include <uv.h>

/* A piece: large enough that the system call does not show, small enough to
 * stay in the processor's cache (64 to 256 KiB measured alike). */
#define STREAM_PIECE_BYTES (128 * 1024)

struct stream;

enum stream_step {
    STREAM_MORE,    /* a piece was sent; ask again next turn */
    STREAM_BLOCKED, /* the client must read first; on_drained() comes */
    STREAM_END,     /* everything was sent */
    STREAM_FAILED,  /* the connection can only be closed */
};

/*
 * Will send bulk.bytes bytes to `to`. New, the caller's; NULL without memory.
 * dispatcher and `to` are borrowed. on_drained(context, status) is called
 * after STREAM_BLOCKED: 0, or a libuv error. Its memory is locked where the
 * limit allows; getting such memory costs more than a small reply, so one piece
 * that is not in use is kept in *spare (NULL: none) and used first.
 */
struct stream *stream_create(struct stream **spare, uv_stream_t *to,
                             struct dispatcher *dispatcher,
                             struct dispatch_bulk bulk,
                             void (*on_drained)(void *context, int status),
                             void *context);

/* Generates and sends one piece. Not to be called while it is blocked. */
enum stream_step stream_step(struct stream *s);

/* Wipes; keeps the memory in *spare if there is none yet, or frees it. Of a
 * blocked one at once after `to` was closed and its write has come back with
 * UV_ECANCELED. NULL is allowed. */
void stream_destroy(struct stream *s, struct stream **spare);

/* Frees the spare memory; NULL is allowed. */
void stream_free_spare(struct stream *spare);

#endif
