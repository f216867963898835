/* What is wrong with a line, a batch or the envelope of a request. */

#include "base/nearest.h"
#include "protocol/refuse.h"
#include "protocol/request.h"

#include <errno.h>
#include <string.h>

void request_id_null(struct request_id *id)
{
    static const char null[] = {'n', 'u', 'l', 'l'};
    memcpy(id->text, null, sizeof(null));
    id->length = sizeof(null);
}

void refuse_line(struct request *request, enum error_kind kind,
                 const char *message, int64_t limit)
{
    request->is_valid = false;
    request_id_null(&request->id);
    protocol_error_set(&request->error, kind, "%s", message);
    if (limit > 0)
        protocol_error_add_integer(&request->error, "limit", limit);
}

void refuse_json(struct request *request, enum error_kind kind, int line,
                 int column, int byte, const char *why)
{
    struct protocol_error *error = &request->error;
    request->is_valid = false;
    request_id_null(&request->id);
    if (why != NULL)
        protocol_error_set(error, kind, "%s: line %d column %d: %s",
                           error_message(kind), line, column, why);
    else
        protocol_error_set(error, kind, "%s: the line is empty",
                           error_message(kind));
    protocol_error_add_integer(error, "line", line);
    protocol_error_add_integer(error, "column", column);
    protocol_error_add_integer(error, "byte", byte);
}

int refuse_id(struct request *request, size_t length)
{
    struct protocol_error *error = &request->error;
    request_id_null(&request->id);
    if (length == 0)
        return refuse_member(error, "id",
                             "a string, an integer of 64 bits or null");
    protocol_error_set(error, ERROR_INVALID_REQUEST,
                       "\"id\" must be at most %d bytes of JSON, not %zu",
                       PROTOCOL_ID_MAX, length);
    protocol_error_add_string(error, "member", "id");
    protocol_error_add_integer(error, "limit", PROTOCOL_ID_MAX);
    return -EINVAL;
}

int refuse_member(struct protocol_error *error, const char *member,
                  const char *must_be)
{
    protocol_error_set(error, ERROR_INVALID_REQUEST, "\"%s\" must be %s",
                       member, must_be);
    protocol_error_add_string(error, "member", member);
    return -EINVAL;
}

const char *refuse_excerpt(const char *text, char out[REFUSE_EXCERPT_MAX])
{
    static const char ending[] = "...";
    size_t length = strlen(text);
    if (length < REFUSE_EXCERPT_MAX) {
        memcpy(out, text, length + 1);
        return out;
    }
    size_t cut = REFUSE_EXCERPT_MAX - sizeof(ending);
    while (cut > 0 && ((unsigned char)text[cut] & 0xc0) == 0x80)
        cut--; /* not within a character */
    memcpy(out, text, cut);
    memcpy(out + cut, ending, sizeof(ending));
    return out;
}

int refuse_unknown_member(struct protocol_error *error, const char *member)
{
    static const char *const known[] = {"jsonrpc", "id", "method", "params"};
    const char *nearest =
        nearest_name(member, known, sizeof(known) / sizeof(known[0]));
    char excerpt[REFUSE_EXCERPT_MAX];
    protocol_error_set(error, ERROR_INVALID_REQUEST,
                       "a request has no member \"%s\"",
                       refuse_excerpt(member, excerpt));
    protocol_error_add_string(error, "member", member);
    if (nearest != NULL)
        protocol_error_add_string(error, "nearest", nearest);
    return -EINVAL;
}

int refuse_method(struct protocol_error *error, const char *name, size_t length)
{
    if (strlen(name) != length) {
        protocol_error_set(error, ERROR_METHOD_NOT_FOUND,
                           "no method's name has a NUL in it");
        return -EINVAL;
    }
    const char *names[METHOD_COUNT];
    for (unsigned i = 0; i < METHOD_COUNT; i++)
        names[i] = method_name((enum method)i);
    const char *nearest = nearest_name(name, names, METHOD_COUNT);
    char excerpt[REFUSE_EXCERPT_MAX];
    protocol_error_set(error, ERROR_METHOD_NOT_FOUND, "no method \"%s\"",
                       refuse_excerpt(name, excerpt));
    protocol_error_add_string(error, "method", name);
    if (nearest != NULL)
        protocol_error_add_string(error, "nearest", nearest);
    return -EINVAL;
}

int refuse_binary(struct protocol_error *error, const char *where)
{
    protocol_error_set(error, ERROR_INVALID_PARAMS,
                       "encoding \"binary\" is not possible %s", where);
    protocol_error_add_string(error, "param", "encoding");
    protocol_error_add_string(error, "got", "binary");
    return -EINVAL;
}

int refuse_batch_bytes(struct protocol_error *error, uint64_t asked_before)
{
    protocol_error_set(error, ERROR_TOO_LARGE,
                       "a batch may ask for %d bytes in all",
                       PROTOCOL_BATCH_BYTES_MAX);
    protocol_error_add_integer(error, "limit", PROTOCOL_BATCH_BYTES_MAX);
    protocol_error_add_integer(error, "asked_before", (int64_t)asked_before);
    return -EINVAL;
}
