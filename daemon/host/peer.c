/* Privilege, decided in one place. */

#include "daemon/host/peer.h"

#include <unistd.h>

bool peer_is_privileged(const struct peer *peer)
{
    return peer->is_known && (peer->uid == 0 || peer->uid == geteuid());
}
