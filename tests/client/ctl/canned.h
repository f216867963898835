/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_TESTS_CLIENT_CTL_CANNED_H
#define ENTROPYD_TESTS_CLIENT_CTL_CANNED_H

/*
 * A fake daemon that answers each method with what was prepared for it, for any
 * number of clients, one after the other; and entropyctl, run against it.
 */

#include "tests/client/fake_server.h"

/* Prepares the next answer to a method: a result, or an error if it begins with
 * {"code"; "" is as if none were prepared. The last one is repeated. Before
 * the start. */
void canned_answer(const char *method, const char *json);

/* Lines that follow the answer to subscribe. */
void canned_event(const char *line);

/* What binary gets without an answer prepared return, one after the other, and
 * again from the start at its end; borrowed. Before the start. */
void canned_bytes(const void *bytes, size_t n);

/* A status as a real daemon's, with two sources, one of them failed. */
extern const char canned_status[];

/* The script for fake_server_start(). Without an answer prepared, a binary get
 * returns the pattern of fake_binary() from 0 on, and sources an empty list. */
void canned_script(int listener);

/* What a run of entropyctl left. */
struct ctl_result {
    int code;        /* exit code, or -1 for a signal */
    char out[65536]; /* standard output, terminated */
    size_t out_length;
    char err[8192]; /* standard error, terminated */
};

/* Runs entropyctl --socket PATH with words, ended by NULL; s may be NULL for
 * no --socket. */
void ctl_run(const struct fake_server *s, struct ctl_result *result, ...);

#endif
