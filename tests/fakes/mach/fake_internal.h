/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_FAKES_MACH_FAKE_INTERNAL_H
#define ENTROPYD_TESTS_FAKES_MACH_FAKE_INTERNAL_H

/* What the parts of the fake share. All of it is guarded by fake.lock. */

#include "tests/fakes/mach/fake_mach.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define FAKE_NAMES_MAX 256

/* A message on its way. */
struct fake_message {
    struct fake_message *next;
    mach_msg_bits_t bits; /* complex or not */
    mach_msg_id_t id;
    unsigned descriptors; /* 0 or 1 */
    unsigned char type;   /* of the descriptor */
    unsigned char copy;
    void *memory; /* a mapping of its own, or NULL */
    mach_msg_size_t memory_bytes;
};

/* A port lives until its receive right is gone and no thread waits on it. */
struct fake_port {
    mach_port_name_t name; /* of the receive right */
    bool is_dead;
    unsigned waiters; /* senders and receivers that hold a pointer */
    unsigned qlimit;
    unsigned queued;
    struct fake_message *first;
    struct fake_message *last;
    bool is_guarded;
    bool is_strict;
    mach_port_context_t guard;
    struct fake_set *set; /* one at most: more is not modelled */
};

struct fake_set {
    bool is_dead;
    unsigned waiters;
    unsigned next; /* where the next receive begins to look */
};

/* A name of the task. */
struct fake_entry {
    mach_port_type_t type; /* MACH_PORT_TYPE_NONE: free */
    unsigned generation;   /* in the name, so that a stale one is known */
    unsigned references;   /* user references of SEND or DEAD_NAME */
    struct fake_port *port;
    struct fake_set *set;
};

/* A thread that waits in a receive. */
struct fake_thread {
    bool is_waiting;
    bool is_aborted;
    pthread_t thread;
};

#define FAKE_THREADS_MAX 16

struct fake_fault {
    unsigned after;
    unsigned times;
    kern_return_t code;
};

struct fake_mach {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* any queue, any death; broadcast */
    struct fake_entry names[FAKE_NAMES_MAX];
    struct fake_thread threads[FAKE_THREADS_MAX];
    struct fake_fault faults[FAKE_CALLS];
    enum fake_mach_mistake mistake;
    bool are_receivers_held;
    unsigned memory_in_task;
    unsigned memory_in_kernel;
    unsigned guard_violations;
    unsigned long sends;
    mach_msg_size_t last_size;
    mach_msg_timeout_t last_timeout_ms;
};

extern struct fake_mach fake_mach_state;

/* Takes and gives back the lock that guards all of it. */
void fake_lock(void);
void fake_unlock(void);

/* Wakes everybody who waits: a queue, a right or a switch has changed. */
void fake_changed(void);

/* Aborts the test: what it asks for is not modelled. */
_Noreturn void fake_unmodelled(const char *what);

/* Has this call been told to fail? Counts down. KERN_SUCCESS if not. */
kern_return_t fake_fault(enum fake_mach_call call);

/* The entry of a name in use, or NULL. */
struct fake_entry *fake_entry(mach_port_name_t name);

/* A free entry and its name, or NULL when there are too many. */
struct fake_entry *fake_new_entry(mach_port_name_t *name);

/* A send right more for the port behind entry, which has its receive right or
 * other send rights. */
void fake_add_send(struct fake_entry *entry);

/* A user reference of SEND or DEAD_NAME less; the last one frees the name,
 * unless it has the receive right as well. */
void fake_drop_reference(struct fake_entry *entry);

/* The end of entry's receive right, or of its set; entry may be free then. */
void fake_kill_port(struct fake_entry *entry);
void fake_kill_set(struct fake_entry *entry);

/* Frees port once it is dead and unused. */
void fake_release_port(struct fake_port *port);
void fake_release_set(struct fake_set *set);

/* The end of a message that is on its way; of its memory alone. */
void fake_free_message(struct fake_message *message);
void fake_free_memory(struct fake_message *message);

/* The two halves of mach_msg(). */
kern_return_t fake_send(mach_msg_header_t *user, mach_msg_option_t option,
                        mach_msg_size_t size, mach_msg_timeout_t timeout_ms);
kern_return_t fake_receive(mach_msg_header_t *user, mach_msg_option_t option,
                           mach_msg_size_t room, mach_port_name_t name,
                           mach_msg_timeout_t timeout_ms);

/* Waits until something changed, at most until deadline (CLOCK_MONOTONIC), or
 * without end where it is NULL. False when the deadline passed. */
bool fake_wait(const struct timespec *deadline);

/* timeout_ms from now. */
struct timespec fake_deadline(mach_msg_timeout_t timeout_ms);

#endif
