/* SPDX-License-Identifier: MIT */
/* Replies are JSON with the names that are promised, and the numbers are
 * exact. */

#include "protocol/reply.h"
#include "protocol/request.h"
#include "tests/support/run.h"

#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct request_id id_of(const char *text)
{
    struct request_id id = {.length = (uint16_t)strlen(text)};
    memcpy(id.text, text, id.length);
    return id;
}

static const struct request_id one = {.length = 1, .text = "1"};

/* The buffer's text against a golden one; the buffer is given back. */
static void check_text(struct buffer *out, const char *expected)
{
    ck_assert(!out->has_failed);
    buffer_append(out, "", 1);
    ck_assert_str_eq(out->data, expected);
    json_error_t why;
    json_t *json = json_loads(out->data, JSON_REJECT_DUPLICATES, &why);
    ck_assert_msg(json != NULL, "%s", why.text);
    json_decref(json);
    buffer_fini(out);
}

static json_t *load(struct buffer *out)
{
    ck_assert(!out->has_failed);
    json_error_t why;
    json_t *json =
        json_loadb(out->data, out->length, JSON_REJECT_DUPLICATES, &why);
    ck_assert_msg(json != NULL, "%s in %.*s", why.text, (int)out->length,
                  out->data);
    buffer_fini(out);
    return json;
}

static const char *const both[] = {"unix_ipc", "epoll_events"};

/* A whole reply, its data in pieces of at most `piece` bytes. */
static void write_get(struct buffer *out, const struct request_id *id,
                      const struct get_result *result, const uint8_t *data,
                      size_t piece)
{
    reply_get_begin(out, id, result);
    for (size_t done = 0; data != NULL && done < result->bytes; done += piece) {
        size_t left = result->bytes - done;
        reply_get_data(out, result, data + done, left < piece ? left : piece);
    }
    reply_get_end(out, result);
}

START_TEST(a_get_says_how_its_bytes_were_made)
{
    static const uint8_t data[] = {0x9f, 0x00, 0xff};
    struct provenance origin;
    provenance_write(&origin, QUALITY_DRBG, "ok", both, 2, 384);
    struct get_result result = {
        .bytes = 3, .encoding = ENCODING_HEX, .provenance = &origin};
    struct buffer out = {0};
    write_get(&out, &one, &result, data, 3);
    check_text(&out,
               "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"data\":\"9f00ff\","
               "\"encoding\":\"hex\",\"bytes\":3,\"quality\":\"drbg\","
               "\"health\":\"ok\",\"sources\":[\"unix_ipc\","
               "\"epoll_events\"],\"credited_bits\":384}}");
    result.encoding = ENCODING_BASE64;
    provenance_write(&origin, QUALITY_CONDITIONED, "ok", NULL, 0, 384);
    struct request_id id = id_of("\"a\\n\"");
    write_get(&out, &id, &result, data, 3);
    check_text(&out,
               "{\"jsonrpc\":\"2.0\",\"id\":\"a\\n\",\"result\":{\"data\":"
               "\"nwD/\",\"encoding\":\"base64\",\"bytes\":3,\"quality\":"
               "\"conditioned\",\"health\":\"ok\",\"sources\":[],"
               "\"credited_bits\":384}}");
}
END_TEST

START_TEST(a_binary_get_has_no_data)
{
    struct provenance origin;
    provenance_write(&origin, QUALITY_DRBG, "degraded", both, 1, 0);
    const struct get_result result = {
        .bytes = 67108864, .encoding = ENCODING_BINARY, .provenance = &origin};
    struct buffer out = {0};
    write_get(&out, &one, &result, NULL, 1);
    check_text(&out, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"encoding\":"
                     "\"binary\",\"bytes\":67108864,\"quality\":\"drbg\","
                     "\"health\":\"degraded\",\"sources\":[\"unix_ipc\"],"
                     "\"credited_bits\":0}}");
}
END_TEST

