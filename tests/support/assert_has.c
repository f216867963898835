/* SPDX-License-Identifier: MIT */
#include "tests/support/assert_has.h"

#include <check.h>
#include <string.h>

void assert_has(const char *text, const char *part)
{
    ck_assert_msg(text != NULL && strstr(text, part) != NULL, "%s is not in %s",
                  part, text ? text : "(nothing)");
}
