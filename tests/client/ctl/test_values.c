/* SPDX-License-Identifier: MIT */
/* get --int, --uuid and --password. What they make of known bytes is known: of
 * every byte or pair of bytes once, each value exactly as often as any other.
 */

#include "tests/client/ctl/canned.h"
#include "tests/client/ctl/terminal.h"
#include "tests/support/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct fake_server server;
static struct ctl_result result;

static void start(const void *bytes, size_t n)
{
    canned_bytes(bytes, n);
    fake_server_prepare(&server);
    fake_server_start(&server, canned_script);
}

static void end(void)
{
    fake_server_remove(&server);
}

static void check(int code, const char *out, const char *err)
{
    ck_assert_msg(result.code == code, "code %d, not %d:\n%s%s", result.code,
                  code, result.out, result.err);
    ck_assert_str_eq(result.out, out);
    ck_assert_msg(strstr(result.err, err) != NULL, "no %s in\n%s", err,
                  result.err);
}

#define RUN(...) ctl_run(&server, &result, __VA_ARGS__, NULL)

/* Every byte once. */
static const unsigned char *all_bytes(void)
{
    static unsigned char bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (unsigned char)i;
    return bytes;
}

/* Every pair of bytes once, as 16-bit numbers in steps that are coprime to
 * 65536: neighbours differ, so that an error does not hide in the order. */
static const unsigned char *all_pairs(void)
{
    static unsigned char bytes[131072];
    for (unsigned i = 0; i < 65536; i++) {
        unsigned number = i * 40503 & 0xffff;
        bytes[2 * (size_t)i] = (unsigned char)(number >> 8);
        bytes[2 * (size_t)i + 1] = (unsigned char)number;
    }
    return bytes;
}

/* Counts the lines of the last output, each a number from low on, and checks
 * that each of `size` numbers is there `times` times. */
static void check_each(int low, size_t size, unsigned times)
{
    static unsigned counts[65536];
    memset(counts, 0, sizeof(counts));
    for (char *at = result.out; *at != '\0';) {
        char *rest = NULL;
        long number = strtol(at, &rest, 10);
        ck_assert_msg(*rest == '\n', "not a number: %.20s", at);
        ck_assert_int_ge(number, low);
        ck_assert_uint_lt((size_t)(number - low), size);
        counts[number - low]++;
        at = rest + 1;
    }
    for (size_t i = 0; i < size; i++)
        ck_assert_msg(counts[i] == times, "%d came %u times, not %u",
                      low + (int)i, counts[i], times);
}

START_TEST(each_face_of_a_die_comes_equally_often)
{
    start(all_bytes(), 256);
    /* 6 of 8 values of 3 bits: 192 of 256 bytes count. */
    RUN("get", "--int", "1..6", "-n", "192");
    ck_assert_int_eq(result.code, 0);
    check_each(1, 6, 32);
    end();
}
END_TEST

START_TEST(each_number_of_a_range_beyond_a_byte_comes_equally_often)
{
    /* 257 of 512: the range whose draws are repeated most. All that 65536 pairs
     * give, 128 of each number, in parts: result holds no more. */
    static unsigned char part[131072];
    static unsigned counts[257];
    const unsigned char *pairs = all_pairs();
    size_t done = 0;
    for (int i = 0; i < 8; i++) {
        size_t accepted = 0;
        for (size_t k = 0; k < 8192; k++) {
            const unsigned char *pair = pairs + 2 * (done + k);
            accepted += ((unsigned)(pair[0] & 1) << 8 | pair[1]) <= 256;
        }
        memcpy(part, pairs + 2 * done, 16384);
        start(part, 16384);
        char count[24];
        snprintf(count, sizeof(count), "%zu", accepted);
        RUN("get", "--int", "-128..128", "-n", count);
        ck_assert_int_eq(result.code, 0);
        for (char *at = result.out; *at != '\0'; at = strchr(at, '\n') + 1)
            counts[strtol(at, NULL, 10) + 128]++;
        end();
        done += 8192;
    }
    for (int i = 0; i < 257; i++)
        ck_assert_msg(counts[i] == 128, "%d came %u times", i - 128, counts[i]);
}
END_TEST

