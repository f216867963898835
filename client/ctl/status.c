/* status: what a person wants to know at a glance, most telling first. */

#include "client/ctl/connect.h"
#include "client/ctl/run.h"
#include "client/ctl/view.h"
#include "client/ctl/status_head.h"

#include <stdio.h>

int run_status(const struct ctl_arguments *arguments)
{
    struct tree *status = NULL;
    int code = ctl_ask_once(arguments, "status", NULL, 0, &status);
    if (status == NULL)
        return code;
    ctl_print_headline(status);
    ctl_print_parts(status);
    printf("\n");
    ctl_print_sources(status, false);
    tree_free(status);
    return code;
}
