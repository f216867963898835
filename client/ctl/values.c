/* SPDX-License-Identifier: MIT */
/*
 * Each value is made of independent draws, each uniform on 0..max: an integer
 * is one, a UUID sixteen, a password one a character. A draw takes as few whole
 * bytes as hold max, keeps as many of their bits as max has, and is repeated
 * while it is above max: every number from 0 to max is equally likely, which
 * the remainder of a division would not give.
 */

#include "client/ctl/values.h"

#include "base/buffer.h"
#include "base/number.h"
#include "base/quote.h"
#include "base/wipe.h"
#include "client/ctl/output.h"
#include "protocol/protocol.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COUNT_MAX  1000000000
#define LENGTH_MAX 1024

#define UUID_BYTES 16
/* RFC 9562, 5.4: 128 bits without those of version and variant. */
#define UUID_BITS  122

/* A draw is repeated with a probability below 1/2: this many in a row, below
 * 2^-128, are no chance. */
#define REPEATS_MAX 128

/* Text is written when there is this much of it. */
#define TEXT_BYTES 4096

struct alphabet {
    const char *name, *shown, *characters;
};

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* The choices of --alphabet, the default first. */
static const struct alphabet alphabets[] = {
    {"alnum", "A-Z, a-z, 0-9", UPPER LOWER "0123456789"},
    {"base58", "A-Z, a-z, 0-9 without 0, O, I, l",
     "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"},
    {"digits", "0-9", "0123456789"},
    {"hex", "0-9, a-f", "0123456789abcdef"},
    {"ascii", "! to ~",
     "!\"#$%&'()*+,-./0123456789:;<=>?@" UPPER "[\\]^_`" LOWER "{|}~"},
};

enum kind { KIND_INT, KIND_UUID, KIND_PASSWORD };

static const struct {
    enum ctl_option option;
    const char *member; /* in JSON */
} kinds[] = {
    [KIND_INT] = {OPT_INT, "int"},
    [KIND_UUID] = {OPT_UUID, "uuid"},
    [KIND_PASSWORD] = {OPT_PASSWORD, "password"},
};

/* What is asked for. */
struct values {
    enum kind kind;
    uint64_t max;   /* of a draw */
    uint64_t draws; /* a value */
    uint64_t count; /* values */
    double bits;    /* of entropy a value, if the daemon's bytes have all */
    int64_t low;    /* KIND_INT */
    bool is_json;
    const struct alphabet *alphabet; /* KIND_PASSWORD */
    struct entropy_client_get_options options;
};

/* Where draws come from. */
struct supply {
    struct entropy_client *client;
    const struct values *values;
    uint64_t mask;                               /* the bits of max */
    size_t width;                                /* bytes of a draw, 1..8 */
    uint64_t draws;                              /* still wanted */
    struct entropy_client_provenance provenance; /* of `bytes` */
    size_t at, length;
    uint8_t bytes[PROTOCOL_CONDITIONED_MAX]; /* any request may ask for it */
};

static int read_int(const struct ctl_arguments *arguments,
                    struct values *values)
{
    const char *text = arguments->values[OPT_INT];
    const char *dots = strstr(text, "..");
    char low[24];
    char quoted[80];
    int64_t high = 0;

    quote_text(text, quoted, sizeof(quoted));
    if (dots == NULL || (size_t)(dots - text) >= sizeof(low) ||
        snprintf(low, sizeof(low), "%.*s", (int)(dots - text), text) < 0 ||
        number_parse(low, INT64_MIN, INT64_MAX, &values->low) < 0 ||
        number_parse(dots + 2, INT64_MIN, INT64_MAX, &high) < 0)
        return ctl_usage(arguments,
                         "--int must be LO..HI, two numbers from %" PRId64
                         " to %" PRId64 ", not %s",
                         INT64_MIN, INT64_MAX, quoted);
    if (values->low > high)
        return ctl_usage(arguments,
                         "--int must be LO..HI with LO not above HI, not %s",
                         quoted);
    values->max = (uint64_t)high - (uint64_t)values->low;
    values->draws = 1;
    values->bits = log2((double)values->max + 1);
    return CTL_OK;
}

static int read_password(const struct ctl_arguments *arguments,
                         struct values *values)
{
    const char *name = arguments->values[OPT_ALPHABET];
    int64_t length = 0;

    values->alphabet = alphabets;
    /* The choices of the option are the names. */
    while (name != NULL && strcmp(values->alphabet->name, name) != 0)
        values->alphabet++;
    size_t size = strlen(values->alphabet->characters);
    int code =
        ctl_option_number(arguments, OPT_PASSWORD, 1, LENGTH_MAX, 0, &length);
    values->max = size - 1;
    values->draws = (uint64_t)length;
    values->bits = (double)length * log2((double)size);
    return code;
}

