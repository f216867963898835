/* The names of errors: the client's own, and the daemon's as protocol.h has
 * them. */

#include "client/entropy_client.h"
#include "protocol/protocol.h"

#include <stddef.h>

const char *entropy_client_error_name(int error)
{
    static const char *const own[] = {
        [-ENTROPY_CLIENT_OK] = "ok",
        [-ENTROPY_CLIENT_MISUSE] = "misuse",
        [-ENTROPY_CLIENT_NO_MEMORY] = "no_memory",
        [-ENTROPY_CLIENT_BAD_PATH] = "bad_path",
        [-ENTROPY_CLIENT_NOT_REACHABLE] = "not_reachable",
        [-ENTROPY_CLIENT_UNTRUSTED_SERVER] = "untrusted_server",
        [-ENTROPY_CLIENT_NO_ANSWER] = "no_answer",
        [-ENTROPY_CLIENT_DISCONNECTED] = "disconnected",
        [-ENTROPY_CLIENT_BAD_REPLY] = "bad_reply",
    };
    if (error <= 0 && error > -(int)(sizeof(own) / sizeof(own[0])))
        return own[-error];
    for (unsigned i = 0; i < ERROR_KIND_COUNT; i++) {
        if (error_code((enum error_kind)i) == error)
            return error_name((enum error_kind)i);
    }
    return "unknown_error";
}
