/* SPDX-License-Identifier: MIT */
/*
 * get: bytes and their provenance. Small replies are made at once; the
 * generator's bytes after a binary reply follow in pieces.
 */

#include "daemon/server/call.h"

#include "base/wipe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* To be called before the look at the rings, not after it: what a worker
 * publishes after the look wakes the loop. Acquires what a worker published
 * before its own exchange (judge_batch() in daemon/workers/worker.c),
 * which released it: of the two exchanges, the later one sees what came before
 * the other. */
static void want_credit(const struct dispatcher *d)
{
    (void)atomic_exchange_explicit(d->is_credit_wanted, true,
                                   memory_order_acq_rel);
}

/* A missing seed, and a reseed that found no credit, are wanted even if no
 * request waits for them. */
static void want_missing_credit(const struct dispatcher *d)
{
    if (pool_wants_credit(d->view->pool))
        want_credit(d);
}

/* The error for what the pool returned, at the last chance. */
static void describe_get_failure(const struct call *c, int rc,
                                 struct protocol_error *error)
{
    const struct get_params *get = &c->request->get;
    const struct status_view *view = c->d->view;
    bool may_recover = health_may_recover(view->sources, view->source_count);
    if (rc == -ENOMEM) {
        protocol_error_set(error, ERROR_INTERNAL, "out of memory");
    } else if (rc == -EIO) {
        protocol_error_set(error, ERROR_INTERNAL,
                           "the kernel's generator failed");
    } else if (c->d->is_stopping && rc == -EAGAIN) {
        protocol_error_set(error, ERROR_SHUTTING_DOWN,
                           "the daemon is shutting down");
    } else if (rc == -EPERM || !may_recover) {
        protocol_error_set(error, ERROR_ENTROPY_FAILED,
                           "no usable entropy source; see status");
    } else if (!pool_is_seeded(view->pool)) {
        protocol_error_set(error, ERROR_NOT_SEEDED,
                           "not seeded within %" PRIu32 " ms", get->timeout_ms);
        protocol_error_add_integer(error, "timeout_ms", get->timeout_ms);
    } else {
        protocol_error_set(error, ERROR_TIMEOUT,
                           "not enough credit within %" PRIu32 " ms",
                           get->timeout_ms);
        protocol_error_add_integer(error, "timeout_ms", get->timeout_ms);
    }
}

/* Can waiting help? */
static bool may_come(const struct dispatcher *d, int rc, bool is_last_chance)
{
    return rc == -EAGAIN && !is_last_chance &&
           health_may_recover(d->view->sources, d->view->source_count);
}

/* The provenance as text, which is written again only when a part of it has
 * changed. */
static const struct provenance *
provenance_of(const struct call *c, const struct pool_provenance *made)
{
    const struct status_view *view = c->d->view;
    struct dispatch_provenance *known = &c->d->provenance;
    enum quality quality = c->request->get.quality;
    enum health_word health = pool_health(view->pool);
    if (known->text.length > 0 && known->quality == quality &&
        known->health == health && known->pool.sources == made->sources &&
        known->pool.credited_bits == made->credited_bits)
        return &known->text;

    const char *names[SOURCE_MAX];
    size_t count = 0;
    for (size_t i = 0; i < view->source_count; i++) {
        if ((made->sources >> i & 1) != 0)
            names[count++] = view->sources[i].collector->name;
    }
    known->quality = quality;
    known->health = health;
    known->pool = *made;
    provenance_write(&known->text, quality, health_word_name(health), names,
                     count, made->credited_bits);
    return &known->text;
}

static size_t blocks_of(size_t n)
{
    return (n + POOL_BLOCK_BYTES - 1) / POOL_BLOCK_BYTES;
}

/* Adds as many blocks as are there and allowed to the answer so far; moves it
 * to data when it is complete, else -EAGAIN. */
static int take_blocks(const struct call *c, uint8_t *data, size_t n,
                       size_t allowed, struct pool_provenance *made)
{
    struct dispatch_progress *p = c->progress;
    struct pool_provenance block;
    if (p->data == NULL && (p->data = malloc(n)) == NULL)
        return -ENOMEM;
    if (p->num_sleeps != c->d->num_sleeps)
        p->done = 0; /* bytes from before a sleep are not fresh */
    p->num_sleeps = c->d->num_sleeps;
    for (; p->done < n && allowed > 0; allowed--) {
        size_t left = n - p->done;
        size_t part = left < POOL_BLOCK_BYTES ? left : POOL_BLOCK_BYTES;
        int rc = pool_conditioned(c->d->view->pool, p->data + p->done, part,
                                  p->done == 0, c->d->now_ms, &block);
        if (rc < 0)
            return rc;
        if (p->done == 0)
            p->made = (struct pool_provenance){0};
        p->done += part;
        p->made.credited_bits += block.credited_bits;
        p->made.sources |= block.sources;
        c->d->blocks_taken++;
    }
    if (p->done < n)
        return -EAGAIN;
    memcpy(data, p->data, n);
    *made = p->made;
    wipe(p->data, n);
    p->done = 0;
    return 0;
}

/* Fresh entropy: all of it at once, or block by block where other users wait
 * too. If every source has failed there is none, not even blocks that an
 * earlier request left: they were made from what these sources gave shortly
 * before. */
static int produce_conditioned(const struct call *c, uint8_t *data, size_t n,
                               struct pool_provenance *made)
{
    const struct status_view *view = c->d->view;
    size_t allowed = c->is_last_chance ? SIZE_MAX : c->d->blocks_allowed;
    if (!health_may_recover(view->sources, view->source_count))
        return -EPERM;
    want_credit(c->d);
    if (allowed == 0)
        return -EAGAIN;
    if (c->progress->data == NULL && allowed >= blocks_of(n)) {
        int rc =
            pool_conditioned(view->pool, data, n, true, c->d->now_ms, made);
        if (rc == 0)
            c->d->blocks_taken += blocks_of(n);
        return rc;
    }
    return take_blocks(c, data, n, allowed, made);
}

