/* SPDX-License-Identifier: MIT */
/*
 * soak-daemon PROGRAM SECONDS [SHIM]: a daemon, all kinds of clients at once,
 * and whatever happens to a daemon meanwhile: reloads with good and bad files,
 * standing still, sources that fail and come back; with SHIM (tests/faults),
 * system calls that fail for seconds. All along and in the end
 * these hold: every request is answered, no byte is served twice, memory and
 * descriptors stay bounded, the daemon ends cleanly.
 *
 * PROGRAM is entropyd, or tests/entropyd-faulty, whose sources SIGUSR1 breaks
 * and SIGUSR2 mends.
 */

#include "tests/faults/control.h"
#include "tests/soak/clients.h"
#include "tests/soak/seen.h"
#include "tests/soak/wire.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

/* Threads of every kind of client. */
#define CLIENTS_EACH 2

/* Descriptors of the daemon beside its connections. */
#define DESCRIPTORS_OWN 64

struct soak {
    pid_t pid;
    bool is_faulty;
    char directory[64];
    char socket[96], config[96], log[96];
    long first_kb, most_kb; /* resident memory */
    int most_descriptors;
    unsigned reloads, refused, stops, faults, lasting;
    const char *shim; /* NULL: no call fails */
    char control_path[96];
    struct fault_control *control;
};

/* Calls that fail for some seconds in turn: connected clients must still be
 * served, new ones after the fault, and every request answered. getentropy() is
 * not among them: while it fails and a reseed is due, requests are refused and
 * streams end, rightly.
 */
static const struct {
    const char *call;
    int error;
} lasting_faults[] = {
    {"accept4", EMFILE},       {"sendmsg", ETOOMANYREFS},
    {"accept4", EINVAL},       {"timerfd_settime", EINVAL},
    {"accept4", ENFILE},       {"memfd_create", EMFILE},
    {"accept4", ENOMEM},       {"inotify_init1", EMFILE},
    {"accept4", ECONNABORTED},
};
#define LASTING_FAULTS (sizeof(lasting_faults) / sizeof(lasting_faults[0]))

static struct soak soak;

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void write_config(const char *text)
{
    int fd = open(soak.config, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        fail("cannot write %s", soak.config);
    (void)close(fd);
}

static void make_control(void)
{
    int fd = open(soak.control_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(*soak.control)) != 0)
        fail("cannot make %s", soak.control_path);
    void *at = mmap(NULL, sizeof(*soak.control), PROT_READ | PROT_WRITE,
                    MAP_SHARED, fd, 0);
    (void)close(fd);
    if (at == MAP_FAILED)
        fail("cannot map %s", soak.control_path);
    soak.control = at;
}

