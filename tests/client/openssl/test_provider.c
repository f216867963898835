/* SPDX-License-Identifier: MIT */
/* The provider as OpenSSL uses it: from a configuration file, by threads and
 * children, with the daemon there, restarted or gone. */

#include "base/monotonic.h"
#include "tests/support/patience.h"
#include "tests/support/program.h"
#include "tests/support/run.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define AS_SEED      "seed = ENTROPYD\n"
#define AS_GENERATOR "random = ENTROPYD\n"

static struct program daemon_program;

static void start_daemon(void)
{
    program_start(&daemon_program, ENTROPYD_PROGRAM, NULL);
    program_wait(&daemon_program);
}

/* A context whose configuration has the provider, with `settings` in the
 * provider's section and `use` in that of random numbers. */
static OSSL_LIB_CTX *load(const char *use, const char *settings)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/openssl.cnf", daemon_program.directory);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file,
            "openssl_conf = init\n[init]\nproviders = all\nrandom = numbers\n"
            "[all]\ndefault = standard\nentropyd = ours\n"
            "[standard]\nactivate = 1\n"
            "[ours]\nmodule = %s\nactivate = 1\nsocket = %s\n%s"
            "[numbers]\n%s",
            PROVIDER_MODULE, daemon_program.socket, settings, use);
    ck_assert_int_eq(fclose(file), 0);
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
    ck_assert_ptr_nonnull(context);
    ck_assert_int_eq(OSSL_LIB_CTX_load_config(context, path), 1);
    unlink(path);
    return context;
}

static void prepare(void)
{
    program_prepare(&daemon_program);
}

static void end(OSSL_LIB_CTX *context)
{
    OSSL_LIB_CTX_free(context);
    if (daemon_program.pid > 0)
        ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    program_end(&daemon_program);
}

/* The number behind "name": in the daemon's status. */
static long status_number(const char *name)
{
    char key[64];
    snprintf(key, sizeof(key), "\"%s\":", name);
    int fd = program_connect(&daemon_program);
    const char *reply =
        program_ask(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}");
    ck_assert_ptr_nonnull(reply);
    const char *at = strstr(reply, key);
    ck_assert_ptr_nonnull(at);
    long number = strtol(at + strlen(key), NULL, 10);
    close(fd);
    return number;
}

