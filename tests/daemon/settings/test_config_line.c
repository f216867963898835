/* Lines of keys in JSON texts of all shapes. */

#include "daemon/settings/config_line.h"
#include "tests/support/run.h"

#include <stdio.h>
#include <string.h>

START_TEST(a_key_is_found_behind_whatever_stands_before_it)
{
    static const struct {
        const char *text, *key;
        unsigned line;
    } cases[] = {
        {"{\"a\": 1}", "a", 1},
        {"\n\n{\n\"a\":\n1}", "a", 4},
        {"{\"a\": 1,\n \"b\": 2,\n\n \"c\": 3}", "c", 4},
        {"{\"a\": {\"b\": 1},\n \"c\": {\n\"b\": 2}}", "c.b", 3},
        {"{\"a\": {\"b\": 1},\n \"c\": {\n\"b\": 2}}", "a.b", 1},
        {"{\"a\": [1, [2, {\"x\": [3]}],\n {}], \"b\": -1.5e9,\n \"c\": 0}",
         "c", 3},
        {"{\"a\": \"}],{\\\"\\\\\",\n\"b\": true,\n\"c\": null}", "c", 3},
        {"{\"a\": {},\n\"b\": [],\n\"c\": {\"d\": {\"e\": 1,\n\"f\": 2}}}",
         "c.d.f", 4},
        {"{\"x\": {\"a.b\": 1},\n\"x.a\": {\"c\": 1},\n\"x.a.d\": 2}", "x.a.d",
         3},
        {"{\"x\": {\"a.b\": 1},\n\"x.a\": {\"c\": 1},\n\"x.a.d\": 2}", "x.a.b",
         1},
        {"{\"\\u0061\\u002e\": 1,\n\"\\u0062\": 1}", "b", 2},
        {"{\"ab\": 1,\n\"a\": {\"b\": 1},\n\"abc\": 2}", "abc", 3},
        {"{\"ab\": {\"c\": 1},\n\"a\": {\"c\": 1}}", "a.c", 2},
        {"{ \"a\" : { \"b\" : 1 } ,\r\n \"c\" : 2 }", "c", 2},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(config_line(cases[i].text, cases[i].key) == cases[i].line,
                      "%s in %s is in line %u", cases[i].key, cases[i].text,
                      config_line(cases[i].text, cases[i].key));
}
END_TEST

START_TEST(what_is_not_there_has_no_line)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "[{\"k\": 1}]",
        "1",
        "",
        "{\"a\": {\"k\": 1}}",
        "{\"a\": \"k\", \"kk\": [\"k\"], \"K\": 1}",
        "\"k\""};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        ck_assert_uint_eq(config_line(texts[i], "k"), 0);
}
END_TEST

START_TEST(a_name_too_long_to_be_a_key_is_passed_over)
{
    char filler[500], text[600];
    memset(filler, 'n', sizeof(filler));
    filler[sizeof(filler) - 1] = '\0';
    (void)snprintf(text, sizeof(text), "{\"%s\": {\"k\": 1},\n\"k\": 2}",
                   filler);
    ck_assert_uint_eq(config_line(text, "k"), 2);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_key_is_found_behind_whatever_stands_before_it),
        TEST(what_is_not_there_has_no_line),
        TEST(a_name_too_long_to_be_a_key_is_passed_over),
        {0},
    };
    return run_tests("config_line", tests);
}
