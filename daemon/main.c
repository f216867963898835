/* SPDX-License-Identifier: MIT */
#include "collectors/collector.h"
#include "daemon/daemon.h"

int main(int argc, char *argv[])
{
    const struct config_collectors collectors = {
        .list = collector_registry,
        .count = collector_registry_count,
    };
    return daemon_main(argc, argv, &collectors);
}