static int read_kind(const struct ctl_arguments *arguments,
                     struct values *values)
{
    if (values->kind == KIND_INT)
        return read_int(arguments, values);
    if (values->kind == KIND_PASSWORD)
        return read_password(arguments, values);
    values->max = UINT8_MAX;
    values->draws = UUID_BYTES;
    values->bits = UUID_BITS;
    return CTL_OK;
}

/* What each of them excludes. */
static int refuse_others(const struct ctl_arguments *arguments, enum kind kind)
{
    static const enum ctl_option others[] = {
        OPT_INT,    OPT_UUID,   OPT_PASSWORD, OPT_HEX,
        OPT_BASE64, OPT_BINARY, OPT_ALPHABET,
    };
    const enum ctl_option own = kinds[kind].option;
    char quoted[80];

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (!ctl_is_given(arguments, others[i]) || others[i] == own ||
            (others[i] == OPT_ALPHABET && kind == KIND_PASSWORD))
            continue;
        return ctl_usage(arguments, "--%s cannot be combined with --%s",
                         ctl_options[own].name, ctl_options[others[i]].name);
    }
    if (ctl_is_given(arguments, OPT_JSON) &&
        ctl_is_given(arguments, OPT_OUTPUT))
        return ctl_usage(arguments, "--json cannot be combined with --output");
    if (arguments->word_count > 1)
        return ctl_usage(
            arguments,
            "--%s cannot be combined with N (%s); --count says "
            "how many to print",
            ctl_options[own].name,
            quote_text(arguments->words[1], quoted, sizeof(quoted)));
    return CTL_OK;
}

static int read_values(const struct ctl_arguments *arguments,
                       struct values *values)
{
    int64_t count = 1;

    while (!ctl_is_given(arguments, kinds[values->kind].option))
        values->kind++;
    values->is_json = ctl_is_given(arguments, OPT_JSON);
    int code = refuse_others(arguments, values->kind);
    if (code == CTL_OK)
        code = read_kind(arguments, values);
    if (code == CTL_OK)
        code =
            ctl_option_number(arguments, OPT_HOW_MANY, 1, COUNT_MAX, 1, &count);
    values->count = (uint64_t)count;
    return code;
}

static void supply_init(struct supply *supply, struct entropy_client *client,
                        const struct values *values)
{
    supply->client = client;
    supply->values = values;
    supply->draws = values->draws * values->count;
    supply->width = 1;
    while (supply->width < 8 && values->max >> (8 * supply->width) > 0)
        supply->width++;
    supply->mask = values->max;
    for (unsigned shift = 1; shift < 64; shift *= 2)
        supply->mask |= supply->mask >> shift;
}

/* Asks for what the draws that are still wanted take, if none is repeated. */
static int refill(struct supply *supply)
{
    size_t most = sizeof(supply->bytes) / supply->width;
    size_t draws = supply->draws < most ? (size_t)supply->draws : most;
    int rc =
        entropy_client_get(supply->client, supply->bytes, draws * supply->width,
                           &supply->values->options, &supply->provenance);

    if (rc < 0)
        return ctl_fail(supply->client, rc);
    supply->at = 0;
    supply->length = draws * supply->width;
    return CTL_OK;
}

/* A number that is uniform on 0..max. */
static int draw(struct supply *supply, uint64_t *number)
{
    for (int i = 0; i < REPEATS_MAX; i++) {
        int code = supply->at < supply->length ? CTL_OK : refill(supply);
        if (code != CTL_OK)
            return code;
        *number = 0;
        for (size_t k = 0; k < supply->width; k++)
            *number = *number << 8 | supply->bytes[supply->at++];
        *number &= supply->mask;
        if (*number <= supply->values->max) {
            supply->draws--;
            return CTL_OK;
        }
    }
    fprintf(stderr,
            "entropyctl: the daemon's bytes are not random: %d numbers in a "
            "row were above %" PRIu64 "\n",
            REPEATS_MAX, supply->values->max);
    return CTL_BROKEN;
}

static int append_int(struct supply *supply, struct buffer *text)
{
    uint64_t number = 0;
    char digits[24];
    int code = draw(supply, &number);

    if (code != CTL_OK)
        return code;
    /* Modulo 2^64, as max was; the result is in LO..HI. */
    snprintf(digits, sizeof(digits), "%" PRId64,
             (int64_t)((uint64_t)supply->values->low + number));
    buffer_append_text(text, digits);
    wipe(digits, sizeof(digits));
    wipe(&number, sizeof(number));
    return CTL_OK;
}

static int append_uuid(struct supply *supply, struct buffer *text)
{
    uint8_t bytes[UUID_BYTES];
    uint64_t number = 0;

    for (int i = 0; i < UUID_BYTES; i++) {
        int code = draw(supply, &number);
        if (code != CTL_OK)
            return code;
        bytes[i] = (uint8_t)number;
    }
    bytes[6] = (bytes[6] & 0x0f) | 0x40; /* version 4 */
    bytes[8] = (bytes[8] & 0x3f) | 0x80; /* variant 10 */
    for (int i = 0; i < UUID_BYTES; i += 2) {
        if (i >= 4 && i <= 10)
            buffer_append(text, "-", 1);
        buffer_append_hex(text, bytes + i, 2);
    }
    wipe(bytes, sizeof(bytes));
    wipe(&number, sizeof(number));
    return CTL_OK;
}

