/* SPDX-License-Identifier: MIT */
/*
 * One pass over the text without memory of its own. Whatever is unusual (an
 * escape, a sign, a member that is unknown or comes twice, a value out of
 * range) ends it, and the line is left to jansson, which costs 2 us more a
 * request (docs/performance.md).
 */

#include "protocol/recognise.h"

#include "protocol/methods.h"

#include <string.h>

/* Most digits of an id, and of any param: no overflow is possible. */
#define NUMBER_DIGITS_MAX 15

/* Members, for seeing that none comes twice and none is missing. */
enum {
    HAS_JSONRPC = 1 << 0,
    HAS_ID = 1 << 1,
    HAS_METHOD = 1 << 2,
    HAS_PARAMS = 1 << 3,
    HAS_BYTES = 1 << 4,
    HAS_ENCODING = 1 << 5,
    HAS_QUALITY = 1 << 6,
    HAS_TIMEOUT = 1 << 7,
};

#define HAS_REQUEST (HAS_JSONRPC | HAS_ID | HAS_METHOD)
#define HAS_GET     (HAS_BYTES | HAS_ENCODING | HAS_QUALITY | HAS_TIMEOUT)

struct cursor {
    const char *at;
    const char *end;
    unsigned seen;
};

static bool take(struct cursor *c, const char *literal, size_t length)
{
    if ((size_t)(c->end - c->at) < length ||
        memcmp(c->at, literal, length) != 0)
        return false;
    c->at += length;
    return true;
}

#define TAKE(cursor, literal) take(cursor, literal, sizeof(literal) - 1)

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Most lines have none, which one comparison tells. */
static inline void skip_blanks(struct cursor *c)
{
    while (c->at < c->end && (unsigned char)*c->at <= ' ' && is_blank(*c->at))
        c->at++;
}

/* Most marks have no blanks before them: those are looked for second. */
static inline bool take_mark(struct cursor *c, char mark)
{
    if (c->at == c->end || *c->at != mark)
        skip_blanks(c);
    if (c->at == c->end || *c->at != mark)
        return false;
    c->at++;
    return true;
}

/* The colon after a key that has not come before, and blanks. */
static inline bool take_colon(struct cursor *c, unsigned member)
{
    if ((c->seen & member) != 0 || !take_mark(c, ':'))
        return false;
    c->seen |= member;
    skip_blanks(c);
    return true;
}

/* A whole number without sign or leading zero, at most max. */
static bool take_number(struct cursor *c, uint64_t max, uint64_t *value)
{
    const char *start = c->at;
    uint64_t n = 0;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9' &&
           c->at - start < NUMBER_DIGITS_MAX)
        n = n * 10 + (uint64_t)(*c->at++ - '0');
    *value = n;
    return c->at > start && (*start != '0' || c->at == start + 1) && n <= max;
}

static bool take_number_32(struct cursor *c, uint64_t max, uint32_t *value)
{
    uint64_t n;
    bool is_number = take_number(c, max, &n);
    *value = (uint32_t)n;
    return is_number;
}

/* A string of plain ASCII without escapes; *text is what is in its quotes. */
static bool take_string(struct cursor *c, const char **text, size_t *length)
{
    if (!TAKE(c, "\""))
        return false;
    *text = c->at;
    while (c->at < c->end && *c->at >= ' ' && *c->at < 0x7f && *c->at != '"' &&
           *c->at != '\\')
        c->at++;
    *length = (size_t)(c->at - *text);
    return TAKE(c, "\"");
}

static bool take_id(struct cursor *c, struct request_id *id)
{
    const char *start = c->at;
    const char *text;
    size_t length;
    uint64_t value;
    bool is_id = start < c->end && *start == '"'
                     ? take_string(c, &text, &length)
                     : take_number(c, UINT64_MAX, &value);
    length = (size_t)(c->at - start);
    if (!is_id || length > sizeof(id->text))
        return false;
    id->length = (uint16_t)length;
    memcpy(id->text, start, length);
    return true;
}

static bool take_method(struct cursor *c, enum method *method)
{
    const char *name;
    size_t length;
    if (TAKE(c, "\"get\"")) {
        *method = METHOD_GET;
        return true;
    }
    return take_string(c, &name, &length) && method_find(name, length, method);
}

static bool take_encoding(struct cursor *c, enum encoding *encoding)
{
    if (TAKE(c, "\"hex\""))
        *encoding = ENCODING_HEX;
    else if (TAKE(c, "\"base64\""))
        *encoding = ENCODING_BASE64;
    else if (TAKE(c, "\"binary\""))
        *encoding = ENCODING_BINARY;
    else
        return false;
    return true;
}