START_TEST(each_character_comes_equally_often)
{
    static const struct {
        const char *name, *characters;
    } alphabets[] = {
        {"alnum", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                  "0123456789"},
        {"base58",
         "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"},
        {"digits", "0123456789"},
        {"hex", "0123456789abcdef"},
        {"ascii", "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                  "[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"},
    };
    start(all_bytes(), 256);
    for (size_t i = 0; i < sizeof(alphabets) / sizeof(alphabets[0]); i++) {
        size_t size = strlen(alphabets[i].characters);
        size_t power = 1;
        while (power < size)
            power *= 2;
        size_t times = 256 / power;
        char length[24];
        snprintf(length, sizeof(length), "%zu", size * times);
        RUN("get", "--alphabet", alphabets[i].name, "--password", length);
        ck_assert_int_eq(result.code, 0);
        ck_assert_uint_eq(result.out_length, size * times + 1);
        ck_assert_str_eq(result.err, ""); /* it is no terminal */
        for (const char *c = alphabets[i].characters; *c != '\0'; c++) {
            size_t count = 0;
            for (const char *at = result.out; (at = strchr(at, *c)) != NULL;
                 at++)
                count++;
            ck_assert_msg(count == times, "%s: %c came %zu times",
                          alphabets[i].name, *c, count);
        }
    }
    end();
}
END_TEST

START_TEST(passwords_are_alnum_by_default)
{
    static const unsigned char bytes[] = {0, 25, 26, 51, 52, 61, 62, 63, 0xc1};
    start(bytes, sizeof(bytes));
    /* 62 and 63 are repeated; of 0xc1, six bits count. */
    RUN("get", "--password", "7");
    check(0, "AZaz09B\n", "");
    end();
}
END_TEST

START_TEST(the_bits_of_a_password_are_told_on_a_terminal)
{
    static struct terminal terminal;
    start(all_bytes(), 256);
    const char *const argv[] = {
        ENTROPYCTL_PROGRAM, "--socket", server.path, "get",
        "--password",       "20",       NULL};
    terminal_start(&terminal, 80, 24, argv);
    ck_assert_int_eq(terminal_end(&terminal), 0);
    ck_assert_str_eq(terminal.text,
                     "ABCDEFGHIJKLMNOPQRST\r\n20 characters of alnum (A-Z, "
                     "a-z, 0-9): 119.08 bits\r\n");
    end();
}
END_TEST

START_TEST(numbers_may_have_all_of_64_bits)
{
    static const unsigned char bytes[] = {
        0,    0,    0,    0,    0,    0, 0, 0, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0x80, 0, 0, 0, 0,    0,    0,    5};
    start(bytes, sizeof(bytes));
    RUN("get", "-n3", "--int", "-9223372036854775808..9223372036854775807");
    check(0, "-9223372036854775808\n9223372036854775807\n5\n", "");
    /* The second of three is above HI, and repeated. */
    RUN("get", "-n2", "--int", "-9223372036854775808..9223372036854775806");
    check(0, "-9223372036854775808\n5\n", "");
    RUN("get", "-n1", "--int", "-9223372036854775808..-9223372036854775808");
    check(0, "-9223372036854775808\n", "");
    end();
}
END_TEST

START_TEST(a_range_of_one_number_is_that_number)
{
    start(all_bytes(), 256);
    RUN("get", "--int", "-7..-7", "-n", "3");
    check(0, "-7\n-7\n-7\n", "");
    end();
}
END_TEST

START_TEST(a_uuid_has_version_4_and_its_variant)
{
    static const unsigned char bytes[32] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0,    1,    2,    3,    4,    5,
        6,    7,    8,    9,    10,   11,   12,   13,   14,   15};
    start(bytes, sizeof(bytes));
    RUN("get", "--uuid", "--count", "2");
    check(0,
          "ffffffff-ffff-4fff-bfff-ffffffffffff\n"
          "00010203-0405-4607-8809-0a0b0c0d0e0f\n",
          "");
    end();
}
END_TEST

START_TEST(json_says_how_many_bits_and_how_they_were_made)
{
#define MADE                                                                   \
    ",\"quality\":\"drbg\",\"health\":\"ok\","                                 \
    "\"sources\":[\"unix_ipc\",\"epoll_events\"]}\n"
    static const unsigned char bytes[] = {0, 1, 2, 59, 4, 5, 6, 7,
                                          8, 9, 1, 1,  1, 1, 1, 1};
    start(bytes, sizeof(bytes));
    RUN("get", "--int", "0..5", "--json", "-n2");
    check(0, "{\"int\":0,\"bits\":2.58" MADE "{\"int\":1,\"bits\":2.58" MADE,
          "");
    end();
    start(bytes, sizeof(bytes));
    RUN("get", "--uuid", "-j");
    check(0,
          "{\"uuid\":\"0001023b-0405-4607-8809-010101010101\","
          "\"bits\":122.00" MADE,
          "");
    end();
    /* 119.0839 is rounded down; a quotation mark and a backslash are escaped.
     */
    start(bytes, sizeof(bytes));
    RUN("get", "--password", "4", "--json", "--alphabet", "ascii");
    check(0,
          "{\"password\":\"!\\\"#\\\\\",\"alphabet\":\"ascii\","
          "\"bits\":26.21" MADE,
          "");
    RUN("get", "--password", "20", "--json");
    ck_assert_ptr_nonnull(
        strstr(result.out, ",\"alphabet\":\"alnum\",\"bits\":119.08,"));
    end();
}
END_TEST

START_TEST(values_may_be_conditioned_and_go_to_a_file)
{
    char file[128];
    char text[64] = "";
    start(all_bytes(), 256);
    snprintf(file, sizeof(file), "%s/out", server.directory);
    RUN("get", "--int", "0..9", "-n", "4", "-q", "conditioned", "-o", file);
    check(0, "", "");
    FILE *in = fopen(file, "re");
    ck_assert_ptr_nonnull(in);
    text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
    fclose(in);
    ck_assert_str_eq(text, "0\n1\n2\n3\n");
    unlink(file);
    end();
}
END_TEST

START_TEST(what_cannot_be_combined_is_refused)
{
    start(all_bytes(), 256);
    RUN("get", "--int", "1..6", "--hex");
    check(64, "", "--int cannot be combined with --hex\nTry \"entropyctl get ");
    RUN("get", "--uuid", "--binary");
    check(64, "", "--uuid cannot be combined with --binary");
    RUN("get", "--password", "9", "--base64");
    check(64, "", "--password cannot be combined with --base64");
    RUN("get", "--password", "9", "--uuid");
    check(64, "", "--uuid cannot be combined with --password");
    RUN("get", "--uuid", "--alphabet", "hex");
    check(64, "", "--uuid cannot be combined with --alphabet");
    RUN("get", "--uuid", "--json", "-o", "x");
    check(64, "", "--json cannot be combined with --output");
    RUN("get", "--uuid", "3");
    check(64, "",
          "--uuid cannot be combined with N (\"3\"); --count says how many");
    RUN("get", "3", "--count", "2");
    check(64, "", "--count needs --int, --uuid or --password");
    RUN("get", "3", "--alphabet", "hex");
    check(64, "", "--alphabet needs --password");
    end();
}
END_TEST

START_TEST(ranges_and_lengths_are_refused_with_what_is_allowed)
{
    static const char *const wrong[] = {"",
                                        "1",
                                        "..",
                                        "1..",
                                        "..5",
                                        "1...6",
                                        "1-6",
                                        " 1..6",
                                        "1..6 ",
                                        "a..b",
                                        "+1..6",
                                        "1..9223372036854775808",
                                        "0x1..6",
                                        "-9223372036854775809..1",
                                        "0000000000000000000000000000000..1"};
    start(all_bytes(), 256);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        RUN("get", "--int", wrong[i]);
        check(64, "",
              "--int must be LO..HI, two numbers from -9223372036854775808 to "
              "9223372036854775807, not \"");
        check(64, "", wrong[i]);
    }
    RUN("get", "--int", "6..1");
    check(64, "", "--int must be LO..HI with LO not above HI, not \"6..1\"");
    RUN("get", "--int", "1..-1");
    check(64, "", "LO not above HI, not \"1..-1\"");
    RUN("get", "--password", "0");
    check(64, "", "--password must be a number from 1 to 1024, not \"0\"");
    RUN("get", "--password", "1025");
    check(64, "", "--password must be a number from 1 to 1024");
    RUN("get", "--password", "9", "--alphabet", "klingon");
    check(64, "", "--alphabet must be alnum|base58|digits|hex|ascii, not \"k");
    RUN("get", "--uuid", "--count", "0");
    check(64, "", "--count must be a number from 1 to 1000000000, not \"0\"");
    end();
}
END_TEST