static int append_password(struct supply *supply, struct buffer *text)
{
    const struct values *values = supply->values;
    char password[LENGTH_MAX + 1];
    uint64_t number = 0;
    int code = CTL_OK;

    for (uint64_t i = 0; code == CTL_OK && i < values->draws; i++) {
        code = draw(supply, &number);
        if (code == CTL_OK)
            password[i] = values->alphabet->characters[number];
    }
    password[values->draws] = '\0';
    if (code == CTL_OK && values->is_json)
        buffer_append_json_string(text, password);
    else if (code == CTL_OK)
        buffer_append(text, password, values->draws);
    wipe(password, sizeof(password));
    wipe(&number, sizeof(number));
    return code;
}

static int append_value(struct supply *supply, struct buffer *text)
{
    if (supply->values->kind == KIND_INT)
        return append_int(supply, text);
    if (supply->values->kind == KIND_PASSWORD)
        return append_password(supply, text);
    return append_uuid(supply, text);
}

/* Never more than there are. */
static double round_down(double bits)
{
    return floor(bits * 100) / 100;
}

/* The names of a provenance, separated by commas, as an array. */
static void append_sources(struct buffer *text, const char *names)
{
    char name[64];

    buffer_append(text, "[", 1);
    for (bool is_first = true; *names != '\0'; is_first = false) {
        size_t length = strcspn(names, ",");
        snprintf(name, sizeof(name), "%.*s", (int)length, names);
        if (!is_first)
            buffer_append(text, ",", 1);
        buffer_append_json_string(text, name);
        names += length + (names[length] == ',');
    }
    buffer_append(text, "]", 1);
}

/* {"int":4,"bits":2.58,"quality":"drbg","health":"ok","sources":[...]} */
static int append_json(struct supply *supply, struct buffer *text)
{
    const struct values *values = supply->values;
    const struct entropy_client_provenance *made = &supply->provenance;
    bool is_quoted = values->kind == KIND_UUID;
    char members[128];

    snprintf(members, sizeof(members), "{\"%s\":%s", kinds[values->kind].member,
             is_quoted ? "\"" : "");
    buffer_append_text(text, members);
    int code = append_value(supply, text);
    if (values->alphabet != NULL)
        snprintf(members, sizeof(members), ",\"alphabet\":\"%s\"",
                 values->alphabet->name);
    else
        snprintf(members, sizeof(members), "%s", is_quoted ? "\"" : "");
    buffer_append_text(text, members);
    snprintf(members, sizeof(members),
             ",\"bits\":%.2f,\"quality\":\"%s\",\"health\":\"%s\",\"sources\":",
             round_down(values->bits),
             quality_name((enum quality)made->quality),
             entropy_client_health_name(made->health));
    buffer_append_text(text, members);
    append_sources(text, made->sources);
    buffer_append(text, "}", 1);
    return code;
}

static int write_values(struct entropy_client *client, const void *argument,
                        struct ctl_output *output)
{
    const struct values *values = argument;
    struct supply supply = {.at = 0};
    struct buffer text = {0};
    int code = CTL_OK;

    supply_init(&supply, client, values);
    for (uint64_t i = 0; code == CTL_OK && i < values->count; i++) {
        code = values->is_json ? append_json(&supply, &text)
                               : append_value(&supply, &text);
        buffer_append(&text, "\n", 1);
        if (code == CTL_OK &&
            (text.length >= TEXT_BYTES || i + 1 == values->count))
            code = ctl_output_write_text(output, &text);
        if (code == CTL_OK && ctl_output_is_interrupted(output))
            code = CTL_OUTPUT;
    }
    buffer_fini(&text);
    wipe(&supply, sizeof(supply));
    return code;
}

bool values_are_wanted(const struct ctl_arguments *arguments)
{
    return ctl_is_given(arguments, OPT_INT) ||
           ctl_is_given(arguments, OPT_UUID) ||
           ctl_is_given(arguments, OPT_PASSWORD);
}

int values_get(const struct ctl_arguments *arguments,
               const struct entropy_client_get_options *options)
{
    struct values values = {.options = *options};
    int code = read_values(arguments, &values);

    if (code != CTL_OK)
        return code;
    code = ctl_output_run(arguments, false, write_values, &values);
    if (code == CTL_OK && values.kind == KIND_PASSWORD && !values.is_json &&
        isatty(STDERR_FILENO))
        fprintf(stderr, "%" PRIu64 " characters of %s (%s): %.2f bits\n",
                values.draws, values.alphabet->name, values.alphabet->shown,
                round_down(values.bits));
    return code;
}
