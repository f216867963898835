/* SPDX-License-Identifier: MIT */
/* sysctl has both. */

#include "lab/machine.h"

#include <sys/sysctl.h>
#include <sys/types.h>

void machine_processor(char *name, size_t size)
{
    size_t length = size - 1;
    if (sysctlbyname("machdep.cpu.brand_string", name, &length, NULL, 0) != 0)
        length = 0;
    name[length] = '\0';
}

const char *machine_virtual(void)
{
    int is_virtual = 0;
    size_t length = sizeof(is_virtual);
    if (sysctlbyname("kern.hv_vmm_present", &is_virtual, &length, NULL, 0) ==
            0 &&
        is_virtual != 0)
        return "a virtual machine";
    return "";
}

const char *machine_platform(void)
{
    return "macos";
}
