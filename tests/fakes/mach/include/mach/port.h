/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FAKES_MACH_PORT_H
#define ENTROPYD_TESTS_FAKES_MACH_PORT_H

#include <stdint.h>

typedef uint32_t natural_t;
typedef natural_t mach_port_name_t;
typedef mach_port_name_t mach_port_t;
typedef mach_port_t ipc_space_t;
typedef natural_t mach_port_right_t;
typedef natural_t mach_port_type_t;
typedef int mach_port_delta_t;
typedef uintptr_t mach_port_context_t;

#define MACH_PORT_NULL 0
#define MACH_PORT_DEAD ((mach_port_name_t)~0)

#define MACH_PORT_RIGHT_SEND      0
#define MACH_PORT_RIGHT_RECEIVE   1
#define MACH_PORT_RIGHT_SEND_ONCE 2
#define MACH_PORT_RIGHT_PORT_SET  3
#define MACH_PORT_RIGHT_DEAD_NAME 4

#define MACH_PORT_TYPE(right)    ((mach_port_type_t)1 << ((right) + 16))
#define MACH_PORT_TYPE_NONE      ((mach_port_type_t)0)
#define MACH_PORT_TYPE_SEND      MACH_PORT_TYPE(MACH_PORT_RIGHT_SEND)
#define MACH_PORT_TYPE_RECEIVE   MACH_PORT_TYPE(MACH_PORT_RIGHT_RECEIVE)
#define MACH_PORT_TYPE_PORT_SET  MACH_PORT_TYPE(MACH_PORT_RIGHT_PORT_SET)
#define MACH_PORT_TYPE_DEAD_NAME MACH_PORT_TYPE(MACH_PORT_RIGHT_DEAD_NAME)

#define MACH_PORT_QLIMIT_DEFAULT 5
#define MACH_PORT_QLIMIT_MAX     1024

typedef struct {
    natural_t mpl_qlimit;
} mach_port_limits_t;

#define MPO_CONTEXT_AS_GUARD  0x01
#define MPO_QLIMIT            0x02
#define MPO_INSERT_SEND_RIGHT 0x10
#define MPO_STRICT            0x20

typedef struct {
    uint32_t flags;
    mach_port_limits_t mpl;
    uint64_t reserved[2];
} mach_port_options_t;

typedef mach_port_options_t *mach_port_options_ptr_t;

#endif
