/* SPDX-License-Identifier: MIT */
/* The table of keys: complete, consistent, and the same as its man page. */

#include "collectors/collector.h"
#include "daemon/settings/keys.h"
#include "tests/support/run.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* collector_registry_count is not a constant expression. */
static struct config_collectors collectors(void)
{
    return (struct config_collectors){.list = collector_registry,
                                      .count = collector_registry_count};
}

/* key_format() without the quotes of a string and the brackets of a list: what
 * --set takes. */
static void plain(const struct key *key, const struct key_value *value,
                  char out[KEY_TEXT_MAX])
{
    char json[KEY_TEXT_MAX];
    key_format(key, value, json);
    char *to = out;
    for (const char *p = json; *p != '\0'; p++) {
        if (strchr("\"[] ", *p) == NULL)
            *to++ = *p;
    }
    *to = '\0';
}

START_TEST(every_key_is_found_under_its_name_only)
{
    struct config_collectors c = collectors();
    size_t count = keys_count(&c);
    ck_assert_uint_gt(count, 16);
    ck_assert_uint_le(count, CONFIG_KEY_MAX);
    for (size_t i = 0; i < count; i++) {
        struct key key, found;
        keys_get(&c, i, &key);
        ck_assert_int_eq(keys_find(&c, key.name, &found), (int)i);
        ck_assert_str_eq(found.name, key.name);
    }
    struct key none;
    ck_assert_int_eq(keys_find(&c, "server", &none), -1);
    ck_assert_int_eq(keys_find(&c, "", &none), -1);
}
END_TEST

START_TEST(every_default_lies_in_its_range_and_reads_back)
{
    struct config_collectors c = collectors();
    for (size_t i = 0; i < keys_count(&c); i++) {
        struct key key;
        keys_get(&c, i, &key);
        char text[KEY_TEXT_MAX];
        plain(&key, &key.default_value, text);
        struct key_value back;
        ck_assert_msg(key_from_text(&key, text, &back) == 0, "%s: %s", key.name,
                      text);
        back.is_set = false;
        ck_assert_msg(key_value_equal(&key.default_value, &back), "%s",
                      key.name);
    }
}
END_TEST

START_TEST(the_ends_of_a_range_are_taken_and_what_lies_beyond_is_not)
{
    struct config_collectors c = collectors();
    for (size_t i = 0; i < keys_count(&c); i++) {
        struct key key;
        keys_get(&c, i, &key);
        if (key.type != KEY_INTEGER && key.type != KEY_POWER &&
            key.type != KEY_LIST)
            continue;
        const struct {
            int64_t number;
            int result;
        } cases[] = {{key.min, 0},
                     {key.max, 0},
                     {key.min - 1, -EINVAL},
                     {key.max + 1, -EINVAL},
                     {INT64_MAX, -EINVAL}};
        for (size_t j = 0; j < sizeof(cases) / sizeof(cases[0]); j++) {
            char text[32];
            struct key_value value;
            (void)snprintf(text, sizeof(text), "%" PRId64, cases[j].number);
            ck_assert_msg(key_from_text(&key, text, &value) == cases[j].result,
                          "%s=%s", key.name, text);
        }
    }
}
END_TEST

/* The result of parsing text for the key `name`. */
static int parse(const char *name, const char *text, struct key_value *value)
{
    struct config_collectors c = collectors();
    struct key key;
    ck_assert_int_ge(keys_find(&c, name, &key), 0);
    return key_from_text(&key, text, value);
}

