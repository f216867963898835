/* SPDX-License-Identifier: MIT */
/* get: any number of bytes, in pieces, each wiped once it is written. */

#include "base/buffer.h"
#include "base/progress.h"
#include "base/wipe.h"
#include "client/ctl/commands.h"
#include "client/ctl/output.h"
#include "client/ctl/values.h"
#include "protocol/protocol.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* Multiples of three, so that pieces of base64 join without padding. Large
 * enough that the two wake-ups of a request hardly show, small enough to stay
 * in the processor's cache (docs/performance.md). Conditioned bytes come
 * slowly: smaller pieces are written, and an interrupt noticed, sooner. */
#define PIECE             ((size_t)3 * 256 * 1024)
#define PIECE_CONDITIONED ((size_t)3 * 1024)

/* Fewer bytes are written before a user could read a progress bar. */
#define PROGRESS_BYTES_MIN ((uint64_t)8 << 20)

/* What is asked for. */
struct wanted {
    uint64_t bytes;
    enum encoding encoding;
    struct entropy_client_get_options options;
};

static int read_encoding(const struct ctl_arguments *arguments,
                         enum encoding *encoding)
{
    int given = ctl_is_given(arguments, OPT_HEX) +
                ctl_is_given(arguments, OPT_BASE64) +
                ctl_is_given(arguments, OPT_BINARY);
    if (given > 1)
        return ctl_usage(arguments, "--hex, --base64 and --binary are mutually "
                                    "exclusive");
    *encoding = ENCODING_HEX;
    if (ctl_is_given(arguments, OPT_BASE64))
        *encoding = ENCODING_BASE64;
    if (ctl_is_given(arguments, OPT_BINARY))
        *encoding = ENCODING_BINARY;
    return CTL_OK;
}

/* How bytes are to be made, whatever becomes of them. */
static int read_options(const struct ctl_arguments *arguments,
                        struct entropy_client_get_options *options)
{
    int64_t wait_ms = 0;

    int code =
        ctl_option_duration(arguments, OPT_WAIT, 1, 0, PROTOCOL_TIMEOUT_MAX_MS,
                            PROTOCOL_TIMEOUT_DEFAULT_MS, &wait_ms);
    options->wait_ms = (int)wait_ms;
    if (ctl_is_given(arguments, OPT_QUALITY) &&
        arguments->values[OPT_QUALITY][0] == 'c')
        options->quality = ENTROPY_CLIENT_CONDITIONED;
    return code;
}

static int read_wanted(const struct ctl_arguments *arguments,
                       struct wanted *wanted)
{
    int64_t bytes = 0;

    if (arguments->word_count < 2)
        return ctl_usage(arguments,
                         "get needs N, --int, --uuid or --password, for "
                         "example: entropyctl get 32");
    if (ctl_is_given(arguments, OPT_HOW_MANY) ||
        ctl_is_given(arguments, OPT_ALPHABET))
        return ctl_usage(arguments, ctl_is_given(arguments, OPT_HOW_MANY)
                                        ? "--count needs --int, --uuid or "
                                          "--password"
                                        : "--alphabet needs --password");
    int code = ctl_read_size(arguments, "N", arguments->words[1], 1,
                             INT64_C(1) << 53, &bytes);
    if (code == CTL_OK)
        code = read_encoding(arguments, &wanted->encoding);
    wanted->bytes = (uint64_t)bytes;
    if (code == CTL_OK && ctl_is_given(arguments, OPT_JSON) &&
        (wanted->encoding == ENCODING_BINARY ||
         ctl_is_given(arguments, OPT_OUTPUT)))
        code = ctl_usage(arguments, "--json cannot be combined with --binary "
                                    "or --output");
    return code;
}

/* The daemon's reply as it is: one request, with its limits. */
static int get_json(const struct ctl_arguments *arguments,
                    const struct wanted *wanted)
{
    char params[192];
    uint64_t max = wanted->options.quality == ENTROPY_CLIENT_CONDITIONED
                       ? PROTOCOL_CONDITIONED_MAX
                       : PROTOCOL_BYTES_MAX;

    if (wanted->bytes > max)
        return ctl_usage(arguments,
                         "with --json, N must be a number from 1 to %" PRIu64
                         ", not %" PRIu64,
                         max, wanted->bytes);
    snprintf(params, sizeof(params),
             "{\"bytes\":%" PRIu64 ",\"encoding\":\"%s\",\"quality\":\"%s\","
             "\"timeout_ms\":%d}",
             wanted->bytes, encoding_name(wanted->encoding),
             quality_name((enum quality)wanted->options.quality),
             wanted->options.wait_ms);
    json_t *result = NULL;
    return ctl_ask_once(arguments, "get", params, wanted->options.wait_ms,
                        &result);
}

static int write_piece(struct ctl_output *output, enum encoding encoding,
                       const uint8_t *bytes, size_t n)
{
    if (encoding == ENCODING_BINARY)
        return ctl_output_write(output, bytes, n);
    struct buffer text = {0};
    if (encoding == ENCODING_HEX)
        buffer_append_hex(&text, bytes, n);
    else
        buffer_append_base64(&text, bytes, n);
    return ctl_output_write_text(output, &text);
}

static size_t piece_size(const struct wanted *wanted)
{
    size_t size = PIECE;

    if (wanted->options.quality == ENTROPY_CLIENT_CONDITIONED)
        size = PIECE_CONDITIONED;
    return wanted->bytes < size ? (size_t)wanted->bytes : size;
}

static int write_all(struct entropy_client *client, const void *argument,
                     struct ctl_output *output)
{
    const struct wanted *wanted = argument;
    static uint8_t piece[PIECE];
    size_t most = piece_size(wanted);
    struct progress progress = {.is_shown = false};
    if (wanted->bytes >= PROGRESS_BYTES_MIN && !isatty(output->fd))
        progress_start(&progress, wanted->bytes, NULL);
    int code = CTL_OK;
    for (uint64_t done = 0; code == CTL_OK && done < wanted->bytes;) {
        uint64_t left = wanted->bytes - done;
        size_t n = left < most ? (size_t)left : most;
        int rc = entropy_client_get(client, piece, n, &wanted->options, NULL);
        if (rc < 0) {
            wipe(piece, most);
            progress_end(&progress);
            return ctl_fail(client, rc);
        }
        code = write_piece(output, wanted->encoding, piece, n);
        done += n;
        if (code == CTL_OK && ctl_output_is_interrupted(output))
            code = CTL_OUTPUT;
        progress_show(&progress, done);
    }
    wipe(piece, most);
    progress_end(&progress);
    if (code == CTL_OK && wanted->encoding != ENCODING_BINARY)
        code = ctl_output_write(output, "\n", 1);
    return code;
}

int run_get(const struct ctl_arguments *arguments)
{
    struct wanted wanted = {.options = ENTROPY_CLIENT_GET_OPTIONS};

    int code = read_options(arguments, &wanted.options);
    if (code == CTL_OK && values_are_wanted(arguments))
        return values_get(arguments, &wanted.options);
    if (code == CTL_OK)
        code = read_wanted(arguments, &wanted);
    if (code != CTL_OK)
        return code;
    if (ctl_is_given(arguments, OPT_JSON))
        return get_json(arguments, &wanted);
    return ctl_output_run(arguments, wanted.encoding == ENCODING_BINARY,
                          write_all, &wanted);
}
