#ifndef ENTROPYD_CLIENT_CTL_EXIT_H
#define ENTROPYD_CLIENT_CTL_EXIT_H

/* entropyctl's exit codes: stable, in --help and in entropyctl(1). */

/* X(enumerator, code, meaning) */
#define CTL_EXITS(X)                                                           \
    X(CTL_OK, 0, "it worked; of health: every source is healthy")              \
    X(CTL_DEGRADED, 1,                                                         \
      "health: some sources are not healthy; selftest: one did not pass")      \
    X(CTL_FAILED, 2, "health: no source is healthy")                           \
    X(CTL_NOT_REACHABLE, 3, "no daemon can be reached")                        \
    X(CTL_STARTING, 4, "health: the generator is not seeded yet")              \
    X(CTL_REFUSED, 5, "the daemon answered with an error")                     \
    X(CTL_TIMED_OUT, 6, "not in time: no answer, not seeded, no entropy")      \
    X(CTL_BROKEN, 7, "the connection ended or the answer was broken")          \
    X(CTL_USAGE, 64, "the command line is wrong")                              \
    X(CTL_NO_MEMORY, 71, "there is no memory")                                 \
    X(CTL_OUTPUT, 74, "the output cannot be written")                          \
    X(CTL_UNTRUSTED, 77, "the server cannot be trusted")

enum ctl_exit {
#define X(enumerator, code, meaning) enumerator = (code),
    CTL_EXITS(X)
#undef X
};

/* The exit code that an enum entropy_client_error leads to. */
enum ctl_exit ctl_exit_of(int error);

#endif