START_TEST(what_is_not_quite_a_value_is_refused)
{
    static const struct {
        const char *name, *text;
    } cases[] = {
        {"server.max_batch", ""},
        {"server.max_batch", " 1"},
        {"server.max_batch", "1 "},
        {"server.max_batch", "+1"},
        {"server.max_batch", "0x10"},
        {"server.max_batch", "1e1"},
        {"server.max_batch", "1.0"},
        {"server.max_batch", "99999999999999999999"},
        {"server.max_batch", "18446744073709551617"},
        {"pool.ring_samples", "65535"},
        {"pool.ring_samples", "3000"},
        {"sources.unix_ipc.claim_bits", "0"},
        {"sources.unix_ipc.claim_bits", "0.0005"},
        {"sources.unix_ipc.claim_bits", "1.001"},
        {"sources.unix_ipc.claim_bits", ".5"},
        {"sources.unix_ipc.claim_bits", "0."},
        {"sources.unix_ipc.claim_bits", "-0.5"},
        {"sources.unix_ipc.claim_bits", "-0"},
        {"sources.unix_ipc.claim_bits", "0,5"},
        {"sources.unix_ipc.claim_bits", "9223372036854775807"},
        {"sources.unix_ipc.enabled", "1"},
        {"sources.unix_ipc.enabled", "True"},
        {"sources.unix_ipc.enabled", "yes"},
        {"sources.unix_ipc.ool_sizes", ""},
        {"sources.unix_ipc.ool_sizes", ","},
        {"sources.unix_ipc.ool_sizes", "1,"},
        {"sources.unix_ipc.ool_sizes", "1,,2"},
        {"sources.unix_ipc.ool_sizes", "[1,2]"},
        {"sources.unix_ipc.ool_sizes", "1,2,3,4,5,6,7,8,9"},
        {"socket.mode", "0577"},
        {"socket.mode", "01777"},
        {"socket.mode", "0688"},
        {"socket.mode", "rw"},
        {"socket.path", "relative.sock"},
        {"log.level", "INFO"},
        {"log.level", "notice"},
        {"log.level", "6"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct key_value value;
        ck_assert_msg(parse(cases[i].name, cases[i].text, &value) == -EINVAL,
                      "%s=%s", cases[i].name, cases[i].text);
    }
}
END_TEST

START_TEST(values_mean_what_they_say)
{
    struct key_value value;
    ck_assert_int_eq(parse("sources.unix_ipc.claim_bits", "0.25", &value), 0);
    ck_assert_int_eq(value.numbers[0], 250);
    ck_assert_int_eq(parse("sources.unix_ipc.claim_bits", "1.000", &value), 0);
    ck_assert_int_eq(value.numbers[0], 1000);
    ck_assert_int_eq(parse("sources.unix_ipc.claim_bits", "0.001", &value), 0);
    ck_assert_int_eq(value.numbers[0], 1);
    ck_assert_int_eq(parse("socket.mode", "660", &value), 0);
    ck_assert_int_eq(value.numbers[0], 0660);
    ck_assert_int_eq(parse("log.level", "warning", &value), 0);
    ck_assert_int_eq(value.numbers[0], 1);
    ck_assert_int_eq(parse("sources.unix_ipc.ool_sizes", "1,1048576,3", &value),
                     0);
    ck_assert_uint_eq(value.count, 3);
    ck_assert_int_eq(value.numbers[1], 1048576);
    ck_assert(value.is_set);
}
END_TEST

START_TEST(a_path_as_long_as_an_address_is_taken_and_a_longer_one_is_not)
{
    char path[256];
    struct key_value value;
    size_t limit = socket_path_limit();
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    path[limit] = '\0';
    ck_assert_int_eq(parse("socket.path", path, &value), 0);
    ck_assert_str_eq(value.text, path);
    path[limit] = 'a';
    path[limit + 1] = '\0';
    ck_assert_int_eq(parse("socket.path", path, &value), -EINVAL);
}
END_TEST

START_TEST(what_a_file_could_not_say_is_refused)
{
    struct key_value value;
    ck_assert_int_eq(parse("socket.path", "/a/\xc3\xa9", &value), 0);
    ck_assert_int_eq(parse("socket.path", "/a/\xff", &value), -EINVAL);
    ck_assert_int_eq(parse("socket.group", "\xc3", &value), -EINVAL);
}
END_TEST

START_TEST(strings_are_escaped_as_json_requires)
{
    struct config_collectors c = collectors();
    struct key key;
    struct key_value value = {.text = "/a \"b\\c\"\n\x01"};
    char text[KEY_TEXT_MAX];
    ck_assert_int_ge(keys_find(&c, "socket.path", &key), 0);
    ck_assert_str_eq(key_format(&key, &value, text),
                     "\"/a \\\"b\\\\c\\\"\\n\\u0001\"");
}
END_TEST

START_TEST(what_is_written_is_read_and_nothing_beside_it_moves)
{
    struct config_collectors c = collectors();
    size_t count = keys_count(&c);
    for (size_t i = 0; i < count; i++) {
        struct config config;
        struct config_origins origins;
        struct key key;
        config_defaults(&config, &origins, &c);
        struct config before = config;
        keys_get(&c, i, &key);
        struct key_value value = key.default_value, back;
        if (key.type == KEY_PATH || key.type == KEY_GROUP ||
            key.type == KEY_USER)
            memcpy(value.text, "/x", 3);
        else
            value.numbers[0] =
                key.default_value.numbers[0] == key.min ? key.max : key.min;
        key_write(&key, &config, &value);
        key_read(&key, &config, &back);
        ck_assert_msg(key_value_equal(&value, &back), "%s", key.name);
        size_t index = 0;
        struct key changed;
        ck_assert(config_next_change(&before, &config, &c, &index, &changed));
        ck_assert_str_eq(changed.name, key.name);
        ck_assert(!config_next_change(&before, &config, &c, &index, &changed));
    }
}
END_TEST

START_TEST(the_key_that_was_meant_is_named)
{
    static const struct {
        const char *wrong, *description;
    } cases[] = {
        {"server.max_conections", "unknown key \"server.max_conections\" (did "
                                  "you mean server.max_connections?)"},
        {"sever", "unknown key \"sever\" (did you mean server?)"},
        {"source", "unknown key \"source\" (did you mean sources?)"},
        {"max_connections", "unknown key \"max_connections\" (did you mean "
                            "server.max_connections?)"},
        {"level", "unknown key \"level\" (did you mean log.level?)"},
        {"unix_ipc.num_ports", "unknown key \"unix_ipc.num_ports\" (did you "
                               "mean sources.unix_ipc.num_ports?)"},
        {"sources.unix_ipc.num_prots",
         "unknown key \"sources.unix_ipc.num_prots\" (did you mean "
         "sources.unix_ipc.num_ports?)"},
        {"colour.of.the.walls", "unknown key \"colour.of.the.walls\" "
                                "(entropyd --help lists all keys)"},
        {"", "unknown key \"\" (entropyd --help lists all keys)"},
        {"server", "is a section; set one of its keys"},
    };
    struct config_collectors c = collectors();
    struct reason why;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        keys_describe_unknown(&c, cases[i].wrong, &why);
        ck_assert_str_eq(why.text, cases[i].description);
    }
}
END_TEST

