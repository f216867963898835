/* get: any number of bytes, piece by piece, each wiped once it is written. */

#include "base/buffer.h"
#include "base/wipe.h"
#include "client/ctl/connect.h"
#include "client/ctl/deliver.h"
#include "client/ctl/exit.h"
#include "client/ctl/number.h"
#include "client/ctl/progress.h"
#include "client/ctl/run.h"
#include "protocol/protocol.h"

#include <inttypes.h>
#include <stdio.h>

/* Multiples of three, so that pieces of base64 join without padding. Those of
 * conditioned bytes come slowly: a small piece is written, and an interruption
 * seen, the sooner. */
#define PIECE             ((size_t)3 * 64 * 1024)
#define PIECE_CONDITIONED ((size_t)3 * 1024)

/* What is asked for. */
struct wish {
    uint64_t bytes;
    enum encoding encoding;
    struct entropy_client_get_options options;
};

static int read_encoding(const struct ctl_arguments *arguments,
                         enum encoding *encoding)
{
    int given = ctl_is_given(arguments, OPTION_HEX) +
                ctl_is_given(arguments, OPTION_BASE64) +
                ctl_is_given(arguments, OPTION_BINARY);
    if (given > 1) {
        fprintf(stderr, "entropyctl: only one of --hex, --base64 and --binary "
                        "can be had\n");
        return CTL_USAGE;
    }
    *encoding = ENCODING_HEX;
    if (ctl_is_given(arguments, OPTION_BASE64))
        *encoding = ENCODING_BASE64;
    if (ctl_is_given(arguments, OPTION_BINARY))
        *encoding = ENCODING_BINARY;
    return CTL_OK;
}

static int read_wish(const struct ctl_arguments *arguments, struct wish *wish)
{
    *wish = (struct wish){.options = ENTROPY_CLIENT_GET_OPTIONS};
    uint64_t wait_ms = 0;
    int code = ctl_size_read("N", arguments->words[1], 1, UINT64_C(1) << 53,
                             &wish->bytes);
    if (code == CTL_OK)
        code = read_encoding(arguments, &wish->encoding);
    if (code == CTL_OK)
        code = ctl_option_number(arguments, OPTION_TIMEOUT_MS, 0,
                                 PROTOCOL_TIMEOUT_MAX_MS,
                                 PROTOCOL_TIMEOUT_DEFAULT_MS, &wait_ms);
    wish->options.wait_ms = (int)wait_ms;
    if (ctl_is_given(arguments, OPTION_QUALITY) &&
        arguments->values[OPTION_QUALITY][0] == 'c')
        wish->options.quality = ENTROPY_CLIENT_CONDITIONED;
    if (code == CTL_OK && ctl_is_given(arguments, OPTION_JSON) &&
        (wish->encoding == ENCODING_BINARY ||
         ctl_is_given(arguments, OPTION_OUTPUT))) {
        fprintf(stderr, "entropyctl: --json goes with --hex and --base64, to "
                        "standard output\n");
        code = CTL_USAGE;
    }
    return code;
}

/* The daemon's whole answer, as it is: one request, with its limits. */
static int get_json(const struct ctl_arguments *arguments,
                    const struct wish *wish)
{
    char params[192];
    snprintf(params, sizeof(params),
             "{\"bytes\":%" PRIu64 ",\"encoding\":\"%s\",\"quality\":\"%s\","
             "\"timeout_ms\":%d}",
             wish->bytes, encoding_name(wish->encoding),
             quality_name((enum quality)wish->options.quality),
             wish->options.wait_ms);
    struct tree *result = NULL;
    return ctl_ask_once(arguments, "get", params, wish->options.wait_ms,
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

static int write_all(struct entropy_client *client, const void *argument,
                     struct ctl_output *output)
{
    const struct wish *wish = argument;
    static uint8_t piece[PIECE];
    size_t most = wish->options.quality == ENTROPY_CLIENT_CONDITIONED
                      ? PIECE_CONDITIONED
                      : PIECE;
    struct ctl_progress progress;
    ctl_progress_start(&progress, wish->bytes, output->fd);
    int code = CTL_OK;
    for (uint64_t done = 0; code == CTL_OK && done < wish->bytes;) {
        uint64_t left = wish->bytes - done;
        size_t n = left < most ? (size_t)left : most;
        int rc = entropy_client_get(client, piece, n, &wish->options, NULL);
        if (rc < 0) {
            wipe(piece, sizeof(piece));
            ctl_progress_end(&progress);
            return ctl_fail(client, rc);
        }
        code = write_piece(output, wish->encoding, piece, n);
        done += n;
        if (code == CTL_OK && ctl_output_is_interrupted(output))
            code = CTL_OUTPUT;
        ctl_progress_show(&progress, done);
    }
    wipe(piece, sizeof(piece));
    ctl_progress_end(&progress);
    if (code == CTL_OK && wish->encoding != ENCODING_BINARY)
        code = ctl_output_write(output, "\n", 1);
    return code;
}

int run_get(const struct ctl_arguments *arguments)
{
    struct wish wish;
    int code = read_wish(arguments, &wish);
    if (code != CTL_OK)
        return code;
    if (ctl_is_given(arguments, OPTION_JSON))
        return get_json(arguments, &wish);
    return ctl_deliver(arguments, wish.encoding == ENCODING_BINARY, write_all,
                       &wish);
}
