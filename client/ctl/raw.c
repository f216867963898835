/* raw: samples as numbers, one a line, or as the bytes they are. */

#include "base/buffer.h"
#include "client/ctl/connect.h"
#include "client/ctl/deliver.h"
#include "client/ctl/exit.h"
#include "client/ctl/number.h"
#include "client/ctl/run.h"
#include "protocol/protocol.h"

#include <inttypes.h>
#include <stdio.h>

/* What is asked for. */
struct wish {
    const char *source;
    size_t samples;
    enum raw_format format;
    bool is_binary;
};

static int read_wish(const struct ctl_arguments *arguments, struct wish *wish)
{
    const char *format = arguments->values[OPTION_FORMAT];
    uint64_t samples = 0;
    int code = ctl_size_read("N", arguments->words[2], 1, PROTOCOL_SAMPLES_MAX,
                             &samples);
    *wish = (struct wish){
        .source = arguments->words[1],
        .samples = (size_t)samples,
        .format = format != NULL && format[0] == 's' ? RAW_SYMBOLS : RAW_TICKS,
        .is_binary = ctl_is_given(arguments, OPTION_BINARY),
    };
    return code;
}

static int raw_json(const struct ctl_arguments *arguments,
                    const struct wish *wish)
{
    struct buffer params = {0};
    char tail[96];
    buffer_append_text(&params, "{\"source\":");
    buffer_append_json_string(&params, wish->source);
    int length =
        snprintf(tail, sizeof(tail), ",\"samples\":%zu,\"format\":\"%s\"}",
                 wish->samples, raw_format_name(wish->format));
    buffer_append(&params, tail, (size_t)length + 1);
    struct tree *result = NULL;
    int code = CTL_NO_MEMORY;
    if (!params.has_failed)
        code = ctl_ask_once(arguments, "raw", params.data, 0, &result);
    buffer_fini(&params);
    return code;
}

static int write_ticks(struct ctl_output *output, const uint64_t *ticks,
                       size_t n, bool is_binary)
{
    struct buffer text = {0};
    for (size_t i = 0; i < n; i++) {
        char number[24];
        uint8_t bytes[8];
        for (unsigned k = 0; k < sizeof(bytes); k++)
            bytes[k] = (uint8_t)(ticks[i] >> 8 * k);
        int length =
            snprintf(number, sizeof(number), "%" PRIu64 "\n", ticks[i]);
        if (is_binary)
            buffer_append(&text, bytes, sizeof(bytes));
        else
            buffer_append(&text, number, (size_t)length);
    }
    return ctl_output_write_text(output, &text);
}

static int write_symbols(struct ctl_output *output, const uint8_t *symbols,
                         size_t n, bool is_binary)
{
    if (is_binary)
        return ctl_output_write(output, symbols, n);
    struct buffer text = {0};
    for (size_t i = 0; i < n; i++) {
        char number[8];
        int length = snprintf(number, sizeof(number), "%u\n", symbols[i]);
        buffer_append(&text, number, (size_t)length);
    }
    return ctl_output_write_text(output, &text);
}

static int write_samples(struct entropy_client *client, const void *argument,
                         struct ctl_output *output)
{
    static uint64_t ticks[PROTOCOL_SAMPLES_MAX];
    static uint8_t symbols[PROTOCOL_SAMPLES_MAX];
    const struct wish *wish = argument;
    size_t n = wish->samples;
    if (wish->format == RAW_SYMBOLS) {
        int rc =
            entropy_client_raw_symbols(client, wish->source, symbols, n, NULL);
        return rc < 0 ? ctl_fail(client, rc)
                      : write_symbols(output, symbols, n, wish->is_binary);
    }
    int rc = entropy_client_raw_ticks(client, wish->source, ticks, n, NULL);
    return rc < 0 ? ctl_fail(client, rc)
                  : write_ticks(output, ticks, n, wish->is_binary);
}

int run_raw(const struct ctl_arguments *arguments)
{
    struct wish wish;
    int code = read_wish(arguments, &wish);
    if (code != CTL_OK)
        return code;
    if (!ctl_is_given(arguments, OPTION_JSON))
        return ctl_deliver(arguments, wish.is_binary, write_samples, &wish);
    if (!wish.is_binary && !ctl_is_given(arguments, OPTION_OUTPUT))
        return raw_json(arguments, &wish);
    fprintf(stderr, "entropyctl: --json goes to standard output, and "
                    "without --binary\n");
    return CTL_USAGE;
}
