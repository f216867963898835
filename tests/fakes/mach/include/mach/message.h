/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FAKES_MACH_MESSAGE_H
#define ENTROPYD_TESTS_FAKES_MACH_MESSAGE_H

#include <mach/kern_return.h>
#include <mach/port.h>

#include <stdint.h>

typedef kern_return_t mach_msg_return_t;
typedef natural_t mach_msg_size_t;
typedef natural_t mach_msg_timeout_t;
typedef int mach_msg_option_t;
typedef unsigned mach_msg_bits_t;
typedef int mach_msg_id_t;

/* How a right travels. */
#define MACH_MSG_TYPE_MOVE_SEND 17
#define MACH_MSG_TYPE_COPY_SEND 19
#define MACH_MSG_TYPE_MAKE_SEND 20

#define MACH_MSGH_BITS_REMOTE_MASK    0x0000001fU
#define MACH_MSGH_BITS_LOCAL_MASK     0x00001f00U
#define MACH_MSGH_BITS_COMPLEX        0x80000000U
#define MACH_MSGH_BITS(remote, local) ((remote) | ((local) << 8))
#define MACH_MSGH_BITS_REMOTE(bits)   ((bits)&MACH_MSGH_BITS_REMOTE_MASK)

/* Descriptors. */
#define MACH_MSG_PORT_DESCRIPTOR 0
#define MACH_MSG_OOL_DESCRIPTOR  1

#define MACH_MSG_PHYSICAL_COPY 0
#define MACH_MSG_VIRTUAL_COPY  1

/* Options. */
#define MACH_SEND_MSG         0x00000001
#define MACH_RCV_MSG          0x00000002
#define MACH_SEND_TIMEOUT     0x00000010
#define MACH_SEND_INTERRUPT   0x00000040
#define MACH_SEND_NOTIFY      0x00000080
#define MACH_RCV_TIMEOUT      0x00000100
#define MACH_RCV_INTERRUPT    0x00000400
#define MACH_MSG_TIMEOUT_NONE ((mach_msg_timeout_t)0)

/* Returns. The mask's bits may be added for what could not be given back. */
#define MACH_MSG_SUCCESS         0x00000000
#define MACH_MSG_MASK            0x00003e00
#define MACH_MSG_VM_SPACE        0x00001000
#define MACH_MSG_VM_KERNEL       0x00000400
#define MACH_SEND_INVALID_DEST   0x10000003
#define MACH_SEND_TIMED_OUT      0x10000004
#define MACH_SEND_INTERRUPTED    0x10000007
#define MACH_SEND_MSG_TOO_SMALL  0x10000008
#define MACH_SEND_INVALID_RIGHT  0x1000000a
#define MACH_SEND_INVALID_MEMORY 0x1000000c
#define MACH_SEND_NO_BUFFER      0x1000000d
#define MACH_SEND_INVALID_TYPE   0x1000000f
#define MACH_SEND_INVALID_HEADER 0x10000010
#define MACH_RCV_INVALID_NAME    0x10004002
#define MACH_RCV_TIMED_OUT       0x10004003
#define MACH_RCV_TOO_LARGE       0x10004004
#define MACH_RCV_INTERRUPTED     0x10004005
#define MACH_RCV_PORT_CHANGED    0x10004006
#define MACH_RCV_PORT_DIED       0x10004009
#define MACH_RCV_HEADER_ERROR    0x1000400b
#define MACH_RCV_BODY_ERROR      0x1000400c

/* Everything in a message is packed to four bytes. */
#pragma pack(push, 4)

typedef struct {
    mach_msg_bits_t msgh_bits;
    mach_msg_size_t msgh_size;
    mach_port_t msgh_remote_port;
    mach_port_t msgh_local_port;
    mach_port_name_t msgh_voucher_port;
    mach_msg_id_t msgh_id;
} mach_msg_header_t;

typedef struct {
    mach_msg_size_t msgh_descriptor_count;
} mach_msg_body_t;

typedef struct {
    void *address;
    int deallocate : 8;
    unsigned copy : 8;
    unsigned pad1 : 8;
    unsigned type : 8;
    mach_msg_size_t size;
} mach_msg_ool_descriptor_t;

typedef struct {
    unsigned msgh_trailer_type;
    mach_msg_size_t msgh_trailer_size;
} mach_msg_trailer_t;

/* As long as the longest of the real ones. */
typedef struct {
    mach_msg_trailer_t start;
    unsigned char rest[60];
} mach_msg_max_trailer_t;

#pragma pack(pop)

#endif