static bool is_all_zero(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

/* RAND_bytes() fails, and some error in the queue has `part` in its text. */
static void check_fails(OSSL_LIB_CTX *context, const char *part)
{
    unsigned char bytes[32];
    bool is_said = false;
    ERR_clear_error();
    ck_assert_int_ne(RAND_bytes_ex(context, bytes, sizeof(bytes), 0), 1);
    const char *data;
    int flags;
    unsigned long code;
    while ((code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0) {
        char text[256];
        ERR_error_string_n(code, text, sizeof(text));
        is_said = is_said || strstr(text, part) != NULL ||
                  ((flags & ERR_TXT_STRING) != 0 && strstr(data, part) != NULL);
    }
    ck_assert_msg(is_said, "no error says \"%s\"", part);
}

START_TEST(openssls_own_generators_are_seeded_by_the_daemon)
{
    unsigned char bytes[32] = {0};
    prepare();
    start_daemon();
    OSSL_LIB_CTX *context = load(AS_SEED, "");
    ck_assert_int_eq(RAND_bytes_ex(context, bytes, sizeof(bytes), 0), 1);
    ck_assert(!is_all_zero(bytes, sizeof(bytes)));
    long requests = status_number("requests");
    ck_assert_int_ge(requests, 1);
    /* Once seeded they go on by themselves. */
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(RAND_bytes_ex(context, bytes, sizeof(bytes), 0), 1);
    ck_assert_int_eq(status_number("requests"), requests);
    end(context);
}
END_TEST

START_TEST(as_the_generator_every_request_is_the_daemons)
{
    unsigned char bytes[200000];
    prepare();
    start_daemon();
    OSSL_LIB_CTX *context = load(AS_GENERATOR, "");
    ck_assert_int_eq(RAND_bytes_ex(context, bytes, 32, 0), 1);
    long served = status_number("bytes");
    memset(bytes, 0, sizeof(bytes));
    ck_assert_int_eq(RAND_bytes_ex(context, bytes, sizeof(bytes), 0), 1);
    ck_assert_int_ge(status_number("bytes"), served + (long)sizeof(bytes));
    ck_assert(!is_all_zero(bytes + sizeof(bytes) - 32, 32));
    end(context);
}
END_TEST

START_TEST(conditioned_bytes_are_asked_for_by_name)
{
    unsigned char bytes[32];
    prepare();
    start_daemon();
    OSSL_LIB_CTX *context =
        load(AS_GENERATOR, "quality = conditioned\ntimeout_ms = 20000\n");
    ck_assert_int_eq(RAND_bytes_ex(context, bytes, sizeof(bytes), 0), 1);
    ck_assert_int_ge(status_number("conditioned_blocks"), 1);
    end(context);
}
END_TEST

#define THREADS 8
#define ROUNDS  100

struct asker {
    OSSL_LIB_CTX *context;
    unsigned char bytes[ROUNDS][16];
    bool has_failed;
};

static void *ask(void *argument)
{
    struct asker *a = argument;
    for (int i = 0; i < ROUNDS; i++)
        a->has_failed |= RAND_bytes_ex(a->context, a->bytes[i], 16, 0) != 1;
    OPENSSL_thread_stop_ex(a->context);
    return NULL;
}

static void *ask_once(void *argument)
{
    struct asker *a = argument;
    a->has_failed = RAND_bytes_ex(a->context, a->bytes[0], 16, 0) != 1;
    OPENSSL_thread_stop_ex(a->context);
    return NULL;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

START_TEST(threads_share_it_and_get_bytes_of_their_own)
{
    static struct asker askers[THREADS];
    static unsigned char all[THREADS * ROUNDS][16];
    pthread_t threads[THREADS];
    prepare();
    start_daemon();
    OSSL_LIB_CTX *context = load(AS_GENERATOR, "");
    for (int i = 0; i < THREADS; i++) {
        askers[i].context = context;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask, &askers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert(!askers[i].has_failed);
        memcpy(all + (size_t)i * ROUNDS, askers[i].bytes,
               sizeof(askers[i].bytes));
    }
    qsort(all, (size_t)THREADS * ROUNDS, 16, compare);
    for (int i = 1; i < THREADS * ROUNDS; i++)
        ck_assert_mem_ne(all[i - 1], all[i], 16);
    /* One process is one client. */
    ck_assert_int_le(status_number("connections"), 2);
    end(context);
}
END_TEST

START_TEST(a_child_and_its_parent_get_different_bytes)
{
    int pipe_fds[2];
    unsigned char own[32];
    unsigned char childs[32];
    prepare();
    start_daemon();
    OSSL_LIB_CTX *context = load(AS_GENERATOR, "");
    ck_assert_int_eq(RAND_bytes_ex(context, own, sizeof(own), 0), 1);
    ck_assert_int_eq(pipe(pipe_fds), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        bool is_right = RAND_bytes_ex(context, childs, sizeof(childs), 0) == 1;
        is_right = is_right && write(pipe_fds[1], childs, sizeof(childs)) ==
                                   (ssize_t)sizeof(childs);
        _exit(is_right ? 0 : 1);
    }
    int status = -1;
    ck_assert_int_eq(RAND_bytes_ex(context, own, sizeof(own), 0), 1);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(read(pipe_fds[0], childs, sizeof(childs)), sizeof(childs));
    ck_assert_mem_ne(own, childs, sizeof(own));
    ck_assert_int_eq(RAND_bytes_ex(context, own, sizeof(own), 0), 1);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    end(context);
}
END_TEST

/* Listens in place of the daemon; the test accepts and closes connections at
 * will. */
static int listen_in_its_place(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, daemon_program.socket,
           strlen(daemon_program.socket) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(fd, 8), 0);
    return fd;
}

START_TEST(a_child_forked_in_the_middle_of_a_request_does_not_hang)
{
    static struct asker asker;
    pthread_t thread;
    char byte;
    int status = -1;
    prepare();
    int listener = listen_in_its_place();
    asker.context = load(AS_GENERATOR, "timeout_ms = 60000\n");
    ck_assert_int_eq(pthread_create(&thread, NULL, ask_once, &asker), 0);
    int connection = accept(listener, NULL, NULL);
    ck_assert_int_eq(recv(connection, &byte, 1, 0), 1); /* it has asked */
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        unsigned char bytes[32];
        (void)alarm(PATIENCE_MS / 1000); /* nothing else would end it */
        close(listener);
        close(connection);
        _exit(RAND_bytes_ex(asker.context, bytes, sizeof(bytes), 0) == 1);
    }
    struct pollfd childs = {.fd = listener, .events = POLLIN};
    ck_assert_int_eq(poll(&childs, 1, PATIENCE_MS), 1);
    close(listener); /* it is refused, or its connection is reset */
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    close(connection);
    pthread_join(thread, NULL);
    ck_assert(asker.has_failed);
    daemon_program.pid = 0;
    end(asker.context);
}
END_TEST

START_TEST(a_restart_of_the_daemon_is_not_noticed)
{
    unsigned char bytes[32];
    prepare();
    start_daemon();
    OSSL_LIB_CTX *context = load(AS_GENERATOR, "");
    ck_assert_int_eq(RAND_bytes_ex(context, bytes, sizeof(bytes), 0), 1);
    ck_assert_int_eq(program_stop(&daemon_program, SIGTERM), 0);
    start_daemon();
    ck_assert_int_eq(RAND_bytes_ex(context, bytes, sizeof(bytes), 0), 1);
    end(context);
}
END_TEST

START_TEST(without_the_daemon_it_fails_loudly_and_recovers)
{
    unsigned char bytes[32];
    prepare();
    OSSL_LIB_CTX *seeded = load(AS_SEED, "");
    OSSL_LIB_CTX *generator = load(AS_GENERATOR, "");
    check_fails(seeded, "the daemon is not reachable");
    check_fails(generator, "the daemon is not reachable");
    check_fails(generator, daemon_program.socket);
    start_daemon();
    ck_assert_int_eq(RAND_bytes_ex(generator, bytes, sizeof(bytes), 0), 1);
    ck_assert_int_eq(RAND_bytes_ex(seeded, bytes, sizeof(bytes), 0), 1);
    OSSL_LIB_CTX_free(seeded);
    end(generator);
}
END_TEST

START_TEST(the_systems_generator_takes_over_only_where_that_is_configured)
{
    unsigned char bytes[600] = {0};
    prepare();
    OSSL_LIB_CTX *context = load(AS_GENERATOR, "fallback = system\n");
    ck_assert_int_eq(RAND_bytes_ex(context, bytes, sizeof(bytes), 0), 1);
    ck_assert(!is_all_zero(bytes + sizeof(bytes) - 32, 32));
    OSSL_LIB_CTX_free(context);
    context = load(AS_GENERATOR, "fallback = none\n");
    check_fails(context, "the daemon is not reachable");
    daemon_program.pid = 0;
    end(context);
}
END_TEST

#define REQUESTS 40

START_TEST(a_daemon_that_does_not_answer_is_not_asked_each_time)
{
    unsigned char bytes[32];
    prepare();
    start_daemon();
    OSSL_LIB_CTX *context =
        load(AS_GENERATOR, "fallback = system\ntimeout_ms = 200\n");
    long before = status_number("connections_total");
    ck_assert_int_eq(kill(daemon_program.pid, SIGSTOP), 0);
    for (int i = 0; i < REQUESTS; i++)
        ck_assert_int_eq(RAND_bytes_ex(context, bytes, sizeof(bytes), 0), 1);
    ck_assert_int_eq(kill(daemon_program.pid, SIGCONT), 0);
    /* Each attempt was a connection of its own. */
    ck_assert_int_lt(status_number("connections_total") - before, REQUESTS / 2);
    /* And it is asked again. */
    long served = status_number("requests");
    uint64_t end_ms = monotonic_now_ms() + PATIENCE_MS;
    do {
        ck_assert_uint_lt(monotonic_now_ms(), end_ms);
        ck_assert_int_eq(RAND_bytes_ex(context, bytes, sizeof(bytes), 0), 1);
        (void)poll(NULL, 0, 10);
    } while (status_number("requests") <= served);
    end(context);
}
END_TEST

START_TEST(threads_that_wait_share_the_failure_of_the_first)
{
    static struct asker askers[THREADS];
    pthread_t threads[THREADS];
    prepare();
    start_daemon();
    OSSL_LIB_CTX *context = load(AS_GENERATOR, "timeout_ms = 2000\n");
    long before = status_number("connections_total");
    ck_assert_int_eq(kill(daemon_program.pid, SIGSTOP), 0);
    for (int i = 0; i < THREADS; i++) {
        askers[i].context = context;
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, ask_once, &askers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert(askers[i].has_failed);
    }
    ck_assert_int_eq(kill(daemon_program.pid, SIGCONT), 0);
    ck_assert_int_lt(status_number("connections_total") - before, THREADS);
    end(context);
}
END_TEST

START_TEST(a_bad_setting_fails_every_request_and_says_the_range)
{
    static const struct {
        const char *settings, *said;
    } cases[] = {
        {"fallback = perhaps\n", "fallback = perhaps: must be none or system"},
        {"quality = best\n", "quality = best: must be drbg or conditioned"},
        {"timeout_ms = 0\n", "timeout_ms = 0: must be from 1 to 60000"},
        {"timeout_ms = 5s\n", "timeout_ms = 5s: must be from 1 to 60000"},
    };
    prepare();
    start_daemon();
    OSSL_LIB_CTX *context = NULL;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OSSL_LIB_CTX_free(context);
        context = load(AS_SEED, cases[i].settings);
        check_fails(context, cases[i].said);
    }
    end(context);
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(openssls_own_generators_are_seeded_by_the_daemon),
        TEST(as_the_generator_every_request_is_the_daemons),
        TEST(conditioned_bytes_are_asked_for_by_name),
        TEST(threads_share_it_and_get_bytes_of_their_own),
        TEST(a_child_and_its_parent_get_different_bytes),
        TEST(a_child_forked_in_the_middle_of_a_request_does_not_hang),
        TEST(a_restart_of_the_daemon_is_not_noticed),
        TEST(without_the_daemon_it_fails_loudly_and_recovers),
        TEST(the_systems_generator_takes_over_only_where_that_is_configured),
        TEST(a_daemon_that_does_not_answer_is_not_asked_each_time),
        TEST(threads_that_wait_share_the_failure_of_the_first),
        TEST(a_bad_setting_fails_every_request_and_says_the_range),
        {0},
    };
    return run_tests("openssl_provider", tests);
}
