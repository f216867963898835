/* SPDX-License-Identifier: MIT */
/*
 * The recogniser against the parser: what it knows by sight, jansson must
 * understand, and as the very same requests.
 *
 * An input is a whole line, or (its first byte is odd) the choices by which a
 * line near to a plain request, or to a batch of them, is made.
 */

#include "protocol/request.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* So few that an input can go beyond it. */
#define MAX_BATCH 3

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

static void add_text(struct text *t, const char *part)
{
    add(t, part, strlen(part));
}

/* One of `choices`; a blank around it, now and then. */
static void add_choice(struct text *t, struct bytes *in,
                       const char *const *choices, size_t count)
{
    static const char *const blanks[] = {" ", "\t", "\r", "\n", "  "};
    uint8_t choice = take_byte(in);
    if (choice > 200)
        add_text(t, blanks[choice % 5]);
    add_text(t, choices[choice % count]);
    if (choice % 16 == 15)
        add_text(t, blanks[choice % 5]);
}

#define ADD_CHOICE(t, in, choices)                                             \
    add_choice(t, in, choices, sizeof(choices) / sizeof(*(choices)))

static void make_params(struct text *t, struct bytes *in)
{
    static const char *const members[] = {
        "\"bytes\":",
        "\"timeout_ms\":",
        "\"encoding\":\"hex\"",
        "\"encoding\":\"base64\"",
        "\"encoding\":\"binary\"",
        "\"encoding\":\"Hex\"",
        "\"quality\":\"drbg\"",
        "\"quality\":\"conditioned\"",
        "\"quality\" : \"conditioned\"",
        "\"quality\":\"condition\"",
        "\"timeout\":",
        "\"bytes\" : ",
    };
    static const char *const between[] = {",", ",", ",", ",", "", "}"};
    for (unsigned count = take_byte(in) % 5; count > 0; count--) {
        ADD_CHOICE(t, in, members);
        if (t->length > 0 &&
            (t->bytes[t->length - 1] == ':' || t->bytes[t->length - 1] == ' '))
            add_number(t, in);
        if (count > 1)
            ADD_CHOICE(t, in, between);
    }
}

static void make_member(struct text *t, struct bytes *in)
{
    static const char *const versions[] = {"\"2.0\"", "\"2.0\"", "\"2.0\"",
                                           "2.0", "\"1.0\""};
    static const char *const methods[] = {
        "\"get\"",     "\"status\"", "\"ping\"",     "\"health\"",
        "\"sources\"", "\"raw\"",    "\"selftest\"", "\"g\\u0065t\""};
    static const char *const ids[] = {"\"a\"",       "\"\"",  "\"\\\"\"",
                                      "null",        "\"/\"", "\"\x7f\"",
                                      "\"\xc3\xa9\""};
    static const char *const opens[] = {"{", "{", "{", "["};
    static const char *const closes[] = {"}", "}", "}", "]"};
    switch (take_byte(in) % 5) {
    case 0:
        add_text(t, "\"jsonrpc\":");
        ADD_CHOICE(t, in, versions);
        break;
    case 1:
        add_text(t, "\"id\":");
        if (take_byte(in) % 2 == 0)
            add_number(t, in);
        else
            ADD_CHOICE(t, in, ids);
        break;
    case 2:
        add_text(t, "\"method\":");
        ADD_CHOICE(t, in, methods);
        break;
    default:
        add_text(t, "\"params\":");
        ADD_CHOICE(t, in, opens);
        make_params(t, in);
        ADD_CHOICE(t, in, closes);
        break;
    }
}

static void make_line(struct text *t, struct bytes *in)
{
    static const char *const between[] = {",", ",", ",", ",", ""};
    static const char *const ends[] = {"}", "}", "}", "}} ", "} ", ""};
    add_text(t, "{");
    for (unsigned count = 1 + take_byte(in) % 5; count > 0; count--) {
        make_member(t, in);
        if (count > 1)
            ADD_CHOICE(t, in, between);
    }
    ADD_CHOICE(t, in, ends);
    /* One damaged byte, now and then. */
    uint8_t damage = take_byte(in);
    if (damage > 127)
        t->bytes[(size_t)damage * 7 % t->length] = (char)take_byte(in);
}

static bool is_same(const struct request *a, const struct request *b)
{
    if (a->is_valid != b->is_valid || a->id.length != b->id.length ||
        memcmp(a->id.text, b->id.text, b->id.length) != 0)
        return false;
    if (!a->is_valid)
        return strcmp(a->error.message, b->error.message) == 0;
    return a->method == b->method &&
           (a->method != METHOD_GET ||
            memcmp(&a->get, &b->get, sizeof(b->get)) == 0);
}

/* A batch of one or more lines as above, which may be damaged. */
static void make_batch(struct text *t, struct bytes *in)
{
    static const char *const between[] = {",", ",", ",", " , ", "", "]"};
    static const char *const ends[] = {"]", "]", "]", " ]", "", "]]"};
    add_text(t, "[");
    for (unsigned count = 1 + take_byte(in) % 4; count > 0; count--) {
        make_line(t, in);
        if (count > 1)
            ADD_CHOICE(t, in, between);
    }
    ADD_CHOICE(t, in, ends);
}

static void check_both(const char *line, size_t n)
{
    struct request one[2];
    struct request_list lists[2];
    MUST(request_parse(line, n, MAX_BATCH, &one[0], &lists[0]) == 0);
    MUST(request_parse_json(line, n, MAX_BATCH, &one[1], &lists[1]) == 0);
    MUST(lists[0].is_batch == lists[1].is_batch);
    MUST(lists[0].count == lists[1].count);
    for (size_t i = 0; i < lists[0].count; i++)
        MUST(is_same(&lists[0].requests[i], &lists[1].requests[i]));
    request_list_fini(&lists[0]);
    request_list_fini(&lists[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {data, size};
    struct text text = {.length = 0};
    uint8_t choice = take_byte(&in);
    if (choice % 4 == 3)
        make_batch(&text, &in);
    else if (choice % 2 == 1)
        make_line(&text, &in);
    else
        add(&text, (const char *)in.at, in.left);
    char *line = exact_copy(text.bytes, text.length);
    check_both(line, text.length);
    free(line);
    return 0;
}
