/* SPDX-License-Identifier: MIT */
/*
 * The recogniser against the parser: what it knows by sight, jansson must
 * understand, and as the very same request. A blank before the line makes
 * request_parse() take the long way; it changes nothing else.
 *
 * An input is a whole line, or (its first byte is odd) the choices by
 * which a line near to the canonical shape is made.
 */

#include "protocol/recognise.h"
#include "protocol/request.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

struct text {
    char bytes[2048];
    size_t length;
};

static void add(struct text *t, const char *part, size_t n)
{
    if (n > sizeof(t->bytes) - t->length)
        return;
    memcpy(t->bytes + t->length, part, n);
    t->length += n;
}

static void add_number(struct text *t, struct bytes *in)
{
    static const char *const edges[] = {
        "0",
        "1",
        "32",
        "4096",
        "4097",
        "65536",
        "65537",
        "60000",
        "60001",
        "67108864",
        "00",
        "67108865",
        "01",
        "-1",
        "1.0",
        "1e3",
        "",
        "999999999999999",
        "9999999999999999",
        "9223372036854775807",
        "18446744073709551616",
    };
    uint8_t choice = take_byte(in);
    if (choice % 2 == 0) {
        const char *edge = edges[choice / 2 % (sizeof(edges) / sizeof(*edges))];
        add(t, edge, strlen(edge));
        return;
    }
    for (unsigned digits = choice / 2 % 18; digits > 0; digits--) {
        char digit = (char)('0' + take_byte(in) % 10);
        add(t, &digit, 1);
    }
}

#define ADD(text, literal) add(text, literal, sizeof(literal) - 1)

static void make_options(struct text *t, struct bytes *in)
{
    static const char *const options[] = {
        ",\"encoding\":\"hex\"",
        ",\"encoding\":\"base64\"",
        ",\"encoding\":\"binary\"",
        ",\"encoding\":\"Hex\"",
        ",\"quality\":\"drbg\"",
        ",\"quality\":\"conditioned\"",
        ",\"quality\":\"condition\"",
        ",\"timeout_ms\":",
        ", \"timeout_ms\":",
        ",",
        ",\"timeout\":",
        "}",
    };
    for (unsigned count = take_byte(in) % 5; count > 0; count--) {
        const char *option =
            options[take_byte(in) % (sizeof(options) / sizeof(*options))];
        add(t, option, strlen(option));
        if (option[strlen(option) - 1] == ':')
            add_number(t, in);
    }
}

static void make_line(struct text *t, struct bytes *in)
{
    static const char *const ends[] = {"}}", "}}", "}}", "}", "}} ", "}}}"};
    ADD(t, "{\"jsonrpc\":\"2.0\",\"id\":");
    add_number(t, in);
    ADD(t, ",\"method\":\"get\",\"params\":{\"bytes\":");
    add_number(t, in);
    make_options(t, in);
    const char *end = ends[take_byte(in) % (sizeof(ends) / sizeof(*ends))];
    add(t, end, strlen(end));
    /* One damaged byte, now and then. */
    uint8_t damage = take_byte(in);
    if (damage > 127)
        t->bytes[(size_t)damage * 7 % t->length] = (char)take_byte(in);
}

static void check_same(const struct request *known, const char *line, size_t n)
{
    char *longer = malloc(n + 1);
    struct request other;
    struct request_list list;
    MUST(longer != NULL);
    longer[0] = ' ';
    if (n > 0)
        memcpy(longer + 1, line, n);
    MUST(request_parse(longer, n + 1, PROTOCOL_BATCH_MAX, &other, &list) == 0);
    MUST(!list.is_batch && other.is_valid && known->is_valid);
    MUST(known->id.length == other.id.length);
    MUST(memcmp(known->id.text, other.id.text, other.id.length) == 0);
    MUST(known->method == METHOD_GET && other.method == METHOD_GET);
    MUST(memcmp(&known->get, &other.get, sizeof(other.get)) == 0);
    request_list_fini(&list);
    free(longer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {data, size};
    struct text text = {.length = 0};
    if (take_byte(&in) % 2 == 1)
        make_line(&text, &in);
    else
        add(&text, (const char *)in.at, in.left);
    char *line = exact_copy(text.bytes, text.length);
    struct request known;
    if (recognise_get(line, text.length, &known))
        check_same(&known, line, text.length);
    free(line);
    return 0;
}
