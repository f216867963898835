#ifndef ENTROPYD_BASE_THREAD_CPU_H
#define ENTROPYD_BASE_THREAD_CPU_H

/* Processor time of a thread; one file a platform, because macOS has no
 * pthread_getcpuclockid(). */

#include <pthread.h>
#include <stdint.h>

/* User and system time used so far by `thread`, which has not been joined, in
 * nanoseconds; 0 if the kernel does not tell. Any thread. */
uint64_t thread_cpu_ns(pthread_t thread);

#endif
