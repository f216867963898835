/* SPDX-License-Identifier: MIT */
/* Names of errors and health words: the client's own, and the daemon's as
 * protocol.h has them. */

#include "client/names.h"

#include "protocol/protocol.h"

#include <stddef.h>
#include <string.h>

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
        [-ENTROPY_CLIENT_ACCESS_DENIED] = "access_denied",
    };

    if (error <= 0 && error > -(int)(sizeof(own) / sizeof(own[0])))
        return own[-error];
    for (unsigned i = 0; i < ERROR_KIND_COUNT; i++) {
        if (error_code((enum error_kind)i) == error)
            return error_name((enum error_kind)i);
    }
    return "unknown_error";
}

const char *entropy_client_health_name(enum entropy_client_health health)
{
    switch (health) {
    case ENTROPY_CLIENT_HEALTH_OK:
        return "ok";
    case ENTROPY_CLIENT_HEALTH_DEGRADED:
        return "degraded";
    case ENTROPY_CLIENT_HEALTH_FAILED:
        return "failed";
    case ENTROPY_CLIENT_HEALTH_STARTING:
        return "starting";
    }
    return "unknown";
}

int health_parse(const char *word, enum entropy_client_health *health)
{
    static const enum entropy_client_health all[] = {
        ENTROPY_CLIENT_HEALTH_OK,
        ENTROPY_CLIENT_HEALTH_DEGRADED,
        ENTROPY_CLIENT_HEALTH_FAILED,
        ENTROPY_CLIENT_HEALTH_STARTING,
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (strcmp(word, entropy_client_health_name(all[i])) == 0) {
            *health = all[i];
            return 0;
        }
    }
    return -1;
}
