#ifndef ENTROPYD_PROTOCOL_REFUSE_H
#define ENTROPYD_PROTOCOL_REFUSE_H

/*
 * What is said about wrong requests: every refusal of this folder, in words for
 * a person and as data for a program. Those that return an int return -EINVAL,
 * so that a caller can pass it on.
 */

#include "protocol/methods.h"
#include "protocol/param_value.h"

/* A whole line or batch: *request becomes invalid with id null; limit is told
 * where it is not 0. */
void refuse_line(struct request *request, enum error_kind kind,
                 const char *message, int64_t limit);

/* A line that is no JSON from this place on; why is the parser's word, NULL
 * for a line of nothing but blanks. */
void refuse_json(struct request *request, enum error_kind kind, int line,
                 int column, int byte, const char *why);

/* An id that cannot be echoed: as JSON text it has `length` bytes, 0 if it is
 * no kind of id. The id becomes null. */
int refuse_id(struct request *request, size_t length);

/* Text of the client's as a message repeats it: as it is, or its first
 * characters and "...". Returns out. */
#define REFUSE_EXCERPT_MAX 48
const char *refuse_excerpt(const char *text, char out[REFUSE_EXCERPT_MAX]);

/* A member of the request that must be otherwise: "\"%s\" must be %s". */
int refuse_member(struct protocol_error *error, const char *member,
                  const char *must_be);
int refuse_unknown_member(struct protocol_error *error, const char *member);
int refuse_method(struct protocol_error *error, const char *name,
                  size_t length);

/* Params: an unknown name, too many, a missing one. */
int refuse_param(enum method method, const char *name,
                 struct protocol_error *error);
int refuse_count(enum method method, struct protocol_error *error);
int refuse_missing(enum method method, const struct param *param,
                   struct protocol_error *error);

/* Values that a param cannot have; max is the one in force. */
int refuse_choice(const struct param *param, const struct param_value *value,
                  struct protocol_error *error);
int refuse_source(const struct param *param, const struct param_value *value,
                  struct protocol_error *error);
int refuse_integer(const struct param *param, const struct param_value *value,
                   int64_t max, struct protocol_error *error);

/* An interval where no status was subscribed to. */
int refuse_interval(struct protocol_error *error);

/* A get that asks for raw bytes where they cannot follow, and one with which a
 * batch asks for too much. */
int refuse_binary(struct protocol_error *error, const char *where);
int refuse_batch_bytes(struct protocol_error *error, uint64_t asked_before);

/* The id null. */
void request_id_null(struct request_id *id);

#endif
