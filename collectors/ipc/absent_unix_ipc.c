/* unix_ipc where it cannot be built. */

#include "collectors/absent.h"
#include "collectors/ipc/unix_ipc.h"

ABSENT_COLLECTOR(unix_ipc, "unix_ipc needs Linux");
