/* SPDX-License-Identifier: MIT */
/* entropyctl as a person and a script see it: output, exit codes, refusals. */

#include "base/monotonic.h"
#include "tests/client/ctl/canned.h"
#include "tests/support/run.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct fake_server server;
static struct ctl_result result;

static void start(void)
{
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
    ck_assert_msg(strstr(result.out, out) != NULL, "no %s in\n%s", out,
                  result.out);
    ck_assert_msg(strstr(result.err, err) != NULL, "no %s in\n%s", err,
                  result.err);
}

#define RUN(...) ctl_run(&server, &result, __VA_ARGS__, NULL)

START_TEST(get_prints_hex_and_a_newline)
{
    start();
    RUN("get", "4");
    check(0, "", "");
    ck_assert_str_eq(result.out, "00010203\n");
    ck_assert_str_eq(result.err, "");
    RUN("get", "4", "--hex");
    ck_assert_str_eq(result.out, "00010203\n");
    end();
}
END_TEST

START_TEST(get_prints_base64_and_raw_bytes)
{
    start();
    RUN("get", "5", "--base64");
    ck_assert_str_eq(result.out, "AAECAwQ=\n");
    RUN("get", "5", "--binary");
    ck_assert_uint_eq(result.out_length, 5);
    ck_assert_mem_eq(result.out, "\0\1\2\3\4", 5);
    RUN("get", "2k", "-b");
    ck_assert_uint_eq(result.out_length, 2048);
    end();
}
END_TEST

START_TEST(base64_of_several_pieces_is_one_text)
{
    start();
    /* Beyond one conditioned piece of 3072 bytes. */
    RUN("get", "4000", "--base64", "-q", "conditioned");
    check(0, "", "");
    ck_assert_uint_eq(strlen(result.out), (4000 + 2) / 3 * 4 + 1);
    char *padding = strchr(result.out, '=');
    ck_assert_ptr_nonnull(padding);
    ck_assert_uint_ge((size_t)(padding - result.out), strlen(result.out) - 3);
    end();
}
END_TEST

START_TEST(get_json_prints_the_daemons_reply)
{
    canned_answer("get", "{\"data\":\"00\",\"bytes\":1}");
    start();
    RUN("get", "1", "--json");
    ck_assert_str_eq(result.out, "{\"data\":\"00\",\"bytes\":1}\n");
    RUN("get", "1", "--json", "--binary");
    check(64, "", "--json cannot be combined with --binary");
    end();
}
END_TEST

static mode_t mode_of(const char *path, off_t *size)
{
    struct stat info;
    if (stat(path, &info) < 0)
        return 0;
    *size = info.st_size;
    return info.st_mode & 0777;
}

static int count_files(const char *directory)
{
    char command[160];
    snprintf(command, sizeof(command), "ls -A %s | wc -l", directory);
    FILE *pipe = popen(command, "r"); /* NOLINT(concurrency-mt-unsafe) */
    int count = -1;
    ck_assert_int_eq(fscanf(pipe, "%d", &count), 1); /* NOLINT(cert-err34-c) */
    pclose(pipe);
    return count;
}

START_TEST(a_file_is_private_and_complete)
{
    start();
    char file[128];
    off_t size = 0;
    snprintf(file, sizeof(file), "%s/out", server.directory);
    umask(0);
    RUN("get", "100000", "--binary", "-o", file);
    check(0, "", "");
    ck_assert_str_eq(result.out, "");
    ck_assert_int_eq(mode_of(file, &size), 0600);
    ck_assert_int_eq(size, 100000);
    /* One that exists is replaced, whatever its mode was. */
    ck_assert_int_eq(chmod(file, 0644), 0);
    RUN("get", "10", "--output", file);
    check(0, "", "");
    ck_assert_int_eq(mode_of(file, &size), 0600);
    ck_assert_int_eq(size, 21);
    ck_assert_int_eq(count_files(server.directory), 2);
    unlink(file);
    end();
}
END_TEST

START_TEST(a_file_that_cannot_be_filled_is_not_created)
{
    canned_answer("get", "{\"code\":-32005,\"message\":\"no entropy\","
                         "\"data\":{\"name\":\"entropy_failed\"}}");
    start();
    char file[128];
    snprintf(file, sizeof(file), "%s/out", server.directory);
    RUN("get", "10", "-o", file);
    check(5, "", "entropy_failed: no entropy");
    check(5, "", "was not written");
    ck_assert_int_eq(access(file, F_OK), -1);
    ck_assert_int_eq(count_files(server.directory), 1);
    snprintf(file, sizeof(file), "%s/missing/out", server.directory);
    RUN("get", "10", "-o", file);
    check(74, "", file);
    end();
}
END_TEST

