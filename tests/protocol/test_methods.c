/* SPDX-License-Identifier: MIT */
/* The table of methods agrees with itself, with the enums of protocol.h and
 * with docs/protocol.md. */

#include "protocol/methods.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(every_param_is_complete)
{
    for (unsigned m = 0; m < METHOD_COUNT; m++) {
        const struct method_info *info = method_info((enum method)m);
        ck_assert_uint_le(info->param_count, METHOD_PARAMS_MAX);
        for (size_t i = 0; i < info->param_count; i++) {
            const struct param *p = &info->params[i];
            ck_assert_uint_gt(strlen(p->name), 0);
            if (p->type == PARAM_INTEGER)
                ck_assert_int_lt(p->min, p->max);
            if (p->type == PARAM_INTEGER && !p->is_required)
                ck_assert(p->default_value >= p->min &&
                          p->default_value <= p->max);
            ck_assert((p->type == PARAM_CHOICE) == (p->choices != NULL));
        }
    }
}
END_TEST

START_TEST(choices_are_in_the_order_of_their_enums)
{
    const struct param *get = method_info(METHOD_GET)->params;
    const struct param *raw = method_info(METHOD_RAW)->params;
    const struct param *subscribe = method_info(METHOD_SUBSCRIBE)->params;
    for (unsigned i = 0; i <= ENCODING_BINARY; i++)
        ck_assert_str_eq(get[GET_ENCODING].choices[i],
                         encoding_name((enum encoding)i));
    for (unsigned i = 0; i <= ENCODING_BASE64; i++)
        ck_assert_str_eq(raw[RAW_ENCODING].choices[i],
                         encoding_name((enum encoding)i));
    for (unsigned i = 0; i <= QUALITY_CONDITIONED; i++)
        ck_assert_str_eq(get[GET_QUALITY].choices[i],
                         quality_name((enum quality)i));
    for (unsigned i = 0; i <= RAW_SYMBOLS; i++)
        ck_assert_str_eq(raw[RAW_FORMAT].choices[i],
                         raw_format_name((enum raw_format)i));
    for (unsigned i = 0; i <= SUBSCRIBE_STATUS; i++)
        ck_assert_str_eq(subscribe[SUBSCRIBE_EVENTS].choices[i],
                         subscription_name((enum subscription)i));
}
END_TEST

START_TEST(places_in_the_table_are_those_of_the_enums)
{
    ck_assert_str_eq(method_info(METHOD_GET)->params[GET_BYTES].name, "bytes");
    ck_assert_str_eq(method_info(METHOD_GET)->params[GET_TIMEOUT].name,
                     "timeout_ms");
    ck_assert_str_eq(method_info(METHOD_RAW)->params[RAW_SOURCE].name,
                     "source");
    ck_assert_str_eq(method_info(METHOD_SELFTEST)->params[SELFTEST_SOURCE].name,
                     "source");
    ck_assert_str_eq(
        method_info(METHOD_UNSUBSCRIBE)->params[SUBSCRIBE_EVENTS].name,
        "events");
}
END_TEST

static char *read_document(void)
{
    static char text[256 * 1024];
    FILE *file = fopen(PROTOCOL_DOCUMENT, "re");
    ck_assert_msg(file != NULL, "%s cannot be read", PROTOCOL_DOCUMENT);
    size_t length = fread(text, 1, sizeof(text) - 1, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

START_TEST(the_document_has_every_method_param_and_choice)
{
    const char *text = read_document();
    for (unsigned m = 0; m < METHOD_COUNT; m++) {
        const struct method_info *info = method_info((enum method)m);
        char part[160];
        snprintf(part, sizeof(part), "\n### %s\n", method_name((enum method)m));
        const char *section = strstr(text, part);
        ck_assert_msg(section != NULL, "no section %s", part);
        const char *end = strstr(section + 1, "\n### ");
        for (size_t i = 0; i < info->param_count; i++) {
            const struct param *p = &info->params[i];
            snprintf(part, sizeof(part), "| `%s` |", p->name);
            const char *row = strstr(section, part);
            ck_assert_msg(row != NULL && (end == NULL || row < end),
                          "%s: no row for %s", method_name((enum method)m),
                          p->name);
            const char *line_end = strchr(row + 1, '\n');
            char line[400];
            snprintf(line, sizeof(line), "%.*s", (int)(line_end - row), row);
            if (p->type == PARAM_INTEGER) {
                snprintf(part, sizeof(part), "%lld-%lld", (long long)p->min,
                         (long long)p->max);
                ck_assert_msg(strstr(line, part) != NULL, "%s: not %s", line,
                              part);
            }
            if (p->is_required)
                ck_assert_msg(strstr(line, "| required |") != NULL, "%s", line);
            for (size_t c = 0; p->choices != NULL && p->choices[c] != NULL;
                 c++) {
                snprintf(part, sizeof(part), "`%s`", p->choices[c]);
                ck_assert_msg(strstr(line, part) != NULL, "%s: not %s", line,
                              part);
            }
        }
    }
}
END_TEST

START_TEST(the_document_has_every_error)
{
    const char *text = read_document();
    for (unsigned i = 0; i < ERROR_KIND_COUNT; i++) {
        char row[80];
        snprintf(row, sizeof(row), "| %d | `%s` |",
                 error_code((enum error_kind)i),
                 error_name((enum error_kind)i));
        ck_assert_msg(strstr(text, row) != NULL, "no row %s", row);
    }
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(every_param_is_complete),
        TEST(choices_are_in_the_order_of_their_enums),
        TEST(places_in_the_table_are_those_of_the_enums),
        TEST(the_document_has_every_method_param_and_choice),
        TEST(the_document_has_every_error),
        {0},
    };
    return run_tests("methods", tests);
}
