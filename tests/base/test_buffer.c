/* SPDX-License-Identifier: MIT */
/* What is written into a buffer is what comes out, and nothing stays behind. */

#include "base/buffer.h"
#include "base/wipe.h"
#include "tests/support/run.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

START_TEST(appending_grows_and_keeps_all)
{
    struct buffer b = {0};
    for (int i = 0; i < 5000; i++) {
        uint8_t byte = (uint8_t)i;
        buffer_append(&b, &byte, 1);
    }
    ck_assert_uint_eq(b.length, 5000);
    for (int i = 0; i < 5000; i++)
        ck_assert_int_eq((uint8_t)b.data[i], (uint8_t)i);
    buffer_fini(&b);
    ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(reserved_room_is_there)
{
    struct buffer b = {0};
    buffer_append_text(&b, "ab");
    char *room = buffer_reserve(&b, 10000);
    memset(room, 'x', 10000);
    b.length += 10000;
    ck_assert_uint_ge(b.capacity, 10002);
    ck_assert_int_eq(b.data[0], 'a');
    ck_assert_int_eq(b.data[10001], 'x');
    buffer_fini(&b);
}
END_TEST

START_TEST(a_failed_allocation_leaves_the_buffer_unchanged)
{
    struct buffer b = {0};
    buffer_append_text(&b, "ab");
    ck_assert_ptr_null(buffer_reserve(&b, SIZE_MAX - 1));
    ck_assert(b.has_failed);
    ck_assert_uint_eq(b.length, 2);
    ck_assert_mem_eq(b.data, "ab", 2);
    buffer_append_hex(&b, NULL, SIZE_MAX / 2 + 1);
    buffer_append_base64(&b, NULL, SIZE_MAX / 2 + 1);
    ck_assert_uint_eq(b.length, 2);
    buffer_reset(&b);
    ck_assert(!b.has_failed);
    buffer_fini(&b);
}
END_TEST

START_TEST(cutting_and_resetting_wipe)
{
    struct buffer b = {0};
    buffer_append_text(&b, "secret");
    buffer_cut(&b, 2);
    ck_assert_uint_eq(b.length, 2);
    ck_assert_mem_eq(b.data, "se\0\0\0\0", 6);
    buffer_reset(&b);
    ck_assert_mem_eq(b.data, "\0\0", 2);
    ck_assert_uint_gt(b.capacity, 0);
    buffer_fini(&b);
}
END_TEST

START_TEST(hex_is_lower_case_pairs)
{
    struct buffer b = {0};
    uint8_t bytes[256];
    char expected[513];
    for (size_t i = 0; i < 256; i++) {
        bytes[i] = (uint8_t)i;
        snprintf(expected + 2 * i, 3, "%02zx", i);
    }
    /* Every length, since many bytes at once are not encoded as one is. */
    for (size_t n = 0; n <= sizeof(bytes); n++) {
        buffer_append_hex(&b, bytes + sizeof(bytes) - n, n);
        ck_assert_uint_eq(b.length, 2 * n);
        if (n > 0)
            ck_assert_mem_eq(b.data, expected + 2 * (sizeof(bytes) - n), 2 * n);
        buffer_reset(&b);
    }
    buffer_fini(&b);
}
END_TEST

START_TEST(base64_is_that_of_rfc_4648)
{
    static const char *const pairs[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xff\xfe\xfd", "//79"},
        {"\xfb\xf0", "+/A="},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct buffer b = {0};
        buffer_append_base64(&b, (const uint8_t *)pairs[i][0],
                             strlen(pairs[i][0]));
        ck_assert_uint_eq(b.length, strlen(pairs[i][1]));
        if (b.length > 0)
            ck_assert_mem_eq(b.data, pairs[i][1], b.length);
        buffer_fini(&b);
    }
}
END_TEST

/* By the definition, one letter at a time. */
static size_t base64_by_definition(const uint8_t *bytes, size_t n, char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = 0;
    for (size_t bit = 0; bit < 8 * n; bit += 6) {
        unsigned value = 0;
        for (size_t i = bit; i < bit + 6; i++)
            value =
                2 * value + (i < 8 * n ? bytes[i / 8] >> (7 - i % 8) & 1U : 0U);
        text[length++] = letters[value];
    }
    while (length % 4 != 0)
        text[length++] = '=';
    return length;
}

START_TEST(base64_of_every_length_is_that_of_one_letter_at_a_time)
{
    /* 180,000 bytes in all, so every letter at every place of a vector. The
     * bytes end with their memory: a sanitizer sees a read beyond it. */
    enum { BYTES_MAX = 600 };
    char expected[BYTES_MAX / 3 * 4];
    uint32_t state = 1;
    for (size_t n = 0; n <= BYTES_MAX; n++) {
        uint8_t *bytes = malloc(n > 0 ? n : 1);
        ck_assert_ptr_nonnull(bytes);
        for (size_t i = 0; i < n; i++) {
            state = state * 1664525U + 1013904223U;
            bytes[i] = (uint8_t)(state >> 24);
        }
        size_t length = base64_by_definition(bytes, n, expected);
        struct buffer b = {0};
        buffer_append_base64(&b, bytes, n);
        ck_assert_uint_eq(b.length, length);
        if (length > 0)
            ck_assert_mem_eq(b.data, expected, length);
        buffer_fini(&b);
        free(bytes);
    }
}
END_TEST

/* Writes text as a JSON string and reads it back. */
static json_t *through_json(const char *text)
{
    struct buffer b = {0};
    buffer_append_json_string(&b, text);
    json_t *json = json_loadb(b.data, b.length, JSON_DECODE_ANY, NULL);
    ck_assert_msg(json != NULL, "%.*s", (int)b.length, b.data);
    buffer_fini(&b);
    return json;
}

START_TEST(every_text_comes_back_from_json)
{
    char all[256 + 1];
    for (int i = 1; i < 0x80; i++)
        all[i - 1] = (char)i;
    all[0x7f] = '\0';
    static const char *const texts[] = {"",
                                        "plain",
                                        "\"\\/\b\f\n\r\t\x1f\x7f",
                                        "caf\xc3\xa9",
                                        "\xe2\x82\xac",
                                        "\xf0\x9f\x8e\xb2",
                                        "\xf4\x8f\xbf\xbf"};
    json_t *json = through_json(all);
    ck_assert_str_eq(json_string_value(json), all);
    json_decref(json);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        json = through_json(texts[i]);
        ck_assert_str_eq(json_string_value(json), texts[i]);
        json_decref(json);
    }
}
END_TEST

