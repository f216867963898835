/* The name that ps and top show. */

#include "base/thread_role.h"

#include <pthread.h>

void thread_role_helper(const char *name)
{
    (void)pthread_setname_np(pthread_self(), name);
}
