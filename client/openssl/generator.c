/* SPDX-License-Identifier: MIT */
/*
 * The EVP_RAND "ENTROPYD". It has no state of its own: each request is one to
 * the daemon. As a seed source it is asked by get_seed(), as a generator by
 * generate().
 */

#include "client/openssl/provider.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* The strength in bits: that of the daemon's generator, ChaCha20. */
#define STRENGTH 256

/* Most bytes that one generate() is asked for; OpenSSL asks again. */
#define REQUEST_MAX 65536

struct generator {
    struct provider *provider;
    pthread_mutex_t lock; /* OpenSSL's, between its own calls */
    bool has_lock;
    int state; /* EVP_RAND_STATE_... */
};

static void *new_generator(void *provider, void *parent,
                           const OSSL_DISPATCH *parent_functions)
{
    struct generator *g = calloc(1, sizeof(*g));
    (void)parent;
    (void)parent_functions;
    if (g == NULL)
        return NULL;
    g->provider = provider;
    g->state = EVP_RAND_STATE_UNINITIALISED;
    return g;
}

static void free_generator(void *generator)
{
    struct generator *g = generator;
    if (g == NULL)
        return;
    if (g->has_lock)
        (void)pthread_mutex_destroy(&g->lock);
    free(g);
}

static int instantiate(void *generator, unsigned strength, int is_resistant,
                       const unsigned char *personalisation, size_t length,
                       const OSSL_PARAM params[])
{
    struct generator *g = generator;
    (void)is_resistant;
    (void)personalisation;
    (void)length;
    (void)params;
    if (strength > STRENGTH)
        return 0;
    g->state = EVP_RAND_STATE_READY;
    return 1;
}

static int uninstantiate(void *generator)
{
    struct generator *g = generator;
    g->state = EVP_RAND_STATE_UNINITIALISED;
    return 1;
}

static int generate(void *generator, unsigned char *out, size_t n,
                    unsigned strength, int is_resistant,
                    const unsigned char *additional, size_t length)
{
    struct generator *g = generator;
    (void)additional;
    (void)length;
    return g->state == EVP_RAND_STATE_READY && strength <= STRENGTH &&
           provider_fill(g->provider, out, n, is_resistant != 0);
}

/* The daemon reseeds itself. */
static int reseed(void *generator, int is_resistant,
                  const unsigned char *entropy, size_t entropy_length,
                  const unsigned char *additional, size_t length)
{
    const struct generator *g = generator;
    (void)is_resistant;
    (void)entropy;
    (void)entropy_length;
    (void)additional;
    (void)length;
    return g->state == EVP_RAND_STATE_READY;
}

static size_t get_seed(void *generator, unsigned char **seed, int bits,
                       size_t min, size_t max, int is_resistant,
                       const unsigned char *additional, size_t length)
{
    const struct generator *g = generator;
    struct provider *p = g->provider;
    size_t n = bits > 0 ? ((size_t)bits + 7) / 8 : 0;
    (void)additional;
    (void)length;
    if (n < min)
        n = min;
    if (n == 0 || n > max)
        return 0;
    *seed = p->secure_malloc(n, "entropyd", 0);
    if (*seed == NULL)
        return 0;
    if (provider_fill(p, *seed, n, is_resistant != 0))
        return n;
    p->secure_clear_free(*seed, n, "entropyd", 0);
    *seed = NULL;
    return 0;
}

static void clear_seed(void *generator, unsigned char *seed, size_t n)
{
    const struct generator *g = generator;
    g->provider->secure_clear_free(seed, n, "entropyd", 0);
}

static int verify_zeroization(void *generator)
{
    (void)generator;
    return 1; /* there is nothing to wipe */
}

static int enable_locking(void *generator)
{
    struct generator *g = generator;
    if (!g->has_lock)
        g->has_lock = pthread_mutex_init(&g->lock, NULL) == 0;
    return g->has_lock;
}

static int lock(void *generator)
{
    struct generator *g = generator;
    return !g->has_lock || pthread_mutex_lock(&g->lock) == 0;
}

static void unlock(void *generator)
{
    struct generator *g = generator;
    if (g->has_lock)
        (void)pthread_mutex_unlock(&g->lock);
}

static const OSSL_PARAM *gettable_params(void *generator, void *provider)
{
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_int(OSSL_RAND_PARAM_STATE, NULL),
        OSSL_PARAM_uint(OSSL_RAND_PARAM_STRENGTH, NULL),
        OSSL_PARAM_size_t(OSSL_RAND_PARAM_MAX_REQUEST, NULL),
        OSSL_PARAM_END,
    };
    (void)generator;
    (void)provider;
    return params;
}

/* An integer of the width that the caller has room for. */
static int set_integer(OSSL_PARAM *param, uint64_t value)
{
    if (param->data_type != OSSL_PARAM_INTEGER &&
        param->data_type != OSSL_PARAM_UNSIGNED_INTEGER)
        return 0;
    if (param->data_size == sizeof(uint32_t)) {
        uint32_t narrow = (uint32_t)value;
        memcpy(param->data, &narrow, sizeof(narrow));
    } else if (param->data_size == sizeof(value)) {
        memcpy(param->data, &value, sizeof(value));
    } else {
        return 0;
    }
    param->return_size = param->data_size;
    return 1;
}

static int get_params(void *generator, OSSL_PARAM params[])
{
    const struct generator *g = generator;
    int is_right = 1;
    for (OSSL_PARAM *param = params; param->key != NULL; param++) {
        if (strcmp(param->key, OSSL_RAND_PARAM_STATE) == 0)
            is_right &= set_integer(param, (uint64_t)g->state);
        else if (strcmp(param->key, OSSL_RAND_PARAM_STRENGTH) == 0)
            is_right &= set_integer(param, STRENGTH);
        else if (strcmp(param->key, OSSL_RAND_PARAM_MAX_REQUEST) == 0)
            is_right &= set_integer(param, REQUEST_MAX);
    }
    return is_right;
}

const OSSL_DISPATCH generator_functions[] = {
    {OSSL_FUNC_RAND_NEWCTX, (void (*)(void))new_generator},
    {OSSL_FUNC_RAND_FREECTX, (void (*)(void))free_generator},
    {OSSL_FUNC_RAND_INSTANTIATE, (void (*)(void))instantiate},
    {OSSL_FUNC_RAND_UNINSTANTIATE, (void (*)(void))uninstantiate},
    {OSSL_FUNC_RAND_GENERATE, (void (*)(void))generate},
    {OSSL_FUNC_RAND_RESEED, (void (*)(void))reseed},
    {OSSL_FUNC_RAND_GET_SEED, (void (*)(void))get_seed},
    {OSSL_FUNC_RAND_CLEAR_SEED, (void (*)(void))clear_seed},
    {OSSL_FUNC_RAND_VERIFY_ZEROIZATION, (void (*)(void))verify_zeroization},
    {OSSL_FUNC_RAND_ENABLE_LOCKING, (void (*)(void))enable_locking},
    {OSSL_FUNC_RAND_LOCK, (void (*)(void))lock},
    {OSSL_FUNC_RAND_UNLOCK, (void (*)(void))unlock},
    {OSSL_FUNC_RAND_GETTABLE_CTX_PARAMS, (void (*)(void))gettable_params},
    {OSSL_FUNC_RAND_GET_CTX_PARAMS, (void (*)(void))get_params},
    {0, NULL},
};