START_TEST(broken_utf8_becomes_replacement_characters)
{
    static const char *const texts[] = {"a\xff",
                                        "a\x80",
                                        "a\xc3",
                                        "a\xc0\x80",
                                        "a\xe0\x80\x80",
                                        "a\xed\xa0\x80",
                                        "a\xf0\x80\x80\x80",
                                        "a\xf4\x90\x80\x80",
                                        "a\xf5\x80\x80\x80",
                                        "a\xe2\x82"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        json_t *json = through_json(texts[i]);
        ck_assert_int_eq(strncmp(json_string_value(json), "a\xef\xbf\xbd", 4),
                         0);
        json_decref(json);
    }
}
END_TEST

START_TEST(wiping_sets_every_byte)
{
    char bytes[37];
    memset(bytes, 0x5a, sizeof(bytes));
    wipe(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        ck_assert_int_eq(bytes[i], 0);
    wipe(NULL, 0);
}
END_TEST

START_TEST(borrowed_memory_is_used_while_it_suffices_and_again_afterwards)
{
    static char memory[64];
    static const char zeros[64];
    struct buffer b;
    buffer_use(&b, memory, sizeof(memory));
    buffer_append_text(&b, "fits");
    ck_assert_ptr_eq(b.data, memory);
    for (int i = 0; i < 20; i++)
        buffer_append_text(&b, " and more");
    ck_assert_ptr_ne(b.data, memory);
    ck_assert_int_eq(memcmp(b.data, "fits and more", 13), 0);
    ck_assert_int_eq(memcmp(memory, zeros, sizeof(memory)), 0);
    buffer_fini(&b);
    ck_assert_uint_eq(b.length, 0);
    buffer_append_text(&b, "again");
    ck_assert_ptr_eq(b.data, memory);
    buffer_fini(&b);
    ck_assert_int_eq(memcmp(memory, zeros, sizeof(memory)), 0);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(appending_grows_and_keeps_all),
        TEST(reserved_room_is_there),
        TEST(a_failed_allocation_leaves_the_buffer_unchanged),
        TEST(cutting_and_resetting_wipe),
        TEST(hex_is_lower_case_pairs),
        TEST(base64_is_that_of_rfc_4648),
        TEST(base64_of_every_length_is_that_of_one_letter_at_a_time),
        TEST(every_text_comes_back_from_json),
        TEST(broken_utf8_becomes_replacement_characters),
        TEST(wiping_sets_every_byte),
        TEST(borrowed_memory_is_used_while_it_suffices_and_again_afterwards),
        {0},
    };
    return run_tests("buffer", tests);
}
