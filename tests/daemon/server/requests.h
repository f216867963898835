/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_DAEMON_SERVER_REQUESTS_H
#define ENTROPYD_TESTS_DAEMON_SERVER_REQUESTS_H

/* Request lines that tests of a server ask with, without their newlines. */

#define PING "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"
#define GET(id, params)                                                        \
    "{\"jsonrpc\":\"2.0\",\"id\":" #id                                         \
    ",\"method\":\"get\",\"params\":{" params "}}"

#endif