START_TEST(an_unknown_source_gets_the_names_of_the_known_ones)
{
    static const char *const names[] = {"sources.unix_icp",
                                        "sources.unix_icp.num_ports",
                                        "sources.haveged.enabled", "sources."};
    struct config_collectors c = collectors();
    struct reason why;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        keys_describe_unknown(&c, names[i], &why);
        ck_assert_int_eq(strncmp(why.text, "unknown source \"", 16), 0);
        ck_assert_ptr_nonnull(strstr(why.text,
                                     " (known: mach_ipc, kqueue_events, "
                                     "unix_ipc, epoll_events)"));
    }
}
END_TEST

#define TABLE_BEGIN ".\\\" The table of keys begins.\n"
#define TABLE_END   ".\\\" The table of keys ends.\n"

/* The keys as entropyd.json(5) has them. */
static void print_table(FILE *out)
{
    struct config_collectors c = collectors();
    for (size_t i = 0; i < keys_count(&c); i++) {
        struct key key;
        char allows[KEY_TEXT_MAX];
        char value[KEY_TEXT_MAX];
        keys_get(&c, i, &key);
        /* The limit of macOS is another; the page says both. */
        if (key.type == KEY_PATH)
            (void)snprintf(allows, sizeof(allows),
                           "an absolute path of at most 107 bytes (103 on "
                           "macOS), or \"\"");
        else
            key_allows(&key, allows, sizeof(allows));
        allows[0] = (char)toupper((unsigned char)allows[0]);
        fprintf(out, ".It Va %s\n%c%s.\n%s%s%s%s.\nDefault: %s.\n", key.name,
                toupper((unsigned char)key.help[0]), key.help + 1, allows,
                key.unit[0] != '\0' ? " (" : "", key.unit,
                key.unit[0] != '\0' ? ")" : "",
                key_format(&key, &key.default_value, value));
        if (key.changes_running)
            fprintf(out, "A reload applies it.\n");
    }
}

