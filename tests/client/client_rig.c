/* SPDX-License-Identifier: MIT */
#include "tests/client/client_rig.h"

#include <check.h>
#include <string.h>

struct entropy_client *rig_client(const struct fake_server *s, int timeout_ms)
{
    struct entropy_client *client = NULL;
    char why[ENTROPY_CLIENT_WHY_MAX] = "";
    struct entropy_client_options options = ENTROPY_CLIENT_OPTIONS;
    options.path = s->path;
    options.timeout_ms = timeout_ms;
    int rc = entropy_client_connect(&client, &options, why, sizeof(why));
    ck_assert_msg(rc == 0, "%s", why);
    ck_assert_str_eq(entropy_client_path(client), s->path);
    return client;
}

struct entropy_client *rig_connect(struct fake_server *s, fake_script *script,
                                   int timeout_ms)
{
    fake_server_prepare(s);
    fake_server_start(s, script);
    return rig_client(s, timeout_ms);
}

void rig_end(struct entropy_client *client, struct fake_server *s)
{
    entropy_client_close(client);
    fake_server_end(s);
    fake_server_remove(s);
}

void check_pattern(const uint8_t *bytes, unsigned first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != (uint8_t)(first + i))
            ck_abort_msg("byte %zu is %u", i, bytes[i]);
    }
}

void check_zero(const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < n; i++) {
        if (at[i] != 0)
            ck_abort_msg("byte %zu is not wiped", i);
    }
}

void check_error(const struct entropy_client *client, int rc, int expected,
                 const char *part)
{
    ck_assert_msg(
        rc == expected, "%s, not %s: %s", entropy_client_error_name(rc),
        entropy_client_error_name(expected), entropy_client_message(client));
    ck_assert_msg(strstr(entropy_client_message(client), part) != NULL, "%s",
                  entropy_client_message(client));
}
