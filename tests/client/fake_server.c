/* SPDX-License-Identifier: MIT */
#include "tests/client/fake_server.h"
#include "tests/support/patience.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A script's process has one thread and one conversation at a time. */
static char line[256 * 1024];
static long last_id;

/* In a script: says what went wrong and ends. */
static void give_up(const char *what, const char *detail)
{
    fprintf(stderr, "fake server: %s %s\n", what, detail);
    _exit(EXIT_FAILURE);
}

void fake_server_prepare(struct fake_server *s)
{
    *s = (struct fake_server){.pid = -1};
    snprintf(s->directory, sizeof(s->directory), "/tmp/entropyd-fake-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(s->directory));
    snprintf(s->path, sizeof(s->path), "%s/entropyd", s->directory);
    ck_assert_int_eq(mkdir(s->path, 0700), 0);
    snprintf(s->path, sizeof(s->path), "%s/entropyd/entropyd.sock",
             s->directory);
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    unlink(path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

void fake_server_start_as(struct fake_server *s, fake_script *script, uid_t uid)
{
    int listener = listen_at(s->path);
    /* Who listens is decided by listen(), not by bind(): the user changes
     * first, and the parent waits until he listens. */
    int ready[2];
    ck_assert_int_eq(pipe(ready), 0);
    s->pid = fork();
    ck_assert_int_ge(s->pid, 0);
    if (s->pid == 0) {
        close(ready[0]);
        if (uid != 0 && setuid(uid) < 0)
            give_up("setuid", "");
        if (listen(listener, 64) < 0)
            give_up("listen", "");
        close(ready[1]);
        script(listener);
        _exit(EXIT_SUCCESS);
    }
    close(listener);
    close(ready[1]);
    char byte;
    ck_assert_int_eq(read(ready[0], &byte, 1), 0);
    close(ready[0]);
}

void fake_server_start(struct fake_server *s, fake_script *script)
{
    fake_server_start_as(s, script, 0);
}

void fake_server_end(struct fake_server *s)
{
    int status = 0;
    ck_assert_int_eq(waitpid(s->pid, &status, 0), s->pid);
    s->pid = -1;
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                  "the script was not followed");
}

void fake_server_kill(struct fake_server *s)
{
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    s->pid = -1;
}

void fake_server_remove(struct fake_server *s)
{
    if (s->pid > 0)
        fake_server_kill(s);
    unlink(s->path);
    char directory[96];
    snprintf(directory, sizeof(directory), "%s/entropyd", s->directory);
    rmdir(directory);
    rmdir(s->directory);
}

int fake_accept(int listener)
{
    struct pollfd entry = {.fd = listener, .events = POLLIN};
    if (poll(&entry, 1, PATIENCE_MS) != 1)
        give_up("no client connects", "");
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        give_up("accept", "");
    return fd;
}

const char *fake_receive(int fd)
{
    size_t length = 0;
    for (;;) {
        struct pollfd entry = {.fd = fd, .events = POLLIN};
        if (poll(&entry, 1, PATIENCE_MS) != 1)
            give_up("nothing comes", "");
        /* Byte by byte: what follows the line stays in the socket. */
        ssize_t got = recv(fd, line + length, 1, 0);
        if (got <= 0 && length == 0)
            return NULL;
        if (got <= 0 || length + 1 == sizeof(line))
            give_up("half a line", line);
        if (line[length] == '\n')
            break;
        line[++length] = '\0';
    }
    line[length] = '\0';
    const char *id = strstr(line, "\"id\":");
    last_id = id != NULL ? strtol(id + 5, NULL, 10) : 0;
    return line;
}

const char *fake_expect(int fd, const char *part)
{
    const char *got = fake_receive(fd);
    if (got == NULL || strstr(got, part) == NULL)
        give_up(part, got != NULL ? got : "(end of file)");
    return got;
}

void fake_expect_end(int fd)
{
    const char *got = fake_receive(fd);
    if (got != NULL)
        give_up("no end of file but", got);
    close(fd);
}

void fake_send(int fd, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
        if (sent <= 0)
            give_up("the client does not read", "");
        at += sent;
        n -= (size_t)sent;
    }
}

void fake_line(int fd, const char *text)
{
    fake_send(fd, text, strlen(text));
    fake_send(fd, "\n", 1);
}

static void answer(int fd, const char *member, const char *json)
{
    char head[64];
    snprintf(head, sizeof(head),
             "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"%s\":", last_id, member);
    fake_send(fd, head, strlen(head));
    fake_send(fd, json, strlen(json));
    fake_line(fd, "}");
}

void fake_result(int fd, const char *result)
{
    answer(fd, "result", result);
}

void fake_error(int fd, const char *error)
{
    answer(fd, "error", error);
}

void fake_binary(int fd, unsigned first, size_t n, size_t sent)
{
    static unsigned char bytes[65536];
    char result[256];
    bool is_conditioned = strstr(line, "conditioned") != NULL;
    snprintf(result, sizeof(result),
             "{\"encoding\":\"binary\",\"bytes\":%zu,\"quality\":\"%s\","
             "\"health\":\"ok\",\"sources\":[\"unix_ipc\",\"epoll_events\"],"
             "\"credited_bits\":%zu}",
             n, is_conditioned ? "conditioned" : "drbg",
             is_conditioned ? (n + 31) / 32 * 320 : (size_t)384);
    fake_result(fd, result);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(first + i);
    while (sent > 0) {
        size_t piece = sent < sizeof(bytes) ? sent : sizeof(bytes);
        fake_send(fd, bytes, piece);
        sent -= piece;
    }
}
