#ifndef ENTROPYD_COLLECTORS_IPC_ROUND_ROBIN_H
#define ENTROPYD_COLLECTORS_IPC_ROUND_ROBIN_H

/*
 * What mach_ipc and unix_ipc share of their logic: the options, the limits of a
 * collect(), and whose turn it is. Both send in turn over a number of channels
 * (ports, socket pairs) and take the size of what is passed from a list, in
 * turn as well. No kernel, no threads; pure arithmetic.
 */

#include "base/reason.h"
#include "collectors/collector.h"

/* Most channels: the range that the seeds' documentation gives num_ports. */
#define ROUND_ROBIN_PORTS_MAX 64

/* Places of the options in IPC_TUNABLES. */
enum ipc_tunable {
    IPC_NUM_PORTS,
    IPC_OOL_SIZE,
    IPC_OOL_SIZES,
    IPC_USE_COMPLEX_MESSAGES,
    IPC_TUNABLES_COUNT, /* how many there are */
};

#define IPC_OOL_SIZE_MAX 1048576 /* bytes */

/* The options of either collector, ended by the NULL entry. The sizes' default
 * spans what XNU copies (up to 32 KiB on arm64) and what it remaps (above). */
#define IPC_TUNABLES                                                           \
    {                                                                          \
        [IPC_NUM_PORTS] = {.name = "num_ports",                                \
                           .unit = "",                                         \
                           .help = "channels that are sent over in turn",      \
                           .type = TUNABLE_INTEGER,                            \
                           .min = 1,                                           \
                           .max = ROUND_ROBIN_PORTS_MAX,                       \
                           .standard = {.values = {8}, .count = 1}},           \
        [IPC_OOL_SIZE] = {.name = "ool_size",                                  \
                          .unit = "bytes",                                     \
                          .help = "memory passed with each message, exactly; " \
                                  "unless it is set, ool_sizes holds",         \
                          .type = TUNABLE_INTEGER,                             \
                          .min = 1,                                            \
                          .max = IPC_OOL_SIZE_MAX,                             \
                          .standard = {.values = {4096}, .count = 1}},         \
        [IPC_OOL_SIZES] = {.name = "ool_sizes",                                \
                           .unit = "bytes",                                    \
                           .help = "sizes of the memory passed, in turn",      \
                           .type = TUNABLE_LIST,                               \
                           .min = 1,                                           \
                           .max = IPC_OOL_SIZE_MAX,                            \
                           .standard = {.values = {4096, 16384, 49152},        \
                                        .count = 3}},                          \
        [IPC_USE_COMPLEX_MESSAGES] = {.name = "use_complex_messages",          \
                                      .unit = "",                              \
                                      .help = "pass memory along; false: the " \
                                              "plain operation",               \
                                      .type = TUNABLE_BOOLEAN,                 \
                                      .min = 0,                                \
                                      .max = 1,                                \
                                      .standard = {.values = {1},              \
                                                   .count = 1}},               \
        [IPC_TUNABLES_COUNT] = {.name = NULL},                                 \
    }

/* A check() for both: ool_size and ool_sizes exclude each other, because one
 * of two settings would have no effect. 0, or -EINVAL with the reason. */
int ipc_check(const struct tunable_value *values, struct reason *why);

/* A send that finds no room for this long has timed out; mach_ipc has a limit
 * of its own, for reasons of XNU's. */
#define IPC_SEND_TIMEOUT_MS 25

/* No send starts later than this in a collect(). A send may wait twice (Linux:
 * for buffer space, then for the peer's queue). */
#define IPC_LAST_START_MS (COLLECT_MAX_MS - 2 * IPC_SEND_TIMEOUT_MS)

/* What a shortage of the kernel's is given to pass, instead of asking again at
 * once. */
#define IPC_SHORTAGE_PAUSE_NS 1000000L

/* Whose turn it is. */
struct round_robin {
    unsigned ports; /* channels */
    unsigned sizes; /* entries of size_bytes */
    size_t size_bytes[TUNABLE_LIST_MAX];
    unsigned port;        /* the next turn's channel */
    unsigned size;        /* ... and its place in size_bytes */
    unsigned until_shift; /* turns left until the sizes slip by one */
};

struct turn {
    unsigned port; /* 0..ports - 1 */
    unsigned size; /* 0..sizes - 1, a place in size_bytes */
};

/* Starts at the first port and the first size. values stands in the order of
 * IPC_TUNABLES and was checked. */
void round_robin_init(struct round_robin *rr,
                      const struct tunable_value *values);

/* The next turn. Ports and sizes each go in order; after each common multiple
 * of the two the sizes slip by one, so that over ports x sizes turns every
 * port meets every size exactly once. */
struct turn round_robin_next(struct round_robin *rr);

#endif
