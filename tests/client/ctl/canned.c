/* SPDX-License-Identifier: MIT */
#include "tests/client/ctl/canned.h"

#include <check.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWERS_MAX 16

static struct answer {
    const char *method, *json;
    bool is_used;
} answers[ANSWERS_MAX];
static size_t answer_count;

static const char *events[ANSWERS_MAX];
static size_t event_count;

const char canned_status[] =
    "{\"protocol\":1,\"version\":\"0.1.0\",\"platform\":\"linux\",\"pid\":77,"
    "\"uptime_ms\":3723000,\"health\":\"degraded\",\"seeded\":true,"
    "\"memory_locked\":false,\"clock\":\"CLOCK_MONOTONIC_RAW\",\"timebase\":{"
    "\"numerator\":1,\"denominator\":1},\"generator\":{\"reseeds\":5,"
    "\"credited_reseeds\":4,\"last_reseed_age_ms\":1500,"
    "\"last_credited_bits\":384,\"requests\":9007199254740991,"
    "\"bytes\":65536},\"pool\":{\"credited_bits\":1000,"
    "\"conditioned_blocks\":3,\"blocks_ready\":2},\"sources\":[{\"name\":"
    "\"unix_ipc\",\"state\":\"healthy\",\"reason\":null,\"since_ms\":1000,"
    "\"enabled\":true,\"parked\":true,\"last_sample_age_ms\":20,"
    "\"claim_bits\":0.5,\"estimate_bits\":6.25,\"granularity_ticks\":1,"
    "\"samples_total\":123456,\"samples_per_second\":1234.5,"
    "\"discarded_total\":64,\"counters\":{\"timeouts\":4},\"ring\":{\"used\":"
    "32768,\"size\":65536},\"alarms\":{\"rct\":{\"intermittent\":1,"
    "\"permanent\":0,\"last_ms\":5},\"apt\":{\"intermittent\":0,"
    "\"permanent\":0,\"last_ms\":null}}},{\"name\":\"odd \\\"\\\\\\n\\u001B\","
    "\"state\":\"failed\",\"reason\":\"it \\u001B[31mstopped\","
    "\"since_ms\":5,\"enabled\":true,\"parked\":false,"
    "\"last_sample_age_ms\":null,\"claim_bits\":0.25,\"estimate_bits\":null,"
    "\"granularity_ticks\":null,\"samples_total\":0,"
    "\"samples_per_second\":0,\"discarded_total\":0,\"counters\":{},"
    "\"ring\":{\"used\":0,\"size\":65536},\"alarms\":{\"rct\":{"
    "\"intermittent\":0,\"permanent\":1,\"last_ms\":9}}}],\"server\":{"
    "\"connections\":1,\"connections_total\":8,\"accepting\":true,"
    "\"accept_errors_total\":3,\"requests_total\":20,"
    "\"errors_total\":{\"timeout\":2,\"busy\":1},\"waiting\":0,"
    "\"subscriptions\":0,\"limits\":{\"max_connections\":1024}},\"egd\":{"
    "\"listening\":true,\"connections\":2,\"connections_total\":5,"
    "\"requests_total\":40,\"refused_total\":1,\"bytes_total\":2048,"
    "\"mixed_bytes_total\":7}}";

void canned_answer(const char *method, const char *json)
{
    ck_assert_uint_lt(answer_count, ANSWERS_MAX);
    answers[answer_count++] = (struct answer){.method = method, .json = json};
}

void canned_event(const char *line)
{
    ck_assert_uint_lt(event_count, ANSWERS_MAX);
    events[event_count++] = line;
}

static const unsigned char *stream;
static size_t stream_length, stream_at;

void canned_bytes(const void *bytes, size_t n)
{
    stream = bytes;
    stream_length = n;
    stream_at = 0;
}