START_TEST(a_link_is_kept_and_its_target_replaced)
{
    start();
    char file[128];
    char link[128];
    struct stat info;
    snprintf(file, sizeof(file), "%s/out", server.directory);
    snprintf(link, sizeof(link), "%s/link", server.directory);
    close(open(file, O_CREAT | O_WRONLY, 0600));
    ck_assert_int_eq(symlink(file, link), 0);
    RUN("get", "10", "-o", link);
    check(0, "", "");
    ck_assert_int_eq(lstat(link, &info), 0);
    ck_assert(S_ISLNK(info.st_mode));
    ck_assert_int_eq(stat(file, &info), 0);
    ck_assert_int_eq(info.st_size, 21);
    RUN("get", "10", "-o", "/dev/null");
    check(0, "", "");
    ck_assert_int_eq(stat("/dev/null", &info), 0);
    ck_assert(S_ISCHR(info.st_mode));
    unlink(link);
    unlink(file);
    end();
}
END_TEST

START_TEST(a_dangling_link_is_kept_and_its_target_created)
{
    start();
    char file[128];
    char link[128];
    struct stat info;
    snprintf(file, sizeof(file), "%s/out", server.directory);
    snprintf(link, sizeof(link), "%s/link", server.directory);
    ck_assert_int_eq(symlink("out", link), 0); /* relative to its directory */
    RUN("get", "10", "-o", link);
    check(0, "", "");
    ck_assert_int_eq(lstat(link, &info), 0);
    ck_assert(S_ISLNK(info.st_mode));
    ck_assert_int_eq(lstat(file, &info), 0);
    ck_assert(S_ISREG(info.st_mode));
    unlink(link);
    ck_assert_int_eq(symlink(link, link), 0);
    RUN("get", "10", "-o", link);
    check(74, "", "cannot write ");
    unlink(link);
    unlink(file);
    end();
}
END_TEST

START_TEST(a_dash_is_standard_output)
{
    start();
    RUN("get", "4", "-o", "-");
    ck_assert_str_eq(result.out, "00010203\n");
    RUN("get", "4", "--binary", "--output=-");
    ck_assert_uint_eq(result.out_length, 4);
    end();
}
END_TEST

START_TEST(what_came_before_an_error_stays_on_standard_output)
{
    /* Conditioned bytes come in pieces of 3072. */
    canned_answer("get", "");
    canned_answer("get", "{\"code\":-32005,\"message\":\"no entropy\"}");
    start();
    RUN("get", "4000", "-q", "conditioned");
    check(5, "", "entropy_failed: no entropy");
    ck_assert_uint_eq(result.out_length, 6144); /* as hex */
    end();
}
END_TEST

START_TEST(json_says_how_many_bytes_it_can_hold)
{
    start();
    RUN("get", "65537", "--json");
    check(64, "", "with --json, N must be a number from 1 to 65536");
    RUN("get", "4097", "--json", "-q", "conditioned");
    check(64, "", "with --json, N must be a number from 1 to 4096");
    end();
}
END_TEST

START_TEST(an_interrupted_write_leaves_nothing)
{
    start();
    char file[128];
    snprintf(file, sizeof(file), "%s/out", server.directory);
    pid_t pid = fork();
    if (pid == 0) {
        close(STDERR_FILENO);
        execl(ENTROPYCTL_PROGRAM, "entropyctl", "--socket", server.path, "get",
              "1000G", "--binary", "-o", file, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 1000 && count_files(server.directory) < 2; i++)
        usleep(5000);
    ck_assert_int_eq(kill(pid, SIGINT), 0);
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    ck_assert_int_eq(count_files(server.directory), 1);
    end();
}
END_TEST

/* As after nohup, or in the background of a script. The signals are there from
 * the start, so that they come neither too early nor too late. */
START_TEST(an_ignored_signal_does_not_interrupt_a_write)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP};
    start();
    char file[128];
    snprintf(file, sizeof(file), "%s/out", server.directory);
    pid_t pid = fork();
    if (pid == 0) {
        sigset_t blocked;
        sigfillset(&blocked);
        pthread_sigmask(SIG_BLOCK, &blocked, NULL);
        for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
            signal(ignored[i], SIG_IGN);
            raise(ignored[i]);
        }
        execl(ENTROPYCTL_PROGRAM, "entropyctl", "--socket", server.path, "get",
              "1M", "--binary", "-o", file, (char *)NULL);
        _exit(127);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    struct stat info;
    ck_assert_int_eq(stat(file, &info), 0);
    ck_assert_int_eq(info.st_size, 1048576);
    ck_assert_int_eq(unlink(file), 0);
    end();
}
END_TEST

START_TEST(an_empty_file_name_is_refused)
{
    start();
    RUN("get", "10", "-o", "");
    check(74, "", "cannot write \"\": No such file or directory");
    end();
}
END_TEST

START_TEST(a_full_disk_is_reported)
{
    if (access("/dev/full", W_OK) != 0)
        SKIP("there is no /dev/full here");
    start();
    RUN("get", "10", "-o", "/dev/full");
    check(74, "", "cannot write /dev/full: No space left on device");
    end();
}
END_TEST

