#ifndef ENTROPYD_PROTOCOL_REQUEST_H
#define ENTROPYD_PROTOCOL_REQUEST_H

/* A line from a client, understood: JSON text to struct request. Any thread;
 * no state. */

#include "protocol/protocol.h"

/* What one line asks. */
struct request_list {
    bool is_batch;            /* replies go into one array */
    size_t count;             /* of requests; >= 1 */
    struct request *requests; /* of a batch: new, freed by
                               * request_list_fini(); else the caller's one */
};

/*
 * Understands one line (length <= PROTOCOL_LINE_MAX, no newline, not
 * terminated). A line that is no batch becomes *one, and list points at it. A
 * line that is not JSON, an empty batch and one of more than max_batch
 * (1..PROTOCOL_BATCH_MAX) become a single invalid request with id null. An
 * invalid request of a batch stands in its place among the others; a valid
 * notification has id.length 0. Every limit of protocol.h is checked here,
 * binary in a batch and the bytes of a whole batch included. 0, or -ENOMEM.
 */
int request_parse(const char *line, size_t length, size_t max_batch,
                  struct request *one, struct request_list *list);

/* The same by jansson alone, without the recogniser of the commonest request
 * (protocol/recognise.h): what that one knows must come out of both alike. */
int request_parse_json(const char *line, size_t length, size_t max_batch,
                       struct request *one, struct request_list *list);

/* Gives back what request_parse() made; a zeroed list is allowed. */
void request_list_fini(struct request_list *list);

/* Makes *request invalid with id null: for a line that cannot be parsed at
 * all because it is longer than `limit` bytes. */
void request_line_too_long(struct request *request, size_t limit);

/* Sets error's kind and message (printf format), data "". */
void protocol_error_set(struct protocol_error *error, enum error_kind kind,
                        const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends ,"key":value to error's data; a string value is escaped. What does
 * not fit whole is left out whole. */
void protocol_error_add_string(struct protocol_error *error, const char *key,
                               const char *value);
void protocol_error_add_integer(struct protocol_error *error, const char *key,
                                int64_t value);
void protocol_error_add_range(struct protocol_error *error, const char *key,
                              int64_t min, int64_t max);

/* The same for an array of strings, ended by NULL, and for JSON text. */
void protocol_error_add_names(struct protocol_error *error, const char *key,
                              const char *const *names);
void protocol_error_add_json(struct protocol_error *error, const char *key,
                             const char *json);

#endif
