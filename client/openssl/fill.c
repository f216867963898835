/* SPDX-License-Identifier: MIT */
/* Bytes from the daemon, and what OpenSSL's error queue says where there are
 * none. */

#include "client/openssl/provider.h"

#include "base/monotonic.h"
#include "base/text.h"
#include "base/wipe.h"

#include <stdarg.h>
#include <string.h>
#include <sys/random.h>

/* With a fallback: after a failure the daemon is left alone for so many times
 * as long as it took. */
#define PAUSE_FACTOR 10

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

static int get(const struct provider *p, struct session *s,
               unsigned char *bytes, size_t n, bool is_fresh)
{
    char *why = s->failure.why;
    struct entropy_client_options options = ENTROPY_CLIENT_OPTIONS;
    struct entropy_client_get_options how = ENTROPY_CLIENT_GET_OPTIONS;
    if (s->client == NULL) {
        options.path = p->socket;
        options.timeout_ms = p->timeout_ms;
        int rc = entropy_client_connect(&s->client, &options, why,
                                        ENTROPY_CLIENT_WHY_MAX);
        if (rc < 0)
            return rc;
    }
    how.wait_ms = p->timeout_ms;
    if (is_fresh)
        how.quality = ENTROPY_CLIENT_CONDITIONED;
    int rc = entropy_client_get(s->client, bytes, n, &how, NULL);
    if (rc < 0)
        text_format(why, ENTROPY_CLIENT_WHY_MAX, "%s",
                    entropy_client_message(s->client));
    return rc;
}

/* Asks, unless the answer is known: the request came at begin_ms. */
static int ask(const struct provider *p, struct session *s,
               unsigned char *bytes, size_t n, bool is_fresh, uint64_t begin_ms)
{
    struct session_failure *failure = &s->failure;
    uint64_t now_ms = monotonic_now_ms();
    bool has_waited = begin_ms < failure->end_ms;
    bool is_pause = p->falls_back && now_ms < failure->again_ms;
    if (failure->rc < 0 && (has_waited || is_pause))
        return failure->rc;
    failure->rc = get(p, s, bytes, n, is_fresh);
    failure->end_ms = monotonic_now_ms();
    failure->again_ms =
        failure->end_ms + PAUSE_FACTOR * (failure->end_ms - now_ms);
    return failure->rc;
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

/* As ask(), locked; why is filled where it fails. */
static int ask_locked(struct provider *p, unsigned char *bytes, size_t n,
                      bool is_fresh, char why[ENTROPY_CLIENT_WHY_MAX])
{
    uint64_t begin_ms = monotonic_now_ms();
    struct session *s = session_of_process(&p->session);
    if (s == NULL) {
        text_format(why, ENTROPY_CLIENT_WHY_MAX, "out of memory");
        return ENTROPY_CLIENT_NO_MEMORY;
    }
    (void)pthread_mutex_lock(&s->lock);
    int rc = ask(p, s, bytes, n, is_fresh || p->prefers_conditioned, begin_ms);
    if (rc < 0)
        memcpy(why, s->failure.why, sizeof(s->failure.why));
    (void)pthread_mutex_unlock(&s->lock);
    return rc;
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
    int rc = ask_locked(p, bytes, n, is_fresh, why);
    if (rc == 0)
        return true;
    wipe(bytes, n);
    if (p->falls_back && fill_from_system(bytes, n))
        return true;
    raise_error(p, PROVIDER_REASON(rc), "provider_fill", "%s", why);
    return false;
}
