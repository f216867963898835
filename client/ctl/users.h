/* SPDX-License-Identifier: MIT */
#ifndef ENTROPYD_CLIENT_CTL_USERS_H
#define ENTROPYD_CLIENT_CTL_USERS_H

/* Who is connected, by name. */

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* As many names as a status has users. */
#define USER_NAMES_MAX 16

/* Names that were looked up: a directory service may take its time. Zeroed, it
 * is empty. */
struct user_names {
    struct {
        int64_t uid;
        char name[33];
    } list[USER_NAMES_MAX];
    size_t count;
    size_t next; /* the one that is replaced next, once it is full */
};

/* One line: "users      root 2 connections, alice 1 connection (1 waiting)";
 * nothing where a status has none. */
void users_print(FILE *out, struct user_names *names, const json_t *status);

#endif
