/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FAKES_MACH_MACH_H
#define ENTROPYD_TESTS_FAKES_MACH_MACH_H

/*
 * The part of macOS's <mach/mach.h> that mach_ipc uses, for the fake kernel
 * beside it: names, numbers, layouts and prototypes as the interface has them,
 * written for these tests. What is missing here is not modelled.
 */

#include <mach/kern_return.h>
#include <mach/message.h>
#include <mach/port.h>

#include <pthread.h>
#include <stdint.h>

typedef mach_port_t thread_act_t;
typedef uintptr_t vm_address_t;
typedef uintptr_t vm_size_t;

extern mach_port_t mach_task_self_;
#define mach_task_self() mach_task_self_

mach_msg_return_t mach_msg(mach_msg_header_t *msg, mach_msg_option_t option,
                           mach_msg_size_t send_size, mach_msg_size_t rcv_size,
                           mach_port_name_t rcv_name,
                           mach_msg_timeout_t timeout, mach_port_name_t notify);
void mach_msg_destroy(mach_msg_header_t *msg);

kern_return_t mach_port_allocate(ipc_space_t task, mach_port_right_t right,
                                 mach_port_name_t *name);
kern_return_t mach_port_construct(ipc_space_t task,
                                  mach_port_options_ptr_t options,
                                  mach_port_context_t context,
                                  mach_port_name_t *name);
kern_return_t mach_port_destruct(ipc_space_t task, mach_port_name_t name,
                                 mach_port_delta_t srdelta,
                                 mach_port_context_t guard);
kern_return_t mach_port_deallocate(ipc_space_t task, mach_port_name_t name);
kern_return_t mach_port_mod_refs(ipc_space_t task, mach_port_name_t name,
                                 mach_port_right_t right,
                                 mach_port_delta_t delta);
kern_return_t mach_port_insert_member(ipc_space_t task, mach_port_name_t name,
                                      mach_port_name_t pset);
kern_return_t mach_port_type(ipc_space_t task, mach_port_name_t name,
                             mach_port_type_t *ptype);

kern_return_t vm_deallocate(mach_port_t task, vm_address_t address,
                            vm_size_t size);

kern_return_t thread_abort_safely(thread_act_t thread);

/* In <pthread.h> on macOS. */
mach_port_t pthread_mach_thread_np(pthread_t thread);

char *mach_error_string(kern_return_t code);

#endif
