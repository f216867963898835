/* SPDX-License-Identifier: MIT */
/*
 * How long from exec to the first byte of a get, ROUNDS times:
 *
 *     bench_start ROUNDS SOCKET PROGRAM [ARGUMENTS...]
 *
 * Prints one JSON object with the milliseconds, sorted.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char request[] =
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get\",\"params\":{"
    "\"bytes\":32}}\n";

static double now_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int try_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static double once(const char *path, char *argv[])
{
    char byte;
    double begin = now_ms();
    pid_t pid = fork();
    if (pid == 0) {
        (void)execv(argv[0], argv);
        _exit(127);
    }
    int fd;
    const struct timespec pause = {.tv_nsec = 50000};
    while ((fd = try_connect(path)) < 0) {
        if (waitpid(pid, NULL, WNOHANG) == pid) {
            (void)fprintf(stderr, "the daemon ended\n");
            exit(1);
        }
        (void)nanosleep(&pause, NULL);
    }
    if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0 ||
        recv(fd, &byte, 1, 0) != 1) {
        (void)fprintf(stderr, "no byte came\n");
        exit(1);
    }
    double took = now_ms() - begin;
    close(fd);
    (void)kill(pid, SIGTERM);
    (void)waitpid(pid, NULL, 0);
    return took;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char *argv[])
{
    unsigned rounds = argc > 3 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
    double *ms = calloc(rounds > 0 ? rounds : 1, sizeof(*ms));
    if (rounds == 0 || ms == NULL) {
        (void)fprintf(stderr,
                      "usage: %s ROUNDS SOCKET PROGRAM [ARGUMENTS...]\n",
                      argv[0]);
        return 64;
    }
    for (unsigned i = 0; i < rounds; i++)
        ms[i] = once(argv[2], argv + 3);
    qsort(ms, rounds, sizeof(*ms), compare);
    printf("{\"median_ms\":%.2f,\"min_ms\":%.2f,\"max_ms\":%.2f,"
           "\"rounds\":%u}\n",
           ms[rounds / 2], ms[0], ms[rounds - 1], rounds);
    free(ms);
    return 0;
}
