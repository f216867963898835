#ifndef ENTROPYD_CLIENT_EXCHANGE_H
#define ENTROPYD_CLIENT_EXCHANGE_H

/* A request and its answer. All failures are an enum entropy_client_error and
 * are noted in the client. */

#include "client/connection.h"
#include "client/tree.h"

/* Longest line that a client takes: twice what 65536 raw samples need. */
#define EXCHANGE_LINE_MAX ((size_t)2 * 1024 * 1024)

/*
 * Asks method with params (JSON text or NULL) and waits for the answer until
 * the deadline, connecting first where that is needed. On a connection that
 * turns out to be dead before any byte of an answer came, it connects again
 * and asks once more. *reply is the whole answer, new, for tree_free(); its
 * "result" is there. Bytes behind the answer's line stay in client->in.
 */
int exchange(struct entropy_client *client, const char *method,
             const char *params, int64_t deadline, struct tree **reply);

/*
 * Receives one line, without its newline, at the head of client->in: *length
 * bytes, to be removed with exchange_consume(client, *length + 1). On failure,
 * except for a passed deadline, the connection is given up.
 */
int exchange_receive_line(struct entropy_client *client, int64_t deadline,
                          size_t *length);

/* Removes and wipes n bytes at the head of client->in. */
void exchange_consume(struct entropy_client *client, size_t n);

#endif
