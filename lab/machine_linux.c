/* SPDX-License-Identifier: MIT */
/* /proc/cpuinfo has both. */

#include "lab/machine.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The value of the first line of /proc/cpuinfo that begins with `key`. False:
 * there is none. */
static bool find_line(const char *key, char *value, size_t size)
{
    char line[4096];
    bool is_found = false;
    FILE *file = fopen("/proc/cpuinfo", "re");
    if (file == NULL)
        return false;
    while (!is_found && fgets(line, sizeof(line), file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, key, strlen(key)) != 0 || colon == NULL)
            continue;
        colon += 1 + strspn(colon + 1, " ");
        (void)snprintf(value, size, "%.*s", (int)strcspn(colon, "\n"), colon);
        is_found = true;
    }
    (void)fclose(file);
    return is_found;
}

void machine_processor(char *name, size_t size)
{
    /* ARM's kernel prints no name, only numbers that name it. */
    if (!find_line("model name", name, size) &&
        !find_line("CPU part", name, size))
        name[0] = '\0';
}

const char *machine_virtual(void)
{
    char flags[4096];
    if (find_line("flags", flags, sizeof(flags)) &&
        strstr(flags, " hypervisor") != NULL)
        return "a virtual machine";
    return "";
}

const char *machine_platform(void)
{
    return "linux";
}
