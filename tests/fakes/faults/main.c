/* SPDX-License-Identifier: MIT */
/*
 * entropyd with fault sources in place of the kernel's: the daemon under test.
 * SIGUSR1 makes all of them faulty, SIGUSR2 makes them good.
 */

#include "daemon/daemon.h"
#include "tests/fakes/faults/faults.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void on_signal(int number)
{
    fault_turn(number == SIGUSR1 ? FAULTS_ON : FAULTS_OFF);
}

int main(int argc, char *argv[])
{
    const struct config_collectors collectors = {
        .list = fault_registry,
        .count = fault_registry_count,
    };
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    (void)sigemptyset(&action.sa_mask);
    if (sigaction(SIGUSR1, &action, NULL) < 0 ||
        sigaction(SIGUSR2, &action, NULL) < 0) {
        perror("sigaction");
        return EXIT_FAILURE;
    }
    return daemon_main(argc, argv, &collectors);
}