static void start(const char *program)
{
    soak.pid = fork();
    if (soak.pid == 0) {
        if (soak.shim != NULL) {
            /* The child has one thread. NOLINTBEGIN(concurrency-mt-unsafe) */
            (void)setenv("LD_PRELOAD", soak.shim, 1);
            (void)setenv("ENTROPYD_FAULT_CONTROL", soak.control_path, 1);
            /* NOLINTEND(concurrency-mt-unsafe) */
        }
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed soak leaves none */
        int log = open(soak.log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        (void)dup2(log, STDOUT_FILENO);
        (void)dup2(log, STDERR_FILENO);
        (void)execl(program, program, "--socket", soak.socket, "--config",
                    soak.config, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 500 && access(soak.socket, F_OK) != 0; i++)
        (void)usleep(10000);
    (void)usleep(100000);
    wire_path(soak.socket);
}

/* The resident memory, in kilobytes. */
static long resident_kb(void)
{
    char path[64];
    char line[256];
    long kb = -1;
    (void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)soak.pid);
    FILE *status = fopen(path, "re");
    while (status != NULL && fgets(line, sizeof(line), status) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            kb = strtol(line + 6, NULL, 10);
    if (status != NULL)
        (void)fclose(status);
    return kb;
}

static int descriptors(void)
{
    char path[64];
    int count = 0;
    (void)snprintf(path, sizeof(path), "/proc/%ld/fd", (long)soak.pid);
    DIR *directory = opendir(path);
    if (directory == NULL)
        return -1;
    while (readdir(directory) != NULL) // NOLINT(concurrency-mt-unsafe)
        count++;
    (void)closedir(directory);
    return count;
}

static json_t *status_now(void)
{
    struct wire w;
    wire_open(&w);
    (void)wire_send(&w,
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}\n");
    json_t *reply = wire_json(&w);
    wire_close(&w);
    return reply;
}

static json_int_t of_server(const json_t *reply, const char *name)
{
    const json_t *server =
        json_object_get(json_object_get(reply, "result"), "server");
    const json_t *number = json_object_get(server, name);
    if (!json_is_integer(number))
        fail("status has no server.%s", name);
    return json_integer_value(number);
}

/* What must hold at any time. GROWTH_KB (tests/soak/CMakeLists.txt) is the
 * memory that the daemon may come to hold for the clients above: their backlogs
 * and pieces, and what the allocator keeps of them. */
static void check_bounds(void)
{
    int ended;
    if (waitpid(soak.pid, &ended, WNOHANG) != 0)
        fail("the daemon ended unasked (%x); its log: %s", ended, soak.log);
    json_t *status = status_now();
    json_int_t connections = of_server(status, "connections");
    json_decref(status);
    long kb = resident_kb();
    int open = descriptors();
    if (kb > soak.most_kb)
        soak.most_kb = kb;
    if (open > soak.most_descriptors)
        soak.most_descriptors = open;
    if (kb > soak.first_kb + GROWTH_KB)
        fail("%ld kB of memory, %ld kB in the beginning", kb, soak.first_kb);
    /* Clients come and go between the two looks: some of slack. */
    if (open > connections + 100 + DESCRIPTORS_OWN)
        fail("%d descriptors for %d connections", open, (int)connections);
}

static void reload(void)
{
    static const char *const files[] = {
        "{\"log\":{\"level\":\"warning\"},\"server\":{\"max_batch\":16}}",
        "{\"server\":{\"requests_per_iteration\":3}}",
        "{\"server\":{\"max_batch\":0}}",
        "{\"server\":",
    };
    unsigned which = wire_random(4);
    write_config(files[which]);
    (void)kill(soak.pid, SIGHUP);
    soak.reloads++;
    soak.refused += which >= 2;
}

static void stand_still(void)
{
    (void)kill(soak.pid, SIGSTOP);
    (void)usleep(200000 + wire_random(400000));
    (void)kill(soak.pid, SIGCONT);
    soak.stops++;
}

/* For four seconds; nothing here may need the daemon meanwhile. */
static void let_a_call_fail(unsigned which)
{
    (void)snprintf(soak.control->call, sizeof(soak.control->call), "%s",
                   lasting_faults[which].call);
    atomic_store(&soak.control->error, lasting_faults[which].error);
    (void)usleep(4000000);
    atomic_store(&soak.control->error, 0);
    soak.lasting++;
}

static void disturb(unsigned second)
{
    if (soak.shim != NULL && second % 4 == 0)
        let_a_call_fail(second / 4 % LASTING_FAULTS);
    if (second % 3 == 1)
        reload();
    if (second % 11 == 7)
        stand_still();
    if (soak.is_faulty && second % 10 == 4) {
        (void)kill(soak.pid, SIGUSR1);
        soak.faults++;
    }
    if (soak.is_faulty && second % 10 == 8)
        (void)kill(soak.pid, SIGUSR2);
}

/* When all clients have gone, nothing of theirs is left. */
static void check_end(void)
{
    for (int i = 0; i < 100; i++) {
        json_t *status = status_now();
        bool is_empty = of_server(status, "connections") <= 2 &&
                        of_server(status, "waiting") == 0;
        json_decref(status);
        if (is_empty && descriptors() <= DESCRIPTORS_OWN + 2)
            return;
        (void)usleep(100000);
    }
    fail("clients that left are still there: %d descriptors", descriptors());
}

static void stop(void)
{
    int status;
    (void)kill(soak.pid, SIGTERM);
    for (int i = 0; i < 1000; i++) {
        pid_t pid = waitpid(soak.pid, &status, WNOHANG);
        if (pid == soak.pid) {
            if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                fail("the daemon ended with %x; its log: %s", status, soak.log);
            if (access(soak.socket, F_OK) == 0)
                fail("the socket is still there");
            return;
        }
        (void)usleep(10000);
    }
    fail("the daemon does not end");
}

static void prepare(void)
{
    (void)snprintf(soak.directory, sizeof(soak.directory),
                   "/tmp/entropyd-soak-XXXXXX");
    if (mkdtemp(soak.directory) == NULL)
        fail("cannot make a directory in /tmp");
    (void)snprintf(soak.socket, sizeof(soak.socket), "%s/socket",
                   soak.directory);
    (void)snprintf(soak.config, sizeof(soak.config), "%s/config",
                   soak.directory);
    (void)snprintf(soak.log, sizeof(soak.log), "%s/log", soak.directory);
    (void)snprintf(soak.control_path, sizeof(soak.control_path), "%s/control",
                   soak.directory);
    if (soak.shim != NULL)
        make_control();
    /* One user with more clients than by default would be one too many. */
    write_config("{\"log\":{\"level\":\"warning\"},"
                 "\"server\":{\"max_connections\":4096}}");
}

static void clean_up(void)
{
    char lock[128];
    (void)snprintf(lock, sizeof(lock), "%s.lock", soak.socket);
    (void)unlink(lock);
    (void)unlink(soak.config);
    (void)unlink(soak.log);
    (void)unlink(soak.control_path);
    (void)rmdir(soak.directory);
}

static long log_kb(void)
{
    struct stat info;
    return stat(soak.log, &info) == 0 ? (long)(info.st_size / 1024) : -1;
}

static void report(const char *program, double seconds)
{
    uint64_t fingerprints;
    uint64_t bytes;
    const char *name = strrchr(program, '/');
    seen_count(&fingerprints, &bytes);
    printf("soak: %s, %.0f s: %" PRIu64 " requests, all answered (%" PRIu64
           " refused), %" PRIu64 " rounds; %.1f MB served, %" PRIu64
           " fingerprints, none twice; memory %ld kB, at most %ld; descriptors "
           "at most %d; %u reloads (%u refused), %u times stopped, %u times "
           "all sources broken, %u times a call failed for seconds; %ld kB of "
           "log\n",
           name != NULL ? name + 1 : program, seconds,
           (uint64_t)atomic_load(&tally.requests),
           (uint64_t)atomic_load(&tally.errors),
           (uint64_t)atomic_load(&tally.rounds), (double)bytes / 1e6,
           fingerprints, soak.first_kb, soak.most_kb, soak.most_descriptors,
           soak.reloads, soak.refused, soak.stops, soak.faults, soak.lasting,
           log_kb());
}

int main(int argc, char *argv[])
{
    unsigned seconds =
        argc == 3 || argc == 4 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    if (seconds == 0 || sodium_init() < 0) {
        (void)fprintf(stderr, "usage: soak-daemon PROGRAM SECONDS [SHIM]\n");
        return EXIT_FAILURE;
    }
    soak.is_faulty = strstr(argv[1], "faulty") != NULL;
    soak.shim = argc == 4 ? argv[3] : NULL;
    prepare();
    start(argv[1]);
    double begin = now_s();
    soak.first_kb = resident_kb();
    clients_start(CLIENTS_EACH);
    for (unsigned second = 0; now_s() - begin < seconds; second++) {
        (void)usleep(1000000);
        disturb(second);
        check_bounds(); /* on a busy machine this takes its time as well */
    }
    (void)kill(soak.pid, SIGUSR2 * soak.is_faulty); /* 0: no signal */
    clients_stop();
    if (atomic_load(&tally.requests) != atomic_load(&tally.replies))
        fail("%" PRIu64 " requests, %" PRIu64 " replies",
             (uint64_t)atomic_load(&tally.requests),
             (uint64_t)atomic_load(&tally.replies));
    check_end();
    stop();
    report(argv[1], now_s() - begin);
    clean_up();
    return EXIT_SUCCESS;
}
