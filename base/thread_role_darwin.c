/* The name that sample and Instruments show, and the QoS class. */

#include "base/thread_role.h"

#include <pthread.h>
#include <pthread/qos.h>

void thread_role_helper(const char *name)
{
    (void)pthread_setname_np(name);
    (void)pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0);
}
