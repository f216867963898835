/* Connection first: where there is no daemon, no file is touched. */

#include "client/ctl/deliver.h"
#include "client/ctl/connect.h"
#include "client/ctl/exit.h"

#include <stdio.h>
#include <unistd.h>

int ctl_deliver(const struct ctl_arguments *arguments, bool is_binary,
                ctl_delivery *write, const void *wish)
{
    const char *file = arguments->values[OPTION_OUTPUT];
    if (is_binary && file == NULL && isatty(STDOUT_FILENO)) {
        fprintf(stderr, "entropyctl: raw bytes do not go to a terminal: use "
                        "-o FILE or a pipe\n");
        return CTL_USAGE;
    }
    struct entropy_client *client = NULL;
    int code = ctl_connect(arguments, false, &client);
    if (code != CTL_OK)
        return code;
    struct ctl_output output;
    code = ctl_output_open(&output, file);
    if (code == CTL_OK) {
        code = write(client, wish, &output);
        int closed = ctl_output_close(&output, code == CTL_OK);
        if (code == CTL_OK)
            code = closed;
    }
    entropy_client_close(client);
    return code;
}
