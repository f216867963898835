/* Four words, see the design of the health word in docs/protocol.md. */

#include "client/names.h"

#include <string.h>

static const enum entropy_client_health all[] = {
    ENTROPY_CLIENT_HEALTH_OK,
    ENTROPY_CLIENT_HEALTH_DEGRADED,
    ENTROPY_CLIENT_HEALTH_FAILED,
    ENTROPY_CLIENT_HEALTH_STARTING,
};

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

int health_word_parse(const char *word, enum entropy_client_health *health)
{
    for (size_t i = 0; word != NULL && i < sizeof(all) / sizeof(all[0]); i++) {
        if (strcmp(word, entropy_client_health_name(all[i])) == 0) {
            *health = all[i];
            return 0;
        }
    }
    return -1;
}
