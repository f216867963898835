/* What entropyctl can do. */

#include "client/ctl/commands.h"
#include "client/ctl/run.h"

#include <string.h>

#define JSON OPTION_BIT(OPTION_JSON)

const struct ctl_command ctl_commands[] = {
    {"get", "N", 1, 1,
     JSON | OPTION_BIT(OPTION_HEX) | OPTION_BIT(OPTION_BASE64) |
         OPTION_BIT(OPTION_BINARY) | OPTION_BIT(OPTION_QUALITY) |
         OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_TIMEOUT_MS),
     "print N random bytes (N may end in k, M or G)", run_get},
    {"raw", "SOURCE N", 2, 2,
     JSON | OPTION_BIT(OPTION_FORMAT) | OPTION_BIT(OPTION_BINARY) |
         OPTION_BIT(OPTION_OUTPUT),
     "print N raw samples of SOURCE, one a line", run_raw},
    {"status", "", 0, 0, JSON, "show everything the daemon knows of itself",
     run_status},
    {"health", "", 0, 0, JSON,
     "show the health word and the sources' states; see exit codes",
     run_health},
    {"sources", "", 0, 0, JSON,
     "show what the sources are and how they are set", run_sources},
    {"ping", "", 0, 0, JSON,
     "show the daemon's version and how fast it answers", run_ping},
    {"selftest", "[SOURCE]", 0, 1, JSON,
     "run the start-up test again, of SOURCE or of all", run_selftest},
    {"wait", "", 0, 0, OPTION_BIT(OPTION_TIMEOUT_S),
     "wait until the daemon is there and seeded", run_wait},
    {"watch", "", 0, 0,
     JSON | OPTION_BIT(OPTION_INTERVAL) | OPTION_BIT(OPTION_COUNT),
     "show the sources live; lines where there is no terminal", run_watch},
    {"events", "", 0, 0, JSON | OPTION_BIT(OPTION_COUNT),
     "print each change of a source's state as it happens", run_events},
    {"metrics", "", 0, 0, 0, "print the status for Prometheus", run_metrics},
    {"completion", "bash|zsh", 1, 1, 0, "print a completion script",
     run_completion},
};

const size_t ctl_command_count = sizeof(ctl_commands) / sizeof(ctl_commands[0]);

const struct ctl_command *ctl_command_find(const char *name)
{
    for (size_t i = 0; i < ctl_command_count; i++) {
        if (strcmp(ctl_commands[i].name, name) == 0)
            return &ctl_commands[i];
    }
    return NULL;
}
