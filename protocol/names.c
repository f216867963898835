/* SPDX-License-Identifier: MIT */
/* The names, codes and messages of protocol.h's tables. */

#include "protocol/protocol.h"

#include <assert.h>

static const char *const method_names[] = {
#define X(enumerator, name) [enumerator] = (name),
    PROTOCOL_METHODS(X)
#undef X
};

struct error_text {
    int code;
    const char *name;
    const char *message;
};

static const struct error_text errors[] = {
#define X(enumerator, code, name, message) [enumerator] = {code, name, message},
    PROTOCOL_ERRORS(X)
#undef X
};

const char *method_name(enum method method)
{
    assert(method < METHOD_COUNT);
    return method_names[method];
}

const char *error_name(enum error_kind kind)
{
    assert(kind < ERROR_KIND_COUNT);
    return errors[kind].name;
}

const char *error_message(enum error_kind kind)
{
    assert(kind < ERROR_KIND_COUNT);
    return errors[kind].message;
}

int error_code(enum error_kind kind)
{
    assert(kind < ERROR_KIND_COUNT);
    return errors[kind].code;
}

const char *encoding_name(enum encoding encoding)
{
    static const char *const names[] = {
        [ENCODING_HEX] = "hex",
        [ENCODING_BASE64] = "base64",
        [ENCODING_BINARY] = "binary",
    };
    assert(encoding <= ENCODING_BINARY);
    return names[encoding];
}

const char *quality_name(enum quality quality)
{
    static const char *const names[] = {
        [QUALITY_DRBG] = "drbg",
        [QUALITY_CONDITIONED] = "conditioned",
    };
    assert(quality <= QUALITY_CONDITIONED);
    return names[quality];
}

const char *raw_format_name(enum raw_format format)
{
    static const char *const names[] = {
        [RAW_TICKS] = "ticks",
        [RAW_SYMBOLS] = "symbols",
    };
    assert(format <= RAW_SYMBOLS);
    return names[format];
}

const char *subscription_name(enum subscription what)
{
    static const char *const names[] = {
        [SUBSCRIBE_HEALTH] = "health",
        [SUBSCRIBE_STATUS] = "status",
    };
    assert(what <= SUBSCRIBE_STATUS);
    return names[what];
}
