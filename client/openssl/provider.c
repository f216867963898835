/* SPDX-License-Identifier: MIT */
#include "client/openssl/provider.h"

#include "base/number.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MAX_MS 60000

static const OSSL_ITEM reasons[] = {
    {PROVIDER_REASON(ENTROPY_CLIENT_MISUSE), "misuse of the client"},
    {PROVIDER_REASON(ENTROPY_CLIENT_NO_MEMORY), "out of memory"},
    {PROVIDER_REASON(ENTROPY_CLIENT_BAD_PATH), "bad socket path"},
    {PROVIDER_REASON(ENTROPY_CLIENT_NOT_REACHABLE),
     "the daemon is not reachable"},
    {PROVIDER_REASON(ENTROPY_CLIENT_UNTRUSTED_SERVER), "untrusted server"},
    {PROVIDER_REASON(ENTROPY_CLIENT_NO_ANSWER), "timed out"},
    {PROVIDER_REASON(ENTROPY_CLIENT_DISCONNECTED), "connection lost"},
    {PROVIDER_REASON(ENTROPY_CLIENT_BAD_REPLY), "reply violates the protocol"},
    {PROVIDER_REASON(ENTROPY_CLIENT_INTERNAL_ERROR),
     "internal error of the daemon"},
    {PROVIDER_REASON(ENTROPY_CLIENT_NOT_SEEDED),
     "the daemon is not seeded yet"},
    {PROVIDER_REASON(ENTROPY_CLIENT_TIMEOUT), "not enough entropy in time"},
    {PROVIDER_REASON(ENTROPY_CLIENT_ENTROPY_FAILED),
     "no usable entropy source"},
    {PROVIDER_REASON(ENTROPY_CLIENT_BUSY), "the daemon is busy"},
    {PROVIDER_REASON(ENTROPY_CLIENT_SHUTTING_DOWN),
     "the daemon is shutting down"},
    {PROVIDER_BAD_SETTING, "bad setting in the configuration"},
    {0, NULL},
};

static const OSSL_PARAM *gettable_params(void *provider)
{
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_NAME, NULL, 0),
        OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_VERSION, NULL, 0),
        OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_BUILDINFO, NULL, 0),
        OSSL_PARAM_int(OSSL_PROV_PARAM_STATUS, NULL),
        OSSL_PARAM_END,
    };
    (void)provider;
    return params;
}

/* OSSL_PARAM_set_*() are libcrypto's, which this module is not linked with. */
static void set_text(OSSL_PARAM *param, const char *text)
{
    if (param->data_type != OSSL_PARAM_UTF8_PTR)
        return;
    *(const char **)param->data = text;
    param->return_size = strlen(text);
}

static int get_params(void *provider, OSSL_PARAM params[])
{
    (void)provider;
    for (OSSL_PARAM *param = params; param->key != NULL; param++) {
        if (strcmp(param->key, OSSL_PROV_PARAM_NAME) == 0) {
            set_text(param, "entropyd");
        } else if (strcmp(param->key, OSSL_PROV_PARAM_VERSION) == 0 ||
                   strcmp(param->key, OSSL_PROV_PARAM_BUILDINFO) == 0) {
            set_text(param, entropy_client_version());
        } else if (strcmp(param->key, OSSL_PROV_PARAM_STATUS) == 0 &&
                   param->data_type == OSSL_PARAM_INTEGER &&
                   param->data_size == sizeof(int)) {
            *(int *)param->data = 1;
            param->return_size = sizeof(int);
        }
    }
    return 1;
}

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache)
{
    static const OSSL_ALGORITHM generators[] = {
        {"ENTROPYD", "provider=entropyd", generator_functions,
         "random bytes from entropyd"},
        {NULL, NULL, NULL, NULL},
    };
    (void)provider;
    *no_cache = 0;
    return operation == OSSL_OP_RAND ? generators : NULL;
}

static const OSSL_ITEM *reason_strings(void *provider)
{
    (void)provider;
    return reasons;
}

static void teardown(void *provider)
{
    struct provider *p = provider;
    session_destroy(atomic_load(&p->session));
    free(p);
}

