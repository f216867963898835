/* mach_ipc where it cannot be built. */

#include "collectors/absent.h"
#include "collectors/ipc/mach_ipc.h"

ABSENT_COLLECTOR(mach_ipc, "Mach IPC needs macOS");