/* The reply line of a binary get, and n bytes: prepared ones if there are. */
static void send_bytes(int fd, size_t n)
{
    fake_binary(fd, 0, n, stream != NULL ? 0 : n);
    while (stream != NULL && n > 0) {
        size_t piece = stream_length - stream_at;
        if (piece > n)
            piece = n;
        fake_send(fd, stream + stream_at, piece);
        stream_at = (stream_at + piece) % stream_length;
        n -= piece;
    }
}

/* The next answer of the method that line asks: the first that was not given
 * yet, or the last. */
static const char *next_answer(const char *line)
{
    struct answer *found = NULL;
    for (size_t i = 0; i < answer_count; i++) {
        char part[64];
        snprintf(part, sizeof(part), "\"method\":\"%s\"", answers[i].method);
        if (strstr(line, part) == NULL)
            continue;
        found = &answers[i];
        if (!found->is_used)
            break;
    }
    if (found == NULL)
        return NULL;
    found->is_used = true;
    return found->json;
}

static void serve(int fd)
{
    const char *line;
    while ((line = fake_receive(fd)) != NULL) {
        const char *json = next_answer(line);
        if (json != NULL && json[0] == '\0')
            json = NULL;
        const char *bytes = strstr(line, "\"bytes\":");
        if (json != NULL && strncmp(json, "{\"code\"", 7) == 0) {
            fake_error(fd, json);
        } else if (json != NULL) {
            fake_result(fd, json);
        } else if (bytes != NULL && strstr(line, "binary") != NULL) {
            send_bytes(fd, strtoul(bytes + 8, NULL, 10));
        } else if (strstr(line, "\"method\":\"sources\"") != NULL) {
            fake_result(fd, "{\"sources\":[]}");
        } else {
            fake_error(fd,
                       "{\"code\":-32601,\"message\":\"no answer prepared\"}");
        }
        if (strstr(line, "\"subscribe\"") != NULL) {
            for (size_t i = 0; i < event_count; i++)
                fake_line(fd, events[i]);
        }
    }
    close(fd);
}

void canned_script(int listener)
{
    for (;;)
        serve(fake_accept(listener));
}

/* Reads both ends until both are closed. */
static void read_both(int out, int err, struct ctl_result *result)
{
    struct pollfd entries[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
    char *texts[2] = {result->out, result->err};
    size_t sizes[2] = {sizeof(result->out), sizeof(result->err)};
    size_t lengths[2] = {0, 0};
    while (entries[0].fd >= 0 || entries[1].fd >= 0) {
        ck_assert_int_gt(poll(entries, 2, 30000), 0);
        for (int i = 0; i < 2; i++) {
            if (entries[i].fd < 0 || entries[i].revents == 0)
                continue;
            ck_assert_uint_lt(lengths[i], sizes[i] - 1);
            ssize_t got = read(entries[i].fd, texts[i] + lengths[i],
                               sizes[i] - 1 - lengths[i]);
            if (got <= 0)
                entries[i].fd = -1;
            else
                lengths[i] += (size_t)got;
        }
    }
    result->out[lengths[0]] = '\0';
    result->out_length = lengths[0];
    result->err[lengths[1]] = '\0';
}

void ctl_run(const struct fake_server *s, struct ctl_result *result, ...)
{
    const char *argv[24] = {ENTROPYCTL_PROGRAM};
    size_t count = 1;
    if (s != NULL) {
        argv[count++] = "--socket";
        argv[count++] = s->path;
    }
    va_list words;
    va_start(words, result);
    /* clang-tidy 14 does not see va_start(). */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    while (count < 23 && (argv[count] = va_arg(words, const char *)) != NULL)
        count++;
    va_end(words);

    int out[2];
    int err[2];
    ck_assert_int_eq(pipe(out), 0);
    ck_assert_int_eq(pipe(err), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        close(out[0]);
        close(err[0]);
        close(out[1]);
        close(err[1]);
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    close(out[1]);
    close(err[1]);
    read_both(out[0], err[0], result);
    close(out[0]);
    close(err[0]);
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    result->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
