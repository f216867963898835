/* SPDX-License-Identifier: MIT */
/* Bytes from the daemon, and what OpenSSL's error queue says where there are
 * none. */

#include "client/openssl/provider.h"

#include "base/wipe.h"

#include <stdarg.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static void raise_error(const struct provider *p, uint32_t reason,
                        const char *function, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void raise_error(const struct provider *p, uint32_t reason,
                        const char *function, const char *format, ...)
{
    va_list args;
    p->new_error(p->handle);
    p->set_error_debug(p->handle, "entropyd", 0, function);
    va_start(args, format);
    p->vset_error(p->handle, reason, format, args);
    va_end(args);
}

/* What one request may take in all: connecting and the daemon's wait. */
static int get(struct provider *p, unsigned char *bytes, size_t n,
               bool is_fresh, char why[ENTROPY_CLIENT_WHY_MAX])
{
    struct entropy_client_options options = ENTROPY_CLIENT_OPTIONS;
    struct entropy_client_get_options how = ENTROPY_CLIENT_GET_OPTIONS;
    if (p->client == NULL) {
        options.path = p->socket;
        options.timeout_ms = p->timeout_ms;
        int rc = entropy_client_connect(&p->client, &options, why,
                                        ENTROPY_CLIENT_WHY_MAX);
        if (rc < 0)
            return rc;
    }
    how.wait_ms = p->timeout_ms;
    if (is_fresh)
        how.quality = ENTROPY_CLIENT_CONDITIONED;
    int rc = entropy_client_get(p->client, bytes, n, &how, NULL);
    if (rc < 0) {
        const char *message = entropy_client_message(p->client);
        size_t length = strlen(message);
        if (length >= ENTROPY_CLIENT_WHY_MAX)
            length = ENTROPY_CLIENT_WHY_MAX - 1;
        memcpy(why, message, length);
        why[length] = '\0';
    }
    return rc;
}

/* The kernel's generator, 256 bytes a call: getentropy()'s limit. */
static bool fill_from_system(unsigned char *bytes, size_t n)
{
    for (size_t at = 0; at < n; at += 256) {
        size_t portion = n - at < 256 ? n - at : 256;
        if (getentropy(bytes + at, portion) != 0) {
            wipe(bytes, n);
            return false;
        }
    }
    return true;
}

bool provider_fill(struct provider *p, unsigned char *bytes, size_t n,
                   bool is_fresh)
{
    char why[ENTROPY_CLIENT_WHY_MAX] = "";
    if (p->bad_setting.text[0] != '\0') {
        wipe(bytes, n);
        raise_error(p, PROVIDER_BAD_SETTING, "provider_fill", "%s",
                    p->bad_setting.text);
        return false;
    }
    (void)pthread_mutex_lock(&p->lock);
    int rc = get(p, bytes, n, is_fresh || p->prefers_conditioned, why);
    (void)pthread_mutex_unlock(&p->lock);
    if (rc == 0)
        return true;
    wipe(bytes, n);
    if (p->falls_back && fill_from_system(bytes, n))
        return true;
    raise_error(p, PROVIDER_REASON(rc), "provider_fill", "%s", why);
    return false;
}
