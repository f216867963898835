/* SPDX-License-Identifier: MIT */
#include "tests/client/ctl/terminal.h"

#include "tests/support/patience.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

void terminal_resize(struct terminal *t, unsigned columns, unsigned rows)
{
    const struct winsize window = {.ws_row = (unsigned short)rows,
                                   .ws_col = (unsigned short)columns};
    ck_assert_int_eq(ioctl(t->fd, TIOCSWINSZ, &window), 0);
}

static void run(int other, const char *const *argv)
{
    setsid();
    ioctl(other, TIOCSCTTY, 0);
    dup2(other, STDIN_FILENO);
    dup2(other, STDOUT_FILENO);
    dup2(other, STDERR_FILENO);
    if (other > STDERR_FILENO)
        close(other);
    execv(argv[0], (char *const *)argv);
    _exit(127);
}

void terminal_start(struct terminal *t, unsigned columns, unsigned rows,
                    const char *const *argv)
{
    t->length = 0;
    t->text[0] = '\0';
    t->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    ck_assert_int_ge(t->fd, 0);
    ck_assert_int_eq(grantpt(t->fd), 0);
    ck_assert_int_eq(unlockpt(t->fd), 0);
    const char *name = ptsname(t->fd); /* NOLINT(concurrency-mt-unsafe) */
    int other = open(name, O_RDWR | O_NOCTTY);
    ck_assert_int_ge(other, 0);
    terminal_resize(t, columns, rows);
    t->pid = fork();
    if (t->pid == 0)
        run(other, argv);
    ck_assert_int_gt(t->pid, 0);
    close(other);
}

/* False at the end: all that had the terminal open have closed it. */
static bool read_more(struct terminal *t)
{
    struct pollfd entry = {.fd = t->fd, .events = POLLIN};
    ck_assert_msg(poll(&entry, 1, PATIENCE_MS) > 0, "nothing more after\n%s",
                  t->text);
    ck_assert_uint_lt(t->length + 1, sizeof(t->text));
    ssize_t got =
        read(t->fd, t->text + t->length, sizeof(t->text) - 1 - t->length);
    if (got <= 0)
        return false;
    t->length += (size_t)got;
    t->text[t->length] = '\0';
    return true;
}

void terminal_expect(struct terminal *t, size_t from, const char *part)
{
    while (strstr(t->text + from, part) == NULL)
        ck_assert_msg(read_more(t), "no %s in\n%s", part, t->text + from);
}

void terminal_type(struct terminal *t, const char *keys)
{
    ck_assert_int_eq(write(t->fd, keys, strlen(keys)), (ssize_t)strlen(keys));
}

bool terminal_is_cooked(const struct terminal *t)
{
    struct termios modes;
    ck_assert_int_eq(tcgetattr(t->fd, &modes), 0);
    return (modes.c_lflag & ICANON) != 0 && (modes.c_lflag & ECHO) != 0;
}

int terminal_end(struct terminal *t)
{
    int status;
    while (read_more(t))
        ;
    close(t->fd);
    ck_assert_int_eq(waitpid(t->pid, &status, 0), t->pid);
    return status;
}

size_t terminal_columns(const char *line, size_t n)
{
    size_t columns = 0;
    for (size_t i = 0; i < n; i++) {
        if (line[i] == '\033') {
            while (i < n &&
                   !(line[i] >= 'A' && line[i] != '[' && line[i] != '?'))
                i++;
        } else if (line[i] != '\r' && ((unsigned char)line[i] & 0xc0) != 0x80) {
            columns++;
        }
    }
    return columns;
}
