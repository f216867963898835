/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_OPENSSL_SESSION_H
#define ENTROPYD_CLIENT_OPENSSL_SESSION_H

/* The connection that a provider's threads share, one for each process. Any
 * thread; none of it blocks. */

#include "client/entropy_client.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

/* The connection of one process. A child that finds its parent's leaves it
 * alone, for a thread that is not in the child may hold the lock. */
struct session {
    pid_t pid;
    struct session *parent; /* kept for threads that still look */
    pthread_mutex_t lock;   /* of what follows */
    struct entropy_client *client;
    struct session_failure {
        int rc; /* the client's error; 0: the last request was answered */
        uint64_t end_ms;   /* when it had failed, by monotonic_now_ms() */
        uint64_t again_ms; /* "fallback = system": the daemon is asked again */
        char why[ENTROPY_CLIENT_WHY_MAX];
    } failure;
};

/* A new one of this process, or NULL without memory. */
struct session *session_create(void);

/* Closes it and those that it was forked from. NULL is allowed. No other thread
 * uses it any more. */
void session_destroy(struct session *s);

/* The session of this process. *current is that, or one that it was forked
 * from: then a new one takes its place. NULL without memory. */
struct session *session_of_process(struct session *_Atomic *current);

#endif
