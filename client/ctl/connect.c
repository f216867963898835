/* What most commands do: connect, ask one thing, show it. */

#include "client/ctl/connect.h"
#include "client/ctl/exit.h"
#include "client/ctl/text.h"

#include <stdio.h>
#include <string.h>

int ctl_connect(const struct ctl_arguments *arguments, bool is_quiet,
                struct entropy_client **client)
{
    return ctl_connect_within(arguments, ENTROPY_CLIENT_TIMEOUT_MS, is_quiet,
                              client);
}

int ctl_connect_within(const struct ctl_arguments *arguments, int timeout_ms,
                       bool is_quiet, struct entropy_client **client)
{
    struct entropy_client_options options = ENTROPY_CLIENT_OPTIONS;
    options.timeout_ms = timeout_ms;
    options.path = arguments->values[OPTION_SOCKET];
    char why[ENTROPY_CLIENT_WHY_MAX];
    int rc = entropy_client_connect(client, &options, why, sizeof(why));
    if (rc < 0 && !is_quiet) {
        char clean[ENTROPY_CLIENT_WHY_MAX];
        fprintf(stderr, "entropyctl: %s: %s\n", entropy_client_error_name(rc),
                text_clean(why, clean, sizeof(clean)));
    }
    return (int)ctl_exit_of(rc);
}

int ctl_fail(const struct entropy_client *client, int error)
{
    char clean[ENTROPY_CLIENT_WHY_MAX];
    fprintf(stderr, "entropyctl: %s: %s\n", entropy_client_error_name(error),
            text_clean(entropy_client_message(client), clean, sizeof(clean)));
    return (int)ctl_exit_of(error);
}

int ctl_ask(struct entropy_client *client, const char *method,
            const char *params, int wait_ms, struct tree **result)
{
    char *json = NULL;
    *result = NULL;
    int rc = entropy_client_call(client, method, params, wait_ms, &json);
    if (rc < 0)
        return ctl_fail(client, rc);
    *result = tree_parse(json, strlen(json));
    entropy_client_free(json);
    if (*result != NULL)
        return CTL_OK;
    fprintf(stderr, "entropyctl: no memory for the answer\n");
    return CTL_NO_MEMORY;
}

int ctl_ask_once(const struct ctl_arguments *arguments, const char *method,
                 const char *params, int wait_ms, struct tree **result)
{
    struct entropy_client *client = NULL;
    *result = NULL;
    int code = ctl_connect(arguments, false, &client);
    if (code != CTL_OK)
        return code;
    if (ctl_is_given(arguments, OPTION_JSON)) {
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