START_TEST(a_get_of_every_length_has_all_its_digits)
{
    static uint8_t data[PROTOCOL_BYTES_MAX];
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7);
    struct provenance origin;
    provenance_write(&origin, QUALITY_DRBG, "ok", NULL, 0, 0);
    static const uint32_t lengths[] = {1, 2, 3, 511, 512, 513, 65535, 65536};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        const struct get_result result = {.bytes = lengths[i],
                                          .provenance = &origin};
        struct buffer out = {0};
        write_get(&out, &one, &result, data, PROTOCOL_BYTES_MAX);
        json_t *json = load(&out);
        const char *hex = NULL;
        ck_assert_int_eq(json_unpack(json, "{s:{s:s}}", "result", "data", &hex),
                         0);
        ck_assert_uint_eq(strlen(hex), 2 * (size_t)lengths[i]);
        char last[3];
        snprintf(last, sizeof(last), "%02x", data[lengths[i] - 1]);
        ck_assert_str_eq(hex + 2 * (size_t)(lengths[i] - 1), last);
        json_decref(json);
    }
}
END_TEST

START_TEST(a_get_in_pieces_is_the_same_as_in_one)
{
    static uint8_t data[1000];
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7);
    struct provenance origin;
    provenance_write(&origin, QUALITY_DRBG, "ok", NULL, 0, 0);
    static const enum encoding encodings[] = {ENCODING_HEX, ENCODING_BASE64};
    for (size_t i = 0; i < 2; i++) {
        const struct get_result result = {.bytes = sizeof(data),
                                          .encoding = encodings[i],
                                          .provenance = &origin};
        struct buffer whole = {0};
        struct buffer pieces = {0};
        write_get(&whole, &one, &result, data, sizeof(data));
        write_get(&pieces, &one, &result, data, 6);
        ck_assert_uint_eq(whole.length, pieces.length);
        ck_assert_mem_eq(whole.data, pieces.data, whole.length);
        buffer_fini(&whole);
        buffer_fini(&pieces);
    }
}
END_TEST

