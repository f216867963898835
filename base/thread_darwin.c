/* SPDX-License-Identifier: MIT */
#include "base/thread.h"

#include <mach/mach.h>
#include <pthread/qos.h>

void thread_role_helper(const char *name)
{
    (void)pthread_setname_np(name);
    (void)pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0);
}

void thread_role_sleeper(const char *name)
{
    (void)pthread_setname_np(name);
    (void)pthread_set_qos_class_self_np(QOS_CLASS_DEFAULT, 0);
}

static uint64_t time_value_ns(time_value_t time)
{
    return (uint64_t)time.seconds * UINT64_C(1000000000) +
           (uint64_t)time.microseconds * 1000;
}

/* macOS has no pthread_getcpuclockid(); Mach keeps the times of a thread, in
 * microseconds. */
uint64_t thread_cpu_ns(pthread_t thread)
{
    /* The name is borrowed from the pthread: no right to give back. */
    mach_port_t port = pthread_mach_thread_np(thread);
    thread_basic_info_data_t info;
    mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;
    if (thread_info(port, THREAD_BASIC_INFO, (thread_info_t)&info, &count) !=
        KERN_SUCCESS)
        return 0;
    return time_value_ns(info.user_time) + time_value_ns(info.system_time);
}