static bool take_quality(struct cursor *c, enum quality *quality)
{
    if (TAKE(c, "\"drbg\""))
        *quality = QUALITY_DRBG;
    else if (TAKE(c, "\"conditioned\""))
        *quality = QUALITY_CONDITIONED;
    else
        return false;
    return true;
}

static bool take_param(struct cursor *c, struct get_params *get)
{
    skip_blanks(c);
    if (TAKE(c, "\"bytes\""))
        return take_colon(c, HAS_BYTES) &&
               take_number_32(c, PROTOCOL_BINARY_MAX, &get->bytes);
    if (TAKE(c, "\"encoding\""))
        return take_colon(c, HAS_ENCODING) && take_encoding(c, &get->encoding);
    if (TAKE(c, "\"quality\""))
        return take_colon(c, HAS_QUALITY) && take_quality(c, &get->quality);
    if (TAKE(c, "\"timeout_ms\""))
        return take_colon(c, HAS_TIMEOUT) &&
               take_number_32(c, PROTOCOL_TIMEOUT_MAX_MS, &get->timeout_ms);
    return false;
}

static bool take_params(struct cursor *c, struct get_params *get)
{
    if (!TAKE(c, "{"))
        return false;
    if (take_mark(c, '}'))
        return true;
    do {
        if (!take_param(c, get))
            return false;
    } while (take_mark(c, ','));
    return take_mark(c, '}');
}

static bool take_member(struct cursor *c, struct request *request)
{
    skip_blanks(c);
    if (TAKE(c, "\"jsonrpc\""))
        return take_colon(c, HAS_JSONRPC) && TAKE(c, "\"2.0\"");
    if (TAKE(c, "\"id\""))
        return take_colon(c, HAS_ID) && take_id(c, &request->id);
    if (TAKE(c, "\"method\""))
        return take_colon(c, HAS_METHOD) && take_method(c, &request->method);
    if (TAKE(c, "\"params\""))
        return take_colon(c, HAS_PARAMS) && take_params(c, &request->get);
    return false;
}

/* A get as most libraries write it, up to its params: two comparisons instead
 * of three members, which cost as much as all the rest. */
static bool take_usual_get(struct cursor *c, struct request *request)
{
    if (!TAKE(c, "{\"jsonrpc\":\"2.0\",\"id\":") || !take_id(c, &request->id) ||
        !TAKE(c, ",\"method\":\"get\",\"params\":"))
        return false;
    request->method = METHOD_GET;
    c->seen = HAS_REQUEST | HAS_PARAMS;
    skip_blanks(c);
    return true;
}

static bool take_first_member(struct cursor *c, struct request *request)
{
    const struct cursor start = *c;
    if (take_usual_get(c, request))
        return take_params(c, &request->get);
    *c = start;
    return take_mark(c, '{') && take_member(c, request);
}

static uint64_t bytes_max(const struct get_params *get)
{
    if (get->quality == QUALITY_CONDITIONED)
        return PROTOCOL_CONDITIONED_MAX;
    return get->encoding == ENCODING_BINARY ? PROTOCOL_BINARY_MAX
                                            : PROTOCOL_BYTES_MAX;
}

/* Does the method have all the params that it needs, and none that it does
 * not know? */
static bool are_params_right(const struct cursor *c,
                             const struct request *request)
{
    switch (request->method) {
    case METHOD_GET:
        return (c->seen & HAS_BYTES) != 0 && request->get.bytes > 0 &&
               request->get.bytes <= bytes_max(&request->get);
    case METHOD_STATUS:
    case METHOD_HEALTH:
    case METHOD_SOURCES:
    case METHOD_PING:
        return (c->seen & HAS_GET) == 0;
    case METHOD_RAW:
    case METHOD_SUBSCRIBE:
    case METHOD_UNSUBSCRIBE:
    case METHOD_SELFTEST:
    case METHOD_COUNT:
        break;
    }
    return false;
}

size_t recognise(const char *text, size_t length, struct request *request)
{
    struct cursor c = {text, text + length, 0};
    request->get = (struct get_params){
        .timeout_ms = PROTOCOL_TIMEOUT_DEFAULT_MS,
        .encoding = ENCODING_HEX,
        .quality = QUALITY_DRBG,
    };
    if (!take_first_member(&c, request))
        return 0;
    while (take_mark(&c, ',')) {
        if (!take_member(&c, request))
            return 0;
    }
    if (!take_mark(&c, '}'))
        return 0;
    skip_blanks(&c);
    request->is_valid =
        (c.seen & HAS_REQUEST) == HAS_REQUEST && are_params_right(&c, request);
    return request->is_valid ? (size_t)(c.at - text) : 0;
}
