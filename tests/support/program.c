/* SPDX-License-Identifier: MIT */
#include "tests/support/program.h"
#include "tests/support/patience.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define POLL_MS 2

/* What program_log_end() returns at most: check takes 4,096 bytes a message. */
#define LOG_END_MAX 3000

static void sleep_ms(long ms)
{
    const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

/* In memory where the system has such a folder: on a disk that others write to,
 * a file of the daemon's can keep its stop waiting for seconds. */
static const char *root(void)
{
    return access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

void program_prepare(struct program *p)
{
    *p = (struct program){.pid = -1};
    (void)snprintf(p->directory, sizeof(p->directory), "%s/entropyd-e2e-XXXXXX",
                   root());
    ck_assert_ptr_nonnull(mkdtemp(p->directory));
    (void)snprintf(p->socket, sizeof(p->socket), "%s/socket", p->directory);
    (void)snprintf(p->log, sizeof(p->log), "%s/log", p->directory);
}

/* In the child: never comes back. */
static void become(const struct program *p, const char *path,
                   const char *const *arguments)
{
    const char *argv[64] = {path, "--socket", p->socket};
    size_t n = 3;
    while (arguments != NULL && *arguments != NULL && n < 63)
        argv[n++] = *arguments++;
    int fd = open(p->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0) {
        perror(p->log); /* to the test's own stderr */
        _exit(127);
    }
    (void)execv(path, (char *const *)argv);
    _exit(127);
}

void program_start(struct program *p, const char *path,
                   const char *const *arguments)
{
    p->pid = fork();
    ck_assert_int_ge(p->pid, 0);
    if (p->pid == 0)
        become(p, path, arguments);
}

static int try_connect(const struct program *p)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, p->socket, strlen(p->socket) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

void program_wait(struct program *p)
{
    for (int waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
        int fd = try_connect(p);
        if (fd >= 0) {
            close(fd);
            return;
        }
        sleep_ms(POLL_MS);
    }
    ck_abort_msg("the daemon does not listen:\n%s", program_log_end(p));
}

int program_wait_end(struct program *p)
{
    int status;
    for (int waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
        pid_t pid = waitpid(p->pid, &status, WNOHANG);
        ck_assert_int_ge(pid, 0);
        if (pid == p->pid) {
            p->pid = -1;
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
        sleep_ms(POLL_MS);
    }
    ck_abort_msg("the daemon does not end:\n%s", program_log_end(p));
}

int program_stop(struct program *p, int signal_number)
{
    ck_assert_int_eq(kill(p->pid, signal_number), 0);
    return program_wait_end(p);
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

void program_end(struct program *p)
{
    if (p->pid > 0) {
        (void)kill(p->pid, SIGKILL);
        (void)waitpid(p->pid, NULL, 0);
        p->pid = -1;
    }
    /* Tests have one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    (void)nftw(p->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *program_log(const struct program *p)
{
    static char text[65536]; /* reused; a test process has one thread */
    int fd = open(p->log, O_RDONLY | O_CLOEXEC);
    /* Not there yet where the program has not begun. */
    ck_assert_msg(fd >= 0 || errno == ENOENT, "%s: errno %d", p->log, errno);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
    ck_assert_msg(n >= 0, "%s: errno %d", p->log, errno);
    text[n] = '\0';
    if (fd >= 0)
        close(fd);
    return text;
}

const char *program_log_end(const struct program *p)
{
    const char *text = program_log(p);
    size_t length = strlen(text);
    if (length <= LOG_END_MAX)
        return text;
    const char *line = strchr(text + length - LOG_END_MAX, '\n');
    return line != NULL ? line + 1 : text + length - LOG_END_MAX;
}

int program_connect(const struct program *p)
{
    const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    int fd = try_connect(p);
    ck_assert_msg(fd >= 0, "cannot connect:\n%s", program_log_end(p));
    ck_assert_int_eq(
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)),
        0);
    return fd;
}

const char *program_ask(int fd, const char *line)
{
    static char reply[256 * 1024]; /* reused; a test process has one thread */
    size_t length = 0;
    (void)send(fd, line, strlen(line), MSG_NOSIGNAL);
    (void)send(fd, "\n", 1, MSG_NOSIGNAL);
    while (length < sizeof(reply) - 1) {
        ssize_t n = recv(fd, reply + length, 1, 0);
        if (n <= 0)
            return NULL;
        if (reply[length] == '\n')
            break;
        length++;
    }
    reply[length] = '\0';
    return reply;
}

int program_run(const char *const *argv, char *output, size_t size)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        (void)execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    close(ends[1]);
    size_t length = 0;
    char byte;
    while (read(ends[0], &byte, 1) == 1) {
        if (length + 1 < size)
            output[length++] = byte;
    }
    output[length] = '\0';
    close(ends[0]);
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