static const OSSL_DISPATCH functions[] = {
    {OSSL_FUNC_PROVIDER_TEARDOWN, (void (*)(void))teardown},
    {OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, (void (*)(void))gettable_params},
    {OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))get_params},
    {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
    {OSSL_FUNC_PROVIDER_GET_REASON_STRINGS, (void (*)(void))reason_strings},
    {0, NULL},
};

/* One of two words, the first being the default. */
static void read_choice(struct provider *p, const char *key, const char *value,
                        const char *standard, const char *other, bool *is_other)
{
    *is_other = value != NULL && strcmp(value, other) == 0;
    if (value == NULL || *is_other || strcmp(value, standard) == 0)
        return;
    reason_set(&p->bad_setting, "%s = %s: must be %s or %s", key, value,
               standard, other);
}

/*
 * The settings of this provider's section in openssl.cnf. A bad one must not
 * fail the initialisation: OpenSSL would go on without the provider, and seed
 * itself from the system in silence. It fails every request instead.
 */
static void read_settings(struct provider *p,
                          OSSL_FUNC_core_get_params_fn *core_get_params)
{
    const char *socket = NULL;
    const char *timeout = NULL;
    const char *fallback = NULL;
    const char *quality = NULL;
    OSSL_PARAM settings[] = {
        OSSL_PARAM_utf8_ptr("socket", (char **)&socket, 0),
        OSSL_PARAM_utf8_ptr("timeout_ms", (char **)&timeout, 0),
        OSSL_PARAM_utf8_ptr("fallback", (char **)&fallback, 0),
        OSSL_PARAM_utf8_ptr("quality", (char **)&quality, 0),
        OSSL_PARAM_END,
    };
    int64_t timeout_ms = ENTROPY_CLIENT_WAIT_MS;
    if (!core_get_params(p->handle, settings))
        reason_set(&p->bad_setting, "the settings cannot be read");
    p->socket = socket != NULL ? socket : "";
    if (timeout != NULL &&
        number_parse(timeout, 1, TIMEOUT_MAX_MS, &timeout_ms) < 0)
        reason_set(&p->bad_setting, "timeout_ms = %s: must be from 1 to %d",
                   timeout, TIMEOUT_MAX_MS);
    p->timeout_ms = (int)timeout_ms;
    read_choice(p, "fallback", fallback, "none", "system", &p->falls_back);
    read_choice(p, "quality", quality, "drbg", "conditioned",
                &p->prefers_conditioned);
}

__attribute__((visibility("default"))) int
OSSL_provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
                   const OSSL_DISPATCH **out, void **provider)
{
    OSSL_FUNC_core_get_params_fn *core_get_params = NULL;
    struct provider *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return 0;
    p->handle = handle;
    for (; in->function_id != 0; in++) {
        switch (in->function_id) {
        case OSSL_FUNC_CORE_GET_PARAMS:
            core_get_params = OSSL_FUNC_core_get_params(in);
            break;
        case OSSL_FUNC_CORE_NEW_ERROR:
            p->new_error = OSSL_FUNC_core_new_error(in);
            break;
        case OSSL_FUNC_CORE_SET_ERROR_DEBUG:
            p->set_error_debug = OSSL_FUNC_core_set_error_debug(in);
            break;
        case OSSL_FUNC_CORE_VSET_ERROR:
            p->vset_error = OSSL_FUNC_core_vset_error(in);
            break;
        case OSSL_FUNC_CRYPTO_SECURE_MALLOC:
            p->secure_malloc = OSSL_FUNC_CRYPTO_secure_malloc(in);
            break;
        case OSSL_FUNC_CRYPTO_SECURE_CLEAR_FREE:
            p->secure_clear_free = OSSL_FUNC_CRYPTO_secure_clear_free(in);
            break;
        default:
            break;
        }
    }
    struct session *session = session_create();
    if (core_get_params == NULL || p->new_error == NULL ||
        p->set_error_debug == NULL || p->vset_error == NULL ||
        p->secure_malloc == NULL || p->secure_clear_free == NULL ||
        session == NULL) {
        session_destroy(session);
        free(p);
        return 0;
    }
    atomic_init(&p->session, session);
    read_settings(p, core_get_params);
    *out = functions;
    *provider = p;
    return 1;
}
