/* SPDX-License-Identifier: MIT */
/*
 * Every call on the paths of start, collecting, serving and stopping fails
 * once, in turn: the real program, a client that asks for all kinds of things,
 * a stop. Whatever failed, the program ends with a status of its own accord,
 * answers nothing wrong, and says why where it gave up.
 *
 *     test_faults [--all]   every call, not only the first of each kind
 */

#include "tests/faults/faults.h"
#include "tests/support/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Calls of one function that are tried in an ordinary run. */
#define CALLS_TRIED 12

/* Clients that come after a failure, at most, until one is served. */
#define TRIES 20

/* With --all: a function that is called more often is tried this many times. */
#define CALLS_MAX 600

/* A run of the scenario with one call failing. */
struct life {
    int status;      /* the program's, -1: a signal ended it */
    bool has_struck; /* the call was made, and failed */
};

static bool is_thorough;

/* Asks for this and that. A connection may end; no answer may be wrong. False
 * where no daemon answers. */
static bool use(const struct program *p, const struct fault *f, unsigned nth)
{
    static const char *const requests[] = {
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"
        "\"bytes\":32,\"timeout_ms\":1500}}",
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"get\",\"params\":{"
        "\"bytes\":600,\"encoding\":\"base64\",\"timeout_ms\":100}}",
        "{\"jsonrpc\": \"2.0\", \"id\": 3, \"method\": \"status\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"get\",\"params\":{"
        "\"bytes\":32,\"quality\":\"conditioned\",\"timeout_ms\":100}}",
        "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"selftest\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"nope\"}",
    };
    bool is_answered = false;
    int fd = fault_connect(p);
    for (size_t i = 0; fd >= 0 && i < sizeof(requests) / sizeof(*requests);
         i++) {
        const char *reply = program_ask(fd, requests[i]);
        if (reply == NULL)
            break;
        ck_assert_msg(fault_is_reply(reply), "%s %u: %s answers %.1000s",
                      f->call, nth, requests[i], reply);
        is_answered = true;
    }
    if (fd >= 0)
        close(fd);
    return is_answered;
}

/* One call failed, once: those who come later are served, unless the program
 * ends. That takes a moment where a library aborts, and the first client may
 * meet the failing call. */
static void assert_serves_on(const struct program *p, const struct fault *f,
                             unsigned nth)
{
    for (int i = 0; i < TRIES && !fault_has_ended(p); i++) {
        int fd = fault_connect(p);
        const char *reply =
            fd >= 0 ? program_ask(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,"
                                      "\"method\":\"ping\"}")
                    : NULL;
        if (fd >= 0)
            close(fd);
        if (reply != NULL)
            return;
        fault_sleep_ms(10);
    }
    ck_assert_msg(fault_has_ended(p), "%s %u: it serves no client any more\n%s",
                  f->call, nth, program_log_end(p));
}

/* One life of the program. */
static struct life live(const struct fault *f, unsigned nth)
{
    static const char *const small[] = {"--set", "pool.ring_samples=8192",
                                        NULL};
    struct program p;
    program_prepare(&p);
    fault_arm(f, nth, &p, false);
    program_start(&p, ENTROPYD_PROGRAM, small);
    fault_disarm();
    /* A daemon that gives up ends on its own; before it watches for signals,
     * SIGTERM would end it. */
    if (!use(&p, f, nth))
        fault_sleep_ms(300);
    assert_serves_on(&p, f, nth);
    (void)kill(p.pid, SIGTERM);
    struct life life = {.status = program_wait_end(&p)};
    life.has_struck = fault_has_struck(&p);
    fault_check_end(f, nth, life.status, program_log_end(&p));
    program_end(&p);
    return life;
}

static void try_all(const struct fault *f)
{
    unsigned most = is_thorough ? CALLS_MAX : (unsigned)scaled(CALLS_TRIED);
    unsigned nth = 1;
    bool has_struck = false;
    for (int i = 0; i < 5 && !has_struck; i++) /* a worker may start late */
        has_struck = live(f, nth).has_struck;
    ck_assert_msg(has_struck, "%s is never called", f->call);
    /* Beyond the first few, wider and wider apart: what is called a thousand
     * times is called in the same place. */
    do
        nth += is_thorough || nth < most / 2 ? 1 : 1 + nth / 2;
    while (nth <= CALLS_MAX && live(f, nth).has_struck);
}

START_TEST(a_failing_call_neither_kills_it_nor_makes_it_lie)
{
    if (fault_can_be_tried(&faults[_i]))
        try_all(&faults[_i]);
}
END_TEST

int main(int argc, char *argv[])
{
    is_thorough = argc > 1 && strcmp(argv[1], "--all") == 0;
    Suite *suite = suite_create("faults");
    TCase *tcase = tcase_create("faults");
    tcase_set_timeout(tcase, is_thorough ? 3600 : 900);
    tcase_add_loop_test(tcase, a_failing_call_neither_kills_it_nor_makes_it_lie,
                        0, (int)num_faults);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
