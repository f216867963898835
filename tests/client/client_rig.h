/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_CLIENT_CLIENT_RIG_H
#define ENTROPYD_TESTS_CLIENT_CLIENT_RIG_H

/* What the tests of the library begin and end with. */

#include "client/entropy_client.h"
#include "tests/client/fake_server.h"

/* Starts the script and connects to it; calls time out after timeout_ms. */
struct entropy_client *rig_connect(struct fake_server *s, fake_script *script,
                                   int timeout_ms);

/* Connects to a server that runs. */
struct entropy_client *rig_client(const struct fake_server *s, int timeout_ms);

/* Closes, and sees the script to its end. */
void rig_end(struct entropy_client *client, struct fake_server *s);

/* Checks that bytes[i] is (first + i) & 255, or that all are 0. */
void check_pattern(const uint8_t *bytes, unsigned first, size_t n);
void check_zero(const void *bytes, size_t n);

/* Checks an error: its code, and `part` in its message. */
void check_error(const struct entropy_client *client, int rc, int expected,
                 const char *part);

#endif
