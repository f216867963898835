/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_CLIENT_FAKE_SERVER_H
#define ENTROPYD_TESTS_CLIENT_FAKE_SERVER_H

/*
 * A server that does what a test's script says, on a real socket, in a process
 * of its own. A script is a function that gets the listening socket; what it
 * expects and does not see ends its process, which fake_server_end() notices.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct fake_server {
    pid_t pid;
    char directory[64]; /* private; holds "entropyd/entropyd.sock" */
    char path[96];
};

typedef void fake_script(int listener);

/* Makes the directory; nothing listens yet. */
void fake_server_prepare(struct fake_server *s);

/* Listens and runs the script, as user uid where that is not 0. A server that
 * ended may be started again, at the same path. */
void fake_server_start(struct fake_server *s, fake_script *script);
void fake_server_start_as(struct fake_server *s, fake_script *script,
                          uid_t uid);

/* Waits for the script to end, which must have gone well. */
void fake_server_end(struct fake_server *s);

/* Ends a script that would go on for ever. */
void fake_server_kill(struct fake_server *s);

/* Removes the directory. */
void fake_server_remove(struct fake_server *s);

/* For scripts. Sends and receives end the process after ten seconds. */
int fake_accept(int listener);

/* The next line of the client, terminated, in memory that the next call
 * reuses; NULL at its end of file. fake_expect() wants `part` in it. */
const char *fake_receive(int fd);
const char *fake_expect(int fd, const char *part);
void fake_expect_end(int fd);

/* Sends bytes; a line as it is; an answer to the last line, with its id. */
void fake_send(int fd, const void *bytes, size_t n);
void fake_line(int fd, const char *text);
void fake_result(int fd, const char *result);
void fake_error(int fd, const char *error);

/* Answers a binary get of the last line: byte i is (first + i) & 255; of the
 * bytes only the first `sent`. */
void fake_binary(int fd, unsigned first, size_t n, size_t sent);

#endif