/* The whole file, new and terminated, or NULL. */
static char *read_text(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    char *text = NULL;
    size_t size = 0;
    ck_assert_int_gt(getdelim(&text, &size, '\0', file), 0);
    (void)fclose(file);
    return text;
}

START_TEST(the_man_page_lists_the_table)
{
    DIR *folder = opendir(ENTROPYD_MAN_DIR);
    if (folder == NULL)
        SKIP("the source tree is not on this machine");
    closedir(folder);
    char *page = read_text(ENTROPYD_MAN_DIR "/entropyd.json.5");
    ck_assert_msg(page != NULL, "no " ENTROPYD_MAN_DIR "/entropyd.json.5");
    char *begin = strstr(page, TABLE_BEGIN);
    char *end = strstr(page, TABLE_END);
    ck_assert(begin != NULL && end != NULL && begin < end);
    begin += strlen(TABLE_BEGIN);
    *end = '\0';
    char *table = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&table, &size);
    ck_assert_ptr_nonnull(out);
    print_table(out);
    (void)fclose(out);
    char *there = begin;
    char *here = table;
    /* Line by line: the first that differs is what somebody has to find. */
    while (there != NULL || here != NULL) {
        char *is = strsep(&there, "\n");
        char *should_be = strsep(&here, "\n");
        ck_assert_msg(is != NULL && should_be != NULL &&
                          strcmp(is, should_be) == 0,
                      "the page has \"%s\" where the table has \"%s\" "
                      "(test_keys --table prints it)",
                      is != NULL ? is : "nothing",
                      should_be != NULL ? should_be : "nothing");
    }
    free(table);
    free(page);
}
END_TEST

int main(int argc, char **argv)
{
    const struct test_entry tests[] = {
        TEST(every_key_is_found_under_its_name_only),
        TEST(every_default_lies_in_its_range_and_reads_back),
        TEST(the_ends_of_a_range_are_taken_and_what_lies_beyond_is_not),
        TEST(what_is_not_quite_a_value_is_refused),
        TEST(values_mean_what_they_say),
        TEST(a_path_as_long_as_an_address_is_taken_and_a_longer_one_is_not),
        TEST(what_a_file_could_not_say_is_refused),
        TEST(strings_are_escaped_as_json_requires),
        TEST(what_is_written_is_read_and_nothing_beside_it_moves),
        TEST(the_key_that_was_meant_is_named),
        TEST(an_unknown_source_gets_the_names_of_the_known_ones),
        TEST(the_man_page_lists_the_table),
        {0},
    };
    if (argc == 2 && strcmp(argv[1], "--table") == 0) {
        print_table(stdout);
        return EXIT_SUCCESS;
    }
    return run_tests("keys", tests);
}
