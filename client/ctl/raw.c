/* SPDX-License-Identifier: MIT */
/* raw: samples as decimal numbers, one a line, or as bytes. */

#include "base/buffer.h"
#include "client/ctl/commands.h"
#include "client/ctl/output.h"
#include "protocol/protocol.h"

#include <inttypes.h>
#include <stdio.h>

/* What is asked for. */
struct wanted {
    const char *source;
    size_t samples;
    enum raw_format format;
    bool is_binary;
};

static int read_wanted(const struct ctl_arguments *arguments,
                       struct wanted *wanted)
{
    const char *format = arguments->values[OPT_FORMAT];
    int64_t samples = 0;
    int code = ctl_read_size(arguments, "N", arguments->words[2], 1,
                             PROTOCOL_SAMPLES_MAX, &samples);
    *wanted = (struct wanted){
        .source = arguments->words[1],
        .samples = (size_t)samples,
        .format = format != NULL && format[0] == 's' ? RAW_SYMBOLS : RAW_TICKS,
        .is_binary = ctl_is_given(arguments, OPT_BINARY),
    };
    return code;
}

static int raw_json(const struct ctl_arguments *arguments,
                    const struct wanted *wanted)
{
    struct buffer params = {0};
    char tail[96];
    buffer_append_text(&params, "{\"source\":");
    buffer_append_json_string(&params, wanted->source);
    int length =
        snprintf(tail, sizeof(tail), ",\"samples\":%zu,\"format\":\"%s\"}",
                 wanted->samples, raw_format_name(wanted->format));
    buffer_append(&params, tail, (size_t)length + 1);
    json_t *result = NULL;
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
    const struct wanted *wanted = argument;
    size_t n = wanted->samples;
    if (wanted->format == RAW_SYMBOLS) {
        int rc = entropy_client_raw_symbols(client, wanted->source, symbols, n,
                                            NULL);
        return rc < 0 ? ctl_fail(client, rc)
                      : write_symbols(output, symbols, n, wanted->is_binary);
    }
    int rc = entropy_client_raw_ticks(client, wanted->source, ticks, n, NULL);
    return rc < 0 ? ctl_fail(client, rc)
                  : write_ticks(output, ticks, n, wanted->is_binary);
}

int run_raw(const struct ctl_arguments *arguments)
{
    struct wanted wanted;
    int code = read_wanted(arguments, &wanted);
    if (code != CTL_OK)
        return code;
    if (!ctl_is_given(arguments, OPT_JSON))
        return ctl_output_run(arguments, wanted.is_binary, write_samples,
                              &wanted);
    if (!wanted.is_binary && !ctl_is_given(arguments, OPT_OUTPUT))
        return raw_json(arguments, &wanted);
    return ctl_usage(arguments, "--json cannot be combined with --binary or "
                                "--output");
}
