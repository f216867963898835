/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_OPENSSL_PROVIDER_H
#define ENTROPYD_CLIENT_OPENSSL_PROVIDER_H

/*
 * An OpenSSL 3 provider: its one algorithm, ENTROPYD, is a random generator
 * (EVP_RAND) whose bytes come from the daemon. openssl.cnf makes it the seed
 * source of OpenSSL's own generators, or the generator itself
 * (docs/operating.md). Nothing but OSSL_provider_init() is visible.
 */

#include "base/reason.h"
#include "client/openssl/session.h"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <stdbool.h>
#include <stdint.h>

/* Reasons in OpenSSL's error queue: a client's error with its sign turned, so
 * that ENTROPY_CLIENT_NOT_REACHABLE is 4 and the daemon's not_seeded 32001. */
#define PROVIDER_REASON(error) ((uint32_t) - (error))
#define PROVIDER_BAD_SETTING   1000

/* What one OSSL_LIB_CTX has loaded. Its connection is shared by all of that
 * context's generators, so that a process with many threads is one client. */
struct provider {
    const OSSL_CORE_HANDLE *handle;
    OSSL_FUNC_core_new_error_fn *new_error;
    OSSL_FUNC_core_set_error_debug_fn *set_error_debug;
    OSSL_FUNC_core_vset_error_fn *vset_error;
    OSSL_FUNC_CRYPTO_secure_malloc_fn *secure_malloc;
    OSSL_FUNC_CRYPTO_secure_clear_free_fn *secure_clear_free;

    /* From the provider's section of openssl.cnf. */
    const char *socket;        /* "": as clients find it */
    int timeout_ms;            /* for connecting, and for each request */
    bool falls_back;           /* "fallback = system" */
    bool prefers_conditioned;  /* "quality = conditioned" */
    struct reason bad_setting; /* "": there is none */

    struct session *_Atomic session; /* see session_of_process() */
};

/* Fills bytes[0..n) from the daemon; fresh bytes (the conditioned quality)
 * where asked for. Connects when not connected, and again after the
 * daemon was restarted. Where the daemon gives none: the system's generator if
 * the configuration allows it, else false, with the reason in OpenSSL's error
 * queue and the bytes zero.
 *
 * Any thread; asking blocks for at most timeout_ms to connect and twice
 * timeout_ms for an answer. A request that waits meanwhile for another thread's
 * shares its failure, so that many threads wait no longer than one; and with a
 * fallback the daemon is left alone for ten times as long as the failure took,
 * so that one that does not answer costs a program a tenth of its time.
 *
 * A child that was forked in the middle of another thread's request does not
 * wait for that thread, which does not exist in the child. */
bool provider_fill(struct provider *p, unsigned char *bytes, size_t n,
                   bool is_fresh);

/* The generator's functions (client/openssl/generator.c). */
extern const OSSL_DISPATCH generator_functions[];

#endif
