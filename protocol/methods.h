/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_PROTOCOL_METHODS_H
#define ENTROPYD_PROTOCOL_METHODS_H

/*
 * What each method takes: one table that drives the parsing of requests and
 * their errors, and against which docs/protocol.md is checked. Constant data.
 */

#include "protocol/protocol.h"

/* Most params that a method has. */
#define METHOD_PARAMS_MAX 4

enum param_type {
    PARAM_INTEGER, /* in min..max */
    PARAM_CHOICE,  /* one of choices */
    PARAM_SOURCE,  /* the name of a source, 1..PROTOCOL_NAME_MAX - 1 bytes */
};

struct param {
    const char *name;
    enum param_type type;
    bool is_required;
    int64_t min, max;           /* inclusive, of an integer */
    int64_t default_value;      /* of a choice: its index */
    const char *const *choices; /* ended by NULL; the index of each is its
                                 * value in the enum of protocol.h */
    /* The max that holds beside the other params' values, NULL: it is max.
     * numbers is in the order of the method's params. */
    int64_t (*max_beside)(const int64_t *numbers);
};

struct method_info {
    const struct param *params; /* in the order of positional params */
    size_t param_count;         /* at most METHOD_PARAMS_MAX */
};

const struct method_info *method_info(enum method method);

/* The method of this name (length bytes) in *method; false if there is none. */
bool method_find(const char *name, size_t length, enum method *method);

/* The params' places in their method's table. */
enum get_param { GET_BYTES, GET_ENCODING, GET_QUALITY, GET_TIMEOUT };
enum raw_param { RAW_SOURCE, RAW_SAMPLES, RAW_FORMAT, RAW_ENCODING };
enum subscribe_param { SUBSCRIBE_EVENTS, SUBSCRIBE_INTERVAL };
enum selftest_param { SELFTEST_SOURCE };

#endif
