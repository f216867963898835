#ifndef ENTROPYD_PROTOCOL_PARAMS_H
#define ENTROPYD_PROTOCOL_PARAMS_H

/*
 * The params of one request, checked against the table of protocol/methods.h.
 * Whoever reads the JSON hands them in one by one, as plain values; all that
 * is said about a wrong one is said here.
 */

#include "protocol/methods.h"
#include "protocol/param_value.h"

/* The params seen so far. Start with a zeroed one. */
struct param_set {
    bool is_given[METHOD_PARAMS_MAX];
    struct param_value values[METHOD_PARAMS_MAX];
};

/* Adds the param `name` (length bytes), or the one at place `index`. 0; -EINVAL
 * where the method has no such param: error says so. value's text must live
 * until params_finish(). */
int params_add_named(struct param_set *set, enum method method,
                     const char *name, size_t length,
                     const struct param_value *value,
                     struct protocol_error *error);
int params_add_positional(struct param_set *set, enum method method,
                          size_t index, const struct param_value *value,
                          struct protocol_error *error);

/*
 * Checks types, choices, ranges and what must not stand together, and fills
 * method and the params of *request; missing ones get their defaults. 0; or
 * -EINVAL, with request->error saying what is wrong.
 */
int params_finish(const struct param_set *set, enum method method,
                  struct request *request);

#endif
