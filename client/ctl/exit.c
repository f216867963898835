/* The library's errors as exit codes. */

#include "client/ctl/exit.h"
#include "client/entropy_client.h"

enum ctl_exit ctl_exit_of(int error)
{
    switch (error) {
    case ENTROPY_CLIENT_OK:
        return CTL_OK;
    case ENTROPY_CLIENT_MISUSE:
    case ENTROPY_CLIENT_BAD_PATH:
        return CTL_USAGE;
    case ENTROPY_CLIENT_NO_MEMORY:
        return CTL_NO_MEMORY;
    case ENTROPY_CLIENT_NOT_REACHABLE:
        return CTL_NOT_REACHABLE;
    case ENTROPY_CLIENT_UNTRUSTED_SERVER:
        return CTL_UNTRUSTED;
    case ENTROPY_CLIENT_NO_ANSWER:
    case ENTROPY_CLIENT_NOT_SEEDED:
    case ENTROPY_CLIENT_TIMEOUT:
        return CTL_TIMED_OUT;
    case ENTROPY_CLIENT_DISCONNECTED:
    case ENTROPY_CLIENT_BAD_REPLY:
        return CTL_BROKEN;
    default:
        return CTL_REFUSED;
    }
}
