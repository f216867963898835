/* SPDX-License-Identifier: MIT */
#include "tests/support/assert_has.h"

#include <check.h>
#include <string.h>

/* check takes messages of 4,096 bytes, and what was to come comes last. */
#define TEXT_MAX 3000

static const char *end_of(const char *text)
{
    size_t length = strlen(text);
    return length > TEXT_MAX ? text + length - TEXT_MAX : text;
}

void assert_has(const char *text, const char *part)
{
    ck_assert_msg(text != NULL && strstr(text, part) != NULL, "%s is not in %s",
                  part, text != NULL ? end_of(text) : "(nothing)");
}