START_TEST(errors_of_the_daemon_are_those_of_get)
{
    canned_answer("get", "{\"code\":-32001,\"message\":\"no seed\"}");
    start(all_bytes(), 256);
    RUN("get", "--uuid");
    check(6, "", "not_seeded: no seed");
    end();
    RUN("get", "--uuid");
    check(3, "", "not_reachable");
}
END_TEST

START_TEST(bytes_that_never_fit_end_in_an_error)
{
    static const unsigned char stuck[] = {0xff};
    start(stuck, sizeof(stuck));
    RUN("get", "--int", "1..6");
    check(7, "",
          "the daemon's bytes are not random: 128 numbers in a row were "
          "above 5");
    end();
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(each_face_of_a_die_comes_equally_often),
        TEST(each_number_of_a_range_beyond_a_byte_comes_equally_often),
        TEST(each_character_comes_equally_often),
        TEST(passwords_are_alnum_by_default),
        TEST(the_bits_of_a_password_are_told_on_a_terminal),
        TEST(numbers_may_have_all_of_64_bits),
        TEST(a_range_of_one_number_is_that_number),
        TEST(a_uuid_has_version_4_and_its_variant),
        TEST(json_says_how_many_bits_and_how_they_were_made),
        TEST(values_may_be_conditioned_and_go_to_a_file),
        TEST(what_cannot_be_combined_is_refused),
        TEST(ranges_and_lengths_are_refused_with_what_is_allowed),
        TEST(errors_of_the_daemon_are_those_of_get),
        TEST(bytes_that_never_fit_end_in_an_error),
        {0},
    };
    return run_tests("values", tests);
}