START_TEST(numbers_are_refused_not_clamped)
{
    static const char *const wrong[] = {"0",
                                        "-1",
                                        "1.5",
                                        "",
                                        "k",
                                        "1kk",
                                        "0x5",
                                        " 7",
                                        "7 ",
                                        "abc",
                                        "99999999999999999999",
                                        "9000000000G"};
    start();
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        RUN("get", "--", wrong[i]);
        check(64, "", "N must be a number from 1");
        check(64, "", wrong[i]);
    }
    RUN("raw", "unix_ipc", "65537");
    check(64, "", "1 to 65536");
    RUN("get", "1", "--timeout", "60001");
    check(64, "",
          "--timeout must be a time from 0 to 1m (units ms, s, m, h; a plain "
          "number is in ms), not \"60001\"");
    RUN("get", "1", "--timeout", "61s");
    check(64, "", "not \"61s\"");
    RUN("get", "1", "--timeout", "1d");
    check(64, "", "not \"1d\"");
    RUN("wait", "--timeout", "25h");
    check(64, "", "a time from 0 to 24h");
    RUN("watch", "--interval", "0");
    check(64, "", "--interval must be a time from 100ms to 1h");
    RUN("watch", "--interval", "99ms");
    check(64, "", "--interval must be a time from 100ms to 1h");
    end();
}
END_TEST

START_TEST(usage_errors_say_what_is_wrong_and_where_help_is)
{
    start();
    RUN("gett");
    check(64, "", "unknown command \"gett\" (did you mean get?)");
    RUN("xyzzy");
    check(64, "", "unknown command \"xyzzy\"\nTry \"entropyctl --help\"");
    RUN("get");
    check(64, "",
          "get needs N, --int, --uuid or --password, for example: entropyctl "
          "get 32\n"
          "Try \"entropyctl get --help\".\n");
    RUN("raw", "a");
    check(64, "", "raw needs SOURCE N, for example: entropyctl raw ");
    RUN("get", "-5");
    check(64, "", "a number cannot be negative: \"-5\"");
    RUN("get", "4", "-35k");
    check(64, "", "a number cannot be negative: \"-35k\"");
    RUN("get", "1", "2");
    check(64, "", "unexpected argument \"2\"");
    RUN("ping", "x");
    check(64, "", "unexpected argument \"x\"");
    RUN("get", "1", "--hexx");
    check(64, "", "unknown option \"--hexx\" (did you mean --hex?)");
    RUN("get", "1", "-Z");
    check(64, "", "unknown option \"-Z\"");
    RUN("status", "--binary");
    check(64, "",
          "unknown option \"--binary\"\nTry \"entropyctl status --help\"");
    RUN("get", "1", "--quality", "best");
    check(64, "", "--quality must be drbg|conditioned, not \"best\"");
    RUN("get", "1", "--quality");
    check(64, "", "option --quality needs a value");
    RUN("get", "1", "--hex=1");
    check(64, "", "option --hex takes no value");
    RUN("get", "1", "--hex", "--hex");
    check(64, "", "option --hex is given twice");
    RUN("get", "1", "--hex", "--base64");
    check(64, "", "--hex, --base64 and --binary are mutually exclusive");
    ctl_run(NULL, &result, NULL);
    check(64, "", "no command given");
    end();
}
END_TEST

START_TEST(options_may_be_written_in_every_usual_way)
{
    start();
    char socket[128];
    snprintf(socket, sizeof(socket), "--socket=%s", server.path);
    ctl_run(NULL, &result, socket, "get", "1", "--quality=drbg", NULL);
    check(0, "00\n", "");
    ctl_run(NULL, &result, "get", "-qdrbg", "1", "-s", server.path, NULL);
    check(0, "00\n", "");
    snprintf(socket, sizeof(socket), "-bs%s", server.path);
    ctl_run(NULL, &result, "get", "3", socket, NULL);
    check(0, "", "");
    ck_assert_uint_eq(result.out_length, 3);
    end();
}
END_TEST

START_TEST(the_exit_code_of_health_is_the_word)
{
    static const struct {
        const char *json;
        int code;
    } words[] = {
        {"{\"health\":\"ok\",\"sources\":{\"a\":\"healthy\"}}", 0},
        {"{\"health\":\"degraded\",\"sources\":{\"a\":\"suspect\"}}", 1},
        {"{\"health\":\"failed\",\"sources\":{\"a\":\"failed\"}}", 2},
        {"{\"health\":\"starting\",\"sources\":{\"a\":\"starting\"}}", 4},
        {"{\"health\":\"odd\",\"sources\":{}}", 7},
    };
    for (size_t i = 0; i < 5; i++) {
        canned_answer("health", words[i].json);
        canned_answer("health", words[i].json);
    }
    start();
    for (size_t i = 0; i < 5; i++) {
        RUN("health");
        check(words[i].code, "", "");
        RUN("health", "--json");
        check(words[i].code, words[i].json, "");
    }
    end();
    RUN("health");
    check(3, "", "not_reachable");
}
END_TEST