void dispatch_forget(struct dispatcher *d, struct dispatch_progress *progress)
{
    if (progress->has_begun)
        dispatch_leave_selftest(d, progress);
    if (progress->data == NULL)
        return;
    if (progress->num_sleeps == d->num_sleeps)
        pool_give_back(d->view->pool, progress->data, progress->done,
                       progress->made.sources);
    else
        wipe(progress->data, progress->done);
    free(progress->data);
    progress->data = NULL;
}

static int produce(const struct call *c, uint8_t *data, size_t n,
                   struct pool_provenance *made)
{
    if (c->request->get.quality == QUALITY_CONDITIONED)
        return produce_conditioned(c, data, n, made);
    return pool_generate(c->d->view->pool, data, n, true, c->d->now_ms, made);
}

static enum dispatch_result refuse_get(const struct call *c, int rc)
{
    struct protocol_error error;
    describe_get_failure(c, rc, &error);
    return call_refuse(c, &error);
}

static struct get_result result_of(const struct call *c,
                                   const struct pool_provenance *made)
{
    return (struct get_result){
        .bytes = c->request->get.bytes,
        .encoding = c->request->get.encoding,
        .provenance = provenance_of(c, made),
    };
}

/* Bytes that are made and encoded in one go, so that they do not leave the
 * processor's first cache in between; a multiple of 3 for base64, and never
 * less than a conditioned request. */
#define PIECE_MAX 6144

_Static_assert(PIECE_MAX % 3 == 0 && PIECE_MAX >= PROTOCOL_CONDITIONED_MAX &&
                   PIECE_MAX <= POOL_CHUNK_MAX,
               "one piece");

/* The reply, whose first piece is made; the rest is the generator's. */
static enum dispatch_result answer_get(const struct call *c, uint8_t *piece,
                                       size_t n,
                                       const struct pool_provenance *made)
{
    const struct get_result result = result_of(c, made);
    struct pool_provenance ignored; /* the reply has that of its beginning */
    size_t start = c->out->length;
    reply_get_begin(c->out, &c->request->id, &result);
    reply_get_data(c->out, &result, piece, n);
    for (size_t done = n; done < result.bytes; done += n) {
        n = result.bytes - done < PIECE_MAX ? result.bytes - done : PIECE_MAX;
        int rc = pool_generate(c->d->view->pool, piece, n, false, c->d->now_ms,
                               &ignored);
        if (rc < 0) {
            buffer_cut(c->out, start);
            return refuse_get(c, rc);
        }
        want_missing_credit(c->d); /* it may have reseeded */
        reply_get_data(c->out, &result, piece, n);
    }
    reply_get_end(c->out, &result);
    return DISPATCH_DONE;
}

/* The reply before raw bytes. */
static void answer_without_data(const struct call *c,
                                const struct pool_provenance *made)
{
    const struct get_result result = result_of(c, made);
    reply_get_begin(c->out, &c->request->id, &result);
    reply_get_end(c->out, &result);
}

/* Bytes of the generator after a reply line: the line now, the bytes by
 * dispatch_bulk(). */
static enum dispatch_result begin_bulk(const struct call *c)
{
    struct pool_provenance made;
    int rc = pool_begin(c->d->view->pool, c->d->now_ms, &made);
    want_missing_credit(c->d);
    if (may_come(c->d, rc, c->is_last_chance))
        return DISPATCH_NOT_YET;
    if (rc < 0)
        return refuse_get(c, rc);
    answer_without_data(c, &made);
    return DISPATCH_BULK;
}

enum dispatch_result dispatch_get(const struct call *c)
{
    const struct get_params *get = &c->request->get;
    struct pool_provenance made;
    uint8_t piece[PIECE_MAX];
    size_t n = get->bytes < PIECE_MAX ? get->bytes : PIECE_MAX;
    if (get->encoding == ENCODING_BINARY && get->quality == QUALITY_DRBG)
        return begin_bulk(c);

    int rc = produce(c, piece, n, &made);
    want_missing_credit(c->d);
    if (may_come(c->d, rc, c->is_last_chance))
        return DISPATCH_NOT_YET;
    if (rc < 0)
        return refuse_get(c, rc);
    enum dispatch_result result = DISPATCH_DONE;
    if (get->encoding == ENCODING_BINARY) {
        answer_without_data(c, &made);
        buffer_append(c->out, "\n", 1);
        buffer_append(c->out, piece, n);
        result = DISPATCH_FRAMED;
    } else if (call_wants_reply(c)) {
        result = answer_get(c, piece, n, &made);
    }
    wipe(piece, n);
    return result;
}

int dispatch_bulk(struct dispatcher *d, void *out, size_t n)
{
    struct pool_provenance ignored; /* the reply told it already */
    int rc = pool_generate(d->view->pool, out, n, false, d->now_ms, &ignored);
    want_missing_credit(d);
    return rc;
}

int dispatch_generate(struct dispatcher *d, void *out, size_t n,
                      bool is_last_chance)
{
    struct pool_provenance ignored; /* cannot be told */
    int rc = pool_generate(d->view->pool, out, n, true, d->now_ms, &ignored);
    want_missing_credit(d);
    if (rc == -EAGAIN && !may_come(d, rc, is_last_chance || d->is_stopping))
        return -EPERM;
    return rc;
}