START_TEST(replies_follow_each_other_in_one_buffer)
{
    struct buffer out = {0};
    reply_ping(&out, &one, "0.1.0");
    buffer_append_text(&out, "\n");
    reply_ping(&out, &one, "0.1.0");
    static const char pong[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{"
                               "\"version\":\"0.1.0\",\"protocol\":1}}";
    size_t length = sizeof(pong) - 1;
    ck_assert_uint_eq(out.length, 2 * length + 1);
    ck_assert_mem_eq(out.data, pong, length);
    ck_assert_mem_eq(out.data + length + 1, pong, length);
    buffer_fini(&out);
}
END_TEST

START_TEST(an_error_has_code_message_name_and_data)
{
    struct protocol_error error;
    protocol_error_set(&error, ERROR_INVALID_PARAMS, "no \"%s\"", "good");
    struct buffer out = {0};
    reply_error(&out, &one, &error);
    check_text(&out, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":"
                     "-32602,\"message\":\"no \\\"good\\\"\",\"data\":{"
                     "\"name\":\"invalid_params\"}}}");
    protocol_error_add_string(&error, "param", "bytes");
    protocol_error_add_integer(&error, "got", -1);
    protocol_error_add_range(&error, "range", 1, 65536);
    const struct request_id none = {.length = 0};
    reply_error(&out, &none, &error);
    check_text(&out,
               "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32602,"
               "\"message\":\"no \\\"good\\\"\",\"data\":{\"name\":"
               "\"invalid_params\",\"param\":\"bytes\",\"got\":-1,\"range\":"
               "[1,65536]}}}");
}
END_TEST

START_TEST(every_error_kind_has_a_code_of_its_own)
{
    for (unsigned i = 0; i < ERROR_KIND_COUNT; i++) {
        ck_assert_int_lt(error_code((enum error_kind)i), -31999);
        ck_assert_uint_gt(strlen(error_message((enum error_kind)i)), 0);
        for (unsigned k = 0; k < i; k++) {
            ck_assert_int_ne(error_code((enum error_kind)i),
                             error_code((enum error_kind)k));
            ck_assert_str_ne(error_name((enum error_kind)i),
                             error_name((enum error_kind)k));
        }
    }
}
END_TEST

START_TEST(data_that_does_not_fit_is_left_out_whole)
{
    struct protocol_error error;
    char text[600];
    memset(text, '"', sizeof(text)); /* each takes two bytes */
    text[200] = '\0';
    protocol_error_set(&error, ERROR_BUSY, "full");
    protocol_error_add_string(&error, "first", text);
    protocol_error_add_string(&error, "second", text);
    protocol_error_add_integer(&error, "third", 3);
    ck_assert_ptr_nonnull(strstr(error.data, "\"first\""));
    ck_assert_ptr_null(strstr(error.data, "second"));
    ck_assert_ptr_nonnull(strstr(error.data, ",\"third\":3"));
    struct buffer out = {0};
    reply_error(&out, &one, &error);
    json_decref(load(&out));
}
END_TEST

START_TEST(a_message_that_is_cut_stays_whole_characters)
{
    /* Wherever the cut falls: each length moves it by a byte. */
    for (int shift = 0; shift < 8; shift++) {
        char text[400] = "";
        memset(text, 'x', (size_t)shift);
        for (size_t n = (size_t)shift; n < 300; n = strlen(text))
            snprintf(text + n, sizeof(text) - n,
                     "\xf0\x9f\x8e\xb2\xe2\x82\xac\xc3\xa9");
        struct protocol_error error;
        protocol_error_set(&error, ERROR_BUSY, "%s", text);
        ck_assert_uint_gt(strlen(error.message), 250);
        struct buffer out = {0};
        reply_error(&out, &one, &error);
        json_t *json = load(&out);
        const char *message = NULL;
        ck_assert_int_eq(
            json_unpack(json, "{s:{s:s}}", "error", "message", &message), 0);
        ck_assert_str_eq(message, error.message);
        json_decref(json);
    }
}
END_TEST

START_TEST(raw_says_how_to_read_the_samples)
{
    static const uint8_t data[] = {1, 0, 0, 0, 0, 0, 0, 0};
    const struct raw_result result = {.data = data,
                                      .bytes = sizeof(data),
                                      .source = "unix_ipc",
                                      .samples = 1,
                                      .step_ticks = 2,
                                      .clock = "CLOCK",
                                      .timebase_numerator = 125,
                                      .timebase_denominator = 3};
    struct buffer out = {0};
    reply_raw(&out, &one, &result);
    check_text(&out, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"data\":"
                     "\"0100000000000000\",\"encoding\":\"hex\",\"format\":"
                     "\"ticks\",\"source\":\"unix_ipc\",\"samples\":1,"
                     "\"step_ticks\":2,\"clock\":\"CLOCK\",\"timebase\":{"
                     "\"numerator\":125,\"denominator\":3}}}");
}
END_TEST

static const struct named_count counters[] = {{"timeouts", 4}, {"errors", 0}};
static const struct named_count limits[] = {{"max_connections", 1024}};

static struct source_report full_source(void)
{
    return (struct source_report){
        .name = "unix_ipc",
        .state = "healthy",
        .since_ms = 1,
        .is_enabled = true,
        .last_sample_age_ms = 2,
        .claim_bits = 0.5,
        .estimate_bits = 6.2,
        .granularity_ticks = 1,
        .samples_total = 9007199254740991,
        .discarded_total = 3,
        .samples_per_second = 1234.56,
        .counters = counters,
        .counter_count = 2,
        .ring_used = 5,
        .ring_size = 65536,
        .rct = {1, 2, 3},
    };
}

static const struct change_report changes[] = {
    {1790000000123, "unix_ipc", "starting", "healthy", NULL},
    {1790000000456, "unix_ipc", "healthy", "suspect", "a test"},
};

static const struct user_report users[] = {{1000, 2, 1}, {-1, 1, 0}};

static struct status_report full_status(const struct source_report *sources,
                                        size_t count)
{
    return (struct status_report){
        .version = "0.1.0",
        .platform = "linux",
        .health = "ok",
        .clock = "CLOCK",
        .timebase_numerator = 1,
        .timebase_denominator = 1,
        .pid = 77,
        .uptime_ms = 10,
        .seeded = true,
        .generator = {1, 2, 3, 384, 4, 5},
        .pool = {6, 7, 8},
        .sources = sources,
        .source_count = count,
        .changes = changes,
        .change_count = 2,
        .server = {.connections = 1,
                   .users = users,
                   .user_count = 2,
                   .users_total = 3,
                   .errors_total = {[ERROR_TIMEOUT] = 9},
                   .limits = limits,
                   .limit_count = 1},
        .egd = {.is_listening = true,
                .connections = 1,
                .connections_total = 2,
                .requests_total = 3,
                .refused_total = 4,
                .bytes_total = 5,
                .mixed_bytes_total = 6},
    };
}

START_TEST(status_has_the_names_that_are_promised)
{
    struct source_report source = full_source();
    struct status_report report = full_status(&source, 1);
    struct buffer out = {0};
    reply_status(&out, &one, &report);
    json_t *json = load(&out);
    json_t *wanted = json_loads(
        "{\"protocol\":1,\"version\":\"0.1.0\",\"platform\":\"linux\","
        "\"pid\":77,\"uptime_ms\":10,\"health\":\"ok\",\"seeded\":true,"
        "\"memory_locked\":false,\"clock\":\"CLOCK\",\"timebase\":{"
        "\"numerator\":1,\"denominator\":1},\"generator\":{\"reseeds\":1,"
        "\"credited_reseeds\":2,\"last_reseed_age_ms\":3,"
        "\"last_credited_bits\":384,\"requests\":4,\"bytes\":5},"
        "\"pool\":{\"credited_bits\":6,\"conditioned_blocks\":7,"
        "\"blocks_ready\":8},\"sources\":[{\"name\":\"unix_ipc\","
        "\"state\":\"healthy\",\"reason\":null,\"since_ms\":1,"
        "\"enabled\":true,\"parked\":false,\"last_sample_age_ms\":2,"
        "\"claim_bits\":0.5,\"estimate_bits\":6.2,\"granularity_ticks\":1,"
        "\"samples_total\":9007199254740991,\"samples_per_second\":1234.6,"
        "\"discarded_total\":3,\"counters\":{\"timeouts\":4,\"errors\":0},"
        "\"ring\":{\"used\":5,\"size\":65536},\"alarms\":{\"rct\":{"
        "\"intermittent\":1,\"permanent\":2,\"last_ms\":3},\"apt\":{"
        "\"intermittent\":0,\"permanent\":0,\"last_ms\":null},\"lag\":{"
        "\"intermittent\":0,\"permanent\":0,\"last_ms\":null},\"markov\":{"
        "\"intermittent\":0,\"permanent\":0,\"last_ms\":null},\"stall\":{"
        "\"intermittent\":0,\"permanent\":0,\"last_ms\":null}}}],"
        "\"changes\":[{\"time_ms\":1790000000123,\"source\":\"unix_ipc\","
        "\"from\":\"starting\",\"to\":\"healthy\",\"reason\":null},{"
        "\"time_ms\":1790000000456,\"source\":\"unix_ipc\",\"from\":"
        "\"healthy\",\"to\":\"suspect\",\"reason\":\"a test\"}],"
        "\"server\":{\"connections\":1,\"connections_total\":0,"
        "\"accepting\":false,\"accept_errors_total\":0,"
        "\"requests_total\":0,\"errors_total\":{\"parse_error\":0,"
        "\"invalid_request\":0,\"method_not_found\":0,\"invalid_params\":0,"
        "\"internal_error\":0,\"not_seeded\":0,\"unknown_source\":0,"
        "\"source_unavailable\":0,\"timeout\":9,\"entropy_failed\":0,"
        "\"forbidden\":0,\"busy\":0,\"too_large\":0,\"shutting_down\":0},"
        "\"waiting\":0,\"subscriptions\":0,\"users\":[{\"uid\":1000,"
        "\"connections\":2,\"waiting\":1},{\"uid\":null,\"connections\":1,"
        "\"waiting\":0}],\"users_total\":3,\"limits\":{\"max_connections\":"
        "1024}},\"egd\":{\"listening\":true,\"connections\":1,"
        "\"connections_total\":2,\"requests_total\":3,"
        "\"refused_total\":4,\"bytes_total\":5,"
        "\"mixed_bytes_total\":6}}",
        0, NULL);
    ck_assert_ptr_nonnull(wanted);
    char *text = json_dumps(json, JSON_COMPACT);
    ck_assert_msg(json_equal(json_object_get(json, "result"), wanted), "%s",
                  text);
    free(text);
    json_decref(wanted);
    json_decref(json);
}
END_TEST

START_TEST(what_is_not_known_is_null)
{
    struct source_report source = {.name = "mach_ipc",
                                   .state = "unavailable",
                                   .reason = "Mach IPC needs macOS",
                                   .last_sample_age_ms = -1,
                                   .estimate_bits = -1};
    struct status_report report = full_status(&source, 1);
    report.generator.last_reseed_age_ms = -1;
    struct buffer out = {0};
    reply_status(&out, &one, &report);
    json_t *json = load(&out);
    json_t *age = NULL;
    json_t *sources = NULL;
    ck_assert_int_eq(json_unpack(json, "{s:{s:{s:o},s:o}}", "result",
                                 "generator", "last_reseed_age_ms", &age,
                                 "sources", &sources),
                     0);
    ck_assert(json_is_null(age));
    json_t *first = json_array_get(sources, 0);
    static const char *const nulls[] = {"last_sample_age_ms", "estimate_bits",
                                        "granularity_ticks"};
    for (size_t i = 0; i < 3; i++)
        ck_assert(json_is_null(json_object_get(first, nulls[i])));
    ck_assert_str_eq(json_string_value(json_object_get(first, "reason")),
                     "Mach IPC needs macOS");
    json_decref(json);
}
END_TEST

START_TEST(rates_are_rounded_and_never_no_numbers)
{
    static const struct {
        double value;
        const char *text;
    } rates[] = {{0, "0"},       {0.04, "0"},        {0.05, "0.1"},
                 {99.95, "100"}, {1e6, "1000000"},   {12.34, "12.3"},
                 {NAN, "null"},  {INFINITY, "null"}, {1e300, "null"}};
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        struct source_report source = full_source();
        source.samples_per_second = rates[i].value;
        struct status_report report = full_status(&source, 1);
        struct buffer out = {0};
        reply_status(&out, &one, &report);
        char part[64];
        snprintf(part, sizeof(part), "\"samples_per_second\":%s,",
                 rates[i].text);
        buffer_append(&out, "", 1);
        ck_assert_msg(strstr(out.data, part) != NULL, "%s", part);
        buffer_fini(&out);
    }
}
END_TEST

START_TEST(health_is_a_word_and_a_state_a_source)
{
    struct source_report sources[2] = {full_source(), full_source()};
    sources[1].name = "epoll_events";
    sources[1].state = "suspect";
    struct status_report report = full_status(sources, 2);
    report.health = "degraded";
    struct buffer out = {0};
    reply_health(&out, &one, &report);
    check_text(&out, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"health\":"
                     "\"degraded\",\"sources\":{\"unix_ipc\":\"healthy\","
                     "\"epoll_events\":\"suspect\"}}}");
}
END_TEST

START_TEST(sources_show_their_tunables)
{
    const struct tunable_report tunables[] = {
        {.name = "num_ports",
         .unit = "",
         .help = "how many",
         .min = 1,
         .max = 64,
         .values = {8},
         .count = 1},
        {.name = "use",
         .unit = "",
         .help = "whether",
         .is_boolean = true,
         .max = 1,
         .values = {1},
         .count = 1},
        {.name = "sizes",
         .unit = "bytes",
         .help = "which",
         .is_list = true,
         .min = 1,
         .max = 9,
         .values = {4, 5},
         .count = 2},
    };
    const struct source_info_report source = {.name = "s",
                                              .state = "healthy",
                                              .platform = "linux",
                                              .summary = "a",
                                              .times = "b",
                                              .varies_because = "c",
                                              .evidence = "measured",
                                              .measured = "d",
                                              .claim_bits = 0.25,
                                              .tunables = tunables,
                                              .tunable_count = 3};
    struct buffer out = {0};
    reply_sources(&out, &one, &source, 1);
    check_text(
        &out,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"sources\":[{\"name\":"
        "\"s\",\"state\":\"healthy\",\"reason\":null,\"platform\":\"linux\","
        "\"summary\":\"a\",\"times\":\"b\",\"varies_because\":\"c\","
        "\"evidence\":\"measured\",\"measured\":\"d\",\"claim_bits\":0.25,"
        "\"tunables\":{\"num_ports\":{\"value\":8,\"unit\":\"\",\"range\":[1,"
        "64],\"help\":\"how many\"},\"use\":{\"value\":true,\"unit\":\"\","
        "\"help\":\"whether\"},\"sizes\":{\"value\":[4,5],\"unit\":\"bytes\","
        "\"range\":[1,9],\"help\":\"which\"}}}]}}");
}
END_TEST

START_TEST(subscriptions_and_selftests_are_listed)
{
    struct buffer out = {0};
    reply_subscribed(&out, &one, true, true, 5000);
    check_text(&out, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{"
                     "\"subscribed\":[\"health\",\"status\"],"
                     "\"interval_ms\":5000}}");
    reply_subscribed(&out, &one, false, false, 0);
    check_text(&out, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{"
                     "\"subscribed\":[],\"interval_ms\":null}}");
    const struct selftest_report tests[] = {{"a", "healthy", NULL, true},
                                            {"b", "failed", "why", false}};
    reply_selftest(&out, &one, tests, 2);
    check_text(&out, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"sources\":"
                     "[{\"name\":\"a\",\"passed\":true,\"state\":\"healthy\","
                     "\"reason\":null},{\"name\":\"b\",\"passed\":false,"
                     "\"state\":\"failed\",\"reason\":\"why\"}]}}");
}
END_TEST

START_TEST(notifications_have_no_id)
{
    struct buffer out = {0};
    struct health_notice notice = {.health = "degraded",
                                   .source = "a",
                                   .from = "healthy",
                                   .to = "suspect",
                                   .reason = "rct",
                                   .uptime_ms = 12,
                                   .skipped = 3};
    notify_health(&out, &notice);
    check_text(&out, "{\"jsonrpc\":\"2.0\",\"method\":\"health\",\"params\":{"
                     "\"health\":\"degraded\",\"source\":\"a\",\"from\":"
                     "\"healthy\",\"to\":\"suspect\",\"reason\":\"rct\","
                     "\"uptime_ms\":12,\"skipped\":3,\"selftest\":null}}");
    notice = (struct health_notice){.health = "ok",
                                    .source = "a",
                                    .from = "healthy",
                                    .to = "healthy",
                                    .uptime_ms = 12,
                                    .selftest = "passed",
                                    .uid = 1000};
    notify_health(&out, &notice);
    check_text(&out, "{\"jsonrpc\":\"2.0\",\"method\":\"health\",\"params\":{"
                     "\"health\":\"ok\",\"source\":\"a\",\"from\":\"healthy\","
                     "\"to\":\"healthy\",\"reason\":null,\"uptime_ms\":12,"
                     "\"skipped\":0,\"selftest\":{\"uid\":1000,\"result\":"
                     "\"passed\"}}}");
    struct status_report report = full_status(NULL, 0);
    notify_status(&out, &report);
    json_t *json = load(&out);
    ck_assert_str_eq(json_string_value(json_object_get(json, "method")),
                     "status");
    ck_assert_ptr_null(json_object_get(json, "id"));
    ck_assert(json_is_array(
        json_object_get(json_object_get(json, "params"), "sources")));
    json_decref(json);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(a_get_says_how_its_bytes_were_made),
        TEST(a_binary_get_has_no_data),
        TEST(a_get_of_every_length_has_all_its_digits),
        TEST(a_get_in_pieces_is_the_same_as_in_one),
        TEST(replies_follow_each_other_in_one_buffer),
        TEST(an_error_has_code_message_name_and_data),
        TEST(every_error_kind_has_a_code_of_its_own),
        TEST(data_that_does_not_fit_is_left_out_whole),
        TEST(a_message_that_is_cut_stays_whole_characters),
        TEST(raw_says_how_to_read_the_samples),
        TEST(status_has_the_names_that_are_promised),
        TEST(what_is_not_known_is_null),
        TEST(rates_are_rounded_and_never_no_numbers),
        TEST(health_is_a_word_and_a_state_a_source),
        TEST(sources_show_their_tunables),
        TEST(subscriptions_and_selftests_are_listed),
        TEST(notifications_have_no_id),
        {0},
    };
    return run_tests("reply", tests);
}
