#ifndef ENTROPYD_PROTOCOL_PARAM_VALUE_H
#define ENTROPYD_PROTOCOL_PARAM_VALUE_H

/* A JSON value as far as params need it. */

#include <stddef.h>
#include <stdint.h>

enum param_value_type {
    VALUE_NULL,
    VALUE_BOOLEAN,
    VALUE_INTEGER,
    VALUE_REAL, /* with a fraction, or beyond 64 bits */
    VALUE_STRING,
    VALUE_ARRAY,
    VALUE_OBJECT,
};

struct param_value {
    enum param_value_type type;
    int64_t integer;  /* of VALUE_INTEGER; 0 or 1 of VALUE_BOOLEAN */
    double real;      /* of VALUE_REAL */
    const char *text; /* of VALUE_STRING, borrowed, terminated */
    size_t length;    /* of text: it may hold NULs */
};

#endif
