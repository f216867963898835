/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_PROTOCOL_REQUEST_H
#define ENTROPYD_PROTOCOL_REQUEST_H

/* A message from a client to struct request. Any thread; no state. */

#include "protocol/protocol.h"
#include "protocol/protocol_error.h"

/* The requests of one line. */
struct request_list {
    bool is_batch;            /* replies go into one array */
    size_t count;             /* of requests; >= 1 */
    struct request *requests; /* of a batch: new, freed by
                               * request_list_fini(); else the caller's one */
};

/*
 * Parses one line, or the content behind headers (length <= PROTOCOL_LINE_MAX,
 * not terminated). A line that is not a batch becomes *one, and list points at
 * it. A line that is not JSON, one with more than PROTOCOL_MARKS_MAX of the
 * characters { [ , : outside strings, which is not parsed, an empty batch and
 * one of more than max_batch (1..PROTOCOL_BATCH_MAX) become a single invalid
 * request with id null. Takes at most about a millisecond. An
 * invalid request of a batch keeps its place among the others; a valid
 * notification has id.length 0. Every limit of protocol.h is checked here,
 * binary in a batch and the bytes of a whole batch included. 0, or -ENOMEM.
 */
int request_parse(const char *line, size_t length, size_t max_batch,
                  struct request *one, struct request_list *list);

/* The same by jansson alone, without the recogniser of plain requests
 * (protocol/recognise.h): what that one knows must come out of both alike. */
int request_parse_json(const char *line, size_t length, size_t max_batch,
                       struct request *one, struct request_list *list);

/* Gives back what request_parse() made; a zeroed list is allowed. */
void request_list_fini(struct request_list *list);

#endif
