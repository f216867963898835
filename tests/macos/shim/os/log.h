/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_MACOS_SHIM_OS_LOG_H
#define ENTROPYD_TESTS_MACOS_SHIM_OS_LOG_H

/* Replaces <os/log.h>, which the headers of the cross-build lack: enough
 * of its documented interface to compile, to check format arguments and to
 * link. On a Mac the SDK's own header is used. */

#include <os/base.h>
#include <os/object.h>
#include <stdbool.h>
#include <stdint.h>

struct mach_header;
struct os_log_s;
typedef struct os_log_s *os_log_t;
typedef uint8_t os_log_type_t;

enum {
    OS_LOG_TYPE_DEFAULT = 0,
    OS_LOG_TYPE_INFO = 1,
    OS_LOG_TYPE_DEBUG = 2,
    OS_LOG_TYPE_ERROR = 16,
    OS_LOG_TYPE_FAULT = 17,
};

extern struct os_log_s _os_log_default;
#define OS_LOG_DEFAULT (&_os_log_default)

os_log_t os_log_create(const char *subsystem, const char *category);
bool os_log_type_enabled(os_log_t log, os_log_type_t type);
void _os_log_impl(void *dso, os_log_t log, os_log_type_t type,
                  const char *format, uint8_t *buffer, uint32_t size);
extern struct mach_header __dso_handle;

#define os_log_with_type(log, type, format, ...)                               \
    __extension__({                                                            \
        os_log_t log_ = (log);                                                 \
        os_log_type_t type_ = (type);                                          \
        if (os_log_type_enabled(log_, type_)) {                                \
            uint8_t buffer_[__builtin_os_log_format_buffer_size(               \
                format, ##__VA_ARGS__)];                                       \
            _os_log_impl(                                                      \
                (void *)&__dso_handle, log_, type_, format,                    \
                __builtin_os_log_format(buffer_, format, ##__VA_ARGS__),       \
                (uint32_t)sizeof(buffer_));                                    \
        }                                                                      \
    })
#define os_log(log, format, ...)                                               \
    os_log_with_type(log, OS_LOG_TYPE_DEFAULT, format, ##__VA_ARGS__)
#define os_log_info(log, format, ...)                                          \
    os_log_with_type(log, OS_LOG_TYPE_INFO, format, ##__VA_ARGS__)
#define os_log_debug(log, format, ...)                                         \
    os_log_with_type(log, OS_LOG_TYPE_DEBUG, format, ##__VA_ARGS__)
#define os_log_error(log, format, ...)                                         \
    os_log_with_type(log, OS_LOG_TYPE_ERROR, format, ##__VA_ARGS__)

#endif
