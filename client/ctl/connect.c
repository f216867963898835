/* SPDX-License-Identifier: MIT */
/* What most commands do: connect, ask one thing, report errors. */

#include "client/ctl/connect.h"

#include "client/ctl/text.h"

#include <stdio.h>
#include <string.h>

enum ctl_exit ctl_exit_of(int error)
{
    switch (error) {
    case ENTROPY_CLIENT_OK:
        return CTL_OK;
    case ENTROPY_CLIENT_MISUSE:
    case ENTROPY_CLIENT_BAD_PATH:
        return CTL_USAGE;
    case ENTROPY_CLIENT_NO_MEMORY:
        return CTL_NO_MEMORY;
    case ENTROPY_CLIENT_NOT_REACHABLE:
        return CTL_NOT_REACHABLE;
    case ENTROPY_CLIENT_ACCESS_DENIED:
        return CTL_NO_ACCESS;
    case ENTROPY_CLIENT_UNTRUSTED_SERVER:
        return CTL_UNTRUSTED;
    case ENTROPY_CLIENT_NO_ANSWER:
    case ENTROPY_CLIENT_NOT_SEEDED:
    case ENTROPY_CLIENT_TIMEOUT:
        return CTL_TIMED_OUT;
    case ENTROPY_CLIENT_DISCONNECTED:
    case ENTROPY_CLIENT_BAD_REPLY:
        return CTL_BROKEN;
    default:
        return CTL_REFUSED;
    }
}

int ctl_fail_text(int error, const char *message)
{
    char clean[ENTROPY_CLIENT_WHY_MAX];

    fprintf(stderr, "entropyctl: %s: %s\n", entropy_client_error_name(error),
            text_clean(message, clean, sizeof(clean)));
    return (int)ctl_exit_of(error);
}

int ctl_fail(const struct entropy_client *client, int error)
{
    return ctl_fail_text(error, entropy_client_message(client));
}

int ctl_connect(const struct ctl_arguments *arguments, int timeout_ms,
                bool is_quiet, struct entropy_client **client)
{
    struct entropy_client_options options = ENTROPY_CLIENT_OPTIONS;
    char why[ENTROPY_CLIENT_WHY_MAX];

    options.timeout_ms = timeout_ms;
    options.path = arguments->values[OPT_SOCKET];
    int rc = entropy_client_connect(client, &options, why, sizeof(why));
    if (rc < 0 && !is_quiet)
        return ctl_fail_text(rc, why);
    return (int)ctl_exit_of(rc);
}

int ctl_load(char *json, json_t **value)
{
    *value = json_loads(json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    entropy_client_free(json);
    if (*value != NULL)
        return CTL_OK;
    fprintf(stderr, "entropyctl: out of memory\n");
    return CTL_NO_MEMORY;
}

int ctl_ask(struct entropy_client *client, const char *method,
            const char *params, int wait_ms, json_t **result)
{
    char *json = NULL;

    *result = NULL;
    int rc = entropy_client_call(client, method, params, wait_ms, &json);
    return rc < 0 ? ctl_fail(client, rc) : ctl_load(json, result);
}

int ctl_ask_once(const struct ctl_arguments *arguments, const char *method,
                 const char *params, int wait_ms, json_t **result)
{
    struct entropy_client *client = NULL;

    *result = NULL;
    int code =
        ctl_connect(arguments, ENTROPY_CLIENT_TIMEOUT_MS, false, &client);
    if (code != CTL_OK)
        return code;
    if (ctl_is_given(arguments, OPT_JSON)) {
        char *json = NULL;
        int rc = entropy_client_call(client, method, params, wait_ms, &json);
        if (rc < 0)
            code = ctl_fail(client, rc);
        else
            printf("%s\n", json);
        entropy_client_free(json);
    } else {
        code = ctl_ask(client, method, params, wait_ms, result);
    }
    entropy_client_close(client);
    return code;
}
