/* SPDX-License-Identifier: MIT */
/* A child never waits for its parent's lock: a thread that does not exist in it
 * may hold it. */

#include "client/openssl/session.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct session *session_create(void)
{
    struct session *s = calloc(1, sizeof(*s));
    if (s != NULL && pthread_mutex_init(&s->lock, NULL) != 0) {
        free(s);
        return NULL;
    }
    if (s != NULL)
        s->pid = getpid();
    return s;
}

void session_destroy(struct session *s)
{
    while (s != NULL) {
        struct session *parent = s->parent;
        bool is_held = pthread_mutex_trylock(&s->lock) != 0;
        if (!is_held) {
            entropy_client_close(s->client);
            (void)pthread_mutex_unlock(&s->lock);
            (void)pthread_mutex_destroy(&s->lock);
            free(s);
        } /* else by a thread of the parent's, in the middle of a request */
        s = parent;
    }
}

struct session *session_of_process(struct session *_Atomic *current)
{
    struct session *s = atomic_load(current);
    if (s->pid == getpid())
        return s;
    struct session *own = session_create();
    if (own == NULL)
        return NULL;
    own->parent = s;
    if (!atomic_compare_exchange_strong(current, &s, own)) {
        own->parent = NULL;
        session_destroy(own);
        return s; /* of another thread of this process */
    }
    if (pthread_mutex_trylock(&s->lock) == 0) { /* nothing is under way */
        entropy_client_close(s->client);
        s->client = NULL;
        (void)pthread_mutex_unlock(&s->lock);
    }
    return own;
}