/* Checks that no line is wider than a terminal. */
static void check_width(const char *text, size_t columns)
{
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        ck_assert_msg(length <= columns, "%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

START_TEST(status_is_for_people_and_for_programs)
{
    canned_answer("status", canned_status);
    start();
    RUN("status");
    check(0, "entropyd 0.1.0 on linux, pid 77, up 1 h 02 min: degraded\n", "");
    check(0, "5 reseeds (4 credited), last one 1.5 s ago\n", "");
    check(0, "9007199254740991 requests, 64.0 KiB generated\n", "");
    check(0, "1000 bits credited; 3 conditioned blocks made, 2 ready\n", "");
    check(0, "1 connection open, 8 since start; 20 requests, 0 waiting\n", "");
    check(0, "errors     2 timeout, 1 busy\n", "");
    check(0, "not locked", "");
    check(0, "unix_ipc      healthy     32768/65536  0.50   <=6.25      idle",
          "");
    check(0, "failed", "");
    check(0, "bits per sample; the estimate is an upper bound\n", "");
    /* Nothing that a terminal would obey, and no colour in a pipe. */
    ck_assert_ptr_null(strchr(result.out, '\033'));
    check(0, "it ?[31mstopped", "");
    check_width(result.out, 80);
    RUN("status", "--json");
    check(0, canned_status, "");
    end();
}
END_TEST

START_TEST(a_rate_is_shown_only_while_samples_are_taken)
{
    static const struct {
        const char *members, *shown;
    } cases[] = {
        {"\"state\":\"healthy\",\"parked\":false,\"last_sample_age_ms\":20",
         "      1234 "},
        {"\"state\":\"healthy\",\"parked\":true,\"last_sample_age_ms\":20",
         "      idle "},
        {"\"state\":\"suspect\",\"parked\":false,\"last_sample_age_ms\":60000",
         "      idle "},
        {"\"state\":\"failed\",\"parked\":false,\"last_sample_age_ms\":20",
         "         - "},
    };
    static char statuses[4][256];
    for (size_t i = 0; i < 4; i++) {
        snprintf(statuses[i], sizeof(statuses[i]),
                 "{\"sources\":[{\"name\":\"a\",%s,\"samples_per_second\":"
                 "1234.4,\"samples_total\":5}]}",
                 cases[i].members);
        canned_answer("status", statuses[i]);
    }
    start();
    for (size_t i = 0; i < 4; i++) {
        RUN("status");
        check(0, cases[i].shown, "");
    }
    end();
}
END_TEST

#ifdef __APPLE__
#define HERE  "macos"
#define THERE "linux"
#else
#define HERE  "linux"
#define THERE "macos"
#endif

static const char two_systems_status[] =
    "{\"platform\":\"linux\",\"generator\":{\"reseeds\":1,"
    "\"credited_reseeds\":1,\"last_reseed_age_ms\":977,"
    "\"last_credited_bits\":384},\"seeded\":true,\"sources\":["
    "{\"name\":\"mac_one\",\"state\":\"unavailable\",\"reason\":\"needs it\"},"
    "{\"name\":\"here\",\"state\":\"healthy\"},"
    "{\"name\":\"broken\",\"state\":\"unavailable\",\"reason\":\"coarse\"}]}";

static const char two_systems_sources[] =
    "{\"sources\":["
    "{\"name\":\"mac_one\",\"state\":\"unavailable\",\"platform\":\"" THERE
    "\","
    "\"reason\":\"needs it\"},"
    "{\"name\":\"here\",\"state\":\"healthy\",\"platform\":\"" HERE "\"},"
    "{\"name\":\"broken\",\"state\":\"unavailable\",\"platform\":\"" HERE "\","
    "\"reason\":\"coarse\"}]}";

START_TEST(sources_of_another_system_are_one_line)
{
    canned_answer("status", two_systems_status);
    canned_answer("sources", two_systems_sources);
    canned_answer("health", "{\"health\":\"ok\",\"sources\":{\"mac_one\":"
                            "\"unavailable\",\"here\":\"healthy\"}}");
    start();
    RUN("status");
    check(0, "1 reseed (1 credited), last one 977 ms ago\n", "");
    check(0, "broken        unavailable", "");
    check(0, "    coarse\n", "");
    check(0, "not for this system: mac_one (--all shows it)\n", "");
    ck_assert_ptr_null(strstr(result.out, "needs it"));
    RUN("status", "--all");
    check(0, "mac_one       unavailable", "");
    ck_assert_ptr_null(strstr(result.out, "not for this system"));
    RUN("health");
    check(0, "ok\nhere           healthy\nnot for this system: mac_one", "");
    RUN("health", "-a");
    check(0, "mac_one        unavailable\n", "");
    RUN("sources");
    check(0, "here: healthy", "");
    check(0, "\nnot for this system: mac_one", "");
    ck_assert_ptr_null(strstr(result.out, "needs it"));
    RUN("sources", "--all");
    check(0, "mac_one: unavailable", "");
    end();
}
END_TEST

START_TEST(one_source_can_be_asked_for)
{
    canned_answer("status", two_systems_status);
    canned_answer("sources", two_systems_sources);
    start();
    RUN("status", "here");
    check(0, "here          healthy", "");
    ck_assert_ptr_null(strstr(result.out, "broken"));
    ck_assert_ptr_null(strstr(result.out, "mac_one"));
    RUN("status", "mac_one");
    check(0, "mac_one       unavailable", "");
    RUN("status", "here", "--json");
    ck_assert_str_eq(result.out, "{\"name\":\"here\",\"state\":\"healthy\"}\n");
    RUN("status", "her");
    check(5, "", "unknown source \"her\" (known: mac_one, here, broken)");
    RUN("sources", "mac_one");
    check(0, "mac_one: unavailable", "");
    ck_assert_ptr_null(strstr(result.out, "here"));
    RUN("sources", "x");
    check(5, "", "unknown source \"x\"");
    RUN("watch", "here", "--count", "1");
    check(0, " here=healthy,0,0\n", "");
    ck_assert_ptr_null(strstr(result.out, "broken"));
    RUN("watch", "x", "--count", "1");
    check(5, "", "unknown source \"x\"");
    end();
}
END_TEST

START_TEST(sources_ping_and_selftest_are_shown)
{
    canned_answer("sources",
                  "{\"sources\":[{\"name\":\"a\",\"state\":\"healthy\","
                  "\"reason\":null,\"platform\":\"linux\",\"summary\":\"S\","
                  "\"times\":\"T\",\"varies_because\":\"V\",\"evidence\":"
                  "\"measured\",\"measured\":\"M\",\"claim_bits\":0.5,"
                  "\"tunables\":{\"ports\":{\"value\":8,\"unit\":\"\","
                  "\"range\":[1,64],\"help\":\"H\"},\"sizes\":{\"value\":[1,"
                  "2],\"unit\":\"bytes\",\"range\":[1,9],\"help\":\"I\"}}}]}");
    canned_answer("ping", "{\"version\":\"0.1.0\",\"protocol\":1}");
    canned_answer("selftest",
                  "{\"sources\":[{\"name\":\"a\",\"passed\":true,\"state\":"
                  "\"healthy\",\"reason\":null}]}");
    canned_answer("selftest",
                  "{\"sources\":[{\"name\":\"a\",\"passed\":false,\"state\":"
                  "\"failed\",\"reason\":\"too coarse\"}]}");
    start();
    RUN("sources");
    check(0, "a: healthy", "");
    check(0, "8 (1-64): H", "");
    check(0, "[1,2] bytes (1-9): I", "");
    check(0, "0.5 bits a sample", "");
    RUN("ping");
    check(0, "entropyd 0.1.0, protocol 1, at ", "");
    RUN("ping", "-j");
    ck_assert_str_eq(result.out, "{\"version\":\"0.1.0\",\"protocol\":1}\n");
    RUN("selftest");
    check(0, "passed", "");
    RUN("selftest", "a");
    check(1, "not passed failed: too coarse", "");
    end();
}
END_TEST

START_TEST(raw_prints_one_number_a_line)
{
    canned_answer("raw", "{\"data\":\"05000000000000000001000000000000\","
                         "\"format\":\"ticks\",\"step_ticks\":1,\"timebase\":{"
                         "\"numerator\":1,\"denominator\":1}}");
    canned_answer("raw", "{\"data\":\"05000000000000000001000000000000\","
                         "\"format\":\"ticks\",\"step_ticks\":1,\"timebase\":{"
                         "\"numerator\":1,\"denominator\":1}}");
    canned_answer("raw", "{\"data\":\"07ff\",\"format\":\"symbols\","
                         "\"step_ticks\":1,\"timebase\":{\"numerator\":1,"
                         "\"denominator\":1}}");
    canned_answer("raw", "{\"code\":-32006,\"message\":\"not you\"}");
    start();
    RUN("raw", "a", "2");
    ck_assert_str_eq(result.out, "5\n256\n");
    RUN("raw", "a", "2", "--binary");
    ck_assert_uint_eq(result.out_length, 16);
    ck_assert_mem_eq(result.out, "\5\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0", 16);
    RUN("raw", "a", "2", "--format", "symbols");
    ck_assert_str_eq(result.out, "7\n255\n");
    RUN("raw", "a", "2");
    check(5, "", "forbidden: not you");
    end();
}
END_TEST

START_TEST(errors_have_their_exit_codes)
{
    static const struct {
        const char *json;
        int code;
    } errors[] = {
        {"{\"code\":-32001,\"message\":\"m\"}", 6},
        {"{\"code\":-32004,\"message\":\"m\"}", 6},
        {"{\"code\":-32007,\"message\":\"m\"}", 5},
        {"{\"code\":-32602,\"message\":\"m\"}", 5},
    };
    for (size_t i = 0; i < 4; i++)
        canned_answer("status", errors[i].json);
    start();
    for (size_t i = 0; i < 4; i++) {
        RUN("status");
        check(errors[i].code, "", ": m");
        ck_assert_str_eq(result.out, "");
    }
    ctl_run(NULL, &result, "status", "--socket", "relative", NULL);
    check(64, "", "bad_path");
    end();
}
END_TEST

START_TEST(wait_waits_until_seeded)
{
    canned_answer("status", "{\"health\":\"starting\",\"seeded\":false}");
    canned_answer("status", "{\"health\":\"failed\",\"seeded\":false}");
    canned_answer("status", "{\"health\":\"degraded\",\"seeded\":true}");
    start();
    RUN("wait", "--timeout", "20");
    check(0, "", "");
    end();
}
END_TEST

/* Until the reply came within the second that `wait` gives one. */
static void run_wait_at_once(void)
{
    do
        RUN("wait", "--timeout", "0");
    while (strstr(result.err, "cannot connect") != NULL);
}

#define TESTING                                                                \
    "{\"health\":\"degraded\",\"seeded\":true,\"sources\":["                   \
    "{\"name\":\"a\",\"state\":\"healthy\"},"                                  \
    "{\"name\":\"b\",\"state\":\"starting\"}]}"

START_TEST(wait_waits_for_start_up_tests)
{
    canned_answer("status", TESTING);
    canned_answer("status", TESTING);
    canned_answer("status", "{\"health\":\"ok\",\"seeded\":true,\"sources\":["
                            "{\"name\":\"b\",\"state\":\"healthy\"}]}");
    canned_answer("status", "{\"health\":\"failed\",\"seeded\":false}");
    start();
    run_wait_at_once(); /* it is seeded all the same */
    check(0, "", "");
    uint64_t begin_ms = monotonic_now_ms();
    RUN("wait"); /* the next two */
    check(0, "", "");
    bool was_late = monotonic_now_ms() - begin_ms >= 1000;
    RUN("wait", "--timeout", "0");
    if (!was_late) /* else it may have ended after the first of them */
        check(6, "", "not seeded within 0 ms: ");
    end();
}
END_TEST

START_TEST(wait_does_not_wait_long_for_start_up_tests)
{
    canned_answer("status", TESTING); /* for ever */
    start();
    RUN("wait");
    check(0, "", "");
    RUN("wait", "--timeout", "30");
    check(0, "", "");
    end();
}
END_TEST

START_TEST(wait_fails_while_no_source_can_seed_the_daemon)
{
    canned_answer("status", "{\"health\":\"failed\",\"seeded\":false}");
    canned_answer("health", "{\"health\":\"failed\",\"sources\":{}}");
    start();
    run_wait_at_once();
    check(6, "", "no usable entropy source");
    end();
}
END_TEST

START_TEST(wait_gives_up_at_its_timeout)
{
    canned_answer("status", "{\"health\":\"starting\",\"seeded\":false}");
    start();
    run_wait_at_once();
    check(6, "", "the daemon is starting");
    end();
    RUN("wait", "--timeout", "1");
    check(6, "", "cannot connect to the daemon");
}
END_TEST

START_TEST(wait_waits_for_a_daemon_that_is_not_running_yet)
{
    canned_answer("status", "{\"health\":\"ok\",\"seeded\":true}");
    fake_server_prepare(&server);
    pid_t pid = fork();
    if (pid == 0) {
        execl(ENTROPYCTL_PROGRAM, "entropyctl", "--socket", server.path, "wait",
              "--timeout", "20", (char *)NULL);
        _exit(127);
    }
    usleep(150000);
    fake_server_start(&server, canned_script);
    int status;
    waitpid(pid, &status, 0);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    end();
}
END_TEST

START_TEST(times_may_have_units)
{
    canned_answer("get", "{\"data\":\"00\"}");
    start();
    RUN("get", "1", "--json", "--timeout", "2s");
    check(0, "", "");
    end();
    RUN("wait", "--timeout", "300ms");
    check(6, "", "not seeded within 300 ms: ");
}
END_TEST

START_TEST(events_end_at_their_timeout)
{
    canned_answer("subscribe", "{\"subscribed\":[\"health\"]}");
    canned_answer("health", "{\"health\":\"ok\",\"sources\":{\"a\":"
                            "\"healthy\",\"b\":\"failed\"}}");
    canned_answer("sources",
                  "{\"sources\":[{\"name\":\"a\"},{\"name\":\"b\"}]}");
    canned_event("{\"jsonrpc\":\"2.0\",\"method\":\"health\",\"params\":{"
                 "\"health\":\"ok\",\"source\":\"a\",\"from\":\"x\",\"to\":"
                 "\"y\",\"reason\":null,\"uptime_ms\":5}}");
    canned_event("{\"jsonrpc\":\"2.0\",\"method\":\"health\",\"params\":{"
                 "\"health\":\"ok\",\"source\":\"b\",\"from\":\"x\",\"to\":"
                 "\"y\",\"reason\":null,\"uptime_ms\":5}}");
    start();
    RUN("events", "--timeout", "300ms");
    check(0, " a x -> y (ok)\n", "watching ");
    check(0, " b x -> y (ok)\n", ": ok, a healthy, b failed\n");
    RUN("events", "--timeout", "300ms", "--count", "3");
    check(6, " b x -> y (ok)\n", "timed out after 2 of 3 events");
    RUN("events", "b", "--count", "1", "--timeout", "20s");
    check(0, " b x -> y (ok)\n", ": ok, b failed\n");
    ck_assert_ptr_null(strstr(result.out, " a "));
    RUN("events", "c", "--timeout", "20s");
    check(5, "", "unknown source \"c\" (known: a, b)");
    end();
}
END_TEST

START_TEST(the_end_of_an_on_demand_test_is_an_event)
{
#define TESTED(result, uid, reason)                                            \
    "{\"jsonrpc\":\"2.0\",\"method\":\"health\",\"params\":{\"health\":"       \
    "\"ok\","                                                                  \
    "\"source\":\"a\",\"from\":\"healthy\",\"to\":\"healthy\","                \
    "\"reason\":" reason                                                       \
    ",\"uptime_ms\":5,\"skipped\":0,\"selftest\":{\"uid\":" uid                \
    ",\"result\":\"" result "\"}}}"
    canned_answer("health", "{\"health\":\"ok\",\"sources\":{}}");
    canned_answer("subscribe", "{\"subscribed\":[\"health\"]}");
    canned_event(TESTED("passed", "1000", "null"));
    canned_event(TESTED("failed", "0", "\"rct\""));
    canned_event(TESTED("timed_out", "0", "\"late\""));
    start();
    RUN("events", "--count", "3");
    check(0, "Z a on-demand test by uid 1000 passed (ok)\n", "");
    check(0, "Z a on-demand test by uid 0 failed (ok): rct\n", "");
    check(0, "Z a on-demand test by uid 0 timed out (ok): late\n", "");
    end();
}
END_TEST

START_TEST(events_are_one_line_each)
{
    canned_answer("health", "{\"health\":\"ok\",\"sources\":{}}");
    canned_answer("subscribe", "{\"subscribed\":[\"health\"]}");
    canned_event("{\"jsonrpc\":\"2.0\",\"method\":\"health\",\"params\":{"
                 "\"health\":\"degraded\",\"source\":\"a\",\"from\":"
                 "\"healthy\",\"to\":\"suspect\",\"reason\":\"rct\","
                 "\"uptime_ms\":5,\"skipped\":2}}");
    start();
    RUN("events", "--count", "1");
    check(0, " a healthy -> suspect (degraded): rct [2 earlier ones skipped]\n",
          "");
    RUN("events", "-n1", "--json");
    check(0, "{\"health\":\"degraded\",\"source\":\"a\"", "");
    end();
}
END_TEST

/* As in status. */
START_TEST(an_event_that_changes_no_state_says_still)
{
    canned_answer("health", "{\"health\":\"ok\",\"sources\":{}}");
    canned_answer("subscribe", "{\"subscribed\":[\"health\"]}");
    canned_event("{\"jsonrpc\":\"2.0\",\"method\":\"health\",\"params\":{"
                 "\"health\":\"degraded\",\"source\":\"a\",\"from\":"
                 "\"stalled\",\"to\":\"stalled\",\"reason\":\"gone\","
                 "\"uptime_ms\":5,\"skipped\":0}}");
    start();
    RUN("events", "--count", "1");
    check(0, " a still stalled (degraded): gone\n", "");
    end();
}
END_TEST

static const char status_with_changes[] =
    "{\"sources\":[{\"name\":\"a\",\"state\":\"healthy\"}],\"changes\":["
    "{\"time_ms\":1700000000000,\"source\":\"a\",\"from\":\"starting\","
    "\"to\":\"healthy\",\"reason\":null},"
    "{\"time_ms\":1700000001999,\"source\":\"a\",\"from\":\"healthy\","
    "\"to\":\"suspect\",\"reason\":\"rct \\u001B[31m\"},"
    "{\"time_ms\":1700000002000,\"source\":\"a\",\"from\":\"suspect\","
    "\"to\":\"suspect\",\"reason\":\"apt\"}]}";

static const char first_change[] =
    "2023-11-14T22:13:20Z a starting -> healthy\n";
static const char last_changes[] =
    "2023-11-14T22:13:21Z a healthy -> suspect: rct ?[31m\n"
    "2023-11-14T22:13:22Z a still suspect: apt\n";

START_TEST(status_shows_the_last_changes_unless_all_is_quiet)
{
    static const char quiet[] =
        "{\"sources\":[],\"changes\":[{\"time_ms\":0,\"source\":\"a\","
        "\"from\":\"starting\",\"to\":\"healthy\",\"reason\":null}]}";
    canned_answer("status", status_with_changes);
    canned_answer("status", quiet);
    canned_answer("status", quiet);
    start();
    RUN("status");
    check(0, "\nlast changes:\n", "");
    check(0, first_change, "");
    check(0, last_changes, "");
    RUN("status");
    ck_assert_ptr_null(strstr(result.out, "changes"));
    RUN("status", "--all");
    check(0, "1970-01-01T00:00:00Z a starting -> healthy\n", "");
    end();
}
END_TEST

START_TEST(a_full_standard_output_is_reported)
{
    if (access("/dev/full", W_OK) != 0)
        SKIP("there is no /dev/full here");
    canned_answer("status", canned_status);
    start();
    char command[256];
    snprintf(command, sizeof(command),
             "%s --socket %s status >/dev/full 2>/dev/null", ENTROPYCTL_PROGRAM,
             server.path);
    int status = system(command); /* NOLINT(concurrency-mt-unsafe) */
    ck_assert_int_eq(WEXITSTATUS(status), 74);
    end();
}
END_TEST

/* The kernel sends SIGXFSZ then. */
START_TEST(a_file_size_limit_is_reported_and_leaves_no_file)
{
    if (WRITES_BEFORE_MAIN)
        SKIP("ThreadSanitizer writes a file before main()");
    start();
    char command[512];
    snprintf(command, sizeof(command),
             "ulimit -f 0; %s --socket %s get 10 -o %s/file >/dev/null 2>&1",
             ENTROPYCTL_PROGRAM, server.path, server.directory);
    int status = system(command); /* NOLINT(concurrency-mt-unsafe) */
    ck_assert_int_eq(WEXITSTATUS(status), 74);
    ck_assert_int_eq(count_files(server.directory), 1);
    end();
}
END_TEST

/* The connection must not become it. */
START_TEST(a_closed_standard_output_is_reported)
{
    static const char *const commands[] = {"get 4", "get 4 --binary", "status"};
    canned_answer("status", canned_status);
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        char command[256];
        start();
        snprintf(command, sizeof(command), "%s --socket %s %s >&- 2>/dev/null",
                 ENTROPYCTL_PROGRAM, server.path, commands[i]);
        int status = system(command); /* NOLINT(concurrency-mt-unsafe) */
        ck_assert_msg(WEXITSTATUS(status) == 74, "%s: %d", commands[i],
                      WEXITSTATUS(status));
        end();
    }
}
END_TEST

int main(void)
{
    const struct test_entry tests[] = {
        TEST(get_prints_hex_and_a_newline),
        TEST(get_prints_base64_and_raw_bytes),
        TEST(base64_of_several_pieces_is_one_text),
        TEST(get_json_prints_the_daemons_reply),
        TEST(a_file_is_private_and_complete),
        TEST(a_file_that_cannot_be_filled_is_not_created),
        TEST(a_link_is_kept_and_its_target_replaced),
        TEST(a_dangling_link_is_kept_and_its_target_created),
        TEST(a_dash_is_standard_output),
        TEST(what_came_before_an_error_stays_on_standard_output),
        TEST(json_says_how_many_bytes_it_can_hold),
        TEST(an_interrupted_write_leaves_nothing),
        TEST(an_ignored_signal_does_not_interrupt_a_write),
        TEST(an_empty_file_name_is_refused),
        TEST(a_full_disk_is_reported),
        TEST(numbers_are_refused_not_clamped),
        TEST(usage_errors_say_what_is_wrong_and_where_help_is),
        TEST(options_may_be_written_in_every_usual_way),
        TEST(the_exit_code_of_health_is_the_word),
        TEST(status_is_for_people_and_for_programs),
        TEST(a_rate_is_shown_only_while_samples_are_taken),
        TEST(sources_of_another_system_are_one_line),
        TEST(one_source_can_be_asked_for),
        TEST(sources_ping_and_selftest_are_shown),
        TEST(raw_prints_one_number_a_line),
        TEST(errors_have_their_exit_codes),
        TEST(wait_waits_until_seeded),
        TEST(wait_waits_for_start_up_tests),
        TEST(wait_does_not_wait_long_for_start_up_tests),
        TEST(wait_fails_while_no_source_can_seed_the_daemon),
        TEST(wait_gives_up_at_its_timeout),
        TEST(wait_waits_for_a_daemon_that_is_not_running_yet),
        TEST(times_may_have_units),
        TEST(events_end_at_their_timeout),
        TEST(the_end_of_an_on_demand_test_is_an_event),
        TEST(events_are_one_line_each),
        TEST(an_event_that_changes_no_state_says_still),
        TEST(status_shows_the_last_changes_unless_all_is_quiet),
        TEST(a_full_standard_output_is_reported),
        TEST(a_file_size_limit_is_reported_and_leaves_no_file),
        TEST(a_closed_standard_output_is_reported),
        {0},
    };
    return run_tests("entropyctl", tests);
}
