/* raw: samples as numbers, one a line, or as the bytes they are. */

#include "client/ctl_connect.h"
#include "client/ctl_exit.h"
#include "client/ctl_number.h"
#include "client/ctl_output.h"
#include "client/ctl_run.h"
#include "protocol/buffer.h"
#include "protocol/protocol.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static bool wants_symbols(const struct ctl_arguments *arguments)
{
    const char *format = arguments->values[OPTION_FORMAT];
    return format != NULL && format[0] == 's';
}

static int raw_json(const struct ctl_arguments *arguments, uint64_t samples)
{
    struct buffer params = {0};
    char tail[96];
    buffer_append_text(&params, "{\"source\":");
    buffer_append_json_string(&params, arguments->words[1]);
    int length = snprintf(
        tail, sizeof(tail), ",\"samples\":%" PRIu64 ",\"format\":\"%s\"}",
        samples,
        raw_format_name(wants_symbols(arguments) ? RAW_SYMBOLS : RAW_TICKS));
    buffer_append(&params, tail, (size_t)length + 1);
    struct tree *result = NULL;
    int code = CTL_NO_MEMORY;
    if (!params.has_failed)
        code = ctl_ask_once(arguments, "raw", params.data, 0, &result);
    buffer_fini(&params);
    return code;
}

/* Writes what was gathered in text, and frees it. */
static int write_gathered(struct ctl_output *output, struct buffer *text)
{
    int code = CTL_NO_MEMORY;
    if (text->has_failed)
        fprintf(stderr, "entropyctl: no memory\n");
    else
        code = ctl_output_write(output, text->data, text->length);
    buffer_fini(text);
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
    return write_gathered(output, &text);
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
    return write_gathered(output, &text);
}

static int write_samples(struct entropy_client *client,
                         const struct ctl_arguments *arguments, size_t n,
                         struct ctl_output *output)
{
    static uint64_t ticks[PROTOCOL_SAMPLES_MAX];
    static uint8_t symbols[PROTOCOL_SAMPLES_MAX];
    const char *source = arguments->words[1];
    bool is_binary = ctl_is_given(arguments, OPTION_BINARY);
    if (wants_symbols(arguments)) {
        int rc = entropy_client_raw_symbols(client, source, symbols, n, NULL);
        return rc < 0 ? ctl_fail(client, rc)
                      : write_symbols(output, symbols, n, is_binary);
    }
    int rc = entropy_client_raw_ticks(client, source, ticks, n, NULL);
    return rc < 0 ? ctl_fail(client, rc)
                  : write_ticks(output, ticks, n, is_binary);
}

int run_raw(const struct ctl_arguments *arguments)
{
    uint64_t n = 0;
    int code =
        ctl_size_read("N", arguments->words[2], 1, PROTOCOL_SAMPLES_MAX, &n);
    if (code != CTL_OK)
        return code;
    const char *file = arguments->values[OPTION_OUTPUT];
    bool is_binary = ctl_is_given(arguments, OPTION_BINARY);
    if (ctl_is_given(arguments, OPTION_JSON)) {
        if (!is_binary && file == NULL)
            return raw_json(arguments, n);
        fprintf(stderr, "entropyctl: --json goes to standard output, and "
                        "without --binary\n");
        return CTL_USAGE;
    }
    if (is_binary && file == NULL && isatty(STDOUT_FILENO)) {
        fprintf(stderr, "entropyctl: raw bytes do not go to a terminal: use "
                        "-o FILE or a pipe\n");
        return CTL_USAGE;
    }
    struct entropy_client *client = NULL;
    code = ctl_connect(arguments, false, &client);
    if (code != CTL_OK)
        return code;
    struct ctl_output output;
    code = ctl_output_open(&output, file);
    if (code == CTL_OK) {
        code = write_samples(client, arguments, (size_t)n, &output);
        int closed = ctl_output_close(&output, code == CTL_OK);
        if (code == CTL_OK)
            code = closed;
    }
    entropy_client_close(client);
    return code;
}
