/* SPDX-License-Identifier: MIT */
/* Requests as lines, replies as JSON. */

#include "tests/e2e/faults/faulty.h"

#include "tests/fakes/faults/faults.h"

#include <check.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FAULTS_MAX    16
#define ARGUMENTS_MAX 60
#define TEXT_MAX      256
#define TURNS         4000 /* of 5 ms */

static void rest(void)
{
    const struct timespec time = {.tv_nsec = 5000000};
    (void)nanosleep(&time, NULL);
}

/* Is `name` one of the words in `words`? */
static bool is_among(const char *name, const char *words)
{
    size_t length = strlen(name);
    for (const char *at = words; (at = strstr(at, name)) != NULL; at++) {
        bool begins = at == words || at[-1] == ' ';
        if (begins && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

void faulty_start(struct faulty *f, const char *sources,
                  const char *const *settings)
{
    static char off[FAULTS_MAX][TEXT_MAX];
    const char *arguments[ARGUMENTS_MAX] = {"--set", "pool.ring_samples=4096",
                                            "--set", "pool.stall_ms=100"};
    size_t n = 4;
    for (size_t i = 0; i < fault_registry_count; i++) {
        const char *name = fault_registry[i]->name;
        if (is_among(name, sources))
            continue;
        (void)snprintf(off[i], TEXT_MAX, "sources.%s.enabled=false", name);
        arguments[n++] = "--set";
        arguments[n++] = off[i];
    }
    for (; settings != NULL && *settings != NULL; settings++) {
        ck_assert_uint_lt(n + 2, ARGUMENTS_MAX);
        arguments[n++] = "--set";
        arguments[n++] = *settings;
    }
    program_prepare(&f->program);
    program_start(&f->program, ENTROPYD_FAULTY_PROGRAM, arguments);
    program_wait(&f->program);
    f->fd = program_connect(&f->program);
}

void faulty_turn_on(struct faulty *f)
{
    ck_assert_int_eq(kill(f->program.pid, SIGUSR1), 0);
}

void faulty_turn_off(struct faulty *f)
{
    ck_assert_int_eq(kill(f->program.pid, SIGUSR2), 0);
}

void faulty_stop(struct faulty *f)
{
    close(f->fd);
    int status = program_stop(&f->program, SIGTERM);
    ck_assert_msg(status == 0, "ended with %d:\n%s", status,
                  program_log_end(&f->program));
    program_end(&f->program);
}

json_t *faulty_ask(struct faulty *f, const char *method, const char *params)
{
    char line[TEXT_MAX];
    json_error_t error;
    (void)snprintf(
        line, sizeof(line),
        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"%s\",\"params\":%s}",
        method, params);
    const char *text = program_ask(f->fd, line);
    ck_assert_msg(text != NULL, "no reply to %s:\n%s", line,
                  program_log_end(&f->program));
    json_t *reply = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(reply != NULL, "%s: %s", error.text, text);
    ck_assert_int_eq(faulty_number(reply, "id"), 7);
    return reply;
}

json_t *faulty_result(struct faulty *f, const char *method, const char *params)
{
    json_t *reply = faulty_ask(f, method, params);
    json_t *result = json_object_get(reply, "result");
    if (result == NULL)
        ck_abort_msg("%s %s: %s", method, params, json_dumps(reply, 0));
    json_incref(result);
    json_decref(reply);
    return result;
}

char *faulty_error(struct faulty *f, const char *method, const char *params)
{
    json_t *reply = faulty_ask(f, method, params);
    if (json_object_get(reply, "error") == NULL)
        ck_abort_msg("%s %s: %s", method, params, json_dumps(reply, 0));
    char *name = strdup(faulty_text(reply, "error data name"));
    json_decref(reply);
    return name;
}

const char *faulty_health(struct faulty *f)
{
    static const char *const words[] = {"starting", "ok", "degraded", "failed"};
    json_t *health = faulty_result(f, "health", "{}");
    const char *said = faulty_text(health, "health");
    const char *word = NULL;
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (strcmp(said, words[i]) == 0)
            word = words[i];
    }
    ck_assert_msg(word != NULL, "a health word of %s", said);
    json_decref(health);
    return word;
}

json_t *faulty_source(struct faulty *f, const char *name)
{
    json_t *status = faulty_result(f, "status", "{}");
    json_t *found = NULL;
    size_t i;
    json_t *source;
    json_array_foreach(faulty_at(status, "sources"), i, source)
    {
        if (strcmp(faulty_text(source, "name"), name) == 0)
            found = json_incref(source);
    }
    ck_assert_msg(found != NULL, "no source %s in status", name);
    json_decref(status);
    return found;
}

/* Sixteen hex digits, the lowest byte first. */
static uint64_t parse_ticks(const char *hex)
{
    uint64_t ticks = 0;
    for (size_t i = 8; i-- > 0;) {
        const char byte[] = {hex[2 * i], hex[2 * i + 1], '\0'};
        ticks = ticks << 8 | strtoul(byte, NULL, 16);
    }
    return ticks;
}

size_t faulty_take(struct faulty *f, const char *source, uint64_t *ticks)
{
    char params[TEXT_MAX];
    size_t n = 0;
    (void)snprintf(params, sizeof(params),
                   "{\"source\":\"%s\",\"samples\":256,\"format\":\"ticks\","
                   "\"encoding\":\"hex\"}",
                   source);
    json_t *reply = faulty_ask(f, "raw", params);
    json_t *result = json_object_get(reply, "result");
    if (result != NULL) {
        const char *hex = faulty_text(result, "data");
        for (; n < 256; n++, hex += 16)
            ticks[n] = parse_ticks(hex);
    } else {
        const char *name = faulty_text(reply, "error data name");
        ck_assert_msg(strcmp(name, "source_unavailable") == 0 ||
                          strcmp(name, "busy") == 0,
                      "%s", name);
    }
    json_decref(reply);
    return n;
}

static bool is_in_state(struct faulty *f, const char *source, const char *state)
{
    json_t *now = faulty_source(f, source);
    bool is_so = strcmp(faulty_text(now, "state"), state) == 0;
    json_decref(now);
    return is_so;
}

size_t faulty_await(struct faulty *f, const char *source, const char *state,
                    uint64_t never)
{
    size_t wrong = 0;
    for (int turn = 0; !is_in_state(f, source, state); turn++) {
        uint64_t ticks[256];
        ck_assert_msg(turn < TURNS, "%s is not %s:\n%s", source, state,
                      program_log_end(&f->program));
        size_t n = faulty_take(f, source, ticks);
        for (size_t i = 0; i < n; i++)
            wrong += ticks[i] == never;
        if (n == 0)
            rest();
    }
    return wrong;
}

void faulty_await_health(struct faulty *f, const char *word)
{
    for (int turn = 0; strcmp(faulty_health(f), word) != 0; turn++) {
        ck_assert_msg(turn < TURNS, "health is not %s:\n%s", word,
                      program_log_end(&f->program));
        rest();
    }
}

json_t *faulty_at(json_t *object, const char *path)
{
    char words[TEXT_MAX];
    char *rest_of = words;
    (void)snprintf(words, sizeof(words), "%s", path);
    while (rest_of != NULL && object != NULL) {
        const char *word = strsep(&rest_of, " ");
        object = json_object_get(object, word);
    }
    ck_assert_msg(object != NULL, "no %s in a reply", path);
    return object;
}

json_int_t faulty_number(json_t *object, const char *path)
{
    json_t *number = faulty_at(object, path);
    ck_assert_msg(json_is_integer(number), "%s is not an integer", path);
    return json_integer_value(number);
}

const char *faulty_text(json_t *object, const char *path)
{
    json_t *text = faulty_at(object, path);
    ck_assert_msg(json_is_string(text), "%s is not a string", path);
    return json_string_value(text);
}
